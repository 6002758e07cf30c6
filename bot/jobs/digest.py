"""Digest: the finished week, said once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.organizations import freshness_of_all
from bot.analysis.reconcile import DRIFT_PERCENT
from bot.analysis.weeks import IsoWeek, digest_due, next_digest_at
from bot.jobs.notices import DATA_STALE, KEY_REFUSED
from bot.loading.digest import load_reconciled_digest, load_restated, render_digest
from bot.model import Interval, Posting
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, time, tzinfo
    from decimal import Decimal

    from bot.analysis.contract import Contract
    from bot.analysis.digest import Digest
    from bot.analysis.prices import PriceTable
    from bot.model import NanoUsd
    from bot.snapshots.store import Store

SAID_TO_LACK = {KEY_REFUSED, DATA_STALE}

LONGEST_WAIT = timedelta(days=2)
"""How long after a week's end its digest waits for days that are not known yet; then it says which are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSchedule:
    """When the digest is said, and where."""

    weekday: int
    at: time
    timezone: tzinfo
    channel: str
    contract: Contract
    prices: Callable[[], PriceTable]
    drift_percent: Decimal = DRIFT_PERCENT

    def due(self, now: datetime, *, started_at: datetime | None) -> IsoWeek | None:
        """The week whose digest should have been said by now, if that was not before the first sync."""
        return digest_due(now, weekday=self.weekday, at=self.at, timezone=self.timezone, started_at=started_at)

    def next_at(self, now: datetime) -> datetime:
        """When the next one comes."""
        return next_digest_at(now, weekday=self.weekday, at=self.at, timezone=self.timezone)

    def queue_if_due(self, store: Store, *, now: datetime) -> bool:
        """Queues the digest that is due, however late; False if there is none, or it has to wait, or it was queued."""
        started = freshness_of_all([part.store.ledger.load_freshness() for part in parts_of(store)])
        week = self.due(now, started_at=started.first_fetched_at)
        if week is None or store.outbox.load_posting(digest_key(week)) is not None:
            return False
        return self.queue(store, week) if is_ready(store, week, now=now) else False

    def queue(self, store: Store, week: IsoWeek) -> bool:
        """Queues a week's digest; False if it was queued before: once per week, whoever asks."""
        parts = parts_of(store)
        digest = load_reconciled_digest(
            parts,
            week,
            self.prices(),
            drift_percent=self.drift_percent,
            unheard=store.unheard_organizations(),
        )
        message = render_digest(parts, digest, contract=self.contract)
        with store.transaction():
            queued = store.outbox.add(Posting(key=digest_key(week), channel=self.channel, message=message))
            if queued:
                for part in parts:
                    estimated = weeks_estimated(part.store, week)
                    part.store.told_weeks.save(str(week), totals_told(part.store, digest), estimated=estimated)
        return queued


def totals_told(store: Store, digest: Digest) -> dict[str, NanoUsd]:
    """What of the weeks in a digest, its own and those it corrects, is one organisation's."""
    own = {restated.week for restated in load_restated(store, digest.week)}
    corrected = [restated.week for restated in digest.restated if restated.week in own]
    fetched = {week: store.ledger.load_fetched_days(week.interval) for week in (digest.week, *corrected)}
    return {str(week): sum(known.total for known in days.values()) for week, days in fetched.items() if days}


def weeks_estimated(store: Store, week: IsoWeek) -> tuple[str, ...]:
    """The week of a digest, if not all of it is from one organisation's bill."""
    fetched = store.ledger.load_fetched_days(week.interval)
    return () if all(known.is_billed for known in fetched.values()) else (str(week),)


def is_ready(store: Store, week: IsoWeek, *, now: datetime) -> bool:
    """Whether a week can be told: each of its days has settled, or that was waited for long enough.

    An organisation of which the channel knows that its data is missing is not waited for, if there is another.
    """
    if now >= week.end + LONGEST_WAIT:
        return True
    parts = parts_of(store)
    awaited = [part for part in parts if not SAID_TO_LACK & part.store.notices.load_notices().keys()]
    return all(is_settled(part.store, week) for part in awaited or parts)


def is_settled(store: Store, week: IsoWeek) -> bool:
    """Whether each day of a week has settled for one organisation and, where it has bills, its bill has come."""
    fetched = store.ledger.load_fetched_days(Interval(week.before().interval.since, week.interval.until))
    has_bills = any(known.is_billed for known in fetched.values())
    of_week = [fetched.get(day) for day in week.interval.days()]
    return all(day is not None and day.is_settled and (day.is_billed or not has_bills) for day in of_week)


def digest_key(week: IsoWeek) -> str:
    """Under which a week's digest is posted."""
    return f"digest:{week}"
