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
from bot.analysis.organizations import freshness_of_all
from bot.analysis.ownership import WrongRules
from bot.analysis.patterns import EquallySpecific
from bot.jobs.backfill import queue_backfill_done
from bot.jobs.feed import SameOrganization, expect
from bot.jobs.keys import share_days
from bot.jobs.notices import load_refusals, load_troubles
from bot.jobs.snoozes import wake_snoozed
from bot.jobs.sync import ClockWrong
from bot.jobs.units import load_unread
from bot.messages.status import NextJob, OrganizationStatus, Status
from bot.model import Interval
from bot.snapshots import DatabaseUnusable
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from bot.analysis.reconcile import Reconciliation
    from bot.jobs.budgets import Budgeter
    from bot.jobs.check import Checker
    from bot.jobs.deliver import Deliverer
    from bot.jobs.digest import Digests
    from bot.jobs.feed import Feed
    from bot.jobs.notices import Notices
    from bot.jobs.reconcile import Reconciler
    from bot.jobs.units import Counter, Watcher
    from bot.jobs.whose import Asker
    from bot.model import Alert
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)

PULL_MINUTE = 2
"""Minutes past each hour: at 03:02 the day before has had its three hours to settle, and is judged."""
TICK_SECONDS = 15
LOOKBACK = timedelta(days=8)
DELAYS_SHOWN = timedelta(days=28)


