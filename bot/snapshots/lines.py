"""Lines of the bill and of usage as rows: a day, the number of a series, whole amounts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from itertools import chain, groupby, repeat
from operator import add, itemgetter
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar

from bot.model import CostSeries, KeyCostSeries, NanoUsd, PersonCostSeries, PersonSeries, Tokens, UsageSeries
from bot.snapshots.columns import day_number, day_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date

    from bot.model import Interval
    from bot.snapshots.database import Session

ROWS_AT_ONCE = 50

Counts: TypeAlias = tuple[int, ...]
"""What a row of usage says: the counts of `Tokens`, and web searches where they are told."""


class Scope(NamedTuple):
    """What spend is judged by: a workspace and a model in it."""

    workspace_id: str
    model: str


class KeyRow(NamedTuple):
    """Whom spend is of: a key's id, or the row of what has none."""

    row_id: str


S = TypeVar("S", bound=CostSeries | KeyCostSeries | UsageSeries | PersonSeries | PersonCostSeries | Scope | KeyRow)
A = TypeVar("A", NanoUsd, Counts)


@dataclass(frozen=True, slots=True)
class SeriesTable(Generic[S]):
    """Where one kind of series is kept: each once, under a number."""

    name: str
    series: type[S]

    def number(self, session: Session, wanted: Collection[S]) -> list[int]:
        """The number of each series, in their order; new ones are stored."""
        known = {row[1:]: row[0] for row in self.rows(session)} if wanted else {}
        return [known.get(series) or self.save(session, series) for series in wanted]

    def load(self, session: Session) -> dict[int, S]:
        """Every series of the organisation by its number."""
        return {row[0]: self.series(*row[1:]) for row in self.rows(session)}

    def rows(self, session: Session) -> sqlite3.Cursor:
        """Rows (number, words…)."""
        return session.execute(
            f"SELECT id, {self.words} FROM {self.name} WHERE organization_id = ?",  # noqa: S608 -- own names only
            (session.organization_id,),
        )

    def save(self, session: Session, series: S) -> int:
        """Stores a new series; its number."""
        return session.insert(
            f"INSERT INTO {self.name} (organization_id, {self.words}) VALUES (?1, {places(2, len(series))})",  # noqa: S608 -- own names only
            (session.organization_id, *series),
        )

    @property
    def words(self) -> str:
        """The columns that make a series what it is."""
        return ", ".join(self.series._fields)


