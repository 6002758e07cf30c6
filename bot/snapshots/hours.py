"""Hours: what the usage of each hour of a day should have cost, for as long as that day is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.snapshots.columns import day_number
from bot.snapshots.daily import packed, unpacked
from bot.snapshots.lines import SCOPES, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from bot.model import NanoUsd
    from bot.snapshots.database import Session

HOURS = 24

SAVE = """
INSERT INTO hourly_spend (organization_id, day, hour, scopes, amounts) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET scopes = excluded.scopes, amounts = excluded.amounts
"""

LOAD = "SELECT hour, scopes, amounts FROM hourly_spend WHERE organization_id = ? AND day = ? ORDER BY hour"

HAS = "SELECT count(*) FROM hourly_spend WHERE organization_id = ? AND day = ?"

FORGET = "DELETE FROM hourly_spend WHERE organization_id = ? AND day < ?"


@dataclass(frozen=True, slots=True)
class HourBook:
    """Expected nano-dollars by hour of some days of one organisation, each day whole or not there."""

    session: Session

    def has(self, day: date) -> bool:
        """Whether a day's hours are stored."""
        ((hours,),) = self.session.execute(HAS, (self.session.organization_id, day_number(day))).fetchall()
        return bool(hours == HOURS)

    def save(self, day: date, hours: Iterable[Mapping[tuple[str, str], NanoUsd]]) -> None:
        """Replaces a day's 24 hours, midnight first: what each workspace id × model should have cost."""
        with self.session.writing():
            for hour, expected in enumerate(hours):
                numbers = SCOPES.number(self.session, [Scope(*scope) for scope in expected])
                key = (self.session.organization_id, day_number(day), hour)
                self.session.execute(SAVE, (*key, packed(numbers), packed(expected.values())))

    def load(self, day: date) -> Mapping[int, Mapping[tuple[str, str], NanoUsd]]:
        """A day's hours (0 … 23) by workspace id × model; empty where they were never stored."""
        rows = self.session.execute(LOAD, (self.session.organization_id, day_number(day))).fetchall()
        scopes = SCOPES.load(self.session) if rows else {}
        return {
            hour: dict(zip(map(scopes.__getitem__, unpacked(numbers)), unpacked(amounts), strict=True))
            for hour, numbers, amounts in rows
        }

    def forget(self, *, before: date) -> None:
        """Deletes the hours of days that are compared with no more."""
        self.session.execute(FORGET, (self.session.organization_id, day_number(before)))
