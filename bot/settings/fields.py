"""Every setting, and what follows from several of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.model import FIRST_SETTING
from bot.settings.access import AccessTable
from bot.settings.budgets import BudgetTable, check_budgets
from bot.settings.config import read_config
from bot.settings.digests import DigestTable, check_digests
from bot.settings.errors import HOW_TO_SET, WrongSettings
from bot.settings.tables import (
    TABLES,
    AlertLevels,
    ChannelTable,
    MetricsChoices,
    OrganizationTable,
    PriceMultipliers,
    PriceOverride,
    PrivacyChoices,
    check_channels,
    check_organizations,
    check_overrides,
    parse_overrides,
)
from bot.settings.teams import TeamTable, check_team_tables
from bot.settings.units import UnitTable, check_units
from bot.settings.values import (
    USUAL_DIGEST,
    WeeklyTime,
    checked_key,
    one_word,
    parse_channel,
    parse_floor,
    parse_path,
    parse_timezone,
    parse_url,
    parse_weekly_time,
    prefixed,
)

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How one organisation is reached: `setting` names what holds its key, `keys` are that and the next, as far as set.

    `called` is what people call it; empty where Anthropic's own name for it is used.
    """

    setting: str
    called: str
    keys: tuple[tuple[str, SecretStr], ...]
    base_url: str
    path: str


