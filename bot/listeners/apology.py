"""What somebody who asked is told when there is no answer; the reason is in the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.messages.notices import could_not_answer
from bot.snapshots import DatabaseUnusable

if TYPE_CHECKING:
    from bot.model import Message

log = logging.getLogger(__name__)

LOOK_IN_THE_LOG = "Whoever runs the bot finds the reason in its log."


def apology(error: Exception) -> Message:
    """Logs why there is no answer, and says who can look."""
    if isinstance(error, DatabaseUnusable):
        log.error("a question could not be answered: %s", error)
        return could_not_answer(f"The stored data cannot be read. {LOOK_IN_THE_LOG}")
    log.error("a question could not be answered", exc_info=error)
    return could_not_answer(f"Something went wrong. {LOOK_IN_THE_LOG}")
