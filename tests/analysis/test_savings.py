"""Savings: what the tokens and the bill's own prices can tell, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.cache import TYPE_OF
from bot.analysis.meter import Meter
from bot.analysis.savings import Confidence, Kind, find_savings
from bot.model import CONTRACT_TIER, Tokens, UsageSeries, usd
from tests.laws import one_of_each, tuples_of

if TYPE_CHECKING:
    from bot.analysis.savings import Saving

OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-4-5"
M = 1_000_000
PRICES = {OPUS: ("5", "25", "0.5", "6.25", "10"), HAIKU: ("1", "5", "0.1", "1.25", "2")}
"""Dollars per million tokens, in the order of `Tokens`."""


def series(key: str = "apikey_1", *, model: str = OPUS, tier: str = "standard", window: str = "0-200k") -> UsageSeries:
    return UsageSeries("prod", key, model, tier, window)


def millions(
    uncached: float = 0, output: float = 0, read: float = 0, write_5m: float = 0, write_1h: float = 0
) -> Tokens:
    return Tokens(*(int(count * M) for count in (uncached, output, read, write_5m, write_1h)))


def billed(usage: dict[UsageSeries, Tokens]) -> dict[Meter, int]:
    """The bill of these tokens at list prices; batches are half, long requests double, contracts not on it."""
    spend: dict[Meter, int] = {}
    for at, tokens in usage.items():
        if at.service_tier == CONTRACT_TIER:
            continue
        factor = (1 if at.service_tier == "batch" else 2) * (2 if at.context_window == "200k-1M" else 1)
        for kind, count, price in zip(Tokens._fields, tokens, PRICES[at.model], strict=True):
            meter = Meter(at.workspace_id, at.model, at.service_tier, at.context_window, TYPE_OF[kind])
            spend[meter] = spend.get(meter, 0) + count * usd(price) * factor // 2 // M
    return {meter: amount for meter, amount in spend.items() if amount}


def found(usage: dict[UsageSeries, Tokens]) -> list[Saving]:
    return find_savings(usage, billed(usage))


def test_cache_writes_that_nobody_reads_cost_more_than_plain_input() -> None:
    (saving,) = found({series(): millions(uncached=1, write_5m=10)})

    assert (saving.kind, saving.confidence, saving.key) == (Kind.UNREAD_WRITES, Confidence.HIGH, "apikey_1")
    assert (saving.paid, saving.instead, saving.amount) == (usd("62.5"), usd(50), usd("12.5"))


def test_a_cache_that_pays_is_left_alone() -> None:
    assert found({series(): millions(uncached=1, read=90, write_5m=10)}) == []


def test_without_a_price_of_uncached_input_nothing_is_said() -> None:
    assert found({series(): millions(write_5m=10)}) == []


def test_input_beside_a_neighbour_that_caches_the_like() -> None:
    usage = {
        series("cached"): millions(uncached=10, output=1, read=90),
        series("plain"): millions(uncached=100, output=1),
    }

    (saving,) = found(usage)

    assert (saving.kind, saving.key, saving.beside) == (Kind.UNCACHED, "plain", "cached")
    assert (saving.paid, saving.instead, saving.confidence) == (usd(500), usd(95), Confidence.MEDIUM)


@pytest.mark.parametrize(("output", "confidence"), [(1.5, Confidence.LOW), (4, None)])
def test_the_less_alike_the_less_sure(output: float, confidence: Confidence | None) -> None:
    usage = {
        series("cached"): millions(uncached=10, output=1, read=90),
        series("plain"): millions(uncached=100, output=output),
    }

    assert [saving.confidence for saving in found(usage)] == ([confidence] if confidence else [])


def test_a_key_that_sends_batches_sends_the_rest_at_twice_the_price() -> None:
    usage = {series(): millions(uncached=10, output=1), series(tier="batch"): millions(uncached=10, output=1)}

    (saving,) = found(usage)

    assert (saving.kind, saving.paid, saving.instead) == (Kind.BATCH, usd(75), usd("37.5"))
    assert saving.confidence is Confidence.MEDIUM


def test_a_key_without_batches_may_have_its_reasons() -> None:
    usage = {series(): millions(uncached=10, output=1), series("other", tier="batch"): millions(uncached=10, output=1)}

    assert found(usage) == []


def test_long_requests_cost_more_than_shorter_ones() -> None:
    usage = {series(): millions(uncached=10), series(window="200k-1M"): millions(uncached=10)}

    (saving,) = found(usage)

    assert (saving.kind, saving.amount, saving.confidence) == (Kind.LONG_CONTEXT, usd(50), Confidence.LOW)


def test_a_dearer_model_beside_a_cheaper_one_that_does_the_like() -> None:
    usage = {series("a"): millions(uncached=10, output=1), series("b", model=HAIKU): millions(uncached=20, output=2)}

    (saving,) = found(usage)

    assert (saving.kind, saving.key, saving.model, saving.beside) == (Kind.DEARER_MODEL, None, OPUS, HAIKU)
    assert (saving.paid, saving.instead) == (usd(75), usd(15))


def test_models_that_do_different_work_are_not_compared() -> None:
    usage = {series("a"): millions(uncached=10, output=1), series("b", model=HAIKU): millions(uncached=5, output=15)}

    assert found(usage) == []


def test_what_is_paid_by_contract_saves_nothing() -> None:
    assert found({series(tier=CONTRACT_TIER): millions(uncached=1, write_5m=100)}) == []


def test_cents_are_not_worth_a_line() -> None:
    assert found({series(): millions(uncached=0.1, write_5m=0.1)}) == []


used = one_of_each(
    UsageSeries,
    workspace_id=["prod", "dev"],
    api_key_id=["a", "b", ""],
    model=[OPUS, HAIKU],
    service_tier=["standard", "batch", CONTRACT_TIER],
    context_window=["0-200k", "200k-1M"],
)
counts = range(0, 51 * M, M)
usages = st.lists(tuples_of(used, *[counts] * len(Tokens._fields)), max_size=10).map(
    lambda drawn: {series: Tokens(*some) for series, *some in drawn}
)


@given(usages)
def test_no_saving_is_more_than_was_paid(usage: dict[UsageSeries, Tokens]) -> None:
    spend = billed(usage)
    of_workspace = {
        name: sum(amount for at, amount in spend.items() if at.workspace_id == name) for name in ("prod", "dev")
    }

    for saving in find_savings(usage, spend):
        assert 0 < saving.amount <= saving.paid <= of_workspace[saving.workspace_id] + 1
        assert saving.instead >= 0


@given(usages)
def test_the_order_of_what_is_known_changes_nothing(usage: dict[UsageSeries, Tokens]) -> None:
    assert find_savings(dict(reversed(usage.items())), billed(usage)) == find_savings(usage, billed(usage))