@dataclass(frozen=True, slots=True)
class LineTable(ABC, Generic[S, A]):
    """Where one kind of line is kept: its table, that of its series, and the columns of its amounts."""

    name: str
    series: SeriesTable[S]
    columns: tuple[str, ...]

    @abstractmethod
    def by_series(self, rows: Iterable[tuple[int, ...]]) -> dict[int, A]:
        """Rows (series, amounts…) as amounts by the number of their series."""

    @abstractmethod
    def as_rows(self, amounts: dict[int, A]) -> Sequence[tuple[int, ...]]:
        """Amounts by the number of their series as rows (series, amounts…), in the order of the table."""

    def load(
        self, session: Session, interval: Interval, *, where: str = "TRUE"
    ) -> Iterator[tuple[date, S, Sequence[int]]]:
        """Each line's day, series and columns of amounts, in the order of days; only lines of which `where` is true."""
        rows = self.rows(session, interval, where)  # begun first, so that no row is of a series saved meanwhile
        series = self.series.load(session)
        for number_of_day, of_day in groupby(rows, key=itemgetter(0)):
            day = day_of(number_of_day)
            for _, number, *amounts in of_day:
                yield day, series[number], amounts

    def rows(self, session: Session, interval: Interval, where: str) -> sqlite3.Cursor:
        """Rows (day, series, amounts…) in the order of days."""
        return session.execute(
            f"SELECT day, series_id, {', '.join(self.columns)} FROM {self.name} "  # noqa: S608 -- own names only
            f"WHERE organization_id = ?1 AND day >= ?2 AND day < ?3 AND {where} ORDER BY day, series_id",
            (session.organization_id, day_number(interval.since), day_number(interval.until)),
        )

    def stored(self, session: Session, day: int) -> dict[int, A]:
        """What is stored of a day, by the number of its series."""
        rows = session.execute(
            f"SELECT series_id, {', '.join(self.columns)} FROM {self.name} "  # noqa: S608 -- own names only
            "WHERE organization_id = ? AND day = ?",
            (session.organization_id, day),
        )
        return self.by_series(rows)

    def replace_day(self, session: Session, day: int, amounts: dict[int, A]) -> dict[int, A | None]:
        """Makes a day what `amounts` says; writes only rows that differ, and returns what they were, None if new."""
        stored = self.stored(session, day)
        if stored == amounts:
            return {}
        gone = stored.keys() - amounts.keys()
        differing = dict(amounts.items() - stored.items()) if stored else amounts
        self.delete(session, day, gone)
        self.write(session, day, differing)
        before: dict[int, A | None] = dict.fromkeys(differing)
        return before | {number: amount for number, amount in stored.items() if number in before or number in gone}

    def supersede(self, session: Session, superseded_day: int, before: dict[int, A | None]) -> None:
        """Keeps what rows of a day were before they were replaced."""
        there = {number: amount for number, amount in before.items() if amount is not None}
        new = zip(before.keys() - there.keys(), *[repeat(None)] * len(self.columns), strict=False)
        columns = ", ".join(self.columns)
        session.execute_many(
            f"INSERT INTO superseded_{self.name} (superseded_day_id, series_id, {columns}) "  # noqa: S608 -- own names only
            f"VALUES ({superseded_day}, {places(1, 1 + len(self.columns))})",
            chain(self.as_rows(there), new),
        )

    def delete(self, session: Session, day: int, numbers: Iterable[int]) -> None:
        """Deletes rows of a day."""
        session.execute_many(
            f"DELETE FROM {self.name} WHERE organization_id = ? AND day = ? AND series_id = ?",  # noqa: S608 -- own names only
            zip(repeat(session.organization_id), repeat(day), numbers),
        )

    def write(self, session: Session, day: int, amounts: dict[int, A]) -> None:
        """Writes rows of a day in the order of the table, many by one statement: half the time of one by one."""
        rows = self.as_rows(amounts)
        alone = len(rows) % ROWS_AT_ONCE
        for part, at_once in ((rows[:alone], 1), (rows[alone:], ROWS_AT_ONCE)):
            if part:  # to no purpose SQLite would read a statement of a hundred parameters
                self.upsert(session, day, part, at_once=at_once)

    def upsert(self, session: Session, day: int, rows: Sequence[tuple[int, ...]], *, at_once: int) -> None:
        """Writes rows (series, amounts…) over what is there; their number is a multiple of `at_once`."""
        width = 1 + len(self.columns)
        flat = chain.from_iterable(rows)
        session.execute_many(
            upsert_statement(self.name, self.columns, at_once),
            zip(repeat(session.organization_id), repeat(day), *[flat] * (at_once * width), strict=False),
        )


@cache
def upsert_statement(table: str, columns: tuple[str, ...], at_once: int) -> str:
    """Writes so many rows of a day over what is there."""
    width = 1 + len(columns)
    values = ", ".join(f"(?1, ?2, {places(3 + row * width, width)})" for row in range(at_once))
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return (
        f"INSERT INTO {table} (organization_id, day, series_id, {', '.join(columns)}) "  # noqa: S608 -- own names only
        f"VALUES {values} ON CONFLICT DO UPDATE SET {changes}"
    )


def places(first: int, count: int) -> str:
    """Numbered parameters of a statement.

    >>> places(3, 2)
    '?3, ?4'
    """
    return ", ".join(f"?{number}" for number in range(first, first + count))


class CostTable(LineTable[S, NanoUsd]):
    """The bill, by line or by key: one amount a row."""

    __slots__ = ()

    def by_series(self, rows: Iterable[tuple[int, ...]]) -> dict[int, NanoUsd]:
        return dict(rows)  # type: ignore[arg-type]  # a row of two columns

    def as_rows(self, amounts: dict[int, NanoUsd]) -> Sequence[tuple[int, ...]]:
        return sorted(amounts.items())


class UsageTable(LineTable[S, Counts]):
    """Usage, by key or by account: several counts a row."""

    __slots__ = ()

    def by_series(self, rows: Iterable[tuple[int, ...]]) -> dict[int, Counts]:
        return {row[0]: row[1:] for row in rows}

    def as_rows(self, amounts: dict[int, Counts]) -> Sequence[tuple[int, ...]]:
        numbers = sorted(amounts)
        return list(map(add, zip(numbers, strict=True), map(amounts.__getitem__, numbers)))


COST = CostTable("cost", SeriesTable("cost_series", CostSeries), ("amount",))
KEY_COST = CostTable("key_cost", SeriesTable("key_cost_series", KeyCostSeries), ("amount",))
USAGE = UsageTable("usage", SeriesTable("usage_series", UsageSeries), (*Tokens._fields, "web_searches"))
PERSON_COST = CostTable("person_cost", SeriesTable("person_cost_series", PersonCostSeries), ("amount",))
PERSON_USAGE = UsageTable("person_usage", SeriesTable("person_series", PersonSeries), Tokens._fields)
SCOPES = SeriesTable("scope", Scope)
KEY_ROWS = SeriesTable("key_row", KeyRow)
