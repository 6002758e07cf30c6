"""Spend: sums of the bill by what is asked for, and by week."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias

from bot.model import Interval, WeeklySpend
from bot.snapshots.columns import day_number, day_of
from bot.snapshots.daily import added_up, by_scope, first_days, load_daily_spend
from bot.snapshots.lines import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from bot.model import Dimension, NanoUsd
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

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def load_spend(session: Session, interval: Interval, by: Sequence[Dimension]) -> Spend:
    """Spend by any dimensions, in their order; from the sums of each day where these know them all."""
    if not set(by) <= {"day", "workspace", "model"}:
        return load_spend_by_line(session, interval, by)
    days = load_daily_spend(session, interval)  # begun first, so that no sum is of a scope saved meanwhile
    words = load_words(session, [dimension for dimension in by if dimension != "day"])
    if "day" not in by:
        return ({} if by else {(): 0}) | by_words(added_up(days).items(), words)
    place = by.index("day")
    return {
        (*key[:place], day_of(spend.day).isoformat(), *key[place:]): amount
        for spend in days
        for key, amount in by_words(by_scope(spend), words).items()
    }


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


def load_weekly_spend(session: Session, days: Sequence[date], weeks: int) -> list[WeeklySpend]:
    """Each workspace × model in the week of `days` and the weeks before it, counting the same weekdays in each."""
    if not days:
        return []
    newest = max(days)
    if newest - min(days) >= WEEK:
        raise ValueError("days of more than one week cannot be compared")
    week_of = {day_number(day - week * WEEK): week for day in days for week in range(weeks)}
    window = Interval(newest + DAY - weeks * WEEK, newest + DAY)
    counted = [spend for spend in load_daily_spend(session, window) if spend.day in week_of]
    sums = [added_up(spend for spend in counted if week_of[spend.day] == week) for week in range(weeks)]
    first = first_days(counted)
    scopes = SCOPES.load(session)
    weekly = zip(*[map(week.get, first, repeat(0)) for week in sums], strict=True)
    return [
        WeeklySpend(*scopes[number], amounts, day) for (number, day), amounts in zip(first.items(), weekly, strict=True)
    ]
