"""The button "Share in channel": what one person was told, said to all, as it was told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.listeners.reply import reply
from bot.messages.notices import could_not_answer
from bot.snapshots import DatabaseUnusable
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

    from bot.listeners.running import Running
    from bot.model import Message
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)

ACTION = "share_answer"
EXPIRED = "That answer is too old to share. Ask again, then share the new one."
NOT_YOURS = "Only the person who asked can share this answer."
UNREADABLE = "The stored data cannot be read. Whoever runs the bot finds the reason in its log."


def register_share(app: AsyncApp, *, open_store: OpenStore, running: Running) -> None:
    """Answers the button with a message for the whole channel."""

    async def share(ack: AsyncAck, body: Mapping[str, Any], action: Mapping[str, Any], respond: AsyncRespond) -> None:
        await ack()
        with running.answer():
            message = await shared_answer(open_store, answer_id=str(action["value"]), user=body["user"]["id"])
            if isinstance(message, str):
                await reply(respond, could_not_answer(message), to="asker")
            else:
                await reply(respond, message, to="channel")

    app.action(ACTION)(share)


async def shared_answer(open_store: OpenStore, *, answer_id: str, user: str) -> Message | str:
    """The kept answer, or why it is not shared. Anyone can click; only its asker may share it."""
    try:
        kept = await with_store(open_store, lambda store: store.answers.load_answer(answer_id))
    except DatabaseUnusable as error:
        log.error("an answer could not be shared: %s", error)  # noqa: TRY400 -- it says all by itself
        return UNREADABLE
    if kept is None:
        return EXPIRED
    asker, _question, message = kept
    return message if asker == user else NOT_YOURS
