"""Metrics: what a monitoring system reads, as of one look at the snapshots; still in whole nano-dollars.

Spend is told over two windows, each apart for days of the bill and days that are only estimated. A window of which no
day is known has nothing at all: unknown is not zero.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from bot.analysis.budget import BudgetNow
    from bot.analysis.units import UnitReport
    from bot.model import FetchedDay, NanoUsd, Unpriced

DAY = timedelta(days=1)
DAYS_BACK = 8
"""How far back the last complete day is looked for."""

MOST = 200
"""Of each kind in one organisation, so many things have a line of their own; the others share one."""

THE_OTHERS = ""
"""The id of the line that they share; nothing has an empty one."""

Thing: TypeAlias = Literal["workspace", "model", "team", "key"]
"""What spend is told by."""


class Window(StrEnum):
    """Which days count: those of this month that are known, today among them, or the newest that is over."""

    MONTH_TO_DATE = "month_to_date"
    LAST_COMPLETE_DAY = "last_complete_day"


class Basis(StrEnum):
    """What dollars are from."""

    BILLED = "billed"
    ESTIMATED = "estimated"


class Part(NamedTuple):
    """Which dollars: of a thing by its id, in a window, from the bill or estimated."""

    id: str
    window: Window
    basis: Basis


class Gap(NamedTuple):
    """What of a settled week's bill its tokens do not explain: dollars either way, and percent of those billed."""

    amount: NanoUsd
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationMetrics:
    """One organisation's. `names` has what each thing is called by its id, where that is not the id.

    `missing` are the days of the month before today that were never fetched, `last_day` is the last complete one.
    """

    called: str
    spent: Mapping[Thing, Mapping[Part, NanoUsd]]
    names: Mapping[Thing, Mapping[str, str]]
    last_sync: datetime | None
    last_day: date | None
    missing: int
    unpriced: Sequence[Unpriced]
    gap: Gap | None
    alerts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """All of them; budgets and units are over all organisations, units of the last seven complete days."""

    organizations: Sequence[OrganizationMetrics] = ()
    budgets: Sequence[BudgetNow] = ()
    units: Sequence[UnitReport] = ()


def days_looked_at(today: date) -> Interval:
    """All days that any window may have: those of the month, and some before it early in a month."""
    return Interval(min(today.replace(day=1), today - DAYS_BACK * DAY), today + DAY)


def last_complete_day(fetched: Mapping[date, FetchedDay], today: date) -> date | None:
    """The newest day before today that was fetched after its end; None where none of the last 8 was."""
    oldest = today - DAYS_BACK * DAY
    return max((day for day, known in fetched.items() if oldest <= day < today and known.is_over), default=None)


def windows_of(fetched: Mapping[date, FetchedDay], today: date) -> dict[Window, Interval]:
    """The days of each window that has any.

    >>> (days,) = windows_of({}, date(2026, 11, 22)).values()
    >>> days
    Interval(since=datetime.date(2026, 11, 1), until=datetime.date(2026, 11, 23))
    """
    newest = last_complete_day(fetched, today)
    windows = {Window.MONTH_TO_DATE: Interval(today.replace(day=1), today + DAY)}
    return windows if newest is None else windows | {Window.LAST_COMPLETE_DAY: Interval(newest, newest + DAY)}


def find_spent(
    spend: Mapping[tuple[str, str], NanoUsd], fetched: Mapping[date, FetchedDay], *, today: date
) -> dict[Part, NanoUsd]:
    """What each thing cost in each window, from dollars by thing and ISO day; what has no line of its own together."""
    windows = windows_of(fetched, today)
    own = largest(spend)
    found: defaultdict[Part, NanoUsd] = defaultdict(int)
    for (thing, iso), amount in spend.items():
        day = date.fromisoformat(iso)
        basis = Basis.BILLED if fetched[day].is_billed else Basis.ESTIMATED
        for window, days in windows.items():
            if days.since <= day < days.until:
                found[Part(thing if thing in own else THE_OTHERS, window, basis)] += amount
    return dict(found)


def largest(spend: Mapping[tuple[str, str], NanoUsd]) -> frozenset[str]:
    """The things that have a line of their own: those with the most dollars, credits counted like them."""
    size: Counter[str] = Counter()
    for (thing, _), amount in spend.items():
        size[thing] += abs(amount)
    return frozenset(sorted(size, key=lambda thing: (-size[thing], thing))[:MOST])
