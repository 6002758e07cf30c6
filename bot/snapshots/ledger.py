"""The ledger: what the API said of each day, when it said so, and what it changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.model import (
    CONTRACT_TIER,
    SETTLING_TIME,
    WHOLE_ORGANIZATION,
    CostLine,
    CostSeries,
    FetchedDay,
    Freshness,
    KeyCostLine,
    Restatement,
    Source,
    Tokens,
    Unpriced,
    UsageLine,
    UsageSeries,
)
from bot.snapshots.columns import day_number, day_of, instant_of
from bot.snapshots.gathering import gather_cost, gather_key_cost, gather_usage
from bot.snapshots.keys import SHARED_DAY, load_key_spend
from bot.snapshots.lines import COST, KEY_COST, USAGE
from bot.snapshots.saving import DaySaver
from bot.snapshots.spend import load_spend, load_spend_of_each, load_weekly_spend
from bot.snapshots.workspace import load_workspace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from bot.model import Dimension, Interval, NanoUsd, SavedDays, WeeklySpend, WorkspaceLines
    from bot.snapshots.database import Session
    from bot.snapshots.keys import KeyDimension

LOAD_FETCHED_DAYS = """
SELECT day, fetched_at, source, total, revision FROM fetched_day
WHERE organization_id = ? AND day >= ? AND day < ?
ORDER BY day
"""

LOAD_FRESHNESS = """
SELECT
    max(fetched_at) AS data_as_of, min(first_fetched_at) AS first_fetched_at,
    min(day) AS oldest_day, max(day) AS newest_day
FROM fetched_day
WHERE organization_id = :organization_id
"""

COUNT_LINES = """
SELECT count(*) AS lines FROM cost WHERE organization_id = :organization_id AND day >= :since AND day < :until
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

LOAD_TOKENS_BY_METER = """
SELECT
    model, service_tier, context_window, sum(uncached_input) AS uncached_input, sum(output) AS output,
    sum(cache_read) AS cache_read, sum(cache_write_5m) AS cache_write_5m, sum(cache_write_1h) AS cache_write_1h
FROM usage
JOIN usage_series AS series ON series.id = usage.series_id
WHERE usage.organization_id = :organization_id AND day >= :since AND day < :until
GROUP BY model, service_tier, context_window
"""

LOAD_USAGE = f"""
SELECT {", ".join(UsageSeries._fields)}, {", ".join(f"sum({kind})" for kind in Tokens._fields)}
FROM usage
JOIN usage_series AS series ON series.id = usage.series_id
WHERE usage.organization_id = ? AND day >= ? AND day < ?
GROUP BY series.id
"""  # noqa: S608 -- the model's own names

LOAD_COST = f"""
SELECT {", ".join(CostSeries._fields)}, spent
FROM (
    SELECT series_id, sum(amount) AS spent FROM cost
    WHERE organization_id = ? AND day >= ? AND day < ?
    GROUP BY series_id
)
JOIN cost_series AS series ON series.id = series_id
"""  # noqa: S608 -- the model's own names

UNPRICED = """
WITH used AS MATERIALIZED (
    SELECT
        usage.day, workspace_id, model, api_key_id,
        sum(uncached_input + output + cache_read + cache_write_5m + cache_write_1h) AS tokens
    FROM fetched_day  -- CROSS JOIN keeps the order: left to choose, SQLite reads the lines of all other days, too
    CROSS JOIN usage ON usage.organization_id = fetched_day.organization_id AND usage.day = fetched_day.day
    JOIN usage_series AS series ON series.id = usage.series_id
    WHERE
        fetched_day.organization_id = :organization_id AND fetched_day.source = :estimate
        AND fetched_day.day >= :since AND fetched_day.day < :until AND service_tier <> :contract_tier
    GROUP BY usage.day, workspace_id, model, api_key_id
),
priced AS MATERIALIZED (
    SELECT cost.day, workspace_id, model
    FROM fetched_day
    CROSS JOIN cost ON cost.organization_id = fetched_day.organization_id AND cost.day = fetched_day.day
    JOIN cost_series AS series ON series.id = cost.series_id
    WHERE
        fetched_day.organization_id = :organization_id AND fetched_day.source = :estimate
        AND fetched_day.day >= :since AND fetched_day.day < :until
),
unpriced AS (
    SELECT * FROM used
    WHERE tokens > 0 AND (day, workspace_id, model) NOT IN (SELECT day, workspace_id, model FROM priced)
)
"""

LOAD_UNPRICED = f"""
{UNPRICED}
SELECT model, sum(tokens) AS tokens FROM unpriced GROUP BY model ORDER BY sum(tokens) DESC, model
"""  # noqa: S608 -- its own words only

LOAD_UNPRICED_THINGS = f"""
{UNPRICED}
SELECT day, workspace_id, api_key_id, model FROM unpriced
"""  # noqa: S608 -- its own words only

