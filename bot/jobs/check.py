"""Check: judge the newest complete day, keep what was found, and queue what is to be said of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.alert import Event, event_of, next_alerts, open_silently
from bot.analysis.excess import days_of_excess, total_excess
from bot.analysis.lifecycle import reminded, reminder_due
from bot.analysis.why import explain
from bot.jobs.judge import WEEK, home_of, is_home, judge, load_alerts_at_hand
from bot.loading.alerts import load_daily, load_lines, load_names_of, load_restated_days
from bot.messages import alert_thread, basis
from bot.messages.alert_state import critical_line
from bot.messages.anomaly import anomaly_alert
from bot.messages.quiet import held, noted_as
from bot.model import WHOLE_ORGANIZATION, AlertState, Interval, Kind, OutboxState, Posting, Status, team_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date, datetime

    from bot.analysis.contract import Contract
    from bot.analysis.ownership import Ownership, Team
    from bot.analysis.quiet_hours import QuietHours
    from bot.analysis.routing import Routing
    from bot.analysis.why import Why
    from bot.jobs.judge import Judgement
    from bot.model import Alert, Message, Names, NanoUsd
    from bot.snapshots.store import Store

log = logging.getLogger(__name__)

DAYS_CHARTED = 14
SPEAKING = frozenset({Event.OPENED, Event.ESCALATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Judges, keeps and queues. `routing` says where alerts go, `quiet` when those wait that can; None for never.

    `teams` are those of the configuration.
    """

    routing: Routing
    contract: Contract
    now: Callable[[], datetime]
    quiet: QuietHours | None = None
    teams: Sequence[Team] = ()

    def check(self, store: Store, *, day: date) -> Judgement:
        """One evaluation in one transaction; the second run for the same day and data writes nothing."""
        with store.transaction():
            judgement = judge(store, day=day, contract=self.contract, teams=self.teams)
            if not self.keep(store, judgement):
                return judgement
            self.queue_alerts(store, judgement)
            return announced(judgement)

    def check_teams(self, store: Store) -> None:
        """Judges teams again, where they are judged with another organisation: more is known of this one now."""
        home, day = teams_judged_with(store)
        if home is not None and day is not None:
            self.check(home, day=day)

    def check_teams_first(self, store: Store) -> list[Alert]:
        """The first time, what was high the day before because of this organisation is old news; those alerts."""
        home, day = teams_judged_with(store)
        if home is None or day is None:
            return []
        with store.transaction():
            return self.open_teams_silently(home, day=day - timedelta(days=1))

    def open_teams_silently(self, home: Store, *, day: date) -> list[Alert]:
        """What teams were told to be high of a day, kept open without a message."""
        judgement = judge(home, day=day, contract=self.contract, teams=self.teams)
        at_hand = {alert.workspace_id for alert in load_alerts_at_hand(home, day)}
        due = [
            finding
            for finding in judgement.evaluation.findings
            if team_of(finding.workspace_id) is not None and finding.workspace_id not in at_hand
        ]
        alerts = open_silently(due, judgement.spend, day=day, critical=self.contract.critical)
        return [home.alerts.save_alert(alert) for alert in alerts]

    def check_first(self, store: Store, *, day: date) -> list[Alert]:
        """The first evaluation ever: what was high the day before is old news, kept open without a message of its own.

        Returns those alerts, for the message that says what the first backfill found.
        """
        with store.transaction():
            before = judge(store, day=day - timedelta(days=1), contract=self.contract, teams=self.teams)
            if not self.keep(store, before):
                return []
            alerts = open_silently(
                before.evaluation.findings,
                before.spend,
                day=before.evaluation.day,
                critical=self.contract.critical,
            )
            return [store.alerts.save_alert(alert) for alert in alerts]

    def keep(self, store: Store, judgement: Judgement) -> bool:
        """Stores an evaluation; False if this day was already judged on the same data."""
        return store.alerts.save_evaluation(judgement.evaluation, revision=judgement.revision, evaluated_at=self.now())

    def queue_alerts(self, store: Store, judgement: Judgement) -> None:
        """Opens, refreshes and resolves alerts, and queues their messages in the same transaction."""
        evaluation = judgement.evaluation
        if not judgement.compared:
            return
        at_hand = load_alerts_at_hand(store, evaluation.day)
        alerts = next_alerts(
            at_hand,
            evaluation.findings,
            judgement.spend,
            day=evaluation.day,
            floor=evaluation.floor,
            critical=self.contract.critical,
            days=len(judgement.compared),
            teams=judgement.about_teams(at_hand),
        )
        before = {alert.id: alert for alert in at_hand}
        for alert in alerts:
            event = event_of(before.get(alert.id), alert)
            log.info("alert of %s on %s: %s, %s", alert.workspace_id, evaluation.day, event, alert.reason)
            self.queue_alert(store, alert, event, judgement)

    def queue_alert(self, store: Store, alert: Alert, event: Event, judgement: Judgement) -> None:
        """Queues a new alert's message, or the edit of an open one's and what its thread is told.

        One that never had a message, because it was there before the first start, gets one when it escalates.
        """
        days = reminder_due(alert) if event is Event.REFRESHED else None
        saved = store.alerts.save_alert(alert if event is Event.REFRESHED and days is None else reminded(alert))
        names = load_names_of(store, alert.workspace_id)
        place = self.routing.place_of(alert.workspace_id, names, judgement.ownership)
        calls = event in SPEAKING and saved.critical_day == judgement.evaluation.day
        calling = critical_line(saved, self.contract.critical, mention=place.mention) if calls else ""
        if saved.message_key is not None:
            message = self.message(store, saved, judgement, names)
            self.queue_edit(store, saved, judgement, message)
            for reply in replies(store, saved, judgement, event=event, days=days, root=message, critical=calling):
                store.outbox.add(self.in_time(replace(reply, channel=place.channel), calling=calling))
            if event is Event.REFERRED:
                self.queue_reference(store, saved, judgement, names, channel=place.channel)
        elif event in SPEAKING:
            saved = store.alerts.save_alert(replace(saved, message_key=f"alert:{saved.id}"))
            message = self.message(store, saved, judgement, names, critical=calling)
            new = Posting(key=f"alert:{saved.id}", channel=place.channel, message=message, about=saved.judged_day)
            store.outbox.add(self.in_time(new, calling=calling))

    def queue_reference(self, store: Store, alert: Alert, judgement: Judgement, names: Names, *, channel: str) -> None:
        """Queues what a team's thread is told instead of an escalation: which other alerts tell of its rise."""
        elsewhere = judgement.elsewhere[alert.workspace_id].by_workspace
        places = {id_: self.routing.place_of(id_, names, judgement.ownership).channel for id_ in elsewhere}
        told = [
            (names.workspace(id_), rise, None if places[id_] == channel else places[id_])
            for id_, rise in sorted(elsewhere.items(), key=lambda each: (-each[1], each[0]))
        ]
        if told:
            message = alert_thread.referred(told, basis.mark(estimated=judgement.teams_estimated))
            key = f"alert:{alert.id}:{Event.REFERRED}:{judgement.evaluation.day}"
            posting = Posting(key=key, channel=channel, message=message, replies_to=alert.message_key)
            store.outbox.add(held(posting, self.quiet, now=self.now()))

    def queue_edit(self, store: Store, alert: Alert, judgement: Judgement, message: Message) -> None:
        """Queues an alert's message as it is now; where that still waits for the morning, it goes on saying so."""
        key = f"alert:{alert.id}:{judgement.evaluation.day}:{judgement.revision}"
        root = store.outbox.load_posting(alert.message_key or "")
        shown = message if root is None or root.state is not OutboxState.PENDING else noted_as(message, root.message)
        channel = self.routing.main.channel if root is None else root.channel
        store.outbox.add(Posting(key=key, channel=channel, message=shown, edits=alert.message_key))

    def in_time(self, posting: Posting, *, calling: str) -> Posting:
        """A posting that waits for the end of quiet hours, unless it is critical."""
        return posting if calling else held(posting, self.quiet, now=self.now())

    def message(self, store: Store, alert: Alert, judgement: Judgement, names: Names, *, critical: str = "") -> Message:
        """An alert as it is to be seen now; `critical` is the line that calls people, which only a new message has."""
        evaluation = judgement.evaluation
        two_weeks = Interval(evaluation.interval.since - timedelta(days=WEEK), evaluation.interval.until)
        charted = Interval(evaluation.day - timedelta(days=DAYS_CHARTED - 1), evaluation.interval.until)
        return anomaly_alert(
            alert,
            names=names,
            threshold_percent=judgement.levels.of(alert.workspace_id, None).threshold_percent,
            daily=load_daily(store, alert, charted, judgement.ownership),
            why=find_why_of(store, alert, judgement, names),
            estimated=judgement.is_estimated(alert.workspace_id),
            days_left_out=judgement.days_left_out,
            restated=load_restated_days(store, alert, two_weeks, judgement.ownership),
            data_as_of=store.ledger.load_freshness().data_as_of,
            excess=load_excess(store, alert, judgement.ownership),
            critical=critical or critical_line(alert, self.contract.critical),
        )


