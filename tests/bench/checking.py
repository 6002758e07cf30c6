"""The week-over-week check, SQL and analysis together, against a bare sum over the same days."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.analysis.contract import Contract
from bot.analysis.coverage import WEEKS
from bot.jobs.judge import WEEK, judge
from bot.snapshots import open_store
from bot.snapshots.columns import day_number
from tests.bench.figures import Figure, Limit, Times, medians, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from bot.snapshots import Store
    from tests.bench.big import Bench

CONTRACT = Contract(threshold_percent=Decimal(25), min_increase=None)
SHORT_HISTORY = 60

SUM = "SELECT sum(amount) FROM cost WHERE organization_id = ? AND day > ? AND day <= ?"


def measure_check(bench: Bench) -> Iterator[Figure]:
    """On all days, and on a short history."""
    short = bench.build(bench.folder / "short.db", days=SHORT_HISTORY)
    day = bench.today - timedelta(days=1)
    with open_store(bench.big_database) as store, open_store(short) as short_store:
        check, bare, short_check = medians(
            lambda: judge(store, day=day, contract=CONTRACT),
            lambda: bare_sum(store, day),
            lambda: judge(short_store, day=day, contract=CONTRACT),
            rounds=bench.scale.repeats,
        )
    yield Figure(
        measurement=f"check: week over week on {bench.scale.cost_rows:,} rows",
        figure=check,
        limit=Limit(figure=bare, what="bare sum of its days"),
        aim=Times(3.5),
        shown=seconds,
    )
    yield Figure(
        measurement=f"check: {bench.scale.days} days of history",
        figure=check,
        limit=Limit(figure=short_check, what=f"{SHORT_HISTORY} days of history"),
        aim=Times(1.2),
        shown=seconds,
    )


def bare_sum(store: Store, day: date) -> None:
    """Reads the days a check reads, and does nothing else."""
    newest = day_number(day)
    store.session.execute(SUM, (store.session.organization_id, newest - WEEK * WEEKS, newest)).fetchone()
