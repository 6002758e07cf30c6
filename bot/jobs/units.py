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
from bot.jobs.notices import notice_key
from bot.loading.units import weeks_up_to
from bot.messages.units import unit_is_calm, unit_rises
from bot.model import Interval
from bot.snapshots.threads import with_store
from bot.snapshots.units import Reading, ToldRise

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from bot.analysis.contract import Contract
    from bot.analysis.units import Unit, UnitDays, Verdict
    from bot.counts.sources import Source
    from bot.jobs.notices import Notices
    from bot.loading.units import Units
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

    Read = Callable[[Source, Sequence[date]], Awaitable[dict[date, Decimal]]]

log = logging.getLogger(__name__)

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
    """Tells what rose per unit, by the contract's threshold and floor. `checked` is the state looked at last."""

    units: Units
    contract: Contract
    notices: Notices
    checked: tuple[object, ...] | None = None

    def queue_if_due(self, store: Store, *, now: datetime) -> None:
        """Looks at every unit once for each state of the data and of the counts, and at each new day."""
        if not self.units.all:
            return
        as_of = [own.ledger.load_freshness().data_as_of for own in store.each()]
        state = now.date(), *as_of, *store.units.load_readings().items()
        if state == self.checked:
            return
        for days in self.units.load(store, weeks_up_to(now.date(), WEEKS_LOADED)):
            self.queue(store, days, now=now)
        self.checked = state

    def queue(self, store: Store, days: UnitDays, *, now: datetime) -> None:
        """Says that a unit rises, or that it is over; nothing where too little is known, or it was said."""
        day = newest_judgeable_day(days.fetched, now.date())
        verdict = None if day is None else self.judge(days, day)
        if verdict is None:
            return
        unit, before = days.unit.name, verdict.report.previous.per_unit
        notices = self.notices_of(days.unit)
        with store.transaction():
            if verdict.rises and before is not None and store.units.begin_rise(unit, ToldRise(now, before)):
                message = unit_rises(verdict, threshold_percent=self.contract.threshold_percent)
                notices.queue(store, key_of(unit, now), message, now=now)
            elif verdict.is_calm and (told := store.units.end_rise(unit)) is not None:
                message = unit_is_calm(verdict, before=told.per_unit_before)
                notices.queue(store, f"{key_of(unit, told.since)}:over", message, now=now)

    def judge(self, days: UnitDays, day: date) -> Verdict | None:
        """By the floor of all that was spent in the week before."""
        before = Interval(day - timedelta(days=13), day - timedelta(days=6)).days()
        total = sum(days.fetched[each].total for each in before if each in days.fetched)
        threshold = Threshold.of(self.contract.threshold_percent)
        return judge(days, day, threshold=threshold, floor=self.contract.floor(total))

    def notices_of(self, unit: Unit) -> Notices:
        """Where a unit is told: in its team's channel, or the main one."""
        team = next((team for team in self.units.teams if team.name == unit.scope.team), None)
        return replace(self.notices, channel=team.channel) if team and team.channel else self.notices


def key_of(unit: str, since: datetime) -> str:
    """The key of the message that says a rise."""
    return notice_key(f"unit:{unit}", since)


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
