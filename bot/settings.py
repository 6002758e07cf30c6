"""What the environment, `.env` and `claudecost.toml` say, in this order of precedence; a sentence each.

A wrong value is one line that names the setting and the mend, never a traceback and never the value of a secret.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StrictBool,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, InitSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.analysis.contract import Override, find_equal
from bot.model import FIRST_SETTING, WrongUsage, usd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FULL_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORTEST_WEEKDAY = 3
WEEKDAYS = tuple(weekday[:SHORTEST_WEEKDAY] for weekday in FULL_WEEKDAYS)
CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,}")
DEFAULT_CONFIG = Path("claudecost.toml")
TABLES = {
    "prices": "claudecost_prices",
    "multipliers": "claudecost_multipliers",
    "organizations": "claudecost_organizations",
    "privacy": "claudecost_privacy",
    "alerts": "claudecost_alerts",
}
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
LONGEST_VARIABLE, LONGEST_WORD = 60, 20


class WrongSettings(WrongUsage):
    """Settings that are missing or wrong: `lines` has a sentence for each, with the mend."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A weekday (0 = Monday) and a local time of day."""

    weekday: int
    at: time

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.at:%H:%M}"


class PriceOverride(BaseModel):
    """Dollars per million tokens of one model, where the built-in table is wrong or does not know it.

    They hold from the day `from` on, or always.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cache_read: Decimal | None = Field(default=None, ge=0)
    cache_write_5m: Decimal | None = Field(default=None, ge=0)
    cache_write_1h: Decimal | None = Field(default=None, ge=0)
    since: date | None = Field(default=None, alias="from")


class PriceMultipliers(BaseModel):
    """What prices are multiplied by, whatever the model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    batch: Decimal = Field(Decimal("0.5"), ge=0)
    us: Decimal = Field(Decimal("1.1"), gt=0)
    fast: Decimal = Field(Decimal(2), ge=0)
    discount_percent: Decimal = Field(Decimal(0), ge=0, lt=100)


class PrivacyChoices(BaseModel):
    """What about people may be fetched, stored and told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    people: StrictBool = False  # "yes" or 1 does not decide this


def parse_variable(value: object) -> object:
    """The name of an environment variable. What may be a key itself is refused, and shown nowhere."""
    if isinstance(value, str) and VARIABLE.fullmatch(value) and len(value) <= longest_variable(value):
        return value
    raise ValueError(
        "is not the name of an environment variable (capitals, digits and _), and a key itself never stands here; "
        'put the key into the environment or .env, for example as EU_ADMIN_KEY, and write key = "EU_ADMIN_KEY"'
    )


def longest_variable(name: str) -> int:
    """How long a name may be: one long word is more likely a key."""
    return LONGEST_VARIABLE if "_" in name else LONGEST_WORD


Variable: TypeAlias = Annotated[str, BeforeValidator(parse_variable)]


def parse_url(value: str) -> str:
    """A URL with a scheme, without a slash at its end."""
    if not re.fullmatch(r"https?://[^/\s]+\S*", value):
        raise ValueError("is not a URL; it starts with https:// (or http:// on a private network)")
    return value.rstrip("/")


def parse_path(value: str) -> str:
    """An absolute path without a slash at its end."""
    if not value.startswith("/"):
        raise ValueError(f'"{value}" is not a path; it starts with a slash, like /v1/organizations')
    return value.rstrip("/")


def parse_name(value: str) -> str:
    """What people call an organisation, and can type after `org:`."""
    if not value.strip() or '"' in value:
        raise ValueError('is not a name; give one without quotes in it, such as "Acme Europe"')
    return value.strip()


class OrganizationTable(BaseModel):
    """One more organisation: what it is called, and which environment variable holds its Admin key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(parse_name)]
    key: Variable
    key_next: Variable | None = None
    base_url: Annotated[str, AfterValidator(parse_url)] | None = None
    path: Annotated[str, AfterValidator(parse_path)] | None = None


def check_organizations(tables: list[OrganizationTable]) -> list[OrganizationTable]:
    """No two have one name or one key."""
    names = [table.name.casefold() for table in tables]
    keys = [key for table in tables for key in (table.key, table.key_next) if key is not None]
    for table in tables:
        if names.count(table.name.casefold()) > 1:
            raise ValueError(f'has "{table.name}" twice; give each organisation a name of its own')
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"has {key} twice; each organisation has a key of its own")
    return tables


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


