"""What `claudecost prices` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.analysis.prices import PRICED_KINDS
from bot.messages.basis import unpriced_total
from bot.messages.numbers import percent_set, plain_number
from bot.terminal.page import Page, written

if TYPE_CHECKING:
    from bot.analysis.price_list import PriceList
    from bot.analysis.prices import Multipliers, Quote


def prices_as_json(prices: PriceList) -> str:
    """The fixed shape of `prices --json`: dollars per million tokens."""
    multipliers = prices.multipliers
    return written(
        {
            "day": prices.day.isoformat(),
            "currency": "USD",
            "prices": [_quote_as_json(model, quote) for model, quote in prices.quotes.items()],
            "multipliers": {name: plain_number(getattr(multipliers, name)) for name in multipliers.__slots__},
            "unpriced": [{"model": each.model, "tokens": each.tokens} for each in prices.unpriced],
        }
    )


def _quote_as_json(model: str, quote: Quote) -> dict[str, Any]:
    return {
        "model": model,
        **{kind.removeprefix("uncached_"): plain_number(getattr(quote.prices, kind)) for kind in PRICED_KINDS},
        "source": quote.source.value,
        "since": quote.since.isoformat() if quote.since else None,
        "at_least": quote.prices.at_least,
    }


def prices_as_text(prices: PriceList) -> Page:
    """Every model with its price, in dollars per million tokens, and its source."""
    return Page(
        title=f"Prices on {prices.day}, in dollars per million tokens",
        header=("Model", "Input", "Output", "Cache read", "Write 5m", "Write 1h", "From", "Since"),
        rows=tuple(_quote_as_cells(model, quote) for model, quote in prices.quotes.items()),
        align="lrrrrrll",
        notes=(_multipliers(prices.multipliers), unpriced_total(prices.unpriced)),
    )


def _quote_as_cells(model: str, quote: Quote) -> tuple[str, ...]:
    least = "≥ " if quote.prices.at_least else ""
    amounts = (f"{least}{plain_number(getattr(quote.prices, kind))}" for kind in PRICED_KINDS)
    least_in_words = ", at least: long requests cost more" if least else ""
    return (model, *amounts, f"{quote.source.value}{least_in_words}", str(quote.since or "–"))


def _multipliers(multipliers: Multipliers) -> str:
    parts = [f"{name} × {plain_number(getattr(multipliers, name))}" for name in ("batch", "us", "fast")]
    return f"{', '.join(parts)}, discount {percent_set(multipliers.discount_percent)}"
