"""What a period is called in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.weeks import IsoWeek
from bot.messages.numbers import MONTHS, counted, day_range

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from bot.analysis.calendar import Unit
    from bot.analysis.question import Period

SO_FAR = " so far"
BY_THEIR_ENDS = ("..", "since ")

UNITS: dict[Unit, Callable[[date], str]] = {
    "week": lambda since: f"week {IsoWeek.of(since).week}",
    "month": lambda since: f"{MONTHS[since.month - 1]} {since.year}",
    "quarter": lambda since: f"Q{(since.month + 2) // 3} {since.year}",
    "year": lambda since: str(since.year),
}


def period_in_words(period: Period) -> str:
    """When it was, after a verb or an amount; of more days than one."""
    called = period_named(period)
    return called if called.endswith(SO_FAR) else f"in {called or counted(len(period.current), 'day')}"


def period_named(period: Period) -> str:
    """What to call its days; nothing where they are just so many, back from today."""
    if period.name == period.unit:
        return f"this {period.unit}{SO_FAR}"
    if period.unit is not None:
        return UNITS[period.unit](period.current.since)
    return day_range(period.current) if any(mark in period.name for mark in BY_THEIR_ENDS) else ""
