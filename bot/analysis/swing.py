"""The usual swing: by how much a scope's week usually differs from the one before.

    swing = median of |S(t) − S(t − 7)| ÷ S(t − 7)   for weeks that end 7 … 21 days before the judged day

`S(t)` is the sum of the 7 days that end with day t, so nothing of the judged week is in it: an incident does not excuse
itself. Each move is taken in hundredths of a percent, rounded down, and of two middle ones the lower. A pair of weeks
counts only if each of its days is known and the earlier week cost something.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.model import NanoUsd

WEEK = 7
ENDS = range(7, 22)
"""How many days before the judged one the later week of each pair ends; the oldest day needed is 34 days back."""

FEWEST_PAIRS_OF_WEEKS = 5
A_HUNDREDTH_OF_A_PERCENT = 10_000


def usual_swing(amounts: Sequence[NanoUsd], known: Sequence[bool]) -> Decimal | None:
    """By how many percent the 7-day sum usually moves; None with fewer than five pairs of weeks to tell it from.

    >>> usual_swing([10] * 35, [True] * 35)
    Decimal('0.00')
    >>> usual_swing([10] * 7 + ([10] * 7 + [12] * 7) * 2, [True] * 35)  # 10 and 12 a day in turn, week by week
    Decimal('8.10')

    Args:
        amounts: What each day cost, the judged one first.
        known: Which of those days can be held against the judged one.
    """
    moves = sorted(moves_of(amounts, known))
    if len(moves) < FEWEST_PAIRS_OF_WEEKS:
        return None
    return Decimal(moves[(len(moves) - 1) // 2]).scaleb(-2)


def moves_of(amounts: Sequence[NanoUsd], known: Sequence[bool]) -> Iterator[int]:
    """How far each week was from the one before, in hundredths of a percent."""
    up_to = (0, *accumulate(amounts))
    unknown = (0, *accumulate(not one for one in known))
    for end in ENDS:
        middle, start = end + WEEK, end + 2 * WEEK
        if start >= min(len(up_to), len(unknown)) or unknown[start] > unknown[end]:
            continue
        later, earlier = up_to[middle] - up_to[end], up_to[start] - up_to[middle]
        if earlier > 0:
            yield abs(later - earlier) * A_HUNDREDTH_OF_A_PERCENT // earlier
