"""Dollars by key as the bill tells them: stored with their day, replaced with it, and as they were."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.attribution import added, by_key
from bot.analysis.groupings import CONSOLE, NOT_ATTRIBUTABLE
from bot.model import NO_KEY, Source, usd
from tests.builders import HAIKU, NOW, YESTERDAY, cost_line, key_cost_line, last_days, other_cost_line, usage_line
from tests.snapshots.days import day_alone, save

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.model import CostLine, KeyCostLine
    from bot.snapshots import Store

HOUR = timedelta(hours=1)


def save_keyed(
    store: Store, cost: Iterable[CostLine], keys: Iterable[KeyCostLine], *, hours_later: int = 0
) -> tuple[int, ...]:
    """Yesterday's bill with dollars by key; the totals of the days that it restated."""
    saved = store.ledger.save_days(
        day_alone(),
        cost=cost,
        usage=[],
        keys=keys,
        source=Source.ANALYTICS,
        fetched_at=NOW + hours_later * HOUR,
    )
    return tuple(restated.new_total for restated in saved.restatements)


def spend_by_key(store: Store) -> dict[str, int]:
    """What `by key` says of the last two days."""
    interval = last_days(2)
    cost, usage = store.ledger.load_shared_cost_lines(interval), store.ledger.load_shared_usage_lines(interval)
    spend = added([store.ledger.load_key_spend(interval, ["key"]), by_key(cost, usage)])
    return {key: amount for (key,), amount in spend.items()}


def test_what_was_saved_is_loaded(store: Store) -> None:
    keys = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id=NO_KEY)]
    save_keyed(store, [cost_line(4)], keys)

    assert sorted(store.ledger.load_key_cost_lines(day_alone())) == sorted(keys)


def test_keys_can_be_asked_for_with_whatever_else_their_lines_tell(store: Store) -> None:
    keys = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id="a", model=HAIKU)]
    save_keyed(store, [cost_line(3), cost_line(1, model=HAIKU)], keys)

    assert store.ledger.load_key_spend(day_alone(), ["model", "key"]) == {
        (HAIKU, "a"): usd(1),
        ("claude-opus-5-5", "a"): usd(3),
    }
    assert store.ledger.load_key_spend(day_alone(), ["day", "key"]) == {(str(YESTERDAY), "a"): usd(4)}


def test_tokens_without_a_key_are_the_consoles_and_other_cost_is_nobodys(store: Store) -> None:
    tokens, other = key_cost_line(1, api_key_id=NO_KEY), key_cost_line(2, api_key_id=NO_KEY, cost_type="code_execution")
    save_keyed(store, [cost_line(1), other_cost_line(2)], [tokens, other])

    assert store.ledger.load_key_spend(day_alone(), ["key"]) == {(CONSOLE,): usd(1), (NOT_ATTRIBUTABLE,): usd(2)}


def test_days_with_dollars_by_key_and_days_without_add_up(store: Store) -> None:
    before = YESTERDAY - timedelta(days=1)
    usage = [usage_line(day=before, api_key_id="a"), usage_line(day=before, api_key_id="b")]
    save(store, cost_line(10, day=before), other_cost_line(1, day=before), usage=usage, interval=day_alone(before))
    save_keyed(store, [cost_line(4)], [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id="c")])

    assert spend_by_key(store) == {"a": usd(8), "b": usd(5), "c": usd(1), NOT_ATTRIBUTABLE: usd(1)}


def test_a_key_that_moved_to_another_workspace_keeps_its_dollars_in_both(store: Store) -> None:
    keys = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id="a", workspace_id="wrkspc_search")]
    save_keyed(store, [cost_line(3), cost_line(1, workspace_id="wrkspc_search")], keys)

    assert store.ledger.load_key_spend(day_alone(), ["workspace", "key"]) == {
        ("wrkspc_checkout", "a"): usd(3),
        ("wrkspc_search", "a"): usd(1),
    }
    assert store.ledger.load_key_spend(day_alone(), ["key"]) == {("a",): usd(4)}


def test_a_model_that_was_renamed_is_two_models_and_the_key_has_both(store: Store) -> None:
    keys = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id="a", model="claude-opus-5-5-20261101")]
    save_keyed(store, [cost_line(3), cost_line(1, model="claude-opus-5-5-20261101")], keys)

    assert store.ledger.load_key_spend(day_alone(), ["model", "key"]) == {
        ("claude-opus-5-5", "a"): usd(3),
        ("claude-opus-5-5-20261101", "a"): usd(1),
    }
    assert spend_by_key(store) == {"a": usd(4)}


def test_a_day_that_changes_its_source_counts_once(store: Store) -> None:
    save(store, cost_line(4), usage=[usage_line(api_key_id="a")])
    save_keyed(store, [cost_line(4)], [key_cost_line(4, api_key_id="b")], hours_later=1)
    assert spend_by_key(store) == {"b": usd(4)}
    assert store.ledger.load_spend(day_alone(), []) == {(): usd(4)}

    save(store, cost_line(4), usage=[usage_line(api_key_id="a")], fetched_at=NOW + 2 * HOUR)
    assert spend_by_key(store) == {"a": usd(4)}
    assert list(store.ledger.load_key_cost_lines(day_alone())) == []


def test_another_source_that_rounds_otherwise_restates_nothing(store: Store) -> None:
    save(store, cost_line("4.000000001"))

    assert save_keyed(store, [cost_line(4)], []) == ()
    assert save_keyed(store, [cost_line("4.000000001")], [], hours_later=1) == (usd("4.000000001"),)


def test_another_source_that_tells_other_dollars_restates_them(store: Store) -> None:
    save(store, cost_line(4))

    assert save_keyed(store, [cost_line(5)], []) == (usd(5),)


def test_dollars_by_key_are_what_they_were(store: Store) -> None:
    save_keyed(store, [cost_line(4)], [key_cost_line(4, api_key_id="a")])
    save_keyed(store, [cost_line(4)], [key_cost_line(4, api_key_id="b")], hours_later=1)
    save(store, cost_line(4), usage=[usage_line(api_key_id="c")], fetched_at=NOW + 2 * HOUR)

    with store.reading_as_of(NOW, last_days(2)):
        assert spend_by_key(store) == {"a": usd(4)}
    with store.reading_as_of(NOW + HOUR, last_days(2)):
        assert spend_by_key(store) == {"b": usd(4)}
    assert spend_by_key(store) == {"c": usd(4)}


def test_keys_that_change_while_the_bill_does_not_are_no_new_revision(store: Store) -> None:
    save_keyed(store, [cost_line(4)], [key_cost_line(4, api_key_id="a")])
    save_keyed(store, [cost_line(4)], [key_cost_line(4, api_key_id="b")], hours_later=1)

    assert store.ledger.load_fetched_days(day_alone())[YESTERDAY].revision == 0
