"""`/claudecost status`: how the bot is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.messages.status import status_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.listeners.asked import Asked
    from bot.messages.status import Status
    from bot.model import Message


async def answer_status(status: Callable[[], Awaitable[Status]], asked: Asked) -> Message:
    """Data as of, key in use, next jobs, version; which digests there are only for whoever sees everything."""
    found = await status()
    return status_answer(found if asked.sight.is_everything else replace(found, digests=()))
