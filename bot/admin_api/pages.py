"""Paging with its guards: a page token is followed once, and a part is never taken for the whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from bot.admin_api.errors import CursorExpired, Nonsense, NotFound, Unavailable
from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.admin_api.answers import Answer
    from bot.admin_api.connection import Connection, Parameters
    from bot.admin_api.parse import ReportPage
    from bot.admin_api.parse_lists import ListPage

Item = TypeVar("Item")
ParsePage: TypeAlias = "Callable[[bytes, Interval], ReportPage[Item]]"

MOST_BUCKETS = 31
ROWS_PER_PAGE = 5_000
PAGES_PER_WINDOW = 8
GREATEST_GROWTH = 4
SPARE_PAGES = 5
RESTARTS = 3
LIST_LIMIT = 1_000
MOST_LIST_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Buckets(Generic[Item]):
    """What a report said of some days. Of a day that is not among `days` it said nothing: unknown, not zero.

    `endpoint` is the report's name. A day of `days` without a line truly had nothing.
    """

    endpoint: str
    days: frozenset[date]
    lines: list[Item]


class Trail:
    """The page tokens one query has led along."""

    def __init__(self, *, most_pages: int) -> None:
        self._most_pages = most_pages
        self._seen: set[str] = set()

    def follow(self, token: str, answer: Answer) -> str:
        """`token`, if it leads on; `Nonsense` if it was given before or there is no end to the pages."""
        if token in self._seen:
            raise answer.nonsense("it leads back to a page that was there before")
        if len(self._seen) + 1 >= self._most_pages:
            raise answer.nonsense(f"there is no end to its pages ({self._most_pages} so far)")
        self._seen.add(token)
        return token


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is asked for at once: buckets per page, days per window.

    Pages stay near 5,000 rows, because reading JSON holds up everything else in the process, and a window, which is
    kept until its last page is there, near eight of them. Both start small and grow no faster than fourfold.
    """

    buckets: int = 2
    days: int = 2

    def cut(self, rest: Interval) -> tuple[Interval, Interval]:
        """The next window, and what remains."""
        return first_days(rest, self.days)

    def after(self, fullest: int) -> Pace:
        """The pace after a window whose fullest bucket had that many rows.

        >>> Pace(buckets=8, days=31).after(fullest=2_500)
        Pace(buckets=2, days=16)
        """
        fitting = ROWS_PER_PAGE // max(1, fullest)
        buckets = max(1, min(fitting, self.buckets * GREATEST_GROWTH, MOST_BUCKETS))
        return Pace(buckets, min(buckets * PAGES_PER_WINDOW, MOST_BUCKETS))


class Report:
    """A report of daily buckets, read window by window. The pace found is kept from one reading to the next."""

    def __init__(self, connection: Connection, *, path: str, group_by: tuple[str, ...]) -> None:
        self._connection = connection
        self._path = path
        self._group_by = group_by
        self._pace = Pace()

    async def buckets(self, interval: Interval, parse: ParsePage[Item]) -> Buckets[Item]:
        """The buckets that the report has for `interval`: all of them, or an error."""
        days: set[date] = set()
        lines: list[Item] = []
        async for page in self._windows(interval, parse):
            days.update(page.days)
            lines += page.items
        return Buckets(self._path.removeprefix("/"), frozenset(days), lines)

    async def _windows(self, interval: Interval, parse: ParsePage[Item]) -> AsyncIterator[ReportPage[Item]]:
        """The pages of `interval`, a window at a time once its last page is there."""
        rest = interval
        while len(rest) > 0:
            window, rest = self._pace.cut(rest)
            try:
                pages = await self._window(window, parse)
            except NotFound as error:
                raise error if window.since == interval.since else vanished(error) from None
            self._pace = self._pace.after(max(page.fullest for page in pages))
            for page in pages:
                yield page

    async def _window(self, window: Interval, parse: ParsePage[Item]) -> list[ReportPage[Item]]:
        """Every page of a window; from the first one again when a token expires on the way."""
        for _ in range(RESTARTS):
            try:
                return [page async for page in self._pages(window, parse)]
            except CursorExpired as error:
                expired = error
        raise Unavailable(
            f"the page tokens expired {RESTARTS} times before the last page; the next sync tries again",
            endpoint=expired.endpoint,
            request_id=expired.request_id,
        )

    async def _pages(self, window: Interval, parse: ParsePage[Item]) -> AsyncIterator[ReportPage[Item]]:
        parameters = self._parameters(window)
        trail = Trail(most_pages=len(window) + SPARE_PAGES)
        seen: set[date] = set()
        answer = await self._connection.get(self._path, parameters)
        while True:
            page = await answer.parsed(lambda body: parse(body, window))
            if not seen.isdisjoint(page.days):
                raise answer.nonsense(f"{min(seen.intersection(page.days))} was on an earlier page")
            seen.update(page.days)
            yield page
            if page.next_page is None:
                return
            token = trail.follow(page.next_page, answer)
            answer = await next_page(self._connection, self._path, parameters, token=token)

    def _parameters(self, window: Interval) -> Parameters:
        return (
            ("starting_at", f"{window.since}T00:00:00Z"),
            ("ending_at", f"{window.until}T00:00:00Z"),
            ("bucket_width", "1d"),
            ("limit", str(self._pace.buckets)),
            *(("group_by[]", dimension) for dimension in self._group_by),
        )


def first_days(rest: Interval, days: int) -> tuple[Interval, Interval]:
    """So many days of what is left, and what remains then.

    >>> first_days(Interval(date(2026, 11, 1), date(2026, 11, 4)), 2)[1].since
    datetime.date(2026, 11, 3)
    """
    until = min(rest.until, rest.since + timedelta(days=days))
    return Interval(rest.since, until), Interval(until, rest.until)


async def next_page(connection: Connection, path: str, parameters: Parameters, *, token: str) -> Answer:
    """The page of a report that a token leads to; `Nonsense` where there is none any more."""
    try:
        return await connection.get(path, (*parameters, ("page", token)))
    except NotFound as error:
        raise vanished(error) from None


def vanished(error: NotFound) -> Nonsense:
    """A 404 in the middle of a report; only one at its beginning says that there is no such report."""
    sentence = f"the report broke off in the middle: {error.sentence}"
    return Nonsense(sentence, endpoint=error.endpoint, request_id=error.request_id)


async def fetch_list(
    connection: Connection,
    path: str,
    *,
    parse: Callable[[bytes], ListPage[Item]],
    parameters: Parameters = (),
    cursor: str = "after_id",
) -> list[Item]:
    """Every entry of a list; `cursor` is the parameter that asks for the next page."""
    parameters = (*parameters, ("limit", str(LIST_LIMIT)))
    trail = Trail(most_pages=MOST_LIST_PAGES)
    answer = await connection.get(path, parameters)
    page = await answer.parsed(parse)
    items = page.items
    while page.next_page is not None:
        after = trail.follow(page.next_page, answer)
        answer = await connection.get(path, (*parameters, (cursor, after)))
        page = await answer.parsed(parse)
        items += page.items
    return items
