"""How good forecasts are: `python -m tests.bench.forecasts [--organizations N] [--seed N] [--data FOLDER]`.

Simulated organisations and their workspaces, and real series where a folder has them (or `CLAUDECOST_BENCH_DATA` names
one), are forecast on days 3, 10 and 20 of each month and held against what the month came to, beside linear pace (what
was spent so far, carried on evenly). Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.analysis.forecast import DAYS_BEFORE, FEWEST_DAYS, DailySpend, find_forecast
from bot.model import Interval, usd
from tests.bench.demand import FIRST_DAY, SIGMAS, organization
from tests.bench.real_series import FILES, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

REPORTED_SEED = 1_000
DAYS_OF_A_MONTH = (3, 10, 20)
DAYS_BETWEEN = 5
A_MONTH = 30
HEADER = ("", "day", "forecasts", "error", "linear pace", "inside of the band", "rough")


@dataclass(slots=True)
class Score:
    """Errors in percent of what the month came to, whether that was within the band, and bands that were rough."""

    errors: list[float] = field(default_factory=list)
    linear: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)
    rough: int = 0

    def add(self, amounts: Mapping[date, int], month: Interval, *, day: int) -> None:
        """One month, forecast after so many of its days."""
        today = month.since + timedelta(days=day)
        known = {at: amount for at, amount in amounts.items() if today - timedelta(days=DAYS_BEFORE) <= at < today}
        found = find_forecast(DailySpend(known, {}), month, today=today)
        actual = sum(amounts[at] for at in month.days())
        if found.total is None or found.spent is None or found.low is None or found.high is None or actual <= 0:
            return
        self.errors.append(100 * abs(found.total - actual) / actual)
        self.linear.append(100 * abs(found.spent * len(month) / day - actual) / actual)
        if found.band.is_rough:
            self.rough += 1
        else:
            self.inside.append(found.low <= actual <= found.high)

    @property
    def cells(self) -> tuple[str, ...]:
        """The figures of a table's row."""
        mean_error = f"{statistics.fmean(self.errors):.1f} %" if self.errors else "–"
        mean_linear = f"{statistics.fmean(self.linear):.1f} %" if self.linear else "–"
        inside = f"{100 * statistics.fmean(self.inside):.0f} %" if self.inside else "–"
        return str(len(self.errors)), mean_error, mean_linear, inside, str(self.rough)


def main() -> None:
    """Prints one table."""
    arguments = read_arguments()
    say("| " + " | ".join(HEADER) + " |")
    say("| " + " | ".join(["---"] * len(HEADER)) + " |")
    seeds = range(arguments.seed, arguments.seed + arguments.organizations)
    for noise in SIGMAS:
        both = [simulated(noise, seed) for seed in seeds]
        print_rows(f"{noise}, organisations", [(each, calendar_months(each)) for each, _ in both])
        print_rows(f"{noise}, workspaces", [(each, calendar_months(each)) for _, parts in both for each in parts])
    if arguments.data:
        for name, column in FILES.items():
            print_rows(name.partition("_daily")[0], list(real(Path(arguments.data) / name, column)))


def print_rows(title: str, series: Sequence[tuple[Mapping[date, int], Sequence[Interval]]]) -> None:
    """A row for each day of the month."""
    for day in DAYS_OF_A_MONTH:
        score = Score()
        for amounts, months in series:
            for month in months:
                score.add(amounts, month, day=day)
        say("| " + " | ".join((title, str(day), *score.cells)) + " |")


def simulated(noise: str, seed: int) -> tuple[dict[date, int], list[dict[date, int]]]:
    """An organisation's days, without incidents, and those of each of its workspaces."""
    demand = organization(noise, seed).clean
    workspaces: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * len(next(iter(demand.values()))))
    for (workspace_id, _), days in demand.items():
        workspaces[workspace_id] = [one + other for one, other in zip(workspaces[workspace_id], days, strict=True)]
    whole = [sum(days) for days in zip(*workspaces.values(), strict=True)]
    return in_nanos(whole), [in_nanos(days) for days in workspaces.values()]


def in_nanos(days: Sequence[float], first: date = FIRST_DAY) -> dict[date, int]:
    """A row of dollars as days."""
    return {first + timedelta(days=place): usd(f"{amount:.9f}") for place, amount in enumerate(days)}


def real(path: Path, column: str) -> Iterator[tuple[dict[date, int], list[Interval]]]:
    """Each series of a file; any 30 days of it are a month."""
    for days in read(path, column):
        amounts = in_nanos(days)
        yield amounts, any_months(amounts)


def calendar_months(amounts: Mapping[date, int]) -> list[Interval]:
    """The months that are known whole, with four weeks before them."""
    months = {day.replace(day=1) for day in amounts}
    each = [Interval(since, (since + timedelta(days=31)).replace(day=1)) for since in sorted(months)]
    first = min(amounts) + timedelta(days=28)
    return [month for month in each if month.since >= first and month.until - timedelta(days=1) in amounts]


def any_months(amounts: Mapping[date, int]) -> list[Interval]:
    """Thirty days, from every fifth day on that has two weeks before it."""
    first, end = min(amounts) + timedelta(days=FEWEST_DAYS), max(amounts) + timedelta(days=1)
    starts = range(0, (end - first).days - A_MONTH + 1, DAYS_BETWEEN)
    since = [first + timedelta(days=place) for place in starts]
    return [Interval(day, day + timedelta(days=A_MONTH)) for day in since]


def say(line: str) -> None:
    """A line of the table."""
    print(line, flush=True)  # noqa: T201 -- a command line


def read_arguments() -> argparse.Namespace:
    """How much, from which seed, and where real series are."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.forecasts", description=__doc__)
    parser.add_argument("--organizations", type=int, default=40, help="how many of each noise")
    parser.add_argument("--seed", type=int, default=REPORTED_SEED, help="the first one's")
    parser.add_argument("--data", default=os.environ.get("CLAUDECOST_BENCH_DATA"), help="folder of real series")
    return parser.parse_args()


if __name__ == "__main__":
    main()
