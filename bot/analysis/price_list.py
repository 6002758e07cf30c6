"""Which prices are in force, where each comes from, and which models have none."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.estimate import most_first
from bot.analysis.prices import listed_models
from bot.model import NO_MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.analysis.prices import Multipliers, PriceTable, Quote
    from bot.model import Tokens, Unpriced


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """Prices on `day` by model, in the order of names; `unpriced` are used models without one, most tokens first."""

    day: date
    quotes: Mapping[str, Quote]
    multipliers: Multipliers
    unpriced: tuple[Unpriced, ...]


def find_price_list(
    prices: PriceTable, tokens: Mapping[tuple[date, str, str], Tokens], *, day: date, model: str | None
) -> PriceList:
    """The prices of one model, or of every model that is overridden, listed, or was used.

    `tokens` are those used by day, workspace id and model.
    """
    used: defaultdict[str, int] = defaultdict(int)
    for (_, _, used_model), counts in tokens.items():
        used[used_model] += sum(counts)
    asked = {model} if model is not None else {*prices.overrides, *listed_models(), *used} - {NO_MODEL}
    quotes = {name: quote for name in sorted(asked) if (quote := prices.quote(name, day))}
    without = {name: used.get(name, 0) for name in asked - quotes.keys() if model or used.get(name)}
    return PriceList(day=day, quotes=quotes, multipliers=prices.multipliers, unpriced=tuple(most_first(without)))
