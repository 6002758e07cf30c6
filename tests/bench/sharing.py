"""A month's bill shared among API keys: each workspace's models used by all of its keys, each kind of token billed.

The limit is a plain GROUP BY of the same days: tokens by key, which SQLite adds up without sharing anything.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.attribution import by_key
from bot.analysis.question import parse_question
from bot.listeners.report import load_report
from bot.model import BILLED_TOKENS, CostLine, CostSeries, Interval, Source, Tokens, UsageLine, UsageSeries
from bot.snapshots import open_store
from bot.snapshots.columns import day_number
from tests.bench.big import found
from tests.bench.figures import Figure, Limit, medians, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from bot.snapshots import Store
    from tests.bench.big import Bench, Scale

DAYS = 30
SERVED = ("standard", "0-200k")
MOST_TOKENS = 10_000_000
MOST_NANOS = 50_000_000_000
QUESTIONS = ("by key", "by workspace key", "by workspace")

GROUP_BY = """
SELECT api_key_id, sum(uncached_input + output + cache_read + cache_write_5m + cache_write_1h)
FROM usage JOIN usage_series ON usage_series.id = series_id
WHERE usage.organization_id = ? AND day >= ? AND day < ?
GROUP BY api_key_id
"""


def measure_sharing(bench: Bench) -> Iterator[Figure]:
    """Of lines in memory, and of the database."""
    month = Interval(bench.today - timedelta(days=DAYS), bench.today)
    path = build(bench, month)
    questions = [parse_question(f"{DAYS}d {by}", today=bench.today) for by in QUESTIONS]
    with open_store(path) as store:
        cost, usage = list(store.ledger.load_cost_lines(month)), list(store.ledger.load_usage_lines(month))
        bare, shared, *reports = medians(
            lambda: group_by(store, month),
            lambda: by_key(cost, usage),
            *[lambda question=question: load_report(store, question) for question in questions],
            rounds=bench.scale.rounds,
        )
    limit = Limit(figure=bare, what="plain GROUP BY key")
    yield Figure(
        measurement=f"sharing: {len(cost):,} lines by {len(usage):,} of usage",
        figure=shared,
        limit=limit,
        shown=seconds,
    )
    for question, figure in zip(QUESTIONS, reports, strict=True):
        yield Figure(measurement=f"sharing: report {DAYS}d {question}", figure=figure, limit=limit, shown=seconds)


def group_by(store: Store, month: Interval) -> None:
    """Adds up tokens by key."""
    bounds = (store.session.organization_id, day_number(month.since), day_number(month.until))
    store.session.execute(GROUP_BY, bounds).fetchall()


def build(bench: Bench, month: Interval) -> Path:
    """A database with the month in it."""
    path = bench.folder / "shared.db"
    found(path, bench.organization, now=bench.now())
    with open_store(path) as store:
        store.ledger.save_days(
            month,
            cost=[line for day in month.days() for line in cost_of(day, bench.scale)],
            usage=[line for day in month.days() for line in usage_of(day, bench.scale)],
            source=Source.COST_REPORT,
            fetched_at=bench.now(),
        )
    return path


def cost_of(day: date, scale: Scale) -> Iterator[CostLine]:
    """A day's bill: each kind of token of each model in each workspace."""
    dice = random.Random(str(day))
    for workspace in range(scale.workspaces):
        for model in range(scale.models):
            for kind in BILLED_TOKENS:
                series = CostSeries(f"wrkspc_{workspace}", f"model_{model}", "tokens", kind, *SERVED, "", "")
                yield CostLine(day, series, dice.randrange(MOST_NANOS))


def usage_of(day: date, scale: Scale) -> Iterator[UsageLine]:
    """A day's usage: each model by each key of its workspace."""
    dice = random.Random(str(day))
    for key in range(scale.keys):
        for model in range(scale.models):
            series = UsageSeries(f"wrkspc_{key % scale.workspaces}", f"apikey_{key}", f"model_{model}", *SERVED)
            counts = [dice.randrange(MOST_TOKENS) for _ in Tokens._fields]
            yield UsageLine(day, series, Tokens(*counts), 0)
