"""Units: read what was counted outside, after each sync while it is missing, else daily."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.counts.errors import CountsUnreadable
from bot.model import Interval
from bot.snapshots.threads import with_store
from bot.snapshots.units import Reading

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from bot.counts.sources import Source
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

    Read = Callable[[Source, Sequence[date]], Awaitable[dict[date, Decimal]]]

log = logging.getLogger(__name__)

DAYS_READ = 35
"""How many complete days are asked for: as far back as the table of a unit goes, and the week before that."""

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
