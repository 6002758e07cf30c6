"""Sync: fetch what is missing or may have changed, and save it as whole days."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from bot.admin_api import Buckets, Nonsense, NotAllowed, NotFound
from bot.analysis.coverage import days_to_fetch, runs
from bot.analysis.estimate import estimate_cost
from bot.model import Interval, SavedDays, Source, Synced, WrongUsage
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from bot.admin_api import AdminApi
    from bot.analysis.prices import PriceTable
    from bot.model import CostLine, FetchedDay, UsageLine
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)

USUAL_DAYS = 8
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
) -> Synced:
    """Fetches the missing days of the last `backfill_days` and re-reads the newest, newest first.

    Each stretch is saved at once or not at all, so that a failure leaves the stored days as they were, and of it only
    the days that were answered: a day without a bucket stays as it is, and the next sync asks for it again. Raises
    `AdminApiError`, also when the newest stretch is not answered for a single day, `DatabaseUnusable` or `ClockWrong`.
    """
    organization = await api.fetch_organization()
    check_clock(api.server_clock_skew)
    await with_store(open_store, lambda store: store.save_organization(organization, seen_at=now()))
    await sync_names(api=api, open_store=open_store, now=now)
    today = now().astimezone(UTC).date()
    span = Interval(today - timedelta(days=backfill_days), today + timedelta(days=1))
    fetched = await with_store(open_store, lambda store: store.ledger.load_fetched_days(span))
    intervals = days_to_fetch(fetched, today=today, backfill_days=backfill_days)
    stretch = StretchSync(api=api, open_store=open_store, prices=prices, now=now, fetched=fetched, newest=intervals[0])
    saved: list[SavedDays] = []
    done, total = 0, sum(map(len, intervals))
    progress(Progress(done=done, total=total))
    for interval in intervals:
        saved += await stretch.sync(interval)
        done += len(interval)
        progress(Progress(done=done, total=total))
    warn_of_silence(stretch.unanswered, today=today)
    whole = Interval(min(part.since for part in intervals), max(part.until for part in intervals))
    return Synced(organization=organization, interval=whole, source=stretch.source, saved=added_up(saved))


async def sync_names(*, api: AdminApi, open_store: OpenStore, now: Callable[[], datetime]) -> None:
    """Refreshes what workspaces and keys are called; a gateway without these lists leaves the ids to speak."""
    try:
        workspaces = await api.fetch_workspaces()
        api_keys = await api.fetch_api_keys()
    except (NotFound, NotAllowed) as error:
        log.warning("names were not refreshed: %s", error)
        return
    await with_store(open_store, lambda store: store.names.save_workspaces(workspaces, seen_at=now()))
    await with_store(open_store, lambda store: store.names.save_api_keys(api_keys, seen_at=now()))


@dataclass(kw_only=True)
class StretchSync:
    """Fetches and saves one stretch of days at a time, and remembers whether there is a cost report at all.

    `unanswered` are the days without a bucket so far, by report. That the `newest` stretch has none is an error.
    """

    api: AdminApi
    open_store: OpenStore
    prices: Callable[[], PriceTable]
    now: Callable[[], datetime]
    fetched: dict[date, FetchedDay]
    newest: Interval
    source: Source = Source.COST_REPORT
    unanswered: dict[str, list[date]] = field(default_factory=dict)

    async def sync(self, interval: Interval) -> list[SavedDays]:
        """Saves what was answered of a stretch in one transaction; an estimate goes around days that were billed."""
        fetched_at = self.now()
        usage = await self.api.fetch_usage(interval)
        self.note_silence(interval, usage)
        cost = await self.cost_of(interval, usage)
        answered = runs(day for day in sorted(usage.days & cost.days) if not self.stays_billed(day))
        return await self.save(answered, cost=cost.lines, usage=usage.lines, fetched_at=fetched_at)

    async def cost_of(self, interval: Interval, usage: Buckets[UsageLine]) -> Buckets[CostLine]:
        """The bill of a stretch, or its estimate where no cost report answers."""
        if self.source is Source.COST_REPORT:
            try:
                billed = await self.api.fetch_cost(interval)
            except NotFound:
                log.warning("no cost report answers here: dollars are estimated from tokens, and say so")
                self.source = Source.ESTIMATE
            else:
                self.note_silence(interval, billed)
                return billed
        estimate = estimate_cost(usage.lines, self.prices())
        for model in estimate.unpriced:
            log.warning("no price is known for %s: %d tokens are unpriced", model.model, model.tokens)
        return Buckets(usage.endpoint, usage.days, estimate.cost)

    def note_silence(self, interval: Interval, buckets: Buckets[CostLine] | Buckets[UsageLine]) -> None:
        """Keeps the days without a bucket; raises `Nonsense` if the newest stretch has no other."""
        if interval == self.newest and not buckets.days:
            raise Nonsense(
                f"Anthropic answered without a single day of {interval.since} … {interval.until}; nothing was stored, "
                "whoever runs ANTHROPIC_BASE_URL must mend it",
                endpoint=buckets.endpoint,
            )
        missing = [day for day in interval.days() if day not in buckets.days]
        self.unanswered.setdefault(buckets.endpoint, []).extend(missing)

    def stays_billed(self, day: date) -> bool:
        """Whether the bill has covered a day that there is only an estimate for now: that never replaces the bill."""
        return self.source is Source.ESTIMATE and self.is_billed(day)

    def is_billed(self, day: date) -> bool:
        """Whether the stored amounts of a day come from the bill."""
        known = self.fetched.get(day)
        return known is not None and known.source is Source.COST_REPORT and known.is_over

    async def save(
        self, answered: list[Interval], *, cost: list[CostLine], usage: list[UsageLine], fetched_at: datetime
    ) -> list[SavedDays]:
        """Replaces the answered days with what was fetched of them, all together."""

        def save_all(store: Store) -> list[SavedDays]:
            with store.transaction():
                return [
                    store.ledger.save_days(
                        interval,
                        cost=(line for line in cost if interval.since <= line.day < interval.until),
                        usage=(line for line in usage if interval.since <= line.day < interval.until),
                        source=self.source,
                        fetched_at=fetched_at,
                    )
                    for interval in answered
                ]

        return await with_store(self.open_store, save_all)


def warn_of_silence(unanswered: Mapping[str, list[date]], *, today: date) -> None:
    """Says how many days a report left out. Today it may: there, the first bucket of a day comes late."""
    for endpoint, days in unanswered.items():
        over = sorted(day for day in days if day < today)
        if over:
            log.warning(
                "%s left out %d of the days asked for (%s … %s); they stay as they were, and are asked for again",
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
