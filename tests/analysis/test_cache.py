"""What caching did, told from the bill and its tokens."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.cache import CacheUse, find_cache_use
from bot.model import Tokens, usd
from tests.builders import HAIKU, OPUS, tokens

METER = (OPUS, "standard", "0-200k")
UNCACHED = "uncached_input_tokens"
READ = "cache_read_input_tokens"
WRITTEN = "cache_creation.ephemeral_5m_input_tokens"
COUNTS = st.integers(min_value=0, max_value=10**12)


def test_what_was_read_cheaply_is_saved() -> None:
    spend = {(*METER, UNCACHED): usd(5), (*METER, READ): usd("4.50")}

    use = find_cache_use(spend, {METER: tokens(uncached_input=1_000_000, cache_read=9_000_000)})

    assert (use.hit_percent, use.saved) == (Decimal("90.00"), usd("40.50"))


def test_what_was_written_and_never_read_costs() -> None:
    spend = {(*METER, UNCACHED): usd(5), (*METER, WRITTEN): usd("6.25")}

    use = find_cache_use(spend, {METER: tokens(uncached_input=1_000_000, cache_write_5m=1_000_000)})

    assert (use.hit_percent, use.saved) == (Decimal("0.00"), usd("-1.25"))


def test_output_is_no_input() -> None:
    assert find_cache_use({}, {METER: tokens(output=5)}).hit_percent is None


def test_without_uncached_input_on_the_bill_nobody_knows_what_was_saved() -> None:
    use = find_cache_use({(*METER, READ): usd(1)}, {METER: tokens(cache_read=1_000)})

    assert (use.hit_percent, use.saved, use.unpriced) == (Decimal("100.00"), None, 1_000)


def test_each_model_is_compared_with_its_own_price() -> None:
    spend = {(*METER, UNCACHED): usd(5), (*METER, READ): usd("0.50"), (HAIKU, "", "", UNCACHED): usd(1)}
    both = {METER: tokens(uncached_input=100, cache_read=100), (HAIKU, "", ""): tokens(uncached_input=100)}

    assert find_cache_use(spend, both) == CacheUse(read=100, whole_input=300, saved=usd("4.50"), unpriced=0)


@given(st.builds(Tokens, *[COUNTS] * 5))
def test_the_hit_rate_is_a_part_of_the_whole(counts: Tokens) -> None:
    hit = find_cache_use({}, {METER: counts}).hit_percent

    assert hit is None or 0 <= hit <= 100
