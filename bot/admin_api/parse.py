"""PURE: the Admin API's reports → lines.

Rows come by the million, so that the loops stay flat: required fields in one `itemgetter`, dimensions checked once per
series and interned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from operator import add, itemgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.admin_api.parse_json import (
    NotAsDocumented,
    OtherCurrency,
    envelope,
    optional_text,
    required,
    required_list,
    shown,
)
from bot.model import DEFAULT_WORKSPACE, NANOS_PER_USD, CostLine, CostSeries, NanoUsd, Tokens, UsageLine, UsageSeries

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.model import Interval

Item = TypeVar("Item")

NANOS_PER_CENT = Decimal(NANOS_PER_USD // 100)
MONEY = Context(prec=60)  # the process-wide context is anybody's to change
DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?").fullmatch
"""`Decimal` itself reads "1_000", blanks around it and the digits of every script."""

LARGEST_CENTS = Decimal(10) ** 11
"""A billion dollars on one line of one day: beyond it lies a mistake, and the end of 64 bits."""

LARGEST_COUNT = 10**15

COST_FIELDS = itemgetter("amount", "currency", "workspace_id", "model", "cost_type", "token_type")
USAGE_FIELDS = itemgetter("uncached_input_tokens", "output_tokens", "cache_read_input_tokens")
GUIDE_FIELDS = itemgetter("input_tokens", "output_tokens", "cache_read_input_tokens")
CACHE_WRITES = itemgetter("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")

NOTHING_BUT_INTS = {int}


@dataclass(frozen=True, slots=True)
class ReportPage(Generic[Item]):
    """One page of a report: the lines of whole days, each series once per day.

    `days` are those it has buckets for, with or without lines; `fullest` is the most rows any of them had.
    """

    items: list[Item]
    next_page: str | None
    days: tuple[date, ...]
    fullest: int


# --- Money ---


def nano_from_cents(amount: object) -> NanoUsd:
    """The API's decimal string of cents as nano-dollars: the one conversion there is, rounded once, half-even.

    >>> nano_from_cents("123.78912")
    1237891200
    >>> nano_from_cents("-0.00000005000001")
    -1
    """
    if not isinstance(amount, str):
        raise NotAsDocumented(f"an amount is {shown(amount)}, not a decimal string of cents")
    try:
        if DECIMAL(amount) and -LARGEST_CENTS < (cents := Decimal(amount)) < LARGEST_CENTS:
            return round(MONEY.multiply(cents, NANOS_PER_CENT))  # half-even
    except ArithmeticError:
        pass
    raise NotAsDocumented(f"an amount is {shown(amount)}, which is no sum of money")


# --- Reports ---


class CostParser:
    """Reads pages of `cost_report`, and remembers the series it has seen so that equal ones are one object.

    `default_workspace_id` is the default workspace's id where the API names it instead of saying null.
    """

    def __init__(self, default_workspace_id: str | None = None) -> None:
        self.default_workspace_id = default_workspace_id
        self._known: dict[tuple[object, ...], CostSeries] = {}

    def page(self, body: bytes, window: Interval) -> ReportPage[CostLine]:
        """A page as lines of the bill."""
        return report_page(body, window, self._lines)

    def _lines(self, day: date, rows: list[Any]) -> list[CostLine]:
        amounts: dict[CostSeries, NanoUsd] = {}
        for row in rows:
            amount, currency, workspace_id, model, cost_type, token_type = COST_FIELDS(row)
            if currency != "USD":
                raise OtherCurrency(currency)
            get = row.get
            more = get("service_tier"), get("context_window"), get("inference_geo"), get("description")
            key = (workspace_id, model, cost_type, token_type, *more)
            series = self._known.get(key) or self._learn(key)
            amounts[series] = amounts.get(series, 0) + nano_from_cents(amount)
        return [CostLine(day, series, amount) for series, amount in amounts.items()]

    def _learn(self, key: tuple[object, ...]) -> CostSeries:
        workspace_id, *dimensions = key
        series = CostSeries(known_workspace(workspace_id, self.default_workspace_id), *map(optional_text, dimensions))
        return self._known.setdefault(key, series)


class UsageParser:
    """Reads pages of `usage_report/messages`; otherwise like `CostParser`."""

    def __init__(self, default_workspace_id: str | None = None) -> None:
        self.default_workspace_id = default_workspace_id
        self._known: dict[tuple[object, ...], UsageSeries] = {}

    def page(self, body: bytes, window: Interval) -> ReportPage[UsageLine]:
        """A page as lines of usage."""
        return report_page(body, window, self.lines)

    def lines(self, day: date, rows: list[Any]) -> list[UsageLine]:
        """A bucket's rows as lines of a day; a `KeyError` or `TypeError` if they are not as documented."""
        counts: dict[UsageSeries, tuple[int, ...]] = {}
        for row in rows:
            api_key_id, counted = guide_counts(row) if is_guides(row) else counts_of(row)
            get = row.get
            key = (row["workspace_id"], api_key_id, row["model"], get("service_tier"), get("context_window"))
            series = self._known.get(key) or self._learn(key)
            counted = checked_counts(counted)
            earlier = counts.get(series)
            counts[series] = tuple(map(add, earlier, counted)) if earlier else counted
        return [UsageLine(day, series, Tokens(*tokens), web) for series, (*tokens, web) in counts.items()]

    def _learn(self, key: tuple[object, ...]) -> UsageSeries:
        workspace_id, *dimensions = key
        series = UsageSeries(known_workspace(workspace_id, self.default_workspace_id), *map(optional_text, dimensions))
        return self._known.setdefault(key, series)


