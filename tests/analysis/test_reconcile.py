"""The bill against tokens × price: every difference has a cause, and everything adds up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.estimate import estimate_cost
from bot.analysis.prices import Multipliers, PriceTable
from bot.analysis.reconcile import Cause, Reconciliation, Row, reconcile
from bot.model import CostLine, Unpriced, UsageLine, usd
from tests.builders import (
    CHECKOUT,
    OPUS,
    SEARCH,
    SONNET,
    TODAY,
    YESTERDAY,
    cost_line,
    last_days,
    other_cost_line,
    tokens,
    usage_line,
)
from tests.laws import lists_of, numbered, one_of_each, with_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import NanoUsd

LISTED = PriceTable.build({})
MILLION = tokens(output=10**6)


def compare(
    cost: list[CostLine],
    usage: list[UsageLine],
    *,
    prices: PriceTable = LISTED,
    restated: Sequence[CostLine] = (),
) -> Reconciliation:
    """A week's two sides."""
    return reconcile(last_days(7), cost=sorted(cost), usage=sorted(usage), prices=prices, restated=restated)


def only(found: Reconciliation) -> Row:
    (row,) = found.rows
    return row


def in_region(line: CostLine, region: str) -> CostLine:
    return line._replace(series=line.series._replace(inference_geo=region))


def test_a_bill_that_is_its_tokens_needs_no_reason() -> None:
    found = compare([cost_line(20)], [usage_line(MILLION)])
    row = only(found)
    assert (row.billed, row.expected, row.difference, row.reason) == (usd(20), usd(20), 0, None)
    assert found.explained_percent == 100


def test_nothing_billed_and_nothing_used_has_no_percentage() -> None:
    assert compare([], []).explained_percent is None


@pytest.mark.parametrize(
    ("cost_type", "cause"),
    [
        ("code_execution", Cause.CODE_EXECUTION),
        ("session_usage", Cause.SESSIONS),
        ("web_search", Cause.WEB_SEARCH),
        ("a_type_to_come", Cause.OTHER_COST),
        ("", Cause.UNEXPLAINED),
    ],
)
def test_cost_without_tokens_says_what_it_is(cost_type: str, cause: Cause) -> None:
    found = compare([other_cost_line("12.40", cost_type=cost_type)], [])
    assert found.causes == {cause: usd("12.40")}
    assert only(found).reason is cause


def test_searches_are_expected_by_their_number() -> None:
    usage = [usage_line(tokens(), web_searches=69)]
    assert compare([other_cost_line("0.69", cost_type="web_search")], usage).difference == 0


def test_a_model_nobody_knows_is_unpriced_with_its_tokens() -> None:
    found = compare([cost_line(7, model="claude-next")], [usage_line(MILLION, model="claude-next")])
    assert only(found).reason is Cause.UNPRICED_MODEL
    assert found.unpriced == (Unpriced("claude-next", 10**6),)


def test_priority_tokens_are_expected_and_in_no_report() -> None:
    row = only(compare([], [usage_line(MILLION, service_tier="priority")]))
    assert (row.difference, row.reason) == (-usd(20), Cause.PRIORITY_TIER)


def test_batch_is_expected_at_half_the_price() -> None:
    line = cost_line(10)
    batch = line._replace(series=line.series._replace(service_tier="batch"))
    assert compare([batch], [usage_line(MILLION, service_tier="batch")]).difference == 0


def test_tokens_billed_in_another_tier_than_they_were_used_in() -> None:
    found = compare([cost_line(10)], [usage_line(MILLION, service_tier="batch", context_window="200k-1M")])
    assert found.difference == 0
    found = compare([cost_line(20)], [usage_line(MILLION, service_tier="batch")])
    assert found.causes == {Cause.TIER_OR_CONTEXT: usd(10)}


def test_long_requests_of_a_tiered_price_may_cost_more_but_not_less() -> None:
    model = "claude-sonnet-4-5"
    more = compare([cost_line(16, model=model)], [usage_line(MILLION, model=model)])
    less = compare([cost_line(14, model=model), cost_line(20)], [usage_line(MILLION, model=model), usage_line(MILLION)])
    assert more.causes == {Cause.TIER_OR_CONTEXT: usd(1)}
    assert less.causes == {Cause.UNEXPLAINED: -usd(1)}


def test_a_region_is_taken_from_the_bill() -> None:
    assert compare([in_region(cost_line(22), "us")], [usage_line(MILLION)]).difference == 0
    both = [in_region(cost_line(11), "us"), in_region(cost_line(10), "global")]
    assert compare(both, [usage_line(MILLION)]).difference == 0


