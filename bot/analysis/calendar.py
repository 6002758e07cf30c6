"""Days, weeks, months, quarters and years as stretches of days, how they are written, and which of them people name."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.analysis.weeks import IsoWeek
from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Unit: TypeAlias = Literal["day", "week", "month", "quarter", "year"]

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS_IN: dict[Unit, int] = {"day": 1, "week": 7}
MONTHS_IN: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}
DAY = timedelta(days=1)
MONDAY = date(2024, 1, 1).toordinal()


def start_of(unit: Unit, day: date) -> date:
    """The first day of the week, month, … that a day lies in.

    >>> start_of("quarter", date(2026, 11, 22)), start_of("week", date(2026, 11, 22))
    (datetime.date(2026, 10, 1), datetime.date(2026, 11, 16))
    """
    if unit in DAYS_IN:
        return day - (day.toordinal() - MONDAY) % DAYS_IN[unit] * DAY
    months = MONTHS_IN[unit]
    return day.replace(day=1, month=(day.month - 1) // months * months + 1)


def moved(unit: Unit, start: date, count: int) -> date:
    """The first day of the one so many later, or earlier.

    >>> moved("month", date(2026, 1, 1), -1), moved("week", date(2026, 11, 16), 1)
    (datetime.date(2025, 12, 1), datetime.date(2026, 11, 23))
    """
    return start + DAYS_IN[unit] * count * DAY if unit in DAYS_IN else months_later(start, count * MONTHS_IN[unit])


def months_later(day: date, months: int) -> date:
    """The same day of another month, its last one where it has no such day.

    >>> months_later(date(2026, 3, 31), -1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - DAY).day  # noqa: PLR2004 -- December
    return date(year, month + 1, min(day.day, last))


def whole(unit: Unit, start: date) -> Interval:
    """All days of the one that starts on `start`."""
    return Interval(start, moved(unit, start, 1))


def name_of(unit: Unit, day: date) -> str:
    """How the one is written that a day lies in.

    >>> [name_of(unit, date(2026, 11, 22)) for unit in ("day", "week", "month", "quarter", "year")]
    ['2026-11-22', '2026-W47', '2026-11', '2026-Q4', '2026']
    """
    return NAMES[unit](day)


NAMES: dict[Unit, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": lambda day: str(IsoWeek.of(day)),
    "month": lambda day: day.isoformat()[:7],
    "quarter": lambda day: f"{day.year}-Q{(day.month + 2) // 3}",
    "year": lambda day: str(day.year),
}


def stretches(unit: Unit, interval: Interval) -> dict[str, Interval]:
    """Days cut into weeks, months, …, by how those are written; the first and the last may not be whole.

    >>> [(name, len(days)) for name, days in stretches("month", Interval(date(2026, 9, 30), date(2026, 11, 3))).items()]
    [('2026-09', 1), ('2026-10', 31), ('2026-11', 2)]
    """
    found: dict[str, Interval] = {}
    since = interval.since
    while since < interval.until:
        until = min(moved(unit, start_of(unit, since), 1), interval.until)
        found[name_of(unit, since)] = Interval(since, until)
        since = until
    return found


def number_of(name: str, names: Iterable[str]) -> int:
    """Which of the months or weekdays is meant, from 1: by the three letters they differ in.

    >>> number_of("Sept", MONTHS), number_of("tues", WEEKDAYS)
    (9, 2)
    """
    return [each[:3] for each in names].index(name[:3].lower()) + 1


def day_of(year: int, month: int, day: int) -> date | None:
    """A day, if there is such a one."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
