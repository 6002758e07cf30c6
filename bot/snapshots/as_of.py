"""As of: the ledger as it was at an instant, for as long as somebody looks at it.

The days asked about are laid out beside the stored ones with every later change undone, and shown in their place: see
`looking`.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from bot.snapshots.columns import day_number, instant_text
from bot.snapshots.daily import DAILY_SPEND
from bot.snapshots.keys import DAILY_KEY_SPEND
from bot.snapshots.lines import COST, KEY_COST, USAGE
from bot.snapshots.looking import AS_OF, drop_tables, lay_views

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.model import Interval
    from bot.snapshots.daily import DailyTable
    from bot.snapshots.database import Session
    from bot.snapshots.lines import LineTable

TABLES = ("fetched_day", "cost", "key_cost", "usage", "daily_spend", "daily_key_spend")

SUPERSEDED = "organization_id = :organization_id AND day >= :since AND day < :until AND replaced_at > :instant"
"""The days that changed after the instant, as they were before each change."""

LAY_OUT_DAYS = f"""
INSERT INTO temp.as_of_fetched_day
SELECT
    fetched.organization_id, fetched.day, fetched.first_fetched_at,
    min(coalesce(old.fetched_at, fetched.fetched_at), :instant),
    coalesce(old.source, fetched.source), coalesce(old.total, fetched.total), coalesce(old.revision, fetched.revision)
FROM main.fetched_day AS fetched
LEFT JOIN (
    -- `min` takes the other columns from its row: the first change after the instant says what was before it
    SELECT min(id), day, fetched_at, source, total, revision FROM main.superseded_day WHERE {SUPERSEDED} GROUP BY day
) AS old ON old.day = fetched.day
WHERE
    fetched.organization_id = :organization_id AND fetched.day >= :since AND fetched.day < :until
    AND whole_at <= :instant
"""  # noqa: S608 -- this module's own text

CHANGED_SPEND = f"""
SELECT day, scope.id, sum(amount)
FROM temp.as_of_cost
JOIN cost_series AS series ON series.id = series_id
JOIN scope
    ON scope.organization_id = series.organization_id AND scope.workspace_id = series.workspace_id
    AND scope.model = series.model
WHERE day IN (SELECT day FROM main.superseded_day WHERE {SUPERSEDED})
GROUP BY day, scope.id
HAVING sum(amount) <> 0
ORDER BY day, scope.id
"""  # noqa: S608 -- the same


@contextmanager
def tables_as_of(session: Session, interval: Interval, instant: datetime) -> Iterator[None]:
    """Inside, whatever is loaded of `interval` is what was stored at `instant`; nothing can be saved meanwhile.

    Days that were not known whole by then are not known at all: what a day said before it was over is not kept.
    """
    bounds = {
        "organization_id": session.organization_id,
        "since": day_number(interval.since),
        "until": day_number(interval.until),
        "instant": instant_text(instant),
    }
    try:
        lay_out(session, bounds)
        session.looking.as_of = TABLES
        lay_views(session)
        yield
    finally:
        session.looking.as_of = ()
        lay_views(session)
        drop_tables(session, AS_OF, TABLES)


def lay_out(session: Session, bounds: dict[str, Any]) -> None:
    """Makes the tables as they were."""
    columns = "first_fetched_at TEXT, fetched_at TEXT, source TEXT, total INTEGER, revision INTEGER"
    create(session, "as_of_fetched_day", columns, key="organization_id, day")
    session.execute(LAY_OUT_DAYS, bounds)
    tables: tuple[LineTable[Any, Any], ...] = (COST, KEY_COST, USAGE)
    for lines in tables:
        counts = ", ".join(f"{column} INTEGER" for column in lines.columns)
        create(session, f"{AS_OF}_{lines.name}", f"series_id INTEGER, {counts}", key="organization_id, day, series_id")
        lay_out_lines(session, lines, bounds)
    for table in (DAILY_SPEND, DAILY_KEY_SPEND):
        create(session, f"{AS_OF}_{table.name}", "scopes BLOB, amounts BLOB", key="organization_id, day")
        lay_out_sums(session, table, bounds)
    for day, rows in groupby(session.execute(CHANGED_SPEND, bounds).fetchall(), key=itemgetter(0)):
        _, scopes, amounts = zip(*rows, strict=True)
        replace(DAILY_SPEND, name=f"{AS_OF}_{DAILY_SPEND.name}").save(session, day, scopes, amounts)
    session.execute("PRAGMA analysis_limit = 400")
    session.execute("ANALYZE temp")  # without it, the planner reads each day once for each series


def create(session: Session, table: str, columns: str, *, key: str) -> None:
    """Creates a table of a layer, shaped like a stored one."""
    columns = f"organization_id INTEGER, day INTEGER, {columns}, PRIMARY KEY ({key})"
    session.execute(f"CREATE TEMP TABLE {table} ({columns}) WITHOUT ROWID")


def lay_out_sums(session: Session, table: DailyTable, bounds: dict[str, Any]) -> None:
    """Copies the sums of the days known that have not changed since."""
    session.execute(
        f"INSERT INTO temp.{AS_OF}_{table.name} SELECT organization_id, day, scopes, amounts FROM main.{table.name} "  # noqa: S608 -- own names only
        "WHERE organization_id = :organization_id AND day IN (SELECT day FROM temp.as_of_fetched_day) "
        f"AND day NOT IN (SELECT day FROM main.superseded_day WHERE {SUPERSEDED})",
        bounds,
    )


def lay_out_lines(session: Session, lines: LineTable[Any, Any], bounds: dict[str, Any]) -> None:
    """Copies the lines of the days known, and undoes what changed in them after the instant."""
    columns = ", ".join(lines.columns)
    session.execute(
        f"INSERT INTO temp.{AS_OF}_{lines.name} "  # noqa: S608 -- own names only
        f"SELECT organization_id, day, series_id, {columns} FROM main.{lines.name} "
        "WHERE organization_id = :organization_id AND day IN (SELECT day FROM temp.as_of_fetched_day)",
        bounds,
    )
    old = session.execute(
        f"SELECT day, series_id, min(id), {columns} FROM main.superseded_day "  # noqa: S608 -- the same
        f"JOIN main.superseded_{lines.name} ON superseded_day_id = id WHERE {SUPERSEDED} "
        "AND day IN (SELECT day FROM temp.as_of_fetched_day) GROUP BY day, series_id",
        bounds,
    ).fetchall()
    laid_out = replace(lines, name=f"{AS_OF}_{lines.name}")
    by_day = {day: list(rows) for day, rows in groupby(old, key=itemgetter(0))}
    for day, rows in by_day.items():
        laid_out.delete(session, day, [row[1] for row in rows])
        there = lines.by_series([(row[1], *row[3:]) for row in rows if row[3] is not None])
        laid_out.write(session, day, there)
