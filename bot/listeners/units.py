"""`/claudecost unit`, and questions by unit: dollars per unit, only of units all of whose dollars the asker may see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.organizations import freshness_of_all
from bot.analysis.ownership import WrongRules
from bot.analysis.question import NotUnderstood
from bot.analysis.units import WEEK, UnitDays, find_report, last_week, parse_by_unit
from bot.listeners.keep import keep_for_sharing
from bot.loading.units import weeks_up_to
from bot.messages.numbers import listed
from bot.messages.units import WEEKS, unit_answer, units_answer
from bot.model import Interval
from bot.snapshots.parts import parts_of
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from bot.analysis.access import Sight
    from bot.analysis.units import UnitReport
    from bot.listeners.asked import Asked
    from bot.loading.units import Units
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

UNIT = "unit"


async def answer_unit(
    open_store: OpenStore, asked: Asked, *, units: Units, whole: OpenStore, now: Callable[[], datetime]
) -> Message:
    """The unit that is named, or all of them; kept for a while so that its asker can share it."""
    today = now().date()
    name = " ".join(asked.text.split()[1:])
    known = await load_seen(open_store, asked.sight, units, weeks_up_to(today, WEEKS + 1), whole=whole)
    chosen = [each for each in known if each.unit in units.named(name)]
    if name and not chosen:
        raise NotUnderstood(name, no_such(known))

    def answer(share_id: str | None) -> Message:
        if name and len(chosen) == 1:
            return unit_answer(chosen[0], today=today, share_id=share_id)
        week = last_week(today)
        reports = [find_report(each, week, week.shifted(-WEEK.days)) for each in chosen]
        return units_answer(reports, share_id=share_id)

    kept = await keep_for_sharing(open_store, asked, question=f"{UNIT} {name}".strip(), message=answer(None), at=now())
    return answer(kept)


async def answer_by_unit(
    open_store: OpenStore, asked: Asked, rest: str, *, units: Units, whole: OpenStore, now: Callable[[], datetime]
) -> Message:
    """A row per unit, over the days that are asked about."""
    period = parse_by_unit(rest, today=now().date())
    interval = Interval(period.previous.since, period.current.until)
    known = await load_seen(open_store, asked.sight, units, interval, whole=whole)
    reports = [find_report(each, period.current, period.previous) for each in known]
    kept = await keep_for_sharing(
        open_store,
        asked,
        question=f"{period.name} by unit",
        message=units_answer(reports, share_id=None),
        at=now(),
    )
    return units_answer(reports, share_id=kept)


async def load_seen(
    open_store: OpenStore, sight: Sight, units: Units, interval: Interval, *, whole: OpenStore
) -> Sequence[UnitDays]:
    """The units all of whose dollars somebody may see: a part of them divided by all units would be no rate.

    What they ever cost counts, not what they cost on the days that are asked about.
    """
    known = await with_store(whole, lambda store: units.load(store, interval))
    if sight.is_everything:
        return known
    seen, all_of_it = [await with_store(each, lambda store: load_ever(store, units)) for each in (open_store, whole)]
    return [
        one
        for one, mine, everybodys in zip(known, seen, all_of_it, strict=False)
        if dollars_of(mine) and dollars_of(mine) == dollars_of(everybodys)
    ]


async def load_seen_rises(
    open_store: OpenStore, sight: Sight, units: Units, *, whole: OpenStore, today: date
) -> list[UnitReport]:
    """The open rises of units that somebody may see, as they stand.

    Where nobody can say whose something is, their figures are not known, nor who may see them.
    """
    rises = await with_store(whole, lambda store: store.units.load_rises())
    units = replace(units, all=[unit for unit in units.all if unit.name in rises])
    if not units.all:
        return []
    week = last_week(today)
    try:
        known = await load_seen(open_store, sight, units, week, whole=whole)
    except WrongRules:
        if not sight.is_everything:
            return []
        known = [UnitDays(unit=each, spend={}, counts={}, fetched={}, rise=rises[each.name]) for each in units.all]
    return [find_report(each, week, week.shifted(-WEEK.days)) for each in known if each.rise]


def load_ever(store: Store, units: Units) -> Sequence[UnitDays]:
    """The units over all days that are stored."""
    days = freshness_of_all([part.store.ledger.load_freshness() for part in parts_of(store)]).days
    return [] if days is None else units.load(store, days)


def dollars_of(days: UnitDays) -> dict[date, int]:
    """What each day cost, nothing left out but days of nothing."""
    return {day: amount for day, amount in days.spend.items() if amount}


def no_such(known: Sequence[UnitDays]) -> str:
    """What there is instead."""
    names = [each.unit.name for each in known]
    return (
        f"units are {listed(names)}"
        if names
        else "no unit is set, or none that you may see: [[units]] in claudecost.toml"
    )
