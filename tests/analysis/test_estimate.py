"""Prices, and dollars estimated from tokens."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from genai_prices.data import providers
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.estimate import estimate_by_scope, estimate_cost
from bot.analysis.price_list import find_price_list
from bot.analysis.prices import Multipliers, PriceTable, parse_prices
from bot.model import NO_MODEL, Tokens, Unpriced, UsageLine, usd
from tests.builders import CHECKOUT, HAIKU, OPUS, SEARCH, SONNET, TODAY, YESTERDAY, tokens, usage_line
from tests.laws import one_of_each, with_tokens

LISTED = PriceTable.build({})
DISCOUNTED = PriceTable.build({}, Multipliers(discount_percent=Decimal("7.5")))


@dataclass(frozen=True)
class Override:
    """Prices as an operator sets them."""

    input: Decimal = Decimal(3)
    output: Decimal = Decimal(15)
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    since: date | None = None


# --- Prices ---


def test_a_listed_model_has_a_price_for_each_kind_of_token() -> None:
    opus = LISTED.price_of("claude-opus-5-5", YESTERDAY)
    assert opus is not None
    assert (opus.uncached_input, opus.output) == (Decimal(4), Decimal(20))
    assert (opus.cache_read, opus.cache_write_5m, opus.cache_write_1h) == (Decimal("0.2"), Decimal(5), Decimal(8))
    assert not opus.at_least


def test_what_others_charge_is_not_kept() -> None:
    assert LISTED.price_of("claude-opus-5-5", YESTERDAY) is not None
    assert [provider.id for provider in providers] == ["anthropic"]


def test_a_model_nobody_knows_has_no_price() -> None:
    assert LISTED.price_of("claude-sonnet-4-7", YESTERDAY) is None
    assert LISTED.price_of("", YESTERDAY) is None


def test_a_price_that_rises_with_the_request_is_its_lowest_and_says_at_least() -> None:
    haiku = LISTED.price_of("claude-haiku-5-5", YESTERDAY)
    assert haiku is not None
    assert (haiku.uncached_input, haiku.output, haiku.at_least) == (Decimal("0.1"), Decimal("0.5"), True)


def test_a_price_is_that_of_its_day() -> None:
    before = LISTED.price_of("claude-sonnet-4-6", date(2026, 3, 12))
    after = LISTED.price_of("claude-sonnet-4-6", date(2026, 3, 13))
    assert before is not None
    assert after is not None
    assert (before.at_least, after.at_least) == (True, False)


def test_the_operators_price_comes_first_and_fills_in_what_it_leaves_out() -> None:
    table = PriceTable.build({"claude-sonnet-4-7": [Override(cache_read=Decimal(0))]})
    sonnet = table.price_of("claude-sonnet-4-7", YESTERDAY)
    assert sonnet is not None
    assert (sonnet.cache_read, sonnet.cache_write_5m, sonnet.cache_write_1h) == (
        Decimal(0),
        Decimal("3.75"),
        Decimal(6),
    )


def test_the_operators_price_holds_for_a_models_dated_name() -> None:
    table = PriceTable.build({"claude-sonnet-4-7": [Override()], "claude-opus-5-5": [Override()]})
    assert table.price_of("claude-sonnet-4-7-20260301", YESTERDAY) == table.price_of("claude-sonnet-4-7", YESTERDAY)
    assert table.price_of("claude-opus-5-5", YESTERDAY) != LISTED.price_of("claude-opus-5-5", YESTERDAY)


def test_an_override_holds_from_its_day_on_and_the_list_before() -> None:
    first, second = YESTERDAY - timedelta(days=9), YESTERDAY
    entries = [Override(input=Decimal(2), since=second), Override(input=Decimal(1), since=first)]
    table = PriceTable.build({OPUS: entries})
    days = [first - timedelta(days=1), first, second - timedelta(days=1), second]
    quotes = [table.quote(OPUS, day) for day in days]
    assert [(int(quote.prices.uncached_input), quote.source.value, quote.since) for quote in quotes if quote] == [
        (4, "genai-prices", None),
        (1, "override", first),
        (1, "override", first),
        (2, "override", second),
    ]


def test_a_listed_price_says_since_when_it_holds() -> None:
    quote = LISTED.quote("claude-sonnet-4-6", YESTERDAY)
    assert quote is not None
    assert quote.since == date(2026, 3, 13)


def test_multipliers_multiply() -> None:
    every = Multipliers(discount_percent=Decimal(10))
    factor = every.factor(OPUS, service_tier="batch", inference_geo="us", speed="fast")
    assert factor == Decimal("0.9") * Decimal("0.5") * Decimal("1.1") * 2


def test_a_discount_is_off_tokens_and_searches() -> None:
    table = PriceTable.build({}, Multipliers(discount_percent=Decimal("12.5")))
    usage = [usage_line(tokens(output=10**6), web_searches=100)]
    assert sum(line.amount for line in estimate_cost(usage, table).cost) == usd("18.375")


def test_the_price_list_has_overrides_listed_models_and_used_ones_without_a_price() -> None:
    table = PriceTable.build({"claude-own": [Override()]})
    used = {(YESTERDAY, CHECKOUT, "claude-next"): tokens(output=5), (YESTERDAY, CHECKOUT, OPUS): tokens(output=9)}
    found = find_price_list(table, used, day=YESTERDAY, model=None)
    assert {"claude-own", OPUS, SONNET} < found.quotes.keys()
    assert found.unpriced == (Unpriced("claude-next", 5),)


def test_a_model_listed_without_a_price_for_tokens_has_none() -> None:
    assert parse_prices({"requests_kcount": Decimal(1)}) is None


# --- Estimates ---


def total(*usage: UsageLine) -> int:
    """Estimated nano-dollars at listed prices."""
    return sum(line.amount for line in estimate_cost(usage, LISTED).cost)


def test_a_published_bill_with_searches_is_reproduced() -> None:
    counts = tokens(uncached_input=1_086_881, output=77_829)
    assert total(usage_line(counts, model="claude-sonnet-5", web_searches=69)) == usd("3.642052")


def test_a_published_haiku_bill_is_reproduced() -> None:
    counts = tokens(uncached_input=2_919_015)
    assert total(usage_line(counts, model="claude-haiku-4-5-20251001")) == usd("2.919015")


def test_each_kind_of_token_is_a_line_of_its_own() -> None:
    million = 10**6
    estimate = estimate_cost([usage_line(Tokens(*[million] * 5), model=OPUS)], LISTED)
    assert {line.series.token_type: line.amount for line in estimate.cost} == {
        "uncached_input_tokens": usd(4),
        "output_tokens": usd(20),
        "cache_read_input_tokens": usd("0.2"),
        "cache_creation.ephemeral_5m_input_tokens": usd(5),
        "cache_creation.ephemeral_1h_input_tokens": usd(8),
    }
    assert {line.series[:3] for line in estimate.cost} == {(CHECKOUT, OPUS, "tokens")}


def test_batch_is_half_price() -> None:
    counts = tokens(output=10**6)
    assert total(usage_line(counts, service_tier="batch")) == usd(10)
    assert total(usage_line(counts, service_tier="standard")) == usd(20)
    assert total(usage_line(counts, service_tier="a_tier_to_come")) == usd(20)


def test_priority_tokens_are_paid_by_contract_and_cost_nothing_here() -> None:
    estimate = estimate_cost([usage_line(service_tier="priority")], LISTED)
    assert (estimate.cost, estimate.unpriced) == ([], [])


def test_searches_belong_to_their_workspace_and_to_no_model() -> None:
    usage = [
        usage_line(tokens(), api_key_id="a", web_searches=2),
        usage_line(tokens(), api_key_id="b", model="claude-next", web_searches=1),
        usage_line(tokens(), workspace_id=SEARCH, web_searches=4),
    ]
    cost = estimate_cost(usage, LISTED).cost
    assert [(line.series.workspace_id, line.series.model, line.series.cost_type, line.amount) for line in cost] == [
        (CHECKOUT, NO_MODEL, "web_search", usd("0.03")),
        (SEARCH, NO_MODEL, "web_search", usd("0.04")),
    ]


def test_dollars_by_scope_are_those_of_the_lines() -> None:
    usage = [
        usage_line(Tokens(1, 20, 300, 4_000, 50_000), service_tier=tier, model=model, api_key_id=key)
        for tier in ("standard", "batch", "priority")
        for model in (OPUS, SONNET, "claude-next")
        for key in "ab"
    ]
    usage += [usage_line(tokens(output=3), workspace_id=SEARCH, web_searches=4), usage_line(tokens(), model=HAIKU)]
    lines: defaultdict[tuple[str, str], int] = defaultdict(int)
    for line in estimate_cost(usage, DISCOUNTED).cost:
        lines[line.series.workspace_id, line.series.model] += line.amount
    assert estimate_by_scope(usage, DISCOUNTED) == lines
    assert lines.keys() == {(CHECKOUT, OPUS), (CHECKOUT, SONNET), (SEARCH, OPUS), (SEARCH, NO_MODEL)}


def test_unknown_models_are_unpriced_and_never_free() -> None:
    usage = [
        usage_line(tokens(output=5, cache_read=7), model="claude-next", api_key_id="a"),
        usage_line(tokens(output=1), model="claude-next", api_key_id="b", day=TODAY),
        usage_line(tokens(output=99), model="claude-other"),
    ]
    estimate = estimate_cost(usage, LISTED)
    assert estimate.cost == []
    assert estimate.unpriced == [Unpriced("claude-other", 99), Unpriced("claude-next", 13)]


def test_tokens_are_summed_over_keys_before_the_price_is_rounded() -> None:
    table = PriceTable.build({SONNET: [Override(input=Decimal("0.0005"), output=Decimal(1))]})
    usage = [usage_line(tokens(uncached_input=1), model=SONNET, api_key_id=key) for key in "abc"]
    assert [line.amount for line in estimate_cost(usage, table).cost] == [2]


@pytest.mark.parametrize(("price", "amount"), [("0.0005", 0), ("0.0015", 2), ("0.0025", 2)])
def test_half_a_nano_dollar_is_rounded_to_even(price: str, amount: int) -> None:
    table = PriceTable.build({SONNET: [Override(input=Decimal(price))]})
    usage = [usage_line(tokens(uncached_input=1), model=SONNET)]
    assert [line.amount for line in estimate_cost(usage, table).cost] == [amount]


USED = one_of_each(usage_line, day=[TODAY, YESTERDAY], api_key_id=["a", "b"], model=[OPUS, SONNET])
USAGE = with_tokens(USED, 10**10, max_size=12)


@given(usage=USAGE, cut=st.integers(0, 12))
def test_where_a_token_costs_whole_nano_dollars_estimating_in_parts_never_changes_the_sum(
    usage: list[UsageLine], cut: int
) -> None:
    assert total(*usage[:cut]) + total(*usage[cut:]) == total(*usage)
