"""Keys: after a sync, each day whose lines are new or changed is shared among its keys, so that answers need not."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from bot.analysis.attribution import by_key
from bot.model import CostLine, Interval, Source, UsageLine
from bot.snapshots.keys import KEPT
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from bot.model import FetchedDay, NanoUsd
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

L = TypeVar("L", CostLine, UsageLine)

BREATH_SECONDS = 0.001
"""How long sharing stands still now and then, so that nobody who asks meanwhile has to wait for it."""

LINES_IN_A_BREATH = 100
"""A millisecond's work or two."""

SUMS_AT_ONCE = 500
"""To open the store takes as long as to share a small day: one opening is for days with so many sums together."""

DAYS_AT_ONCE = 62
"""Two months, which is as much as most questions are about; what is older follows after the next syncs."""


async def share_days(open_store: OpenStore, *, most: int = DAYS_AT_ONCE) -> int:
    """Shares the days that have no sums by key yet, newest first, at most so many; how many that were."""
    left = days = await with_store(open_store, lambda store: store.keys.newest_left(most=most))
    while left:
        shared = await with_store(open_store, lambda store, left=left: share_some(store, left))  # type: ignore[misc]
        left = left[shared:]
    return len(days)


def share_some(store: Store, days: Sequence[date]) -> int:
    """Shares the first of these days, one large one or some small ones; how many that were."""
    sums = 0
    for count, day in enumerate(days, start=1):
        sums += share_day(store, day)
        if sums >= SUMS_AT_ONCE:
            return count
    return len(days)


def share_day(store: Store, day: date) -> int:
    """Shares one day and keeps its sums; how many there are."""
    with store.reading():
        known = store.ledger.load_fetched_days(Interval(day, day + timedelta(days=1)))[day]
        spend = spend_of(store, known)
    store.keys.save(known, spend)
    return len(spend)


def spend_of(store: Store, known: FetchedDay) -> dict[tuple[str, ...], NanoUsd]:
    """A day's dollars by workspace, model and key: as the bill tells them, else each line shared by tokens."""
    alone = Interval(known.day, known.day + timedelta(days=1))
    if known.source is Source.ANALYTICS:
        return store.ledger.load_key_spend(alone, [*KEPT, "key"])
    cost, usage = by_workspace(store.ledger.load_cost_lines(alone)), by_workspace(store.ledger.load_usage_lines(alone))
    spend: dict[tuple[str, ...], NanoUsd] = {}
    shared = 0
    for workspace_id, lines in cost.items():
        used = usage.get(workspace_id, ())
        spend |= by_key(lines, used, within=KEPT)
        shared += len(lines) + len(used)
        if shared >= LINES_IN_A_BREATH:
            time.sleep(BREATH_SECONDS)
            shared = 0
    return spend


def by_workspace(lines: Iterable[L]) -> dict[str, list[L]]:
    """Lines by the id of their workspace."""
    found: defaultdict[str, list[L]] = defaultdict(list)
    for line in lines:
        found[line.series.workspace_id].append(line)
    return found
