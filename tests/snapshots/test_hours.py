"""Hours as they are kept, and days as far as they had come by one."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.attribution import by_key
from bot.model import Interval, Source, usd
from tests.builders import CHECKOUT, HAIKU, NOW, OPUS, SEARCH, YESTERDAY, cost_line, key_cost_line, tokens, usage_line
from tests.laws import dear
from tests.snapshots.days import day_alone, save
from tests.snapshots.test_laws import DAYS, new_store, some_cost
from tests.snapshots.test_laws import save as save_lines

if TYPE_CHECKING:
    from bot.model import CostLine
    from bot.snapshots import Store

DAY = timedelta(days=1)
A_DAY = [{(CHECKOUT, OPUS): hour, (SEARCH, HAIKU): 2 * hour} if hour % 2 else {} for hour in range(24)]


def half(_workspace_id: str, _model: str) -> Fraction:
    """The same part of everything."""
    return Fraction(1, 2)


def test_hours_are_loaded_as_they_were_saved(store: Store) -> None:
    store.hours.save(YESTERDAY, A_DAY)

    assert store.hours.has(YESTERDAY)
    assert store.hours.load(YESTERDAY) == dict(enumerate(A_DAY))


def test_hours_saved_again_replace_the_earlier_ones(store: Store) -> None:
    store.hours.save(YESTERDAY, A_DAY)
    store.hours.save(YESTERDAY, [{}] * 24)

    assert store.hours.load(YESTERDAY) == {hour: {} for hour in range(24)}


def test_days_without_hours_have_none(store: Store) -> None:
    assert not store.hours.has(YESTERDAY)
    assert store.hours.load(YESTERDAY) == {}


def test_old_hours_are_forgotten(store: Store) -> None:
    for back in (0, 1):
        store.hours.save(YESTERDAY - back * DAY, A_DAY)

    store.hours.forget(before=YESTERDAY)

    assert (store.hours.has(YESTERDAY - DAY), store.hours.has(YESTERDAY)) == (False, True)


# --- Part of a day ---


def test_part_of_a_day_is_asked_about_like_a_whole_one(store: Store) -> None:
    save(store, cost_line(10), cost_line(4, model=HAIKU), cost_line(2, workspace_id=SEARCH))

    with store.reading(), store.looking_at_part(YESTERDAY, half):
        assert store.ledger.load_spend(day_alone(), []) == {(): usd(8)}
        assert store.ledger.load_spend(day_alone(), ["workspace"]) == {(CHECKOUT,): usd(7), (SEARCH,): usd(1)}
        assert store.ledger.load_spend(day_alone(), ["model", "token_type"]) == {
            (OPUS, "output_tokens"): usd(6),
            (HAIKU, "output_tokens"): usd(2),
        }


def test_afterwards_the_whole_day_is_there_again(store: Store) -> None:
    save(store, cost_line(10))

    with store.reading(), store.looking_at_part(YESTERDAY, half):
        pass

    assert store.ledger.load_spend(day_alone(), []) == {(): usd(10)}


def test_each_scope_has_its_own_part(store: Store) -> None:
    save(store, cost_line(10), cost_line(4, model=HAIKU))

    with store.looking_at_part(YESTERDAY, lambda _, model: Fraction(model == OPUS)):
        assert store.ledger.load_spend(day_alone(), ["model"]) == {(OPUS,): usd(10)}


def test_part_of_a_day_is_shared_among_keys(store: Store) -> None:
    usage = [usage_line(tokens(output=count), api_key_id=key) for key, count in (("a", 3), ("b", 1))]
    save(store, cost_line(8), usage=usage)

    with store.looking_at_part(YESTERDAY, half):
        shares = by_key(
            store.ledger.load_shared_cost_lines(day_alone()),
            store.ledger.load_shared_usage_lines(day_alone()),
        )

    assert shares == {("a",): usd(3), ("b",): usd(1)}


def test_keys_that_the_bill_names_come_to_the_lines_of_the_part(store: Store) -> None:
    cost = [cost_line("0.000000007"), cost_line("0.000000004", token_type="cache_read_input_tokens")]
    keys = [key_cost_line("0.000000005", api_key_id="a"), key_cost_line("0.000000006", api_key_id="b")]
    store.ledger.save_days(day_alone(), cost=cost, usage=[], keys=keys, source=Source.ANALYTICS, fetched_at=NOW)

    with store.looking_at_part(YESTERDAY, lambda *_: Fraction(1, 3)):
        assert sum(store.ledger.load_key_spend(day_alone(), ["key"]).values()) == 4
        assert store.ledger.load_spend(day_alone(), []) == {(): 4}


@dear()
@given(cost=some_cost, shares=st.lists(st.fractions(0, 1), min_size=3, max_size=3))
def test_the_part_of_a_scope_is_rounded_once_however_it_is_asked_for(
    cost: list[CostLine], shares: list[Fraction]
) -> None:
    day = DAYS.since

    def share(workspace_id: str, model: str) -> Fraction:
        return shares[(len(workspace_id) + len(model)) % 3]

    with new_store() as store:
        save_lines(store, DAYS, cost, [])
        alone = Interval(day, day + DAY)
        whole = store.ledger.load_spend(alone, ["workspace", "model"])
        expected = {scope: round(amount * share(*scope)) for scope, amount in whole.items()}

        with store.looking_at_part(day, share):
            by_day = store.ledger.load_spend(alone, ["workspace", "model"])
            by_line = store.ledger.load_spend(alone, ["workspace", "model", "token_type"])

    assert {scope: by_day.get(scope, 0) for scope in expected} == expected
    totals = dict.fromkeys(expected, 0)
    for (workspace_id, model, _), amount in by_line.items():
        totals[workspace_id, model] = totals.get((workspace_id, model), 0) + amount
    assert {scope: totals[scope] for scope in expected} == expected
