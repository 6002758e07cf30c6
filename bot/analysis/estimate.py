"""Dollars from tokens, where no bill answers: lines shaped like the bill's, and what could not be priced."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.attribution import TOKEN_TYPES
from bot.analysis.meter import WEB_SEARCHES, added
from bot.model import CONTRACT_TIER, NANOS_PER_USD, NO_MODEL, CostLine, CostSeries, Tokens, Unpriced, usd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date
    from decimal import Decimal

    from bot.analysis.calibration import Scope
    from bot.analysis.prices import Prices, PriceTable
    from bot.model import NanoUsd, UsageLine

WEB_SEARCH = usd("0.01")  # $10 per 1,000 searches
MILLION = 1_000_000


class Estimate(NamedTuple):
    """What usage would have cost, ordered by day, and the models nobody has a price for, most tokens first."""

    cost: list[CostLine]
    unpriced: list[Unpriced]


class Line(NamedTuple):
    """What is priced together: a day's tokens of a workspace × model × tier × context, whoever used them."""

    day: date
    workspace_id: str
    model: str
    service_tier: str
    context_window: str


def estimate_cost(usage: Iterable[UsageLine], prices: PriceTable) -> Estimate:
    """Tokens × price, summed before it is rounded, and web searches; nothing for tokens of an unknown model."""
    tokens, searches = totals_of(usage)
    priced = prices_of(tokens, prices)
    cost = [cost_line for line, price in priced.items() if price for cost_line in token_cost(line, tokens[line], price)]
    without = {line: tokens[line] for line, price in priced.items() if price is None}
    return Estimate(
        cost=sorted([*cost, *search_cost(searches, discount=prices.multipliers.discount)]),
        unpriced=unpriced_of(without),
    )


def estimate_by_scope(usage: Iterable[UsageLine], prices: PriceTable) -> dict[Scope, NanoUsd]:
    """The dollars alone, by workspace × model, in a third of the time that their lines take."""
    tokens, searches = totals_of(usage)
    totals: defaultdict[Scope, NanoUsd] = defaultdict(int)
    for line, price in prices_of(tokens, prices).items():
        if price:
            totals[line.workspace_id, line.model] += sum(amount for _, amount in amounts_of(tokens[line], price))
    for _, series, amount in search_cost(searches, discount=prices.multipliers.discount):
        totals[series.workspace_id, series.model] += amount
    return dict(totals)


def totals_of(usage: Iterable[UsageLine]) -> tuple[dict[Line, Tokens], dict[tuple[date, str], int]]:
    """Tokens that cost something by what is priced together, and web searches by day and workspace."""
    totals: dict[Line, Tokens] = {}
    searches: defaultdict[tuple[date, str], int] = defaultdict(int)
    for day, series, tokens, searched in usage:
        searches[day, series.workspace_id] += searched
        if series.service_tier != CONTRACT_TIER and any(tokens):
            line = Line(day, series.workspace_id, series.model, series.service_tier, series.context_window)
            totals[line] = added(totals[line], tokens) if line in totals else tokens
    return totals, searches


def prices_of(lines: Collection[Line], prices: PriceTable) -> dict[Line, Prices | None]:
    """What each line's tokens cost, None for a model nobody knows; looked up once for each day, model and tier."""
    known: dict[tuple[date, str, str], Prices | None] = {}
    for line in lines:
        kind = (line.day, line.model, line.service_tier)
        if kind not in known:
            known[kind] = price_in_tier(line, prices)
    return {line: known[line.day, line.model, line.service_tier] for line in lines}


def price_in_tier(line: Line, prices: PriceTable) -> Prices | None:
    """What a line's tokens cost in their tier, None for a model nobody knows."""
    listed = prices.price_of(line.model, line.day)
    return (
        None if listed is None else listed.times(prices.multipliers.factor(line.model, service_tier=line.service_tier))
    )


def token_cost(line: Line, tokens: Tokens, prices: Prices) -> Iterator[CostLine]:
    """A cost line for each kind of token that was used."""
    for token_type, amount in amounts_of(tokens, prices):
        yield CostLine(line.day, token_series(line, token_type), amount)


def amounts_of(tokens: Tokens, prices: Prices) -> Iterator[tuple[str, NanoUsd]]:
    """What each kind of token that was used costs, by the bill's name of it."""
    for token_type, position in TOKEN_TYPES.items():
        if tokens[position]:
            price: Decimal = getattr(prices, Tokens._fields[position])
            yield token_type, nanos(tokens[position], price)


def nanos(tokens: int, price: Decimal) -> NanoUsd:
    """Tokens at a price in dollars per million, in nano-dollars, rounded half-even.

    >>> from decimal import Decimal
    >>> nanos(2_919_015, Decimal(1))
    2919015000
    """
    return round(tokens * price * (NANOS_PER_USD // MILLION))


def token_series(line: Line, token_type: str) -> CostSeries:
    """The line of the bill those tokens would have been on."""
    return CostSeries(
        workspace_id=line.workspace_id,
        model=line.model,
        cost_type="tokens",
        token_type=token_type,
        service_tier=line.service_tier,
        context_window=line.context_window,
        inference_geo="",
        description="",
    )


def search_cost(searches: Mapping[tuple[date, str], int], *, discount: Decimal) -> list[CostLine]:
    """Web searches by day and workspace; like the bill's, they belong to no model."""
    return [
        CostLine(
            day,
            CostSeries(workspace_id, NO_MODEL, WEB_SEARCHES, "", "", "", "", ""),
            round(count * WEB_SEARCH * discount),
        )
        for (day, workspace_id), count in searches.items()
        if count
    ]


def unpriced_of(tokens: Mapping[Line, Tokens]) -> list[Unpriced]:
    """Unknown models with all their tokens, most first."""
    totals: defaultdict[str, int] = defaultdict(int)
    for line, counts in tokens.items():
        totals[line.model] += sum(counts)
    return most_first(totals)


def most_first(totals: Mapping[str, int]) -> list[Unpriced]:
    """Tokens by unknown model as a list, most first."""
    return [Unpriced(model, count) for model, count in sorted(totals.items(), key=lambda one: (-one[1], one[0]))]
