"""Digest: the finished week, said once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.digest import Digest, IsoWeek, WeekSpend, digest_due, find_digest, find_restated, next_digest_at
from bot.jobs.reconcile import load_reconciliation
from bot.messages.digest import weekly_digest
from bot.model import Interval, Posting

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, time, tzinfo

    from bot.analysis.contract import Contract
    from bot.analysis.digest import RestatedWeek
    from bot.analysis.prices import PriceTable
    from bot.model import Message, NanoUsd
    from bot.snapshots.store import Store

LONGEST_WAIT = timedelta(days=2)
"""How long after a week's end its digest waits for days that are not known yet; then it says which are missing."""


def load_digest(store: Store, week: IsoWeek) -> Digest:
    """What is to be said of a week, from the snapshots."""
    both = Interval(week.before().interval.since, week.interval.until)
    fetched = store.ledger.load_fetched_days(both)
    evaluation = store.alerts.load_evaluation()
    return find_digest(
        week,
        spend=WeekSpend(
            current=spend_of(store, week.interval),
            previous=spend_of(store, week.before().interval),
            daily={day: known.total for day, known in fetched.items()},
            fetched=fetched,
            unpriced=store.ledger.load_unpriced(week.interval),
            data_as_of=store.ledger.load_freshness().data_as_of,
            restated=load_restated(store, week),
        ),
        names=store.names.load_names(),
        alerts=store.alerts.load_open_alerts(),
        findings=() if evaluation is None else evaluation.findings,
    )


def load_reconciled_digest(store: Store, week: IsoWeek, prices: PriceTable) -> Digest:
    """The same, with how well the week's bill matches its tokens."""
    return replace(load_digest(store, week), reconciliation=load_reconciliation(store, week.interval, prices))


def load_restated(store: Store, week: IsoWeek) -> list[RestatedWeek]:
    """The weeks that were told before a week's digest, beside what they come to now."""
    told = store.told_weeks.load(before=str(week))
    if not told:
        return []
    oldest = IsoWeek.parse(min(told)).interval.since
    return find_restated(told, store.ledger.load_fetched_days(Interval(oldest, week.interval.since)))


def render_digest(store: Store, digest: Digest, *, contract: Contract) -> Message:
    """The message that says it; what was held is told by the rule it was held by."""
    evaluation = store.alerts.load_evaluation()
    return weekly_digest(
        digest,
        names=store.names.load_names(),
        threshold_percent=contract.threshold_percent if evaluation is None else evaluation.threshold_percent,
        floor=contract.floor(digest.previous_total or 0) if evaluation is None else evaluation.floor,
    )


def spend_of(store: Store, interval: Interval) -> dict[tuple[str, str], NanoUsd]:
    """Dollars by workspace × model."""
    spend = store.ledger.load_spend(interval, ["workspace", "model"])
    return {(workspace_id, model): amount for (workspace_id, model), amount in spend.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSchedule:
    """When the digest is said, and where."""

    weekday: int
    at: time
    timezone: tzinfo
    channel: str
    contract: Contract
    prices: Callable[[], PriceTable]

    def due(self, now: datetime, *, started_at: datetime | None) -> IsoWeek | None:
        """The week whose digest should have been said by now, if that was not before the first sync."""
        return digest_due(now, weekday=self.weekday, at=self.at, timezone=self.timezone, started_at=started_at)

    def next_at(self, now: datetime) -> datetime:
        """When the next one comes."""
        return next_digest_at(now, weekday=self.weekday, at=self.at, timezone=self.timezone)

    def queue_if_due(self, store: Store, *, now: datetime) -> bool:
        """Queues the digest that is due, however late; False if there is none, or it has to wait, or it was queued."""
        week = self.due(now, started_at=store.ledger.load_freshness().first_fetched_at)
        if week is None or store.outbox.load_posting(digest_key(week)) is not None:
            return False
        return self.queue(store, week) if is_ready(store, week, now=now) else False

    def queue(self, store: Store, week: IsoWeek) -> bool:
        """Queues a week's digest; False if it was queued before: once per week, whoever asks."""
        digest = load_reconciled_digest(store, week, self.prices())
        message = render_digest(store, digest, contract=self.contract)
        with store.transaction():
            queued = store.outbox.add(Posting(key=digest_key(week), channel=self.channel, message=message))
            if queued:
                store.told_weeks.save(str(week), totals_told(digest))
        return queued


def totals_told(digest: Digest) -> dict[str, NanoUsd]:
    """What a digest says that weeks came to: its own, and those it corrects."""
    own = {} if digest.total is None else {str(digest.week): digest.total}
    return own | {str(restated.week): restated.total for restated in digest.restated}


def is_ready(store: Store, week: IsoWeek, *, now: datetime) -> bool:
    """Whether a week can be told: each of its days has settled, or that was waited for long enough."""
    if now >= week.end + LONGEST_WAIT:
        return True
    fetched = store.ledger.load_fetched_days(week.interval)
    return all(day in fetched and fetched[day].is_settled for day in week.interval.days())


def digest_key(week: IsoWeek) -> str:
    """Under which a week's digest is posted."""
    return f"digest:{week}"
