"""Looked at through a lens, the stored tables show what is left of them and nothing else."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.lens import EVERYTHING, NOTHING, Lens
from bot.jobs.keys import share_day
from bot.loading.keys import spend_by_key
from bot.model import (
    CostLine,
    CostSeries,
    Interval,
    KeyCostLine,
    KeyCostSeries,
    Organization,
    PersonWeight,
    Source,
    Tokens,
    UsageLine,
    UsageSeries,
    WorkspaceLines,
    usd,
)
from tests.analysis.test_lens import lenses
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    HAIKU,
    JANE,
    NOW,
    OPUS,
    SEARCH,
    YESTERDAY,
    cost_line,
    last_days,
    person_cost_line,
    person_line,
    usage_line,
)
from tests.laws import dear, lists_of, numbered, one_of_a_series, one_of_each, with_amounts
from tests.snapshots.days import day_alone, save
from tests.snapshots.test_laws import new_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.model import Dimension
    from bot.snapshots import Store

    Bill: TypeAlias = tuple[
        list[CostLine], list[UsageLine], list[tuple[tuple[CostSeries, KeyCostSeries], int]], set[date]
    ]
    Loader: TypeAlias = Callable[[Store], Iterable[tuple[tuple[object, ...], int]]]

DAYS = last_days(4)
SHARED, KEYED = Interval(DAYS.since, YESTERDAY), day_alone()
EACH: list[Dimension] = ["day", "workspace", "model", "cost_type", "token_type", "service_tier"]

WORKSPACES, MODELS, TIERS = [CHECKOUT, SEARCH], [OPUS, HAIKU, ""], ["standard", "batch"]
KEYS = ["apikey_a", "apikey_b", ""]
KINDS = [("tokens", "uncached_input_tokens"), ("tokens", "output_tokens"), ("web_search", ""), ("code_execution", "")]

some_cost = with_amounts(
    one_of_each(
        lambda day, workspace, model, kind, tier: CostLine(
            day, CostSeries(workspace, model, kind[0], kind[1], tier, "", "", ""), 0
        ),
        day=SHARED.days(),
        workspace=WORKSPACES,
        model=MODELS,
        kind=KINDS,
        tier=TIERS,
    ),
    -50,
    10**6,
    max_size=12,
).map(one_of_a_series)
some_usage = st.builds(
    lambda places, counts: one_of_a_series(
        UsageLine(day, series, Tokens(*some[:5]), some[5])
        for (day, series), some in zip(places, zip(*[iter(counts)] * 6, strict=True), strict=False)
    ),
    lists_of(
        one_of_each(
            lambda day, workspace, key, model, tier: (day, UsageSeries(workspace, key, model, tier, "")),
            day=DAYS.days(),
            workspace=WORKSPACES,
            key=KEYS,
            model=MODELS,
            tier=TIERS,
        ),
        max_size=12,
    ),
    lists_of(range(10), min_size=12 * 6, max_size=12 * 6),
)
some_keyed = numbered(
    one_of_each(
        lambda workspace, model, kind, tier, key: (
            CostSeries(workspace, model, kind[0], kind[1], tier, "", "", ""),
            KeyCostSeries(workspace, model, kind[0], kind[1], key if kind[1] else ""),
        ),
        workspace=WORKSPACES,
        model=MODELS,
        kind=KINDS,
        tier=TIERS,
        key=KEYS,
    ),
    1,
    10**6,
    max_size=8,
)
bills = st.tuples(some_cost, some_usage, some_keyed, lists_of(DAYS.days()).map(set))


@contextmanager
def store_of(bill: Bill) -> Iterator[Store]:
    """A store with a bill: on the last day it tells keys, and some days are shared already."""
    cost, usage, keyed, shared_days = bill
    by_line: Counter[CostSeries] = Counter()
    by_key: Counter[KeyCostSeries] = Counter()
    for (line, key), amount in keyed:
        by_line[line] += amount
        by_key[key] += amount
    with new_store() as store:
        store.ledger.save_days(
            SHARED,
            cost=cost,
            usage=[line for line in usage if line.day < YESTERDAY],
            source=Source.COST_REPORT,
            fetched_at=NOW,
        )
        store.ledger.save_days(
            KEYED,
            cost=[CostLine(YESTERDAY, series, amount) for series, amount in by_line.items()],
            usage=[line for line in usage if line.day == YESTERDAY],
            keys=[KeyCostLine(YESTERDAY, series, amount) for series, amount in by_key.items()],
            source=Source.ANALYTICS,
            fetched_at=NOW,
        )
        for day in sorted(shared_days):
            share_day(store, day)
        yield store


def all_lines(store: Store) -> WorkspaceLines:
    """Everything that is loaded by line."""
    ledger = store.ledger
    return WorkspaceLines(
        list(ledger.load_cost_lines(DAYS)), list(ledger.load_usage_lines(DAYS)), list(ledger.load_key_cost_lines(DAYS))
    )


def added(amounts: Iterable[tuple[tuple[object, ...], int]]) -> dict[tuple[object, ...], int]:
    """Sums that are not zero."""
    sums: Counter[tuple[object, ...]] = Counter()
    for words, amount in amounts:
        sums[words] += amount
    return {words: amount for words, amount in sums.items() if amount}


def spend(store: Store, by: list[Dimension]) -> dict[tuple[object, ...], int]:
    """Sums by dimensions that are not zero."""
    return added(store.ledger.load_spend(DAYS, by).items())


@dear()
@given(bill=bills, lens=lenses)
def test_lines_and_sums_are_what_the_lens_leaves_of_the_lines(bill: Bill, lens: Lens) -> None:
    with store_of(bill) as store:
        left = lens.look_at(all_lines(store))
        with store.looking_at(lens):
            assert all_lines(store) == left
            assert spend(store, ["day", "workspace", "model"]) == added(
                ((str(line.day), *line.series[:2]), line.amount) for line in left.cost
            )
            assert spend(store, EACH) == added(((str(line.day), *line.series[:5]), line.amount) for line in left.cost)
            totals = Counter(dict.fromkeys(DAYS.days(), 0))
            for line in left.cost:
                totals[line.day] += line.amount
            assert {day: known.total for day, known in store.ledger.load_fetched_days(DAYS).items()} == totals
            assert store.ledger.load_spend(DAYS, []) == {(): totals.total()}


@dear()
@given(bill=bills, lens=lenses)
def test_dollars_by_key_come_to_what_is_left(bill: Bill, lens: Lens) -> None:
    with store_of(bill) as store, store.looking_at(lens):
        left = spend_by_key(store, DAYS, within=["day"])
        assert sum(left.values()) == store.ledger.load_spend(DAYS, [])[()]


@dear()
@given(bill=bills, lens=lenses)
def test_a_day_in_part_is_what_the_lens_leaves_of_it(bill: Bill, lens: Lens) -> None:
    with store_of(bill) as store, store.looking_at(lens):
        whole = store.ledger.load_spend(DAYS, ["day", "workspace", "model"])
        with store.looking_at_part(YESTERDAY, half):
            part = store.ledger.load_spend(DAYS, ["day", "workspace", "model"])

    of_day = {words: amount for words, amount in whole.items() if words[0] == str(YESTERDAY)}
    assert {words: amount for words, amount in part.items() if amount} == {
        words: round(Fraction(amount, 2)) for words, amount in of_day.items() if round(Fraction(amount, 2))
    }


@dear()
@given(bill=bills, lens=lenses)
def test_it_does_not_matter_whether_the_past_or_the_lens_is_looked_through_first(bill: Bill, lens: Lens) -> None:
    with store_of(bill) as store:
        with store.looking_at(lens):
            before = all_lines(store), spend(store, EACH), spend(store, ["workspace"])
        change_everything(store)
        with store.looking_at(lens), store.reading_as_of(NOW, DAYS):
            assert (all_lines(store), spend(store, EACH), spend(store, ["workspace"])) == before
        with store.reading_as_of(NOW, DAYS), store.looking_at(lens):
            assert (all_lines(store), spend(store, EACH), spend(store, ["workspace"])) == before


def half(_workspace_id: str, _model: str) -> Fraction:
    """Every scope has come half way."""
    return Fraction(1, 2)


def change_everything(store: Store) -> None:
    """Another bill for the same days, an hour later."""
    store.ledger.save_days(
        DAYS,
        cost=[cost_line(1, day=day) for day in DAYS.days()],
        usage=[usage_line(day=day) for day in DAYS.days()],
        source=Source.COST_REPORT,
        fetched_at=NOW + timedelta(hours=1),
    )


@dear()
@given(bill=bills, first=lenses, second=lenses)
def test_a_lens_inside_another_leaves_what_both_do(bill: Bill, first: Lens, second: Lens) -> None:
    with store_of(bill) as store:
        with store.looking_at(first.within(second)):
            both = all_lines(store), spend(store, ["workspace"])
        with store.looking_at(first):
            outer = all_lines(store), spend(store, ["workspace"])
            with store.looking_at(second):
                assert (all_lines(store), spend(store, ["workspace"])) == both
            assert (all_lines(store), spend(store, ["workspace"])) == outer


LOADERS: dict[str, Loader] = {
    "cost lines": lambda store: [((*line[:2],), line.amount) for line in store.ledger.load_cost_lines(DAYS)],
    "shared lines": lambda store: [((*line[:2],), line.amount) for line in store.ledger.load_shared_cost_lines(DAYS)],
    "key lines": lambda store: [((*line[:2],), line.amount) for line in store.ledger.load_key_cost_lines(DAYS)],
    "usage lines": lambda store: [
        ((*line[:2], kind), count)
        for line in store.ledger.load_usage_lines(DAYS)
        for kind, count in enumerate((*line.tokens, line.web_searches))
    ],
    "shared usage": lambda store: [
        ((*line[:2], kind), count)
        for line in store.ledger.load_shared_usage_lines(DAYS)
        for kind, count in enumerate((*line.tokens, line.web_searches))
    ],
    "spend by model": lambda store: store.ledger.load_spend(DAYS, ["model"]).items(),
    "spend by everything": lambda store: store.ledger.load_spend(DAYS, EACH).items(),
    "fetched days": lambda store: [
        ((day,), known.total) for day, known in store.ledger.load_fetched_days(DAYS).items()
    ],
    "daily": lambda store: [((day,), amount) for day, amount in store.ledger.load_daily(DAYS, CHECKOUT).items()],
    "weekly": lambda store: [
        ((each.workspace_id, each.model, week), amount)
        for each in store.ledger.load_weekly_spend(DAYS.days())
        for week, amount in enumerate((*each.weeks, *each.amounts()))
    ],
    "workspace": lambda store: [
        ((*line[:2],), line.amount) for lines in store.ledger.load_workspace(CHECKOUT, DAYS)[::2] for line in lines
    ],
    "tokens": lambda store: [
        ((*words, kind), count)
        for words, tokens in store.ledger.load_tokens(DAYS).items()
        for kind, count in enumerate(tokens)
    ],
    "tokens by meter": lambda store: [
        ((*words, kind), count)
        for words, tokens in store.ledger.load_tokens_by_meter(DAYS).items()
        for kind, count in enumerate(tokens)
    ],
    "by key": lambda store: [
        (words[:-1], amount) for words, amount in spend_by_key(store, DAYS, within=["workspace"]).items()
    ],
}


@dear()
@given(bill=bills, lens=lenses)
def test_a_lens_and_its_opposite_add_up_to_the_whole(bill: Bill, lens: Lens) -> None:
    with store_of(bill) as store:
        whole = {name: added(load(store)) for name, load in LOADERS.items()}
        with store.looking_at(lens):
            left = {name: list(load(store)) for name, load in LOADERS.items()}
        with store.looking_at(lens.opposite):
            rest = {name: list(load(store)) for name, load in LOADERS.items()}
        assert {name: added([*left[name], *rest[name]]) for name in LOADERS} == whole


def test_nothing_is_left_by_an_empty_lens_and_days_stay_fetched(store: Store) -> None:
    save(store, cost_line(5), usage=[usage_line()])

    with store.looking_at(NOTHING):
        assert all_lines(store) == WorkspaceLines([], [], [])
        assert store.ledger.load_fetched_days(DAYS)[YESTERDAY].total == 0
        assert store.ledger.load_freshness().newest_day == YESTERDAY


def test_everything_is_left_by_a_lens_without_a_choice(store: Store) -> None:
    save(store, cost_line(5))

    with store.looking_at(EVERYTHING):
        assert store.ledger.load_spend(DAYS, ["workspace"]) == {(CHECKOUT,): usd(5)}


def test_what_is_estimated_counts_prices_of_what_is_left(store: Store) -> None:
    usage = [usage_line(model="new-model"), usage_line(model="other-model", workspace_id=SEARCH)]
    save(store, cost_line(5), usage=[*usage, usage_line()], source=Source.ESTIMATE)

    with store.looking_at(Lens.only(workspace=[SEARCH])):
        assert [each.model for each in store.ledger.load_unpriced(DAYS)] == ["other-model"]
    with store.looking_at(Lens.only(key=[CI_KEY])):
        assert len(store.ledger.load_unpriced(DAYS)) == len(usage)


def test_hours_are_those_of_the_scopes_that_are_left(store: Store) -> None:
    store.hours.save(YESTERDAY, [{(CHECKOUT, OPUS): 5, (SEARCH, OPUS): 3}] * 24)

    with store.looking_at(Lens.all_but(workspace=[CHECKOUT])):
        assert list(store.hours.load(YESTERDAY).values()) == [{(SEARCH, OPUS): 3}] * 24


def test_first_days_are_those_of_the_keys_that_are_left(store: Store) -> None:
    save(store, usage=[usage_line(api_key_id="apikey_a"), usage_line(api_key_id="apikey_b", workspace_id=SEARCH)])

    with store.looking_at(Lens.only(workspace=[SEARCH])):
        assert set(store.names.load_names().first_days) == {"apikey_b"}


def test_people_are_those_of_what_is_left_and_nobody_where_keys_decide(store: Store) -> None:
    used = [person_line(), person_line(workspace_id=SEARCH, account_id=JANE)]
    weights = [PersonWeight(YESTERDAY, JANE, OPUS, 5)]
    store.people.save_days(
        day_alone(),
        usage=used,
        cost=[person_cost_line(), person_cost_line(workspace_id=SEARCH)],
        weights=weights,
        fetched_at=NOW,
    )
    store.ledger.save_days(KEYED, cost=[], usage=[], source=Source.ANALYTICS, fetched_at=NOW)

    def people() -> tuple[list[str], list[str], int]:
        lines, cost = store.people.load_lines(DAYS), store.people.load_cost(DAYS)
        found = [line.series.workspace_id for line in lines], [line.series.workspace_id for line in cost]
        return *found, len(store.people.load_weights(DAYS))

    with store.looking_at(Lens.only(workspace=[SEARCH])):
        assert people() == ([SEARCH], [SEARCH], 1)
    with store.looking_at(Lens.only(key=[CI_KEY])):
        assert people() == ([], [], 0)


def test_what_changed_after_it_was_settled_is_that_of_what_is_left(store: Store) -> None:
    settled, later = NOW + timedelta(days=2), NOW + timedelta(days=3)
    save(store, cost_line(5), cost_line(3, workspace_id=SEARCH), fetched_at=settled)
    save(store, cost_line(6), cost_line(7, workspace_id=SEARCH), fetched_at=later)

    with store.looking_at(Lens.only(workspace=[SEARCH])):
        assert store.ledger.load_restated_cost(DAYS) == [cost_line(4, workspace_id=SEARCH)]
        assert store.ledger.load_restatements(DAYS) == []


@pytest.fixture
def other(store: Store) -> Store:
    """Another organisation's books beside those of the store."""
    store.expect_organizations({"ANTHROPIC_ADMIN_KEY": "", "OTHER_KEY": "Other"})
    store.under("OTHER_KEY").save_organization(Organization("org_other", "Other"), seen_at=NOW)
    return store.under("OTHER_KEY")


