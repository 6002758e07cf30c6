"""The life of an alert: one per workspace and per team, from the first breach that is due until it has calmed down.

Pure: from the alerts that are open, and what was found on a day, to the alerts as they stand afterwards. Whether a
change is said, and by which message, is the job's; an alert whose `message_key` is None was never announced.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from bot.analysis.scopes import by_workspace, whole
from bot.model import (
    WHOLE_ORGANIZATION,
    Alert,
    AlertMember,
    AlertState,
    Finding,
    Kind,
    NanoUsd,
    Reason,
    Resolution,
    Status,
    team_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from bot.analysis.scopes import Scopes
    from bot.model import Spike, WeeklySpend

CALM_EVALUATIONS = 2
"""Calm days in a row after which an alert is over; one alone is noise."""

DAYS_A_WEEK = 7
WEEKS_KEPT = 4
"""The oldest week before the judged one whose spend is at hand."""

REOPENING_DAYS = 3
"""A breach so soon after its workspace's alert was resolved opens that one again; after that it is a new one."""


def alerts_at_hand(alerts: Iterable[Alert], day: date) -> list[Alert]:
    """Those a breach of `day` belongs to, if one does: open ones, and those resolved not long before."""
    since = day - timedelta(days=REOPENING_DAYS)
    return [alert for alert in alerts if is_at_hand(alert, since=since, day=day)]


def is_at_hand(alert: Alert, *, since: date, day: date) -> bool:
    """Whether an alert is open, or was resolved from `since` to `day`; one that is expected is closed for good."""
    return alert.state.is_open or (alert.state is AlertState.RESOLVED and since <= alert.judged_day <= day)


