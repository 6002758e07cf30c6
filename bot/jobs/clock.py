"""The clock: pull every hour and judge, say every quarter of a minute what is due; catch up after downtime."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.admin_api import AdminApiError, KeyRefused
from bot.analysis.coverage import newest_judgeable_day
from bot.jobs.backfill import queue_backfill_done
from bot.jobs.notices import load_troubles
from bot.jobs.sync import ClockWrong
from bot.messages.status import NextJob, Status
from bot.model import Interval, Source
from bot.snapshots import DatabaseUnusable
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import date

    from bot.jobs.check import Checker
    from bot.jobs.deliver import Deliverer
    from bot.jobs.digest import DigestSchedule
    from bot.jobs.notices import Notices
    from bot.jobs.reconcile import Reconciler
    from bot.model import Alert, Synced
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)

PULL_MINUTE = 2
"""Minutes past each hour: at 03:02 the day before has had its three hours to settle, and is judged."""
TICK_SECONDS = 15
LOOKBACK = timedelta(days=8)


@dataclass(kw_only=True)
class Clock:
    """What happens by itself. One process on a database keeps it.

    `failure` is what was wrong with the last pull, `tick_failure` with the last tick; `retrying` says why an answer
    is still being waited for.
    """

    open_store: OpenStore
    now: Callable[[], datetime]
    sync: Callable[[], Awaitable[Synced]]
    key_in_use: Callable[[], str]
    checker: Checker
    digests: DigestSchedule
    deliverer: Deliverer
    notices: Notices
    reconciler: Reconciler
    first_key: str = "ANTHROPIC_ADMIN_KEY"
    retrying: Callable[[], str | None] = lambda: None
    failure: str | None = None
    tick_failure: str | None = None
    refused_settings: tuple[str, ...] = ()
    has_pulled: bool = False
    has_taken_over: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    scheduler: AsyncIOScheduler = field(init=False)

    def __post_init__(self) -> None:
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self.scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self.scheduler.add_listener(log_failure, EVENT_JOB_ERROR)

    def start(self) -> None:
        """Starts the clock, beginning with a pull: whatever was missed while the process was down."""
        at_once = datetime.now(UTC)  # noqa: TID251 -- the scheduler compares with the real clock, not with ours
        self.scheduler.add_job(
            self.pull, CronTrigger(minute=PULL_MINUTE, timezone=UTC), id="pull", next_run_time=at_once
        )
        self.scheduler.add_job(self.tick, IntervalTrigger(seconds=TICK_SECONDS), id="tick", next_run_time=at_once)
        self.scheduler.start()

    async def stop(self, *, within: float) -> None:
        """Stops the clock: what is being said is said to its end, if that takes no longer than `within` seconds.

        A pull under way is abandoned, and leaves the stored days as they were.
        """
        if not self.scheduler.running:
            return
        self.scheduler.pause()
        self.deliverer.stopping.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.turn.acquire(), timeout=within)
        self.scheduler.shutdown(wait=False)

    def next_pull_at(self) -> datetime | None:
        """When the next pull starts; None while another process keeps the clock."""
        if not self.scheduler.running:
            return None
        present = self.now().astimezone(UTC)
        this_hour = present.replace(minute=PULL_MINUTE, second=0, microsecond=0)
        return this_hour if this_hour > present else this_hour + timedelta(hours=1)

    async def pull(self) -> None:
        """Syncs, judges what can be judged, and says what is due. A failure is told to whoever can act."""
        try:
            await self.sync_and_judge()
            self.failure = None
        except KeyRefused as error:
            self.refused_settings = error.settings
            self.failure = self.logged(error)
        except (AdminApiError, ClockWrong, DatabaseUnusable) as error:
            self.failure = self.logged(error)
        finally:
            self.has_pulled = True
        await self.tick()

    async def sync_and_judge(self) -> None:
        """Fetches, then judges; the channel hears of nothing else meanwhile."""
        synced = await self.sync()
        log.info("synced %s days, %s changed", synced.saved.days, len(synced.saved.changed_days))
        async with self.turn:
            self.refused_settings = ()
            await with_store(self.open_store, self.judge_and_queue)

    async def tick(self) -> None:
        """Queues the digest and notices that are due, and delivers the outbox."""
        async with self.turn:
            try:
                await self.say_what_is_due()
                self.tick_failure = None
            except DatabaseUnusable as error:
                self.tick_failure = self.logged(error)

    async def say_what_is_due(self) -> None:
        """The first time, what an earlier process left behind comes first."""
        await with_store(self.open_store, self.queue_what_is_due)
        if not self.has_taken_over:
            await self.deliverer.take_over()
            self.has_taken_over = True
        await self.deliverer.deliver()

    def logged(self, error: Exception) -> str:
        """A failure in words, logged once while it stays the same."""
        failure = str(error)
        if failure not in {self.failure, self.tick_failure}:
            log.error("%s", failure)
        return failure

    def judge_and_queue(self, store: Store) -> None:
        """Judges the newest day that is ready, and queues what the first backfill found."""
        self.notices.tell_key_in_use(store, setting=self.key_in_use(), first=self.first_key, now=self.now())
        today = self.now().date()
        day = newest_judgeable_day(store.ledger.load_fetched_days(days_up_to(today)), today)
        already_high: list[Alert] = []
        if day is not None and store.alerts.load_evaluation() is None:
            already_high = self.checker.check_first(store, day=day)
            self.reconciler.remember_unpriced(store, day=day, now=self.now())
        queue_backfill_done(
            store,
            channel=self.checker.channel,
            already_high=already_high,
            next_digest_at=self.digests.next_at(self.now()),
        )
        if day is not None:
            self.check(store, day)

    def check(self, store: Store, day: date) -> None:
        """Judges a day; says once when too many days are unknown for that, or its week's bill does not match."""
        judgement = self.checker.check(store, day=day)
        self.notices.tell_not_judged(store, missing=judgement.days_unknown, day=day, now=self.now())
        self.reconciler.check(store, day=day, revision=judgement.revision, now=self.now())

    def queue_what_is_due(self, store: Store) -> None:
        """The digest, however late, and what is wrong; nothing before it was tried to catch up on missed days."""
        if not self.has_pulled:
            return
        now = self.now()
        self.digests.queue_if_due(store, now=now)
        if self.refused_settings:
            self.notices.tell_key_refused(store, settings=self.refused_settings, now=now)
        self.notices.tell_staleness(store, now=now)
        self.notices.note_failure(store, self.failure, now=now)

    async def status(self, *, version: str) -> Status:
        """What `/claudecost status` says."""
        upcoming = (("sync", self.next_pull_at()), ("digest", self.digests.next_at(self.now())))

        def load(store: Store) -> Status:
            organization = store.organization
            recent = store.ledger.load_fetched_days(days_up_to(self.now().date()))
            return Status(
                organization=None if organization is None else organization.name,
                version=version,
                freshness=store.ledger.load_freshness(),
                estimated=any(day.source is Source.ESTIMATE for day in recent.values()),
                key_in_use=self.key_in_use(),
                next_jobs=tuple(NextJob(name=name, at=at) for name, at in upcoming if at is not None),
                open_alerts=len(store.alerts.load_open_alerts()),
                troubles=self.troubles(store),
            )

        return await with_store(self.open_store, load)

    def troubles(self, store: Store) -> tuple[str, ...]:
        """What is wrong, a sentence each: what this process found, and what any other did."""
        own = filter(None, [self.failure, self.tick_failure, self.retrying()])
        return tuple(dict.fromkeys([*own, *load_troubles(store)]))

    async def health(self) -> Mapping[str, object]:
        """Whether the data can be read, how old it is, and what is wrong."""
        try:
            freshness, troubles = await with_store(
                self.open_store, lambda store: (store.ledger.load_freshness(), self.troubles(store))
            )
        except DatabaseUnusable as error:
            return {"readable": False, "failure": str(error)}
        data_as_of = freshness.data_as_of
        return {
            "readable": True,
            "as_of": None if data_as_of is None else data_as_of.isoformat(),
            "failure": "; ".join(troubles) or None,
        }


def days_up_to(today: date) -> Interval:
    """The last complete days, among which the newest is looked for."""
    return Interval(today - LOOKBACK, today)


def log_failure(event: JobExecutionEvent) -> None:
    """A job's exception is otherwise only in the scheduler's own log. A pull cut off by the stop is no failure."""
    if isinstance(event.exception, asyncio.CancelledError):
        return
    log.error("%s failed (%s: %s)", event.job_id, type(event.exception).__name__, event.exception)
