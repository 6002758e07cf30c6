"""Saving: whole days are compared with what is stored, differences written, and what changed is noted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, TypeVar

from bot.model import FetchedDay, NanoUsd, Restatement, SavedDays
from bot.snapshots.columns import day_number, instant_text
from bot.snapshots.daily import DAILY_SPEND
from bot.snapshots.first_days import save_first_days
from bot.snapshots.keys import DAILY_KEY_SPEND
from bot.snapshots.lines import COST, KEY_COST, SCOPES, USAGE, Counts, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from bot.model import CostSeries, KeyCostSeries, Source, UsageSeries
    from bot.snapshots.database import Session
    from bot.snapshots.gathering import Gathered

A = TypeVar("A", NanoUsd, Counts)

MANY_ROWS = 10_000
"""So many rows written make SQLite's picture of the tables stale."""

ROUNDING = 1_000_000
"""Nano-dollars (a tenth of a cent) that a day's thousands of lines can differ by if another source rounds them."""

SAVE_FETCHED_DAY = """
INSERT INTO fetched_day (organization_id, day, first_fetched_at, fetched_at, source, total, revision, whole_at)
VALUES (:organization_id, :day, :fetched_at, :fetched_at, :source, :total, :revision, iif(:whole, :fetched_at, NULL))
ON CONFLICT DO UPDATE SET
    fetched_at = excluded.fetched_at, source = excluded.source, total = excluded.total, revision = excluded.revision,
    whole_at = coalesce(whole_at, excluded.whole_at)
"""

SAVE_SUPERSEDED_DAY = """
INSERT INTO superseded_day (organization_id, day, replaced_at, fetched_at, source, total, revision)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""

SAVE_RESTATEMENT = """
INSERT INTO restatement (organization_id, day, revision, restated_at, old_total, new_total)
VALUES (:organization_id, :day, :revision, :restated_at, :old_total, :new_total)
"""


@dataclass(frozen=True, slots=True)
class Before:
    """The rows of a day that a save changed, as they were; None for those that are new."""

    cost: dict[int, NanoUsd | None]
    keys: dict[int, NanoUsd | None]
    usage: dict[int, Counts | None]

    def __len__(self) -> int:
        return len(self.cost) + len(self.keys) + len(self.usage)


@dataclass(frozen=True, slots=True)
class SavedDay:
    """What became of one day: whether its bill changed, and how many rows were written or deleted."""

    cost_changed: int
    rows_changed: int
    restatement: Restatement | None


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes of a save: their stored numbers in ascending order, and the place among them of each series."""

    numbers: list[int]
    places: list[int]

    @classmethod
    def of(cls, session: Session, series: Iterable[CostSeries]) -> Scopes:
        """The scopes of series, in the order in which these are numbered; new ones are stored."""
        scopes = [Scope(each.workspace_id, each.model) for each in series]
        distinct = list(dict.fromkeys(scopes))
        numbered = sorted(zip(SCOPES.number(session, distinct), distinct, strict=True))
        place_of = {scope: place for place, (_, scope) in enumerate(numbered)}
        return cls(numbers=[number for number, _ in numbered], places=[place_of[scope] for scope in scopes])

    def sums(self, cost: Mapping[int, NanoUsd]) -> tuple[Iterable[int], Iterable[NanoUsd]]:
        """A day's amounts summed by scope: the numbers of those that come to something, and what they come to."""
        sums = [0] * len(self.numbers)
        for series, amount in cost.items():
            sums[self.places[series]] += amount
        return compress(self.numbers, sums), filter(None, sums)


