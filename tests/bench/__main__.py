"""Measures the bot against its limits: `python -m tests.bench [--quick] [-k NAME]`.

Prints one table: what was measured, the figure, the limit measured in the same run, their ratio, the aim. Seconds
depend on the machine and on what else it does; ratios carry over. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from tests.bench.answering import measure_answers
from tests.bench.big import Bench, Scale
from tests.bench.checking import measure_check
from tests.bench.figures import table
from tests.bench.memory import measure_memory
from tests.bench.reconciling import measure_reconcile
from tests.bench.remembering import measure_as_of
from tests.bench.replaying import measure_replay, measure_replay_memory
from tests.bench.saving import measure_upsert
from tests.bench.sharing import measure_sharing
from tests.bench.starting import measure_help, measure_start
from tests.bench.teams import measure_judging, measure_teams, measure_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.bench.figures import Figure

MEASURES: dict[str, Callable[[Bench], Iterable[Figure]]] = {
    "upsert": measure_upsert,
    "check": measure_check,
    "replay": measure_replay,
    "replay-memory": measure_replay_memory,
    "reconcile": measure_reconcile,
    "as-of": measure_as_of,
    "answers": measure_answers,
    "sharing": measure_sharing,
    "teams": measure_teams,
    "judging-teams": measure_judging,
    "units": measure_units,
    "start": measure_start,
    "help": measure_help,
    "memory": measure_memory,
}
WIDTH = 140


def main() -> None:
    """Runs the measurements asked for and prints their table."""
    arguments = read_arguments()
    scale = Scale().tenth() if arguments.quick else Scale()
    names = [name for name in MEASURES if arguments.k in name]
    console = Console(width=WIDTH, highlight=False)
    with tempfile.TemporaryDirectory(prefix="claudecost-bench-") as folder:
        bench = Bench(scale=scale, folder=Path(folder), now=lambda: datetime.now(UTC))
        console.print(table(figure for name in names for figure in measure(name, bench)))


def read_arguments() -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument(
        "-k", metavar="NAME", default="", help=f"only measurements with NAME in it: {', '.join(MEASURES)}"
    )
    return parser.parse_args()


def measure(name: str, bench: Bench) -> Iterable[Figure]:
    """The figures of one measurement; says on standard error which, because some take a minute."""
    print(f"measuring {name} …", file=sys.stderr, flush=True)  # noqa: T201 -- a command line
    return MEASURES[name](bench)


if __name__ == "__main__":
    main()
