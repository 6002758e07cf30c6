"""When digests are said: on a day of the week or of the month, each of the period that ended last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.analysis.months import CalendarMonth
from bot.analysis.weeks import WEEK, IsoWeek
from bot.model import SETTLING_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, time, tzinfo

DAY = timedelta(days=1)
PERIODS_LOOKED_AT = 4

Every: TypeAlias = Literal["week", "month"]
DigestPeriod: TypeAlias = IsoWeek | CalendarMonth


def period_of(every: Every, day: date) -> DigestPeriod:
    """The week or the month that a day lies in."""
    return IsoWeek.of(day) if every == "week" else CalendarMonth.of(day)


def parse_period(text: str) -> DigestPeriod:
    """A week or a month as it is written. Raises `ValueError`.

    >>> [str(parse_period(text)) for text in ("2026-W47", "2026-10")]
    ['2026-W47', '2026-10']
    """
    return IsoWeek.parse(text) if "W" in text else CalendarMonth.parse(text)


def every_of(period: DigestPeriod) -> Every:
    """What it is."""
    return "week" if isinstance(period, IsoWeek) else "month"


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, 0 for Monday."""

    number: int

    def first_from(self, day: date) -> date:
        """The first such day that is not before another."""
        return day + (self.number - day.weekday()) % WEEK.days * DAY


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day that every month has: 1 to 28."""

    number: int

    def first_from(self, day: date) -> date:
        """The first such day that is not before another."""
        month = CalendarMonth.of(day)
        following = month.interval.until if day.day > self.number else month.interval.since
        return following.replace(day=self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How often a digest is said, on which day, and at which time of day in which time zone."""

    every: Every = "week"
    on: Weekday | MonthDay
    at: time
    timezone: tzinfo

    def instants(self, since: date) -> Iterator[datetime]:
        """The scheduled instants, UTC, from the first whose local date is `since` or later."""
        day = self.on.first_from(since)
        while True:
            yield datetime.combine(day, self.at, self.timezone).astimezone(UTC)
            day = self.on.first_from(day + DAY)

    def due(self, period: DigestPeriod) -> datetime:
        """When a period's digest is due, UTC.

        That is the first scheduled time on or after the day that follows, as the clock on the wall has it, or after
        the UTC period's end where that comes first; but never before the last day had three hours to settle.
        """
        next_day = period.interval.until
        instants = self.instants(next_day - DAY)
        told = next(one for one in instants if one >= period.end or one.astimezone(self.timezone).date() >= next_day)
        return max(told, period.end + SETTLING_TIME)

    def latest_due(self, now: datetime, *, started_at: datetime | None) -> DigestPeriod | None:
        """The last period whose digest is due; None if that was before `started_at`, or nothing ever started."""
        period = period_of(self.every, now.astimezone(UTC).date())
        while self.due(period) > now:
            period = period.before()
        return period if started_at is not None and self.due(period) >= started_at else None

    def next_at(self, now: datetime) -> datetime:
        """The next instant a digest becomes due, UTC."""
        this_one = period_of(self.every, now.astimezone(UTC).date())
        return min(due for back in range(PERIODS_LOOKED_AT) if (due := self.due(this_one.before(back))) > now)
