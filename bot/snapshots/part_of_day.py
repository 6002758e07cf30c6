"""Part of a day: what a day's dollars had come to by some time of it, for as long as somebody looks at it.

The part of its lines is laid out and shown in the place of every line: see `looking`.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.snapshots.as_of import create
from bot.snapshots.columns import day_number
from bot.snapshots.daily import DAILY_SPEND
from bot.snapshots.keys import DAILY_KEY_SPEND
from bot.snapshots.lines import COST, KEY_COST, SCOPES, Scope
from bot.snapshots.looking import PART, drop_tables, lay_views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from fractions import Fraction

    from bot.model import CostSeries, KeyCostSeries, NanoUsd
    from bot.snapshots.database import Session
    from bot.snapshots.lines import LineTable

    Share = Callable[[str, str], Fraction]
    """The part of a workspace id × model that had come."""

    Counts = Callable[[CostSeries | KeyCostSeries], bool]
    """Whether the lines of a series are looked at."""

LINES: tuple[LineTable[Any, Any], ...] = (COST, KEY_COST)
TABLES = ("cost", "key_cost", "daily_spend", "daily_key_spend")


@contextmanager
def tables_of_part(session: Session, day: date, share: Share, counts: Counts) -> Iterator[None]:
    """Inside, a day cost as much as `share` says of each scope, among the lines that count.

    No other day is known to have cost anything.
    """
    try:
        lay_out(session, day_number(day), share, counts)
        session.looking.part = TABLES
        lay_views(session)
        yield
    finally:
        session.looking.part = ()
        lay_views(session)
        drop_tables(session, PART, TABLES)


def lay_out(session: Session, day: int, share: Share, counts: Counts) -> None:
    """Makes the tables of the day."""
    scopes: dict[int, NanoUsd] = {}
    for lines in LINES:
        series = lines.series.load(session)
        stored = {number: amount for number, amount in lines.stored(session, day).items() if counts(series[number])}
        create(
            session, f"{PART}_{lines.name}", "series_id INTEGER, amount INTEGER", key="organization_id, day, series_id"
        )
        part = part_of(stored, series, share)
        replace(lines, name=f"{PART}_{lines.name}").write(session, day, part)
        if lines is COST:
            scopes = by_scope(session, part, series)
    for table in (DAILY_SPEND, DAILY_KEY_SPEND):
        create(session, f"{PART}_{table.name}", "scopes BLOB, amounts BLOB", key="organization_id, day")
    replace(DAILY_SPEND, name=f"{PART}_{DAILY_SPEND.name}").save(session, day, scopes.keys(), scopes.values())


def part_of(
    stored: Mapping[int, NanoUsd], series: Mapping[int, CostSeries | KeyCostSeries], share: Share
) -> dict[int, NanoUsd]:
    """The part of each line: what it adds to the rounded sum of its scope's lines before it.

    So the lines of a scope come to its sum × share, rounded once, and its dollars by key come to the same.
    """
    sums: defaultdict[Scope, NanoUsd] = defaultdict(int)
    reached: defaultdict[Scope, NanoUsd] = defaultdict(int)
    parts: dict[int, NanoUsd] = {}
    for number in sorted(stored):
        scope = Scope(series[number].workspace_id, series[number].model)
        before = reached[scope]
        sums[scope] += stored[number]
        reached[scope] = round(sums[scope] * share(*scope))
        parts[number] = reached[scope] - before
    return parts


def by_scope(session: Session, part: Mapping[int, NanoUsd], series: Mapping[int, CostSeries]) -> dict[int, NanoUsd]:
    """Sums by the number of their scope, in ascending order; those that come to nothing are left out."""
    number_of = {scope: number for number, scope in SCOPES.load(session).items()}
    sums: defaultdict[int, NanoUsd] = defaultdict(int)
    for number, amount in part.items():
        sums[number_of[Scope(series[number].workspace_id, series[number].model)]] += amount
    return {number: sums[number] for number in sorted(sums) if sums[number]}
