"""Spend: sums of the bill by what is asked for, and by week."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import chain, repeat
from typing import TYPE_CHECKING, TypeAlias

from bot.model import Interval, WeeklySpend
from bot.snapshots.columns import day_number, day_of
from bot.snapshots.daily import DAILY_SPEND, Columns, added_up, by_scope, first_days
from bot.snapshots.lines import SCOPES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from bot.model import Dimension, NanoUsd
    from bot.snapshots.daily import DailySpend
    from bot.snapshots.database import Session

    Spend: TypeAlias = dict[tuple[str, ...], NanoUsd]

COLUMNS: dict[Dimension, str] = {
    "day": "date(day * 86400, 'unixepoch')",
    "workspace": "workspace_id",
    "model": "model",
    "cost_type": "cost_type",
    "token_type": "token_type",
    "service_tier": "service_tier",
    "context_window": "context_window",
}

DAYS_BEFORE = 3
"""Days of which amounts are loaded beside those of the weeks: with five weeks, a whole week a month before."""

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def load_spend(session: Session, interval: Interval, by: Sequence[Dimension]) -> Spend:
    """Spend by any dimensions, in their order; from the sums of each day where these know them all."""
    return load_spend_of_each(session, [interval], by)[0]


def load_spend_of_each(session: Session, intervals: Sequence[Interval], by: Sequence[Dimension]) -> list[Spend]:
    """The same of several intervals: what scopes are called is read once."""
    if not set(by) <= {"day", "workspace", "model"}:
        return [load_spend_by_line(session, interval, by) for interval in intervals]
    # read first, so that no sum is of a scope saved meanwhile
    sums = [list(DAILY_SPEND.load(session, interval)) for interval in intervals]
    words = load_words(session, [dimension for dimension in by if dimension != "day"])
    return [({} if by else {(): 0}) | add_up(days, words, by) for days in sums]


def add_up(days: Iterable[DailySpend], words: Mapping[int, tuple[str, ...]], by: Sequence[str]) -> Spend:
    """Days' sums by what their scopes are called, and by day where `by` has that; `words` are in the order of `by`."""
    if "day" not in by:
        return by_words(added_up(days).items(), words)
    place = by.index("day")
    found: Spend = {}
    for spend in days:
        day = day_of(spend.day).isoformat()
        for key, amount in by_words(by_scope(spend), words).items():
            found[*key[:place], day, *key[place:]] = amount
    return found


def load_words(session: Session, by: Sequence[Dimension]) -> dict[int, tuple[str, ...]]:
    """What each numbered scope is called in the dimensions asked for."""
    return {
        number: tuple([scope.workspace_id if dimension == "workspace" else scope.model for dimension in by])
        for number, scope in SCOPES.load(session).items()
    }


def by_words(spend: Iterable[tuple[int, NanoUsd]], words: Mapping[int, tuple[str, ...]]) -> Spend:
    """Spend by the number of its scope, summed by what scopes are called."""
    totals: defaultdict[tuple[str, ...], NanoUsd] = defaultdict(int)
    for number, amount in spend:
        totals[words[number]] += amount
    return totals


def load_spend_by_line(session: Session, interval: Interval, by: Sequence[Dimension]) -> Spend:
    """Spend by dimensions that only lines know. Series are summed first: it is words that are slow to group by."""
    number = "series_id, day" if "day" in by else "series_id"
    columns = ", ".join(COLUMNS[dimension] for dimension in by)
    rows = session.execute(
        f"""
        SELECT {columns}, sum(spent)
        FROM (
            SELECT {number}, sum(amount) AS spent FROM cost
            WHERE organization_id = ? AND day >= ? AND day < ?
            GROUP BY {number}
        )
        JOIN cost_series ON cost_series.id = series_id
        GROUP BY {columns}
        """,  # noqa: S608 -- columns are this module's own names
        (session.organization_id, day_number(interval.since), day_number(interval.until)),
    )
    return {row[:-1]: row[-1] for row in rows}


def load_weekly_spend(
    session: Session, days: Sequence[date], weeks: int, baseline: Collection[date] = ()
) -> list[WeeklySpend]:
    """Each workspace × model in the week of `days` and the weeks before it, counting the same weekdays in each.

    Beside that its amounts on every day of those weeks and three days before, the newest of `days` by itself, and
    `baseline` together.
    """
    if not days:
        return []
    newest = max(days)
    if newest - min(days) >= WEEK:
        raise ValueError("days of more than one week cannot be compared")
    window = Interval(newest + DAY - weeks * WEEK - DAYS_BEFORE * DAY, newest + DAY)
    counted = [[day_number(day - week * WEEK) for day in days] for week in range(weeks)]
    loaded = list(DAILY_SPEND.load(session, window))
    first = first_days([spend for spend in loaded if spend.day in set(chain(*counted))])
    columns = Columns.of(loaded, first, newest=day_number(newest), days=len(window))
    weekly = [columns.sums(week) for week in counted]
    before = columns.sums(map(day_number, baseline))
    scopes = SCOPES.load(session)
    workspace_ids, models = zip(*[scopes[number] for number in first], strict=True) if first else ((), ())
    return list(
        map(
            WeeklySpend._make,
            zip(
                workspace_ids,
                models,
                zip(*weekly, strict=True),
                first.values(),
                columns.newest_first[0],
                before,
                repeat(columns.newest_first),
                zip(range(len(first))),
            ),
        )
    )
