"""Replay: what the rules would have said on past days, had each been the newest. Only kept in memory, never posted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.analysis.alert import Event, alerts_at_hand, event_of, next_alerts
from bot.model import Kind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from bot.analysis.alert import AboutTeams, Elsewhere
    from bot.analysis.contract import Contract
    from bot.model import Alert, Evaluation, Finding, NanoUsd, WeeklySpend

MessageKind: TypeAlias = Literal[
    "rise", "day", "new", "escalated", "referred", "resolved", "model_shift", "organization"
]

KIND_OF: dict[Kind, MessageKind] = {
    Kind.RISE: "rise",
    Kind.DAY: "day",
    Kind.NEW: "new",
    Kind.ORGANIZATION: "organization",
    Kind.MODEL_SHIFT: "model_shift",
}
SILENT = frozenset({"referred", "resolved"})
"""What is told in an alert's thread alone."""

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message that would have been sent on `day`, the newest complete day then.

    `notifies`: it is new in the channel, or a reply that is shown there, and no edit of what was there. `reason` is a
    `Reason`, or how an alert ended. `previous` and `current` are weeks; for `day` the usual day and the day itself.
    """

    day: date
    workspace_id: str
    kind: MessageKind
    notifies: bool
    models: tuple[str, ...]
    previous: NanoUsd
    current: NanoUsd
    reason: str

    @property
    def increase(self) -> NanoUsd:
        """Dollars above what it is held against."""
        return self.current - self.previous


TRIED_PERCENT = (Decimal(15), Decimal(25), Decimal(40), Decimal(60))


def tunings(contract: Contract) -> list[Contract]:
    """A contract at several thresholds and in quiet mode; the one in force among them."""
    loud = replace(contract, is_quiet=False)
    thresholds = sorted({*TRIED_PERCENT, contract.threshold_percent})
    return [
        *(replace(loud, threshold_percent=threshold) for threshold in thresholds),
        replace(contract, is_quiet=True),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a replay comes to: days judged, messages by kind, and how many of them notify."""

    days: int
    by_kind: dict[MessageKind, int]
    notifying: int

    @property
    def messages(self) -> int:
        """All of them."""
        return sum(self.by_kind.values())

    def per_week(self, messages: int) -> float:
        """So many messages in these days, as a figure a week; 0 without days."""
        return round(messages * DAYS_A_WEEK / self.days, 2) if self.days else 0.0


@dataclass(slots=True)
class Tally:
    """Counts what is said while it goes by."""

    days: set[date] = field(default_factory=set)
    notifying: int = 0
    by_kind: Counter[MessageKind] = field(default_factory=Counter)

    def add(self, day: date, said: Iterable[Said]) -> None:
        """One judged day's messages, of one organisation."""
        self.days.add(day)
        for each in said:
            self.by_kind[each.kind] += 1
            self.notifying += each.notifies

    def summary(self) -> Summary:
        """What it came to."""
        return Summary(days=len(self.days), by_kind=dict(sorted(self.by_kind.items())), notifying=self.notifying)


@dataclass(slots=True)
class Book:
    """The alerts at hand from one day to the next, and the model shifts that were known the day before.

    From a rise of `critical` a day on an alert is critical; None for never.
    """

    critical: NanoUsd | None = None
    alerts: list[Alert] = field(default_factory=list)
    shifts: set[tuple[str, str | None]] = field(default_factory=set)
    numbered: int = 0

    def at_hand(self, day: date) -> list[Alert]:
        """What a breach of `day` belongs to; alerts that ended long before are forgotten."""
        self.alerts = alerts_at_hand(self.alerts, day)
        return self.alerts

    def turn(
        self,
        evaluation: Evaluation,
        spend: Sequence[WeeklySpend],
        *,
        days: int = DAYS_A_WEEK,
        teams: AboutTeams | None = None,
    ) -> list[Said]:
        """What an evaluation would have said; afterwards the book stands as the store would."""
        before = {alert.id: alert for alert in self.at_hand(evaluation.day)}
        after = [
            self.stored(alert)
            for alert in next_alerts(
                self.alerts,
                evaluation.findings,
                spend,
                day=evaluation.day,
                floor=evaluation.floor,
                critical=self.critical,
                days=days,
                teams=teams,
            )
        ]
        self.alerts = list((before | {alert.id: alert for alert in after}).values())
        elsewhere = {} if teams is None else teams.elsewhere
        said = [
            message
            for alert in after
            for message in said_of(before.get(alert.id), alert, evaluation, elsewhere.get(alert.workspace_id))
        ]
        return [*said, *self.new_shifts(evaluation)]

    def stored(self, alert: Alert) -> Alert:
        """A new alert under a number of its own."""
        if alert.id:
            return alert
        self.numbered += 1
        return replace(alert, id=self.numbered, message_key=f"alert:{self.numbered}")

    def new_shifts(self, evaluation: Evaluation) -> Iterator[Said]:
        """Model shifts that were none the day before; they are lines, and notify nobody."""
        shifts = [finding for finding in evaluation.findings if finding.reason is Reason.MODEL_SHIFT]
        for finding in shifts:
            if (finding.workspace_id, finding.model) not in self.shifts:
                yield shift_of(finding, evaluation.day)
        self.shifts = {(finding.workspace_id, finding.model) for finding in shifts}


def said_of(before: Alert | None, after: Alert, evaluation: Evaluation, elsewhere: Elsewhere | None) -> Iterator[Said]:
    """What an evaluation says of one alert: nothing where it only refreshes it.

    `elsewhere` is what other alerts tell of a team's rise; its thread is referred to those that there are.
    """
    event = event_of(before, after)
    if event is Event.OPENED:
        lead = after.lead
        spike = lead.spike if lead.kind is Kind.DAY else None
        previous, current = (spike.usual, spike.amount) if spike else (lead.previous, lead.current)
        yield message(after, evaluation, KIND_OF[lead.kind], previous=previous, current=current)
    elif event is Event.ESCALATED:
        yield message(after, evaluation, "escalated", previous=after.lead.previous, current=after.lead.current)
    elif event is Event.REFERRED and elsewhere is not None and elsewhere.by_workspace:
        yield message(after, evaluation, "referred", previous=after.lead.previous, current=after.lead.current)
    elif event is Event.RESOLVED:
        yield message(after, evaluation, "resolved", previous=after.lead.previous, current=after.lead.current)


def message(alert: Alert, evaluation: Evaluation, kind: MessageKind, *, previous: NanoUsd, current: NanoUsd) -> Said:
    """An alert's message."""
    reason = alert.resolution if kind == "resolved" else alert.reason
    return Said(
        day=evaluation.day,
        workspace_id=alert.workspace_id,
        kind=kind,
        notifies=kind not in SILENT,
        models=tuple(member.model for member in alert.members if member.model is not None),
        previous=previous,
        current=current,
        reason=str(reason),
    )


def shift_of(finding: Finding, day: date) -> Said:
    """That money moved between models."""
    return Said(
        day=day,
        workspace_id=finding.workspace_id,
        kind="model_shift",
        notifies=False,
        models=() if finding.model is None else (finding.model,),
        previous=finding.previous,
        current=finding.current,
        reason=finding.reason.value,
    )
