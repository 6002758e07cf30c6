"""Units: what one of many costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.question import NotUnderstood
from bot.analysis.units import WEEK, find_report, last_week, parse_by_unit
from bot.loading.units import weeks_up_to
from bot.messages.units import NONE_SET, WEEKS
from bot.model import Interval, WrongUsage
from bot.wiring import build_open_store, build_units

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.analysis.units import UnitDays, UnitReport
    from bot.settings import Settings


def answer_unit(settings: Settings, name: str, *, today: date) -> Sequence[UnitReport]:
    """The last complete week against the one before, of the units that are called so, or of all.

    Raises `WrongUsage` without any, `NotUnderstood` for an unknown one.
    """
    week = last_week(today)
    known = load(settings, weeks_up_to(today, WEEKS + 1))
    named = build_units(settings).named(name)
    reports = [find_report(each, week, week.shifted(-WEEK.days)) for each in known if each.unit in named]
    if not reports:
        raise NotUnderstood(name, f"units are {', '.join(each.unit.name for each in known)}")
    return reports


def answer_by_unit(settings: Settings, rest: str, *, today: date) -> Sequence[UnitReport]:
    """Every unit over the days that are asked about. Raises `WrongUsage`."""
    period = parse_by_unit(rest, today=today)
    known = load(settings, Interval(period.previous.since, period.current.until))
    return [find_report(each, period.current, period.previous) for each in known]


def load(settings: Settings, interval: Interval) -> Sequence[UnitDays]:
    """Every unit's days. Raises `WrongUsage` without any."""
    units = build_units(settings)
    if not units.all:
        raise WrongUsage(NONE_SET.replace("`", "").rstrip("."))
    with build_open_store(settings)() as store:
        return units.load(store, interval)
