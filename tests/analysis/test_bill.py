"""One bill of three answers: lines by tier, what ran in the US, dollars by key; all of it the same money."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from bot.analysis.bill import answered_days, fit, merge_bill
from bot.analysis.groupings import NOT_ATTRIBUTABLE
from bot.model import NO_KEY, CostLine, KeyCostLine, end_of, usd
from tests.builders import HAIKU, OPUS, TODAY, YESTERDAY, cost_line, key_cost_line, last_days, other_cost_line
from tests.laws import one_of_a_series, one_of_each, with_amounts

HOUR = timedelta(hours=1)


def test_lines_come_from_one_answer_and_keys_from_the_other() -> None:
    tokens = [cost_line(3), cost_line(1, service_tier="batch")]
    keyed = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id="b")]

    found = merge_bill(tokens=tokens, in_the_us=[], keyed=keyed)

    assert sorted(found.lines) == sorted(tokens)
    assert sorted(found.keys) == sorted(keyed)


def test_cost_that_is_no_tokens_comes_by_type_from_the_keys() -> None:
    everything_else = cost_line(7, token_type="", cost_type="")
    keyed = [
        key_cost_line(5, api_key_id="a", cost_type="web_search"),
        key_cost_line(2, api_key_id=NO_KEY, cost_type="code_execution"),
    ]

    found = merge_bill(tokens=[everything_else], in_the_us=[], keyed=keyed)

    assert sorted(found.lines) == sorted([other_cost_line(5, cost_type="web_search"), other_cost_line(2)])
    assert sorted(found.keys) == sorted(keyed)


def test_what_ran_in_the_us_is_a_line_of_its_own() -> None:
    found = merge_bill(tokens=[cost_line(5)], in_the_us=[cost_line(2)], keyed=[])

    assert [(line.series.inference_geo, line.amount) for line in found.lines] == [("", usd(3)), ("us", usd(2))]


def test_what_ran_in_the_us_alone_is_no_second_line() -> None:
    found = merge_bill(tokens=[cost_line(5)], in_the_us=[cost_line(5)], keyed=[])

    assert [(line.series.inference_geo, line.amount) for line in found.lines] == [("us", usd(5))]


def test_keys_that_come_to_less_than_their_line_take_the_rest_by_their_dollars() -> None:
    keyed = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id="b")]

    found = merge_bill(tokens=[cost_line(8)], in_the_us=[], keyed=keyed)

    assert {line.series.api_key_id: line.amount for line in found.keys} == {"a": usd(6), "b": usd(2)}


def test_dollars_of_no_key_are_nobodys() -> None:
    found = merge_bill(tokens=[cost_line(8)], in_the_us=[], keyed=[])

    assert [(line.series.api_key_id, line.amount) for line in found.keys] == [(NOT_ATTRIBUTABLE, usd(8))]


def test_keys_without_a_line_are_left_out() -> None:
    assert merge_bill(tokens=[], in_the_us=[], keyed=[key_cost_line(3)]).keys == []


def test_a_credit_of_one_key_stays_its_own() -> None:
    assert fit({"a": 100, "b": -20}, 80) == {"a": 100, "b": -20}
    assert sum(fit({"a": 100, "b": -20}, 83).values()) == 83


DAYS, MODELS = [YESTERDAY, TODAY], [OPUS, HAIKU]
LINES = with_amounts(
    one_of_each(
        cost_line,
        day=DAYS,
        model=MODELS,
        token_type=["output_tokens", "cache_read_input_tokens", ""],
        service_tier=["standard", "batch"],
    ),
    -(10**12),
    10**12,
    max_size=12,
).map(one_of_a_series)
KEYS = with_amounts(
    one_of_each(
        key_cost_line,
        day=DAYS,
        model=MODELS,
        api_key_id=["a", "b", NO_KEY],
        cost_type=["tokens", "web_search"],
    ),
    -(10**12),
    10**12,
    max_size=12,
).map(one_of_a_series)


@given(LINES, LINES, KEYS)
def test_keys_come_to_their_lines_and_lines_to_the_bill(
    tokens: list[CostLine], in_the_us: list[CostLine], keyed: list[KeyCostLine]
) -> None:
    found = merge_bill(tokens=tokens, in_the_us=in_the_us, keyed=keyed)

    billed = sum(line.amount for line in tokens if line.series.token_type)
    other = sum(line.amount for line in keyed if not line.series.token_type)
    assert sum(line.amount for line in found.lines) == billed + other
    assert without_zeros(by_what_both_have(found.keys)) == without_zeros(by_what_both_have(found.lines))
    assert len({(line.day, line.series) for line in found.lines}) == len(found.lines)


def by_what_both_have(lines: list[CostLine] | list[KeyCostLine]) -> Counter[tuple[object, ...]]:
    """Dollars by day, workspace, model and type."""
    totals: Counter[tuple[object, ...]] = Counter()
    for day, series, amount in lines:
        totals[day, *series[:4]] += amount
    return totals


def without_zeros(totals: Counter[tuple[object, ...]]) -> dict[tuple[object, ...], int]:
    return {key: amount for key, amount in totals.items() if amount}


@pytest.mark.parametrize(
    ("refreshed_at", "days"),
    [
        (end_of(TODAY) - 20 * HOUR, {TODAY, YESTERDAY}),
        (end_of(YESTERDAY), {YESTERDAY}),
        (end_of(YESTERDAY) - HOUR, set()),
    ],
)
def test_a_day_over_but_not_refreshed_to_its_end_is_not_answered(refreshed_at: datetime, days: set[object]) -> None:
    interval = last_days(2, until=TODAY + timedelta(days=1))
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)

    assert answered_days(interval, refreshed_at=refreshed_at, now=now) == days
