"""The bill against tokens × price over a week and a month, against reading the same lines and doing nothing with them.

Every line is billed at a discount that nobody told of, so that each has a difference whose cause must be found.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.analysis.prices import PriceTable
from bot.loading.reconcile import load_reconciliation
from bot.model import Interval
from bot.snapshots import open_store
from bot.snapshots.columns import day_number
from tests.bench.figures import Figure, Limit, Times, medians, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from bot.snapshots import Store
    from tests.bench.big import Bench

PERIODS = {"a week": 7, "a month": 30}
DEARER = Decimal("1.25")
"""What is billed is four fifths of this price."""

SCAN = "SELECT * FROM {table} WHERE organization_id = ? AND day >= ? AND day < ?"


@dataclass(frozen=True, slots=True)
class BenchPrice:
    """A price of the big organisation's: the same for input and output."""

    input: Decimal
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    since: date | None = None

    @property
    def output(self) -> Decimal:
        """As dear as input."""
        return self.input


def measure_reconcile(bench: Bench) -> Iterator[Figure]:
    """Each period, as `claudecost reconcile` compares it."""
    prices = PriceTable.build(
        {f"claude-bench-{model}": [BenchPrice((1 + model) * DEARER)] for model in range(bench.scale.models)}
    )
    with open_store(bench.big_database) as store:
        for name, days in PERIODS.items():
            yield figure_of(store, bench, prices, name=name, days=days)


def figure_of(store: Store, bench: Bench, prices: PriceTable, *, name: str, days: int) -> Figure:
    """One period's time beside its scan's."""
    interval = Interval(bench.today - timedelta(days=days), bench.today)
    lines = bench.scale.cost_rows // bench.scale.days * days
    reconciled, scanned = medians(
        lambda: load_reconciliation(store, interval, prices), lambda: scan(store, interval), rounds=bench.scale.rounds
    )
    return Figure(
        measurement=f"reconcile: {name}, {lines:,} lines of the bill",
        figure=reconciled,
        limit=Limit(figure=scanned, what="plain scan of its lines"),
        aim=Times(25),
        shown=seconds,
    )


def scan(store: Store, interval: Interval) -> None:
    """Reads the bill's lines and those of usage, and does nothing else."""
    for table in ("cost", "usage"):
        bounds = (store.session.organization_id, day_number(interval.since), day_number(interval.until))
        deque(store.session.execute(SCAN.format(table=table), bounds), maxlen=0)
