"""`/claudecost explore` and the shortcut: a window to ask with, for whoever does not type.

The answer comes where the command was typed, to whoever typed it alone; a shortcut happens nowhere, and is answered
directly.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.catalogue import find_catalogue
from bot.analysis.organizations import add_up, all_names
from bot.analysis.question import NotUnderstood, parse_question
from bot.analysis.question.resolve import called_like, folded
from bot.listeners.access import user_of
from bot.listeners.apology import apology
from bot.listeners.asked import Asked
from bot.listeners.clicks import NothingChanged, chosen, open_view, tell_directly, whisper
from bot.loading.asking import load_known
from bot.loading.groupings import offered_groupings
from bot.messages.explore import (
    DAYS,
    EXPLORE_SHORTCUT,
    EXPLORE_VIEW,
    KEYS,
    Choices,
    KeyChoice,
    WrongDates,
    chosen_days,
    chosen_words,
    explore_view,
    key_options,
    not_understood,
    with_dates,
    with_text_form,
)
from bot.messages.numbers import NOTHING
from bot.model import Interval
from bot.slack_api import SlackError, answered
from bot.snapshots import DatabaseUnusable
from bot.snapshots.parts import parts_of
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.analysis.question import Question
    from bot.listeners.claudecost import Answers
    from bot.model import Message, Names, NanoUsd
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)

EXPLORE = "explore"
MONTH = timedelta(days=30)


def register_explore(app: AsyncApp, answers: Answers) -> Exploring:
    """Answers the shortcut, and the window that it and the command open; what opens it."""
    exploring = Exploring(answers)
    app.shortcut(EXPLORE_SHORTCUT)(exploring.by_shortcut)
    app.view(EXPLORE_VIEW)(exploring.show)
    app.action(DAYS)(exploring.change_days)
    app.options(KEYS)(exploring.suggest_keys)
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
                choices, groupings = await with_store(
                    await self.open_store(args),
                    lambda store: (
                        load_choices(store, today),
                        offered_groupings(store, answers.privacy, answers.teams),
                    ),
                )
                view = explore_view(groupings=groupings, choices=choices, today=today, carries=channel)
                await open_view(args, view)
            except NothingChanged as nothing:
                return nothing.said
            except Exception as error:  # noqa: BLE001 -- somebody waits, whatever went wrong
                return apology(error)
        return None

    async def open_store(self, args: AsyncArgs) -> OpenStore:
        """What whoever opens it may see. Raises `NothingChanged` where that is nothing."""
        asked = await self.answers.seen(args, Asked(text=EXPLORE, user=user_of(args.body), channel=""))
        if asked.sight.is_nothing:
            raise NothingChanged(self.answers.gate.refusal())
        return self.answers.seen_by(asked).open_store

    async def change_days(self, args: AsyncArgs) -> None:
        """Shows two calendars while other dates are chosen; what was chosen elsewhere stays."""
        await args.ack()
        seen = args.body["view"]
        view = with_dates(seen, chosen(args))
        if view is None:
            return
        with self.answers.running.answer():
            try:
                await answered(args.client.views_update(view_id=seen["id"], hash=seen["hash"], view=view))
            except SlackError as error:
                log.warning("a window was not changed: %s", error)

    async def suggest_keys(self, args: AsyncArgs) -> None:
        """The keys whose names have what was typed so far; none where nothing can be said."""
        typed = str(args.body.get("value") or "")
        keys: Sequence[KeyChoice] = ()
        try:
            keys = await with_store(await self.open_store(args), lambda store: load_keys_called(store, typed))
        except NothingChanged:
            log.info("somebody who may see nothing looked for keys")
        except DatabaseUnusable as error:
            log.warning("no keys could be suggested: %s", error)
        await args.ack(options=key_options(keys))

    async def show(self, args: AsyncArgs) -> None:
        """Answers what was chosen; a word that means nothing is asked for again."""
        values, today = args.body["view"]["state"]["values"], self.answers.now().date()
        try:
            question = understood(chosen_days(values, today=today), chosen_words(values), today=today)
        except WrongDates as wrong:
            await args.ack(response_action="errors", errors=wrong.errors)
            return
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
    """The workspaces and models of the last month, the dearest first; a name that two organisations have says whose."""
    days = Interval(today - MONTH, today)
    with store.reading():
        parts = parts_of(store)
        names = all_names([(part.beside, part.store.names.load_names()) for part in parts])
        spend = add_up(
            [(part.beside, part.store.ledger.load_spend(days, ["workspace", "model"])) for part in parts], places=[0]
        )
    workspaces, models = (totals(spend, place) for place in (0, 1))
    return Choices([names.workspace(id_) for id_ in workspaces], models)


def load_keys_called(store: Store, typed: str) -> list[KeyChoice]:
    """The keys that are called so: those that begin so first."""
    with store.reading():
        parts = parts_of(store)
        catalogue = find_catalogue([load_known(part) for part in parts], [])
        names = all_names([(part.beside, part.store.names.load_names()) for part in parts])
    keys = catalogue.of("key")
    taken = Counter(folded(key.name) for key in keys)
    return [
        KeyChoice(
            key.name,
            workspace_of(key.id, names),
            key.written if taken[folded(key.name)] == 1 else key.id,
        )
        for key in called_like(typed, keys)
    ]


def workspace_of(key_id: str, names: Names) -> str:
    """Where a key is, in words."""
    known = names.api_keys.get(key_id)
    return names.workspace(known.workspace_id) if known is not None and known.workspace_id else NOTHING


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
