"""What was spent in a period, against the period before, by one dimension.

No data and zero spend are different facts: a total is None when none of its days was ever fetched, and there is no
percentage while a day on either side is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from bot.analysis.comparison import Comparison
from bot.analysis.coverage import missing_days, partial_days
from bot.model import BILLED_TOKENS, NanoUsd, Source, change_percent

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from bot.analysis.cache import CacheUse
    from bot.analysis.question import Grouping, Question
    from bot.model import FetchedDay, Interval, Names, Unpriced

NO_MODEL_ROW = "no_model"
"""The row of cost that belongs to no model."""

CONSOLE = "console"
"""The row of usage without an API key."""

NOT_ATTRIBUTABLE = "not_attributable"
"""The row of cost that has no tokens, and so no key."""

NO_TOKENS = "no_tokens"
"""The row of cost that is not for tokens."""

NO_TYPE = "no_type"
"""The row of cost the bill gives no type."""

LABELS = {
    NO_MODEL_ROW: "No model (code execution, search, …)",
    CONSOLE: "Console and logins",
    NOT_ATTRIBUTABLE: "Not attributable to a key",
    NO_TOKENS: "No tokens (code execution, search, …)",
    NO_TYPE: "Without a type",
    "session_usage": "Sessions",
    "cache_write_5m": "Cache write, 5 minutes",
    "cache_write_1h": "Cache write, 1 hour",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a breakdown. Amounts are None where nothing is known of the days they would sum.

    `comparable` is whether every day on both sides was fetched whole; without that a change has no percentage.
    """

    id: str
    label: str
    spend: NanoUsd | None
    previous: NanoUsd | None
    comparable: bool = True

    @property
    def change(self) -> NanoUsd | None:
        """Dollars above the previous period, None where a side is unknown."""
        return None if self.spend is None or self.previous is None else self.spend - self.previous

    @property
    def change_percent(self) -> Decimal | None:
        """None without a baseline, or where days are unknown."""
        return change_percent(previous=self.previous, current=self.spend) if self.comparable else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Comparison):
    """An answered question. `rows` add up to the totals; they come largest first, by day in the order of days.

    `daily` and `previous_daily` hold the days that were fetched, zeros included. `unsettled_days` had
    ended when they were, but so lately that they may still grow.
    `estimated` means tokens × price stands in for the bill somewhere. `cache` and `previous_cache` are there when
    tokens were asked about.
    """

    question: Question
    rows: tuple[Row, ...]
    daily: Mapping[date, NanoUsd]
    previous_daily: Mapping[date, NanoUsd]
    estimated: bool
    unpriced: tuple[Unpriced, ...]
    data_as_of: datetime | None
    unsettled_days: tuple[date, ...] = ()
    cache: CacheUse | None = None
    previous_cache: CacheUse | None = None


def find_report(
    question: Question,
    *,
    current: Mapping[str, NanoUsd],
    previous: Mapping[str, NanoUsd],
    daily: Mapping[date, NanoUsd],
    fetched: Mapping[date, FetchedDay],
    names: Names,
    unpriced: Sequence[Unpriced],
    data_as_of: datetime | None,
) -> Report:
    """The answer to `question`.

    Args:
        question: What was asked.
        current: Spend of the period by what was asked for: workspace id, model, or `attribution.by_key`'s keys.
            Grouped by day it is not looked at.
        previous: The same of the period before.
        daily: Spend by day over both periods; a fetched day that is not in it spent nothing.
        fetched: The days known, of both periods at least.
        names: What ids are called.
        unpriced: Usage of the period no price is known for.
        data_as_of: When the newest of it was fetched.
    """
    now, before = question.period.current, question.period.previous
    known, known_before = known_days(now, daily, fetched), known_days(before, daily, fetched)
    if question.by == "day":
        current, previous = by_iso_day(known), by_iso_day(known_before)
    report = Report(
        question=question,
        total=sum(current.values()) if known else None,
        previous_total=sum(previous.values()) if known_before else None,
        rows=(),
        daily=known,
        previous_daily=known_before,
        estimated=any(fetched[day].source is Source.ESTIMATE for day in (*known, *known_before)),
        unpriced=tuple(unpriced),
        data_as_of=data_as_of,
        missing_days=missing_days(now, fetched),
        previous_missing_days=missing_days(before, fetched),
        partial_days=partial_days(known, fetched),
        unsettled_days=tuple(day for day in known if fetched[day].is_over and not fetched[day].is_settled),
    )
    if question.by == "day":
        return replace(report, rows=rows_by_day(report))
    rows = find_rows(
        current if known else None,
        previous if known_before else None,
        label=labels(question.by, names),
        comparable=report.comparable,
    )
    return replace(report, rows=rows)


