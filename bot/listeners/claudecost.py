"""`/claudecost`: acknowledge, find out what is asked, answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.question import NotUnderstood, PeopleOff
from bot.listeners.alerts import answer_alerts
from bot.listeners.apology import apology
from bot.listeners.asked import Asked
from bot.listeners.reply import reply
from bot.listeners.report import answer_report
from bot.listeners.status import answer_status
from bot.listeners.tune import TUNE, answer_tune
from bot.listeners.why import WHY, answer_why
from bot.messages.help import help_answer
from bot.messages.notices import could_not_answer
from bot.model import NOBODY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime
    from typing import Any

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

    from bot.analysis.contract import Contract
    from bot.listeners.running import Running
    from bot.listeners.tune import Replay
    from bot.messages.status import Status
    from bot.model import Message, Privacy
    from bot.snapshots.threads import OpenStore

COMMAND = "/claudecost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers questions from the snapshots; never asks the Admin API."""

    open_store: OpenStore
    now: Callable[[], datetime]
    status: Callable[[], Awaitable[Status]]
    running: Running
    contract: Contract
    say_now: Callable[[], Awaitable[None]]
    replay: Replay
    privacy: Privacy = NOBODY

    async def answer(self, asked: Asked) -> Message:
        """The answer to whatever was typed; there always is one."""
        try:
            return await self.answer_word(asked)
        except NotUnderstood as puzzle:
            return help_answer(puzzle)
        except PeopleOff as reason:
            return could_not_answer(f"{str(reason)[:1].upper()}{str(reason)[1:]}")
        except Exception as error:  # noqa: BLE001 -- somebody waits, whatever went wrong
            return apology(error)

    async def answer_word(self, asked: Asked) -> Message:
        """The answer by the first word, a report if it is none of the others."""
        word = asked.text.strip().lower()
        if word == "help":
            return help_answer(None)
        if word == "status":
            return await answer_status(self.status)
        if word == TUNE:
            return await answer_tune(self.open_store, self.contract, replay=self.replay, today=self.now().date())
        if word == "alerts":
            return await answer_alerts(self.open_store)
        if word.split()[:1] == [WHY]:
            return await answer_why(self.open_store, asked, now=self.now)
        return await answer_report(self.open_store, asked, now=self.now, privacy=self.privacy)


def register_claudecost(app: AsyncApp, answers: Answers) -> None:
    """Answers the slash command: acknowledged first and alone, answered to the asker."""

    async def claudecost(ack: AsyncAck, command: Mapping[str, Any], respond: AsyncRespond) -> None:
        await ack()
        with answers.running.answer():
            await reply(respond, await answers.answer(Asked.of(command)), to="asker")

    app.command(COMMAND)(claudecost)
