"""Why lines differ: what they have in common, and what is left of each then."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.analysis.reconcile.day import ROUNDING, Compared
from bot.analysis.reconcile.result import Cause
from bot.model import usd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.model import NanoUsd

WORTH_A_RATIO = usd("0.01")
"""A line below this says nothing about a discount."""

FEWEST_ALIKE = 3
"""Fewer lines at the same part of their price can be chance."""

DEEPEST_DISCOUNT = Decimal("0.5")
"""What is billed at less of its price is no discount: the bill is late, or wrong."""

DIVISIBLE = frozenset({Cause.WEB_SEARCH, Cause.UNEXPLAINED})
"""The causes left when nothing else is known: a discount and a restatement are looked for in such differences."""

STEP = Decimal("0.0001")
"""How exactly a discount that nobody told of is known, as a part of the price."""

STEPS_OF_SLACK = 20_000
"""Half a step goes so often into a price: as far off may a line be, because the discount is known no better."""


def find_ratio(lines: Iterable[Compared]) -> Decimal | None:
    """The part of its price, to a `STEP`, at which at least half of what was used was billed; None without one."""
    weights: Counter[Decimal] = Counter()
    alike: Counter[Decimal] = Counter()
    for line in lines:
        if line.model and line.billed > 0 and line.listed >= WORTH_A_RATIO:
            ratio = (Decimal(line.billed) / line.listed).quantize(STEP)
            weights[ratio] += line.listed
            alike[ratio] += 1
    found = [
        ratio
        for ratio, weight in weights.most_common(1)
        if DEEPEST_DISCOUNT <= ratio <= 1 and alike[ratio] >= FEWEST_ALIKE and 2 * weight >= weights.total()
    ]
    return found[0] if found else None


def causes_of(line: Compared, ratio: Decimal | None) -> dict[Cause, NanoUsd]:
    """What makes up a line's difference, where lines are usually billed at that part of their price."""
    if line.cause is None:
        return {}
    if line.cause not in DIVISIBLE:
        return {line.cause: line.billed - line.expected}
    discounted = line.expected if ratio is None else round(line.listed * ratio)
    slack = ROUNDING + line.listed // STEPS_OF_SLACK
    if abs(line.billed - discounted) <= slack and discounted != line.expected:
        return {Cause.DISCOUNT: line.billed - line.expected}
    return parts_of(line, usual_amount(line, discounted, slack), slack)


def parts_of(line: Compared, usual: NanoUsd, slack: NanoUsd) -> dict[Cause, NanoUsd]:
    """A line's difference where it would usually have come to `usual`: discount, restatement, and the rest."""
    discount, left = usual - line.expected, line.billed - usual
    restated = min(max(line.restated, min(left, 0)), max(left, 0))
    rest = left - restated
    if abs(rest) <= slack and (discount or restated):
        discount, restated, rest = (discount, restated + rest, 0) if restated else (discount + rest, 0, 0)
    rest_cause = Cause.TIER_OR_CONTEXT if line.at_least and rest > 0 else line.cause or Cause.UNEXPLAINED
    return {Cause.DISCOUNT: discount, Cause.RESTATED: restated, rest_cause: rest}


def usual_amount(line: Compared, discounted: NanoUsd, slack: NanoUsd) -> NanoUsd:
    """What a line would have come to, had it not been restated or wrong: `discounted` as usual, or without a discount.

    Some contracts leave out web searches, or a model.
    """
    for said in (line.billed, line.billed - line.restated):
        nearest = min(discounted, line.listed, key=lambda amount: abs(said - amount))
        if abs(said - nearest) <= slack:
            return nearest
    return discounted if line.billed > 0 and line.cause is Cause.UNEXPLAINED else line.expected
