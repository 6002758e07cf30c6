"""`/claudecost status`: how the bot is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.status import status_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.messages.status import Status
    from bot.model import Message


async def answer_status(status: Callable[[], Awaitable[Status]]) -> Message:
    """Data as of, key in use, next jobs, version."""
    return status_answer(await status())
