"""The period that another one is held against, when somebody says which."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.calendar import months_later, start_of, whole
from bot.analysis.question.errors import NotUnderstood
from bot.model import Interval

if TYPE_CHECKING:
    from datetime import date

    from bot.analysis.question.periods import Period

LAST_YEAR = "last year"
MONTHS_A_YEAR = 12


def held_against(period: Period, other: Period, *, today: date) -> Period:
    """The period beside the days of another one, as people mean it.

    What runs is held against as many days of a whole one of its kind (`month vs last month`), and `vs last year` are
    the same days a year earlier. Otherwise it is all of the other, even where that has more days.

    Raises:
        NotUnderstood: where the two are the same days, or the other is not over.
    """
    previous = days_meant(period, other)
    if previous.until > today:
        raise NotUnderstood(f"vs {other.name}", "today is not over; compare with days that are")
    if previous == period.current:
        raise NotUnderstood(f"vs {other.name}", 'these are the same days; compare with others, as in "vs last month"')
    return replace(period, previous=previous, alike=are_alike(period, other, previous))


def days_meant(period: Period, other: Period) -> Interval:
    """Which days of the other."""
    current = period.current
    if other.name == LAST_YEAR and period.unit != "year":
        return Interval(months_later(current.since, -MONTHS_A_YEAR), months_later(current.until, -MONTHS_A_YEAR))
    if period.unit is not None and period.unit == other.unit and is_running(period):
        end = other.current.since + timedelta(days=len(current))
        return Interval(other.current.since, min(end, other.current.until))
    return other.current


def are_alike(period: Period, other: Period, previous: Interval) -> bool:
    """Whether a change from one to the other can be told in percent: as many days, or a whole month, … each."""
    if len(previous) == len(period.current) or previous != other.current:
        return True
    return period.unit is not None and period.unit == other.unit and not is_running(other)


def is_running(period: Period) -> bool:
    """Whether it is only what there is of a week, a month or the like."""
    return period.unit is not None and period.current != whole(period.unit, start_of(period.unit, period.current.since))
