"""Sharing after a sync: whatever is saved, answers come to what sharing the lines at once comes to, and to the bill."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.keys import share_day, share_days
from bot.loading.keys import share_among_keys, spend_by_key
from bot.loading.report import load_report
from bot.model import NO_KEY, CostLine, Dimension, KeyCostLine, Source, UsageLine, usd
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    NOW,
    OPUS,
    SEARCH,
    YESTERDAY,
    cost_line,
    key_cost_line,
    last_days,
    other_cost_line,
    question,
    tokens,
    usage_line,
)
from tests.laws import dear
from tests.listeners.test_cross import COST, KEYED, USAGE, cost_of
from tests.snapshots.days import day_alone, save
from tests.snapshots.test_laws import new_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.snapshots import Store
    from tests.loopback import World

HOUR = timedelta(hours=1)
DAYS = last_days(4)
ALL_WITHIN: tuple[tuple[Dimension, ...], ...] = ((), ("workspace",), ("model",), ("day",), ("cost_type",))

Version = tuple[list[CostLine], list[UsageLine], list[KeyCostLine], Source, bool]
"""What is saved of four days: a bill with usage, or yesterday's told by key instead; and whether it is shared then."""

VERSIONS: st.SearchStrategy[list[Version]] = st.lists(
    st.tuples(
        COST,
        USAGE,
        KEYED,
        st.sampled_from([Source.COST_REPORT, Source.ESTIMATE, Source.ANALYTICS]),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
)


def save_version(store: Store, version: Version, *, hours: int) -> None:
    """Saves it some hours after now, and shares what is left then."""
    cost, usage, keyed, source, shared = version
    if source is Source.ANALYTICS:
        days, cost, usage = last_days(1), list(map(cost_of, keyed)), []
    else:
        days, keyed = DAYS, []
    store.ledger.save_days(days, cost=cost, usage=usage, keys=keyed, source=source, fetched_at=NOW + hours * HOUR)
    if shared:
        share(store)


def share(store: Store) -> None:
    """Shares all that is left."""
    for day in store.keys.newest_left(most=100):
        share_day(store, day)


def answers(store: Store) -> list[dict[tuple[str, ...], int]]:
    """Dollars by key within each of what they can be asked within, checked against the lines and the bill."""
    return [checked(store, within) for within in ALL_WITHIN]


def checked(store: Store, within: Sequence[Dimension]) -> dict[tuple[str, ...], int]:
    """Dollars by key: the same as sharing the lines now, and as much as the bill."""
    found = spent(spend_by_key(store, DAYS, within=within))
    assert found == spent(share_among_keys(store, DAYS, within=within))
    sums: dict[tuple[str, ...], int] = {}
    for words, amount in found.items():
        sums[words[:-1]] = sums.get(words[:-1], 0) + amount
    assert spent(sums) == spent(store.ledger.load_spend(DAYS, within))
    return found


def spent(spend: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """What came to something."""
    return {words: amount for words, amount in spend.items() if amount}


@dear()
@given(versions=VERSIONS)
def test_keys_come_to_their_lines_and_the_bill_after_any_saves_and_as_of_each_of_them(versions: list[Version]) -> None:
    with new_store() as store:
        told = []
        for hours, version in enumerate(versions):
            save_version(store, version, hours=hours)
            told.append(answers(store))
        share(store)
        assert store.keys.newest_left(most=1) == []
        assert answers(store) == told[-1]
        for hours, before in enumerate(told):
            with store.reading_as_of(NOW + hours * HOUR, DAYS):
                assert answers(store) == before


def test_a_key_that_moved_keeps_its_dollars_in_both_workspaces(store: Store) -> None:
    before = YESTERDAY - timedelta(days=1)
    usage = [usage_line(day=before, api_key_id=CI_KEY), usage_line(api_key_id=CI_KEY, workspace_id=SEARCH)]
    save(store, cost_line(5, day=before), cost_line(3, workspace_id=SEARCH), usage=usage, interval=last_days(2))
    share(store)

    assert spend_by_key(store, DAYS, within=["workspace"]) == {(CHECKOUT, CI_KEY): usd(5), (SEARCH, CI_KEY): usd(3)}
    assert spend_by_key(store, DAYS, within=[]) == {(CI_KEY,): usd(8)}


def test_a_credit_logins_and_what_no_key_used_are_shared_as_ever(store: Store) -> None:
    usage = [usage_line(tokens(output=3), api_key_id="a"), usage_line(tokens(output=1), api_key_id=NO_KEY)]
    save(store, cost_line(-4), other_cost_line(2), usage=usage)
    share(store)

    assert spend_by_key(store, DAYS, within=[]) == {
        ("a",): usd(-3),
        ("console",): usd(-1),
        ("not_attributable",): usd(2),
    }


def test_the_last_nano_dollar_goes_where_it_goes_without(store: Store) -> None:
    usage = [usage_line(tokens(output=1), api_key_id=key) for key in ("a", "b", "c")]
    save(store, cost_line("0.000000100"), usage=usage)
    share(store)

    assert spend_by_key(store, DAYS, within=[]) == {("a",): 34, ("b",): 33, ("c",): 33}


def test_dollars_that_the_bill_tells_by_key_are_kept_as_told(store: Store) -> None:
    keyed = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id=NO_KEY)]
    store.ledger.save_days(
        day_alone(),
        cost=[cost_line(4)],
        usage=[usage_line(api_key_id="b")],
        keys=keyed,
        source=Source.ANALYTICS,
        fetched_at=NOW,
    )
    share(store)

    assert store.keys.load(day_alone(), ["model"]) == {(OPUS, "a"): usd(3), (OPUS, "console"): usd(1)}


async def test_days_are_shared_newest_first_and_no_more_than_wanted(world: World) -> None:
    with world.open_store() as store:
        save(store, cost_line(4), interval=last_days(4))

    assert await share_days(world.open_store, most=3) == 3
    with world.open_store() as store:
        assert store.keys.days_left(DAYS) == [DAYS.since]
    assert await share_days(world.open_store, most=3) == 1
    assert await share_days(world.open_store, most=3) == 0


def test_a_pull_leaves_nothing_to_be_shared(pulled: World) -> None:
    with pulled.open_store() as store:
        assert store.ledger.load_fetched_days(DAYS)
        assert store.keys.newest_left(most=1) == []


async def test_so_does_a_sync_from_the_command_line(world: World) -> None:
    world.change(claudecost_backfill_days=7)
    await world.sync_all()

    with world.open_store() as store:
        assert store.keys.newest_left(most=1) == []


async def test_days_that_changed_are_shared_again(synced: World) -> None:
    synced.clock.advance(hours=2)
    await synced.sync()
    with synced.open_store() as store:
        before = load_report(store, question("7d by key"))
        changed = store.keys.newest_left(most=100)
    await share_days(synced.open_store)

    with synced.open_store() as store:
        assert changed
        assert store.keys.newest_left(most=1) == []
        assert load_report(store, question("7d by key")).rows == before.rows


@pytest.mark.parametrize("by", ["key", "workspace key", "model key", "day key", "key type"])
def test_a_shared_answer_is_the_one_before_it_was_shared(synced: World, by: str) -> None:
    with synced.open_store() as store:
        shared = load_report(store, question(f"30d by {by}"))
        store.session.execute("DELETE FROM daily_key_spend")
        assert load_report(store, question(f"30d by {by}")).rows == shared.rows
