"""ISO weeks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.model import Interval, end_of, usd

WEEK = timedelta(days=7)

WORTH_A_LINE = usd(1)
"""Dollars below which a series that moved, came or went is not worth a line of a digest."""


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
