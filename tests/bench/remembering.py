"""A report as of a past instant, against the same report now and against reading the same lines.

Since that instant a week was restated twice: a line in ten, and all of its usage.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.question import parse_question
from bot.loading.report import load_report
from bot.model import Interval, Source
from bot.snapshots import open_store
from tests.bench.figures import Below, Figure, Limit, medians, seconds
from tests.bench.reconciling import scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.snapshots import Store
    from tests.bench.big import Bench

QUESTIONS = ("7d", "30d by key")
RESTATED_DAYS = 7
RESTATEMENTS = 2
ONE_IN = 10
AIM = Below(2.0, seconds)


def measure_as_of(bench: Bench) -> Iterator[Figure]:
    """Each question as it was answered before the restatements, and as it is answered now."""
    with open_store(bench.copy_of_big_database("as-of")) as store:
        before = bench.now()
        for number in range(1, RESTATEMENTS + 1):
            restate(store, bench, at=before + timedelta(hours=number))
        for words in QUESTIONS:
            yield from figures_of(store, bench, words, as_of=before)


def figures_of(store: Store, bench: Bench, words: str, *, as_of: datetime) -> Iterator[Figure]:
    """A question's time then, beside its time now and a scan of both its periods."""
    question = parse_question(words, today=bench.today)
    both = Interval(question.period.previous.since, question.period.current.until)
    then, now, scanned = medians(
        lambda: load_report(store, question, as_of=as_of),
        lambda: load_report(store, question),
        lambda: scan(store, both),
        rounds=bench.scale.rounds,
    )
    for limit in (Limit(figure=now, what="the same as of now"), Limit(figure=scanned, what="plain scan of its lines")):
        yield Figure(measurement=f"as-of: report {words}", figure=then, limit=limit, aim=AIM, shown=seconds)


def restate(store: Store, bench: Bench, *, at: datetime) -> None:
    """Saves the newest days once more, some of their lines dearer by a nano-dollar."""
    days = Interval(bench.today - timedelta(days=RESTATED_DAYS), bench.today)
    cost = [
        line._replace(amount=line.amount + (number % ONE_IN == 0))
        for number, line in enumerate(store.ledger.load_cost_lines(days))
    ]
    usage = [line._replace(web_searches=line.web_searches + 1) for line in store.ledger.load_usage_lines(days)]
    store.ledger.save_days(days, cost=cost, usage=usage, source=Source.COST_REPORT, fetched_at=at)