def next_alerts(
    at_hand: Iterable[Alert],
    findings: Sequence[Finding],
    spend: Sequence[WeeklySpend],
    *,
    day: date,
    floor: NanoUsd,
    critical: NanoUsd | None = None,
    days: int = DAYS_A_WEEK,
    teams: AboutTeams | None = None,
) -> list[Alert]:
    """The alerts after the evaluation of `day`: those at hand, refreshed or resolved, then the ones it opens (id 0).

    From a rise of `critical` a day on they are critical; None for never. A week is so many `days`, where some of the
    seven cannot be compared. `teams` is what must be known of those whose alert is open.

    An alert whose workspace could not be judged stays as it was and is left out, and so does a resolved one without a
    new breach. Evaluating a day again gives the same alerts, unless its amounts changed.
    """
    known = list(at_hand)
    if not known and not any(finding.status is Status.DUE for finding in findings):
        return []  # on most days; to sum up each workspace's models takes as long as judging them
    picture = Picture(
        findings=grouped(findings),
        spend=by_workspace(spend),
        day=day,
        floor=floor,
        critical=critical,
        days=days,
        teams=teams or AboutTeams(),
    )
    refreshed = [picture.refresh(reopened(alert)) for alert in known if picture.concerns(alert)]
    return refreshed + picture.open_new(already={alert.workspace_id for alert in known})


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What other alerts tell of a team's rise: whether at least half of it, over the week and on its newest day.

    `by_workspace` has, by workspace or team, what of the week's rise those tell that have an alert.
    """

    week: bool
    day: bool
    by_workspace: Mapping[str, NanoUsd]


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutTeams:
    """What others tell of the rises of teams, by their ids; the ids of those that there are no more.

    Also of those that are judged with another organisation, and of those that wait for one to be known.
    """

    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()

    def ending(self, team: str) -> Resolution | None:
        """Why the alert of a team is over whatever it spent; None where that decides."""
        if team in self.gone:
            return Resolution.TEAM_GONE
        return Resolution.JUDGED_TOGETHER if team in self.moved else None


class Event(StrEnum):
    """What an evaluation made of an alert. Opening and escalating are told, the others edit what was.

    One that would have escalated is referred where another alert tells of it.
    """

    OPENED = "opened"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    REFERRED = "referred"
    REFRESHED = "refreshed"


def event_of(before: Alert | None, after: Alert) -> Event:
    """What happened to an alert; `before` is None for a new one."""
    if before is None:
        return Event.OPENED
    if after.state is AlertState.RESOLVED:
        return Event.RESOLVED
    if after.escalated_day not in {None, before.escalated_day}:
        return Event.ESCALATED
    if before.state is AlertState.RESOLVED:
        return Event.REOPENED
    return Event.REFERRED if tells_more(before, after) else Event.REFRESHED


def tells_more(before: Alert, after: Alert) -> bool:
    """Whether more of the rise of any member counts as told."""
    told = {member.model: member.posted_increase for member in before.members}
    return any(member.posted_increase > told.get(member.model, member.posted_increase) for member in after.members)


def reopened(alert: Alert) -> Alert:
    """An alert as open."""
    if alert.state is not AlertState.RESOLVED:
        return alert
    state = AlertState.FIRING if alert.escalated_day is None else AlertState.ESCALATED
    return replace(alert, state=state, resolution=None, calm_evaluations=0)


def open_silently(
    findings: Sequence[Finding], spend: Sequence[WeeklySpend], *, day: date, critical: NanoUsd | None = None
) -> list[Alert]:
    """The alerts a first start finds already there: stored, summed up once, never told by a message of their own."""
    picture = Picture(findings=grouped(findings), spend=by_workspace(spend), day=day, floor=0, critical=critical)
    return picture.open_new(already=set())


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
    critical: NanoUsd | None = None
    days: int = DAYS_A_WEEK
    teams: AboutTeams = field(default_factory=AboutTeams)

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
        members = tuple(self.member_of(finding) for finding in sorted(due, key=whole_first))
        return Alert(
            id=0,
            workspace_id=workspace_id,
            state=AlertState.FIRING,
            opened_day=self.day,
            judged_day=self.day,
            members=members,
            previous=previous,
            current=current,
            reason=min(due, key=whole_first).reason,
            critical_day=self.day if self.is_critical(members, workspace_id) else None,
        )

    # --- refreshing ---

    def concerns(self, alert: Alert) -> bool:
        """Whether the evaluation has something to say of an alert; of a resolved one only if it breaches again."""
        if alert.state is AlertState.RESOLVED:
            again = self.day > alert.judged_day and any(map(passes, self.findings.get(alert.workspace_id, ())))
            return again and self.can_judge(alert)
        return self.can_judge(alert)

    def can_judge(self, alert: Alert) -> bool:
        """Whether the evaluation is not older than the alert and could compare weeks: of all workspaces or of none."""
        if alert.workspace_id in self.teams.waiting:
            return False
        found = chain.from_iterable(self.findings.values())
        return self.day >= alert.judged_day and not any(finding.kind is Kind.NOT_JUDGED for finding in found)

    def refresh(self, alert: Alert) -> Alert:
        """The alert with this evaluation's figures, its new members, and resolved if it is over."""
        ending = self.teams.ending(alert.workspace_id)
        if ending is not None:
            return replace(alert, state=AlertState.RESOLVED, resolution=ending, judged_day=self.day)
        current, previous = self.weeks(alert.workspace_id, None)[:2]
        refreshed = replace(
            alert,
            members=self.members(alert),
            previous=previous,
            current=current,
            judged_day=self.day,
        )
        counted = replace(refreshed, calm_evaluations=self.calm_evaluations(alert, refreshed))
        return self.escalated_if_grown(self.resolved_if_over(counted), before=alert)

    def members(self, alert: Alert) -> tuple[AlertMember, ...]:
        """The alert's members with today's figures, and the models that joined them."""
        known = {member.model for member in alert.members}
        joined = (
            self.member_of(finding)
            for finding in self.findings.get(alert.workspace_id, ())
            if passes(finding) and finding.model not in known
        )
        return (*(self.measured(member, alert.workspace_id) for member in alert.members), *joined)

    def measured(self, member: AlertMember, workspace_id: str) -> AlertMember:
        """A member with today's figures; once the level it was told by is gone, its rise so far is what counts."""
        current, previous = self.weeks(workspace_id, member.model)[:2]
        peak = max(member.peak_increase, current - previous)
        is_gone = 2 * self.level(workspace_id, member.model) < member.posted_increase
        found = self.finding_of(workspace_id, member.model)
        return replace(
            member,
            previous=previous,
            current=current,
            posted_increase=min(member.posted_increase, peak) if is_gone else member.posted_increase,
            peak_increase=peak,
            spike=(found and found.spike) or member.spike,
            usual_swing=found.usual_swing if found else member.usual_swing,
        )

    def finding_of(self, workspace_id: str, model: str | None) -> Finding | None:
        """What was found of a scope, if that is told."""
        found = self.findings.get(workspace_id, ())
        return next((finding for finding in found if finding.model == model and passes(finding)), None)

    def member_of(self, finding: Finding) -> AlertMember:
        """A finding as a member of the alert that tells of it; a day's with the week that it ends."""
        current, previous = self.weeks(finding.workspace_id, finding.model)[:2]
        return AlertMember(
            model=finding.model,
            kind=finding.kind,
            previous=previous,
            current=current,
            posted_increase=max(finding.increase, self.level(finding.workspace_id, finding.model)),
            peak_increase=max(finding.increase, current - previous),
            first_day=finding.first_day,
            spike=finding.spike,
            usual_swing=finding.usual_swing,
        )

    def weeks(self, workspace_id: str, model: str | None) -> tuple[NanoUsd, ...]:
        """Five weeks of a workspace or one of its models; zeros for one that is not there any more."""
        scope = self.scope(workspace_id, model)
        return (0,) * (WEEKS_KEPT + 1) if scope is None else scope.weeks

    def level(self, workspace_id: str, model: str | None) -> NanoUsd:
        """By how much a week of days like the newest one would exceed the week before; 0 for what is not there."""
        scope = self.scope(workspace_id, model)
        return 0 if scope is None else self.days * scope.latest - scope.previous

    def scope(self, workspace_id: str, model: str | None) -> WeeklySpend | None:
        """A workspace or one of its models as it was spent; all workspaces together for the organisation's alert."""
        if workspace_id == WHOLE_ORGANIZATION:
            workspaces = [scopes.workspace for id_, scopes in self.spend.items() if team_of(id_) is None]
            return whole(workspace_id, workspaces) if workspaces else None
        scopes = self.spend.get(workspace_id) or ()
        return next((scope for scope in scopes if scope.model == model), None)

    # --- escalating ---

    def escalated_if_grown(self, alert: Alert, *, before: Alert) -> Alert:
        """The alert, escalated with the reason if there is news in it that is worth a message, once a day at most."""
        reason = self.reason_to_escalate(alert, before)
        if reason is None or alert.state is AlertState.RESOLVED or before.escalated_day == self.day:
            return alert
        members = tuple(
            replace(member, posted_increase=self.told_of(member, alert.workspace_id)) for member in alert.members
        )
        is_critical = self.is_critical(alert.members, alert.workspace_id)
        told = replace(alert, members=members, critical_day=self.day if is_critical else alert.critical_day)
        if self.is_told_elsewhere(alert, reason):
            return told
        return replace(told, state=AlertState.ESCALATED, escalated_day=self.day, reason=reason)

    def is_told_elsewhere(self, alert: Alert, reason: Reason) -> bool:
        """Whether the alerts of workspaces, or of teams below, tell of what a team's would escalate for."""
        told = self.teams.elsewhere.get(alert.workspace_id)
        if told is None:
            return False
        if reason is Reason.CRITICAL:
            return max(told.by_workspace.values(), default=0) >= self.days * (self.critical or 0)
        return told.day if reason is Reason.ANOTHER_DAY else told.week

    def reason_to_escalate(self, alert: Alert, before: Alert) -> Reason | None:
        """A rise that doubled since it was told and grew by a floor, another day far above, or another large model.

        The first time it is critical outdoes all of these, and a snooze.
        """
        if self.day == before.opened_day:
            return None
        if before.critical_day is None and self.is_critical(alert.members, alert.workspace_id):
            return Reason.CRITICAL
        if before.state is AlertState.SNOOZED:
            return Reason.QUADRUPLED if any(self.has_grown(member, 4) for member in alert.members) else None
        if any(self.has_grown(member, 2) for member in alert.members):
            return Reason.DOUBLED
        if any(self.is_another_day(member, before) for member in alert.members):
            return Reason.ANOTHER_DAY
        return Reason.ANOTHER_MODEL if self.has_another_model(alert, before) else None

    def has_grown(self, member: AlertMember, times: int) -> bool:
        """Whether a member rises by so many times what was told, and a floor more.

        What is told is a level: a step is in the 7-day sum day by day until that holds nothing else, without news.
        """
        told, rise = member.posted_increase, member.increase
        return rise >= times * told and rise >= told + self.floor

    def is_another_day(self, member: AlertMember, before: Alert) -> bool:
        """Whether the judged day is far above the usual by itself, and not just the day before going on.

        Once escalated, or once somebody took it on, a week of such days must also be more than what was told.
        """
        spike = member.spike
        if spike is None or spike.day != self.day or self.goes_on(spike, before):
            return False
        return before.state is AlertState.FIRING or DAYS_A_WEEK * spike.increase > member.posted_increase

    def goes_on(self, spike: Spike, before: Alert) -> bool:
        """Whether the day before was far above the usual as well, and this one is not half as much worse again."""
        days = [member.spike for member in before.members if member.spike is not None]
        just_before = [told.increase for told in days if self.day - told.day == timedelta(days=1)]
        return bool(just_before) and 2 * spike.increase < 3 * max(just_before)

    def has_another_model(self, alert: Alert, before: Alert) -> bool:
        """Whether a model joined with half as much as was told; where the workspace was told of, on top of that."""
        told = max(member.posted_increase for member in before.members)
        known, joined = alert.members[: len(before.members)], alert.members[len(before.members) :]
        grown = [member.increase - member.posted_increase for member in known if member.model is None]
        large = any(member.model is not None and 2 * member.increase >= told for member in joined)
        return large and all(2 * more >= told for more in grown)

    def is_critical(self, members: Iterable[AlertMember], workspace_id: str) -> bool:
        """Whether one rises by so much a day: over the week, by its newest day, or by a day far above the usual."""
        critical = self.critical
        return critical is not None and any(
            self.rise_of_a_week(member, workspace_id) >= self.days * critical for member in members
        )

    def rise_of_a_week(self, member: AlertMember, workspace_id: str) -> NanoUsd:
        """The rise of the week, or of a week of days like the newest one if that is more."""
        spike = member.spike.increase if member.spike is not None and member.spike.day == self.day else 0
        return max(member.increase, self.level(workspace_id, member.model), self.days * spike)

    def told_of(self, member: AlertMember, workspace_id: str) -> NanoUsd:
        """The rise that an escalation tells of a member."""
        return max(member.posted_increase, member.increase, self.level(workspace_id, member.model))

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


def whole_first(finding: Finding) -> tuple[bool, NanoUsd, str]:
    """The workspace as a whole, then its models, largest rise first."""
    return finding.model is not None, -finding.increase, finding.model or ""
