"""`/claudecost savings`: what the last complete days could have cost less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.listeners.keep import keep_for_sharing
from bot.loading.savings import load_savings
from bot.messages.savings import savings_answer
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.listeners.asked import Asked
    from bot.model import Message
    from bot.snapshots.threads import OpenStore

SAVINGS = "savings"


async def answer_savings(
    open_store: OpenStore, asked: Asked, *, whole: OpenStore, now: Callable[[], datetime]
) -> Message:
    """The answer, kept in the `whole` store for a while so that its asker can share it."""
    found = await with_store(open_store, lambda store: load_savings(store, today=now().date()))
    kept = await keep_for_sharing(
        whole, asked, question=SAVINGS, message=savings_answer(found, share_id=None), at=now()
    )
    return savings_answer(found, share_id=kept)
