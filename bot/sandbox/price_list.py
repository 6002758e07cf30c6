"""What the simulated organisation pays: a price list and a bill of its own.

Nothing here is shared with the bot's own prices, so that a mistake in one is not repeated by the other. Prices are
Anthropic's published ones of November 2026, in dollars per million tokens; money is exact cents in `Decimal`.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import NamedTuple

TOKEN_KINDS = ("uncached_input", "output", "cache_read", "cache_write_5m", "cache_write_1h")

TOKEN_TYPES = {
    "uncached_input": "uncached_input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_input_tokens",
    "cache_write_5m": "cache_creation.ephemeral_5m_input_tokens",
    "cache_write_1h": "cache_creation.ephemeral_1h_input_tokens",
}
"""The token type the bill gives each kind of token."""

WEB_SEARCH_CENTS = Decimal(1)
"""$10 per 1,000 searches."""

HOURLY_CENTS = {"code_execution": Decimal(5), "session_usage": Decimal(8)}
"""Per hour of a container, or of a running session, by cost type."""

HOURLY_WORDS = {"code_execution": "Code Execution Usage", "session_usage": "Session Usage"}
"""The bill's words for those."""

UNBILLED_TIERS = frozenset({"priority"})
"""Paid by contract: their tokens are in usage, their cost is in no report."""


class Prices(NamedTuple):
    """Dollars per million tokens of each kind, in the order of `TOKEN_KINDS`."""

    uncached_input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal


def listed(*, uncached: str, output: str, cached: str) -> Prices:
    """Prices of a model whose cache writes cost the usual 1.25× (5 minutes) and 2× (1 hour)."""
    fresh = Decimal(uncached)
    return Prices(fresh, Decimal(output), Decimal(cached), fresh * Decimal("1.25"), fresh * 2)


PRICES = {
    "claude-opus-4-7": listed(uncached="5", output="25", cached="0.5"),
    "claude-opus-5-5": listed(uncached="4", output="20", cached="0.2"),
    "claude-sonnet-5": listed(uncached="2", output="10", cached="0.2"),
    "claude-sonnet-5-5": listed(uncached="2", output="10", cached="0.1"),
    "claude-haiku-4-5": listed(uncached="1", output="5", cached="0.1"),
    "claude-cairn-preview": listed(uncached="7", output="35", cached="0.7"),
}

UNLISTED = frozenset({"claude-cairn-preview"})
"""Billed here and in no public price list: to anybody else it is unpriced."""

TIER_FACTORS = {"batch": Decimal("0.5")}
GEO_FACTORS = {"us": Decimal("1.1")}


def cents_per_token(model: str, kind: str, *, service_tier: str, inference_geo: str) -> Decimal:
    """What one token costs, exact; nothing where a contract pays for it."""
    if service_tier in UNBILLED_TIERS:
        return Decimal(0)
    return listed_cents_per_token(model, kind, service_tier=service_tier, inference_geo=inference_geo)


@cache
def listed_cents_per_token(model: str, kind: str, *, service_tier: str, inference_geo: str) -> Decimal:
    """What one token costs, or would cost without the contract that pays for it."""
    dollars_per_million: Decimal = getattr(PRICES[model], kind)
    factor = TIER_FACTORS.get(service_tier, Decimal(1)) * GEO_FACTORS.get(inference_geo, Decimal(1))
    return dollars_per_million.scaleb(-4) * factor
