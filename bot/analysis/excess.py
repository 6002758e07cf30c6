"""What an alert has cost in all: dollars above the level before it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.model import Alert, NanoUsd

WEEK = timedelta(days=7)


def days_of_excess(alert: Alert) -> Interval:
    """The days that are looked at: the week before the one that breached first, up to the judged day."""
    return Interval(alert.opened_day - 2 * WEEK + timedelta(days=1), alert.judged_day + timedelta(days=1))


def total_excess(alert: Alert, daily: Mapping[date, NanoUsd]) -> NanoUsd | None:
    """Spend since the week that breached began, above as many days of the week before; rounded down.

    None where a day of it is unknown. `daily` has the workspace's known days.
    """
    days = days_of_excess(alert).days()
    if not all(day in daily for day in days):
        return None
    before, since = days[: WEEK.days], days[WEEK.days :]
    level = sum(daily[day] for day in before)
    return sum(daily[day] for day in since) - level * len(since) // WEEK.days
