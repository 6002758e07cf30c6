"""Daily spend: each day's sums by workspace × model, kept beside its lines and written with them.

Most questions ask for these sums, and the weekly check asks for five weeks of them. SQLite groups by sorting: over a
million rows that took six to seven times as long as reading the same days. So a day's sums are packed into two arrays
of 64-bit integers, which are read back and added up faster than SQLite scans the lines.
"""

from __future__ import annotations

import sys
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import compress, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from bot.snapshots.columns import day_number, day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from bot.model import Interval, NanoUsd
    from bot.snapshots.database import Session


class DailySpend(NamedTuple):
    """One day's spend by the number of its scope, packed; scopes that come to nothing are left out."""

    day: int
    scopes: bytes
    amounts: bytes


@dataclass(frozen=True, slots=True)
class DailyTable:
    """Where days' sums are kept: a row a day, whole or not there."""

    name: str

    def save(self, session: Session, day: int, scopes: Iterable[int], amounts: Iterable[NanoUsd]) -> None:
        """Replaces one day's sums: the numbers of their scopes in ascending order, and what each comes to."""
        session.execute(
            f"INSERT INTO {self.name} (organization_id, day, scopes, amounts) VALUES (?, ?, ?, ?) "  # noqa: S608 -- own names only
            "ON CONFLICT DO UPDATE SET scopes = excluded.scopes, amounts = excluded.amounts",
            (session.organization_id, day, packed(scopes), packed(amounts)),
        )

    def load(self, session: Session, interval: Interval) -> Iterator[DailySpend]:
        """The sums of each day that was saved, oldest first."""
        rows = session.execute(
            f"SELECT day, scopes, amounts FROM {self.name} "  # noqa: S608 -- own names only
            "WHERE organization_id = ? AND day >= ? AND day < ? ORDER BY day",
            (session.organization_id, day_number(interval.since), day_number(interval.until)),
        )
        return map(DailySpend._make, rows)

    def drop(self, session: Session, day: int) -> None:
        """Forgets one day's sums."""
        session.execute(
            f"DELETE FROM {self.name} WHERE organization_id = ? AND day = ?",  # noqa: S608 -- own names only
            (session.organization_id, day),
        )


DAILY_SPEND = DailyTable("daily_spend")


def by_scope(spend: DailySpend) -> Iterator[tuple[int, NanoUsd]]:
    """One day's spend, with the number of its scope."""
    return zip(unpacked(spend.scopes), unpacked(spend.amounts), strict=True)


def added_up(days: Iterable[DailySpend]) -> dict[int, NanoUsd]:
    """The spend of several days by the number of its scope."""
    totals: defaultdict[int, NanoUsd] = defaultdict(int)
    for scopes, alike in groupby(days, key=attrgetter("scopes")):  # days in a row mostly have the same ones
        sums = map(sum, zip(*(unpacked(spend.amounts) for spend in alike), strict=True))
        for scope, amount in zip(unpacked(scopes), sums, strict=True):
            totals[scope] += amount
    return totals


def first_days(days: Sequence[DailySpend]) -> dict[int, date]:
    """The first of the days on which each scope cost something."""
    first: dict[int, date] = {}
    for scopes, alike in groupby(reversed(days), key=attrgetter("scopes")):
        *_, oldest = alike
        first.update(dict.fromkeys(unpacked(scopes), day_of(oldest.day)))
    return first


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What each of some scopes cost on each of some days in a row, the newest day first.

    A day that was not saved has no column of its own and shares one of zeros.
    """

    newest: int
    newest_first: tuple[Sequence[NanoUsd], ...]

    @classmethod
    def of(cls, loaded: Sequence[DailySpend], scopes: Iterable[int], *, newest: int, days: int) -> Columns:
        """Days lined up by the numbers of their scopes, in the order given."""
        places = {scope: place for place, scope in enumerate(scopes)}
        by_day: dict[int, Sequence[NanoUsd]] = {}
        for own, alike in groupby(loaded, key=attrgetter("scopes")):  # days in a row mostly have the same ones
            numbers = unpacked(own)
            in_place = list(numbers) == list(places)
            for spend in alike:
                amounts = unpacked(spend.amounts)
                by_day[spend.day] = amounts if in_place else spread(numbers, amounts, places)
        zeros = (0,) * len(places)
        return cls(newest=newest, newest_first=tuple([by_day.get(newest - back, zeros) for back in range(days)]))

    def day(self, number: int) -> Sequence[NanoUsd]:
        """One day's amounts."""
        return self.newest_first[self.newest - number]

    def sums(self, numbers: Iterable[int]) -> Sequence[NanoUsd]:
        """Several days' amounts added up; zeros for none."""
        columns = [self.day(number) for number in numbers]
        return list(map(sum, zip(*columns, strict=True))) if columns else [0] * len(self.newest_first[0])


def spread(scopes: Iterable[int], amounts: Iterable[NanoUsd], places: Mapping[int, int]) -> list[NanoUsd]:
    """One day's amounts put where their scopes are; scopes that have no place are left out."""
    column = [0] * len(places)
    for scope, amount in zip(scopes, amounts, strict=True):
        if scope in places:
            column[places[scope]] = amount
    return column


def packed(numbers: Iterable[int]) -> bytes:
    """Integers as they stand in a column: 64 bits each, the lowest byte first on every machine.

    >>> packed([1, -1]).hex()
    '0100000000000000ffffffffffffffff'
    """
    return native(array("q", numbers)).tobytes()


def unpacked(column: bytes) -> array[int]:
    """The integers of a column.

    >>> unpacked(packed([1, -1])).tolist()
    [1, -1]
    """
    numbers = array("q")
    numbers.frombytes(column)
    return native(numbers)


def native(numbers: array[int]) -> array[int]:
    """Swaps the bytes where this machine has them the other way round."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


class Chosen(NamedTuple):
    """Which of some packed numbers are chosen: these, and their places."""

    numbers: bytes
    places: list[bool]


@dataclass(slots=True)
class Chooser:
    """Chooses from packed numbers; days in a row mostly have the same ones."""

    has: Callable[[int], bool]
    known: dict[int, bool] = field(default_factory=dict)
    found: dict[bytes, Chosen] = field(default_factory=dict)

    def choose(self, numbers: bytes) -> Chosen:
        """The numbers that are chosen."""
        if numbers not in self.found:
            each = unpacked(numbers)
            for number in set(each).difference(self.known):
                self.known[number] = self.has(number)
            places = [self.known[number] for number in each]
            self.found[numbers] = Chosen(packed(compress(each, places)), places)
        return self.found[numbers]

    def amounts(self, numbers: bytes, amounts: bytes) -> list[NanoUsd]:
        """The amounts of those."""
        return list(compress(unpacked(amounts), self.choose(numbers).places))
