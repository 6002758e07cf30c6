"""What is behind an alert: a workspace's as it is stored, a team's as things are owned on the day judged last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.organizations import only_floor
from bot.loading.team_days import TeamDays
from bot.loading.team_lines import load_lines_on, load_workspaces_on
from bot.model import team_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from bot.analysis.ownership import Ownership
    from bot.model import Alert, Evaluation, Interval, NanoUsd, WorkspaceLines
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
    fetched = store.ledger.load_fetched_days(interval)
    return {day: sum(amount for line, amount in daily[day].items() if line[0] in teams) for day in fetched}


def load_lines(store: Store, alert: Alert, interval: Interval, ownership: Ownership) -> WorkspaceLines:
    """The lines of an interval."""
    team = team_of(alert.workspace_id)
    if team is None:
        return store.ledger.load_workspace(alert.workspace_id, interval)
    return load_lines_on(store, ownership.with_children(team), interval, ownership, day=alert.judged_day)


def load_workspaces(store: Store, alert: Alert, interval: Interval, ownership: Ownership) -> frozenset[str]:
    """The workspaces whose bill it is made of."""
    team = team_of(alert.workspace_id)
    if team is None:
        return frozenset({alert.workspace_id})
    owners = ownership.on(alert.judged_day, store.names.load_names())
    return load_workspaces_on(store, ownership.with_children(team), interval, owners)


def told_floor(store: Store, evaluations: Iterable[Evaluation]) -> NanoUsd | None:
    """The floor that all of them were judged by; None for whoever does not see the whole that it is a part of."""
    return None if store.hides_names else only_floor(evaluations)