class AlertOverride(BaseModel):
    """Other levels for some workspaces, models, or both; the most specific entry wins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workspace: str | None = Field(default=None, min_length=1)
    model: str | None = Field(default=None, min_length=1)
    threshold: Decimal | None = Field(default=None, gt=0, le=10_000)
    floor: Decimal | None = Field(default=None, ge=0)
    channel: str | None = Field(default=None, pattern=f"^{CHANNEL_ID.pattern}$")
    mute: bool | None = None

    @model_validator(mode="after")
    def check_says_something(self) -> AlertOverride:
        """One about nothing, or that changes nothing, is a slip of the pen."""
        if self.workspace is None and self.model is None:
            raise ValueError('names neither a workspace nor a model; give `workspace = "…"`, `model = "…"`, or both')
        if all(value is None for value in (self.threshold, self.floor, self.channel, self.mute)):
            raise ValueError("changes nothing; give it a threshold, floor, channel or mute")
        if self.model is not None and self.channel is not None:
            raise ValueError("sends one model to another channel, but a workspace has one alert; leave out `model`")
        return self

    def built(self) -> Override:
        """As the rules take it."""
        return Override(
            workspace=self.workspace,
            model=self.model,
            threshold_percent=self.threshold,
            floor=None if self.floor is None else usd(self.floor),
            channel=self.channel,
            mute=self.mute,
        )


class AlertLevels(BaseModel):
    """What is worth an alert, and where other levels hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quiet: bool = False
    override: list[AlertOverride] = []

    @model_validator(mode="after")
    def check_no_two_alike(self) -> AlertLevels:
        """Of two that name the same nobody could say which wins."""
        alike = find_equal([entry.built() for entry in self.override])
        if alike is not None:
            raise ValueError(f"has two [[alerts.override]] for {alike[1]}; make them one")
        return self


ROWS_OF: dict[str, type[BaseModel]] = {
    "claudecost_prices": PriceOverride,
    "claudecost_multipliers": PriceMultipliers,
    "claudecost_organizations": OrganizationTable,
    "claudecost_privacy": PrivacyChoices,
    "claudecost_alerts": AlertLevels,
    "override": AlertOverride,
}
"""What a table of `claudecost.toml` consists of, by the field it sets, and one inside a table."""


MISSING = {
    "claudecost_organizations.name": "give what the organisation is called",
    "claudecost_organizations.key": "give the name of the environment variable that holds its Admin key",
}
"""What to do about a field that a table lacks; of a price it is dollars."""


NO_TABLE = {"dict_type", "list_type", "model_type"}
"""What pydantic calls a value where a table belongs."""
WRITTEN_AS = {
    "claudecost_prices": '[prices."model"]',
    "claudecost_organizations": "[[organizations]]",
    "claudecost_alerts.override": "[[alerts.override]]",
}
"""How a table is written whose name alone does not tell."""


def parse_overrides(value: object) -> object:
    """One table `[prices."model"]` as the only one of several `[[prices."model"]]`; so for organisations."""
    return [value] if isinstance(value, dict) else value


def check_overrides(entries: list[PriceOverride]) -> list[PriceOverride]:
    """Two prices cannot begin on the same day."""
    days = [entry.since for entry in entries]
    for day in days:
        if days.count(day) > 1:
            raise ValueError(f"has two entries from {day or 'the beginning'}; give each its own day in `from`")
    return entries


def weekday_number(name: str) -> int:
    """A weekday (0 = Monday) by its name or the beginning of it; ValueError for what is none.

    >>> weekday_number("mon"), weekday_number("sunday"), weekday_number("thurs")
    (0, 6, 3)
    """
    (number,) = [
        index
        for index, weekday in enumerate(FULL_WEEKDAYS)
        if len(name) >= SHORTEST_WEEKDAY and weekday.startswith(name)
    ]
    return number


def parse_weekly_time(value: object) -> object:
    """`mon 09:00` as a `WeeklyTime`."""
    if isinstance(value, WeeklyTime):
        return value
    if not isinstance(value, str):
        raise ValueError('is not a weekday and a time; write it in quotes like "mon 09:00"')  # noqa: TRY004 -- pydantic
    weekday, _, clock = value.strip().lower().partition(" ")
    try:
        return WeeklyTime(weekday_number(weekday), time.fromisoformat(clock.strip().zfill(5)))
    except ValueError:
        raise ValueError(f'"{value}" is not a weekday and a time; write it like "mon 09:00"') from None


def parse_timezone(value: object) -> object:
    """An IANA name as a `ZoneInfo`."""
    if isinstance(value, ZoneInfo):
        return value
    if not isinstance(value, str):
        raise ValueError('is not a time zone; use an IANA name in quotes such as "Europe/Berlin"')  # noqa: TRY004 -- pydantic
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'"{value}" is not a time zone; use an IANA name such as "Europe/Berlin"') from None