def test_a_configured_discount_leaves_no_difference() -> None:
    table = PriceTable.build({}, Multipliers(discount_percent=Decimal("12.5")))
    assert compare([cost_line("17.5")], [usage_line(MILLION)], prices=table).difference == 0


def test_a_discount_common_to_most_lines_is_recognised() -> None:
    places = ["a", "b", "c"]
    usage = [usage_line(MILLION, workspace_id=place) for place in places] + [usage_line(MILLION, model=SONNET)]
    cost = [cost_line(18, workspace_id=place) for place in places] + [cost_line(4, model=SONNET)]
    assert compare(cost, usage).causes == {Cause.DISCOUNT: -usd(7), Cause.UNEXPLAINED: -usd(5)}


def test_searches_at_their_list_price_beside_discounted_tokens_are_not_discounted() -> None:
    places = ["a", "b", "c"]
    usage = [usage_line(MILLION, workspace_id=place, web_searches=100) for place in places]
    cost = [cost_line(18, workspace_id=place) for place in places]
    cost += [other_cost_line(1, workspace_id=place, cost_type="web_search") for place in places]
    assert compare(cost, usage).causes == {Cause.DISCOUNT: -usd(6)}
    told = PriceTable.build({}, Multipliers(discount_percent=Decimal(10)))
    assert compare(cost, usage, prices=told).causes == {Cause.DISCOUNT: usd("0.30")}


def test_a_discount_that_the_bill_does_not_give_is_a_reason() -> None:
    table = PriceTable.build({}, Multipliers(discount_percent=Decimal("12.5")))
    usage = [usage_line(MILLION, workspace_id=place) for place in "abc"]
    given = [cost_line(20, workspace_id=place) for place in "abc"]
    smaller = [cost_line(18, workspace_id=place) for place in "abc"]
    assert compare(given, usage, prices=table).causes == {Cause.DISCOUNT: usd("7.5")}
    assert compare(smaller, usage, prices=table).causes == {Cause.DISCOUNT: usd("1.5")}


@pytest.mark.parametrize(("billed", "places"), [(18, "ab"), (2, "abc")])
def test_a_few_lines_or_most_of_the_price_missing_are_no_discount(billed: int, places: str) -> None:
    usage = [usage_line(MILLION, workspace_id=place) for place in places]
    cost = [cost_line(billed, workspace_id=place) for place in places]
    assert set(compare(cost, usage).causes) == {Cause.UNEXPLAINED}


def test_a_line_that_was_restated_is_a_reason() -> None:
    row = only(compare([cost_line(25)], [usage_line(MILLION)], restated=[cost_line(5)]))
    assert row.causes == {Cause.RESTATED: usd(5)}


def test_a_restatement_explains_no_other_line_of_its_day() -> None:
    cost, usage = [cost_line(25), cost_line(9, model=SONNET)], [usage_line(MILLION), usage_line(MILLION, model=SONNET)]
    found = compare(cost, usage, restated=[cost_line(5)])
    assert found.causes == {Cause.RESTATED: usd(5), Cause.UNEXPLAINED: -usd(1)}


@pytest.mark.parametrize(
    ("billed", "restated", "causes"),
    [
        ("27", "5", {Cause.RESTATED: usd(5), Cause.UNEXPLAINED: usd(2)}),
        ("23", "5", {Cause.RESTATED: usd(3)}),
        ("17", "5", {Cause.UNEXPLAINED: -usd(3)}),
        ("20", "5", {}),
        ("20", "20", {}),
        ("16", "-4", {Cause.RESTATED: -usd(4)}),
    ],
)
def test_a_restatement_explains_no_more_than_the_difference(
    billed: str, restated: str, causes: dict[Cause, NanoUsd]
) -> None:
    assert compare([cost_line(billed)], [usage_line(MILLION)], restated=[cost_line(restated)]).causes == causes


def test_a_restatement_of_a_discounted_line_is_told_from_the_discount() -> None:
    usage = [usage_line(MILLION, workspace_id=place) for place in "abcd"]
    cost = [cost_line("18.9", workspace_id="a"), *(cost_line(18, workspace_id=place) for place in "bcd")]
    found = compare(cost, usage, restated=[cost_line("0.9", workspace_id="a")])
    assert found.causes == {Cause.DISCOUNT: -usd(8), Cause.RESTATED: usd("0.9")}