class Settings(BaseSettings):
    """Every setting of the bot. Each has the same name in the environment, in `.env` and in `claudecost.toml`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True, frozen=True
    )

    anthropic_admin_key: SecretStr | None = Field(
        None, description="Admin key of the organisation (`sk-ant-admin01-…`), from the Claude Console"
    )
    anthropic_admin_key_next: SecretStr | None = Field(
        None, description="the key that takes over when the first is refused: rotation without downtime"
    )
    anthropic_base_url: str = Field(
        "https://api.anthropic.com", description="where the Admin API, or a gateway to it, answers"
    )
    anthropic_org_path: str = Field("/v1/organizations", description="path of the organisation's endpoints below it")
    slack_bot_token: SecretStr | None = Field(None, description="bot token (`xoxb-…`), from OAuth & Permissions")
    slack_app_token: SecretStr | None = Field(
        None, description="app-level token (`xapp-…`) with `connections:write`: Socket Mode, no inbound port"
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description="signing secret, for HTTP instead of Socket Mode; needs `PORT`"
    )
    slack_api_url: str = Field("https://slack.com/api/", description="Slack's Web API, or a stand-in for it")
    claudecost_channel: Annotated[str, AfterValidator(parse_channel)] | None = Field(
        None, description="id of the channel for alerts and the digest (`C0123ABCD`)"
    )
    claudecost_database: Path = Field(Path("claudecost.db"), description="path of the SQLite file")
    claudecost_threshold_percent: Decimal = Field(
        Decimal(25),
        gt=0,
        le=10_000,
        allow_inf_nan=False,
        description="rise over the week before that is worth an alert",
    )
    claudecost_min_increase_usd: Annotated[Decimal | None, BeforeValidator(parse_floor)] = Field(
        None,
        description="rise in dollars below which nobody is told; `auto`: 0.5 % of the week before, within $1 and $50, "
        "and half of it where a calm week more than doubles",
    )
    claudecost_drift_percent: Decimal = Field(
        Decimal(2),
        gt=0,
        le=100,
        allow_inf_nan=False,
        description="part of a week's bill that tokens × price may leave unexplained before the channel is told",
    )
    claudecost_backfill_days: int = Field(90, ge=1, le=400, description="days of history fetched at first, up to 400")
    claudecost_bill: Literal["auto", "cost_report"] = Field(
        "auto",
        description="`auto`: the bill with dollars per API key where it is to be had; `cost_report`: never",
    )
    claudecost_digest: Annotated[WeeklyTime | None, NoDecode, BeforeValidator(parse_weekly_time)] = Field(
        USUAL_DIGEST, description="weekday and local time of the weekly digest; `off`: none but those asked for"
    )
    claudecost_timezone: Annotated[ZoneInfo, NoDecode, BeforeValidator(parse_timezone)] = Field(
        ZoneInfo("UTC"),
        description="IANA time zone of the digest's time and of quiet hours; days themselves are always UTC",
    )
    claudecost_verify_posts: bool = Field(
        default=False,
        description="before repeating a post whose answer was lost, look for it in the history (`channels:history`)",
    )
    port: int | None = Field(
        None, ge=1, le=65_535, description="port of `/healthz`, and of `/slack/events` in HTTP mode"
    )
    claudecost_prices: dict[
        str, Annotated[list[PriceOverride], BeforeValidator(parse_overrides), AfterValidator(check_overrides)]
    ] = Field(
        default_factory=dict, description='tables `[prices."model"]` in `claudecost.toml`: dollars per million tokens'
    )
    claudecost_multipliers: PriceMultipliers = Field(
        PriceMultipliers(), description="table `[multipliers]` in `claudecost.toml`"
    )
    claudecost_organizations: Annotated[
        list[OrganizationTable], BeforeValidator(parse_overrides), AfterValidator(check_organizations)
    ] = Field(default_factory=list, description="tables `[[organizations]]` in `claudecost.toml`: name and key of each")
    claudecost_access: AccessTable = Field(
        AccessTable(), description="table `[access]` in `claudecost.toml`, with `[[access.viewers]]`"
    )
    claudecost_privacy: PrivacyChoices = Field(PrivacyChoices(), description="table `[privacy]` in `claudecost.toml`")
    claudecost_budgets: Annotated[
        list[BudgetTable], BeforeValidator(parse_overrides), AfterValidator(check_budgets)
    ] = Field(default_factory=list, description="tables `[[budgets]]` in `claudecost.toml`")
    claudecost_teams: Annotated[
        list[TeamTable], BeforeValidator(parse_overrides), AfterValidator(check_team_tables)
    ] = Field(default_factory=list, description="tables `[[teams]]` in `claudecost.toml`, with `[[teams.owns]]`")
    claudecost_units: Annotated[list[UnitTable], BeforeValidator(parse_overrides), AfterValidator(check_units)] = Field(
        default_factory=list, description="tables `[[units]]` in `claudecost.toml`: what dollars are divided by"
    )
    claudecost_metrics: MetricsChoices = Field(
        MetricsChoices(), description="table `[metrics]` in `claudecost.toml`: what `/metrics` tells on `PORT`"
    )
    claudecost_alerts: AlertLevels = Field(
        AlertLevels(), description="table `[alerts]` in `claudecost.toml`, with `[[alerts.override]]`"
    )
    claudecost_channels: Annotated[list[ChannelTable], BeforeValidator(parse_overrides)] = Field(
        default_factory=list, description="tables `[[channels]]` in `claudecost.toml`: whose alerts go elsewhere"
    )
    claudecost_digests: Annotated[list[DigestTable], BeforeValidator(parse_overrides)] = Field(
        default_factory=list, description="tables `[[digests]]` in `claudecost.toml`: further digests, by channel"
    )

    @field_validator("anthropic_admin_key", "anthropic_admin_key_next")
    @classmethod
    def check_admin_key(cls, value: SecretStr | None) -> SecretStr | None:
        """Recognises the commonest first-day mistake in words, before the first call."""
        return checked_key(value)

    @field_validator("slack_bot_token")
    @classmethod
    def check_bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        """Tells the bot token from its neighbours on Slack's pages."""
        return prefixed(value, "xoxb-", "the Bot User OAuth Token from the app's OAuth & Permissions page")

    @field_validator("slack_app_token")
    @classmethod
    def check_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        """Tells the app-level token from its neighbours on Slack's pages."""
        return prefixed(value, "xapp-", "an App-Level Token with connections:write from Basic Information")

    @field_validator("slack_signing_secret")
    @classmethod
    def check_signing_secret(cls, value: SecretStr | None) -> SecretStr | None:
        """A header value cannot carry blanks."""
        return one_word(value)

    @field_validator("anthropic_base_url", "slack_api_url")
    @classmethod
    def check_url(cls, value: str, info: ValidationInfo) -> str:
        """A URL with a scheme; Slack's SDK wants a slash at its end, the Admin API's path starts with one."""
        bare = parse_url(value)
        return f"{bare}/" if info.field_name == "slack_api_url" else bare

    @field_validator("anthropic_org_path")
    @classmethod
    def check_path(cls, value: str) -> str:
        """An absolute path without a slash at its end."""
        return parse_path(value)

    @field_validator("claudecost_channels")
    @classmethod
    def check_channels(cls, value: list[ChannelTable], info: ValidationInfo) -> list[ChannelTable]:
        """Two tables may not send one workspace to two channels; `claudecost_alerts` is checked before."""
        return check_channels(value, info.data.get("claudecost_alerts"))

    @field_validator("claudecost_digests")
    @classmethod
    def check_digests(cls, value: list[DigestTable], info: ValidationInfo) -> list[DigestTable]:
        """None twice; `claudecost_channel` and `claudecost_digest` are checked before."""
        is_main_off = info.data.get("claudecost_digest", USUAL_DIGEST) is None
        return check_digests(value, main_channel=None if is_main_off else info.data.get("claudecost_channel"))

    @field_validator("claudecost_database", mode="before")
    @classmethod
    def check_database(cls, value: object) -> object:
        """A path now; a server's URL is refused in words, and without showing its password."""
        if "://" in str(value):
            raise ValueError("is a URL; this version keeps its database in a file: give a path such as claudecost.db")
        return value

    def require(self, *names: str) -> None:
        """Raises `WrongSettings` with a line for each of `names` that is not set."""
        if lines := self.missing(*names):
            raise WrongSettings(lines)

    def missing(self, *names: str) -> list[str]:
        """A line for each of `names` that is not set."""
        return [f"{name}: is not set; {HOW_TO_SET[name]}" for name in names if getattr(self, name.lower()) is None]

    def accesses(self) -> list[Access]:
        """How each organisation is reached: that of `ANTHROPIC_ADMIN_KEY` first, then those of the tables.

        A table may name that key too, to give its organisation a name or an address.
        """
        tables = {table.key: table for table in self.claudecost_organizations}
        own = tables.pop(FIRST_SETTING, None)
        first = [self.access(own)] if own or self.anthropic_admin_key or not tables else []
        return [*first, *(self.access(table) for table in tables.values())]

    def access(self, table: OrganizationTable | None) -> Access:
        """How the organisation of a table is reached, or the one of `ANTHROPIC_ADMIN_KEY` without one."""
        setting = table.key if table else FIRST_SETTING
        next_setting = (table.key_next if table else None) or (
            f"{FIRST_SETTING}_NEXT" if setting == FIRST_SETTING else ""
        )
        keys = ((name, self.key_in(name)) for name in (setting, next_setting) if name)
        return Access(
            setting=setting,
            called=table.name if table else "",
            keys=tuple((name, key) for name, key in keys if key is not None),
            base_url=(table.base_url if table else None) or self.anthropic_base_url,
            path=self.anthropic_org_path if table is None or table.path is None else table.path,
        )

    def key_in(self, name: str) -> SecretStr | None:
        """The key in a setting, or in a variable of the environment or `.env` that a table names."""
        if name.lower() in {"anthropic_admin_key", "anthropic_admin_key_next"}:
            known: SecretStr | None = getattr(self, name.lower())
            return known
        value = os.environ.get(name) or dotenv_values(".env").get(name)
        return SecretStr(value) if value else None

    def wrong_keys(self) -> list[str]:
        """A line for each organisation's key that is not set, or cannot be one."""
        return [line for access in self.accesses() for line in wrong_keys_of(access)]

    def require_keys(self) -> None:
        """Raises `WrongSettings` with these lines."""
        if lines := self.wrong_keys():
            raise WrongSettings(lines)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- these would take tables as well
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- no secret files here
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before `.env`, if there is one, before `claudecost.toml`, where alone tables are.

        What is given is not taken from the file: tables of several sources would be merged, not replaced.
        """
        _, values = read_config()
        fields = {field_of(key): value for key, value in values.items()}
        given = init_settings()
        known = {field: value for field, value in fields.items() if field is not None and field not in given}
        dotenv = [ValuesOfDotenv(settings_cls)] if Path(".env").exists() else []  # to look into nothing takes as long
        return init_settings, Values(settings_cls), *dotenv, InitSettingsSource(settings_cls, known)


class Values(EnvSettingsSource):
    """The environment, of which no table is taken."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Nothing for a table."""
        return (
            (None, field_name, False) if field_name in TABLES.values() else super().get_field_value(field, field_name)
        )


class ValuesOfDotenv(Values, DotEnvSettingsSource):
    """`.env`, likewise."""


def field_of(key: str) -> str | None:
    """The field that a key of `claudecost.toml` sets, if there is one."""
    if key in TABLES:
        return TABLES[key]
    return key.lower() if key.upper() in names_of_values() else None


def names_of_values() -> list[str]:
    """The settings that are no tables."""
    return [name.upper() for name in Settings.model_fields if name not in TABLES.values()]


def wrong_keys_of(access: Access) -> list[str]:
    """A line for each key of an organisation that is not set, or cannot be one."""
    lines = []
    if access.setting not in dict(access.keys):
        whose = f'put the Admin key of "{access.called}" there, in the environment or .env'
        how = HOW_TO_SET.get(access.setting) or whose
        lines.append(f"{access.setting}: is not set; {how}")
    for name, key in access.keys:
        try:
            checked_key(key)
        except ValueError as error:
            lines.append(f"{name}: {error}")
    return lines
