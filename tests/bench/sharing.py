"""Two months' bills shared among API keys: each workspace's models used by all its keys, each kind of token billed.

Every day is shared once, after it was saved; reports add up what came of it. The limit is a plain GROUP BY of a month:
tokens by key, which SQLite adds up without sharing anything.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.attribution import by_key
from bot.analysis.question import parse_question
from bot.jobs.keys import share_day
from bot.loading.keys import share_among_keys
from bot.loading.report import load_report
from bot.model import BILLED_TOKENS, CostLine, CostSeries, Interval, Source, Tokens, UsageLine, UsageSeries
from bot.snapshots import open_store
from bot.snapshots.columns import day_number
from tests.bench.big import found, share
from tests.bench.figures import Below, Figure, Limit, medians, seconds

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
QUESTIONS = ("7d by key", *(f"{DAYS}d by {by}" for by in ("key", "workspace key", "model key", "day key")))

AIM = Below(0.400, seconds)

GROUP_BY = """
SELECT api_key_id, sum(uncached_input + output + cache_read + cache_write_5m + cache_write_1h)
FROM usage JOIN usage_series ON usage_series.id = series_id
WHERE usage.organization_id = ? AND day >= ? AND day < ?
GROUP BY api_key_id
"""


def measure_sharing(bench: Bench) -> Iterator[Figure]:
    """Of lines in memory, of a day after a sync, and of what is answered from then on."""
    month = Interval(bench.today - timedelta(days=DAYS), bench.today)
    path = build(bench, Interval(month.since - timedelta(days=DAYS), month.until))
    questions = [parse_question(words, today=bench.today) for words in QUESTIONS]
    with open_store(path) as store:
        cost, usage = list(store.ledger.load_cost_lines(month)), list(store.ledger.load_usage_lines(month))
        bare, shared, one_day, unshared = medians(
            lambda: group_by(store, month),
            lambda: by_key(cost, usage),
            lambda: share_day(store, month.since),
            lambda: share_among_keys(store, month, within=()),
            rounds=bench.scale.rounds,
        )
        share(path)
        reports = medians(
            *[lambda question=question: load_report(store, question) for question in questions],
            rounds=bench.scale.rounds,
        )
    limit = Limit(figure=bare, what="plain GROUP BY key")
    lines = f"{len(cost):,} lines by {len(usage):,} of usage"
    for what, figure in ((lines, shared), (f"those of {DAYS} days read and shared", unshared), ("a day", one_day)):
        yield Figure(measurement=f"sharing: {what}", figure=figure, limit=limit, shown=seconds)
    for words, figure in zip(QUESTIONS, reports, strict=True):
        yield Figure(measurement=f"sharing: report {words}", figure=figure, limit=limit, aim=AIM, shown=seconds)


def group_by(store: Store, month: Interval) -> None:
    """Adds up tokens by key."""
    bounds = (store.session.organization_id, day_number(month.since), day_number(month.until))
    store.session.execute(GROUP_BY, bounds).fetchall()


def build(bench: Bench, days: Interval) -> Path:
    """A database with these days in it."""
    path = bench.folder / "shared.db"
    found(path, bench.organization, now=bench.now())
    with open_store(path) as store:
        for day in days.days():
            store.ledger.save_days(
                Interval(day, day + timedelta(days=1)),
                cost=cost_of(day, bench.scale),
                usage=usage_of(day, bench.scale),
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
