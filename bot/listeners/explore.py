"""`/claudecost explore` and the shortcut: a window to ask with, for whoever does not type.

The answer comes where the command was typed, to whoever typed it alone; a shortcut happens nowhere, and is answered
directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.groupings import GROUPINGS
from bot.analysis.question import NotUnderstood, parse_question
from bot.listeners.apology import apology
from bot.listeners.asked import Asked
from bot.listeners.clicks import NothingChanged, open_view, tell_directly, whisper
from bot.messages.answer_buttons import WITHOUT_PEOPLE
from bot.messages.explore import (
    EXPLORE_SHORTCUT,
    EXPLORE_VIEW,
    chosen_words,
    explore_view,
    not_understood,
    with_text_form,
)

if TYPE_CHECKING:
    from datetime import date

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.analysis.question import Question
    from bot.listeners.claudecost import Answers
    from bot.model import Message

EXPLORE = "explore"


def register_explore(app: AsyncApp, answers: Answers) -> Exploring:
    """Answers the shortcut, and the window that it and the command open; what opens it."""
    exploring = Exploring(answers)
    app.shortcut(EXPLORE_SHORTCUT)(exploring.by_shortcut)
    app.view(EXPLORE_VIEW)(exploring.show)
    return exploring


@dataclass(frozen=True, slots=True)
class Exploring:
    """The listeners. Bolt's `args` are one request: who wants to explore, and the ways to answer."""

    answers: Answers

    async def by_shortcut(self, args: AsyncArgs) -> None:
        """Opens the window, wherever somebody is."""
        await args.ack()
        said = await self.open(args, channel="")
        if said is not None:
            await tell_directly(args, args.body["user"]["id"], said)

    async def open(self, args: AsyncArgs, *, channel: str) -> Message | None:
        """Opens the window; what to say instead where Slack did not."""
        groupings = GROUPINGS if self.answers.privacy.people else WITHOUT_PEOPLE
        with self.answers.running.answer():
            try:
                view = explore_view(groupings=groupings, today=self.answers.now().date(), carries=channel)
                await open_view(args, view)
            except NothingChanged as nothing:
                return nothing.said
            except Exception as error:  # noqa: BLE001 -- somebody waits, whatever went wrong
                return apology(error)
        return None

    async def show(self, args: AsyncArgs) -> None:
        """Answers what was chosen; a word that means nothing is asked for again."""
        days, words = chosen_words(args.body["view"]["state"]["values"])
        try:
            question = understood(days, words, today=self.answers.now().date())
        except NotUnderstood as puzzle:
            await args.ack(response_action="errors", errors=not_understood(puzzle))
            return
        await args.ack()
        channel = str(args.body["view"]["private_metadata"])
        asked = Asked(text=str(question), user=args.body["user"]["id"], channel=channel)
        with self.answers.running.answer():
            answer = await self.answers.answer(asked)
            await tell(args, with_text_form(answer, asked.text), channel=channel)


def understood(days: str, words: str, *, today: date) -> Question:
    """The question, for the days that were chosen if the words name none. Raises `NotUnderstood`."""
    try:
        return parse_question(f"{days} {words}", today=today)
    except NotUnderstood:
        return parse_question(words, today=today)


async def tell(args: AsyncArgs, said: Message, *, channel: str) -> None:
    """Tells whoever asked, and nobody else."""
    if channel:
        await whisper(args, said, channel=channel)
    else:
        await tell_directly(args, args.body["user"]["id"], said)
