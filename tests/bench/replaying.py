"""A year replayed: how long that takes, and whether it takes more memory than a month."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.jobs.replay import replay
from bot.model import Interval
from bot.snapshots import open_store
from bot.snapshots.columns import day_number
from tests.bench.big import Bench
from tests.bench.checking import CONTRACT
from tests.bench.figures import Below, Figure, Limit, Times, medians, megabytes, seconds
from tests.bench.processes import CLAUDECOST, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.snapshots import Store

YEAR, MONTH = 365, 30
HISTORY = 35
"""What the first day of a replay is judged by."""

SCAN = """
SELECT day, series_id, amount FROM cost WHERE organization_id = ? AND day >= ? AND day < ?
"""


def smaller(bench: Bench) -> Bench:
    """Half of the workspaces with half of the models, in a folder of its own."""
    scale = bench.scale
    folder = bench.folder / "replayed"
    folder.mkdir(exist_ok=True)
    half = replace(scale, workspaces=-(-scale.workspaces // 2), models=-(-scale.models // 2), keys=1)
    return Bench(scale=half, folder=folder, now=bench.now)


def days_of(bench: Bench, most: int) -> Interval:
    """The newest days, as many as have what they are judged by before them."""
    days = min(most, max(1, bench.scale.days - HISTORY))
    return Interval(bench.today - timedelta(days=days), bench.today)


def called(bench: Bench, days: Interval) -> str:
    """What is replayed."""
    return f"{len(days)} days of {bench.scale.workspaces} workspaces × {bench.scale.models} models"


def measure_replay(bench: Bench) -> Iterator[Figure]:
    """A year beside a plain scan of its lines."""
    half = smaller(bench)
    year = days_of(half, YEAR)
    with open_store(half.big_database) as store:
        replayed, scanned = medians(
            lambda: replay_all(store, year), lambda: scan(store, year), rounds=bench.scale.rounds
        )
    yield Figure(
        measurement=f"replay: {called(half, year)}",
        figure=replayed,
        limit=Limit(figure=scanned, what="plain scan of the lines"),
        aim=Below(10, seconds),
        shown=seconds,
    )


def replay_all(store: Store, days: Interval) -> int:
    """Every message of it."""
    return sum(len(said) for _, (said,) in replay(store, days, [CONTRACT]))


def scan(store: Store, days: Interval) -> int:
    """Reads every line of the bill that the replay rests on."""
    since, until = day_number(days.since - timedelta(days=HISTORY)), day_number(days.until)
    return len(store.session.execute(SCAN, (store.session.organization_id, since, until)).fetchall())


def measure_replay_memory(bench: Bench) -> Iterator[Figure]:
    """A year's peak beside a month's."""
    half = smaller(bench)
    year, month = (days_of(half, most) for most in (YEAR, MONTH))
    yield Figure(
        measurement=f"replay-memory: {called(half, year)}",
        figure=peak_of(half.big_database, year),
        limit=Limit(figure=peak_of(half.big_database, month), what=f"{len(month)} days"),
        aim=Times(1.1),
        shown=megabytes,
    )


def peak_of(database: Path, days: Interval) -> int:
    """The most memory that `claudecost replay` has at any time, in bytes."""
    command = [str(CLAUDECOST), "replay", "--since", str(days.since), "--until", str(days.until), "--json"]
    settings = environment({"CLAUDECOST_DATABASE": str(database)})
    process = subprocess.Popen(command, env=settings, cwd=database.parent, stdout=subprocess.DEVNULL)  # noqa: S603 -- ours
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
