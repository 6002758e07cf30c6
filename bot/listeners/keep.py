"""An answer kept for a while, so that whoever asked can share it as it was told, and go on from it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.analysis.question import NotUnderstood, parse_question
from bot.messages.sight import of_what_may_be_seen
from bot.snapshots import DatabaseUnusable
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from datetime import datetime

    from bot.analysis.question import Question
    from bot.listeners.asked import Asked
    from bot.model import Message
    from bot.snapshots.answers import Answer
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)


async def keep_for_sharing(
    open_store: OpenStore, asked: Asked, *, question: str, message: Message, at: datetime
) -> str | None:
    """The id of the kept answer; None on a disk that takes nothing: the answer matters more.

    What is kept says of whose sight it is, where that is limited.
    """
    asked.notes.understood = question
    if not asked.sight.is_everything:
        message = of_what_may_be_seen(message, by=asked.user)
    try:
        return await with_store(
            open_store,
            lambda store: store.answers.save_answer(
                user=asked.user,
                channel=asked.channel,
                question=question,
                message=message,
                at=at,
                sight=asked.sight.mark,
            ),
        )
    except DatabaseUnusable as error:
        log.warning("an answer cannot be shared: %s", error)
        return None


def question_of(kept: Answer) -> Question | None:
    """The question about spend that was answered, its days those of then; None for other questions."""
    try:
        question = parse_question(kept.question, today=kept.at.date())
    except NotUnderstood:
        return None
    return question if str(question) == kept.question else None
