"""Weeks and months whose bill has changed since they were told, or first known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from bot.analysis.schedule import parse_period, period_of
from bot.analysis.weeks import WORTH_A_LINE

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from datetime import date

    from bot.analysis.schedule import DigestPeriod, Every
    from bot.model import CostLine, FetchedDay, NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """An earlier period whose bill has changed since a digest told it, or since it was known if none did.

    `told` is what it came to then.
    """

    period: DigestPeriod
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


def find_restated(told: Mapping[str, NanoUsd], fetched: Mapping[date, FetchedDay]) -> list[Restated]:
    """What was told or first known of periods (`2026-W47`) beside what their fetched days come to now, newest first."""
    periods = ((parse_period(text), amount) for text, amount in sorted(told.items(), reverse=True))
    known = ((period, amount, days_in(period, fetched)) for period, amount in periods)
    return [
        Restated(period=period, told=amount, total=sum(fetched[day].total for day in days))
        for period, amount, days in known
        if days
    ]


def days_in(period: DigestPeriod, fetched: Container[date]) -> list[date]:
    """The days of a period that were fetched."""
    return [day for day in period.interval.days() if day in fetched]


def first_known(fetched: Mapping[date, FetchedDay], changes: Iterable[CostLine], *, every: Every) -> dict[str, NanoUsd]:
    """What whole periods came to before their bill changed; `changes` are those since their days settled."""
    totals = {day: known.total for day, known in fetched.items()}
    changed = set()
    for line in changes:
        totals[line.day] -= line.amount
        changed.add(period_of(every, line.day))
    whole = [period for period in changed if all(day in totals for day in period.interval.days())]
    return {str(period): sum(totals[day] for day in period.interval.days()) for period in whole}


def restated_together(parts: Iterable[Iterable[Restated]]) -> list[Restated]:
    """What was told of periods by each organisation, beside what these come to now, newest first."""
    periods: dict[DigestPeriod, Restated] = {}
    for restated in chain.from_iterable(parts):
        known = periods.get(restated.period)
        told, total = (known.told, known.total) if known else (0, 0)
        periods[restated.period] = Restated(
            period=restated.period, told=told + restated.told, total=total + restated.total
        )
    return [periods[period] for period in sorted(periods, key=str, reverse=True)]
