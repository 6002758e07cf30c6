"""ISO weeks, and when the digest of one is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.model import SETTLING_TIME, Interval, end_of, usd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import time, tzinfo

WEEK = timedelta(days=7)

WORTH_A_LINE = usd(1)
"""A week's dollars below which a series that moved, came or went is not worth a line."""


@dataclass(frozen=True, slots=True, order=True)
class IsoWeek:
    """A week from Monday to Sunday, UTC, as ISO 8601 numbers them."""

    year: int
    week: int

    def __str__(self) -> str:
        return f"{self.year}-W{self.week:02d}"

    @classmethod
    def of(cls, day: date) -> IsoWeek:
        """The week a day lies in.

        >>> str(IsoWeek.of(date(2027, 1, 3)))
        '2026-W53'
        """
        year, week, _ = day.isocalendar()
        return cls(year, week)

    @classmethod
    def parse(cls, text: str) -> IsoWeek:
        """A week as it is written.

        >>> IsoWeek.parse("2026-W47").interval.since
        datetime.date(2026, 11, 16)

        Raises:
            ValueError: with a sentence for people, if it is no week.
        """
        match = re.fullmatch(r"(\d{4})-?W(\d{1,2})", text.strip().upper(), re.ASCII)
        if match is None:
            raise ValueError(f'"{text}" is not a week; write it like 2026-W47')
        try:
            return cls.of(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError:
            raise ValueError(f'"{text}" is a week that does not exist; weeks go from W01 to W52 or W53') from None

    @property
    def interval(self) -> Interval:
        """Its seven days."""
        monday = date.fromisocalendar(self.year, self.week, 1)
        return Interval(monday, monday + WEEK)

    @property
    def end(self) -> datetime:
        """The instant it ends."""
        return end_of(self.interval.until - timedelta(days=1))

    def before(self, weeks: int = 1) -> IsoWeek:
        """The week that many weeks earlier."""
        return IsoWeek.of(self.interval.since - weeks * WEEK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the digest is said: a weekday (0 = Monday) and a time of day in a time zone."""

    weekday: int
    at: time
    timezone: tzinfo

    def instants(self, since: date) -> Iterator[datetime]:
        """The scheduled instants, UTC, from the first whose local date is `since` or later."""
        day = since + timedelta(days=(self.weekday - since.weekday()) % 7)
        while True:
            yield datetime.combine(day, self.at, self.timezone).astimezone(UTC)
            day += WEEK

    def due(self, week: IsoWeek) -> datetime:
        """When a week's digest is due, UTC.

        That is the first scheduled time on or after the Monday that follows, as the clock on the wall has it, or after
        the UTC week's end where that comes first; but never before the last day had three hours to settle.
        """
        monday = week.interval.until
        instants = self.instants(monday - timedelta(days=1))
        told = next(one for one in instants if one >= week.end or one.astimezone(self.timezone).date() >= monday)
        return max(told, week.end + SETTLING_TIME)


def digest_due(
    now: datetime, *, weekday: int, at: time, timezone: tzinfo, started_at: datetime | None
) -> IsoWeek | None:
    """The latest finished week whose digest is due; None if that was before `started_at`, or nothing ever started."""
    schedule = Schedule(weekday=weekday, at=at, timezone=timezone)
    this_week = IsoWeek.of(now.astimezone(UTC).date())
    week = next(week for week in weeks_back(this_week) if schedule.due(week) <= now)
    return week if started_at is not None and schedule.due(week) >= started_at else None


def next_digest_at(now: datetime, *, weekday: int, at: time, timezone: tzinfo) -> datetime:
    """The next instant a digest becomes due, UTC."""
    schedule = Schedule(weekday=weekday, at=at, timezone=timezone)
    this_week = IsoWeek.of(now.astimezone(UTC).date())
    return min(due for back in range(4) if (due := schedule.due(this_week.before(back))) > now)


def weeks_back(week: IsoWeek) -> Iterator[IsoWeek]:
    """A week and those before it."""
    while True:
        yield week
        week = week.before()
