"""Units, loaded: dollars of each one's scope and its counts, day by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.analysis.organizations import freshness_of_all, known_by_all
from bot.analysis.units import UnitDays
from bot.loading.budgets import DaysOfScopes, added, unmatched
from bot.loading.owners import load_ownership
from bot.model import Interval
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.analysis.ownership import Ownership, Team
    from bot.analysis.units import Unit
    from bot.snapshots.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The units of the configuration, and the teams that may be their scopes."""

    all: Sequence[Unit] = ()
    teams: Sequence[Team] = ()

    def load(self, store: Store, interval: Interval, ownership: Ownership | None = None) -> list[UnitDays]:
        """Each one's days, all of one moment; `ownership` where that was loaded already.

        Raises `WrongRules` where nobody can say whose something is.
        """
        if not self.all:
            return []
        with store.reading():
            owned = load_ownership(store, self.teams) if ownership is None else ownership
            books = [
                DaysOfScopes(part=part, interval=interval, ownership=owned, counted=interval)
                for part in parts_of(store)
            ]
            return [load_unit(store, unit, books, interval) for unit in self.all]

    def named(self, name: str) -> list[Unit]:
        """Those that are called so: the one whose name it is, or else those whose names have it in them."""
        wanted = name.casefold()
        whole = [unit for unit in self.all if unit.name.casefold() == wanted]
        return whole or [unit for unit in self.all if wanted in unit.name.casefold()]

    def of_teams(self, names: Collection[str]) -> Units:
        """Those whose dollars are a team's of these."""
        known = {name.casefold() for name in names}
        return replace(self, all=[unit for unit in self.all if unit.scope.team and unit.scope.team.casefold() in known])


NO_UNITS = Units()
"""Where nothing is counted."""


def load_unit(store: Store, unit: Unit, books: Sequence[DaysOfScopes], interval: Interval) -> UnitDays:
    """One unit's days, of all organisations together."""
    found = [book.load(unit.scope) for book in books]
    ledgers = [book.part.store.ledger for book in books]
    days = added(each.days for each in found)
    reading = store.units.load_readings().get(unit.name)
    return UnitDays(
        unit=unit,
        spend={date.fromisoformat(day): amount for day, amount in days.items()},
        counts=store.units.load_counts(unit.name, interval),
        fetched=known_by_all([ledger.load_fetched_days(interval) for ledger in ledgers]),
        data_as_of=freshness_of_all([ledger.load_freshness() for ledger in ledgers]).data_as_of,
        unmatched=unmatched([each.unmatched for each in found]),
        unpriced=any(each.unpriced for each in found),
        trouble=reading.trouble if reading else None,
        rise=store.units.load_rise(unit.name),
    )


def weeks_up_to(today: date, weeks: int) -> Interval:
    """So many weeks of complete days before a day that is not over."""
    return Interval(today - timedelta(weeks=weeks), today)
