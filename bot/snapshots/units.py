"""Units: each day's count as it was read, how the last reading went, and which rises were told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.model import Taken, UnitRise
from bot.snapshots.columns import day_number, day_of, instant_of, instant_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

    from bot.model import Interval
    from bot.snapshots.database import Session

SAVE_COUNT = """
INSERT INTO unit_count (organization_id, unit, day, count) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = excluded.count
"""

LOAD_COUNTS = """
SELECT day, count FROM unit_count
WHERE organization_id = :organization_id AND unit = :unit AND day >= :since AND day < :until
ORDER BY day
"""

SAVE_READING = """
INSERT INTO unit_reading (organization_id, unit, tried_at, trouble) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET tried_at = excluded.tried_at, trouble = excluded.trouble
"""

LOAD_READINGS = """
SELECT unit, tried_at, trouble FROM unit_reading WHERE organization_id = :organization_id ORDER BY unit
"""

BEGIN_RISE = """
INSERT INTO unit_rise (organization_id, unit, since, per_unit_before) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

FORGET_OTHER_READINGS = """
DELETE FROM unit_reading WHERE organization_id = ? AND unit NOT IN (SELECT value FROM json_each(?))
"""

LOAD_RISES = """
SELECT unit, since, per_unit_before, taken_by, taken_at FROM unit_rise
WHERE organization_id = :organization_id ORDER BY since, unit
"""

TAKE_RISE = """
UPDATE unit_rise SET taken_by = ?, taken_at = ? WHERE organization_id = ? AND unit = ? AND taken_by IS NULL
"""

END_RISE = "DELETE FROM unit_rise WHERE organization_id = ? AND unit = ?"


def rise_key(unit: str, since: datetime) -> str:
    """Under which the message that says a rise is posted."""
    return f"notice:unit:{unit}:{since.isoformat(timespec='seconds')}"


class Reading(NamedTuple):
    """When counts were last asked for, and what was wrong with that, in a sentence; None if nothing was."""

    tried_at: datetime
    trouble: str | None


@dataclass(frozen=True, slots=True)
class UnitBook:
    """What is known of units, by their names."""

    session: Session

    def save_counts(self, unit: str, counts: Mapping[date, Decimal], *, at: datetime) -> None:
        """Keeps what was read; a day that was read before has the newer count, one that is not there stays."""
        rows = [(self.session.organization_id, unit, day_number(day), str(count)) for day, count in counts.items()]
        with self.session.writing():
            self.session.execute_many(SAVE_COUNT, rows)
            self.save_reading(unit, Reading(at, None))

    def save_reading(self, unit: str, reading: Reading) -> None:
        """Keeps how a reading went."""
        own = (self.session.organization_id, unit, instant_text(reading.tried_at), reading.trouble)
        with self.session.writing():
            self.session.execute(SAVE_READING, own)

    def load_counts(self, unit: str, interval: Interval) -> dict[date, Decimal]:
        """The counts that are known, oldest first; a day without one is not known, which is not zero."""
        days = {"since": day_number(interval.since), "until": day_number(interval.until)}
        return {day_of(row["day"]): Decimal(row["count"]) for row in self.session.query(LOAD_COUNTS, unit=unit, **days)}

    def load_readings(self) -> dict[str, Reading]:
        """How the last reading of each unit went."""
        return {
            row["unit"]: Reading(instant_of(row["tried_at"]), row["trouble"])
            for row in self.session.query(LOAD_READINGS)
        }

    def forget_other_readings(self, units: Collection[str]) -> None:
        """Forgets how readings went of all but these units; what they counted stays."""
        with self.session.writing():
            self.session.execute(FORGET_OTHER_READINGS, (self.session.organization_id, json.dumps([*units])))

    def begin_rise(self, unit: str, rise: UnitRise) -> bool:
        """True the first time; False while it lasts, and then what was told first stays."""
        own = (self.session.organization_id, unit, instant_text(rise.since), str(rise.per_unit_before))
        with self.session.writing():
            return self.session.execute(BEGIN_RISE, own).rowcount > 0

    def load_rise(self, unit: str) -> UnitRise | None:
        """The rise that was told and is not over; None if there is none."""
        return self.load_rises().get(unit)

    def load_rises(self) -> dict[str, UnitRise]:
        """Every rise that was told and is not over, the oldest first, by the name of its unit."""
        return {row["unit"]: rise_of(row) for row in self.session.query(LOAD_RISES)}

    def take_rise(self, unit: str, taken: Taken) -> None:
        """Keeps who takes a rise on, unless somebody has."""
        with self.session.writing():
            own = (self.session.organization_id, unit)
            self.session.execute(TAKE_RISE, (taken.user, instant_text(taken.at), *own))

    def end_rise(self, unit: str) -> UnitRise | None:
        """The rise that is over; None if none was told."""
        with self.session.writing():
            rise = self.load_rise(unit)
            self.session.execute(END_RISE, (self.session.organization_id, unit))
        return rise


def rise_of(row: Mapping[str, Any]) -> UnitRise:
    """A rise as it is kept."""
    taken = None if row["taken_by"] is None else Taken(row["taken_by"], instant_of(row["taken_at"]))
    return UnitRise(instant_of(row["since"]), Decimal(row["per_unit_before"]), taken)
