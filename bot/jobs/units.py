"""Units: read what was counted outside, and tell once what rose per unit, and when that is over."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.contract import Threshold
from bot.analysis.coverage import newest_judgeable_day
from bot.analysis.units import judge
from bot.counts.errors import CountsUnreadable
from bot.loading.owners import load_ownership
from bot.loading.units import weeks_up_to
from bot.messages.units import ending_of, is_over, set_aside, set_aside_reply, unit_is_calm, unit_rises
from bot.model import Interval, OutboxState, Posting, UnitRise
from bot.snapshots.threads import with_store
from bot.snapshots.units import Reading, rise_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from bot.analysis.contract import Contract
    from bot.analysis.ownership import Ownership
    from bot.analysis.units import Unit, UnitDays, Verdict
    from bot.counts.sources import Source
    from bot.jobs.notices import Notices
    from bot.loading.units import Units
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

    Read = Callable[[Source, Sequence[date]], Awaitable[dict[date, Decimal]]]

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
DAYS_READ = 35
"""How many complete days are asked for: as far back as the table of a unit goes, and the week before that."""

WEEKS_LOADED = 3
"""The judged day can be some days back, and its two weeks begin before that."""

DAYS_READ_AGAIN = 3
"""How many of the newest are asked for although they are known: a day's count can be late in part."""

READ_EVERY = timedelta(hours=20)
"""How often, once yesterday's count is known; until then with each sync."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Reads counts. `sources` are those of units by their names; one that fails stops neither another nor a sync."""

    sources: Mapping[str, Source]
    open_store: OpenStore
    now: Callable[[], datetime]
    read: Read

    async def count(self) -> None:
        """Reads what is due of each unit."""
        if not self.sources:
            return
        due = await with_store(self.open_store, self.due)
        for unit, days in due.items():
            await self.count_one(unit, days)

    def due(self, store: Store) -> dict[str, list[date]]:
        """The days to ask for, of each unit that is to be asked."""
        today, readings = self.now().date(), store.units.load_readings()
        interval = Interval(today - timedelta(days=DAYS_READ), today)
        found = {}
        for unit in self.sources:
            known = store.units.load_counts(unit, interval)
            if is_due(readings.get(unit), known, now=self.now()):
                found[unit] = days_to_read(interval, known)
        return found

    async def count_one(self, unit: str, days: Sequence[date]) -> None:
        """Reads one unit's counts, and keeps them, or what was wrong."""
        at = self.now()
        try:
            counts = await self.read(self.sources[unit], days)
        except CountsUnreadable as error:
            trouble = f"{unit}: {error}"
            if await with_store(self.open_store, lambda store: is_news(store, unit, trouble)):
                log.warning("counts of %s", trouble)
            await with_store(self.open_store, lambda store: store.units.save_reading(unit, Reading(at, trouble)))
            return
        await with_store(self.open_store, lambda store: store.units.save_counts(unit, counts, at=at))


