"""Cost shared among keys, to the nano-dollar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.attribution import TOKEN_TYPES, by_key, share, shares_by_line
from bot.analysis.groupings import CONSOLE, NOT_ATTRIBUTABLE
from bot.model import NO_KEY, CostLine, UsageLine, usd
from tests.builders import HAIKU, OPUS, SEARCH, TODAY, YESTERDAY, cost_line, other_cost_line, tokens, usage_line
from tests.laws import CACHED, one_of_each, with_amounts, with_output

if TYPE_CHECKING:
    import random
    from datetime import date


def test_a_line_is_shared_by_the_tokens_of_its_kind() -> None:
    usage = [
        usage_line(tokens(output=300, uncached_input=9), api_key_id="a"),
        usage_line(tokens(output=100, uncached_input=9), api_key_id="b"),
    ]
    assert by_key([cost_line(4)], usage) == {("a",): usd(3), ("b",): usd(1)}


@pytest.mark.parametrize("token_type", TOKEN_TYPES)
def test_each_kind_of_token_has_its_own_shares(token_type: str) -> None:
    counts = tokens()._replace(**{tokens()._fields[TOKEN_TYPES[token_type]]: 5})
    usage = [usage_line(counts, api_key_id="a"), usage_line(tokens(), api_key_id="b")]
    assert by_key([cost_line(4, token_type=token_type)], usage) == {("a",): usd(4)}


def test_usage_without_a_key_is_the_console() -> None:
    assert by_key([cost_line(4)], [usage_line(api_key_id=NO_KEY)]) == {(CONSOLE,): usd(4)}


@pytest.mark.parametrize(
    "elsewhere",
    [
        usage_line(workspace_id=SEARCH),
        usage_line(model=HAIKU),
        usage_line(service_tier="batch"),
        usage_line(context_window="200k-1M"),
        usage_line(tokens(uncached_input=5)),
        usage_line(day=TODAY),
    ],
)
def test_tokens_of_another_line_give_no_share(elsewhere: UsageLine) -> None:
    assert by_key([cost_line(4)], [elsewhere]) == {(NOT_ATTRIBUTABLE,): usd(4)}


def test_cost_without_tokens_stays_whole_beside_the_keys() -> None:
    assert by_key([cost_line(4), other_cost_line(7)], [usage_line(api_key_id="a")]) == {
        ("a",): usd(4),
        (NOT_ATTRIBUTABLE,): usd(7),
    }


def test_a_credit_is_shared_as_the_cost_was() -> None:
    weights = [("a", 2), ("b", 1)]
    assert share(-100, weights) == [(key, -part) for key, part in share(100, weights)]


def test_the_nano_dollar_left_over_goes_to_the_largest_remainder_then_by_key() -> None:
    assert dict(share(10, [("b", 1), ("a", 1), ("c", 2)])) == {"a": 3, "b": 2, "c": 5}


def test_lines_come_with_their_shares_day_by_day() -> None:
    cost = [cost_line(1, day=YESTERDAY), cost_line(2, day=TODAY)]
    usage = [usage_line(day=TODAY, api_key_id="a")]
    assert list(shares_by_line(cost, usage)) == [
        (cost[0], [(NOT_ATTRIBUTABLE, usd(1))]),
        (cost[1], [("a", usd(2))]),
    ]


def test_lines_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="not ordered by day"):
        by_key([cost_line(day=TODAY), cost_line(day=YESTERDAY)], [])


MODELS, DAYS = [OPUS, HAIKU], [YESTERDAY, TODAY]
USAGE = with_output(
    one_of_each(usage_line, counts=CACHED, day=DAYS, api_key_id=[NO_KEY, "a", "b", "c"], model=MODELS),
    10**12,
    max_size=15,
)
COST = with_amounts(
    one_of_each(cost_line, day=DAYS, model=MODELS, token_type=[*TOKEN_TYPES, "some_new_tokens", ""]),
    -(10**15),
    10**15,
    max_size=15,
)


@given(cost=COST, usage=USAGE)
def test_shares_add_up_to_their_line_and_keys_to_the_bill(cost: list[CostLine], usage: list[UsageLine]) -> None:
    cost, usage = sorted(cost), sorted(usage)
    for line, shares in shares_by_line(cost, usage):
        assert sum(amount for _, amount in shares) == line.amount
    assert sum(by_key(cost, usage).values()) == sum(line.amount for line in cost)


@given(cost=COST, usage=USAGE, seed=st.randoms(use_true_random=False))
def test_the_order_within_a_day_changes_nothing(
    cost: list[CostLine], usage: list[UsageLine], seed: random.Random
) -> None:
    expected = by_key(sorted(cost), sorted(usage))
    seed.shuffle(cost)
    seed.shuffle(usage)
    assert by_key(sorted(cost, key=day_of), sorted(usage, key=day_of)) == expected


def day_of(line: CostLine | UsageLine) -> date:
    """A stable sort key that leaves the order within a day alone."""
    return line.day


@given(
    amount=st.integers(-(10**15), 10**15),
    weights=st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 10**12), min_size=1),
)
def test_a_share_is_less_than_a_nano_dollar_from_exact(amount: int, weights: dict[str, int]) -> None:
    total = sum(weights.values())
    for key, part in share(amount, list(weights.items())):
        assert abs(part * total - amount * weights[key]) < total
