"""Calendar months."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.analysis.calendar import months_later, whole
from bot.model import end_of

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model import Interval


@dataclass(frozen=True, slots=True, order=True)
class CalendarMonth:
    """A month of UTC days."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"

    @classmethod
    def of(cls, day: date) -> CalendarMonth:
        """The month a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> CalendarMonth:
        """A month as it is written.

        >>> CalendarMonth.parse("2026-10").interval.since
        datetime.date(2026, 10, 1)

        Raises:
            ValueError: with a sentence for people, if it is no month.
        """
        match = re.fullmatch(r"(\d{4}-\d{2})", text.strip(), re.ASCII)
        try:
            return cls.of(date.fromisoformat(f"{match and match[1]}-01"))
        except ValueError:
            raise ValueError(f'"{text}" is not a month; write it like 2026-10') from None

    @property
    def interval(self) -> Interval:
        """Its days."""
        return whole("month", date(self.year, self.month, 1))

    @property
    def end(self) -> datetime:
        """The instant it ends."""
        return end_of(self.interval.until - timedelta(days=1))

    def before(self, months: int = 1) -> CalendarMonth:
        """The month that many months earlier."""
        return CalendarMonth.of(months_later(self.interval.since, -months))