def known_days(interval: Interval, daily: Mapping[date, NanoUsd], fetched: Container[date]) -> dict[date, NanoUsd]:
    """Spend of the days that were fetched, true zeros included."""
    return {day: daily.get(day, 0) for day in interval.days() if day in fetched}


def by_iso_day(daily: Mapping[date, NanoUsd]) -> dict[str, NanoUsd]:
    """Days as row ids."""
    return {day.isoformat(): amount for day, amount in daily.items()}


def rows_by_day(report: Report) -> tuple[Row, ...]:
    """Each day of the period beside the day at the same place in the period before."""
    days = report.question.period.current.days()
    days_before = report.question.period.previous.days()
    return tuple(
        Row(
            id=day.isoformat(),
            label=day.isoformat(),
            spend=report.daily.get(day),
            previous=None if before is None else report.previous_daily.get(before),
            comparable=day not in report.partial_days,
        )
        for day, before in zip_longest(days, days_before[: len(days)])
    )


def find_rows(
    current: Mapping[str, NanoUsd] | None,
    previous: Mapping[str, NanoUsd] | None,
    *,
    label: Callable[[str], str],
    comparable: bool,
) -> tuple[Row, ...]:
    """A row for whatever spent on either side, largest first; None for a side of which no day is known."""
    now, before = row_ids(current or {}), row_ids(previous or {})
    rows = (
        Row(
            id=row_id,
            label=label(row_id),
            spend=None if current is None else now.get(row_id, 0),
            previous=None if previous is None else before.get(row_id, 0),
            comparable=comparable,
        )
        for row_id in now.keys() | before.keys()
    )
    return tuple(sorted((row for row in rows if row.spend or row.previous), key=largest_first))


def row_ids(spend: Mapping[str, NanoUsd]) -> dict[str, NanoUsd]:
    """Spend under row ids; only cost of no model is stored under a value that is no id."""
    return {key or NO_MODEL_ROW: amount for key, amount in spend.items()}


def by_token_kind(spend: Mapping[str, NanoUsd]) -> dict[str, NanoUsd]:
    """Spend by the bill's token types under row ids: kinds of tokens as `Tokens` names them, others as they come.

    >>> by_token_kind({"cache_read_input_tokens": 3, "": 5})
    {'cache_read': 3, 'no_tokens': 5}
    """
    return {BILLED_TOKENS.get(token_type, token_type) or NO_TOKENS: amount for token_type, amount in spend.items()}


def by_cost_type(spend: Mapping[str, NanoUsd]) -> dict[str, NanoUsd]:
    """Spend by the bill's cost types under row ids."""
    return {cost_type or NO_TYPE: amount for cost_type, amount in spend.items()}


def in_words(name: str) -> str:
    """One of the API's own names as people write it, so that new ones can be read too.

    >>> in_words("web_search")
    'Web search'
    """
    return name.replace("_", " ").capitalize()


def largest_first(row: Row) -> tuple[NanoUsd, NanoUsd, str]:
    """A sort key that leaves no two rows of a report equal."""
    return -(row.spend or 0), -(row.previous or 0), row.id


def labels(by: Grouping, names: Names) -> Callable[[str], str]:
    """How rows of a grouping are called."""
    named: dict[Grouping, Callable[[str], str]] = {
        "workspace": names.workspace,
        "key": names.api_key,
        "type": in_words,
        "token": in_words,
    }
    name = named.get(by, str)
    return lambda row_id: LABELS.get(row_id) or name(row_id)
