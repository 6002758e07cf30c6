"""The ledger: what the API said of each day, when it said so, and what it changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.model import (
    CostLine,
    FetchedDay,
    Freshness,
    Restatement,
    Source,
    Tokens,
    Unpriced,
    UsageLine,
    WeeklySpend,
)
from bot.snapshots.columns import day_number, day_of, instant_of
from bot.snapshots.lines import COST, USAGE, gather_cost, gather_usage
from bot.snapshots.saving import DaySaver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from bot.model import Interval, NanoUsd, SavedDays
    from bot.snapshots.database import Session

Dimension: TypeAlias = Literal["day", "workspace", "model", "cost_type", "token_type", "service_tier", "context_window"]

DAY = "date(day * 86400, 'unixepoch')"

COLUMNS: dict[Dimension, str] = {
    "day": DAY,
    "workspace": "workspace_id",
    "model": "model",
    "cost_type": "cost_type",
    "token_type": "token_type",
    "service_tier": "service_tier",
    "context_window": "context_window",
}

LOAD_FETCHED_DAYS = """
SELECT day, fetched_at, source, total, revision FROM fetched_day
WHERE organization_id = :organization_id AND day >= :since AND day < :until
ORDER BY day
"""

LOAD_FRESHNESS = """
SELECT
    max(fetched_at) AS data_as_of, min(first_fetched_at) AS first_fetched_at,
    min(day) AS oldest_day, max(day) AS newest_day
FROM fetched_day
WHERE organization_id = :organization_id
"""

LOAD_TOKENS = """
SELECT
    day, workspace_id, model, sum(uncached_input) AS uncached_input, sum(output) AS output,
    sum(cache_read) AS cache_read, sum(cache_write_5m) AS cache_write_5m, sum(cache_write_1h) AS cache_write_1h
