"""Gathering: lines are read to their end and laid out by day, before the database is touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from operator import add, itemgetter
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.model import CostSeries, KeyCostSeries, NanoUsd, PersonCostSeries, PersonSeries, UsageSeries
from bot.snapshots.lines import Counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from bot.model import CostLine, Interval, KeyCostLine, PersonCostLine, PersonLine, UsageLine

S = TypeVar("S", bound=CostSeries | KeyCostSeries | UsageSeries | PersonSeries | PersonCostSeries)
A = TypeVar("A", NanoUsd, Counts)

day_of = itemgetter(0)
series_of = itemgetter(1)
amount_of = tokens_of = itemgetter(2)
web_searches_of = itemgetter(3)


class Numbering(dict[S, int]):
    """Numbers each series in the order in which it is first asked for."""

    def __missing__(self, series: S) -> int:
        number = self[series] = len(self)
        return number


@dataclass(frozen=True, slots=True)
class Gathered(Generic[S, A]):
    """Lines as they are to be stored: each day's amounts by the number of their series, which is given here.

    A day without lines is there too. `added` makes one amount of two.
    """

    days: dict[date, dict[int, A]]
    added: Callable[[A, A], A]
    numbering: Numbering[S] = field(default_factory=Numbering)

    def add(self, day: date, series: Iterable[S], amounts: Iterable[A]) -> None:
        """Adds lines of one day; two of one series become one. A day outside of the interval is a `ValueError`."""
        if day not in self.days:
            raise ValueError(f"a line of {day} does not belong to the days to be saved")
        numbers = list(map(self.numbering.__getitem__, series))
        gathered = self.days[day]
        if not gathered and len(set(numbers)) == len(numbers):  # as it mostly is
            gathered.update(zip(numbers, amounts, strict=True))
            return
        for number, amount in zip(numbers, amounts, strict=True):
            gathered[number] = self.added(gathered[number], amount) if number in gathered else amount


def gather_cost(interval: Interval, lines: Iterable[CostLine]) -> Gathered[CostSeries, NanoUsd]:
    """Reads the bill's lines, in any order."""
    gathered: Gathered[CostSeries, NanoUsd] = Gathered({day: {} for day in interval.days()}, added=add)
    return with_amounts(gathered, lines)


def gather_key_cost(interval: Interval, lines: Iterable[KeyCostLine]) -> Gathered[KeyCostSeries, NanoUsd]:
    """Reads the bill's dollars per key, in any order."""
    gathered: Gathered[KeyCostSeries, NanoUsd] = Gathered({day: {} for day in interval.days()}, added=add)
    return with_amounts(gathered, lines)


def gather_person_cost(interval: Interval, lines: Iterable[PersonCostLine]) -> Gathered[PersonCostSeries, NanoUsd]:
    """Reads the bill's dollars per person, in any order."""
    gathered: Gathered[PersonCostSeries, NanoUsd] = Gathered({day: {} for day in interval.days()}, added=add)
    return with_amounts(gathered, lines)


def with_amounts(
    gathered: Gathered[S, NanoUsd], lines: Iterable[CostLine] | Iterable[KeyCostLine] | Iterable[PersonCostLine]
) -> Gathered[S, NanoUsd]:
    """The same with the amounts of lines in it, a day at a time."""
    for day, group in groupby(lines, key=day_of):
        of_day = list(group)
        gathered.add(day, map(series_of, of_day), map(amount_of, of_day))
    return gathered


def gather_usage(interval: Interval, lines: Iterable[UsageLine]) -> Gathered[UsageSeries, Counts]:
    """Reads usage lines, in any order."""
    gathered: Gathered[UsageSeries, Counts] = Gathered({day: {} for day in interval.days()}, added=added_counts)
    for day, group in groupby(lines, key=day_of):
        of_day = list(group)
        counts = map(add, map(tokens_of, of_day), zip(map(web_searches_of, of_day), strict=True))
        gathered.add(day, map(series_of, of_day), counts)
    return gathered


def gather_people(interval: Interval, lines: Iterable[PersonLine]) -> Gathered[PersonSeries, Counts]:
    """Reads lines of usage by account, in any order."""
    gathered: Gathered[PersonSeries, Counts] = Gathered({day: {} for day in interval.days()}, added=added_counts)
    for day, group in groupby(lines, key=day_of):
        of_day = list(group)
        gathered.add(day, map(series_of, of_day), map(tuple, map(tokens_of, of_day)))
    return gathered


def added_counts(first: Counts, second: Counts) -> Counts:
    """Two rows of one series as one."""
    return tuple(map(add, first, second))
