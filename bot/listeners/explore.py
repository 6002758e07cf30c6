"""`/claudecost explore` and the shortcut: a window to ask with, for whoever does not type.

The answer comes where the command was typed, to whoever typed it alone; a shortcut happens nowhere, and is answered
directly.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.question import NotUnderstood, parse_question
from bot.listeners.access import user_of
from bot.listeners.apology import apology
from bot.listeners.asked import Asked
from bot.listeners.clicks import NothingChanged, open_view, tell_directly, whisper
from bot.loading.groupings import offered_groupings
from bot.messages.explore import (
    EXPLORE_SHORTCUT,
    EXPLORE_VIEW,
    Choices,
    chosen_words,
    explore_view,
    not_understood,
    with_text_form,
)
from bot.model import Interval
from bot.snapshots.parts import parts_of
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.analysis.question import Question
    from bot.listeners.claudecost import Answers
    from bot.model import Message, NanoUsd
    from bot.snapshots.store import Store

EXPLORE = "explore"
MONTH = timedelta(days=30)


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
        answers = self.answers
        with answers.running.answer():
            try:
                today = answers.now().date()
                choices = await self.choices(args, today)
                groupings = await with_store(
                    answers.open_store, lambda store: offered_groupings(store, answers.privacy, answers.teams)
                )
                view = explore_view(groupings=groupings, choices=choices, today=today, carries=channel)
                await open_view(args, view)
            except NothingChanged as nothing:
                return nothing.said
            except Exception as error:  # noqa: BLE001 -- somebody waits, whatever went wrong
                return apology(error)
        return None

    async def choices(self, args: AsyncArgs, today: date) -> Choices:
        """What can be chosen, of what whoever opens it may see. Raises `NothingChanged` where that is nothing."""
        asked = await self.answers.seen(args, Asked(text=EXPLORE, user=user_of(args.body), channel=""))
        if asked.sight.is_nothing:
            raise NothingChanged(self.answers.gate.refusal())
        open_store = self.answers.seen_by(asked).open_store
        return await with_store(open_store, lambda store: load_choices(store, today))

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
        asked = Asked(text=str(question), user=args.body["user"]["id"], channel=channel, in_window=True)
        with self.answers.running.answer():
            answer = await self.answers.attend(args, asked)
            await tell(args, with_text_form(answer, asked.text), channel=channel)


def load_choices(store: Store, today: date) -> Choices:
    """The workspaces and models of the last month, the dearest first; nothing beside other organisations.

    There two workspaces may share a name, which has to be typed with the organisation's.
    """
    with store.reading():
        parts = parts_of(store)
        if len(parts) > 1:
            return Choices()
        names = parts[0].store.names.load_names()
        spend = parts[0].store.ledger.load_spend(Interval(today - MONTH, today), ["workspace", "model"])
    workspaces, models = (totals(spend, place) for place in (0, 1))
    return Choices([names.workspace(id_) for id_ in workspaces], models)


def totals(spend: Mapping[tuple[str, ...], NanoUsd], place: int) -> list[str]:
    """What is at a place of what spent, the dearest first."""
    sums: Counter[str] = Counter()
    for words, amount in spend.items():
        sums[words[place]] += amount
    return [word for word, _ in sums.most_common()]


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
