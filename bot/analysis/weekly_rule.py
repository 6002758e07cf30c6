"""Rule A, the contract: a week over the threshold against the week before.

`C7` is the week that ends with the judged day, `P7` the one before. A breach is `C7 > 1.25 × P7`, strictly. Comparisons
are made in integers: exactly 25 % is no breach.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.analysis.contract import Threshold
from bot.model import Kind, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.analysis.contract import Terms
    from bot.analysis.scopes import Scopes
    from bot.model import NanoUsd, WeeklySpend

YOUNG = timedelta(days=14)
"""A series with less history than two weeks has no percentage."""

DOUBLING_PERCENT = Decimal(100)
SWINGS_OF_A_DOUBLING = 5

HIGHEST_QUIET_PERCENT = Decimal(100)
"""Quiet mode never asks for more than a doubling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyRule:
    """Rule A on one day. `known_weeks` are those of the five that were fetched; the others are no baseline."""

    day: date
    known_weeks: tuple[bool, ...]

    def is_breach(self, scope: WeeklySpend, terms: Terms) -> bool:
        """`C7 > 1.25 × P7`."""
        current, previous = scope.weeks[:2]
        numerator, denominator = terms.threshold
        return current > 0 and (previous <= 0 or current * denominator > previous * numerator)

    def reason_to_hold(
        self, scope: WeeklySpend, scopes: Scopes, terms: Terms, usual_swing: Decimal | None
    ) -> Reason | None:
        """The first of the conditions that keeps a breach from the channel."""
        if scope.current - scope.baseline < floor_of(scope, terms, usual_swing):
            return Reason.BELOW_FLOOR
        if self.is_return_to_normal(scope, terms):
            return Reason.RETURN_TO_NORMAL
        if scope.model is not None and is_model_shift(scope, scopes):
            return Reason.MODEL_SHIFT
        if terms.is_quiet and is_usual(scope, usual_swing):
            return Reason.USUAL_SWING
        return None

    def is_return_to_normal(self, scope: WeeklySpend, terms: Terms) -> bool:
        """Whether the week is no breach of the median of the weeks before it: the rebound after a holiday."""
        before = [week for week, known in zip(scope.weeks[1:], self.known_weeks[1:], strict=True) if known]
        exceeds = terms.threshold.is_exceeded
        return bool(before) and not exceeds(current=2 * scope.current, baseline=twice_median(before))

    def kind_of(self, scope: WeeklySpend) -> Kind:
        """New without a week before, or with less than two weeks of history, where more history was looked at."""
        if scope.previous <= 0:
            return Kind.NEW
        looked_further = self.known_weeks[2]
        is_young = scope.first_day is not None and scope.first_day > self.day - YOUNG + timedelta(days=1)
        return Kind.NEW if looked_further and is_young else Kind.RISE


def twice_median(amounts: Sequence[NanoUsd]) -> NanoUsd:
    """Twice the median, because half of two amounts need not be whole.

    >>> twice_median([1, 9, 4]), twice_median([1, 9, 4, 5])
    (8, 9)
    """
    ordered = sorted(amounts)
    return ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]


def is_model_shift(scope: WeeklySpend, scopes: Scopes) -> bool:
    """Whether a model's rise is money moved from its neighbours.

    It is if the workspace is below +10 % and its other models together fell by at least 80 % of the rise.
    """
    workspace = scopes.workspace
    others = [model for model in scopes.models if model.model != scope.model]
    fall = sum([model.previous - model.current for model in others])
    is_level = workspace.current * 10 < workspace.baseline * 11
    return is_level and fall * 10 >= (scope.current - scope.baseline) * 8


def floor_of(scope: WeeklySpend, terms: Terms, usual_swing: Decimal | None) -> NanoUsd:
    """What a rise has to come to: less where the week more than doubled, and rose by five times its usual swing."""
    if usual_swing is None or scope.baseline <= 0:
        return terms.floor
    far = Threshold.of(max(DOUBLING_PERCENT, SWINGS_OF_A_DOUBLING * usual_swing))
    is_far = far.is_exceeded(current=scope.current, baseline=scope.baseline)
    return terms.floor_of_doubling if is_far else terms.floor


def is_usual(scope: WeeklySpend, usual_swing: Decimal | None) -> bool:
    """Whether a rise is within twice the usual swing; none that more than doubles is."""
    if usual_swing is None or scope.baseline <= 0:
        return False
    bar = Threshold.of(min(2 * usual_swing, HIGHEST_QUIET_PERCENT))
    return not bar.is_exceeded(current=scope.current, baseline=scope.baseline)
