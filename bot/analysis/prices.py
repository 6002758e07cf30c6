"""What tokens cost: genai-prices, with the operator's own prices on top. Only estimates are made of this, never bills.

A model nobody knows has no price: its usage is shown as unpriced, never as $0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from genai_prices.types import Provider

CACHE_READ, CACHE_WRITE_5M, CACHE_WRITE_1H = Decimal("0.1"), Decimal("1.25"), Decimal(2)
"""What cache tokens cost, in uncached input tokens, where a price names only input and output."""

PROVIDER = "anthropic"
DATED_NAME = re.compile(r"-\d{8}$", re.ASCII)
VERSION = re.compile(r"-(\d{1,2})(?:-(\d{1,2}))?(?:-|$)", re.ASCII)
FIRST_WITH_REGIONS = (4, 6)
"""The first version whose price depends on where it runs."""


class OverriddenPrices(Protocol):
    """A model's prices as the operator sets them, in dollars per million tokens; caches may be left out.

    They hold from the day `since` on, or always.
    """

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
    @property
    def since(self) -> date | None: ...


class PriceSource(StrEnum):
    """Where a price comes from: the operator's own file, or the public list."""

    OVERRIDE = "override"
    LISTED = "genai-prices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipliers:
    """What a price is multiplied by, whatever the model; `discount_percent` is off everything on the bill.

    Source: Anthropic's published prices. The usage report takes five groupings and has neither region nor speed among
    them: a region is known where the bill names it, fast mode is not.
    """

    batch: Decimal = Decimal("0.5")
    us: Decimal = Decimal("1.1")
    fast: Decimal = Decimal(2)
    discount_percent: Decimal = Decimal(0)

    @property
    def discount(self) -> Decimal:
        """What is left of a price after the discount."""
        return 1 - self.discount_percent / 100

    def factor(self, model: str, *, service_tier: str = "", inference_geo: str = "", speed: str = "") -> Decimal:
        """What tokens of a model cost in a tier, a region and at a speed, as a multiple of the model's price.

        >>> Multipliers().factor("claude-opus-5-5", service_tier="batch", inference_geo="us")
        Decimal('0.55')
        >>> Multipliers().factor("claude-haiku-4-5", inference_geo="us")
        Decimal('1')
        """
        factor = self.discount
        if service_tier == "batch":
            factor *= self.batch
        factor *= self.region(model, inference_geo)
        return factor * self.fast if speed == "fast" else factor

    def region(self, model: str, inference_geo: str) -> Decimal:
        """What tokens of a model cost where they run, as a multiple of the model's price."""
        return self.us if inference_geo == "us" and has_regions(model) else Decimal(1)


def has_regions(model: str) -> bool:
    """Whether a model's price depends on where it runs: from version 4.6 on, and where a name tells no version.

    >>> [has_regions(f"claude-{name}") for name in ("3-5-haiku-20241022", "opus-4-20250514", "sonnet-4-6", "opus-5")]
    [False, False, True, True]
    """
    found = VERSION.search(DATED_NAME.sub("", model))
    return found is None or (int(found[1]), int(found[2] or 0)) >= FIRST_WITH_REGIONS


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

    def times(self, factor: Decimal) -> Prices:
        """These prices multiplied."""
        if factor == 1:
            return self
        multiplied = {kind: getattr(self, kind) * factor for kind in PRICED_KINDS}
        return replace(self, **multiplied)


PRICED_KINDS = tuple(kind.name for kind in fields(Prices) if kind.name != "at_least")
"""The kinds of token that have a price, as `model.Tokens` names them."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A model's prices on a day, where they come from, and since when they hold; None is since ever."""

    prices: Prices
    source: PriceSource
    since: date | None


def chosen(price: Decimal | None, otherwise: Decimal) -> Decimal:
    """A price, where there is one; zero is one."""
    return otherwise if price is None else price


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Every price in force; `overrides` by model name, newest first."""

    overrides: Mapping[str, Sequence[Quote]]
    multipliers: Multipliers = Multipliers()

    @classmethod
    def build(
        cls, overrides: Mapping[str, Iterable[OverriddenPrices]], multipliers: Multipliers | None = None
    ) -> PriceTable:
        """The listed prices, which are loaded now, with the operator's on top."""
        anthropic()
        quotes = {model: newest_first(entries) for model, entries in overrides.items()}
        return cls(quotes, multipliers or Multipliers())

    def quote(self, model: str, day: date) -> Quote | None:
        """A model's prices on a day and where they come from, None for a model nobody knows.

        An override of `claude-opus-9` also holds for `claude-opus-9-20270101`, unless that has its own.
        """
        return next(self.overrides_of(model, day), None) or listed_quote(model, day)

    def overrides_of(self, model: str, day: date) -> Iterator[Quote]:
        """The operator's prices of a model that hold on a day, the one that counts first."""
        return (quote for quote in self.all_overrides_of(model) if quote.since is None or quote.since <= day)

    def all_overrides_of(self, model: str) -> Iterator[Quote]:
        """The operator's prices of a model, by its own name first."""
        for name in (model, DATED_NAME.sub("", model)):
            yield from self.overrides.get(name, ())

    def known_from(self, model: str) -> date | None:
        """The first day on which the operator's prices of a model hold; None without one, or since ever."""
        return min((quote.since for quote in self.all_overrides_of(model) if quote.since is not None), default=None)

    def price_of(self, model: str, day: date) -> Prices | None:
        """A model's prices on a day before multipliers, None for a model nobody knows.

        >>> PriceTable.build({}).price_of("claude-haiku-4-5-20251001", date(2026, 11, 21)).output
        Decimal('5')
        """
        quote = self.quote(model, day)
        return None if quote is None else quote.prices


def newest_first(entries: Iterable[OverriddenPrices]) -> tuple[Quote, ...]:
    """The operator's prices of one model; what holds since ever comes last."""
    quotes = [Quote(Prices.from_override(entry), PriceSource.OVERRIDE, entry.since) for entry in entries]
    return tuple(sorted(quotes, key=lambda quote: quote.since or date.min, reverse=True))


@cache
def anthropic() -> Provider:
    """What genai-prices lists of Anthropic. Those it lists besides are let go: they would keep 4 MB of memory."""
    from genai_prices.data import providers  # half a second to import, and most processes never estimate

    providers[:] = [provider for provider in providers if provider.id == PROVIDER]
    return providers[0]


@lru_cache(maxsize=10_000)
def listed_quote(model: str, day: date) -> Quote | None:
    """Anthropic's price of a model on a day, as genai-prices lists it."""
    listed = anthropic().find_model(model)
    if listed is None:
        return None
    price = listed.get_prices(datetime.combine(day, time(12), tzinfo=UTC))
    prices = parse_prices({key: value for key, value in vars(price).items() if value is not None})
    return None if prices is None else Quote(prices, PriceSource.LISTED, since_of(listed.prices, price))


def since_of(listed: Any, price: Any) -> date | None:
    """Since when a listed price holds, where the list says so."""
    constraints = (each.constraint for each in listed if each.prices is price) if isinstance(listed, list) else ()
    return next((getattr(constraint, "start_date", None) for constraint in constraints), None)


def listed_models() -> tuple[str, ...]:
    """The models genai-prices lists."""
    return tuple(model.id for model in anthropic().models)


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
