"""Lines of the bill and of usage as rows: a day, the number of a series, whole amounts; written day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from bot.model import CostSeries, UsageSeries
from bot.snapshots.columns import day_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.model import CostLine, Interval, UsageLine
    from bot.snapshots.database import Session

Amounts: TypeAlias = tuple[int, ...]
"""What a row says besides its key: one amount of the bill, or six counts of usage."""

S = TypeVar("S", bound=CostSeries | UsageSeries)


class Numbering(dict[S, int]):
    """Numbers each series in the order in which it is first asked for."""

    def __missing__(self, series: S) -> int:
        number = self[series] = len(self)
        return number


class Days(dict[date, dict[int, Amounts]]):
    """Each day's amounts by the number of their series; a day without lines is there too, one outside is refused."""

    def __init__(self, interval: Interval) -> None:
        super().__init__((day, {}) for day in interval.days())

    def __missing__(self, day: date) -> dict[int, Amounts]:
        raise ValueError(f"a line of {day} does not belong to the days to be saved")


@dataclass(frozen=True, slots=True)
class Gathered(Generic[S]):
    """Lines read to their end."""

    numbering: Numbering[S]
    days: Days


def gather_cost(interval: Interval, lines: Iterable[CostLine]) -> Gathered[CostSeries]:
    """Reads the bill's lines, in any order; two of one day and series add up."""
    numbering: Numbering[CostSeries] = Numbering()
    days = Days(interval)
    for day, series, amount in lines:
        amounts, number = days[day], numbering[series]
        amounts[number] = (amounts[number][0] + amount,) if number in amounts else (amount,)
    return Gathered(numbering, days)


def gather_usage(interval: Interval, lines: Iterable[UsageLine]) -> Gathered[UsageSeries]:
    """Reads usage lines, in any order; two of one day and series add up."""
    numbering: Numbering[UsageSeries] = Numbering()
    days = Days(interval)
    for day, series, tokens, web_searches in lines:
        amounts, number = days[day], numbering[series]
        counts = (*tokens, web_searches)
        amounts[number] = added(amounts[number], counts) if number in amounts else counts
    return Gathered(numbering, days)


def added(first: Amounts, second: Amounts) -> Amounts:
    """Two rows of one series as one."""
    return tuple(map(sum, zip(first, second, strict=True)))


@dataclass(frozen=True, slots=True)
class LineTable(Generic[S]):
    """Where one kind of line is kept: its table, that of its series, and the columns of both."""

    name: str
    series_table: str
    series: type[S]
    columns: tuple[str, ...]

    def load_series(self, session: Session) -> SeriesByNumber[S]:
        """The series behind the numbers in rows."""
        return SeriesByNumber(self, session)

    def rows(self, session: Session, interval: Interval) -> Iterator[tuple[int, ...]]:
        """Rows (day, series, amounts…) in the order of days."""
        return session.execute(
            f"SELECT day, series_id, {', '.join(self.columns)} FROM {self.name} "  # noqa: S608 -- own names only
            "WHERE organization_id = ? AND day >= ? AND day < ? ORDER BY day, series_id",
            (session.organization_id, day_number(interval.since), day_number(interval.until)),
        )

    def stored(self, session: Session, day: int) -> dict[int, Amounts]:
        """What is stored of a day, by the number of its series."""
        rows = session.execute(
            f"SELECT series_id, {', '.join(self.columns)} FROM {self.name} "  # noqa: S608 -- own names only
            "WHERE organization_id = ? AND day = ?",
            (session.organization_id, day),
        )
        return {row[0]: row[1:] for row in rows}

    def replace_day(self, session: Session, day: int, amounts: dict[int, Amounts]) -> int:
        """Makes a day what `amounts` says; writes only rows that differ, and returns how many did."""
        stored = self.stored(session, day)
        if stored == amounts:
            return 0
        organization_id = session.organization_id
        gone = [(organization_id, day, number) for number in stored.keys() - amounts.keys()]
        differing = sorted(amounts.items() - stored.items()) if stored else sorted(amounts.items())
        session.execute_many(
            f"DELETE FROM {self.name} WHERE organization_id = ? AND day = ? AND series_id = ?",  # noqa: S608 -- own names only
            gone,
        )
        session.execute_many(self.upsert, [(organization_id, day, number, *values) for number, values in differing])
        return len(gone) + len(differing)

    @property
    def upsert(self) -> str:
        """The statement that writes one row over what is there."""
        changes = ", ".join(f"{column} = excluded.{column}" for column in self.columns)
        places = ", ".join("?" * (3 + len(self.columns)))
        return (
            f"INSERT INTO {self.name} (organization_id, day, series_id, {', '.join(self.columns)}) "  # noqa: S608 -- own names only
            f"VALUES ({places}) ON CONFLICT DO UPDATE SET {changes}"
        )

    def number_series(self, session: Session, numbering: Numbering[S]) -> list[int]:
        """The stored number of each series, in the order of `numbering`; new ones are stored."""
        dimensions = self.series._fields
        where = " AND ".join(f"{dimension} = ?" for dimension in dimensions)
        find = f"SELECT id FROM {self.series_table} WHERE organization_id = ? AND {where}"  # noqa: S608 -- own names only
        places = ", ".join("?" * (1 + len(dimensions)))
        save = f"INSERT INTO {self.series_table} (organization_id, {', '.join(dimensions)}) VALUES ({places})"  # noqa: S608 -- own names only
        numbers = []
        for series in numbering:
            values = (session.organization_id, *series)
            row = session.execute(find, values).fetchone()
            numbers.append(row[0] if row else session.insert(save, values))
        return numbers


class SeriesByNumber(dict[int, S]):
    """Loads each series the first time its number is met: an interval needs few of all there are."""

    def __init__(self, table: LineTable[S], session: Session) -> None:
        super().__init__()
        self.build: type[S] = table.series
        self.session = session
        self.find = f"SELECT {', '.join(table.series._fields)} FROM {table.series_table} WHERE id = ?"  # noqa: S608 -- own names only

    def __missing__(self, number: int) -> S:
        series = self[number] = self.build(*self.session.execute(self.find, (number,)).fetchone())
        return series


COST = LineTable("cost", "cost_series", CostSeries, ("amount",))
USAGE = LineTable(
    "usage",
    "usage_series",
    UsageSeries,
    ("uncached_input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "web_searches"),
)
