"""The bot's resident memory: idle on the big database, and at its highest while it backfills an empty one.

Idle is what has had nothing to do for ten seconds: by then what was freed has been given back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psutil

from bot.sandbox.slack.local import LocalSlack
from tests.bench.answering import COMMAND, QUESTIONS, until_synced
from tests.bench.figures import Below, Figure, Limit, megabytes
from tests.bench.processes import PATIENCE_SECONDS, admin_api, bot, echo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.big import Bench
    from tests.e2e.harness import Process

LOOK_EVERY_SECONDS = 0.01
QUIET_SECONDS = 10.0
NOTHING_TO_DO = 0.05
"""The part of the time in which a process may work and still be idle."""
IDLE = Below(120_000_000, megabytes)
PEAK = Below(300_000_000, megabytes)


def measure_memory(bench: Bench) -> list[Figure]:
    """Idle after the start beside an idle echo, after answers, at the peak of a first backfill and after it."""
    echoed, (idle, answered), (peak, backfilled) = asyncio.run(watch(bench, bench.copy_of_big_database("memory")))
    limit = Limit(figure=echoed, what="bare Bolt echo")
    lines = (
        ("memory: idle after start", idle, IDLE),
        ("memory: idle after answers", answered, IDLE),
        (f"memory: peak of a first backfill of {bench.scale.cost_rows:,} lines of the bill", peak, PEAK),
        ("memory: idle after that backfill", backfilled, IDLE),
    )
    return [
        Figure(measurement=what, figure=figure, limit=limit, aim=aim, shown=megabytes) for what, figure, aim in lines
    ]


async def watch(bench: Bench, database: Path) -> tuple[int, tuple[int, int], tuple[int, int]]:
    """All of it, one process after the other."""
    async with admin_api(bench) as address:
        return (
            await echo_idle(bench),
            await idle_and_answered(bench, database=database, admin_api=address),
            await peak_and_backfilled(bench, admin_api=address),
        )


async def echo_idle(bench: Bench) -> int:
    """A connected echo's memory."""
    async with LocalSlack(now=bench.now) as slack, echo(bench, slack) as process:
        await slack.until_connected(within=PATIENCE_SECONDS)
        return await resident_idle(process)


async def idle_and_answered(bench: Bench, *, database: Path, admin_api: str) -> tuple[int, int]:
    """The bot's memory once it has synced, and once it has answered each question as well."""
    async with (
        LocalSlack(now=bench.now) as slack,
        bot(bench, slack, database=database, admin_api=admin_api) as process,
    ):
        await slack.until_connected(within=PATIENCE_SECONDS)
        await until_synced(bench, slack)
        idle = await resident_idle(process)
        for question in QUESTIONS:
            await slack.ask(COMMAND, question, within=PATIENCE_SECONDS)
        return idle, await resident_idle(process)


async def peak_and_backfilled(bench: Bench, *, admin_api: str) -> tuple[int, int]:
    """The bot's memory at the highest of a backfill, and after it."""
    async with (
        LocalSlack(now=bench.now) as slack,
        bot(bench, slack, database=bench.folder / "backfilled.db", admin_api=admin_api) as process,
    ):
        watching = asyncio.create_task(highest(process))
        await until_synced(bench, slack)
        backfilled = await resident_idle(process)
        watching.cancel()
        return await watching, backfilled


async def highest(process: Process) -> int:
    """The most memory a process had until the watch is called off."""
    peak = 0
    try:
        while True:
            peak = max(peak, resident(process))
            await asyncio.sleep(LOOK_EVERY_SECONDS)
    except asyncio.CancelledError:
        return peak


async def resident_idle(process: Process) -> int:
    """Bytes of memory a process has once it has had nothing to do for a while."""
    worked = seconds_worked(process)
    while True:
        await asyncio.sleep(QUIET_SECONDS)
        before, worked = worked, seconds_worked(process)
        if worked - before < NOTHING_TO_DO * QUIET_SECONDS:
            return resident(process)


def seconds_worked(process: Process) -> float:
    """Processor time a process has used up to now."""
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


def resident(process: Process) -> int:
    """Bytes of memory a process has at present."""
    return int(psutil.Process(process.pid).memory_info().rss)