@dataclass(kw_only=True)
class Clock:
    """What happens by itself. One process on a database keeps it.

    Each feed knows what was wrong with its last pull, `tick_failure` is what was wrong with the last tick.
    """

    open_store: OpenStore
    now: Callable[[], datetime]
    feeds: Sequence[Feed]
    checker: Checker
    digests: Digests
    deliverer: Deliverer
    notices: Notices
    reconciler: Reconciler
    budgeter: Budgeter
    asker: Asker
    counter: Counter
    watcher: Watcher
    tick_failure: str | None = None
    has_pulled: bool = False
    has_taken_over: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    scheduler: AsyncIOScheduler = field(init=False)

    def __post_init__(self) -> None:
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self.scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self.scheduler.add_listener(log_failure, EVENT_JOB_ERROR)
        logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL + 1)  # which would add tracebacks

    @property
    def failure(self) -> str | None:
        """What was wrong with the last pull, in one line; None if nothing was."""
        return "; ".join(self.failures()) or None

    def failures(self) -> list[str]:
        """What was wrong with the last pull of each organisation; what all of them share is said once."""
        shared = {feed.failure for feed in self.feeds}
        if len(shared) == 1:
            return list(filter(None, shared))
        return [feed.named(feed.failure) for feed in self.feeds if feed.failure]

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
            await self.pull_each()
        except DatabaseUnusable as error:
            self.note(error, *self.feeds)
        finally:
            self.has_pulled = True
        await self.tick()
        await self.share_days()
        await self.count_units()

    async def count_units(self) -> None:
        """Reads what was counted outside, after all else: what keeps it waiting keeps nothing of the bill waiting."""
        try:
            await self.counter.count()
        except DatabaseUnusable as error:
            self.note(error, *self.feeds)

    async def share_days(self) -> None:
        """Shares what was pulled among keys, after all that was to be said of it; until then answers do it."""
        for feed in self.feeds:
            try:
                await share_days(feed.open_store)
            except DatabaseUnusable as error:
                self.note(error, feed)

    async def pull_each(self) -> None:
        """One organisation beside the other; what is wrong with one stops no other."""
        await expect(self.open_store, self.feeds)
        outcomes = await asyncio.gather(*(self.pull_one(feed) for feed in self.feeds), return_exceptions=True)
        await expect(self.open_store, self.feeds)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def pull_one(self, feed: Feed) -> None:
        """Syncs and judges one organisation."""
        try:
            await self.sync_and_judge(feed)
            feed.failure = None
        except (AdminApiError, ClockWrong, SameOrganization, DatabaseUnusable, EquallySpecific, WrongRules) as error:
            if isinstance(error, KeyRefused):
                feed.refused_settings = error.settings
            self.note(error, feed)

    def note(self, error: Exception, *feeds: Feed) -> None:
        """Keeps what was wrong with a pull, and logs it once while it stays the same."""
        for feed in feeds:
            known = [feed.named(each) for each in (feed.failure, self.tick_failure) if each]
            logged_once(feed.named(str(error)), known=known)
            feed.failure = str(error)

    async def sync_and_judge(self, feed: Feed) -> None:
        """Fetches, then judges; the channel hears of nothing else meanwhile."""
        synced = await feed.sync()
        done = f"synced {synced.saved.days} days, {len(synced.saved.changed_days)} changed"
        log.info("%s", feed.named(done))
        async with self.turn:
            feed.refused_settings = ()
            await with_store(feed.open_store, lambda store: self.judge_and_queue(store, feed))

    async def tick(self) -> None:
        """Queues the digest and notices that are due, and delivers the outbox."""
        async with self.turn:
            try:
                await self.say_what_is_due()
                self.tick_failure = None
            except DatabaseUnusable as error:
                known = {self.tick_failure, *(feed.failure for feed in self.feeds)}
                self.tick_failure = logged_once(str(error), known=known)

    async def say_now(self) -> None:
        """Delivers what a click has queued, if this process keeps the clock; else another one does within seconds."""
        if self.scheduler.running:
            await self.tick()

    async def say_what_is_due(self) -> None:
        """The first time, what an earlier process left behind comes first."""
        await with_store(self.open_store, self.queue_what_is_due)
        if not self.has_taken_over:
            await self.deliverer.take_over()
            self.has_taken_over = True
        await self.deliverer.deliver()

    def judge_and_queue(self, store: Store, feed: Feed) -> None:
        """Judges the newest day that is ready, and queues what the first backfill found."""
        self.notices.tell_key_in_use(store, setting=feed.key_in_use(), first=feed.setting, now=self.now())
        today = self.now().date()
        day = newest_judgeable_day(store.ledger.load_fetched_days(days_up_to(today)), today)
        already_high: list[Alert] = []
        week: Reconciliation | None = None
        if day is not None and store.alerts.load_evaluation() is None:
            already_high = [*self.checker.check_first(store, day=day), *self.checker.check_teams_first(store)]
            week = self.reconciler.remember_unpriced(store, day=day, now=self.now())
            self.budgeter.remember_reached(store.under(self.feeds[0].setting), today=today)
        queue_backfill_done(
            store,
            channel=self.checker.routing.main.channel,
            already_high=already_high,
            next_digest_at=self.digests.next_at(self.now()),
        )
        if day is not None:
            self.check(store, day, week)
            self.checker.check_teams(store)

    def check(self, store: Store, day: date, week: Reconciliation | None) -> None:
        """Judges a day; says once when too many days are unknown for that, or its week's bill does not match."""
        judgement = self.checker.check(store, day=day)
        self.notices.tell_not_judged(store, missing=judgement.days_unknown, day=day, now=self.now())
        self.reconciler.check(store, day=day, revision=judgement.revision, now=self.now(), found=week)

    def queue_what_is_due(self, store: Store) -> None:
        """The digest, however late, and what is wrong; nothing before it was tried to catch up on missed days."""
        if not self.has_pulled:
            return
        now = self.now()
        wake_snoozed(store, now=now, quiet=self.checker.quiet)
        for teller in (self.digests, self.budgeter, self.watcher, self.asker):
            self.queue_owned(teller, store, now=now)
        for feed in self.feeds:
            own = store.under(feed.setting)
            if feed.refused_settings:
                self.notices.tell_key_refused(own, settings=feed.refused_settings, now=now)
            self.notices.tell_staleness(own, now=now)
            self.notices.note_failure(own, feed.failure, now=now)

    def queue_owned(self, teller: Digests | Budgeter | Watcher | Asker, store: Store, *, now: datetime) -> None:
        """What is due, unless nobody can say whose something is: that is told, and stops nothing else."""
        try:
            teller.queue_if_due(store, now=now)
        except WrongRules as error:
            self.note(error, *self.feeds)

    async def status(self, *, version: str) -> Status:
        """What `/claudecost status` says."""
        upcoming = (("sync", self.next_pull_at()), ("digest", self.digests.next_at(self.now())))

        def load(store: Store) -> Status:
            organizations = [self.status_of(feed, store.under(feed.setting)) for feed in self.feeds]
            only = organizations[0] if len(organizations) == 1 else None
            waiting = store.outbox.load_held(self.now())
            held_levels = self.budgeter.count_held(store, now=self.now())
            return Status(
                organization=only.name if only else None,
                version=version,
                freshness=freshness_of_all([each.freshness for each in organizations]),
                billed_up_to=min((each.billed_up_to for each in organizations if each.billed_up_to), default=None),
                key_in_use=only.key_in_use if only else "",
                next_jobs=tuple(NextJob(name=name, at=at) for name, at in upcoming if at is not None),
                open_alerts=sum(each.open_alerts for each in organizations) + len(store.units.load_rises()),
                troubles=self.troubles(store),
                organizations=() if only else tuple(organizations),
                retired=tuple(each.name for each in store.retired_organizations()),
                alert_delays=self.alert_delays(store),
                held=waiting.postings,
                held_levels=held_levels,
                held_until=waiting.until or self.budgeter.waits_until(self.now()),
                digests=tuple(self.digests.plans.load(store)),
                at=self.now(),
            )

        return await with_store(self.open_store, load)

    def status_of(self, feed: Feed, store: Store) -> OrganizationStatus:
        """How one organisation is."""
        recent = store.ledger.load_fetched_days(days_up_to(self.now().date()))
        organization = store.organization
        return OrganizationStatus(
            name=organization.name if organization else feed.called or None,
            key_in_use=feed.key_in_use(),
            freshness=store.ledger.load_freshness(),
            billed_up_to=max((day for day, known in recent.items() if known.is_billed), default=None),
            open_alerts=len(store.alerts.load_open_alerts()),
        )

    def alert_delays(self, store: Store) -> tuple[timedelta, ...]:
        """How long after the end of their days the last weeks' alerts were in Slack, in the order they came."""
        return tuple(store.outbox.load_delays(self.now().date() - DELAYS_SHOWN))

    def troubles(self, store: Store) -> tuple[str, ...]:
        """What is wrong, a sentence each: what this process found, and what any other did."""
        retrying = [feed.named(reason) for feed in self.feeds if (reason := feed.retrying())]
        raised = [
            feed.named(trouble)
            for feed in self.feeds
            for trouble in load_troubles(store.under(feed.setting))
            if trouble != feed.failure
        ]
        own = [*self.failures(), *([self.tick_failure] if self.tick_failure else []), *retrying]
        return tuple(dict.fromkeys([*own, *raised, *load_refusals(store), *load_unread(store)]))

    async def health(self) -> Mapping[str, object]:
        """Whether the data can be read, how old it is, and what is wrong."""
        try:
            ages, troubles, delays = await with_store(
                self.open_store, lambda store: (self.ages(store), self.troubles(store), self.alert_delays(store))
            )
        except DatabaseUnusable as error:
            return {"readable": False, "failure": str(error)}
        known = [age for age in ages.values() if age is not None]
        return {
            "readable": True,
            "as_of": min(known) if len(known) == len(ages) else None,
            "failure": "; ".join(troubles) or None,
            **({"last_alert_delay_seconds": round(delays[-1].total_seconds())} if delays else {}),
            **({"organizations": ages} if len(ages) > 1 else {}),
        }

    def ages(self, store: Store) -> dict[str, str | None]:
        """When each organisation's newest data was fetched, by its setting; None before its first sync."""
        found = {feed.setting: store.under(feed.setting).ledger.load_freshness().data_as_of for feed in self.feeds}
        return {setting: None if at is None else at.isoformat() for setting, at in found.items()}


def days_up_to(today: date) -> Interval:
    """The last complete days, among which the newest is looked for."""
    return Interval(today - LOOKBACK, today)


def logged_once(failure: str, *, known: Collection[str | None]) -> str:
    """A failure, in the log unless it is known already."""
    if failure not in known:
        log.error("%s", failure)
    return failure


def log_failure(event: JobExecutionEvent) -> None:
    """A job's exception is otherwise only in the scheduler's own log. A pull cut off by the stop is no failure."""
    if isinstance(event.exception, asyncio.CancelledError):
        return
    log.error("%s failed (%s: %s)", event.job_id, type(event.exception).__name__, event.exception)
