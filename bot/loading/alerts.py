"""What is behind an alert: a workspace's as it is stored, a team's as things are owned on the day judged last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.organizations import all_names, known_by_all, only_floor, own_lines
from bot.loading.team_days import TeamDays
from bot.loading.team_lines import load_lines_on, load_workspaces_on, together
from bot.model import WHOLE_ORGANIZATION, team_of
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from bot.analysis.ownership import Ownership
    from bot.model import Alert, Evaluation, Interval, Names, NanoUsd, WorkspaceLines
    from bot.snapshots.store import Store


def load_daily(store: Store, alert: Alert, interval: Interval, ownership: Ownership) -> Mapping[date, NanoUsd]:
    """The dollars of each fetched day of an interval; none of a team that there is no more."""
    team = team_of(alert.workspace_id)
    if team is None:
        return store.ledger.load_daily(interval, alert.workspace_id)
    teams = ownership.with_children(team)
    if not teams:
        return {}
    daily = TeamDays(store=store, ownership=ownership).load(interval, judged=alert.judged_day)
    fetched = known_by_all([part.store.ledger.load_fetched_days(interval) for part in parts_of(store)])
    return {day: sum(amount for line, amount in daily[day].items() if line[0] in teams) for day in fetched}


def load_lines(store: Store, alert: Alert, interval: Interval, ownership: Ownership) -> WorkspaceLines:
    """The lines of an interval."""
    team = team_of(alert.workspace_id)
    if team is None:
        return store.ledger.load_workspace(alert.workspace_id, interval)
    teams, day = ownership.with_children(team), alert.judged_day
    parts = parts_of(store)
    each = [load_lines_on(part.store, teams, interval, ownership, day=day) for part in parts]
    return together([own_lines(lines, part.beside) for part, lines in zip(parts, each, strict=True)])


def load_restated_days(store: Store, alert: Alert, interval: Interval, ownership: Ownership) -> list[date]:
    """Days whose bill, as far as it is made of it, changed after they had settled.

    A team's is made of the workspaces in which it owns something.
    """
    team = team_of(alert.workspace_id)
    if team is None:
        every = alert.workspace_id == WHOLE_ORGANIZATION
        changed = store.ledger.load_restated_cost(interval)
        return sorted({line.day for line in changed if every or line.series.workspace_id == alert.workspace_id})
    return sorted(
        {day for part in parts_of(store) for day in restated_of_teams(part.store, team, alert, interval, ownership)}
    )


def restated_of_teams(
    store: Store, team: str, alert: Alert, interval: Interval, ownership: Ownership
) -> Iterator[date]:
    """The same of one organisation's part of a team."""
    changed = store.ledger.load_restated_cost(interval)
    if changed:
        owners = ownership.on(alert.judged_day, store.names.load_names())
        own = load_workspaces_on(store, ownership.with_children(team), interval, owners)
        yield from (line.day for line in changed if line.series.workspace_id in own)


def load_names_of(store: Store, workspace_id: str) -> Names:
    """What everything is called that is said of a workspace's or a team's alert: a team may be in any organisation."""
    parts = parts_of(store)
    if team_of(workspace_id) is None or len(parts) == 1:
        return store.names.load_names()
    return all_names([(part.beside, part.store.names.load_names()) for part in parts])


def told_floor(store: Store, evaluations: Iterable[Evaluation]) -> NanoUsd | None:
    """The floor that all of them were judged by; None for whoever does not see the whole that it is a part of."""
    return None if store.hides_names else only_floor(evaluations)
