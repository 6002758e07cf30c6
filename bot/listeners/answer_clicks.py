"""The buttons of an answer: another grouping, another period, what is behind it, a file.

Whoever clicks is answered, with what they may see: on their own answer in its place, on one that was shared in a
channel with one of their own, which nobody else sees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.question import allowed, parse_question
from bot.listeners.asked import Asked
from bot.listeners.claudecost import excuse, outcome_of
from bot.listeners.clicks import NothingChanged, action_of, chosen, open_view, whisper
from bot.listeners.csv_file import told_as_csv
from bot.listeners.keep import question_of
from bot.listeners.reply import reply
from bot.listeners.report import answer_question
from bot.loading.report import load_answer
from bot.messages.answer_buttons import BY, CSV, DETAILS, PERIOD
from bot.messages.answer_details import answer_details
from bot.messages.report import report_answer
from bot.messages.sight import seen_message, seen_view
from bot.model import Message, Outcome
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import date
    from typing import Any

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.analysis.question import Question
    from bot.analysis.report import Report
    from bot.listeners.claudecost import Answers
    from bot.listeners.reply import Place
    from bot.snapshots.answers import Answer

TOO_OLD = Message("That answer is too old to go on from. Ask again.")
NOT_YOURS = Message("Only the person who asked can use these buttons.")


def register_answer_clicks(app: AsyncApp, answers: Answers) -> None:
    """Answers each of an answer's buttons but the one that shares it."""
    clicks = AnswerClicks(answers)
    app.action(BY)(clicks.regroup)
    app.action(PERIOD)(clicks.change_period)
    app.action(DETAILS)(clicks.show_details)
    app.action(CSV)(clicks.send_csv)


class Kept(NamedTuple):
    """A question that was answered, and the UTC day it was asked on: its days stay those of the answer."""

    question: Question
    day: date


@dataclass(frozen=True, slots=True)
class AnswerClicks:
    """The listeners. Bolt's `args` are one request: who clicked on what, and the ways to answer."""

    answers: Answers

    async def regroup(self, args: AsyncArgs) -> None:
        """The same days by something else."""
        await args.ack()
        answer_id, _, grouping = chosen(args).partition(":")

        async def answer(asked: Asked, kept: Kept) -> None:
            other = parse_question(f"by {grouping}", today=kept.day)
            await self.answer(args, asked, replace(kept.question, by=other.by))

        await self.attend(args, answer_id, answer)

    async def change_period(self, args: AsyncArgs) -> None:
        """The same by other days, as of now."""
        await args.ack()
        answer_id, _, period = chosen(args).partition(":")

        async def answer(asked: Asked, kept: Kept) -> None:
            other = parse_question(period, today=self.answers.now().date())
            await self.answer(args, asked, replace(kept.question, period=other.period))

        await self.attend(args, answer_id, answer)

    async def show_details(self, args: AsyncArgs) -> None:
        """A window with every row and day."""
        await args.ack()

        async def show(asked: Asked, kept: Kept) -> None:
            report = await self.load(asked, kept.question)
            view = answer_details(report, report_answer(report))
            await open_view(args, seen_view(view, asked.sight))

        await self.attend(args, str(action_of(args)["value"]), show)

    async def send_csv(self, args: AsyncArgs) -> None:
        """A file in the direct message, if the bot may send any; else what of it a message holds."""
        await args.ack()

        async def send(asked: Asked, kept: Kept) -> None:
            report = await self.load(asked, kept.question)
            told = await told_as_csv(asked, report, on=kept.day)
            await reply(args.respond, seen_message(told, asked.sight), to="asker")

        await self.attend(args, str(action_of(args)["value"]), send)

    async def load(self, asked: Asked, question: Question) -> Report:
        """The answer as whoever clicked may see it."""
        asked.notes.understood = str(question)
        answerable = allowed(question, self.answers.privacy)
        open_store, teams = self.answers.seen_by(asked).open_store, self.answers.teams
        report = await with_store(open_store, lambda store: load_answer(store, answerable, teams))
        asked.notes.rows = len(report.rows)
        return report

    async def answer(self, args: AsyncArgs, asked: Asked, question: Question) -> None:
        """Answers whoever clicked: their own answer is replaced."""
        asked = replace(asked, text=str(question))
        answers = self.answers.seen_by(asked)
        message = await answer_question(
            answers.open_store,
            asked,
            question,
            whole=answers.whole,
            at=answers.now(),
            privacy=answers.privacy,
            teams=answers.teams,
        )
        await reply(args.respond, self.answers.told(message, asked), to=place_of(args.body))

    async def attend(self, args: AsyncArgs, answer_id: str, act: Callable[[Asked, Kept], Awaitable[None]]) -> None:
        """Does what a click is for, if whoever clicked may; else, or where that fails, tells them alone."""
        with self.answers.running.answer():
            asked = await self.answers.seen(args, Asked.of_click(args.body, ""))
            try:
                self.require_sight(asked)
                kept = await with_store(self.answers.open_store, lambda store: store.answers.load_answer(answer_id))
                await act(asked, gone_on_from(kept, args.body))
            except NothingChanged as nothing:
                asked.notes.outcome = Outcome.REFUSED
                await whisper(args, nothing.said, channel=None)
            except Exception as error:  # noqa: BLE001 -- somebody waits, whatever went wrong
                asked.notes.outcome = outcome_of(error)
                await reply(args.respond, excuse(error, asked.sight), to="asker")
            self.answers.note(asked)

    def require_sight(self, asked: Asked) -> None:
        """Raises `NothingChanged` for somebody who may see nothing."""
        if asked.sight.is_nothing:
            raise NothingChanged(self.answers.gate.refusal())


def gone_on_from(kept: Answer | None, body: Mapping[str, Any]) -> Kept:
    """The question of a kept answer, if whoever clicked may go on from it. Raises `NothingChanged`."""
    question = None if kept is None else question_of(kept)
    if kept is None or question is None:
        raise NothingChanged(TOO_OLD)
    if is_own(body) and kept.user != body["user"]["id"]:
        raise NothingChanged(NOT_YOURS)
    return Kept(question, kept.at.date())


def place_of(body: Mapping[str, Any]) -> Place:
    """Where whoever clicked is answered: what they alone see is replaced, so that exploring leaves no trail."""
    return "original" if is_own(body) else "asker"


def is_own(body: Mapping[str, Any]) -> bool:
    """Whether a message is seen by one person alone: ephemeral, or a direct message."""
    return bool(body["container"].get("is_ephemeral")) or str(body["channel"]["id"]).startswith("D")
