"""Backfill: what the first sync found, said once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.messages.backfill import backfill_done
from bot.model import Interval, Posting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.model import Alert
    from bot.snapshots.store import Store

BACKFILL_KEY = "backfill"
ONE_DAY = timedelta(days=1)


def queue_backfill_done(
    store: Store, *, channel: str, already_high: Sequence[Alert], next_digest_at: datetime | None
) -> bool:
    """Queues the message about the first backfill; False if it was queued before."""
    freshness = store.ledger.load_freshness()
    key = store.own_key(BACKFILL_KEY)
    if store.outbox.load_posting(key) is not None or freshness.newest_day is None:
        return False
    stored = Interval(freshness.oldest_day or freshness.newest_day, freshness.newest_day + timedelta(days=1))
    fetched = store.ledger.load_fetched_days(stored)
    billed = [day for day, known in fetched.items() if known.is_billed]
    interval = Interval(stored.since, max(billed) + ONE_DAY) if billed else stored  # what is only estimated comes later
    message = backfill_done(
        organization=store.organization,
        called=store.called,
        interval=interval,
        spend=store.ledger.load_spend(interval, ["workspace"]),
        names=store.names.load_names(),
        already_high=already_high,
        next_digest_at=next_digest_at,
        estimated=any(not fetched[day].is_billed for day in interval.days() if day in fetched),
    )
    return store.outbox.add(Posting(key=key, channel=channel, message=message))
