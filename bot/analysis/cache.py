"""What prompt caching did: how much of the input came from the cache, and what that saved or cost.

Prices are those of the bill itself: what a model's uncached input cost, divided by its tokens. So they hold whatever
discount there is, and nothing has to be looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from bot.model import BILLED_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.model import NanoUsd, Tokens

Meter: TypeAlias = tuple[str, str, str]
"""Model, service tier and context window: what tokens of one kind are priced by."""

TYPE_OF = {kind: token_type for token_type, kind in BILLED_TOKENS.items()}
CACHED = tuple(TYPE_OF[kind] for kind in ("cache_read", "cache_write_5m", "cache_write_1h"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheUse:
    """The cache in some days.

    `saved` is dollars below what the same input would have cost without it, negative if writing cost more than reading
    saved; None if nothing could be compared. `unpriced` tokens are not in it: no uncached input was billed beside them.
    """

    read: int
    whole_input: int
    saved: NanoUsd | None
    unpriced: int

    @property
    def hit_percent(self) -> Decimal | None:
        """How much of the input was read from the cache, to two decimals; None without input."""
        if not self.whole_input:
            return None
        return (Decimal(self.read) * 100 / self.whole_input).quantize(Decimal("0.01"))


def find_cache_use(spend: Mapping[tuple[str, str, str, str], NanoUsd], tokens: Mapping[Meter, Tokens]) -> CacheUse:
    """What caching did, from spend by meter and token type and tokens by meter."""
    saved: list[NanoUsd] = []
    unpriced = 0
    for meter, counts in tokens.items():
        cached = cached_tokens(counts)
        uncached_spend = spend.get((*meter, TYPE_OF["uncached_input"]), 0)
        if cached and counts.uncached_input and uncached_spend > 0:
            cost = sum(spend.get((*meter, token_type), 0) for token_type in CACHED)
            saved.append(cached * uncached_spend // counts.uncached_input - cost)
        else:
            unpriced += cached
    return CacheUse(
        read=sum(counts.cache_read for counts in tokens.values()),
        whole_input=sum(counts.uncached_input + cached_tokens(counts) for counts in tokens.values()),
        saved=sum(saved) if saved else None,
        unpriced=unpriced,
    )


def add_up_use(uses: Iterable[CacheUse]) -> CacheUse:
    """What caching did in several organisations."""
    each = list(uses)
    saved = [use.saved for use in each if use.saved is not None]
    return CacheUse(
        read=sum(use.read for use in each),
        whole_input=sum(use.whole_input for use in each),
        saved=sum(saved) if saved else None,
        unpriced=sum(use.unpriced for use in each),
    )


def cached_tokens(counts: Tokens) -> int:
    """Input that was read from the cache or written to it."""
    return counts.cache_read + counts.cache_write_5m + counts.cache_write_1h
