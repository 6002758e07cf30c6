"""Saving a backfill, against raw `executemany … ON CONFLICT DO UPDATE` into the same tables in one transaction."""

from __future__ import annotations

import sqlite3
import statistics
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from bot.model import CostSeries, UsageSeries
from bot.snapshots.columns import day_number
from tests.bench.big import found, save
from tests.bench.figures import Figure, Limit, Times, seconds, seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.bench.big import Bench, Stretch

RAW_COST = """
INSERT INTO cost (organization_id, day, series_id, amount) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET amount = excluded.amount
"""

RAW_USAGE = """
INSERT INTO usage (
    organization_id, day, series_id, uncached_input, output, cache_read, cache_write_5m, cache_write_1h, web_searches
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    uncached_input = excluded.uncached_input, output = excluded.output, cache_read = excluded.cache_read,
    cache_write_5m = excluded.cache_write_5m, cache_write_1h = excluded.cache_write_1h,
    web_searches = excluded.web_searches
"""


def measure_upsert(bench: Bench) -> Iterator[Figure]:
    """The bill alone, then with the usage that comes along with it."""
    yield figure(bench, f"upsert: {bench.scale.cost_rows:,} lines of the bill", part=without_usage)
    yield figure(bench, f"upsert: those and {bench.scale.usage_rows:,} of usage", part=whole)


def without_usage(stretch: Stretch) -> Stretch:
    """The bill alone."""
    return replace(stretch, usage=[])


def whole(stretch: Stretch) -> Stretch:
    """The bill and the usage."""
    return stretch


def figure(bench: Bench, measurement: str, *, part: Callable[[Stretch], Stretch]) -> Figure:
    """Several pairs of backfills at once, taking turns with every stretch; the medians of their times."""
    pairs = [Pair(bench, number) for number in range(bench.scale.rounds)]
    for stretch in map(part, bench.stretches(days=bench.scale.days)):
        for pair in pairs:
            pair.save(stretch)
    for pair in pairs:
        pair.finish()
    return Figure(
        measurement=measurement,
        figure=statistics.median(pair.seconds for pair in pairs),
        limit=Limit(figure=statistics.median(pair.raw_seconds for pair in pairs), what="raw executemany"),
        aim=Times(1.3),
        shown=seconds,
    )


class Pair:
    """A backfill, and the same rows written raw into another file."""

    def __init__(self, bench: Bench, number: int) -> None:
        self.bench = bench
        self.path = bench.folder / f"upsert-{number}.db"
        self.raw_path = bench.folder / f"upsert-{number}-raw.db"
        for path in (self.path, self.raw_path):
            found(path, bench.organization, now=bench.now())
        self.raw = Raw(self.raw_path)
        self.seconds = self.raw_seconds = 0.0

    def save(self, stretch: Stretch) -> None:
        """Saves a stretch in both ways."""
        cost, usage = self.raw.cost_rows(stretch), self.raw.usage_rows(stretch)
        self.seconds += seconds_of(partial(save, self.path, stretch, at=self.bench.now()))
        self.raw_seconds += seconds_of(partial(self.raw.write, cost, usage))

    def finish(self) -> None:
        """Ends the raw transaction, and leaves nothing behind."""
        self.raw_seconds += seconds_of(self.raw.commit)
        self.path.unlink()
        self.raw_path.unlink()


@dataclass
class Raw:
    """One open transaction."""

    path: Path
    numbers: dict[CostSeries | UsageSeries, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("BEGIN IMMEDIATE")

    def cost_rows(self, stretch: Stretch) -> list[tuple[int, ...]]:
        """Rows ready to be bound; this is not measured."""
        return [(1, day_number(line.day), self.number(line.series), line.amount) for line in stretch.cost]

    def usage_rows(self, stretch: Stretch) -> list[tuple[int, ...]]:
        """The same of usage."""
        return [
            (1, day_number(line.day), self.number(line.series), *line.tokens, line.web_searches)
            for line in stretch.usage
        ]

    def number(self, series: CostSeries | UsageSeries) -> int:
        """The stored number of a series."""
        if series not in self.numbers:
            self.numbers[series] = self.add(series)
        return self.numbers[series]

    def add(self, series: CostSeries | UsageSeries) -> int:
        """Stores a series."""
        table = "cost_series" if isinstance(series, CostSeries) else "usage_series"
        places = ", ".join("?" * (1 + len(series)))
        columns = ", ".join(series._fields)
        insert = f"INSERT INTO {table} (organization_id, {columns}) VALUES ({places})"  # noqa: S608 -- own names only
        return self.connection.execute(insert, (1, *series)).lastrowid or 0

    def write(self, cost: list[tuple[int, ...]], usage: list[tuple[int, ...]]) -> None:
        """Writes rows: the limit."""
        self.connection.executemany(RAW_COST, cost)
        self.connection.executemany(RAW_USAGE, usage)

    def commit(self) -> None:
        """Ends the transaction and closes the file."""
        self.connection.execute("COMMIT")
        self.connection.close()