FROM usage
JOIN usage_series AS series ON series.id = usage.series_id
WHERE usage.organization_id = :organization_id AND day >= :since AND day < :until
GROUP BY day, workspace_id, model
"""

LOAD_UNPRICED = """
WITH used AS MATERIALIZED (
    SELECT
        usage.day, workspace_id, model,
        sum(uncached_input + output + cache_read + cache_write_5m + cache_write_1h) AS tokens
    FROM fetched_day
    JOIN usage ON usage.organization_id = fetched_day.organization_id AND usage.day = fetched_day.day
    JOIN usage_series AS series ON series.id = usage.series_id
    WHERE
        fetched_day.organization_id = :organization_id AND fetched_day.source = :estimate
        AND fetched_day.day >= :since AND fetched_day.day < :until
    GROUP BY usage.day, workspace_id, model
),
priced AS MATERIALIZED (
    SELECT cost.day, workspace_id, model
    FROM fetched_day
    JOIN cost ON cost.organization_id = fetched_day.organization_id AND cost.day = fetched_day.day
    JOIN cost_series AS series ON series.id = cost.series_id
    WHERE
        fetched_day.organization_id = :organization_id AND fetched_day.source = :estimate
        AND fetched_day.day >= :since AND fetched_day.day < :until
)
SELECT model, sum(tokens) AS tokens
FROM used
WHERE tokens > 0 AND (day, workspace_id, model) NOT IN (SELECT day, workspace_id, model FROM priced)
GROUP BY model
ORDER BY sum(tokens) DESC, model
"""

LOAD_RESTATEMENTS = """
SELECT day, restated_at, old_total, new_total FROM restatement
WHERE organization_id = :organization_id AND day >= :since AND day < :until
ORDER BY day, revision
"""

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Ledger:
    """The days of one organisation. Amounts are nano-dollars, days UTC."""

    session: Session

    def save_days(
        self,
        interval: Interval,
        *,
        cost: Iterable[CostLine],
        usage: Iterable[UsageLine],
        source: Source,
        fetched_at: datetime,
    ) -> SavedDays:
        """Replaces whole days with what was fetched of them; saving the same again changes nothing but the time.

        Both are read to their end before anything is written: an error while reading leaves every day as it was, and
        nobody waits for the network with the database locked. Lines of one day and series add up. A line outside of
        `interval` is a `ValueError`.
        """
        billed, used = gather_cost(interval, cost), gather_usage(interval, usage)
        with self.session.writing():
            saver = DaySaver(self.session, source, fetched_at, self.load_fetched_days(interval))
            return saver.save(billed, used)

    def load_fetched_days(self, interval: Interval) -> dict[date, FetchedDay]:
        """The days that were fetched, oldest first; a day that is missing here is unknown, not zero."""
        days = {}
        for row in self.session.query(LOAD_FETCHED_DAYS, **bounds(interval)):
            day = day_of(row["day"])
            days[day] = FetchedDay(
                day=day,
                fetched_at=instant_of(row["fetched_at"]),
                source=Source(row["source"]),
                total=row["total"],
                revision=row["revision"],
            )
        return days

    def load_freshness(self) -> Freshness:
        """How current the ledger is."""
        (row,) = self.session.query(LOAD_FRESHNESS)
        if row["data_as_of"] is None:
            return Freshness(data_as_of=None, first_fetched_at=None, newest_day=None, oldest_day=None)
        return Freshness(
            data_as_of=instant_of(row["data_as_of"]),
            first_fetched_at=instant_of(row["first_fetched_at"]),
            newest_day=day_of(row["newest_day"]),
            oldest_day=day_of(row["oldest_day"]),
        )

    def load_spend(self, interval: Interval, by: Sequence[Dimension]) -> dict[tuple[str, ...], NanoUsd]:
        """Spend summed by the dimensions asked for, in their order; days are ISO dates, and `()` is the total.

        Sums of series come first, their words after: it is the words that are slow to group by.
        """
        number = "series_id, day" if "day" in by else "series_id"
        columns = ", ".join(COLUMNS[dimension] for dimension in by)
        rows = self.session.execute(
            f"""
            SELECT {columns + ", " if by else ""} sum(spent)
            FROM (
                SELECT {number}, sum(amount) AS spent FROM cost
                WHERE organization_id = ? AND day >= ? AND day < ?
                GROUP BY {number}
            )
            JOIN cost_series ON cost_series.id = series_id
            {"GROUP BY " + columns if by else ""}
            """,  # noqa: S608 -- columns are this module's own names
            (self.session.organization_id, day_number(interval.since), day_number(interval.until)),
        )
        return {row[:-1]: row[-1] or 0 for row in rows}

    def load_weekly_spend(self, days: Sequence[date], weeks: int = 5) -> list[WeeklySpend]:
        """Each workspace × model over `weeks` weeks: week k counts each of `days`, 7·k days earlier.

        `days` are at most the seven days of one week. One scan over the days in question, grouped by series first.
        """
        if not days:
            return []
        newest = day_number(max(days))
        offsets = sorted({newest - day_number(day) for day in days})
        if offsets[-1] >= DAYS_A_WEEK:
            raise ValueError("days of more than one week cannot be compared")
        sums = ", ".join(
            f"sum(amount) FILTER (WHERE ({newest} - day) / 7 = {week}) AS w{week}" for week in range(weeks)
        )
        rows = self.session.execute(
            f"""
            SELECT workspace_id, model, {", ".join(f"sum(w{week})" for week in range(weeks))}, min(first_day)
            FROM (
                SELECT series_id, {sums}, min(day) FILTER (WHERE amount <> 0) AS first_day FROM cost
                WHERE organization_id = ? AND day > ? AND day <= ?
                    AND ({newest} - day) % 7 IN ({", ".join(map(str, offsets))})
                GROUP BY series_id
            )
            JOIN cost_series ON cost_series.id = series_id
            GROUP BY workspace_id, model
            """,  # noqa: S608 -- only whole numbers are written into it
            (self.session.organization_id, newest - DAYS_A_WEEK * weeks, newest),
        )
        return [
            WeeklySpend(
                workspace_id, model, tuple(amount or 0 for amount in amounts), None if first is None else day_of(first)
            )
            for workspace_id, model, *amounts, first in rows
        ]

    def load_cost_lines(self, interval: Interval) -> Iterator[CostLine]:
        """The lines of the bill in the order of days; read as they are asked for, while the store is open."""
        series = COST.load_series(self.session)
        for day, number, amount in COST.rows(self.session, interval):
            yield CostLine(day_of(day), series[number], amount)

    def load_usage_lines(self, interval: Interval) -> Iterator[UsageLine]:
        """The lines of usage in the order of days; read as they are asked for, while the store is open."""
        series = USAGE.load_series(self.session)
        for day, number, *counts, web_searches in USAGE.rows(self.session, interval):
            yield UsageLine(day_of(day), series[number], Tokens(*counts), web_searches)

    def load_tokens(self, interval: Interval) -> dict[tuple[date, str, str], Tokens]:
        """Tokens by day, workspace id and model."""
        return {
            (day_of(row["day"]), row["workspace_id"], row["model"]): Tokens(*(row[kind] for kind in Tokens._fields))
            for row in self.session.query(LOAD_TOKENS, **bounds(interval))
        }

    def load_unpriced(self, interval: Interval) -> list[Unpriced]:
        """Tokens of estimated days that no price was known for: their workspace × model has no cost that day."""
        rows = self.session.query(LOAD_UNPRICED, estimate=Source.ESTIMATE.value, **bounds(interval))
        return [Unpriced(row["model"], row["tokens"]) for row in rows]

    def load_restatements(self, interval: Interval) -> list[Restatement]:
        """Days whose totals changed after they were over: each change in turn, old and new."""
        return [
            Restatement(
                day=day_of(row["day"]),
                restated_at=instant_of(row["restated_at"]),
                old_total=row["old_total"],
                new_total=row["new_total"],
            )
            for row in self.session.query(LOAD_RESTATEMENTS, **bounds(interval))
        ]


def bounds(interval: Interval) -> dict[str, int]:
    """An interval as the values of `:since` and `:until`."""
    return {"since": day_number(interval.since), "until": day_number(interval.until)}