def parse_floor(value: object) -> object:
    """`auto` as None, anything else as dollars."""
    if value is None or (isinstance(value, str) and value.strip().lower() == "auto"):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError(f'"{value}" is neither "auto" nor an amount in dollars such as 12.50')
    return amount


class Settings(BaseSettings):
    """Every setting of the bot. Each has the same name in the environment, in `.env` and in `claudecost.toml`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True, frozen=True
    )

    left_out: ClassVar[frozenset[str]] = frozenset()
    """What `claudecost.toml` says in vain: tables of several sources would be merged, not replaced."""

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
    claudecost_channel: str | None = Field(
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
        description="rise in dollars below which nobody is told; `auto`: 0.5 % of the week before, within $1 and $50",
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
    claudecost_digest: Annotated[WeeklyTime, NoDecode, BeforeValidator(parse_weekly_time)] = Field(
        WeeklyTime(0, time(9)), description="weekday and local time of the weekly digest"
    )
    claudecost_timezone: Annotated[ZoneInfo, NoDecode, BeforeValidator(parse_timezone)] = Field(
        ZoneInfo("UTC"), description="IANA time zone of the digest's time; days themselves are always UTC"
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
    claudecost_privacy: PrivacyChoices = Field(PrivacyChoices(), description="table `[privacy]` in `claudecost.toml`")
    claudecost_alerts: AlertLevels = Field(
        AlertLevels(), description="table `[alerts]` in `claudecost.toml`, with `[[alerts.override]]`"
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

    @field_validator("claudecost_channel")
    @classmethod
    def check_channel(cls, value: str | None) -> str | None:
        """Slack's calls take ids; names change."""
        if value is not None and not CHANNEL_ID.fullmatch(value):
            raise ValueError(
                f'"{value}" is not a channel id; copy the id (C…) from the bottom of the channel\'s details'
            )
        return value

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
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- pydantic passes it; no secret files here
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before `.env` before `claudecost.toml`."""
        _, values = read_config()
        fields = {field_of(key): value for key, value in values.items()}
        known = {field: value for field, value in fields.items() if field is not None and field not in cls.left_out}
        return init_settings, env_settings, dotenv_settings, InitSettingsSource(settings_cls, known)


HOW_TO_SET = {
    "ANTHROPIC_ADMIN_KEY": "create an Admin key in the Claude Console under Admin keys and put it in .env",
    "SLACK_BOT_TOKEN": "install the app from manifest.yml and copy the Bot User OAuth Token (xoxb-…)",
    "SLACK_APP_TOKEN": "create an App-Level Token (xapp-…) with connections:write under Basic Information",
    "CLAUDECOST_CHANNEL": "copy the id (C…) from the bottom of the channel's details and invite the bot to it",
    "PORT": "HTTP mode (SLACK_SIGNING_SECRET without SLACK_APP_TOKEN) needs the port to listen on",
}


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


def load_settings() -> Settings:
    """The settings in force, or `WrongSettings` with a line for each one that is wrong."""
    settings, wrong = load_what_is_right()
    if settings is None or wrong:
        raise WrongSettings(wrong)
    return settings


def load_what_is_right() -> tuple[Settings | None, list[str]]:
    """The settings with their defaults for those that are wrong, and a line for each of these.

    For whoever looks for every fault; without any settings where `claudecost.toml` cannot be read at all.
    """
    try:
        unknown = unknown_names()
        return Settings(), unknown
    except WrongSettings as error:
        return None, error.lines
    except ValidationError as error:
        details = error.errors(include_input=False)
        wrong = {str(detail["loc"][0]) for detail in details}
        defaults = {name: Settings.model_fields[name].get_default(call_default_factory=True) for name in wrong}
        rest = type("Rest", (Settings,), {"left_out": frozenset(wrong)})
        return rest(**defaults), [*unknown, *(wrong_line(detail) for detail in details)]


def wrong_line(detail: Mapping[str, Any]) -> str:
    """One pydantic error as `NAME: what is wrong; the mend`."""
    where = ".".join(part for part in detail["loc"] if isinstance(part, str))
    places = [f"[{part + 1}]" for part in detail["loc"] if isinstance(part, int)]
    table = next((table for table, name in TABLES.items() if where.startswith(name)), None)
    name = where.removeprefix("claudecost_") if table else where.upper()
    if table == "organizations" and places:
        name = name.replace(table, f"{table}{places[0]}", 1)
    message = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    if detail["type"] == "missing":
        message = f"is missing; {MISSING.get(where, 'give dollars per million tokens')}"
    elif detail["type"] == "extra_forbidden":
        message = f"is not known; {nearest(detail['loc'])}"
    elif detail["type"] in NO_TABLE:
        message = f"is not a table; write it as {written_as(where)} with a line for each value"
    elif detail["type"] == "bool_type":
        message = "must be true or false, without quotes"
    elif message.startswith("must be") and where in Settings.model_fields:
        message = f"{message.partition(',')[0]}; the default is {shown_default(where)}"
    return f"{name}: {message}"


def nearest(location: Sequence[int | str]) -> str:
    """The known name that an unknown one in a table resembles, or all of them."""
    innermost = [str(part) for part in location[:-1] if part in ROWS_OF][-1]
    fields = ROWS_OF[innermost].model_fields.items()
    names = [field.alias or name for name, field in fields]
    near = difflib.get_close_matches(str(location[-1]), names, n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else f"known are {', '.join(names)}"


def written_as(where: str) -> str:
    """The head of a table in `claudecost.toml`.

    >>> written_as("claudecost_organizations"), written_as("claudecost_privacy"), written_as("claudecost_prices.m")
    ('[[organizations]]', '[privacy]', '[prices."m"]')
    """
    table, _, model = where.removeprefix("claudecost_").partition(".")
    return WRITTEN_AS.get(where) or (f'[{table}."{model}"]' if model else f"[{table}]")


def shown_default(name: str) -> str:
    """A setting's default as a person would write it; empty where there is none."""
    default = Settings.model_fields[name].default
    if name == "claudecost_min_increase_usd":
        return "auto"
    return "none" if default is None else str(default)


