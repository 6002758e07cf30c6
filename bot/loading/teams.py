"""What teams are held against: what there is, and what spent lately."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.analysis.organizations import all_names
from bot.analysis.ownership import Estate, TeamsCheck, add_moves, find_moves, find_stale, find_unowned, spans_of
from bot.loading.keys import spend_by_key
from bot.model import Interval
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from bot.analysis.ownership import Move, Ownership, Thing
    from bot.model import Names, NanoUsd
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

LATELY = timedelta(days=30)
FIRST_DAY = date(2020, 1, 1)
"""No bill is older."""


def lately(today: date) -> Interval:
    """The last 30 complete days."""
    return Interval(today - LATELY, today)


def knows_any(store: Store, interval: Interval) -> bool:
    """Whether any of some days was ever fetched: what is not known is not nothing."""
    return any(part.store.ledger.load_fetched_days(interval) for part in parts_of(store))


def load_moves(store: Store, before: Ownership, after: Ownership, interval: Interval) -> dict[Move, NanoUsd]:
    """Dollars of some days that would be another team's, the largest first."""
    both = [span for one in spans_of(before, interval) for span in spans_of(after, one)]
    return add_moves(
        [
            find_moves(
                spend_by_key(part.store, span, within=["workspace"]),
                before.on(span.since, names := part.store.names.load_names()),
                after.on(span.since, names),
            )
            for part in parts_of(store)
            for span in both
        ]
    )


def load_teams_check(store: Store, ownership: Ownership, *, today: date) -> TeamsCheck:
    """What is wrong with who owns what today, as far as the snapshots know."""
    interval = lately(today)
    with store.reading():
        parts = parts_of(store)
        estates = [load_estate(part, ownership, interval, today=today) for part in parts]
        days = [
            day for part in parts for day in part.store.ledger.load_fetched_days(Interval(FIRST_DAY, interval.until))
        ]
        return TeamsCheck(
            unowned=find_unowned(estates),
            stale=find_stale(ownership, estates, today=today, first_day=min(days, default=None)),
        )


def load_estate(part: Part, ownership: Ownership, interval: Interval, *, today: date) -> Estate:
    """What one organisation has, and what it spent."""
    names = part.store.names.load_names()
    return Estate(
        spend=spend_of_things(part.store, interval),
        owners=ownership.on(today, names),
        listed=[
            *((id_, "") for id_ in names.workspaces),
            *((key.workspace_id, key.id) for key in names.api_keys.values()),
        ],
        beside=part.beside,
    )


def spend_of_things(store: Store, interval: Interval) -> dict[Thing, NanoUsd]:
    """Dollars by workspace and key."""
    spend = spend_by_key(store, interval, within=["workspace"])
    return {(workspace_id, key_id): amount for (workspace_id, key_id), amount in spend.items()}


def load_names(store: Store) -> Names:
    """What everything is called, wherever it is."""
    return all_names([(part.beside, part.store.names.load_names()) for part in parts_of(store)])
