"""`/claudecost unit`, and questions by unit: dollars per unit, only of units all of whose dollars the asker may see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.organizations import freshness_of_all
from bot.analysis.ownership import WrongRules
from bot.analysis.question import NotUnderstood
from bot.analysis.units import WEEK, UnitDays, find_report, last_week, parse_by_unit
from bot.listeners.keep import keep_for_sharing
from bot.loading.owners import load_ownership
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
    from bot.analysis.ownership import Ownership
    from bot.analysis.units import Unit, UnitReport
    from bot.listeners.asked import Asked
    from bot.loading.units import Units
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

UNIT = "unit"


async def answer_unit(whole: OpenStore, asked: Asked, *, units: Units, now: Callable[[], datetime]) -> Message:
    """The unit that is named, or all of them, of the `whole` store; kept for a while so that its asker can share it."""
    today = now().date()
    name = " ".join(asked.text.split()[1:])
    weeks = weeks_up_to(today, WEEKS + 1)
    known = await with_store(whole, lambda store: load_seen(store, asked.sight, units, weeks))
    chosen = [each for each in known if each.unit in units.named(name)]
    if name and not chosen:
        raise NotUnderstood(name, no_such(known))

    def answer(share_id: str | None) -> Message:
        if name and len(chosen) == 1:
            return unit_answer(chosen[0], today=today, share_id=share_id)
        week = last_week(today)
        reports = [find_report(each, week, week.shifted(-WEEK.days)) for each in chosen]
        return units_answer(reports, share_id=share_id)

    kept = await keep_for_sharing(whole, asked, question=f"{UNIT} {name}".strip(), message=answer(None), at=now())
    return answer(kept)


async def answer_by_unit(
    whole: OpenStore, asked: Asked, rest: str, *, units: Units, now: Callable[[], datetime]
) -> Message:
    """A row per unit, over the days that are asked about."""
    period = parse_by_unit(rest, today=now().date())
    interval = Interval(period.previous.since, period.current.until)
    known = await with_store(whole, lambda store: load_seen(store, asked.sight, units, interval))
    reports = [find_report(each, period.current, period.previous) for each in known]
    kept = await keep_for_sharing(
        whole,
        asked,
        question=f"{period.name} by unit",
        message=units_answer(reports, share_id=None),
        at=now(),
    )
    return units_answer(reports, share_id=kept)


def load_seen(store: Store, sight: Sight, units: Units, interval: Interval) -> Sequence[UnitDays]:
    """The units all of whose dollars somebody may see: a part of them divided by all units would be no rate.

    What they ever cost counts, not what they cost on the days that are asked about; all of it is of one moment. One
    that never cost anything is nobody's who does not see everything. Raises `WrongRules`.
    """
    if not units.all:
        return []
    with store.reading():
        ownership = load_ownership(store, units.teams)
        known = units.load(store, interval, ownership)
        if sight.is_everything:
            return known
        with store.looking_beyond(sight):
            hidden = ever_paid(store, units, ownership)
        seen = [each for each in known if each.unit not in hidden]
        idle = ever_paid(store, replace(units, all=[each.unit for each in seen if not has_cost(each)]), ownership)
        return [each for each in seen if has_cost(each) or each.unit in idle]


def load_seen_rises(store: Store, sight: Sight, units: Units, *, today: date) -> list[UnitReport]:
    """The open rises of units that somebody may see, as they stand.

    Where nobody can say whose something is, their figures are not known, nor who may see them.
    """
    week = last_week(today)
    with store.reading():
        rises = store.units.load_rises()
        units = replace(units, all=[unit for unit in units.all if unit.name in rises])
        try:
            known = load_seen(store, sight, units, week)
        except WrongRules:
            if not sight.is_everything:
                return []
            known = [UnitDays(unit=each, spend={}, counts={}, fetched={}, rise=rises[each.name]) for each in units.all]
    return [find_report(each, week, week.shifted(-WEEK.days)) for each in known if each.rise]


def ever_paid(store: Store, units: Units, ownership: Ownership) -> list[Unit]:
    """Those of some units that cost anything on any day that is stored."""
    days = freshness_of_all([part.store.ledger.load_freshness() for part in parts_of(store)]).days
    return [] if days is None else [each.unit for each in units.load(store, days, ownership) if has_cost(each)]


def has_cost(days: UnitDays) -> bool:
    """Whether any day cost anything."""
    return any(days.spend.values())


def no_such(known: Sequence[UnitDays]) -> str:
    """What there is instead."""
    names = [each.unit.name for each in known]
    return (
        f"units are {listed(names)}"
        if names
        else "no unit is set, or none that you may see: [[units]] in claudecost.toml"
    )
