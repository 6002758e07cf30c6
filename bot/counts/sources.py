"""Where counts are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file with a day and a count a line."""

    path: Path


@dataclass(frozen=True, slots=True)
class CsvUrl:
    """The same at an address inside the own network."""

    url: str


@dataclass(frozen=True, slots=True)
class SqlQuery:
    """A query that gives a day and a count a row, on a SQLite file that is only read."""

    sql: str
    database: Path


@dataclass(frozen=True, slots=True)
class PrometheusQuery:
    """An instant query, asked as of the end of each UTC day, of a server inside the own network."""

    url: str
    query: str


Source: TypeAlias = CsvFile | CsvUrl | SqlQuery | PrometheusQuery