def read_config() -> tuple[Path, dict[str, Any]]:
    """`claudecost.toml`, and where it is; an absent default file is empty, an absent named one is wrong."""
    named = os.environ.get("CLAUDECOST_CONFIG") or dotenv_values(".env").get("CLAUDECOST_CONFIG")
    path = Path(named) if named else DEFAULT_CONFIG
    if not named and not path.exists():
        return path, {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongSettings([f"CLAUDECOST_CONFIG: {path} cannot be read ({error.strerror}); check the path"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSettings([f"{path}: is not valid TOML; {error}"]) from None
    return path, {key: value for key, value in values.items() if value != ""}


def unknown_names() -> list[str]:
    """A line for each name in `claudecost.toml` that is no setting."""
    path, values = read_config()
    return [unknown_line(key, path=path) for key in values if field_of(key) is None]


def field_of(key: str) -> str | None:
    """The field that a key of `claudecost.toml` sets, if there is one."""
    if key in TABLES:
        return TABLES[key]
    return key.lower() if key.upper() in names_of_values() else None


def names_of_values() -> list[str]:
    """The settings that are no tables."""
    return [name.upper() for name in Settings.model_fields if name not in TABLES.values()]


def unknown_line(key: str, *, path: Path) -> str:
    """That a name is no setting, with the nearest one that is."""
    names = names_of_values()
    near = [
        *difflib.get_close_matches(f"CLAUDECOST_{key.upper()}", names, n=1, cutoff=0.8),
        *difflib.get_close_matches(key.upper(), [*names, *(table.upper() for table in TABLES)], n=1, cutoff=0.5),
    ]
    hint = f'did you mean "{near[0]}"?' if near else "the README lists the names"
    return f'{path}: "{key}" is not a setting; {hint}'


def checked_key(value: SecretStr | None) -> SecretStr | None:
    """An Admin key, or at least none of those that cannot be one."""
    if value is not None and value.get_secret_value().startswith("sk-ant-api"):
        raise ValueError(
            "is a key for sending messages (sk-ant-api…), which cannot read costs; "
            "an organisation admin creates an Admin key (sk-ant-admin01-…) in the Claude Console under Admin keys"
        )
    return one_word(value)


def one_word(value: SecretStr | None) -> SecretStr | None:
    """A secret without blanks or line breaks, which come along when it is copied."""
    if value is not None and not re.fullmatch(r"[\x21-\x7e]+", value.get_secret_value()):
        raise ValueError("has blanks or characters in it that no key has; copy it again")
    return value


def prefixed(value: SecretStr | None, prefix: str, where: str) -> SecretStr | None:
    """A token that starts as its kind does."""
    if value is not None and not value.get_secret_value().startswith(prefix):
        raise ValueError(f"does not start with {prefix}; copy {where}")
    return one_word(value)
