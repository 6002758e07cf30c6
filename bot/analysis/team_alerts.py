"""Teams: what breaches the contract in the sum of a team, and what of it another alert tells of already.

A team is judged like a workspace, by the same rules and floor. Its rise is held while alerts of workspaces, or of teams
below it, tell of at least half of it; so it is where that half is expected or muted there. An open alert of a team
does not escalate for that either: its thread refers to them. What is held in a workspace
for being small is not told there, and counts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.analysis.alert import Elsewhere
from bot.analysis.anomaly import FEWEST_PAIRS, find_anomalies, largest_rise_first
from bot.analysis.lifecycle import hold_expected
from bot.model import Kind, Reason, Status, team_id, team_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bot.analysis.contract import Levels
    from bot.analysis.coverage import Known
    from bot.analysis.ownership.weekly import TeamLine, TeamWeeks
    from bot.model import Alert, Finding, WeeklySpend

    Scope: TypeAlias = tuple[str, str | None]
    """A workspace id, and a model in it or None for all of it."""

SETTLED = frozenset({Reason.EXPECTED, Reason.MUTED, Reason.ORGANIZATION_ALERT, Reason.OTHER_ALERT})
"""Why a rise is held that somebody knows of, or wants to hear nothing of."""


class TeamFindings(NamedTuple):
    """What was found of teams, and of those whose alert is open what others tell of their rise, by their ids."""

    findings: list[Finding]
    elsewhere: dict[str, Elsewhere]


def find_team_anomalies(
    weeks: TeamWeeks,
    workspaces: Sequence[Finding],
    *,
    known: Known,
    levels: Levels,
    at_hand: Collection[str],
    open_alerts: Collection[str],
    expected: Iterable[Alert],
) -> TeamFindings:
    """Every breach of a team or a model in it, as `find_anomalies` has them.

    Args:
        weeks: The teams' spend.
        workspaces: What was found in workspaces.
        known: The day judged, and what can be compared; with too little of it teams are not judged.
        levels: The terms of each scope.
        at_hand: Ids of teams whose alert a breach belongs to: one that is over is opened again.
        open_alerts: Ids of workspaces and teams whose alert is open, so that it tells.
        expected: Alerts that were closed because they are expected.
    """
    if len(known.compared) < FEWEST_PAIRS:
        return TeamFindings([], {})
    found = find_anomalies(weeks.spend, known=known, levels=levels, open_alerts=at_hand)
    found = hold_expected(found, expected, floor=levels.floor)
    told = {*scopes_told(workspaces), *((id_, None) for id_ in open_alerts if team_of(id_) is None)}
    alerting = {*open_alerts, *(each.workspace_id for each in workspaces if each.status is not Status.HELD)}
    covered: set[str] = set()
    judged = TeamFindings([], {})
    for team in sorted(weeks.below, key=lambda team: len(weeks.below[team])):
        is_told = tells(told, covered)
        own = [
            held_if_told(finding, weeks, known=known, is_told=is_told)
            for finding in found
            if finding.workspace_id == team_id(team)
        ]
        judged.findings.extend(own)
        if team_id(team) in at_hand:
            judged.elsewhere[team_id(team)] = elsewhere_of(team, weeks, known, is_told=is_told, alerting=alerting)
        if team_id(team) in open_alerts or (team_id(team), None) in scopes_told(own):
            covered |= weeks.below[team]
    return TeamFindings(sorted(judged.findings, key=largest_rise_first), judged.elsewhere)


def elsewhere_of(
    team: str, weeks: TeamWeeks, known: Known, *, is_told: Callable[[TeamLine], bool], alerting: Collection[str]
) -> Elsewhere:
    """What the alerts of workspaces, and of teams below it, tell of a team's rise."""
    own = {line: spend for line, spend in weeks.lines.items() if line[0] in weeks.below[team]}
    by_workspace: defaultdict[str, int] = defaultdict(int)
    for line, spend in own.items():
        if is_told(line):
            by_workspace[line[1] if line[1] in alerting else team_id(line[0])] += rise_of(spend, Kind.RISE, known)
    return Elsewhere(
        week=is_mostly_told(own, Kind.RISE, known, is_told),
        day=is_mostly_told(own, Kind.DAY, known, is_told),
        by_workspace={id_: rise for id_, rise in by_workspace.items() if rise > 0 and id_ in alerting},
    )


def is_mostly_told(
    lines: Mapping[TeamLine, WeeklySpend], kind: Kind, known: Known, is_told: Callable[[TeamLine], bool]
) -> bool:
    """Whether somebody hears of at least half of what some lines rise by."""
    rise = sum(rise_of(spend, kind, known) for spend in lines.values())
    told = sum(rise_of(spend, kind, known) for line, spend in lines.items() if is_told(line))
    return 2 * told >= rise > 0


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
    if not is_mostly_told(own, finding.kind, known, is_told):
        return finding
    return replace(finding, status=Status.HELD, reason=Reason.OTHER_ALERT)


def rise_of(spend: WeeklySpend, kind: Kind, known: Known) -> int:
    """What a line has of a rise: over the week, or of a single day over the usual one, times the days of that."""
    if kind is Kind.DAY:
        return len(known.baseline) * spend.latest - spend.before
    return spend.current - spend.previous
