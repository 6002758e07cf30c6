"""`/claudecost`: acknowledge, find out what is asked, answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.ask_why import FORECAST, MONTH, WHY
from bot.analysis.ownership import WrongRules
from bot.analysis.question import Ambiguous, NotUnderstood, PeopleOff
from bot.analysis.units import without_by_unit
from bot.listeners.access import seen_through
from bot.listeners.alerts import answer_alerts
from bot.listeners.apology import apology
from bot.listeners.asked import Asked
from bot.listeners.audit import note_question
from bot.listeners.budgets import BUDGET, NO_BUDGETS, answer_budget
from bot.listeners.csv_file import file_sender
from bot.listeners.digest import DIGEST
from bot.listeners.explore import EXPLORE, register_explore
from bot.listeners.forecast import answer_forecast, answer_month
from bot.listeners.help_clicks import HELP, answer_help, register_help_clicks
from bot.listeners.reply import reply
from bot.listeners.report import answer_report
from bot.listeners.savings import SAVINGS, answer_savings
from bot.listeners.status import answer_status
from bot.listeners.tune import TUNE, answer_tune
from bot.listeners.units import UNIT, answer_by_unit, answer_unit
from bot.listeners.why import answer_why
from bot.loading.units import NO_UNITS
from bot.messages.commands import COMMAND
from bot.messages.help import ask_back, help_answer
from bot.messages.notices import could_not_answer
from bot.messages.sight import asked_before_sharing, seen_message
from bot.model import NOBODY, Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.analysis.access import Sight
    from bot.analysis.contract import Contract
    from bot.analysis.ownership import Team
    from bot.listeners.access import Gate
    from bot.listeners.budgets import Budgets
    from bot.listeners.digest import DigestDesk
    from bot.listeners.running import Running
    from bot.listeners.tune import Replay
    from bot.loading.units import Units
    from bot.messages.status import Status
    from bot.model import Message, Privacy
    from bot.snapshots.threads import OpenStore

ASK_WHO_SEES_ALL = "Whoever sees all of the bill is told where; ask one of them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers questions from the snapshots; never asks the Admin API. `gate` says what who asks may see.

    `say_now` has the outbox delivered, if that is this process's to do.
    """

    open_store: OpenStore
    now: Callable[[], datetime]
    status: Callable[[], Awaitable[Status]]
    running: Running
    contract: Contract
    say_now: Callable[[], Awaitable[None]]
    replay: Replay
    gate: Gate
    digests: DigestDesk
    units: Units = NO_UNITS
    privacy: Privacy = NOBODY
    teams: Sequence[Team] = ()
    audit_kept_for: timedelta = timedelta(days=365)
    budgets: Budgets = NO_BUDGETS

    @property
    def whole(self) -> OpenStore:
        """The store with nothing hidden, whatever of it `open_store` shows: answers are kept there."""
        return self.gate.open_store

    async def attend(self, args: AsyncArgs, asked: Asked) -> Message:
        """The answer for whoever sent a request, of what they may see, or whom to ask; it is noted in the audit."""
        asked = await self.seen(args, asked)
        if asked.sight.is_nothing:
            asked.notes.outcome = Outcome.REFUSED
            answer = self.gate.refusal()
        else:
            answer = await self.answer(asked)
        self.note(asked)
        return answer

    async def seen(self, args: AsyncArgs, asked: Asked) -> Asked:
        """The same question with what whoever sent the request may see, and how to send them a file."""
        admitted = await self.gate.admitted(args, told_in=asked.channel)
        return replace(
            asked,
            sight=admitted.sight,
            is_admin=admitted.is_admin,
            may_see_less=admitted.may_see_less,
            send_file=file_sender(args, asked.user),
        )

    def note(self, asked: Asked) -> None:
        """Notes a question in the audit; nobody waits for that."""
        noted = note_question(self.open_store, asked, at=self.now(), kept_for=self.audit_kept_for)
        self.running.go_on(noted)

    async def answer(self, asked: Asked) -> Message:
        """The answer to whatever was typed, of what its asker may see; there always is one."""
        try:
            answer = await self.seen_by(asked).answer_word(asked)
        except Exception as error:  # noqa: BLE001 -- somebody waits, whatever went wrong
            asked.notes.outcome = outcome_of(error)
            return excuse(error, asked.sight)
        return self.told(answer, asked)

    def told(self, answer: Message, asked: Asked) -> Message:
        """An answer as it is told: of what its asker may see, and where others may see less, not shared unasked."""
        answer = seen_message(answer, asked.sight)
        return asked_before_sharing(answer, asked.sight) if asked.may_see_less else answer

    def seen_by(self, asked: Asked) -> Answers:
        """The same, from a store in which only what the asker may see is there."""
        return replace(self, open_store=seen_through(self.open_store, asked.sight))

    async def answer_word(self, asked: Asked) -> Message:
        """The answer by the whole text, by its first word, or a report if it is none of these words."""
        text = " ".join(asked.text.split()).lower()
        asked.notes.understood = text if text in ALONE else ""
        answer = ALONE.get(text) or LEADING.get(text.split(" ", 1)[0]) or report
        try:
            return await answer(self, asked)
        except NotUnderstood as puzzle:
            if puzzle.word in ALONE.keys() - {text}:
                raise NotUnderstood(puzzle.word, f'type "{puzzle.word}" alone') from None
            if puzzle.word in LEADING.keys() - {MONTH}:
                raise NotUnderstood(puzzle.word, f'begin with it, as in "{puzzle.word} …"') from None
            raise


