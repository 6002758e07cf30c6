"""How far a day had come by a time of it: the part of its dollars, by what the tokens of each hour should have cost.

So a day that is not over is held against the same weekday up to the same time, although no bill tells hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

from bot.model import start_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from datetime import date
    from typing import TypeVar

    from bot.analysis.question import Period
    from bot.model import FetchedDay, NanoUsd

    Key = TypeVar("Key", bound=Hashable)

HOURS = 24
DAYS_BACK = 7
"""A day is held against the same weekday of the week before."""

USAGE_LAG = timedelta(minutes=5)
"""How far the usage report is behind, as Anthropic's reference has it."""

WORTH_COMPARING = timedelta(minutes=30)
"""How much of a day has to be known before it is held against another."""

MINUTES = 60
NOTHING = (0, 0)
"""No part of no whole."""

Scope: TypeAlias = tuple[str, str]
"""A workspace id and a model."""

Hourly: TypeAlias = "Mapping[int, Mapping[Scope, NanoUsd]]"
"""Expected dollars of a day by hour (0 … 23) and scope."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The part of a day's dollars that had come, by scope, by workspace, and on the whole."""

    scopes: Mapping[Scope, Fraction]
    workspaces: Mapping[str, Fraction]
    whole: Fraction

    def share(self, workspace_id: str, model: str) -> Fraction:
        """The part of a scope; where its tokens tell nothing, that of its workspace, or of everything."""
        alike = self.workspaces.get(workspace_id, self.whole)
        return self.scopes.get((workspace_id, model), alike)


def known_up_to(day: date, fetched_at: datetime) -> datetime:
    """Up to when a day's usage is known that was fetched before the day was over.

    >>> known_up_to(datetime(2026, 11, 22).date(), datetime(2026, 11, 22, 14, 2, tzinfo=UTC)).isoformat()
    '2026-11-22T13:57:00+00:00'
    """
    return max(fetched_at.astimezone(UTC) - USAGE_LAG, start_of(day))


def find_under_way(period: Period, fetched: Mapping[date, FetchedDay]) -> datetime | None:
    """Up to when the day asked about is known, if it is one day that was not over when it was fetched.

    None while it has hardly begun: its first minutes are no news.
    """
    day = period.current.since
    known = fetched.get(day)
    if len(period.current) != 1 or len(period.previous) != 1 or known is None or known.is_over:
        return None
    up_to = known_up_to(day, known.fetched_at)
    return up_to if up_to >= start_of(day) + WORTH_COMPARING else None


def find_reached(hours: Hourly, *, until: datetime) -> Reached:
    """How far a day had come at the time of day of `until`; between two hours as if their dollars came evenly.

    A day without expected dollars goes by the clock.
    """
    minute = until.hour * MINUTES + until.minute
    scopes: dict[Scope, tuple[int, int]] = {}
    for hour, expected in hours.items():
        passed = min(max(minute - hour * MINUTES, 0), MINUTES)
        for scope, amount in expected.items():
            part, whole = scopes.get(scope, NOTHING)
            scopes[scope] = (part + amount * passed, whole + amount * MINUTES)
    workspaces: dict[str, tuple[int, int]] = {}
    for (workspace_id, _), counts in scopes.items():
        workspaces[workspace_id] = added(workspaces.get(workspace_id, NOTHING), counts)
    everything = reduce(added, workspaces.values(), NOTHING)
    by_clock = Fraction(minute, HOURS * MINUTES)
    return Reached(parts(scopes), parts(workspaces), parts({None: everything}).get(None, by_clock))


def added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Two parts and their two wholes."""
    return one[0] + other[0], one[1] + other[1]


def parts(counts: Mapping[Key, tuple[int, int]]) -> dict[Key, Fraction]:
    """The part each key has of its whole, where that is anything."""
    return {key: Fraction(part, whole) for key, (part, whole) in counts.items() if whole > 0}