def test_a_restatement_of_searches_is_told_from_their_number() -> None:
    usage = [usage_line(tokens(), web_searches=100)]
    found = compare(
        [other_cost_line("1.10", cost_type="web_search")],
        usage,
        restated=[other_cost_line("0.10", cost_type="web_search")],
    )
    assert found.causes == {Cause.RESTATED: usd("0.10")}


def test_a_line_that_came_late_is_not_restated_by_its_discount() -> None:
    told = PriceTable.build({}, Multipliers(discount_percent=Decimal(10)))
    late = other_cost_line(1, cost_type="web_search")
    found = compare([late], [usage_line(tokens(), web_searches=100)], prices=told, restated=[late])
    assert found.causes == {Cause.DISCOUNT: usd("0.10")}


def test_a_contract_pays_for_tokens_where_the_workspace_is_billed_for_others() -> None:
    cost = [in_region(cost_line(22), "us")]
    usage = [usage_line(MILLION), usage_line(MILLION, service_tier="priority")]
    assert compare(cost, usage).causes == {Cause.PRIORITY_TIER: -usd(22)}


def test_what_has_no_reason_lowers_what_is_explained() -> None:
    found = compare([cost_line(25)], [usage_line(MILLION)])
    assert only(found).reason is Cause.UNEXPLAINED
    assert found.explained_percent == 80


def test_a_credit_is_not_set_off_against_the_bill() -> None:
    credit = other_cost_line(-1990, cost_type="credit")
    found = compare([cost_line(2005), credit], [usage_line(tokens(output=10**8))])
    assert found.causes == {Cause.OTHER_COST: usd(-1990), Cause.UNEXPLAINED: usd(5)}
    assert found.explained_percent == Decimal("99.75")


def test_differences_that_cancel_out_are_still_unexplained() -> None:
    cost = [cost_line(21), cost_line(19, workspace_id=SEARCH)]
    found = compare(cost, [usage_line(MILLION), usage_line(MILLION, workspace_id=SEARCH)])
    assert found.difference == 0
    assert found.explained_percent == 95


def test_a_rounded_nano_dollar_is_a_reason() -> None:
    line = cost_line(20)
    assert only(compare([line._replace(amount=line.amount + 3)], [usage_line(MILLION)])).reason is Cause.ROUNDING


DAYS = [TODAY, YESTERDAY, YESTERDAY - timedelta(days=1)]
PLACES: dict[str, list[Any]] = {"day": DAYS, "workspace_id": [CHECKOUT, SEARCH]}
MODELS = [OPUS, SONNET, "claude-next", "claude-haiku-5-5"]
LINES = one_of_each(cost_line, **PLACES, model=MODELS)
OTHERS = one_of_each(other_cost_line, dollars=range(-5, 51), **PLACES, cost_type=["web_search", "x", ""])
COST = st.builds(
    lambda places, others: [
        LINES[place]._replace(amount=usd(dollars)) if place < len(LINES) else other
        for (place, dollars), other in zip(places, others, strict=False)
    ],
    numbered(range(2 * len(LINES)), -50, 500, max_size=12),
    lists_of(OTHERS, min_size=12, max_size=12),
)
USED = one_of_each(usage_line, **PLACES, model=MODELS, service_tier=["standard", "batch"], web_searches=range(10))
USAGE = with_tokens(USED, 10**8, max_size=12)


@given(cost=COST, usage=USAGE, restated=COST, discount=st.sampled_from([0, "12.5"]))
def test_rows_add_up_to_the_bill_and_to_tokens_times_price(
    cost: list[CostLine], usage: list[UsageLine], restated: list[CostLine], discount: int | str
) -> None:
    prices = PriceTable.build({}, Multipliers(discount_percent=Decimal(discount)))
    found = compare(cost, usage, prices=prices, restated=sorted(restated))
    assert found.billed == sum(line.amount for line in cost)
    assert found.expected == sum(line.amount for line in estimate_cost(usage, prices).cost)
    assert all(sum(row.causes.values()) == row.difference for row in found.rows)
    assert sum(found.causes.values()) == found.difference
    assert found.explained_percent is None or 0 <= found.explained_percent <= 100


@given(usage=USAGE)
def test_a_bill_made_of_its_tokens_is_explained_whole(usage: list[UsageLine]) -> None:
    found = compare(estimate_cost(usage, LISTED).cost, usage)
    assert found.difference == 0
    assert found.explained_percent in {None, Decimal(100)}
