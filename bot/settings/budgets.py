"""The tables `[[budgets]]` of `claudecost.toml`: what may be spent, by whom, in which days, and who is told when."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.analysis.budget import DEFAULT_LEVELS, Budget, Level, On, Period, Scope
from bot.model import MOST_USD, Interval, usd
from bot.settings.values import parse_channel, parse_name


class LevelTable(BaseModel):
    """So many percent of a budget, and who else is told of it: another channel, or somebody mentioned there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    percent: Decimal = Field(gt=0, le=1000)
    channel: Annotated[str, AfterValidator(parse_channel)] | None = None
    mention: str | None = Field(default=None, pattern="^[SUW][A-Z0-9]{2,}$")


def parse_levels(value: object) -> object:
    """Percentages alone as levels that tell nobody else."""
    if value == []:
        raise ValueError("is empty; leave it out for 50, 80 and 100 percent")
    if not isinstance(value, list):
        return value
    return [each if isinstance(each, dict | LevelTable) else {"percent": each} for each in value]


class BudgetTable(BaseModel):
    """Dollars for a month, a week or a quarter that begins anew, or for the days `from` … `until` of a project.

    `until` is the first day that is not the project's any more. Without a scope it is the organisation's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(parse_name)]
    usd: Decimal = Field(gt=0, le=MOST_USD, allow_inf_nan=False)
    period: Literal["month", "week", "quarter"] | None = None
    since: date | None = Field(default=None, alias="from")
    until: date | None = None
    team: str | None = Field(default=None, min_length=1)
    cost_center: str | None = Field(default=None, min_length=1)
    service: str | None = Field(default=None, min_length=1)
    product: str | None = Field(default=None, min_length=1)
    environment: str | None = Field(default=None, min_length=1)
    workspace: str | None = Field(default=None, min_length=1)
    key: str | None = Field(default=None, min_length=1)
    model: str | None = Field(default=None, min_length=1)
    levels: Annotated[list[LevelTable], BeforeValidator(parse_levels)] | None = None
    on: Literal["actual", "forecast"] = "actual"
    channel: Annotated[str, AfterValidator(parse_channel)] | None = None
    mention: str | None = Field(default=None, pattern="^[SUW][A-Z0-9]{2,}$")

    @model_validator(mode="after")
    def check_days(self) -> BudgetTable:
        """A period, or days: one of the two, and days in their order."""
        days = (self.since, self.until)
        if any(days) and (self.period or not all(days)):
            raise ValueError("has a project's days in part; give both `from` and `until`, and no `period`")
        if self.since and self.until and self.until <= self.since:
            raise ValueError("ends before it begins; `until` is the first day that does not count any more")
        return self

    @model_validator(mode="after")
    def check_levels(self) -> BudgetTable:
        """No level twice: nobody could say which one is meant."""
        percents = [level.percent for level in self.levels or ()]
        if len({*percents}) < len(percents):
            raise ValueError("has one level twice; give each percentage once")
        return self

    def built(self) -> Budget:
        """As the rules take it."""
        days = Interval(self.since, self.until) if self.since and self.until else None
        return Budget(
            name=self.name,
            amount=usd(self.usd),
            period=Period.PROJECT if days else Period(self.period or "month"),
            days=days,
            scope=Scope(**{each.name: getattr(self, each.name) for each in fields(Scope)}),
            levels=self.built_levels(),
            on=On(self.on),
            channel=self.channel,
        )

    def built_levels(self) -> tuple[Level, ...]:
        """In the order of their percentages; who is mentioned at all of them, unless a level mentions somebody else."""
        levels = [Level(each.percent, each.channel, each.mention) for each in self.levels or ()] or DEFAULT_LEVELS
        told = [Level(each.percent, each.channel, each.mention or self.mention) for each in levels]
        return tuple(sorted(told, key=lambda level: level.percent))


def check_budgets(tables: list[BudgetTable]) -> list[BudgetTable]:
    """No two have one name: it is what people ask for."""
    names = [table.name.casefold() for table in tables]
    for table in tables:
        if names.count(table.name.casefold()) > 1:
            raise ValueError(f'has "{table.name}" twice; give each budget a name of its own')
    return tables
