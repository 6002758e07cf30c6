"""The bench measures, on an organisation small enough not to notice. What it found is not looked at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.bench.__main__ import MEASURES
from tests.bench.big import Bench, Scale
from tests.bench.figures import Below, Figure, Limit, Times, seconds, table
from tests.bench.processes import start_python
from tests.e2e.harness import ForkedProcess
from tests.e2e.warm import CAN_FORK, inherited

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.e2e.harness import Process

TINY = Scale(workspaces=2, models=2, keys=3, days=40, rounds=1, repeats=1, questions=1, settling_seconds=0)


@pytest.mark.parametrize(
    "name",
    [
        "upsert",
        "check",
        "replay",
        "reconcile",
        "as-of",
        "answers",
        "sharing",
        "teams",
        "judging-teams",
        "units",
        "help",
    ],
)
def test_each_measurement_finds_figures(name: str, tmp_path: Path) -> None:
    bench = Bench(scale=TINY, folder=tmp_path, now=lambda: datetime.now(UTC), start=start_quickly)
    figures = list(MEASURES[name](bench))
    assert figures
    assert all(figure.figure > 0 and figure.measurement.startswith(f"{name}:") for figure in figures)


async def start_quickly(words: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> Process:
    """What it starts otherwise, which takes ten times as long to load."""
    if CAN_FORK:
        return await ForkedProcess.start(words, folder=folder, environment={**inherited(), **environment})
    return await start_python(words, folder=folder, environment=environment)


def test_a_figure_stands_beside_its_limit_and_its_aim() -> None:
    limit = Limit(figure=0.5, what="raw")
    slow = Figure(measurement="slow", figure=1.0, shown=seconds, limit=limit, aim=Times(1.5))
    fast = Figure(measurement="fast", figure=0.25, shown=seconds, aim=Below(0.3, seconds))
    assert slow.cells() == ("slow", "1.00 s", "500.0 ms raw", "2.00×", "≤ 1.5×", "missed")
    assert fast.cells() == ("fast", "250.0 ms", "–", "–", "< 300.0 ms", "met")


def test_the_table_has_a_line_for_each_figure() -> None:
    drawn = table([Figure(measurement=name, figure=1, shown=seconds) for name in ("one", "another")])
    assert drawn.row_count == 2
