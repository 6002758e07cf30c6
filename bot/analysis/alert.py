"""The life of an alert: one per workspace, from the first breach that is due until it has calmed down.

Pure: from the alerts that are open, and what was found on a day, to the alerts as they stand afterwards. Whether a
change is said, and by which message, is the job's; an alert whose `message_key` is None was never announced.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.analysis.anomaly import by_workspace
from bot.model import Alert, AlertMember, AlertState, Kind, NanoUsd, Resolution, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from bot.analysis.anomaly import Scopes
    from bot.model import Finding, WeeklySpend

CALM_EVALUATIONS = 2
"""Calm days in a row after which an alert is over; one alone is noise."""

WEEKS_KEPT = 4
"""The oldest week before the judged one whose spend is at hand."""


def next_alerts(
    open_alerts: Iterable[Alert],
    findings: Sequence[Finding],
    spend: Sequence[WeeklySpend],
    *,
    day: date,
    floor: NanoUsd,
) -> list[Alert]:
    """The alerts after the evaluation of `day`: those open, refreshed or resolved, then the ones it opens (id 0).

    An alert whose workspace could not be judged stays as it was and is left out. Evaluating a day again gives the
    same alerts, unless its amounts changed.
    """
    known = list(open_alerts)
    picture = Picture(findings=grouped(findings), spend=by_workspace(spend), day=day, floor=floor)
    refreshed = [picture.refresh(alert) for alert in known if picture.can_judge(alert)]
    return refreshed + picture.open_new(already={alert.workspace_id for alert in known})


def open_silently(findings: Sequence[Finding], spend: Sequence[WeeklySpend], *, day: date) -> list[Alert]:
    """The alerts a first start finds already there: stored, summed up once, never told by a message of their own."""
    return Picture(findings=grouped(findings), spend=by_workspace(spend), day=day, floor=0).open_new(already=set())


def grouped(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings by workspace, in their order."""
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.workspace_id].append(finding)
    return dict(found)


