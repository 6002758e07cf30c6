"""`/claudecost alerts`: what is open, and what was over the threshold but not announced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.alerts import alerts_answer
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore


async def answer_alerts(open_store: OpenStore) -> Message:
    """Open alerts and held breaches of the newest evaluation."""

    def answer(store: Store) -> Message:
        return alerts_answer(
            store.alerts.load_open_alerts(), store.alerts.load_evaluation(), names=store.names.load_names()
        )

    return await with_store(open_store, answer)
