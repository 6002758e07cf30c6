"""Check: judge the newest complete day, keep what was found, and queue what is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.alert import next_alerts, open_silently
from bot.analysis.anomaly import FEWEST_PAIRS, comparable_days, find_anomalies, find_known_weeks
from bot.analysis.why import explain
from bot.messages.anomaly import anomaly_alert
from bot.model import AlertState, Evaluation, Interval, Posting, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from bot.analysis.contract import Contract
    from bot.analysis.why import Why
    from bot.model import Alert, FetchedDay, Message, Names, NanoUsd, WeeklySpend
    from bot.snapshots.store import Store

WEEK = 7
WEEKS = 5
DAYS_CHARTED = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """An evaluation and what it rests on: the weeks' spend, on the days of the week that could be compared.

    `revision` grows whenever one of those days, or of the four weeks before, becomes known or changes.
    """

    evaluation: Evaluation
    spend: tuple[WeeklySpend, ...]
    compared: tuple[date, ...]
    revision: int

    @property
    def days_left_out(self) -> tuple[date, ...]:
        """Days of the week that could not be compared: they or their partners have no bill yet, or never came."""
        return tuple(day for day in self.evaluation.interval.days() if day not in self.compared)

    @property
    def days_unknown(self) -> int:
        """How many days are missing where that is too many to judge the week, else none."""
        return len(self.days_left_out) if len(self.compared) < FEWEST_PAIRS else 0


def judge(store: Store, *, day: date, contract: Contract) -> Judgement:
    """Judges `day` from the snapshots, as if it were the newest; writes nothing."""
    window = Interval(day - timedelta(days=WEEK * WEEKS - 1), day + timedelta(days=1))
    fetched = store.ledger.load_fetched_days(window)
    compared = comparable_days(day, fetched)
    spend = tuple(store.ledger.load_weekly_spend(compared, WEEKS))
    floor = contract.floor(sum(series.weeks[1] for series in spend))
    findings = find_anomalies(
        spend,
        day=day,
        threshold_percent=contract.threshold_percent,
        floor=floor,
        open_alerts={alert.workspace_id for alert in store.alerts.load_open_alerts()},
        known_weeks=find_known_weeks(compared, fetched),
        pairs=len(compared),
    )
    evaluation = Evaluation(
        day=day,
        threshold_percent=contract.threshold_percent,
        floor=floor,
        findings=tuple(findings),
        estimated=any(not fetched[day].is_billed for day in compared),
    )
    return Judgement(evaluation=evaluation, spend=spend, compared=compared, revision=revision_of(fetched.values()))


def revision_of(days: Iterable[FetchedDay]) -> int:
    """A number that grows when a day that was missing or partial becomes whole, and when one is restated."""
    return sum(1 + day.revision for day in days if day.is_over)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Judges, keeps and queues. `channel` is where alerts go."""

    channel: str
    contract: Contract
    now: Callable[[], datetime]

    def check(self, store: Store, *, day: date) -> Judgement:
        """One evaluation in one transaction; the second run for the same day and data writes nothing."""
        with store.transaction():
            judgement = judge(store, day=day, contract=self.contract)
            if not self.keep(store, judgement):
                return judgement
            self.queue_alerts(store, judgement)
            return announced(judgement)

    def check_first(self, store: Store, *, day: date) -> list[Alert]:
        """The first evaluation ever: what was high the day before is old news, kept open without a message of its own.

        Returns those alerts, for the message that says what the first backfill found.
        """
        with store.transaction():
            before = judge(store, day=day - timedelta(days=1), contract=self.contract)
            if not self.keep(store, before):
                return []
            alerts = open_silently(before.evaluation.findings, before.spend, day=before.evaluation.day)
            return [store.alerts.save_alert(alert) for alert in alerts]

    def keep(self, store: Store, judgement: Judgement) -> bool:
        """Stores an evaluation; False if this day was already judged on the same data."""
        return store.alerts.save_evaluation(judgement.evaluation, revision=judgement.revision, evaluated_at=self.now())

    def queue_alerts(self, store: Store, judgement: Judgement) -> None:
        """Opens, refreshes and resolves alerts, and queues their messages in the same transaction."""
        evaluation = judgement.evaluation
        alerts = next_alerts(
            store.alerts.load_open_alerts(),
            evaluation.findings,
            judgement.spend,
            day=evaluation.day,
            floor=evaluation.floor,
        )
        names = store.names.load_names()
        for alert in alerts:
            self.queue_alert(store, alert, judgement, names)

    def queue_alert(self, store: Store, alert: Alert, judgement: Judgement, names: Names) -> None:
        """Queues a new alert's message, or the edit of an open one's; nothing for one that never had a message."""
        if alert.id:
            store.alerts.save_alert(alert)
            key, edits = f"alert:{alert.id}:{judgement.evaluation.day}:{judgement.revision}", alert.message_key
            if edits is None:
                return
        else:
            alert = store.alerts.save_alert(alert)
            key, edits = f"alert:{alert.id}", None
            alert = store.alerts.save_alert(replace(alert, message_key=key))
        message = self.message(store, alert, judgement, names)
        store.outbox.add(Posting(key=key, channel=self.channel, message=message, edits=edits))

    def message(self, store: Store, alert: Alert, judgement: Judgement, names: Names) -> Message:
        """An alert as it is to be seen now."""
        evaluation = judgement.evaluation
        charted = Interval(evaluation.day - timedelta(days=DAYS_CHARTED - 1), evaluation.interval.until)
        return anomaly_alert(
            alert,
            names=names,
            threshold_percent=evaluation.threshold_percent,
            daily=daily_spend(store, charted, workspace_id=alert.workspace_id),
            why=find_why_of(store, alert, judgement.compared, names),
            estimated=evaluation.estimated,
            days_left_out=judgement.days_left_out,
            data_as_of=store.ledger.load_freshness().data_as_of,
        )


def find_why_of(store: Store, alert: Alert, compared: Sequence[date], names: Names) -> Why | None:
    """What drove the rise of an alert's lead, the whole workspace or one model in it; None once it is over."""
    if alert.state is not AlertState.FIRING or not compared:
        return None
    before = [day - timedelta(days=WEEK) for day in compared]
    both = Interval(min(before), max(compared) + timedelta(days=1))
    return explain(
        store.ledger.load_workspace(alert.workspace_id, both),
        previous=before,
        current=compared,
        first_days=names.first_days,
        model=alert.lead.model,
    )


def daily_spend(store: Store, interval: Interval, *, workspace_id: str) -> dict[date, NanoUsd]:
    """One workspace's dollars on each fetched day of an interval; days never fetched are left out."""
    fetched: Mapping[date, FetchedDay] = store.ledger.load_fetched_days(interval)
    spend = store.ledger.load_spend(interval, ["day", "workspace"])
    return {day: spend.get((day.isoformat(), workspace_id), 0) for day in interval.days() if day in fetched}


def announced(judgement: Judgement) -> Judgement:
    """The same judgement once its due findings were queued."""
    findings = tuple(
        replace(finding, status=Status.ANNOUNCED) if finding.status is Status.DUE else finding
        for finding in judgement.evaluation.findings
    )
    return replace(judgement, evaluation=replace(judgement.evaluation, findings=findings))
