"""The button "Share in channel": what one person was told, said to all, as it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.listeners.access import seen_through
from bot.listeners.apology import apology
from bot.listeners.asked import Asked
from bot.listeners.keep import question_of
from bot.listeners.reply import reply
from bot.loading.groupings import offered_groupings
from bot.messages.answer_buttons import SHARE, with_buttons
from bot.messages.notices import could_not_answer
from bot.model import NOBODY
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.analysis.ownership import Team
    from bot.listeners.claudecost import Answers
    from bot.model import Message
    from bot.snapshots.threads import OpenStore

EXPIRED = "That answer is too old to share. Ask again, then share the new one."
NOT_NOW = "You may not share this answer any more: what you may see has changed since."
NOT_YOURS = "Only the person who asked can share this answer."


class NotShared(Exception):
    """An answer that stays where it is; the text says why, to whoever clicked."""


def register_share(app: AsyncApp, answers: Answers) -> None:
    """Answers the button with a message for the whole channel."""

    async def share(args: AsyncArgs) -> None:
        await args.ack()
        with answers.running.answer():
            try:
                asked = await answers.seen(args, Asked.of_click(args.body, str((args.action or {})["value"])))
                message = await shared_answer(answers.open_store, asked, answers.teams)
            except NotShared as reason:
                await reply(args.respond, could_not_answer(str(reason)), to="asker")
            except Exception as error:  # noqa: BLE001 -- somebody waits, whatever went wrong
                await reply(args.respond, apology(error), to="asker")
            else:
                await reply(args.respond, message, to="channel")

    app.action(SHARE)(share)


async def shared_answer(open_store: OpenStore, asked: Asked, teams: Sequence[Team]) -> Message:
    """The kept answer of an id. Anyone can click; only its asker may share it, and while they may see as much as then.

    Raises `NotShared` or `DatabaseUnusable`.
    """
    sight = asked.sight
    if sight.is_nothing:
        raise NotShared(NOT_NOW)
    kept = await with_store(open_store, lambda store: store.answers.load_answer(asked.text))
    if kept is None:
        raise NotShared(EXPIRED)
    if kept.user != asked.user:
        raise NotShared(NOT_YOURS)
    if not sight.is_everything and kept.sight != sight.mark:
        raise NotShared(NOT_NOW)
    question = question_of(kept)
    if question is None:
        return kept.message
    groupings = await with_store(seen_through(open_store, sight), lambda store: offered_groupings(store, NOBODY, teams))
    return with_buttons(kept.message, question, answer_id=asked.text, groupings=groupings, shared=True)
