"""A team's lines, wherever its things are: as they are owned on each day, or on one."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from bot.analysis.ownership import lines_of_teams, spans_of
from bot.loading.keys import spend_by_key
from bot.model import WorkspaceLines

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from bot.analysis.ownership import Owners, Ownership
    from bot.model import Interval
    from bot.snapshots.store import Store


def load_team_lines(
    store: Store, teams: Collection[str], interval: Interval, ownership: Ownership, *, as_of: date | None = None
) -> WorkspaceLines:
    """The lines of some teams, as things are owned on each day; with `as_of` as on that day, all the time."""
    spans = spans_of(ownership, interval) if as_of is None else [interval]
    return together([load_lines_on(store, teams, span, ownership, day=as_of or span.since) for span in spans])


def load_lines_on(
    store: Store, teams: Collection[str], interval: Interval, ownership: Ownership, *, day: date
) -> WorkspaceLines:
    """The lines of some teams as things are owned on one day."""
    owners = ownership.on(day, store.names.load_names())
    workspaces = sorted(load_workspaces_on(store, teams, interval, owners))
    return together([lines_of_teams(store.ledger.load_workspace(id_, interval), owners, teams) for id_ in workspaces])


def load_workspaces_on(store: Store, teams: Collection[str], interval: Interval, owners: Owners) -> frozenset[str]:
    """The workspaces in which some teams own anything that spent."""
    things = spend_by_key(store, interval, within=["workspace"])
    return frozenset(
        workspace_id
        for workspace_id, key in things
        if any(part.owner.team in teams for part in owners[workspace_id, key])
    )


def together(each: Sequence[WorkspaceLines]) -> WorkspaceLines:
    """Lines of several workspaces, in the order of days."""
    by_day = attrgetter("day")
    return WorkspaceLines(
        cost=sorted((line for lines in each for line in lines.cost), key=by_day),
        usage=sorted((line for lines in each for line in lines.usage), key=by_day),
        key_cost=sorted((line for lines in each for line in lines.key_cost), key=by_day),
    )
