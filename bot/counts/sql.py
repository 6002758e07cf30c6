"""A query of the user's own, on a SQLite file that can only be read, for as long as it may take."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from bot.counts.errors import CountsUnreadable
from bot.counts.rows import counts_of

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from bot.counts.sources import SqlQuery
    from bot.model import Interval

LONGEST_SECONDS = 10.0
STEPS_BETWEEN_LOOKS = 10_000
MOST_ROWS = 5_000

ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
"""What a query may do: nothing that writes, and no other file."""


def read_sql(source: SqlQuery, interval: Interval, *, longest_seconds: float = LONGEST_SECONDS) -> dict[date, Decimal]:
    """The counts of an interval; the query may use `:since` and `:until`, ISO days. Raises `CountsUnreadable`."""
    try:
        if not source.database.is_file():
            raise CountsUnreadable(f"there is no file {source.database.name}; check database = in [[units]]")
        with closing(sqlite3.connect(f"{source.database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            rows = asked(connection, source.sql, interval, deadline=time.monotonic() + longest_seconds)
    except sqlite3.Error as error:
        raise CountsUnreadable(refused(error)) from None
    except OSError as error:
        raise CountsUnreadable(f"{source.database.name} cannot be read: {error.strerror}; check its rights") from None
    if len(rows) > MOST_ROWS:
        raise CountsUnreadable(f"the query gives more than {MOST_ROWS:,} rows; group it by day")
    if rows and len(rows[0]) != 2:  # noqa: PLR2004 -- a day and a count
        raise CountsUnreadable(f"the query gives {len(rows[0])} columns; select a day and a count")
    return counts_of(((f"row {number}", *row) for number, row in enumerate(rows, 1)), interval)


def asked(
    connection: sqlite3.Connection, sql: str, interval: Interval, *, deadline: float
) -> list[tuple[object, object]]:
    """The rows of a query that ends by a moment of the steady clock."""
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in ALLOWED else sqlite3.SQLITE_DENY)
    connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS)
    days = {"since": interval.since.isoformat(), "until": interval.until.isoformat()}
    return connection.execute(sql, days).fetchmany(MOST_ROWS + 1)


def refused(error: sqlite3.Error) -> str:
    """Why a query gave nothing, with the mend."""
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_INTERRUPT:
        return f"the query took longer than {LONGEST_SECONDS:.0f} s; give it less to read, for example day >= :since"
    if code == sqlite3.SQLITE_AUTH:
        return "the query does more than select; it may only read the tables of its own file"
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN}:
        return "the file is no SQLite database that can be read; check database = in [[units]], and its rights"
    return f"SQLite refuses the query ({error}); try it with sqlite3 on that file"
