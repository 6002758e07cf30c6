"""The tables `[[digests]]` of `claudecost.toml`: which channel gets which digest, and when."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.analysis.digest_plan import FIRST_OF_MONTH, Plan, fingerprint
from bot.analysis.schedule import MonthDay, Schedule, Weekday
from bot.model import team_id
from bot.settings.values import WeeklyTime, parse_channel, parse_clock, parse_list, parse_timezone, weekday_number

LAST_DAY_OF_EACH = 28


def parse_day(value: object) -> object:
    """`mon` as a day of the week, a number as one of the month."""
    if value is None or isinstance(value, Weekday | MonthDay):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if 1 <= value <= LAST_DAY_OF_EACH:
            return MonthDay(value)
        raise ValueError(f"is {value}, which is no day that every month has; give 1 to {LAST_DAY_OF_EACH}")
    try:
        return Weekday(weekday_number(str(value).strip().lower()))
    except ValueError:
        raise ValueError(f'"{value}" is neither a weekday such as "mon" nor a day of the month such as 1') from None


class DigestTable(BaseModel):
    """A digest for a channel, weekly or monthly, of all workspaces, some (ids, names or patterns of either), or a team.

    Day, time and zone are those of `CLAUDECOST_DIGEST` unless they are given; a monthly one comes on the first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Annotated[str, AfterValidator(parse_channel)]
    every: Literal["week", "month"] = "week"
    day: Annotated[Weekday | MonthDay | None, BeforeValidator(parse_day)] = None
    time: Annotated[dt.time | None, BeforeValidator(parse_clock)] = None
    zone: Annotated[ZoneInfo | None, BeforeValidator(parse_timezone)] = None
    workspaces: Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(parse_list)] = []

    team: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def check_scope(self) -> DigestTable:
        """One digest is of one thing."""
        if self.team is not None and self.workspaces:
            raise ValueError("has a `team` and `workspaces`; give one of them, or two digests")
        return self

    @model_validator(mode="after")
    def check_day(self) -> DigestTable:
        """A week has no first."""
        if self.every == "week" and isinstance(self.day, MonthDay):
            raise ValueError(f'comes every week on day {self.day.number}; give a weekday, or `every = "month"`')
        return self

    def built(self, usual: WeeklyTime, timezone: ZoneInfo) -> Plan:
        """As the job takes it; what it does not say is as `usual`."""
        usual_day = Weekday(usual.weekday) if self.every == "week" else FIRST_OF_MONTH
        schedule = Schedule(
            every=self.every, on=self.day or usual_day, at=self.time or usual.at, timezone=self.zone or timezone
        )
        return Plan(channel=self.channel, schedule=schedule, workspaces=self.about)

    @property
    def about(self) -> tuple[str, ...]:
        """What it is of, in words."""
        return tuple(self.workspaces) if self.team is None else (team_id(self.team),)

    @property
    def what(self) -> tuple[str, ...]:
        """What tells it from others."""
        return (self.channel, self.every, *fingerprint(self.about))


def check_digests(tables: list[DigestTable], *, main_channel: str | None) -> list[DigestTable]:
    """No channel gets one digest twice; the main channel, unless that is off, has its weekly one without a table."""
    seen: set[tuple[str, ...]] = set()
    for table in tables:
        if table.what == (main_channel, "week"):
            raise ValueError(f"has the weekly digest of {main_channel}, which CLAUDECOST_DIGEST is; leave it out")
        if table.what in seen:
            raise ValueError(f"has the same {table.every}ly digest for {table.channel} twice; leave one of them out")
        seen.add(table.what)
    return tables
