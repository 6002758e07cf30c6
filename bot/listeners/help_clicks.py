"""`/claudecost help`, and its buttons: an example is asked, a topic takes the place of the others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.analysis.question import NotUnderstood
from bot.listeners.asked import Asked
from bot.listeners.clicks import action_of
from bot.listeners.reply import reply
from bot.messages.commands import TOPICS, find_topic
from bot.messages.help import CANDIDATE, EXPLORE, RUN, TOPIC, help_answer, topic_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.listeners.explore import Exploring
    from bot.listeners.running import Running
    from bot.model import Message

HELP = "help"


def answer_help(words: str) -> Message:
    """What can be asked, or one topic of it. Raises `NotUnderstood` for one there is not."""
    if not words:
        return help_answer(None)
    topic = find_topic(words)
    if topic is None:
        raise NotUnderstood(words, f"there is help on {', '.join(topic.word for topic in TOPICS)}")
    return topic_answer(topic)


def register_help_clicks(
    app: AsyncApp, *, answer: Callable[[AsyncArgs, Asked], Awaitable[Message]], exploring: Exploring, running: Running
) -> None:
    """Answers each of help's buttons."""

    async def run(args: AsyncArgs) -> None:
        await args.ack()
        with running.answer():
            asked = Asked.of_click(args.body, str(action_of(args)["value"]))
            await reply(args.respond, await answer(args, asked), to="asker")

    async def ask_what_was_meant(args: AsyncArgs) -> None:
        await args.ack()
        with running.answer():
            asked = Asked.of_click(args.body, str(action_of(args)["value"]))
            await reply(args.respond, await answer(args, asked), to="original")

    async def show_topic(args: AsyncArgs) -> None:
        await args.ack()
        with running.answer():
            topic = find_topic(str(action_of(args)["value"]))
            await reply(args.respond, help_answer(None) if topic is None else topic_answer(topic), to="original")

    async def explore(args: AsyncArgs) -> None:
        await args.ack()
        said = await exploring.open(args, channel=args.body["channel"]["id"])
        if said is not None:
            await reply(args.respond, said, to="asker")

    app.action(RUN)(run)
    app.action(re.compile(f"^{TOPIC}"))(show_topic)
    app.action(EXPLORE)(explore)
    app.action(re.compile(f"^{CANDIDATE}"))(ask_what_was_meant)