LOAD_RESTATEMENTS = """
SELECT day, restated_at, old_total, new_total FROM restatement
WHERE organization_id = :organization_id AND day >= :since AND day < :until
ORDER BY day, revision
"""

LOAD_RESTATED = """
SELECT old.day, old.series_id, coalesce((
    SELECT cost.amount FROM cost
    WHERE cost.organization_id = :organization_id AND cost.day = old.day AND cost.series_id = old.series_id
), 0) - coalesce(old.amount, 0) AS change
FROM (
    -- `min` takes the amount from its row: the first change of a settled day says what it had settled at
    SELECT min(id), day, series_id, amount
    FROM superseded_day
    JOIN superseded_cost ON superseded_day_id = id
    WHERE
        organization_id = :organization_id AND day >= :since AND day < :until AND source <> :estimate
        AND fetched_at >= strftime('%Y-%m-%dT%H:%M:%S', (day + 1) * 86400 + :settling_seconds, 'unixepoch')
    GROUP BY day, series_id
) AS old
WHERE change <> 0
ORDER BY old.day, old.series_id
"""


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
        keys: Iterable[KeyCostLine] = (),
    ) -> SavedDays:
        """Replaces whole days with what was fetched of them; saving the same again changes nothing but the time.

        All are read to their end before anything is written: an error while reading leaves every day as it was, and
        nobody waits for the network with the database locked. Lines of one day and series add up. A line outside of
        `interval` is a `ValueError`. `keys` are the dollars per key of a bill that tells them; they add up to `cost`.
        """
        billed, used = gather_cost(interval, cost), gather_usage(interval, usage)
        by_key = gather_key_cost(interval, keys)
        with self.session.writing():
            saver = DaySaver(self.session, source, fetched_at, self.load_fetched_days(interval))
            return saver.save(billed, by_key, used)

    def load_fetched_days(self, interval: Interval) -> dict[date, FetchedDay]:
        """The days that were fetched, oldest first; a day that is missing here is unknown, not zero."""
        rows = self.session.execute(LOAD_FETCHED_DAYS, self.numbered(interval))
        return {
            (day := day_of(number)): FetchedDay(
                day=day, fetched_at=instant_of(fetched_at), source=Source(source), total=total, revision=revision
            )
            for number, fetched_at, source, total, revision in rows
        }

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
        """Spend summed by the dimensions asked for, in their order; days are ISO dates, and `()` is the total."""
        return load_spend(self.session, interval, by)

    def load_spend_of_each(
        self, intervals: Sequence[Interval], by: Sequence[Dimension]
    ) -> list[dict[tuple[str, ...], NanoUsd]]:
        """The same of several intervals, in less time than one after the other."""
        return load_spend_of_each(self.session, intervals, by)

    def load_daily(self, interval: Interval, workspace_id: str) -> dict[date, NanoUsd]:
        """One workspace's dollars, or the whole organisation's, on each fetched day; others are left out."""
        fetched = self.load_fetched_days(interval)
        if workspace_id == WHOLE_ORGANIZATION:
            return {day: known.total for day, known in fetched.items()}
        spend = self.load_spend(interval, ["day", "workspace"])
        return {day: spend.get((day.isoformat(), workspace_id), 0) for day in fetched}

    def load_weekly_spend(
        self, days: Sequence[date], weeks: int = 5, *, baseline: Collection[date] = ()
    ) -> list[WeeklySpend]:
        """Each workspace × model over `weeks` weeks: week k counts each of `days`, 7·k days earlier.

        `days` are at most the seven days of one week; what cost nothing on any of the days is left out. Those of
        `baseline`, in the same weeks, are what the newest of `days` is held against.
        """
        return load_weekly_spend(self.session, days, weeks, baseline)

    def load_cost_lines(self, interval: Interval) -> Iterator[CostLine]:
        """The lines of the bill in the order of days; read as they are asked for, while the store is open."""
        return cost_lines(COST.load(self.session, interval))

    def count_lines(self, interval: Interval) -> int:
        """How many lines of the bill there are: what reading them would take."""
        return sum(int(row["lines"]) for row in self.session.query(COUNT_LINES, **bounds(interval)))

    def load_usage_lines(self, interval: Interval) -> Iterator[UsageLine]:
        """The lines of usage in the order of days; read as they are asked for, while the store is open."""
        return usage_lines(USAGE.load(self.session, interval))

    def load_key_cost_lines(self, interval: Interval) -> Iterator[KeyCostLine]:
        """The dollars that the bill itself tells by key; otherwise like `load_cost_lines`."""
        for day, series, (amount,) in KEY_COST.load(self.session, interval):
            yield KeyCostLine(day, series, amount)

    def load_key_spend(self, interval: Interval, by: Sequence[KeyDimension]) -> dict[tuple[str, ...], NanoUsd]:
        """The same summed by dimensions, in their order; a key's id, `console` or `not_attributable` stands for it.

        Only days whose source is `analytics` have any, and there they are the whole bill; the others are shared.
        """
        return load_key_spend(self.session, interval, by)

    def load_shared_cost_lines(self, interval: Interval) -> Iterator[CostLine]:
        """The lines of days on which the bill tells no keys; otherwise like `load_cost_lines`."""
        return cost_lines(COST.load(self.session, interval, where=SHARED_DAY))

    def load_shared_usage_lines(self, interval: Interval) -> Iterator[UsageLine]:
        """The usage those are shared by."""
        return usage_lines(USAGE.load(self.session, interval, where=SHARED_DAY))

    def load_workspace(self, workspace_id: str, interval: Interval) -> WorkspaceLines:
        """One workspace's lines of the bill, by line and by key, and of usage."""
        return load_workspace(self.session, workspace_id, interval)

    def load_tokens(self, interval: Interval) -> dict[tuple[date, str, str], Tokens]:
        """Tokens by day, workspace id and model."""
        return {
            (day_of(row["day"]), row["workspace_id"], row["model"]): Tokens(*(row[kind] for kind in Tokens._fields))
            for row in self.session.query(LOAD_TOKENS, **bounds(interval))
        }

    def load_tokens_by_meter(self, interval: Interval) -> dict[tuple[str, str, str], Tokens]:
        """Tokens by model, service tier and context window: what tokens of one kind are priced by."""
        return {
            (row["model"], row["service_tier"], row["context_window"]): Tokens(*(row[kind] for kind in Tokens._fields))
            for row in self.session.query(LOAD_TOKENS_BY_METER, **bounds(interval))
        }

    def load_cost(self, interval: Interval) -> dict[CostSeries, NanoUsd]:
        """Dollars of some days by series."""
        words = len(CostSeries._fields)
        return {
            CostSeries(*row[:words]): row[words] for row in self.session.execute(LOAD_COST, self.numbered(interval))
        }

    def load_usage(self, interval: Interval) -> dict[UsageSeries, Tokens]:
        """Tokens of some days by series."""
        words = len(UsageSeries._fields)
        return {
            UsageSeries(*row[:words]): Tokens(*row[words:])
            for row in self.session.execute(LOAD_USAGE, self.numbered(interval))
        }

    def numbered(self, interval: Interval) -> tuple[int, int, int]:
        """Whose days, from which on, and up to which, as queries take them."""
        return self.session.organization_id, day_number(interval.since), day_number(interval.until)

    def load_unpriced(self, interval: Interval) -> list[Unpriced]:
        """Tokens of estimated days that no price was known for: their workspace × model has no cost that day.

        Tokens under a contract are not among them: no report ever bills those.
        """
        return [Unpriced(row["model"], row["tokens"]) for row in self.query_unpriced(LOAD_UNPRICED, interval)]

    def load_unpriced_things(self, interval: Interval) -> list[tuple[date, str, str, str]]:
        """On which day, in which workspace, by which key and of which model they are; no key's id is empty."""
        rows = self.query_unpriced(LOAD_UNPRICED_THINGS, interval)
        return [(day_of(row["day"]), row["workspace_id"], row["api_key_id"], row["model"]) for row in rows]

    def query_unpriced(self, query: str, interval: Interval) -> Iterator[dict[str, Any]]:
        """Rows about tokens without a price."""
        return self.session.query(
            query, estimate=Source.ESTIMATE.value, contract_tier=CONTRACT_TIER, **bounds(interval)
        )

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

    def load_restated_cost(self, interval: Interval) -> list[CostLine]:
        """By how much lines of the bill changed after their days had settled, in the order of days.

        What a bill grows by until then is its usual lag, and what replaces an estimate no restatement.
        """
        parameters = {
            "estimate": Source.ESTIMATE.value,
            "settling_seconds": int(SETTLING_TIME.total_seconds()),
            **bounds(interval),
        }
        rows = list(self.session.query(LOAD_RESTATED, **parameters))
        series = COST.series.load(self.session) if rows else {}
        return [CostLine(day_of(row["day"]), series[row["series_id"]], row["change"]) for row in rows]


def cost_lines(rows: Iterable[tuple[date, CostSeries, Sequence[int]]]) -> Iterator[CostLine]:
    """Rows of the bill as lines."""
    for day, series, (amount,) in rows:
        yield CostLine(day, series, amount)


def usage_lines(rows: Iterable[tuple[date, UsageSeries, Sequence[int]]]) -> Iterator[UsageLine]:
    """Rows of usage as lines."""
    for day, series, (*counts, web_searches) in rows:
        yield UsageLine(day, series, Tokens(*counts), web_searches)


def bounds(interval: Interval) -> dict[str, int]:
    """An interval as the values of `:since` and `:until`."""
    return {"since": day_number(interval.since), "until": day_number(interval.until)}
