"""One day's two sides, line by line: a workspace × model × tier × context window × token type."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.attribution import TOKEN_TYPES
from bot.analysis.estimate import WEB_SEARCH, nanos
from bot.analysis.meter import WEB_SEARCHES, Meter, added, is_of_tokens, meter_of, searches_by_workspace
from bot.analysis.reconcile.result import Cause
from bot.model import CONTRACT_TIER, NO_MODEL, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from bot.analysis.days import DayLines
    from bot.analysis.prices import Multipliers, Prices, PriceTable
    from bot.model import CostLine, NanoUsd, UsageLine

ROUNDING = 1_000
"""Nano-dollars a line may be off because the bill and the bot round at different places."""

COST_TYPES = {
    "code_execution": Cause.CODE_EXECUTION,
    "session_usage": Cause.SESSIONS,
    WEB_SEARCHES: Cause.WEB_SEARCH,
    "": Cause.UNEXPLAINED,
}
"""What is billed without being tokens; any other name is some other cost."""


class Compared(NamedTuple):
    """A line of both sides. `cause` is why they differ, None where they do not.

    `listed` is what would be expected without a discount, `restated` what the bill changed since it had settled;
    `at_least` marks tokens that may have cost more than listed.
    """

    day: date
    workspace_id: str
    model: str
    billed: NanoUsd
    expected: NanoUsd
    listed: NanoUsd
    cause: Cause | None
    restated: NanoUsd = 0
    at_least: bool = False


class Day:
    """One day's two sides, each by what they are comparable by, and what the bill's changed by since it settled."""

    def __init__(self, lines: DayLines, prices: PriceTable, *, restated: Iterable[CostLine]) -> None:
        self.day = lines.day
        self.discount = prices.multipliers.discount
        self.multipliers = replace(prices.multipliers, discount_percent=Decimal(0))
        self.billed, self.other_cost = billed_by_meter(lines.cost)
        self.restated, self.other_restated = billed_by_meter(restated)
        self.used, self.searches = used_by_meter(lines.usage), searches_by_workspace(lines.usage)
        self.regions = regions_of(self.billed)
        models = {meter.model for meter in (*self.billed, *self.used)}
        self.prices = {model: prices.price_of(model, self.day) for model in models}
        self.listed: dict[tuple[str, str, str], Decimal] = {}
        only_billed = {without_dimensions(meter) for meter in self.billed.keys() - self.used.keys()}
        only_used = {without_dimensions(meter) for meter in self.used.keys() - self.billed.keys()}
        self.misplaced = only_billed & only_used

    def unpriced(self) -> Counter[str]:
        """Tokens by model nobody has a price for."""
        tokens: Counter[str] = Counter()
        for meter, count in self.used.items():
            if self.prices[meter.model] is None:
                tokens[meter.model] += count
        return tokens

    def compare_tokens(self) -> Iterator[Compared]:
        """Each meter that was billed or used."""
        for meter in dict.fromkeys([*self.billed, *self.used]):
            price = self.prices[meter.model]
            billed = sum(self.billed.get(meter, {}).values())
            expected, listed = (0, 0) if price is None else self.expected_and_listed(meter, price)
            yield Compared(
                day=self.day,
                workspace_id=meter.workspace_id,
                model=meter.model,
                billed=billed,
                expected=expected,
                listed=listed,
                cause=self.cause_of(meter, price, billed=billed, expected=expected),
                restated=sum(self.restated.get(meter, {}).values()),
                at_least=price is not None and price.at_least and listed > 0,
            )

    def expected_and_listed(self, meter: Meter, price: Prices) -> tuple[NanoUsd, NanoUsd]:
        """A meter's tokens × price in its tier and in the regions the bill names, after the discount and before it."""
        tokens = self.used.get(meter, 0)
        if not tokens:
            return 0, 0
        amounts = self.billed.get(meter) or self.regions.get((meter.workspace_id, meter.model), {})
        tier = (meter.model, meter.service_tier, meter.token_type)
        if tier not in self.listed:
            factor = self.multipliers.factor(meter.model, service_tier=meter.service_tier)
            self.listed[tier] = getattr(price, Tokens._fields[TOKEN_TYPES[meter.token_type]]) * factor
        price_here = self.listed[tier] * region_factor(meter.model, amounts, self.multipliers)
        listed = nanos(tokens, price_here)
        return listed if self.discount == 1 else nanos(tokens, price_here * self.discount), listed

    def cause_of(self, meter: Meter, price: Prices | None, *, billed: NanoUsd, expected: NanoUsd) -> Cause | None:
        """Why a meter's two sides differ, as far as this line alone can tell."""
        if billed == expected:
            return None
        if price is None:
            return Cause.UNPRICED_MODEL
        if meter.service_tier == CONTRACT_TIER:
            return Cause.PRIORITY_TIER
        if abs(billed - expected) <= ROUNDING:
            return Cause.ROUNDING
        one_sided = (meter in self.billed) != (meter in self.used)
        if one_sided and without_dimensions(meter) in self.misplaced:
            return Cause.TIER_OR_CONTEXT
        return Cause.UNEXPLAINED

    def compare_other_cost(self) -> Iterator[Compared]:
        """What is no tokens: web searches by their number, anything else expects nothing."""
        searched = {(workspace_id, NO_MODEL, WEB_SEARCHES): count for workspace_id, count in self.searches.items()}
        for key in dict.fromkeys([*self.other_cost, *searched]):
            workspace_id, model, cost_type = key
            billed, listed = self.other_cost.get(key, 0), searched.get(key, 0) * WEB_SEARCH
            expected = round(listed * self.discount)
            yield Compared(
                day=self.day,
                workspace_id=workspace_id,
                model=model,
                billed=billed,
                expected=expected,
                listed=listed,
                cause=COST_TYPES.get(cost_type, Cause.OTHER_COST) if billed != expected else None,
                restated=self.other_restated.get(key, 0),
            )


