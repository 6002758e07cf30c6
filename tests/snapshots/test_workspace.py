"""One workspace's lines are those the ledger has of it, and no other's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.model import Source
from tests.builders import (
    CHECKOUT,
    HAIKU,
    NOW,
    SEARCH,
    YESTERDAY,
    cost_line,
    key_cost_line,
    last_days,
    other_cost_line,
    usage_line,
)
from tests.snapshots.days import day_alone, save

if TYPE_CHECKING:
    from bot.snapshots import Store

DAY = timedelta(days=1)


def test_only_lines_of_the_workspace_and_the_interval_are_loaded(store: Store) -> None:
    cost = [cost_line(1), cost_line(2, model=HAIKU), other_cost_line(3), cost_line(4, day=YESTERDAY - DAY)]
    usage = [usage_line(), usage_line(day=YESTERDAY - DAY)]
    others = [cost_line(9, workspace_id=SEARCH), *cost]
    save(store, *others, usage=[usage_line(workspace_id=SEARCH), *usage], interval=last_days(2))

    found = store.ledger.load_workspace(CHECKOUT, last_days(2))
    assert (sorted(found.cost), found.usage) == (sorted(cost), sorted(usage))
    assert [line.day for line in found.cost] == sorted(line.day for line in cost)

    only = store.ledger.load_workspace(CHECKOUT, day_alone())
    assert {line.day for line in only.cost} | {line.day for line in only.usage} == {YESTERDAY}


def test_dollars_that_the_bill_tells_by_key_come_along(store: Store) -> None:
    told = [key_cost_line(1), key_cost_line(5, workspace_id=SEARCH)]
    store.ledger.save_days(
        day_alone(),
        cost=[cost_line(1), cost_line(5, workspace_id=SEARCH)],
        usage=[],
        keys=told,
        source=Source.ANALYTICS,
        fetched_at=NOW,
    )
    assert store.ledger.load_workspace(CHECKOUT, day_alone()).key_cost == told[:1]


def test_a_workspace_nobody_knows_has_nothing(store: Store) -> None:
    assert not any(store.ledger.load_workspace("nobody", last_days(30)))
