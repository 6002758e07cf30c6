"""`/claudecost alerts`: what is open, and what was over the threshold but not announced."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.messages.alerts import alerts_answer
from bot.model import Interval
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from bot.analysis.contract import Contract
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

WEEK = timedelta(days=7)


async def answer_alerts(open_store: OpenStore, *, contract: Contract) -> Message:
    """Open alerts and held breaches of the newest evaluation."""

    def answer(store: Store) -> Message:
        day, findings = store.alerts.load_findings()
        previous_week = Interval(day - 2 * WEEK, day - WEEK).shifted(1) if day else None
        previous_total = store.ledger.load_spend(previous_week, []).get((), 0) if previous_week else 0
        return alerts_answer(
            store.alerts.load_open_alerts(),
            findings,
            names=store.names.load_names(),
            day=day,
            threshold_percent=contract.threshold_percent,
            floor=contract.floor(previous_total),
        )

    return await with_store(open_store, answer)
