"""Usage by the hour: all 24 buckets of a day, a few at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from bot.admin_api.errors import CursorExpired, Unavailable
from bot.admin_api.pages import GREATEST_GROWTH, RESTARTS, ROWS_PER_PAGE, Trail
from bot.admin_api.parse_hours import hours_page
from bot.model import start_of

if TYPE_CHECKING:
    from datetime import date

    from bot.admin_api.connection import Connection, Parameters
    from bot.admin_api.parse import UsageParser
    from bot.model import UsageLine

    Hourly: TypeAlias = dict[int, list[UsageLine]]

PATH = "/usage_report/messages"
GROUP_BY = ("workspace_id", "model", "service_tier", "context_window")
"""What tokens are priced by; without keys, an hour of the largest organisation stays small."""

HOURS = 24
FIRST_HOURS = 6


class HourReader:
    """Reads days hour by hour. Pages stay near 5,000 rows: the first is small, the next as large as that allows."""

    def __init__(self, connection: Connection, parser: UsageParser) -> None:
        self._connection = connection
        self._parser = parser
        self._hours = FIRST_HOURS

    async def read(self, day: date) -> Hourly:
        """The lines of each of a day's 24 hours, none with a key; a day that is over, or `Nonsense`."""
        hours: Hourly = {}
        while len(hours) < HOURS:
            since = len(hours)
            until = min(HOURS, since + self._hours)
            part = await self._part(day, since, until)
            fullest = max(map(len, part.values()))
            self._hours = max(1, min(ROWS_PER_PAGE // max(1, fullest), self._hours * GREATEST_GROWTH, HOURS))
            hours |= part
        return hours

    async def _part(self, day: date, since: int, until: int) -> Hourly:
        """Some hours; from the first page again when a token expires on the way."""
        for _ in range(RESTARTS):
            try:
                return await self._pages(day, since, until)
            except CursorExpired as error:
                expired = error
        raise Unavailable(
            f"the page tokens expired {RESTARTS} times before the last page; the next sync tries again",
            endpoint=expired.endpoint,
            request_id=expired.request_id,
        )

    async def _pages(self, day: date, since: int, until: int) -> Hourly:
        parameters = window(day, since, until)
        trail = Trail(most_pages=HOURS)
        hours: Hourly = {}
        page: Parameters = ()
        while True:
            answer = await self._connection.get(PATH, (*parameters, *page))
            found, token = await answer.parsed(lambda body: hours_page(body, day, self._parser))
            if not hours.keys().isdisjoint(found):
                raise answer.nonsense("an hour was on an earlier page")
            hours |= found
            if token is None:
                break
            page = (("page", trail.follow(token, answer)),)
        if hours.keys() != set(range(since, until)):
            raise answer.nonsense(f"{day} has not the hours that were asked for")
        return hours


def window(day: date, since: int, until: int) -> Parameters:
    """The parameters of a query for some of a day's hours."""
    midnight = start_of(day)
    starting_at, ending_at = (midnight + timedelta(hours=hour) for hour in (since, until))
    return (
        ("starting_at", f"{starting_at:%Y-%m-%dT%H:%M:%SZ}"),
        ("ending_at", f"{ending_at:%Y-%m-%dT%H:%M:%SZ}"),
        ("bucket_width", "1h"),
        ("limit", str(until - since)),
        *(("group_by[]", dimension) for dimension in GROUP_BY),
    )