def teams_judged_with(store: Store) -> tuple[Store | None, date | None]:
    """The books of the other organisation that teams are judged with, and the day judged there last."""
    home = None if is_home(store) else home_of(store)
    evaluation = None if home is None else home.alerts.load_evaluation()
    return home, None if evaluation is None else evaluation.day


def replies(
    store: Store,
    alert: Alert,
    judgement: Judgement,
    *,
    event: Event,
    days: int | None,
    root: Message,
    critical: str,
) -> Iterator[Posting]:
    """What the thread is told of an evaluation, each under a key of its own; the channel sees an escalation too."""
    day, mark = judgement.evaluation.day, basis.mark(estimated=judgement.is_estimated(alert.workspace_id))
    excess = load_excess(store, alert, judgement.ownership)
    told = alert_thread.after(event, alert, root=root, excess=excess, mark=mark, critical=critical)
    reply = Posting(key="", channel="", message=root, replies_to=alert.message_key)
    if told is not None:
        key, broadcast = f"alert:{alert.id}:{event}:{day}", event is Event.ESCALATED
        about = day if broadcast else None
        yield replace(reply, key=key, message=told, also_in_channel=broadcast, about=about)
    if days is not None:
        message = alert_thread.reminder(alert, days, mark=mark)
        yield replace(reply, key=f"alert:{alert.id}:reminder:{days}", message=message)


