"""The tables of `claudecost.toml`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from bot.analysis.contract import Override, find_equal
from bot.analysis.routing import Place, Route, find_two_ways
from bot.model import usd
from bot.settings.access import AccessTable, ViewerTable
from bot.settings.budgets import BudgetTable, LevelTable
from bot.settings.digests import DigestTable
from bot.settings.teams import OwnsTable, TeamTable
from bot.settings.units import UnitTable
from bot.settings.values import (
    Hours,
    Variable,
    parse_channel,
    parse_group,
    parse_hours,
    parse_list,
    parse_name,
    parse_path,
    parse_url,
)

TABLES = {
    "prices": "claudecost_prices",
    "multipliers": "claudecost_multipliers",
    "organizations": "claudecost_organizations",
    "privacy": "claudecost_privacy",
    "alerts": "claudecost_alerts",
    "access": "claudecost_access",
    "channels": "claudecost_channels",
    "teams": "claudecost_teams",
    "budgets": "claudecost_budgets",
    "digests": "claudecost_digests",
    "metrics": "claudecost_metrics",
    "units": "claudecost_units",
}


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


class MetricsChoices(BaseModel):
    """Whether `/metrics` answers, and whether it names API keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: StrictBool = False
    keys: StrictBool = False


class OrganizationTable(BaseModel):
    """One more organisation: what it is called, and which environment variable holds its Admin key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(parse_name)]
    key: Variable
    key_next: Variable | None = None
    base_url: Annotated[str, AfterValidator(parse_url)] | None = None
    path: Annotated[str, AfterValidator(parse_path)] | None = None


class AlertOverride(BaseModel):
    """Other levels for some workspaces, models, or both; the most specific entry wins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workspace: str | None = Field(default=None, min_length=1)
    model: str | None = Field(default=None, min_length=1)
    threshold: Decimal | None = Field(default=None, gt=0, le=10_000)
    floor: Decimal | None = Field(default=None, ge=0)
    channel: Annotated[str, AfterValidator(parse_channel)] | None = None
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
            mute=self.mute,
        )

    def route(self) -> Route | None:
        """Where it sends alerts, if it does."""
        if self.channel is None or self.workspace is None:
            return None
        place = Place(channel=self.channel)
        return Route(workspace=self.workspace, place=place, table="[[alerts.override]]", key="workspace")


class ChannelTable(BaseModel):
    """Workspaces whose alerts go to a channel of their own, by id, name, or a pattern of either."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Annotated[str, AfterValidator(parse_channel)]
    workspaces: Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(parse_list), Field(min_length=1)]
    mention: Annotated[str, AfterValidator(parse_group)] | None = None

    def routes(self) -> tuple[Route, ...]:
        """As the rules take it."""
        place = Place(channel=self.channel, mention=self.mention)
        return tuple(Route(workspace=workspace, place=place) for workspace in self.workspaces)


NEEDS_LEVEL = "has a `mention`, but nothing is critical; set critical_usd_per_day in [alerts]"


class AlertLevels(BaseModel):
    """What is worth an alert, what is critical, and where other levels hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quiet: bool = False
    critical_usd_per_day: Decimal | None = Field(default=None, gt=0)
    mention: Annotated[str, AfterValidator(parse_group)] | None = None
    quiet_hours: Annotated[Hours | None, BeforeValidator(parse_hours)] = None
    override: list[AlertOverride] = []

    @model_validator(mode="after")
    def check_mention(self) -> AlertLevels:
        """Nobody would ever be called."""
        if self.mention is not None and self.critical_usd_per_day is None:
            raise ValueError(NEEDS_LEVEL)
        return self

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
    "claudecost_access": AccessTable,
    "viewers": ViewerTable,
    "claudecost_channels": ChannelTable,
    "claudecost_teams": TeamTable,
    "owns": OwnsTable,
    "claudecost_budgets": BudgetTable,
    "levels": LevelTable,
    "claudecost_digests": DigestTable,
    "claudecost_metrics": MetricsChoices,
    "claudecost_units": UnitTable,
}
"""What a table of `claudecost.toml` consists of, by the field it sets, and one inside a table."""


def parse_overrides(value: object) -> object:
    """One table `[prices."model"]` as the only one of several `[[prices."model"]]`; so for others that come often."""
    return [value] if isinstance(value, dict) else value


def check_overrides(entries: list[PriceOverride]) -> list[PriceOverride]:
    """Two prices cannot begin on the same day."""
    days = [entry.since for entry in entries]
    for day in days:
        if days.count(day) > 1:
            raise ValueError(f"has two entries from {day or 'the beginning'}; give each its own day in `from`")
    return entries


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


def check_channels(tables: list[ChannelTable], alerts: AlertLevels | None) -> list[ChannelTable]:
    """No workspace is sent to two channels by the same words, and a user group is called at some level."""
    if alerts and alerts.critical_usd_per_day is None and any(table.mention for table in tables):
        raise ValueError(NEEDS_LEVEL)
    ways = find_two_ways(routes_of(tables, alerts))
    if ways is not None:
        one, other = ways
        raise ValueError(
            f"{one.entry} goes to {one.place.channel}, {other.entry} to {other.place.channel}; leave one of them out"
        )
    return tables


def routes_of(tables: list[ChannelTable], alerts: AlertLevels | None) -> tuple[Route, ...]:
    """Every route that is set."""
    overrides = [entry.route() for entry in alerts.override] if alerts else []
    return (*(route for table in tables for route in table.routes()), *filter(None, overrides))