@dataclass(kw_only=True)
class Watcher:
    """Tells what rose per unit, by the contract's threshold and floor. `checked` is the state looked at last.

    A rise has one message, which is edited with each day that is judged and when it is over, and one thread. Nothing
    is told between the two, so there is nothing to snooze.
    """

    units: Units
    contract: Contract
    notices: Notices
    checked: tuple[object, ...] | None = None

    def queue_if_due(self, store: Store, *, now: datetime) -> None:
        """Looks at every unit once for each state of the data and of the counts, and at each new day."""
        as_of = [own.ledger.load_freshness().data_as_of for own in store.each()]
        state = now.date(), *as_of, *store.units.load_readings().items()
        if state == self.checked:
            return
        self.forget_removed(store, now=now)
        if self.units.all:
            self.queue_each(store, now=now)
        self.checked = state

    def queue_each(self, store: Store, *, now: datetime) -> None:
        """Says what there is to say of each unit that can be judged."""
        ownership = load_ownership(store, self.units.teams)
        for days in self.units.load(store, weeks_up_to(now.date(), WEEKS_LOADED), ownership):
            day = newest_judgeable_day(days.fetched, now.date())
            verdict = None if day is None else self.judge(days, day)
            if verdict is not None:
                self.queue(store, verdict, channel=self.channel_of(days.unit, ownership), now=now)

    def forget_removed(self, store: Store, *, now: datetime) -> None:
        """Ends the rises of units that are none any more, or have another name; what they counted stays."""
        names = [unit.name for unit in self.units.all]
        with store.transaction():
            store.units.forget_other_readings(names)
            for unit, rise in store.units.load_rises().items():
                if unit not in names:
                    store.units.end_rise(unit)
                    self.queue_set_aside(store, unit, rise, now=now)

    def queue(self, store: Store, verdict: Verdict, *, channel: str, now: datetime) -> None:
        """Says that a unit rises, how it stands while it does, and once that it is over."""
        unit, before = verdict.report.unit.name, verdict.report.previous.per_unit
        with store.transaction():
            rise = store.units.load_rise(unit)
            if rise is None and verdict.rises and before is not None:
                rise = UnitRise(now, before)
                store.units.begin_rise(unit, rise)
                notices = replace(self.notices, channel=channel)
                notices.queue(store, rise_key(unit, now), self.message(verdict, rise), now=now)
            elif rise is not None and verdict.is_calm:
                store.units.end_rise(unit)
                self.queue_calm(store, verdict, rise, now=now)
            elif rise is not None:
                self.queue_edit(store, verdict, rise)

    def queue_edit(self, store: Store, verdict: Verdict, rise: UnitRise) -> None:
        """Queues the message of a rise as it is on the day that is judged; what waits for the morning goes as it is."""
        root = store.outbox.load_posting(store.own_key(rise_key(verdict.report.unit.name, rise.since)))
        if root is None or root.state is OutboxState.PENDING:
            return
        edit, message = f"{root.key}:{verdict.report.current.interval.until}", self.message(verdict, rise)
        latest = store.outbox.load_latest(root.key)
        if latest is not None and latest.message != message:
            store.outbox.add(Posting(key=edit, channel=root.channel, message=message, edits=root.key))

    def queue_calm(self, store: Store, verdict: Verdict, rise: UnitRise, *, now: datetime) -> None:
        """Queues the end of a rise: in its message, and as the last word of its thread."""
        unit = verdict.report.unit.name
        ending = ending_of(verdict, before=rise.per_unit_before)
        day, root = verdict.report.current.interval.until - DAY, store.own_key(rise_key(unit, rise.since))
        store.outbox.add_change(
            f"{root}:over",
            root,
            show=lambda message: is_over(message, unit, rise, ending=ending, day=day),
            reply=unit_is_calm(verdict, before=rise.per_unit_before),
            held_until=self.held_until(now),
        )

    def queue_set_aside(self, store: Store, unit: str, rise: UnitRise, *, now: datetime) -> None:
        """Queues that nobody looks after a rise any more, where its end would be told."""
        root = store.own_key(rise_key(unit, rise.since))
        store.outbox.add_change(
            f"{root}:aside",
            root,
            show=lambda message: set_aside(unit, message, rise, day=now.date()),
            reply=set_aside_reply(unit),
            held_until=self.held_until(now),
        )

    def held_until(self, now: datetime) -> datetime | None:
        """When quiet hours end that it is in now; None outside of them."""
        return self.notices.quiet.end_after(now) if self.notices.quiet else None

    def message(self, verdict: Verdict, rise: UnitRise) -> Message:
        """A rise as it stands."""
        return unit_rises(verdict, rise, threshold_percent=self.contract.threshold_percent)

    def judge(self, days: UnitDays, day: date) -> Verdict | None:
        """By the floor of all that was spent in the week before."""
        before = Interval(day - timedelta(days=13), day - timedelta(days=6)).days()
        total = sum(days.fetched[each].total for each in before if each in days.fetched)
        threshold = Threshold.of(self.contract.threshold_percent)
        return judge(days, day, threshold=threshold, floor=self.contract.floor(total))

    def channel_of(self, unit: Unit, ownership: Ownership) -> str:
        """Where a unit is told: where its team is told things, or the main channel."""
        return ownership.channel(unit.scope.team) or self.notices.channel


def is_due(reading: Reading | None, known: Mapping[date, Decimal], *, now: datetime) -> bool:
    """Whether counts are to be read: after a failure, while yesterday's is not known, and daily."""
    if reading is None or reading.trouble is not None or now.date() - timedelta(days=1) not in known:
        return True
    return now - reading.tried_at >= READ_EVERY


def days_to_read(interval: Interval, known: Mapping[date, Decimal]) -> list[date]:
    """The days without a count, and the newest ones."""
    newest = interval.until - timedelta(days=DAYS_READ_AGAIN)
    return [day for day in interval.days() if day not in known or day >= newest]


def is_news(store: Store, unit: str, trouble: str) -> bool:
    """Whether something is wrong with a unit that was not, or was otherwise."""
    reading = store.units.load_readings().get(unit)
    return reading is None or reading.trouble != trouble


def load_unread(store: Store) -> list[str]:
    """What is wrong with the last readings, a sentence each."""
    return [f"counts of {reading.trouble}" for reading in store.units.load_readings().values() if reading.trouble]
