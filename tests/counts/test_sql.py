"""The user's own query: it can only read its own file, and not for long."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.counts.errors import CountsUnreadable
from bot.counts.sources import SqlQuery
from bot.counts.sql import read_sql
from bot.model import Interval

if TYPE_CHECKING:
    from pathlib import Path

NOVEMBER = Interval(date(2026, 11, 1), date(2026, 12, 1))
FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i), 1 FROM n"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (day TEXT)")
        connection.executemany("INSERT INTO orders VALUES (?)", [("2026-11-20",), ("2026-11-20",), ("2026-10-01",)])
        connection.commit()
    return path


def test_days_and_counts_come_from_a_query(database: Path) -> None:
    source = SqlQuery("SELECT day, count(*) FROM orders WHERE day >= :since AND day < :until GROUP BY day", database)

    assert read_sql(source, NOVEMBER) == {date(2026, 11, 20): Decimal(2)}


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("DELETE FROM orders", "does more than select"),
        ("ATTACH '/etc/passwd' AS other", "does more than select"),
        ("PRAGMA journal_mode = DELETE", "does more than select"),
        ("SELECT day FROM orders", "gives 1 columns"),
        ("SELECT 'soon', 1", "row 1 has no day"),
        ("SELECT day, 1 FROM sold", "SQLite refuses the query .no such table: sold"),
        ("SELECT 1; SELECT 2", "SQLite refuses the query"),
        (FOREVER, "took longer"),
    ],
)
def test_what_a_query_may_not_do_is_named(database: Path, sql: str, says: str) -> None:
    with pytest.raises(CountsUnreadable, match=says):
        read_sql(SqlQuery(sql, database), NOVEMBER, longest_seconds=0.05)


def test_a_file_that_cannot_be_looked_at_is_named(tmp_path: Path) -> None:
    with pytest.raises(CountsUnreadable, match="cannot be read: File name too long"):
        read_sql(SqlQuery("SELECT 1, 1", tmp_path / ("x" * 5_000)), NOVEMBER)


def test_nothing_was_written(database: Path) -> None:
    before = database.read_bytes()
    with pytest.raises(CountsUnreadable):
        read_sql(SqlQuery("INSERT INTO orders VALUES ('x')", database), NOVEMBER)

    assert database.read_bytes() == before


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(CountsUnreadable, match=r"no file gone\.db"):
        read_sql(SqlQuery("SELECT 1, 2", tmp_path / "gone.db"), NOVEMBER)

    assert not (tmp_path / "gone.db").exists()


def test_another_file_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database at all, " * 100)

    with pytest.raises(CountsUnreadable, match="no SQLite database"):
        read_sql(SqlQuery("SELECT 1, 2 FROM sqlite_schema", path), NOVEMBER)
