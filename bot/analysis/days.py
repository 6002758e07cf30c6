"""Cost and usage, read side by side, a day at a time: constant memory however long the range."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from bot.model import CostLine, PersonLine, UsageLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

Line = TypeVar("Line", CostLine, UsageLine, PersonLine)
Used = TypeVar("Used", UsageLine, PersonLine)


class DayLines(NamedTuple):
    """A day's cost and usage; either can be empty."""

    day: date
    cost: list[CostLine]
    usage: list[UsageLine]


def by_day(cost_lines: Iterable[CostLine], usage_lines: Iterable[UsageLine]) -> Iterator[DayLines]:
    """Each day that has a line of either, oldest first.

    Both must come ordered by day, as the ledger loads them; within a day any order will do.

    Raises:
        ValueError: if a day comes back after a later one, because its sums would be wrong without anybody noticing.
    """
    for day, cost, usage in side_by_side(cost_lines, usage_lines):
        yield DayLines(day, cost, usage)


def side_by_side(
    cost_lines: Iterable[CostLine], usage_lines: Iterable[Used]
) -> Iterator[tuple[date, list[CostLine], list[Used]]]:
    """The same with usage cut by key or by account."""
    cost_days, usage_days = days_of(cost_lines), days_of(usage_lines)
    cost, usage = next(cost_days, None), next(usage_days, None)
    while cost or usage:
        day = min(side[0] for side in (cost, usage) if side)
        cost_of_day = cost[1] if cost and cost[0] == day else []
        usage_of_day = usage[1] if usage and usage[0] == day else []
        yield day, cost_of_day, usage_of_day
        cost = next(cost_days, None) if cost_of_day else cost
        usage = next(usage_days, None) if usage_of_day else usage


def days_of(lines: Iterable[Line]) -> Iterator[tuple[date, list[Line]]]:
    """Lines ordered by day, a list for each day."""
    before: date | None = None
    for day, lines_of_day in groupby(lines, key=attrgetter("day")):
        if before is not None and day < before:
            raise ValueError(f"lines are not ordered by day: {day} comes after {before}")
        yield day, list(lines_of_day)
        before = day
