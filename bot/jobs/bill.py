"""The bill of a stretch of days, from the best source that answers: analytics/cost, else the cost report.

Each day's dollars come from exactly one of them. They are the same money: what one says is never added to another.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING

from bot.admin_api import BadRequest, Nonsense, NotAllowed, NotFound
from bot.analysis.bill import answered_days, merge_bill
from bot.model import Interval, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.admin_api import AdminApi, Buckets
    from bot.model import CostLine, KeyCostLine

log = logging.getLogger(__name__)

FIRST_DAY_BY_KEY = date(2026, 1, 1)
"""Before it, analytics/cost knows nothing; it also forgets what is older than 365 days."""
REMEMBERED = timedelta(days=364)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What one source says of some days. Of a day that is not among `days` it said nothing: unknown, not zero."""

    source: Source
    endpoint: str
    asked: Interval
    days: frozenset[date]
    lines: list[CostLine]
    keys: list[KeyCostLine] = field(default_factory=list)


@dataclass(kw_only=True)
class BillReader:
    """Reads bills for one sync. `sources` are those to be asked, the best first; one that fails is asked once."""

    api: AdminApi
    now: Callable[[], datetime]
    sources: Sequence[Source]
    failed: set[Source] = field(default_factory=set)

    @property
    def source(self) -> Source:
        """The best one that has not failed; without any, dollars are estimated."""
        return next((source for source in self.sources if source not in self.failed), Source.ESTIMATE)

    async def read(self, interval: Interval) -> list[Bill]:
        """The bill of every day of an interval that is answered, in parts where it takes more than one source."""
        by_key = await self._by_key(self._told_by_key(interval))
        rest = interval if by_key is None else Interval(interval.since, by_key.asked.since)
        bills = [] if by_key is None else [by_key]
        report = await self._report(rest) if len(rest) else None
        return bills if report is None else [*bills, report]

    def _told_by_key(self, interval: Interval) -> Interval:
        """The part of an interval, its end, that analytics/cost can know of."""
        first = max(FIRST_DAY_BY_KEY, self.now().astimezone(UTC).date() - REMEMBERED)
        return Interval(min(max(interval.since, first), interval.until), interval.until)

    async def _by_key(self, interval: Interval) -> Bill | None:
        """The bill with dollars per key; None where it is not to be had, now and for the rest of the sync."""
        if self.source is not Source.ANALYTICS or not len(interval):
            return None
        try:
            bill = await self._analytics(interval)
        except NotFound as error:
            log.info("no dollars per key here: %s", error)
        except (NotAllowed, BadRequest, Nonsense) as error:
            log.warning("no dollars per key this time, the cost report is read instead: %s", error)
        else:
            if bill.days:
                return bill
            log.warning("analytics/cost knows nothing of %s … %s; the cost report is read", *bounds(interval))
        self.failed.add(Source.ANALYTICS)
        return None

    async def _analytics(self, interval: Interval) -> Bill:
        said = await self.api.fetch_analytics_cost(interval)
        days = answered_days(interval, refreshed_at=said.refreshed_at, now=self.now())
        merged = merge_bill(tokens=said.tokens, in_the_us=said.in_the_us, keyed=said.keyed)
        return Bill(
            source=Source.ANALYTICS,
            endpoint=said.endpoint,
            asked=interval,
            days=days,
            lines=[line for line in merged.lines if line.day in days],
            keys=[line for line in merged.keys if line.day in days],
        )

    async def _report(self, interval: Interval) -> Bill | None:
        """The bill without keys; None where no cost report answers."""
        if Source.COST_REPORT in self.failed:
            return None
        try:
            billed = await self.api.fetch_cost(interval)
        except NotFound:
            log.warning("no cost report answers here: dollars are estimated from tokens, and say so")
            self.failed.add(Source.COST_REPORT)
            return None
        return bill_of(interval, billed)


def bill_of(interval: Interval, billed: Buckets[CostLine]) -> Bill:
    """What the cost report says."""
    return Bill(
        source=Source.COST_REPORT, endpoint=billed.endpoint, asked=interval, days=billed.days, lines=billed.lines
    )


def bounds(interval: Interval) -> tuple[date, date]:
    """First and last day, for people."""
    return interval.since, interval.until - timedelta(days=1)