def load_excess(store: Store, alert: Alert, ownership: Ownership) -> NanoUsd | None:
    """What an alert that is over has cost above the level before; None before, and where days are missing."""
    if alert.state is not AlertState.RESOLVED:
        return None
    return total_excess(alert, load_daily(store, alert, days_of_excess(alert), ownership))


def find_why_of(store: Store, alert: Alert, judgement: Judgement, names: Names) -> Why | None:
    """What drove the rise of a workspace's alert, or of the one model that leads it; None once it is over.

    Of a single day it is the change from the same weekday before: no day is the usual one.
    """
    spike = alert.lead.spike if alert.lead.kind is Kind.DAY else None
    days = [day for day in judgement.compared if spike is None or day == spike.day]
    if alert.state is AlertState.RESOLVED or alert.workspace_id == WHOLE_ORGANIZATION or not days:
        return None
    before = [day - timedelta(days=WEEK) for day in days]
    both = Interval(min(before), max(days) + timedelta(days=1))
    return explain(
        load_lines(store, alert, both, judgement.ownership),
        previous=before,
        current=days,
        first_days=names.first_days,
        model=alert.lead.model,
    )


def announced(judgement: Judgement) -> Judgement:
    """The same judgement once its due findings were queued."""
    findings = tuple(
        replace(finding, status=Status.ANNOUNCED) if finding.status is Status.DUE else finding
        for finding in judgement.evaluation.findings
    )
    return replace(judgement, evaluation=replace(judgement.evaluation, findings=findings))
