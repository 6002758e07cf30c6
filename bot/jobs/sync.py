"""Sync: fetch what is missing or may have changed, and save it as whole days."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from bot.admin_api import Nonsense, NotAllowed, NotFound
from bot.analysis.coverage import LINES_AT_ONCE, USUAL_DAYS, days_at_once, days_to_fetch, newest_stretch, runs
from bot.jobs.bill import BillReader
from bot.jobs.estimate import Estimator
from bot.jobs.hours import sync_hours
from bot.model import Interval, SavedDays, Source, Synced, WrongUsage
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence
    from datetime import date, datetime

    from bot.admin_api import AdminApi, Buckets
    from bot.analysis.prices import PriceTable
    from bot.jobs.bill import Bill
    from bot.model import Organization, UsageLine
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)

GREATEST_CLOCK_SKEW = timedelta(hours=1)


class ClockWrong(WrongUsage):
    """This machine's clock is so far off that it cannot tell which days are over."""

    def __init__(self, skew: timedelta) -> None:
        hours = abs(skew) / timedelta(hours=1)
        side = "ahead of" if skew > timedelta() else "behind"
        super().__init__(f"this machine's clock is {hours:.1f} h {side} Anthropic's; set it, nothing was fetched")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sync is, in days."""

    done: int
    total: int


def log_progress(progress: Progress) -> None:
    """Says how far a long sync is; the hourly one is too short to speak of."""
    if progress.done and progress.total > USUAL_DAYS:
        log.info("fetched %d of %d days", progress.done, progress.total)


async def sync(
    *,
    api: AdminApi,
    open_store: OpenStore,
    prices: Callable[[], PriceTable],
    now: Callable[[], datetime],
    backfill_days: int,
    progress: Callable[[Progress], None],
    sources: Sequence[Source] = (Source.ANALYTICS, Source.COST_REPORT),
    accept: Callable[[Organization], Organization] = lambda organization: organization,
) -> Synced:
    """Fetches the missing days of the last `backfill_days` and re-reads the newest, newest first.

    The bill comes from the first of `sources` that answers; where none does, dollars are estimated. `accept` may refuse
    the organisation that the key turns out to be of, or call it by another name.

    Each stretch is saved at once or not at all, so that a failure leaves the stored days as they were, and of it only
    the days whose usage was answered: a day without a bucket stays as it is, and the next sync asks for it again. What
    the bill does not cover yet is estimated, until a sync finds that it does. Raises
    `AdminApiError`, also when the newest stretch is not answered for a single day, `DatabaseUnusable` or `ClockWrong`.
    """
    organization = accept(await api.fetch_organization())
    check_clock(api.server_clock_skew)
    await with_store(open_store, lambda store: store.save_organization(organization, seen_at=now()))
    await sync_names(api=api, open_store=open_store, now=now)
    table = await asyncio.to_thread(prices)  # now: amid a stretch's lines it would keep their memory from being reused
    today = now().astimezone(UTC).date()
    span = Interval(today - timedelta(days=backfill_days), today + timedelta(days=1))
    fetched = await with_store(open_store, lambda store: store.ledger.load_fetched_days(span))
    intervals = days_to_fetch(fetched, today=today, backfill_days=backfill_days)
    bills = BillReader(api=api, now=now, sources=sources)
    stretch = StretchSync(
        api=api,
        open_store=open_store,
        bills=bills,
        estimator=Estimator(prices=table, known=fetched),
        now=now,
        newest=newest_stretch(intervals, days=USUAL_DAYS)[0],
    )
    saved: list[SavedDays] = []
    left, done, total = intervals, 0, sum(map(len, intervals))
    progress(Progress(done=done, total=total))
    while left:
        interval, left = newest_stretch(left, days=stretch.days)
        saved += await stretch.sync(interval)
        done += len(interval)
        progress(Progress(done=done, total=total))
    await sync_hours(api=api, open_store=open_store, prices=table, today=today)
    warn_of_silence(stretch.unanswered, today=today)
    whole = Interval(min(part.since for part in intervals), max(part.until for part in intervals))
    return Synced(organization=organization, interval=whole, source=bills.source, saved=added_up(saved))


async def sync_names(*, api: AdminApi, open_store: OpenStore, now: Callable[[], datetime]) -> None:
    """Refreshes what workspaces and keys are called; a gateway without these lists leaves the ids to speak."""
    try:
        workspaces = await api.fetch_workspaces()
        api_keys = await api.fetch_api_keys()
    except (NotFound, NotAllowed) as error:
        log.warning("names were not refreshed: %s", error)
        return

    def save(store: Store) -> None:
        store.names.save_workspaces(workspaces, seen_at=now())
        store.names.save_api_keys(api_keys, seen_at=now())

    await with_store(open_store, save)


@dataclass(kw_only=True)
class StretchSync:
    """Fetches and saves a stretch of days at a time; `days` is how many the next has, to keep near `most_lines`.

    `unanswered` are the days without a bucket so far, by report. That the `newest` stretch has none is an error.
    """

    api: AdminApi
    open_store: OpenStore
    bills: BillReader
    estimator: Estimator
    now: Callable[[], datetime]
    newest: Interval
    days: int = USUAL_DAYS
    most_lines: int = LINES_AT_ONCE
    unanswered: dict[str, list[date]] = field(default_factory=dict)

    async def sync(self, interval: Interval) -> list[SavedDays]:
        """Saves what was answered of a stretch in one transaction; an estimate goes around days that were billed."""
        fetched_at = self.now()
        usage = await self.api.fetch_usage(interval)
        self.note_silence(interval, usage.days, endpoint=usage.endpoint)
        bills = await self.bills.read(interval)
        for bill in bills:
            self.note_silence(bill.asked, bill.days, endpoint=bill.endpoint)
        lines = len(usage.lines) + sum(len(bill.lines) + len(bill.keys) for bill in bills)
        self.days = days_at_once(interval, lines=lines, most=self.most_lines)

        def save(store: Store) -> list[SavedDays]:
            whole = self.estimator.complete(store, usage, bills, fetched_at=fetched_at)
            with store.transaction():
                return [saved for bill in whole for saved in save_bill(store, bill, usage, fetched_at=fetched_at)]

        return await with_store(self.open_store, save)

    def note_silence(self, interval: Interval, days: Container[date], *, endpoint: str) -> None:
        """Keeps the days without a bucket; raises `Nonsense` if the newest stretch has no other."""
        missing = [day for day in interval.days() if day not in days]
        if interval == self.newest and len(missing) == len(interval):
            raise Nonsense(
                f"Anthropic answered without a single day of {interval.since} … {interval.until}; nothing was stored, "
                "whoever runs ANTHROPIC_BASE_URL must mend it",
                endpoint=endpoint,
            )
        self.unanswered.setdefault(endpoint, []).extend(missing)


def save_bill(store: Store, bill: Bill, usage: Buckets[UsageLine], *, fetched_at: datetime) -> list[SavedDays]:
    """Replaces the days of a bill with what was fetched of them."""
    return [
        store.ledger.save_days(
            interval,
            cost=(line for line in bill.lines if interval.since <= line.day < interval.until),
            usage=(line for line in usage.lines if interval.since <= line.day < interval.until),
            keys=(line for line in bill.keys if interval.since <= line.day < interval.until),
            source=bill.source,
            fetched_at=fetched_at,
        )
        for interval in runs(sorted(bill.days))
    ]


def warn_of_silence(unanswered: Mapping[str, list[date]], *, today: date) -> None:
    """Says how many days a report left out. Today it may: there, the first bucket of a day comes late."""
    for endpoint, days in unanswered.items():
        over = sorted(day for day in days if day < today)
        if over:
            log.warning(
                "%s left out %d of the days asked for (%s … %s); they are asked for again",
                endpoint,
                len(over),
                over[0],
                over[-1],
            )


def check_clock(skew: timedelta | None) -> None:
    """Refuses to work with a clock that is hours off: it would take an unfinished day for a whole one."""
    if skew is not None and abs(skew) > GREATEST_CLOCK_SKEW:
        raise ClockWrong(skew)


def added_up(saved: list[SavedDays]) -> SavedDays:
    """Several saves as one."""
    return SavedDays(
        days=sum(part.days for part in saved),
        cost_rows=sum(part.cost_rows for part in saved),
        usage_rows=sum(part.usage_rows for part in saved),
        changed_days=tuple(sorted(day for part in saved for day in part.changed_days)),
        restatements=tuple(item for part in saved for item in part.restatements),
    )
