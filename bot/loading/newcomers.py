"""Keys that have begun to spend and are nobody's, loaded from the snapshots."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.ownership.newcomers import find_newcomers
from bot.loading.teams import spend_of_things
from bot.model import Interval
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from bot.analysis.ownership import Ownership
    from bot.analysis.ownership.newcomers import Newcomer
    from bot.model import NanoUsd
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

WEEK = timedelta(days=7)


def load_newcomers(
    store: Store, ownership: Ownership, *, floor: Callable[[NanoUsd], NanoUsd], today: date
) -> list[Newcomer]:
    """Those of the last 7 complete days, of all organisations; `floor` is that of a week's total."""
    with store.reading():
        parts = parts_of(store)
        return [each for part in parts for each in newcomers_in(part, ownership, floor=floor, today=today)]


def newcomers_in(
    part: Part, ownership: Ownership, *, floor: Callable[[NanoUsd], NanoUsd], today: date
) -> list[Newcomer]:
    """The same of one organisation; none while a day of both weeks is unknown, for it might have spent on that."""
    week, before = Interval(today - WEEK, today), Interval(today - 2 * WEEK, today - WEEK)
    known = part.store.ledger.load_fetched_days(Interval(before.since, week.until))
    if len(known) < len(week) + len(before):
        return []
    names = part.store.names.load_names()
    spent_before = spend_of_things(part.store, before)
    return find_newcomers(
        spend_of_things(part.store, week),
        spent_before,
        ownership.on(today, names),
        names=names,
        floor=floor(sum(spent_before.values())),
        first_day=week.since,
    )
