"""Teams: what breaches the contract in the sum of a team, and what of it another alert tells of already.

A team is judged like a workspace, by the same rules and floor. Its rise is held while alerts of workspaces, or of teams
below it, tell of at least half of it; so it is where that half is expected or muted there. What is held in a workspace
for being small is not told there, and counts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.anomaly import FEWEST_PAIRS, find_anomalies, largest_rise_first
from bot.analysis.lifecycle import hold_expected
from bot.model import Kind, Reason, Status, team_id, team_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from bot.analysis.contract import Levels
    from bot.analysis.coverage import Known
    from bot.analysis.ownership.weekly import TeamLine, TeamWeeks
    from bot.model import Alert, Finding, WeeklySpend

    Scope: TypeAlias = tuple[str, str | None]
    """A workspace id, and a model in it or None for all of it."""

SETTLED = frozenset({Reason.EXPECTED, Reason.MUTED, Reason.ORGANIZATION_ALERT, Reason.OTHER_ALERT})
"""Why a rise is held that somebody knows of, or wants to hear nothing of."""


def find_team_anomalies(
    weeks: TeamWeeks,
    workspaces: Sequence[Finding],
    *,
    known: Known,
    levels: Levels,
    open_alerts: Collection[str],
    expected: Iterable[Alert],
) -> list[Finding]:
    """Every breach of a team or a model in it, as `find_anomalies` has them.

    Args:
        weeks: The teams' spend.
        workspaces: What was found in workspaces.
        known: The day judged, and what can be compared; with too little of it teams are not judged.
        levels: The terms of each scope.
        open_alerts: Ids of workspaces and teams whose alert is open.
        expected: Alerts that were closed because they are expected.
    """
    if len(known.compared) < FEWEST_PAIRS:
        return []
    found = find_anomalies(weeks.spend, known=known, levels=levels, open_alerts=open_alerts)
    found = hold_expected(found, expected, floor=levels.floor)
    told = {*scopes_told(workspaces), *((id_, None) for id_ in open_alerts if team_of(id_) is None)}
    covered: set[str] = set()
    judged: list[Finding] = []
    for team in sorted(weeks.below, key=lambda team: len(weeks.below[team])):
        is_told = tells(told, covered)
        own = [
            held_if_told(finding, weeks, known=known, is_told=is_told)
            for finding in found
            if finding.workspace_id == team_id(team)
        ]
        judged.extend(own)
        if team_id(team) in open_alerts or (team_id(team), None) in scopes_told(own):
            covered |= weeks.below[team]
    return sorted(judged, key=largest_rise_first)


def scopes_told(findings: Iterable[Finding]) -> Iterator[Scope]:
    """What somebody hears of: all of what has an alert, and the very scopes that are expected or muted."""
    for finding in findings:
        if finding.status is not Status.HELD:
            yield finding.workspace_id, None
        elif finding.reason in SETTLED:
            yield finding.workspace_id, finding.model


def tells(told: Collection[Scope], covered: Collection[str]) -> Callable[[TeamLine], bool]:
    """Whether somebody hears of a team's line: by its workspace, that or its model, or by its team."""
    teams = frozenset(covered)

    def is_told(line: TeamLine) -> bool:
        team, workspace_id, model = line
        return team in teams or (workspace_id, None) in told or (workspace_id, model) in told

    return is_told


def held_if_told(finding: Finding, weeks: TeamWeeks, *, known: Known, is_told: Callable[[TeamLine], bool]) -> Finding:
    """A due finding, held where at least half of its rise is told elsewhere."""
    if finding.status is not Status.DUE:
        return finding
    below = weeks.below[team_of(finding.workspace_id) or ""]
    own = {
        line: spend for line, spend in weeks.lines.items() if line[0] in below and finding.model in {None, spend.model}
    }
    rise = sum(rise_of(spend, finding, known) for spend in own.values())
    told = sum(rise_of(spend, finding, known) for line, spend in own.items() if is_told(line))
    return replace(finding, status=Status.HELD, reason=Reason.OTHER_ALERT) if 2 * told >= rise > 0 else finding


def rise_of(spend: WeeklySpend, finding: Finding, known: Known) -> int:
    """What a line has of a rise: over the week, or of a single day over the usual one, times the days of that."""
    if finding.kind is Kind.DAY:
        return len(known.baseline) * spend.latest - spend.before
    return spend.current - spend.previous
