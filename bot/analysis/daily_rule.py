"""Rule B, the fast lane: one complete day far above what is usual.

    x > mean28 + 4 · sd28   and   x > 1.5 · mean28   and   x − mean28 ≥ 0.4 · floor

`x` is the judged day, `mean28` and `sd28` are over those of the 28 days before it that can be held against it; a day
without spend counts as the zero it is. `sd28` is the standard deviation of these days themselves (÷ n, not n − 1). With
S their sum and Q the sum of their squares, all three are comparisons of integers: with e = n·x − S

    e > 0 and e² > 16 · (n·Q − S²)     2·n·x > 3·S     5·e ≥ 2·n·floor

Where a week has a rhythm, the deviation is mostly that: quiet weekends hide a day twice as large as its weekday. So the
first condition is also met by a day as far above the same weekday of these four weeks, where all 28 days are known:

    x > mean4 + 5 · sd21   and   x > 1.5 · mean4

`mean4` is over the four same weekdays, `sd21` the deviation of the 28 days from the mean of their own weekday (÷ 21:
the days less the seven means). With W the sum over a weekday's four days and W₁ that of the judged day's weekday

    e = 4·x − W₁     e > 0 and 21 · e² > 100 · (4·Q − Σ W²)     2·e > W₁

Where a threshold above 50 % was asked for, a day has to exceed that one too. What has no baseline (less than two weeks
of history, nothing in the week before) is left to the weekly rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.coverage import BASELINE_DAYS
from bot.model import Spike

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.analysis.contract import Terms
    from bot.analysis.scopes import Scopes
    from bot.model import NanoUsd, WeeklySpend

DAYS_A_WEEK = 7
FEWEST_BASELINE_DAYS = 14
"""Days that must be known for a mean and a deviation to mean anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRule:
    """Rule B on one day.

    `known` tells of the day itself and of each before it whether it can be held against it, `days` how many of its
    baseline days can.
    """

    day: date
    known: tuple[bool, ...]
    days: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", sum(self.known[1 : BASELINE_DAYS + 1]))

    @property
    def can_judge(self) -> bool:
        """Whether the day itself and enough of its baseline are known."""
        return self.known[:1] == (True,) and self.days >= FEWEST_BASELINE_DAYS

    def may_be_breach(self, scope: WeeklySpend) -> bool:
        """The second condition alone, which nearly every scope fails: `x > 1.5 · mean28`."""
        return 2 * self.days * scope.latest > 3 * scope.before

    def find(self, scope: WeeklySpend, terms: Terms) -> Spike | None:
        """The breach of a scope that may be one."""
        days, total = self.days, scope.before
        excess = days * scope.latest - total
        if 5 * excess < 2 * days * terms.floor or not self.has_baseline(scope):
            return None
        if not terms.threshold.is_exceeded(current=days * scope.latest, baseline=total):
            return None
        before = self.baseline_of(scope)
        squares = sum([amount * amount for amount in before])
        is_far = excess * excess > 16 * (days * squares - total * total)
        if not is_far and not (days == BASELINE_DAYS and is_far_above_weekday(scope.latest, before, squares)):
            return None
        return Spike(self.day, scope.latest, total // days)

    def has_baseline(self, scope: WeeklySpend) -> bool:
        """Whether it spent in the week before, and did two weeks ago where that is known."""
        if scope.previous <= 0 or scope.before <= 0:
            return False
        return scope.first_day is None or scope.first_day <= self.day - timedelta(days=FEWEST_BASELINE_DAYS - 1)

    def baseline_of(self, scope: WeeklySpend) -> list[NanoUsd]:
        """What each baseline day cost."""
        known = self.known[1 : BASELINE_DAYS + 1]
        return [amount for amount, is_known in zip(scope.amounts()[1:], known, strict=False) if is_known]

    def is_model_shift(self, scope: WeeklySpend, scopes: Scopes) -> bool:
        """The weekly rule's exception with the day for the week and the mean for the week before."""
        others = [model for model in scopes.models if model.model != scope.model]
        fall = sum([self.excess(model) for model in others])
        workspace = scopes.workspace
        is_level = self.days * workspace.latest * 10 < workspace.before * 11
        return is_level and -fall * 10 >= self.excess(scope) * 8

    def excess(self, scope: WeeklySpend) -> int:
        """Above its mean, times the baseline days."""
        return self.days * scope.latest - scope.before


def is_far_above_weekday(latest: NanoUsd, before: Sequence[NanoUsd], squares: int) -> bool:
    """Whether a day is five deviations, and half, above the same weekday of the four weeks before, the newest first."""
    weekdays = [sum(before[place::DAYS_A_WEEK]) for place in range(DAYS_A_WEEK)]
    own = weekdays[-1]
    excess = 4 * latest - own
    spread = 4 * squares - sum([total * total for total in weekdays])
    return excess > 0 and 2 * excess > own and 21 * excess * excess > 100 * spread
