"""What holds of the ledger whatever the lines."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bot.model import CostLine, CostSeries, Dimension, Interval, Source, Tokens, UsageLine, UsageSeries
from bot.snapshots import Store, open_store
from tests.builders import CHECKOUT, NOW, OPUS, SEARCH, TODAY, last_days
from tests.databases import lay_empty_database
from tests.laws import dear, lists_of, one_of_a_series, tuples_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAYS = last_days(40)

WORDS = ["", "default", CHECKOUT, SEARCH, OPUS, "tokens", "é'\"\n%s", "null"]
counts = st.integers(min_value=0, max_value=10**12)
some_cost = st.lists(
    st.tuples(tuples_of(DAYS.days(), *[WORDS] * 8), st.integers(min_value=-(10**15), max_value=10**15))
).map(lambda drawn: one_of_a_series(CostLine(day, CostSeries(*words), amount) for (day, *words), amount in drawn))
some_usage = st.lists(st.tuples(tuples_of(DAYS.days(), *[WORDS] * 5), *[counts] * 6)).map(
    lambda drawn: one_of_a_series(
        UsageLine(day, UsageSeries(*words), Tokens(*tokens), searches) for (day, *words), *tokens, searches in drawn
    )
)


@contextmanager
def new_store() -> Iterator[Store]:
    """An empty store for one example."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "claudecost.db"
        lay_empty_database(path)
        with open_store(path) as store:
            yield store


def save(
    store: Store,
    interval: Interval,
    cost: list[CostLine],
    usage: list[UsageLine],
    source: Source = Source.COST_REPORT,
) -> None:
    """Saves the lines that belong to `interval`."""
    store.ledger.save_days(
        interval,
        cost=[line for line in cost if interval.since <= line.day < interval.until],
        usage=[line for line in usage if interval.since <= line.day < interval.until],
        source=source,
        fetched_at=NOW,
    )


@dear()
@given(old_cost=some_cost, old_usage=some_usage, cost=some_cost, usage=some_usage)
def test_loading_gives_what_was_saved_last(
    old_cost: list[CostLine], old_usage: list[UsageLine], cost: list[CostLine], usage: list[UsageLine]
) -> None:
    with new_store() as store:
        save(store, DAYS, old_cost, old_usage)
        save(store, DAYS, cost, usage)

        assert sorted(store.ledger.load_cost_lines(DAYS)) == sorted(cost)
        assert sorted(store.ledger.load_usage_lines(DAYS)) == sorted(usage)
        assert store.ledger.load_spend(DAYS, []) == {(): sum(line.amount for line in cost)}


@dear()
@given(estimate=some_cost, again=some_cost, cost=some_cost, usage=some_usage)
def test_whatever_was_estimated_the_bill_replaces_it_to_the_nano_dollar(
    estimate: list[CostLine], again: list[CostLine], cost: list[CostLine], usage: list[UsageLine]
) -> None:
    with new_store() as store, new_store() as untouched:
        save(store, DAYS, estimate, usage, source=Source.ESTIMATE)
        save(store, DAYS, again, usage, source=Source.ESTIMATE)
        save(store, DAYS, cost, usage)
        save(untouched, DAYS, cost, usage)

        dimensions: list[Dimension] = ["day", "workspace", "model", "cost_type", "token_type"]
        assert sorted(store.ledger.load_cost_lines(DAYS)) == sorted(cost)
        assert store.ledger.load_spend(DAYS, ["day"]) == untouched.ledger.load_spend(DAYS, ["day"])
        assert store.ledger.load_spend(DAYS, dimensions) == untouched.ledger.load_spend(DAYS, dimensions)
        assert store.ledger.load_restatements(DAYS) == []


@dear()
@given(cost=some_cost, usage=some_usage, cuts=lists_of(DAYS.days()).map(set))
def test_saving_in_parts_gives_the_same_as_saving_at_once(
    cost: list[CostLine], usage: list[UsageLine], cuts: set[date]
) -> None:
    edges = sorted({DAYS.since, *cuts, DAYS.until})
    with new_store() as store:
        for since, until in pairwise(edges):
            save(store, Interval(since, until), cost, usage)

        assert sorted(store.ledger.load_cost_lines(DAYS)) == sorted(cost)
        assert sorted(store.ledger.load_usage_lines(DAYS)) == sorted(usage)
        assert set(store.ledger.load_fetched_days(DAYS)) == set(DAYS.days())


@dear()
@given(cost=some_cost, compared=st.sets(st.integers(0, 6), min_size=1))
def test_weekly_spend_is_what_adding_up_the_lines_gives(cost: list[CostLine], compared: set[int]) -> None:
    current = [TODAY - timedelta(days=1 + back) for back in compared]
    expected: Counter[tuple[str, str, int]] = Counter()
    for line in cost:
        for week in range(5):
            if line.day + timedelta(days=7 * week) in current:
                expected[line.series.workspace_id, line.series.model, week] += line.amount

    with new_store() as store:
        save(store, DAYS, cost, [])
        spend = store.ledger.load_weekly_spend(current)

    found = {(each.workspace_id, each.model, week): amount for each in spend for week, amount in enumerate(each.weeks)}
    assert {key: amount for key, amount in found.items() if amount} == {k: v for k, v in expected.items() if v}


DIMENSIONS: dict[Dimension, Callable[[CostLine], str]] = {
    "day": lambda line: str(line.day),
    "workspace": lambda line: line.series.workspace_id,
    "model": lambda line: line.series.model,
    "token_type": lambda line: line.series.token_type,
}


@dear()
@given(cost=some_cost, by=st.lists(st.sampled_from(list(DIMENSIONS)), unique=True))
def test_spend_is_what_adding_up_the_lines_gives(cost: list[CostLine], by: list[Dimension]) -> None:
    expected: Counter[tuple[str, ...]] = Counter()
    for line in cost:
        expected[tuple(DIMENSIONS[dimension](line) for dimension in by)] += line.amount

    with new_store() as store:
        save(store, DAYS, cost, [])
        spend = store.ledger.load_spend(DAYS, by)

    assert {key: amount for key, amount in spend.items() if amount} == {k: v for k, v in expected.items() if v}
