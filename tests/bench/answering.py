"""`/claudecost` as people meet it: from Slack's envelope to the acknowledgement and to the answer.

The bot runs as a process on the big database, a bare Bolt echo as another; they take turns being asked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import TYPE_CHECKING

from bot.sandbox.slack.local import LocalSlack
from tests.bench.figures import Below, Figure, Limit, percentile, seconds
from tests.bench.processes import PATIENCE_SECONDS, admin_api, bot, echo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.bench.big import Bench

COMMAND = "/claudecost"
QUESTIONS = (
    *("7d", "today", "7d by key", "month by model", "30d by day"),
    *("7d workspace:'Workspace 1' by model", "30d claude-bench-1 by day", "30d key:'Key 7' by day", "-'Workspace 1'"),
    *("3m by week", "year by month", "3m by week workspace", "7d vs last month top 5"),
)
ASKERS = 4

ACK = Below(0.150, seconds)
ANSWER = Below(0.400, seconds)


def measure_answers(bench: Bench) -> list[Figure]:
    """Each question by itself, asked by one person at a time; then all of them, asked by several at once."""
    return asyncio.run(ask_both(bench, bench.copy_of_big_database("answers")))


async def ask_both(bench: Bench, database: Path) -> list[Figure]:
    """Starts the bot and the echo, and asks."""
    async with (
        LocalSlack(now=bench.now) as slack,
        LocalSlack(now=bench.now) as echo_slack,
        admin_api(bench) as address,
        bot(bench, slack, database=database, admin_api=address),
        echo(bench, echo_slack),
    ):
        await until_synced(bench, slack)
        await echo_slack.until_connected(within=PATIENCE_SECONDS)
        return await ask_everything(bench.scale.questions, slack, echo_slack)


async def until_synced(bench: Bench, slack: LocalSlack) -> None:
    """The first sync is over and has been reported, and the process is at rest."""
    await slack.wait_until(lambda: bool(slack.messages()), within=PATIENCE_SECONDS)
    await asyncio.sleep(bench.scale.settling_seconds)


async def ask_everything(count: int, slack: LocalSlack, echo_slack: LocalSlack) -> list[Figure]:
    """`count` answers to each question, and as many to their mix."""
    figures: list[Figure] = []
    for question in QUESTIONS:
        ours, echoed = Waits(), Waits()
        for _ in range(count):
            await echoed.ask(echo_slack, question)
            await ours.ask(slack, question)
        figures += ours.figures(question, beside=echoed)
    ours, echoed = Waits(), Waits()
    for questions in batches(count):
        await asyncio.gather(*(echoed.ask(echo_slack, question) for question in questions))
        await asyncio.gather(*(ours.ask(slack, question) for question in questions))
    return [*figures, *ours.figures(f"a mix, {ASKERS} at once", beside=echoed)]


def batches(count: int) -> list[list[str]]:
    """The questions in turn, so many at once."""
    questions = cycle(QUESTIONS)
    return [list(islice(questions, ASKERS)) for _ in range(-(-count // ASKERS))]


@dataclass(slots=True)
class Waits:
    """Seconds from an envelope to its acknowledgement, and to the answer."""

    acks: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)

    async def ask(self, slack: LocalSlack, question: str) -> None:
        """Asks, and waits for the answer."""
        asked = await slack.command(COMMAND, question)
        await asked.answer(within=PATIENCE_SECONDS)
        self.acks.append(asked.acked_after or 0.0)
        self.answers.append(asked.answered_after[0])

    def figures(self, question: str, *, beside: Waits) -> Sequence[Figure]:
        """Both waits beside the echo's."""
        ack, answer = percentile(self.acks, 99), percentile(self.answers, 95)
        echoed_ack, echoed_answer = percentile(beside.acks, 99), percentile(beside.answers, 95)
        return (
            Figure(
                measurement=f"answers: {question}, ack p99",
                figure=ack,
                limit=Limit(figure=echoed_ack, what="bare Bolt echo"),
                aim=ACK,
                shown=seconds,
            ),
            Figure(
                measurement=f"answers: {question}, answer p95",
                figure=answer,
                limit=Limit(figure=echoed_answer, what="bare Bolt echo"),
                aim=ANSWER,
                shown=seconds,
            ),
        )
