"""What tokens were billed at, beside what their prices say: an estimate is made in line with the last bills.

A ratio is billed ÷ expected, over tokens alone, of a workspace × model. It knows what no price list does: a discount,
the region, fast mode. What is out of any proportion is no price but a late bill or a wrong one, and is not believed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.meter import is_for_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.model import CostLine, NanoUsd

DAYS_CALIBRATED = 7
"""How many of the newest settled bills an estimate goes by."""

LOWEST, HIGHEST = Fraction(1, 4), Fraction(4)
"""Ratios that can be believed."""

Scope: TypeAlias = tuple[str, str]
"""A workspace id and a model."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Billed ÷ expected by workspace × model; `organization` stands in where a scope has none that can be believed."""

    scopes: Mapping[Scope, Fraction] = field(default_factory=dict)
    organization: Fraction = Fraction(1)

    def ratio(self, workspace_id: str, model: str) -> Fraction:
        """What a dollar of a scope's estimate comes to on the bill."""
        return self.scopes.get((workspace_id, model), self.organization)


def find_calibration(billed: Iterable[CostLine], expected: Iterable[CostLine]) -> Calibration:
    """The ratios of some settled days' bill to what their tokens should have cost; what was not expected tells nothing.

    >>> find_calibration([], []).ratio("default", "claude-opus-5-5")
    Fraction(1, 1)
    """
    dollars, listed = tokens_by_scope(billed), tokens_by_scope(expected)
    pairs = {scope: (dollars.get(scope, 0), amount) for scope, amount in listed.items() if amount > 0}
    believed = {scope: ratio for scope, pair in pairs.items() if (ratio := believable(*pair)) is not None}
    whole = believable(sum(pair[0] for pair in pairs.values()), sum(pair[1] for pair in pairs.values()))
    return Calibration(believed, Fraction(1) if whole is None else whole)


def tokens_by_scope(lines: Iterable[CostLine]) -> dict[Scope, NanoUsd]:
    """Dollars for tokens by workspace × model."""
    totals: defaultdict[Scope, NanoUsd] = defaultdict(int)
    for line in lines:
        if is_for_tokens(line):
            totals[line.series.workspace_id, line.series.model] += line.amount
    return dict(totals)


def believable(billed: NanoUsd, expected: NanoUsd) -> Fraction | None:
    """A ratio, None where it can be none of prices.

    >>> believable(90, 100), believable(0, 100), believable(500, 100)
    (Fraction(9, 10), None, None)
    """
    ratio = Fraction(billed, expected) if expected > 0 else Fraction(0)
    return ratio if LOWEST <= ratio <= HIGHEST else None


def calibrated(estimate: Iterable[CostLine], calibration: Calibration) -> list[CostLine]:
    """An estimate in line with the bills; its lines for a day's scope add up to their sum × ratio, rounded once.

    What is not for tokens has a price of its own and stays as it is.
    """
    ordered = sorted(estimate, key=day_and_scope)
    return [line for _, alike in groupby(ordered, key=day_and_scope) for line in scaled(alike, calibration)]


def day_and_scope(line: CostLine) -> tuple[object, ...]:
    """What lines have one ratio by."""
    return line.day, line.series.workspace_id, line.series.model


def scaled(lines: Iterable[CostLine], calibration: Calibration) -> list[CostLine]:
    """Lines of one scope and day times its ratio: each is what it adds to the rounded sum of those before it."""
    found, before, after = [], 0, 0
    for line in lines:
        if not is_for_tokens(line):
            found.append(line)
            continue
        before += line.amount
        sum_so_far = round(before * calibration.ratio(line.series.workspace_id, line.series.model))
        found.append(line._replace(amount=sum_so_far - after))
        after = sum_so_far
    return found