def report_page(body: bytes, window: Interval, lines_of: Callable[[date, list[Any]], list[Item]]) -> ReportPage[Item]:
    """A page whose buckets all lie in `window`, through the parser of its rows."""
    data, next_page = envelope(body, token="next_page")  # noqa: S106 -- the name of a field, no secret
    rows = rows_by_day(data, window)
    try:
        lines = [line for day, results in rows.items() for line in lines_of(day, results)]
    except KeyError as missing:
        raise NotAsDocumented(f"a row lacks {missing}") from None
    except TypeError:
        raise NotAsDocumented("a row, or a field of it, is of the wrong type") from None
    return ReportPage(lines, next_page, tuple(rows), max(map(len, rows.values()), default=0))


def rows_by_day(data: list[Any], window: Interval) -> dict[date, list[Any]]:
    """The buckets' rows under their UTC day; a gateway's hourly buckets of one page make a day together."""
    rows: dict[date, list[Any]] = {}
    seen: set[datetime] = set()
    for bucket in data:
        started_at = start_of_bucket(bucket)
        day = started_at.date()
        if started_at in seen:
            raise NotAsDocumented(f"the bucket of {started_at:%Y-%m-%d %H:%M} is there twice")
        if not window.since <= day < window.until:
            raise NotAsDocumented(f"a bucket of {day} is no answer to {window.since} … {window.until}")
        seen.add(started_at)
        rows.setdefault(day, []).extend(required_list(bucket, "results"))
    return rows


def start_of_bucket(bucket: object) -> datetime:
    """When a bucket starts, in UTC."""
    return time_in(bucket, "starting_at", verb="starts")


def end_of_bucket(bucket: object) -> datetime:
    """When a bucket ends, in UTC."""
    return time_in(bucket, "ending_at", verb="ends")


def time_in(bucket: object, name: str, *, verb: str) -> datetime:
    """An instant in a bucket; the API writes RFC 3339."""
    text = required(bucket, name)
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise NotAsDocumented(f"a bucket {verb} at {shown(text)}, which is no time") from None


def is_guides(row: dict[str, Any]) -> bool:
    """Whether a row has the flat token names of the guide, as a gateway or an old mock gives them."""
    return "input_tokens" in row and "uncached_input_tokens" not in row


def counts_of(row: dict[str, Any]) -> tuple[object, tuple[int, ...]]:
    """The key, and `Tokens`' five counts with the web searches. A missing one is an error, not a zero."""
    searches = row["server_tool_use"]["web_search_requests"]
    return row["api_key_id"], (*USAGE_FIELDS(row), *CACHE_WRITES(row["cache_creation"]), searches)


def guide_counts(row: dict[str, Any]) -> tuple[object, tuple[int, ...]]:
    """The same from the guide's names, which know neither keys nor searches.

    Its cache writes do not tell 5 minutes from an hour; 5 minutes is what the API does unless told otherwise.
    """
    writes = CACHE_WRITES(row["cache_creation"]) if "cache_creation" in row else (row["cache_creation_input_tokens"], 0)
    searches = row["server_tool_use"]["web_search_requests"] if "server_tool_use" in row else 0
    return row.get("api_key_id"), (*GUIDE_FIELDS(row), *writes, searches)


def checked_counts(counts: tuple[int, ...]) -> tuple[int, ...]:
    """Counts that are whole numbers and count something."""
    if {*map(type, counts)} != NOTHING_BUT_INTS or min(counts) < 0 or max(counts) > LARGEST_COUNT:
        wrong = next(count for count in counts if type(count) is not int or not 0 <= count <= LARGEST_COUNT)
        raise NotAsDocumented(f"a token count is {shown(wrong)}")
    return counts


def known_workspace(workspace_id: object, default_workspace_id: str | None) -> str:
    """The id a workspace is stored under: null, and the default workspace's real id, are one."""
    if workspace_id is None or workspace_id == default_workspace_id:
        return DEFAULT_WORKSPACE
    return optional_text(workspace_id) or DEFAULT_WORKSPACE
