"""One workspace's lines: found by its own series, so that it costs the same however many workspaces there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.model import CostLine, Interval, KeyCostLine, Tokens, UsageLine, WorkspaceLines
from bot.snapshots.columns import day_number, day_of
from bot.snapshots.lines import COST, KEY_COST, USAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from bot.snapshots.database import Session
    from bot.snapshots.lines import LineTable

LINES = """
FROM {fetched} AS fetched
CROSS JOIN {series} AS series ON series.organization_id = ?1 AND series.workspace_id = ?2
CROSS JOIN {lines} AS line ON line.organization_id = ?1 AND line.day = fetched.day AND line.series_id = series.id
WHERE fetched.organization_id = ?1 AND fetched.day >= ?3 AND fetched.day < ?4
"""
"""CROSS JOIN keeps this order: each day, then the few series of the workspace, then one line by its whole key."""


def load_workspace(
    session: Session, workspace_id: str, interval: Interval, *, where: Callable[[str], str] = str
) -> WorkspaceLines:
    """The lines of an interval, in the order of days; `where` says where a table is read."""
    return WorkspaceLines(
        cost=list(map(CostLine._make, load_lines(session, COST, workspace_id, interval, where))),
        usage=[
            UsageLine(day, series, Tokens(*counts), web_searches)
            for day, series, *counts, web_searches in load_lines(session, USAGE, workspace_id, interval, where)
        ],
        key_cost=list(map(KeyCostLine._make, load_lines(session, KEY_COST, workspace_id, interval, where))),
    )


def load_lines(
    session: Session,
    lines: LineTable[Any, Any],
    workspace_id: str,
    interval: Interval,
    where: Callable[[str], str],
) -> Iterator[tuple[Any, ...]]:
    """Each line's day, series and columns of amounts."""
    words = [f"series.{word}" for word in lines.series.series._fields]
    places = LINES.format(series=lines.series.name, lines=where(lines.name), fetched=where("fetched_day"))
    rows = session.execute(
        f"SELECT fetched.day, {', '.join(words)}, {', '.join(lines.columns)} {places} ORDER BY fetched.day, series.id",
        bounds(session, workspace_id, interval),
    )
    for day, *values in rows:
        yield day_of(day), lines.series.series(*values[: len(words)]), *values[len(words) :]


def bounds(session: Session, workspace_id: str, interval: Interval) -> tuple[int, str, int, int]:
    """The values of `?1` to `?4`."""
    return session.organization_id, workspace_id, day_number(interval.since), day_number(interval.until)
