"""Two groupings at once: every cross of two comes to what each of them comes to alone, and to the bill."""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.groupings import CONSOLE, GROUPINGS, NOT_ATTRIBUTABLE, OWNED
from bot.loading.report import load_report
from bot.model import BILLED_TOKENS, NO_KEY, NO_MODEL, CostLine, PersonLine, PersonSeries, Source, UsageLine, usd
from tests.builders import (
    CHECKOUT,
    HAIKU,
    NOW,
    OPUS,
    SEARCH,
    YESTERDAY,
    cost_line,
    key_cost_line,
    last_days,
    other_cost_line,
    person_cost_line,
    question,
    tokens,
    usage_line,
)
from tests.laws import CACHED, dear, lists_of, one_of_each, with_amounts, with_output
from tests.snapshots.days import save
from tests.snapshots.test_laws import new_store

if TYPE_CHECKING:
    from bot.analysis.groupings import Grouping
    from bot.analysis.report import Report
    from bot.model import KeyCostLine
    from bot.snapshots import Store

PAIRS = [
    pair
    for pair in permutations(GROUPINGS, 2)
    if ("person" not in pair or {"key", *OWNED}.isdisjoint(pair))
    and len({"day", "week", "month"}.intersection(pair)) <= 1
]
DAYS, WORKSPACES, MODELS = last_days(4).days(), [CHECKOUT, SEARCH], [OPUS, HAIKU]
COST = with_amounts(
    one_of_each(
        cost_line,
        day=DAYS,
        workspace_id=WORKSPACES,
        model=[*MODELS, NO_MODEL],
        token_type=[*BILLED_TOKENS, "some_new_tokens", ""],
    ),
    -(10**15),
    10**15,
    max_size=12,
)
USAGE = with_output(
    one_of_each(
        usage_line,
        counts=CACHED,
        day=DAYS,
        workspace_id=WORKSPACES,
        model=MODELS,
        api_key_id=[NO_KEY, "a", "b"],
    ),
    10**12,
    max_size=12,
)
KEYED = lists_of(
    one_of_each(key_cost_line, dollars=range(-9, 10), workspace_id=WORKSPACES, model=MODELS, api_key_id=["", "a", "b"]),
    max_size=3,
)


def save_keyed(store: Store, keyed: list[KeyCostLine]) -> None:
    """Yesterday's bill, told by key."""
    store.ledger.save_days(
        last_days(1),
        cost=[cost_of(line) for line in keyed],
        usage=[],
        keys=keyed,
        source=Source.ANALYTICS,
        fetched_at=NOW,
    )


def save_people(store: Store, usage: list[UsageLine]) -> None:
    """The same usage by account; there are as many people as keys."""
    lines = [PersonLine(line.day, PersonSeries(*line.series), line.tokens) for line in usage]
    actors = [person_cost_line(each, account_id=f"user_{each}") for each in range(len(usage))]
    store.people.save_days(last_days(4), usage=lines, cost=actors, weights=[], fetched_at=NOW)


def cost_of(line: KeyCostLine) -> CostLine:
    """The bill's line of a key's dollars, which nobody else has a part of."""
    series = line.series
    told = cost_line(0, workspace_id=series.workspace_id, model=series.model, token_type=series.token_type)
    return told._replace(amount=line.amount, series=told.series._replace(cost_type=series.cost_type))


def asked(store: Store, *by: Grouping) -> Report:
    """The last two days against the two before."""
    return load_report(store, question(f"2d by {' '.join(by)}"))


def sums(report: Report, place: int = 0) -> dict[str, tuple[int, int]]:
    """What each id at `place` spent, and spent before; ids that did neither are left out."""
    totals: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in report.rows:
        spend, previous = totals[row.ids[place]]
        totals[row.ids[place]] = (spend + (row.spend or 0), previous + (row.previous or 0))
    return {id_: amounts for id_, amounts in totals.items() if any(amounts)}


@dear()
@given(cost=COST, usage=USAGE, keyed=KEYED, pair=st.sampled_from(PAIRS))
def test_a_cross_comes_to_what_each_grouping_comes_to_alone(
    cost: list[CostLine], usage: list[UsageLine], keyed: list[KeyCostLine], pair: tuple[Grouping, Grouping]
) -> None:
    with new_store() as store:
        save(store, *cost, usage=usage, interval=last_days(4))
        save_keyed(store, keyed)
        save_people(store, usage)
        crossed = asked(store, *pair)
        for place, grouping in enumerate(pair):
            # a cell that comes to nothing is no row, so a sum of cells can be there where its parts cancel out
            assert sums(crossed, place) == sums(asked(store, grouping))
        assert sum(row.spend or 0 for row in crossed.rows) == crossed.total == asked(store, "day").total


@pytest.mark.parametrize("by", [("key", "workspace"), ("workspace", "key")])
def test_ids_come_in_the_order_asked(store: Store, by: tuple[Grouping, Grouping]) -> None:
    save(store, cost_line(4), usage=[usage_line(api_key_id="a")])

    assert [set(row.ids) for row in asked(store, *by).rows] == [{"a", CHECKOUT}]
    assert asked(store, *by).rows[0].ids[by.index("key")] == "a"


def test_a_key_is_shared_within_the_other_grouping(store: Store) -> None:
    usage = [
        usage_line(tokens(output=3), api_key_id="a"),
        usage_line(tokens(output=1), api_key_id="b"),
        usage_line(tokens(output=5), api_key_id="a", workspace_id=SEARCH),
    ]
    save(store, cost_line(4), cost_line(7, workspace_id=SEARCH), other_cost_line(2), usage=usage)

    assert {row.ids: row.spend for row in asked(store, "workspace", "key").rows} == {
        (SEARCH, "a"): usd(7),
        (CHECKOUT, "a"): usd(3),
        (CHECKOUT, NOT_ATTRIBUTABLE): usd(2),
        (CHECKOUT, "b"): usd(1),
    }


def test_logins_and_what_has_no_key_are_apart_on_each_day(store: Store) -> None:
    save(store, cost_line(4), other_cost_line(2), usage=[usage_line(api_key_id=NO_KEY)])

    assert [(row.ids, row.spend) for row in asked(store, "day", "key").rows] == [
        ((YESTERDAY.isoformat(), CONSOLE), usd(4)),
        ((YESTERDAY.isoformat(), NOT_ATTRIBUTABLE), usd(2)),
    ]
