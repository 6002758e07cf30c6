"""How long until the bot is there, and until the command line has said what it can do."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from bot.sandbox.slack.local import LocalSlack
from tests.bench.figures import Below, Figure, Limit, medians, seconds
from tests.bench.processes import CLAUDECOST, PATIENCE_SECONDS, admin_api, bot, echo, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from tests.bench.big import Bench
    from tests.e2e.harness import Process

STARTS = 5


def measure_start(bench: Bench) -> Iterator[Figure]:
    """From the command to Slack's hello on the socket, on the big database."""
    ours, echoed = asyncio.run(starts(bench, bench.copy_of_big_database("start")))
    limit = Limit(figure=statistics.median(echoed), what="bare Bolt echo")
    yield Figure(
        measurement="start: to connected",
        figure=statistics.median(ours),
        limit=limit,
        aim=Below(2.0, seconds),
        shown=seconds,
    )


async def starts(bench: Bench, database: Path) -> tuple[list[float], list[float]]:
    """Seconds each start of the bot took, and each of the echo."""
    ours, echoed = [], []
    async with LocalSlack(now=bench.now) as slack, admin_api(bench) as address:
        for _ in range(STARTS):
            echoed.append(await seconds_to_connect(slack, echo(bench, slack)))
            ours.append(await seconds_to_connect(slack, bot(bench, slack, database=database, admin_api=address)))
    return ours, echoed


async def seconds_to_connect(slack: LocalSlack, process: AbstractAsyncContextManager[Process]) -> float:
    """Starts a process, waits for its socket, stops it."""
    await slack.wait_until(lambda: slack.sockets.count_staying() == 0, within=PATIENCE_SECONDS)
    started = time.perf_counter()
    async with process:
        await slack.until_connected(within=PATIENCE_SECONDS)
        return time.perf_counter() - started


def measure_help(bench: Bench) -> Iterator[Figure]:
    """`claudecost --help` beside a Python that imports what draws it."""
    ours, bare = medians(
        lambda: run([CLAUDECOST, "--help"]),
        lambda: run([sys.executable, "-c", "import click"]),
        rounds=bench.scale.repeats,
    )
    limit = Limit(figure=bare, what="python -c 'import click'")
    yield Figure(
        measurement="help: claudecost --help", figure=ours, limit=limit, aim=Below(0.3, seconds), shown=seconds
    )


def run(command: Sequence[str | Path]) -> None:
    """One command from its start to its end."""
    subprocess.run(command, check=True, env=environment({}), stdout=subprocess.DEVNULL)  # noqa: S603 -- our own
