"""What tokens cost: genai-prices, with the operator's own prices on top. Only estimates are made of this, never bills.

A model nobody knows has no price: its usage is shown as unpriced, never as $0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

CACHE_READ, CACHE_WRITE_5M, CACHE_WRITE_1H = Decimal("0.1"), Decimal("1.25"), Decimal(2)
"""What cache tokens cost, in uncached input tokens, where a price names only input and output."""

BATCH = Decimal("0.5")
"""What the batch tier costs, as a part of the standard one."""

DATED_NAME = re.compile(r"-\d{8}$", re.ASCII)


class OverriddenPrices(Protocol):
    """A model's prices as the operator sets them, in dollars per million tokens; caches may be left out."""

    @property
    def input(self) -> Decimal: ...
    @property
    def output(self) -> Decimal: ...
    @property
    def cache_read(self) -> Decimal | None: ...
    @property
    def cache_write_5m(self) -> Decimal | None: ...
    @property
    def cache_write_1h(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A model's prices in dollars per million tokens, by kind as `model.Tokens` names them.

    `at_least` marks a model whose long requests cost more: a day's sum does not tell them apart, so these are its
    lowest prices.
    """

    uncached_input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    at_least: bool = False

    @classmethod
    def from_override(cls, override: OverriddenPrices) -> Prices:
        """The operator's prices, with what they leave out in proportion to the input's."""
        return cls(
            uncached_input=override.input,
            output=override.output,
            cache_read=chosen(override.cache_read, override.input * CACHE_READ),
            cache_write_5m=chosen(override.cache_write_5m, override.input * CACHE_WRITE_5M),
            cache_write_1h=chosen(override.cache_write_1h, override.input * CACHE_WRITE_1H),
        )

    def of_tier(self, service_tier: str) -> Prices:
        """These prices in a service tier: batch is half, any other as it stands."""
        if service_tier != "batch":
            return self
        halved = {kind.name: getattr(self, kind.name) * BATCH for kind in fields(self) if kind.name != "at_least"}
        return Prices(**halved, at_least=self.at_least)


def chosen(price: Decimal | None, otherwise: Decimal) -> Decimal:
    """A price, where there is one; zero is one."""
    return otherwise if price is None else price


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Every price in force; `overrides` by model name."""

    overrides: Mapping[str, Prices]

    @classmethod
    def build(cls, overrides: Mapping[str, OverriddenPrices]) -> PriceTable:
        """The listed prices with the operator's on top."""
        return cls({model: Prices.from_override(override) for model, override in overrides.items()})

    def price_of(self, model: str, day: date) -> Prices | None:
        """A model's prices on a day, None for a model nobody knows.

        An override of `claude-opus-9` also holds for `claude-opus-9-20270101`, unless that has its own.

        >>> PriceTable.build({}).price_of("claude-haiku-4-5-20251001", date(2026, 11, 21)).output
        Decimal('5')
        """
        undated = DATED_NAME.sub("", model)
        return self.overrides.get(model) or self.overrides.get(undated) or listed_prices(model, day)


@lru_cache(maxsize=10_000)
def listed_prices(model: str, day: date) -> Prices | None:
    """Anthropic's price of a model on a day, as genai-prices lists it."""
    from genai_prices import Usage, calc_price  # half a second to import, and most processes never estimate

    noon = datetime.combine(day, time(12), tzinfo=UTC)
    try:
        listed = calc_price(Usage(), model, provider_id="anthropic", genai_request_timestamp=noon).model_price
    except LookupError:
        return None
    return parse_prices({key: value for key, value in vars(listed).items() if value is not None})


def parse_prices(listed: Mapping[str, Any]) -> Prices | None:
    """Listed prices with tiers reduced to their base; None without a price for input or output."""
    base = {key: getattr(price, "base", price) for key, price in listed.items()}
    if "input_mtok" not in base or "output_mtok" not in base:
        return None
    uncached = base["input_mtok"]
    return Prices(
        uncached_input=uncached,
        output=base["output_mtok"],
        cache_read=base.get("cache_read_mtok", uncached * CACHE_READ),
        cache_write_5m=base.get("cache_write_mtok", uncached * CACHE_WRITE_5M),
        cache_write_1h=base.get("cache_write_1h_mtok", uncached * CACHE_WRITE_1H),
        at_least=any(base[key] is not price for key, price in listed.items()),
    )
