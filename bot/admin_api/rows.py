"""Paging through `analytics/cost`, whose pages hold rows, not days: a page can end anywhere, and no day is named empty.

What was not refreshed yet is therefore no zero: an answer says up to when it knows anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from bot.admin_api.errors import BadRequest, CursorExpired, NotFound
from bot.admin_api.pages import Trail, first_days, next_page, vanished
from bot.admin_api.parse_rows import Dimensions, RowsPage, duplicates
from bot.model import CostLine, CostSeries, Interval, KeyCostLine, KeyCostSeries, PersonCostSeries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date, datetime

    from bot.admin_api.connection import Connection, Parameters
    from bot.admin_api.parse_rows import Row, RowsParser

Series = TypeVar("Series", bound=CostSeries | KeyCostSeries | PersonCostSeries)
Rows: TypeAlias = "list[Row[Series]]"

PATH = "/analytics/cost"
ENDPOINT = PATH.removeprefix("/")
ROWS_PER_PAGE = 1_000
ROWS_PER_WINDOW = 40_000
MOST_PAGES = 2_000
MOST_DAYS = 31
GREATEST_GROWTH = 4
RESTARTS = 3

IN_THE_US = (("inference_geos[]", "us"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsCost:
    """What `analytics/cost` says of an interval up to `refreshed_at`, each series once per day.

    `tokens` are by workspace, model, token type, tier and context window, `in_the_us` the part of them that ran there,
    and `keyed` is everything once more by API key. Cost that is no tokens has its type in `keyed` alone.
    """

    endpoint: str
    refreshed_at: datetime
    tokens: list[CostLine]
    in_the_us: list[CostLine]
    keyed: list[KeyCostLine]


class RowReader(Generic[Series]):
    """Reads one way of grouping, a window of days at a time, from two days on.

    A window is read again from its first page when a token expires; it is cut so that its rows stay near 40,000.
    """

    def __init__(self, connection: Connection, parser: RowsParser[Series], *, filters: Parameters = ()) -> None:
        self._connection = connection
        self._parser = parser
        self._filters = filters
        self._days = 2

    async def read(self, interval: Interval) -> tuple[Rows[Series], datetime]:
        """All rows of `interval`, which is not empty, and up to when they are known; or an error."""
        rows: Rows[Series] = []
        refreshed: list[datetime] = []
        rest = interval
        while len(rest) > 0:
            window, rest = first_days(rest, self._days)
            try:
                pages = await self._window(window)
            except NotFound as error:
                raise error if window.since == interval.since else vanished(error) from None
            of_window = [row for page in pages for row in page.rows]
            self._days = next_days(self._days, rows_a_day=len(of_window) // len(window))
            rows += of_window
            refreshed += [page.refreshed_at for page in pages]
        return rows, min(refreshed)

    async def _window(self, window: Interval) -> list[RowsPage[Series]]:
        """Every page of a window; from the first one again when a token expires on the way."""
        for _ in range(RESTARTS):
            try:
                return [page async for page in self._pages(window)]
            except CursorExpired as error:
                expired = error
        raise BadRequest(
            f"the page tokens expired {RESTARTS} times before the last page",
            endpoint=expired.endpoint,
            request_id=expired.request_id,
        )

    async def _pages(self, window: Interval) -> AsyncIterator[RowsPage[Series]]:
        parameters = self._parameters(window)
        trail = Trail(most_pages=MOST_PAGES)
        seen: set[tuple[date, Dimensions]] = set()
        answer = await self._connection.get(PATH, parameters)
        while True:
            page = await answer.parsed(lambda body: self._parser.page(body, window))
            if (day := duplicates(seen, page.rows)) is not None:
                raise answer.nonsense(f"a row of {day} is there twice")
            yield page
            if page.next_page is None:
                return
            token = trail.follow(page.next_page, answer)
            answer = await next_page(self._connection, PATH, parameters, token=token)

    def _parameters(self, window: Interval) -> Parameters:
        return (
            ("starting_at", f"{window.since}T00:00:00Z"),
            ("ending_at", f"{window.until}T00:00:00Z"),
            ("time_bucket_width", "1d"),
            ("order_by", "time"),
            ("order", "asc"),
            ("limit", str(ROWS_PER_PAGE)),
            *(("group_by[]", dimension) for dimension in self._parser.group_by),
            *self._filters,
        )


def next_days(days: int, *, rows_a_day: int) -> int:
    """How many days the next window has, after one of `days` that had so many rows a day.

    >>> next_days(2, rows_a_day=100), next_days(8, rows_a_day=10_000)
    (8, 4)
    """
    return max(1, min(days * GREATEST_GROWTH, ROWS_PER_WINDOW // max(1, rows_a_day), MOST_DAYS))


def cost_lines(rows: Rows[CostSeries]) -> list[CostLine]:
    """Rows as lines of the bill, each series once per day: the default workspace can come under two ids."""
    return [CostLine(day, series, amount) for (day, series), amount in added_up(rows).items()]


def key_cost_lines(rows: Rows[KeyCostSeries]) -> list[KeyCostLine]:
    """The same by key."""
    return [KeyCostLine(day, series, amount) for (day, series), amount in added_up(rows).items()]


def added_up(rows: Rows[Series]) -> dict[tuple[date, Series], int]:
    """Amounts by day and series."""
    amounts: dict[tuple[date, Series], int] = {}
    for day, _, series, amount in rows:
        key = (day, series)
        amounts[key] = amounts.get(key, 0) + amount
    return amounts
