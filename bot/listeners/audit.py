"""Each question is noted, once it is answered: who, what, when. An answer never waits for that, nor fails with it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.model import AuditedQuestion
from bot.snapshots import DatabaseUnusable
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.listeners.asked import Asked
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)


async def note_question(open_store: OpenStore, asked: Asked, *, at: datetime, kept_for: timedelta) -> None:
    """Keeps what was understood; words that nobody understood are not kept, whatever they were."""
    question = AuditedQuestion(
        at=at,
        user=asked.user,
        channel="" if asked.in_window else asked.channel,
        question=asked.notes.understood,
        outcome=asked.notes.outcome,
        rows=asked.notes.rows,
        is_limited=not asked.sight.is_everything,
    )
    try:
        await with_store(open_store, lambda store: store.audit.save(question, kept_for=kept_for))
    except DatabaseUnusable as error:
        log.warning("a question is missing from the audit: %s", error)