def without_dimensions(meter: Meter) -> tuple[str, str, str]:
    """A meter whatever its tier and context window."""
    return meter.workspace_id, meter.model, meter.token_type


def billed_by_meter(
    cost: Iterable[CostLine],
) -> tuple[dict[Meter, dict[str, NanoUsd]], dict[tuple[str, str, str], NanoUsd]]:
    """Tokens' dollars by meter and region, and other dollars by workspace id, model and cost type."""
    tokens: defaultdict[Meter, dict[str, NanoUsd]] = defaultdict(dict)
    other: defaultdict[tuple[str, str, str], NanoUsd] = defaultdict(int)
    for _, series, amount in cost:
        if is_of_tokens(series):
            regions = tokens[meter_of(series)]
            regions[series.inference_geo] = regions.get(series.inference_geo, 0) + amount
        else:
            other[series.workspace_id, series.model, series.cost_type] += amount
    return dict(tokens), dict(other)


def used_by_meter(usage: Iterable[UsageLine]) -> dict[Meter, int]:
    """Tokens by meter, whoever used them."""
    groups: dict[tuple[str, str, str, str], Tokens] = {}
    for _, series, counts, _ in usage:
        workspace_id, _, *rest = series
        group = (workspace_id, rest[0], rest[1], rest[2])
        known = groups.get(group)
        groups[group] = counts if known is None else added(known, counts)
    return {
        Meter(*group, token_type): counts[kind]
        for group, counts in groups.items()
        for token_type, kind in TOKEN_TYPES.items()
        if counts[kind]
    }


def regions_of(billed: Mapping[Meter, Mapping[str, NanoUsd]]) -> dict[tuple[str, str], dict[str, NanoUsd]]:
    """Dollars by region of each workspace × model: where tokens ran that a contract pays for is on no bill."""
    found: dict[tuple[str, str], dict[str, NanoUsd]] = {}
    for meter, amounts in billed.items():
        regions = found.setdefault((meter.workspace_id, meter.model), {})
        for region, amount in amounts.items():
            regions[region] = regions.get(region, 0) + amount
    return found


def region_factor(model: str, amounts: Mapping[str, NanoUsd], multipliers: Multipliers) -> Decimal:
    """What a meter's tokens cost on average because of where they ran, by the regions of its billed dollars."""
    factors = {region: multipliers.region(model, region) for region in amounts}
    if len(factors) == 1 or len(set(factors.values())) == 1:
        return next(iter(factors.values()))
    if not amounts or min(amounts.values()) <= 0:
        return Decimal(1)
    return Decimal(sum(amounts.values())) / sum(amount / factors[region] for region, amount in amounts.items())