def test_another_organisation_is_not_looked_at_through_it(store: Store, other: Store) -> None:
    save(store, cost_line(5))
    save(other, cost_line(7))

    with other.looking_at(Lens.only(workspace=[SEARCH])):
        assert other.ledger.load_spend(DAYS, []) == {(): 0}
        assert store.ledger.load_spend(DAYS, []) == {(): usd(5)}


@pytest.mark.parametrize("lens", [Lens.only(workspace=[SEARCH]), EVERYTHING])
def test_each_of_several_is_looked_at_through_its_own(store: Store, other: Store, lens: Lens) -> None:
    lines = cost_line(5), cost_line(6, workspace_id=SEARCH)
    save(store, *lines)
    save(other, *lines)
    own, others = store.session.organization_id, other.session.organization_id

    with store.looking_at_each({own: Lens.only(workspace=[CHECKOUT]), others: lens}):
        assert store.ledger.load_spend(DAYS, []) == {(): usd(5)}
        assert other.ledger.load_spend(DAYS, []) == {(): usd(6) if lens != EVERYTHING else usd(11)}


def test_nothing_can_be_saved_meanwhile(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="it is a view"), store.looking_at(EVERYTHING):
        save(store, cost_line(5))


def test_an_error_inside_is_told_as_it_is_and_the_tables_are_back(store: Store) -> None:
    save(store, cost_line(5), cost_line(6, model=HAIKU))
    with pytest.raises(ZeroDivisionError), store.looking_at(EVERYTHING):
        stop_in_the_middle(store.ledger.load_cost_lines(DAYS))

    assert store.ledger.load_spend(DAYS, []) == {(): usd(11)}


def stop_in_the_middle(lines: Iterator[CostLine]) -> None:
    """Reads one line of several."""
    next(lines)
    raise ZeroDivisionError