@dataclass(frozen=True, slots=True)
class DaySaver:
    """One save in progress. `known` is what was stored of its days before."""

    session: Session
    source: Source
    fetched_at: datetime
    known: Mapping[date, FetchedDay]

    def save(
        self,
        billed: Gathered[CostSeries, NanoUsd],
        by_key: Gathered[KeyCostSeries, NanoUsd],
        used: Gathered[UsageSeries, Counts],
    ) -> SavedDays:
        """Replaces each gathered day, and says what that changed."""
        cost_numbers = COST.series.number(self.session, billed.numbering)
        key_numbers = KEY_COST.series.number(self.session, by_key.numbering)
        usage_numbers = USAGE.series.number(self.session, used.numbering)
        scopes = Scopes.of(self.session, billed.numbering)
        saved = {}
        for day, cost in billed.days.items():
            keys = renumbered(by_key.days[day], key_numbers)
            usage = renumbered(used.days[day], usage_numbers)
            saved[day] = self.save_day(day, renumbered(cost, cost_numbers), keys, usage)
            if saved[day].cost_changed:
                DAILY_SPEND.save(self.session, day_number(day), *scopes.sums(cost))
        save_first_days(self.session, used, by_key)
        if sum(day.rows_changed for day in saved.values()) > MANY_ROWS:
            analyze(self.session)
        return SavedDays(
            days=len(saved),
            cost_rows=sum(map(len, billed.days.values())),
            usage_rows=sum(map(len, used.days.values())),
            changed_days=tuple(day for day, result in saved.items() if result.rows_changed or day not in self.known),
            restatements=tuple(result.restatement for result in saved.values() if result.restatement),
        )

    def save_day(
        self, day: date, cost: dict[int, NanoUsd], keys: dict[int, NanoUsd], usage: dict[int, Counts]
    ) -> SavedDay:
        """Replaces one day's lines, and notes when it was fetched and whether its bill changed."""
        number = day_number(day)
        before = Before(
            cost=COST.replace_day(self.session, number, cost),
            keys=KEY_COST.replace_day(self.session, number, keys),
            usage=USAGE.replace_day(self.session, number, usage),
        )
        known = self.known.get(day)
        if known is not None and (len(before) or known.source is not self.source):
            DAILY_KEY_SPEND.drop(self.session, number)
            if known.is_over:
                self.supersede(known, before)
        fetched = self.fetched_day(day, sum(cost.values()), len(before.cost))
        self.save_fetched_day(fetched)
        return SavedDay(len(before.cost), len(before), self.save_restatement(fetched))

    def supersede(self, known: FetchedDay, before: Before) -> None:
        """Keeps what a day that was over said until now."""
        number = self.session.insert(
            SAVE_SUPERSEDED_DAY,
            (
                self.session.organization_id,
                day_number(known.day),
                instant_text(self.fetched_at),
                instant_text(known.fetched_at),
                known.source.value,
                known.total,
                known.revision,
            ),
        )
        COST.supersede(self.session, number, before.cost)
        KEY_COST.supersede(self.session, number, before.keys)
        USAGE.supersede(self.session, number, before.usage)

    def save_fetched_day(self, fetched: FetchedDay) -> None:
        """Notes when a day was fetched, and what it came to."""
        self.session.execute(
            SAVE_FETCHED_DAY,
            {
                "organization_id": self.session.organization_id,
                "day": day_number(fetched.day),
                "fetched_at": instant_text(fetched.fetched_at),
                "source": fetched.source.value,
                "total": fetched.total,
                "revision": fetched.revision,
                "whole": fetched.is_over,
            },
        )

    def fetched_day(self, day: date, total: NanoUsd, cost_changed: int) -> FetchedDay:
        """The day as it is known from now on."""
        before = self.known.get(day)
        return FetchedDay(
            day=day,
            fetched_at=self.fetched_at,
            source=self.source,
            total=total,
            revision=0 if before is None else before.revision + bool(cost_changed or self.source_kind_changed(before)),
        )

    def source_kind_changed(self, before: FetchedDay) -> bool:
        """Whether the bill replaces an estimate: then a day can be compared with others than before."""
        return before.is_billed is not self.source.is_billed

    def save_restatement(self, fetched: FetchedDay) -> Restatement | None:
        """Keeps the old total of a day whose bill had been whole and now comes to another one.

        That a bill replaces an estimate, or one estimate another, changes no bill.
        """
        before = self.known.get(fetched.day)
        if before is None or not (before.is_over and before.is_billed and fetched.is_billed):
            return None
        if is_same_money(before, fetched):
            return None
        self.session.execute(
            SAVE_RESTATEMENT,
            {
                "organization_id": self.session.organization_id,
                "day": day_number(fetched.day),
                "revision": fetched.revision,
                "restated_at": instant_text(self.fetched_at),
                "old_total": before.total,
                "new_total": fetched.total,
            },
        )
        return Restatement(
            day=fetched.day, restated_at=self.fetched_at, old_total=before.total, new_total=fetched.total
        )


def is_same_money(before: FetchedDay, after: FetchedDay) -> bool:
    """Whether a day comes to what it did; two sources round the same money at different places."""
    tolerated = 0 if before.source is after.source else ROUNDING
    return abs(before.total - after.total) <= tolerated


def renumbered(amounts: dict[int, A], numbers: list[int]) -> dict[int, A]:
    """The same amounts by the stored numbers of their series."""
    return dict(zip(map(numbers.__getitem__, amounts), amounts.values(), strict=True))


def analyze(session: Session) -> None:
    """Refreshes what the query planner knows of the tables; 1.5 ms, and scans can be twenty times as fast."""
    session.execute("PRAGMA analysis_limit = 400")
    session.execute("ANALYZE")
