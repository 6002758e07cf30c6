"""What comes every month: a bulge on the days of the month on which there was one a month before.

Batches on the first of the month, a month's end: to the weekly and to the daily rule each is a rise like any other.
With k the number of days in the month before the judged one, so that k days earlier was the same day of that month,

    a week is like a month before    if  C7 ≤ 1.25 · S7(k), that week's largest day exceeds 1.5 × its median,
                                     and the largest day of the judged week is as far back in it, give or take one
    a day is like a month before     if  x ≤ 1.25 · the largest of the days k − 1, k, k + 1 ago,
                                     and that one exceeds 1.5 × the median of the 28 days before the judged one

where 1.25 stands for the threshold. So a lasting level is no such bulge, and what is more than last month is told.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.analysis.contract import Threshold
    from bot.model import NanoUsd

WEEK = 7
BASELINE = slice(1, 29)


def days_of_month_before(day: date) -> int:
    """How many days ago it was the same day of the month before, if that month has one.

    >>> from datetime import date
    >>> days_of_month_before(date(2026, 12, 1)), days_of_month_before(date(2027, 3, 1))
    (30, 28)
    """
    return (day.replace(day=1) - timedelta(days=1)).day


def is_week_like_last_month(
    amounts: Sequence[NanoUsd], known: Sequence[bool], *, day: date, threshold: Threshold
) -> bool:
    """Whether a week's rise is the bulge that was there a month before. Amounts are the newest first."""
    back = days_of_month_before(day)
    if not all(known[back : back + WEEK]) or min(len(known), len(amounts)) < back + WEEK:
        return False
    now, then = amounts[:WEEK], amounts[back : back + WEEK]
    top_now, top_then = largest(now), largest(then)
    is_bulge = 2 * then[top_then] > 3 * median(then)
    is_no_more = not threshold.is_exceeded(current=sum(now), baseline=sum(then))
    return is_bulge and is_no_more and abs(top_now - top_then) <= 1


def is_day_like_last_month(
    amounts: Sequence[NanoUsd], known: Sequence[bool], *, day: date, threshold: Threshold
) -> bool:
    """The same of one day."""
    back = days_of_month_before(day)
    around = slice(back - 1, back + 2)
    if not all(known[around]) or min(len(known), len(amounts)) < back + 2:
        return False
    then = max(amounts[around])
    return 2 * then > 3 * median(amounts[BASELINE]) and not threshold.is_exceeded(current=amounts[0], baseline=then)


def largest(amounts: Sequence[NanoUsd]) -> int:
    """The place of the largest, the newest of several."""
    return max(range(len(amounts)), key=lambda place: (amounts[place], -place))


def median(amounts: Sequence[NanoUsd]) -> NanoUsd:
    """The middle one, of two the lower."""
    return sorted(amounts)[(len(amounts) - 1) // 2]