def passes(finding: Finding) -> bool:
    """Whether a finding is one the channel is told of: due now, or told before."""
    return finding.status is not Status.HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What one evaluation saw."""

    findings: dict[str, list[Finding]]
    spend: dict[str, Scopes]
    day: date
    floor: NanoUsd

    # --- opening ---

    def open_new(self, *, already: set[str]) -> list[Alert]:
        """An alert for each workspace with a due finding that has none."""
        due = {
            workspace_id: [finding for finding in found if finding.status is Status.DUE]
            for workspace_id, found in self.findings.items()
            if workspace_id not in already
        }
        return [self.opened(workspace_id, found) for workspace_id, found in due.items() if found]

    def opened(self, workspace_id: str, due: Sequence[Finding]) -> Alert:
        """A new alert with the due findings as its members."""
        current, previous = self.weeks(workspace_id, None)[:2]
        return Alert(
            id=0,
            workspace_id=workspace_id,
            state=AlertState.FIRING,
            opened_day=self.day,
            judged_day=self.day,
            members=tuple(member_of(finding) for finding in sorted(due, key=whole_first)),
            previous=previous,
            current=current,
        )

    # --- refreshing ---

    def can_judge(self, alert: Alert) -> bool:
        """Whether the evaluation is not older than the alert and could compare the workspace's weeks."""
        found = self.findings.get(alert.workspace_id, ())
        return self.day >= alert.judged_day and not any(finding.kind is Kind.NOT_JUDGED for finding in found)

    def refresh(self, alert: Alert) -> Alert:
        """The alert with this evaluation's figures, its new members, and resolved if it is over."""
        current, previous = self.weeks(alert.workspace_id, None)[:2]
        refreshed = replace(
            alert,
            members=self.members(alert),
            previous=previous,
            current=current,
            judged_day=self.day,
        )
        return self.resolved_if_over(replace(refreshed, calm_evaluations=self.calm_evaluations(alert, refreshed)))

    def members(self, alert: Alert) -> tuple[AlertMember, ...]:
        """The alert's members with today's figures, and the models that joined them."""
        known = {member.model for member in alert.members}
        joined = (
            member_of(finding)
            for finding in self.findings.get(alert.workspace_id, ())
            if passes(finding) and finding.model not in known
        )
        return (*(self.measured(member, alert.workspace_id) for member in alert.members), *joined)

    def measured(self, member: AlertMember, workspace_id: str) -> AlertMember:
        """A member with today's figures."""
        current, previous = self.weeks(workspace_id, member.model)[:2]
        peak = max(member.peak_increase, current - previous)
        return replace(member, previous=previous, current=current, peak_increase=peak)

    def weeks(self, workspace_id: str, model: str | None) -> tuple[NanoUsd, ...]:
        """Five weeks of a workspace or one of its models; zeros for one that is not there any more."""
        scopes = self.spend.get(workspace_id)
        for scope in (scopes.workspace, *scopes.models) if scopes else ():
            if scope.model == model:
                return scope.weeks
        return (0,) * (WEEKS_KEPT + 1)

    # --- resolving ---

    def calm_evaluations(self, alert: Alert, refreshed: Alert) -> int:
        """Calm days in a row; the same day counts once, however often it is evaluated."""
        scopes: tuple[Alert | AlertMember, ...] = (refreshed, *refreshed.members)
        if not all(self.is_calm(current=scope.current, previous=scope.previous) for scope in scopes):
            return 0
        return max(alert.calm_evaluations, 1) if self.day == alert.judged_day else alert.calm_evaluations + 1

    def is_calm(self, *, current: NanoUsd, previous: NanoUsd) -> bool:
        """`C7 ≤ 1.10 · P7`, or a rise below half the floor."""
        return current * 10 <= previous * 11 or 2 * (current - previous) < self.floor

    def resolved_if_over(self, alert: Alert) -> Alert:
        """The alert, resolved with the reason if it is over."""
        resolution = self.resolution(alert)
        if resolution is None:
            return alert
        return replace(alert, state=AlertState.RESOLVED, resolution=resolution)

    def resolution(self, alert: Alert) -> Resolution | None:
        """Why the alert is over, None while it is not."""
        found = self.findings.get(alert.workspace_id, ())
        if self.day == alert.opened_day and not any(passes(finding) for finding in found):
            return Resolution.DATA_REVISED  # only new amounts for the same days can take the first breach away
        if alert.calm_evaluations < CALM_EVALUATIONS:
            return None
        is_normal = all(self.is_near_level_before(alert, member) for member in alert.members)
        return Resolution.BACK_TO_NORMAL if is_normal else Resolution.NEW_LEVEL

    def is_near_level_before(self, alert: Alert, member: AlertMember) -> bool:
        """Whether a member spends about what it did before the alert opened: not over 25 % more, or half a floor."""
        weeks = self.weeks(alert.workspace_id, member.model)
        before = level_before(weeks, days_open=(self.day - alert.opened_day).days)
        return member.current * 4 <= before * 5 or 2 * (member.current - before) < self.floor


def level_before(weeks: Sequence[NanoUsd], *, days_open: int) -> NanoUsd:
    """The newest week that ended no later than the week before the opening did.

    An alert that was open for more than three weeks has outlived the weeks at hand; then the lowest stands for it.

    >>> level_before((50, 51, 52, 20, 10), days_open=14)
    20
    """
    back = 1 - days_open // -7
    return weeks[back] if back <= WEEKS_KEPT else min(weeks[1:])


def member_of(finding: Finding) -> AlertMember:
    """A finding as a member of the alert that tells of it."""
    return AlertMember(
        model=finding.model,
        kind=finding.kind,
        previous=finding.previous,
        current=finding.current,
        posted_increase=finding.increase,
        peak_increase=finding.increase,
        first_day=finding.first_day,
    )


def whole_first(finding: Finding) -> tuple[bool, NanoUsd, str]:
    """The workspace as a whole, then its models, largest rise first."""
    return finding.model is not None, -finding.increase, finding.model or ""
