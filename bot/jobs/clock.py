"""The clock: pull every hour and judge, say every quarter of a minute what is due; catch up after downtime."""

from __future__ import annotations

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
from bot.jobs.sync import ClockWrong
from bot.messages.status import NextJob, Status
from bot.model import Interval, Source
from bot.snapshots import DatabaseUnusable
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import date

    from bot.jobs.check import Checker
    from bot.jobs.deliver import Deliverer
    from bot.jobs.digest import DigestSchedule
    from bot.jobs.notices import Notices
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
    """What happens by itself. One process on a database keeps it."""

    open_store: OpenStore
    now: Callable[[], datetime]
    sync: Callable[[], Awaitable[Synced]]
    key_in_use: Callable[[], str]
    checker: Checker
    digests: DigestSchedule
    deliverer: Deliverer
    notices: Notices
    first_key: str = "ANTHROPIC_ADMIN_KEY"
    failure: str | None = None
    pulled: bool = False
    estimated: bool = False
    taken_over_at: datetime | None = None
    scheduler: AsyncIOScheduler = field(init=False)

    def __post_init__(self) -> None:
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self.scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self.scheduler.add_listener(log_failure, EVENT_JOB_ERROR)

    def start(self) -> None:
        """Starts the clock, beginning with a pull: whatever was missed while the process was down."""
        self.taken_over_at = self.now()
        at_once = datetime.now(UTC)  # noqa: TID251 -- the scheduler compares with the real clock, not with ours
        self.scheduler.add_job(
            self.pull, CronTrigger(minute=PULL_MINUTE, timezone=UTC), id="pull", next_run_time=at_once
        )
        self.scheduler.add_job(self.tick, IntervalTrigger(seconds=TICK_SECONDS), id="tick", next_run_time=at_once)
        self.scheduler.start()

    async def stop(self) -> None:
        """Stops the clock; a pull under way is abandoned, and leaves the stored days as they were."""
        if self.scheduler.running:
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
            synced = await self.sync()
        except KeyRefused as error:
            self.fail(str(error))
            await self.tell_key_refused(error.settings)
        except (AdminApiError, ClockWrong, DatabaseUnusable) as error:
            self.fail(str(error))
        else:
            self.failure = None
            self.estimated = synced.source is Source.ESTIMATE
            log.info("synced %s days, %s changed", synced.saved.days, len(synced.saved.changed_days))
            await with_store(self.open_store, self.judge_and_queue)
        self.pulled = True
        await self.tick()

    async def tick(self) -> None:
        """Queues the digest and notices that are due, and delivers the outbox."""
        try:
            await with_store(self.open_store, self.queue_what_is_due)
            left_over_before, self.taken_over_at = self.taken_over_at, None
            await self.deliverer.deliver(left_over_before=left_over_before)
        except DatabaseUnusable as error:
            self.fail(str(error))

    def fail(self, failure: str) -> None:
        """Logs a failure, once while it stays the same."""
        if failure != self.failure:
            log.error("%s", failure)
        self.failure = failure

    async def tell_key_refused(self, settings: Sequence[str]) -> None:
        """Tells the channel, once until a key works again."""
        now = self.now()
        await with_store(
            self.open_store, lambda store: self.notices.tell_key_refused(store, settings=settings, now=now)
        )

    def judge_and_queue(self, store: Store) -> None:
        """Judges the newest day that is ready, and queues what the first backfill found."""
        self.notices.tell_key_in_use(store, setting=self.key_in_use(), first=self.first_key, now=self.now())
        today = self.now().date()
        fetched = store.ledger.load_fetched_days(Interval(today - LOOKBACK, today))
        day = newest_judgeable_day(fetched, today)
        already_high: list[Alert] = []
        if day is not None and store.alerts.load_evaluation() is None:
            already_high = self.checker.check_first(store, day=day)
        queue_backfill_done(
            store,
            channel=self.checker.channel,
            already_high=already_high,
            next_digest_at=self.digests.next_at(self.now()),
        )
        if day is not None:
            self.check(store, day)

    def check(self, store: Store, day: date) -> None:
        """Judges a day; says once when too many days are unknown for that."""
        judgement = self.checker.check(store, day=day)
        self.notices.tell_not_judged(store, missing=judgement.days_unknown, day=day, now=self.now())

    def queue_what_is_due(self, store: Store) -> None:
        """The digest, however late, and the notice of stale data."""
        now = self.now()
        self.digests.queue_if_due(store, now=now)
        if self.pulled:
            self.notices.tell_staleness(store, now=now)

    async def status(self, *, version: str) -> Status:
        """What `/claudecost status` says."""
        upcoming = (("sync", self.next_pull_at()), ("digest", self.digests.next_at(self.now())))

        def load(store: Store) -> Status:
            organization = store.organization
            return Status(
                organization=None if organization is None else organization.name,
                version=version,
                freshness=store.ledger.load_freshness(),
                estimated=self.estimated,
                key_in_use=self.key_in_use(),
                next_jobs=tuple(NextJob(name=name, at=at) for name, at in upcoming if at is not None),
                open_alerts=len(store.alerts.load_open_alerts()),
                troubles=tuple(filter(None, [self.failure])),
            )

        return await with_store(self.open_store, load)

    async def health(self) -> Mapping[str, object]:
        """Whether the data can be read, how old it is, and what went wrong last."""
        try:
            freshness = await with_store(self.open_store, lambda store: store.ledger.load_freshness())
        except DatabaseUnusable as error:
            return {"readable": False, "failure": str(error)}
        data_as_of = freshness.data_as_of
        return {
            "readable": True,
            "as_of": None if data_as_of is None else data_as_of.isoformat(),
            "failure": self.failure,
        }


def log_failure(event: JobExecutionEvent) -> None:
    """A job's exception is otherwise only in the scheduler's own log."""
    log.error("%s failed (%s: %s)", event.job_id, type(event.exception).__name__, event.exception)
