"""Weeks whose bill has changed since they were told, or first known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from bot.analysis.weeks import WORTH_A_LINE, IsoWeek

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from bot.model import CostLine, FetchedDay, NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedWeek:
    """An earlier week whose bill has changed since a digest told it, or since it was known if none did.

    `told` is what it came to then.
    """

    week: IsoWeek
    told: NanoUsd
    total: NanoUsd

    @property
    def change(self) -> NanoUsd:
        """Dollars above what was told."""
        return self.total - self.told

    @property
    def is_worth_telling(self) -> bool:
        """More than a dollar, and more than one percent of what was told."""
        return abs(self.change) > WORTH_A_LINE and abs(self.change) * 100 > abs(self.told)


def find_restated(told: Mapping[str, NanoUsd], fetched: Mapping[date, FetchedDay]) -> list[RestatedWeek]:
    """What was told or first known of weeks (`2026-W47`) beside what their fetched days come to now, newest first."""
    totals: defaultdict[IsoWeek, NanoUsd] = defaultdict(int)
    for day, known in fetched.items():
        totals[IsoWeek.of(day)] += known.total
    weeks = ((IsoWeek.parse(text), amount) for text, amount in sorted(told.items(), reverse=True))
    return [RestatedWeek(week=week, told=amount, total=totals[week]) for week, amount in weeks if week in totals]


def first_known(fetched: Mapping[date, FetchedDay], changes: Iterable[CostLine]) -> dict[str, NanoUsd]:
    """What whole weeks (`2026-W47`) came to before their bill changed; `changes` are those since their days settled."""
    totals = {day: known.total for day, known in fetched.items()}
    changed = set()
    for line in changes:
        totals[line.day] -= line.amount
        changed.add(IsoWeek.of(line.day))
    whole = [week for week in changed if all(day in totals for day in week.interval.days())]
    return {str(week): sum(totals[day] for day in week.interval.days()) for week in whole}


def restated_together(parts: Iterable[Iterable[RestatedWeek]]) -> list[RestatedWeek]:
    """What was told of weeks by each organisation, beside what these come to now, newest first."""
    weeks: dict[IsoWeek, RestatedWeek] = {}
    for restated in chain.from_iterable(parts):
        known = weeks.get(restated.week)
        told, total = (known.told, known.total) if known else (0, 0)
        weeks[restated.week] = RestatedWeek(week=restated.week, told=told + restated.told, total=total + restated.total)
    return [weeks[week] for week in sorted(weeks, reverse=True)]