def excuse(error: Exception, sight: Sight) -> Message:
    """What somebody is told who gets no answer: what to ask instead, or who can help.

    Which teams and keys contradict each other is for whoever sees everything.
    """
    match error:
        case WrongRules() if not sight.is_everything:
            return could_not_answer(f"The teams contradict each other. {ASK_WHO_SEES_ALL}")
        case Ambiguous():
            return ask_back(error)
        case NotUnderstood():
            return help_answer(error)
        case PeopleOff() | WrongRules():
            return could_not_answer(f"{str(error)[:1].upper()}{str(error)[1:]}")
    return apology(error)


def outcome_of(error: Exception) -> Outcome:
    """What became of a question that an error answers."""
    match error:
        case Ambiguous() | NotUnderstood():
            return Outcome.NOT_UNDERSTOOD
        case PeopleOff():
            return Outcome.REFUSED
    return Outcome.FAILED


# --- What each word is answered by ---


async def report(answers: Answers, asked: Asked) -> Message:
    """A period, its groupings."""
    rest = without_by_unit(asked.text)
    if rest is not None:
        return await answer_by_unit(answers.whole, asked, rest, units=answers.units, now=answers.now)
    return await answer_report(
        answers.open_store,
        asked,
        whole=answers.whole,
        now=answers.now,
        privacy=answers.privacy,
        teams=answers.teams,
    )


async def unit(answers: Answers, asked: Asked) -> Message:
    """What one of many cost."""
    return await answer_unit(answers.whole, asked, units=answers.units, now=answers.now)


async def why(answers: Answers, asked: Asked) -> Message:
    """A workspace or a team, a period."""
    return await answer_why(answers.open_store, asked, whole=answers.whole, now=answers.now, teams=answers.teams)


async def month(answers: Answers, asked: Asked) -> Message:
    """The month so far, or a report of it."""
    told = await answer_month(answers.open_store, asked, whole=answers.whole, now=answers.now, teams=answers.teams)
    return told or await report(answers, asked)


async def forecast(answers: Answers, asked: Asked) -> Message:
    """What it comes to."""
    return await answer_forecast(answers.open_store, asked, whole=answers.whole, now=answers.now, teams=answers.teams)


async def alerts(answers: Answers, asked: Asked) -> Message:
    """What is open."""
    return await answer_alerts(answers.open_store, asked, units=answers.units, whole=answers.whole, now=answers.now)


async def tune(answers: Answers, _asked: Asked) -> Message:
    """Other thresholds."""
    today = answers.now().date()
    return await answer_tune(answers.open_store, answers.contract, replay=answers.replay, today=today)


async def savings(answers: Answers, asked: Asked) -> Message:
    """What could be saved."""
    return await answer_savings(answers.open_store, asked, whole=answers.whole, now=answers.now)


async def budget(answers: Answers, asked: Asked) -> Message:
    """How budgets stand."""
    return await answer_budget(answers.open_store, asked, answers.budgets, now=answers.now)


async def digest(answers: Answers, asked: Asked) -> Message:
    """The last digest; who gets one."""
    return await answers.digests.answer(answers.open_store, asked, now=answers.now())


async def status(answers: Answers, asked: Asked) -> Message:
    """How the bot is."""
    return await answer_status(answers.open_store, asked, answers.status)


async def show_help(_answers: Answers, asked: Asked) -> Message:
    """What can be asked."""
    return answer_help(" ".join(asked.text.split()[1:]))


Answerer: TypeAlias = "Callable[[Answers, Asked], Awaitable[Message]]"

ALONE: dict[str, Answerer] = {
    "alerts": alerts,
    TUNE: tune,
    SAVINGS: savings,
    "status": status,
}
"""Words that are all that was typed; each has a line in `messages/commands.py`."""

LEADING: dict[str, Answerer] = {
    WHY: why,
    MONTH: month,
    FORECAST: forecast,
    BUDGET: budget,
    UNIT: unit,
    HELP: show_help,
    DIGEST: digest,
}
"""Words that others may follow; each has a line there too."""


def register_claudecost(app: AsyncApp, answers: Answers) -> None:
    """Answers the slash command: acknowledged first and alone, answered to the asker or by a window."""
    exploring = register_explore(app, answers)

    async def claudecost(args: AsyncArgs) -> None:
        await args.ack()
        asked = Asked.of(args.body)
        with answers.running.answer():
            if asked.text.strip().lower() == EXPLORE:
                answer = await exploring.open(args, channel=asked.channel)
            else:
                answer = await answers.attend(args, asked)
            if answer is not None:
                await reply(args.respond, answer, to="asker")

    app.command(COMMAND)(claudecost)
    register_help_clicks(app, answer=answers.attend, exploring=exploring, running=answers.running)
