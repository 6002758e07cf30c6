"""The alert book: what was found each time a day was judged, and the alerts that are or were open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bot.model import (
    Alert,
    AlertMember,
    AlertState,
    Evaluation,
    Feedback,
    Finding,
    Handling,
    Kind,
    Reason,
    Resolution,
    Spike,
    Status,
    Verb,
)
from bot.snapshots.columns import day_number, day_of, instant_of, instant_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from bot.model import Interval
    from bot.snapshots.database import Session

SAVE_EVALUATION = """
INSERT INTO evaluation (organization_id, day, revision, evaluated_at, threshold_percent, floor, estimated)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
RETURNING id
"""

SAVE_FINDING = """
INSERT INTO finding (
    evaluation_id, position, workspace_id, model, previous, current, kind, status, reason, first_day,
    spike_day, spike_amount, spike_usual, usual_swing
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

LOAD_EVALUATION = """
SELECT * FROM evaluation WHERE organization_id = :organization_id ORDER BY day DESC, id DESC LIMIT 1
"""

LOAD_FINDINGS = "SELECT * FROM finding WHERE evaluation_id = :evaluation_id ORDER BY position"

SAVE_ALERT = """
INSERT INTO alert (
    id, organization_id, workspace_id, state, opened_day, judged_day, previous, current, calm_evaluations, resolution,
    message_key, reason, escalated_day, reminded_after, critical_day
)
VALUES (
    nullif(:id, 0), :organization_id, :workspace_id, :state, :opened_day, :judged_day, :previous, :current,
    :calm_evaluations, :resolution, :message_key, :reason, :escalated_day, :reminded_after,
    :critical_day
)
ON CONFLICT (id) DO UPDATE SET
    state = excluded.state, opened_day = excluded.opened_day, judged_day = excluded.judged_day,
    previous = excluded.previous, current = excluded.current, calm_evaluations = excluded.calm_evaluations,
    resolution = excluded.resolution, message_key = excluded.message_key,
    reason = excluded.reason, escalated_day = excluded.escalated_day, reminded_after = excluded.reminded_after,
    critical_day = excluded.critical_day
RETURNING id
"""

SAVE_MEMBER = """
INSERT INTO alert_member (
    alert_id, position, model, kind, previous, current, posted_increase, peak_increase, first_day,
    spike_day, spike_amount, spike_usual, usual_swing
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

LOAD_OPEN_ALERTS = """
SELECT * FROM alert WHERE organization_id = :organization_id AND state NOT IN ('resolved', 'expected') ORDER BY id
"""

LOAD_ALERTS_SINCE = """
SELECT * FROM alert
WHERE
    organization_id = :organization_id AND state <> 'expected' AND (state <> 'resolved' OR judged_day >= :day)
ORDER BY id
"""

LOAD_ALERT = "SELECT * FROM alert WHERE organization_id = :organization_id AND id = :alert_id"

LOAD_SNOOZED = "SELECT * FROM alert WHERE organization_id = :organization_id AND state = 'snoozed' ORDER BY id"

LOAD_EXPECTED = """
SELECT alert.* FROM alert
WHERE
    organization_id = :organization_id AND state = 'expected'
    AND (SELECT last_day FROM alert_handling WHERE alert_id = alert.id ORDER BY id DESC LIMIT 1) >= :day
ORDER BY id
"""

SAVE_HANDLING = """
INSERT INTO alert_handling (alert_id, verb, user, at, until, last_day, reason) VALUES (?, ?, ?, ?, ?, ?, ?)
"""

LOAD_HANDLING = "SELECT * FROM alert_handling WHERE alert_id = :alert_id ORDER BY id DESC LIMIT 1"

LOAD_HANDLED = """
SELECT workspace_id FROM alert_handling JOIN alert ON alert.id = alert_id
WHERE organization_id = :organization_id AND user = :user AND at >= :since ORDER BY alert_handling.id
"""

LOAD_FEEDBACK = """
SELECT verdict, count(*) AS alerts FROM (
    SELECT
        (
            SELECT iif(verb = 'noise', 'noise', 'real') FROM alert_handling
            WHERE alert_id = alert.id AND verb <> 'snooze'
            ORDER BY id DESC LIMIT 1
        ) AS verdict
    FROM alert
    WHERE
        organization_id = :organization_id AND message_key IS NOT NULL
        AND opened_day >= :since AND opened_day < :until
)
GROUP BY verdict
"""

LOAD_MEMBERS = "SELECT * FROM alert_member WHERE alert_id = :alert_id ORDER BY position"


@dataclass(frozen=True, slots=True)
class AlertBook:
    """Findings and alerts of one organisation."""

    session: Session

    def save_evaluation(self, evaluation: Evaluation, *, revision: int, evaluated_at: datetime) -> bool:
        """Keeps what was found in a day; False, and nothing kept, if it was judged on this revision before."""
        values = (
            self.session.organization_id,
            day_number(evaluation.day),
            revision,
            instant_text(evaluated_at),
            str(evaluation.threshold_percent),
            evaluation.floor,
            evaluation.estimated,
        )
        with self.session.writing():
            saved = self.session.execute(SAVE_EVALUATION, values).fetchall()
            for (evaluation_id,) in saved:
                rows = [finding_row(evaluation_id, *numbered) for numbered in enumerate(evaluation.findings)]
                self.session.execute_many(SAVE_FINDING, rows)
        return bool(saved)

    def load_evaluation(self) -> Evaluation | None:
        """The latest evaluation of the newest day judged, its findings in their order; None before the first."""
        for row in self.session.query(LOAD_EVALUATION):
            return self.evaluation_of(row)
        return None

    def evaluation_of(self, row: Mapping[str, Any]) -> Evaluation:
        """An evaluation with its findings."""
        findings = self.session.query(LOAD_FINDINGS, evaluation_id=row["id"])
        return Evaluation(
            day=day_of(row["day"]),
            threshold_percent=Decimal(row["threshold_percent"]),
            floor=row["floor"],
            findings=tuple(finding_of(finding) for finding in findings),
            estimated=bool(row["estimated"]),
        )

    def load_open_alerts(self) -> list[Alert]:
        """Alerts that were not resolved, oldest first."""
        return [self.alert_of(row) for row in list(self.session.query(LOAD_OPEN_ALERTS))]

    def load_alerts_since(self, day: date) -> list[Alert]:
        """Alerts that were open on `day` or after it, resolved ones too, oldest first."""
        return [self.alert_of(row) for row in list(self.session.query(LOAD_ALERTS_SINCE, day=day_number(day)))]

    def load_alert(self, alert_id: int) -> Alert | None:
        """The alert of a number, open or closed."""
        return next((self.alert_of(row) for row in list(self.session.query(LOAD_ALERT, alert_id=alert_id))), None)

    def load_snoozed(self) -> list[Alert]:
        """Alerts that somebody snoozed, oldest first."""
        return [self.alert_of(row) for row in list(self.session.query(LOAD_SNOOZED))]

    def load_expected(self, day: date) -> list[Alert]:
        """Alerts that were closed because somebody expects what they tell of, up to `day` or longer."""
        return [self.alert_of(row) for row in list(self.session.query(LOAD_EXPECTED, day=day_number(day)))]

    def load_handled(self, user: str, *, since: datetime) -> list[str]:
        """The workspace of each click of somebody's on an alert, in order."""
        return [row["workspace_id"] for row in self.session.query(LOAD_HANDLED, user=user, since=instant_text(since))]

    def load_feedback(self, interval: Interval) -> Feedback:
        """What people made of the alerts that were told of on some days; the last word counts."""
        since, until = day_number(interval.since), day_number(interval.until)
        counts = {row["verdict"]: row["alerts"] for row in self.session.query(LOAD_FEEDBACK, since=since, until=until)}
        return Feedback(alerts=sum(counts.values()), real=counts.get("real", 0), noise=counts.get("noise", 0))

    def save_handled(self, alert: Alert, handling: Handling) -> Alert:
        """Keeps an alert as somebody's click left it, and who that was; earlier clicks stay on record."""
        last_day = day_number_or_none(handling.last_day)
        until = None if handling.until is None else instant_text(handling.until)
        values = (handling.verb.value, handling.user, instant_text(handling.at), until, last_day, handling.reason)
        with self.session.writing():
            saved = self.save_alert(alert)
            self.session.execute(SAVE_HANDLING, (saved.id, *values))
        return replace(saved, handling=handling)

    def load_handling(self, alert_id: int) -> Handling | None:
        """What somebody did with an alert last."""
        for row in self.session.query(LOAD_HANDLING, alert_id=alert_id):
            return handling_of(row)
        return None

    def save_alert(self, alert: Alert) -> Alert:
        """Keeps an alert as it is now; a new one (id 0) gets its id."""
        with self.session.writing():
            values = alert_values(alert, organization_id=self.session.organization_id)
            ((alert_id,),) = self.session.execute(SAVE_ALERT, values).fetchall()
            self.session.execute("DELETE FROM alert_member WHERE alert_id = ?", (alert_id,))
            rows = [member_row(alert_id, *numbered) for numbered in enumerate(alert.members)]
            self.session.execute_many(SAVE_MEMBER, rows)
        return replace(alert, id=alert_id)

    def alert_of(self, row: Mapping[str, Any]) -> Alert:
        """An alert with its members."""
        members = self.session.query(LOAD_MEMBERS, alert_id=row["id"])
        return Alert(
            id=row["id"],
            workspace_id=row["workspace_id"],
            state=AlertState(row["state"]),
            opened_day=day_of(row["opened_day"]),
            judged_day=day_of(row["judged_day"]),
            members=tuple(member_of(member) for member in members),
            previous=row["previous"],
            current=row["current"],
            calm_evaluations=row["calm_evaluations"],
            resolution=None if row["resolution"] is None else Resolution(row["resolution"]),
            message_key=row["message_key"],
            reason=Reason(row["reason"]),
            escalated_day=day_or_none(row["escalated_day"]),
            handling=self.load_handling(row["id"]),
            reminded_after=row["reminded_after"],
            critical_day=day_or_none(row["critical_day"]),
        )


def alert_values(alert: Alert, *, organization_id: int) -> dict[str, Any]:
    """An alert's columns, without its members."""
    return {
        "id": alert.id,
        "organization_id": organization_id,
        "workspace_id": alert.workspace_id,
        "state": alert.state.value,
        "opened_day": day_number(alert.opened_day),
        "judged_day": day_number(alert.judged_day),
        "previous": alert.previous,
        "current": alert.current,
        "calm_evaluations": alert.calm_evaluations,
        "resolution": alert.resolution,
        "message_key": alert.message_key,
        "reason": alert.reason.value,
        "escalated_day": day_number_or_none(alert.escalated_day),
        "reminded_after": alert.reminded_after,
        "critical_day": day_number_or_none(alert.critical_day),
    }


def handling_of(row: Mapping[str, Any]) -> Handling:
    """The click of a row."""
    return Handling(
        verb=Verb(row["verb"]),
        user=row["user"],
        at=instant_of(row["at"]),
        until=None if row["until"] is None else instant_of(row["until"]),
        last_day=day_or_none(row["last_day"]),
        reason=row["reason"],
    )


def member_row(alert_id: int, position: int, member: AlertMember) -> tuple[Any, ...]:
    """A member's columns."""
    return (
        alert_id,
        position,
        member.model,
        member.kind.value,
        member.previous,
        member.current,
        member.posted_increase,
        member.peak_increase,
        day_number_or_none(member.first_day),
        *spike_values(member.spike),
        None if member.usual_swing is None else str(member.usual_swing),
    )


def member_of(row: Mapping[str, Any]) -> AlertMember:
    """The member of a row."""
    return AlertMember(
        model=row["model"],
        kind=Kind(row["kind"]),
        previous=row["previous"],
        current=row["current"],
        posted_increase=row["posted_increase"],
        peak_increase=row["peak_increase"],
        first_day=day_or_none(row["first_day"]),
        spike=spike_of(row),
        usual_swing=None if row["usual_swing"] is None else Decimal(row["usual_swing"]),
    )


def finding_row(evaluation_id: int, position: int, finding: Finding) -> tuple[Any, ...]:
    """A finding's columns."""
    return (
        evaluation_id,
        position,
        finding.workspace_id,
        finding.model,
        finding.previous,
        finding.current,
        finding.kind.value,
        finding.status.value,
        finding.reason.value,
        day_number_or_none(finding.first_day),
        *spike_values(finding.spike),
        None if finding.usual_swing is None else str(finding.usual_swing),
    )


def finding_of(row: Mapping[str, Any]) -> Finding:
    """The finding of a row."""
    return Finding(
        workspace_id=row["workspace_id"],
        model=row["model"],
        previous=row["previous"],
        current=row["current"],
        kind=Kind(row["kind"]),
        status=Status(row["status"]),
        reason=Reason(row["reason"]),
        first_day=day_or_none(row["first_day"]),
        spike=spike_of(row),
        usual_swing=None if row["usual_swing"] is None else Decimal(row["usual_swing"]),
    )


def spike_values(spike: Spike | None) -> tuple[int | None, ...]:
    """The columns of a day far above the usual; NULL for none."""
    return (None, None, None) if spike is None else (day_number(spike.day), spike.amount, spike.usual)


def spike_of(row: Mapping[str, Any]) -> Spike | None:
    """The day of a row."""
    day = day_or_none(row["spike_day"])
    return None if day is None else Spike(day, row["spike_amount"], row["spike_usual"])


def day_number_or_none(day: date | None) -> int | None:
    """The column value of a day that may be unknown."""
    return None if day is None else day_number(day)


def day_or_none(number: int | None) -> date | None:
    """The day of a column value that may be NULL."""
    return None if number is None else day_of(number)
