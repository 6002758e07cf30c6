"""The button "Share in channel": what one person was told, said to all, as it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.listeners.apology import apology
from bot.listeners.keep import question_of
from bot.listeners.reply import reply
from bot.messages.answer_buttons import SHARE, WITHOUT_PEOPLE, with_buttons
from bot.messages.notices import could_not_answer
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.analysis.access import Sight
    from bot.listeners.access import Gate
    from bot.listeners.running import Running
    from bot.model import Message
    from bot.snapshots.answers import Answer
    from bot.snapshots.threads import OpenStore

EXPIRED = "That answer is too old to share. Ask again, then share the new one."
NOT_NOW = "You may not share this answer any more: what you may see has changed since."
NOT_YOURS = "Only the person who asked can share this answer."


class NotShared(Exception):
    """An answer that stays where it is; the text says why, to whoever clicked."""


def register_share(app: AsyncApp, *, open_store: OpenStore, running: Running, gate: Gate) -> None:
    """Answers the button with a message for the whole channel."""

    async def share(args: AsyncArgs) -> None:
        await args.ack()
        with running.answer():
            try:
                sight, answer_id = await gate.sight_of(args), str((args.action or {})["value"])
                message = await shared_answer(
                    open_store, answer_id=answer_id, user=args.body["user"]["id"], sight=sight
                )
            except NotShared as reason:
                await reply(args.respond, could_not_answer(str(reason)), to="asker")
            except Exception as error:  # noqa: BLE001 -- somebody waits, whatever went wrong
                await reply(args.respond, apology(error), to="asker")
            else:
                await reply(args.respond, message, to="channel")

    app.action(SHARE)(share)


async def shared_answer(open_store: OpenStore, *, answer_id: str, user: str, sight: Sight) -> Message:
    """The kept answer. Anyone can click; only its asker may share it, and only while they may see as much as then.

    Raises `NotShared` or `DatabaseUnusable`.
    """
    if sight.is_nothing:
        raise NotShared(NOT_NOW)
    kept = await with_store(open_store, lambda store: store.answers.load_answer(answer_id))
    if kept is None:
        raise NotShared(EXPIRED)
    if kept.user != user:
        raise NotShared(NOT_YOURS)
    if not sight.is_everything and kept.sight != sight.mark:
        raise NotShared(NOT_NOW)
    return with_buttons_for_all(kept, answer_id=answer_id)


def with_buttons_for_all(kept: Answer, *, answer_id: str) -> Message:
    """An answer that others can go on from, if it is one to a question about spend."""
    question = question_of(kept)
    if question is None:
        return kept.message
    return with_buttons(kept.message, question, answer_id=answer_id, groupings=WITHOUT_PEOPLE, shared=True)
