"""Which days the bill does not cover yet, and the estimate that stands in for it there until it replaces the day.

A day is covered once it was over and settled when it was fetched, and the bill has an answer for it that can be true:
tokens that have a price do not come without a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.calibration import calibrated
from bot.analysis.meter import WEB_SEARCHES, is_for_tokens, is_of_tokens
from bot.model import settled_at

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable
    from datetime import date, datetime

    from bot.analysis.calibration import Calibration
    from bot.model import CostLine, CostSeries, KeyCostSeries


def days_in_doubt(
    days: Iterable[date], answered: Container[date], bill: Iterable[CostLine], *, fetched_at: datetime
) -> frozenset[date]:
    """Those of the days whose bill may not be whole: it is too early, there is no answer, or it knows of no tokens."""
    with_tokens = {line.day for line in bill if is_for_tokens(line)}
    return frozenset(
        day for day in days if day not in answered or day not in with_tokens or fetched_at < settled_at(day)
    )


def days_covered(
    days: Iterable[date],
    answered: Container[date],
    bill: Iterable[CostLine],
    estimate: Iterable[CostLine],
    *,
    fetched_at: datetime,
) -> frozenset[date]:
    """The days that are the bill's; `estimate` is what the tokens of the days in doubt come to."""
    days = frozenset(days)
    doubtful = days_in_doubt(days, answered, bill, fetched_at=fetched_at)
    used = {line.day for line in estimate if is_for_tokens(line)}
    truly_none = {day for day in doubtful if day in answered and fetched_at >= settled_at(day) and day not in used}
    return days - doubtful | truly_none


def is_estimated(series: CostSeries | KeyCostSeries, *, unpriced: Container[str]) -> bool:
    """Whether an estimate tells what the bill will: tokens of any but the `unpriced` models, and searches."""
    return series.cost_type == WEB_SEARCHES or (is_of_tokens(series) and series.model not in unpriced)


def stand_in(
    bill: Iterable[CostLine], estimate: Collection[CostLine], calibration: Calibration, *, days: Container[date]
) -> list[CostLine]:
    """The cost of days that the bill does not cover: their tokens calibrated, and what else it knows of them already.

    Searches are counted with the tokens, and so are there before they are on the bill.
    """
    searched = {(line.day, line.series.workspace_id) for line in estimate if line.series.cost_type == WEB_SEARCHES}
    known = [
        line
        for line in bill
        if line.day in days
        and not is_for_tokens(line)
        and not (line.series.cost_type == WEB_SEARCHES and (line.day, line.series.workspace_id) in searched)
    ]
    return [*calibrated((line for line in estimate if line.day in days), calibration), *known]
