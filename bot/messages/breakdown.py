"""A breakdown as a table that adds up: the largest rows, and one row for all the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.groupings import CONSOLE, LABELS, NO_MODEL_ROW, NO_TOKENS, NOT_ATTRIBUTABLE, UNOWNED_ROW
from bot.analysis.report import Row
from bot.messages.layout import BETWEEN, CELL_NAME_LENGTH, TABLE_ROWS, distinct_labels, table
from bot.messages.numbers import NOTHING, counted, money, number, percent_change

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from slackblocks import Block

    from bot.model import Interval, NanoUsd

ALWAYS = 2
"""Columns that are there whatever they say."""

IN_A_CELL = {
    NO_MODEL_ROW: "No model",
    LABELS[NO_MODEL_ROW]: "No model",
    LABELS[NO_TOKENS]: "No tokens",
    LABELS[CONSOLE]: "Console, logins",
    LABELS[NOT_ATTRIBUTABLE]: "No key",
    LABELS["cache_write_5m"]: "Cache write 5 m",
    LABELS["cache_write_1h"]: "Cache write 1 h",
}
"""Our own words for what has no name, where there is little room."""


def in_a_cell(outside: str) -> str:
    """A name as a table tells it, with its organisation where it has one.

    >>> in_a_cell("Not attributable to a key · Acme"), in_a_cell("prod · Acme"), in_a_cell("prod")
    ('No key · Acme', 'prod · Acme', 'prod')
    """
    name, dot, whose = outside.partition(BETWEEN)
    return f"{IN_A_CELL.get(name, name)}{dot}{whose}"


def breakdown_table(rows: Sequence[Row], *, title: str, before: str, estimated: bool) -> Block:
    """Names, spend, the change and spend before of each; a phone cuts the last column, whose title is `before`.

    Change and before are left out where they say nothing.
    """
    shown = cut(rows, TABLE_ROWS)
    names = distinct_labels([in_a_cell(row.label) for row in shown], CELL_NAME_LENGTH)
    header = (title, "Est." if estimated else "Spend", "Change", before)
    columns = zip(header, *(cells(row, name) for row, name in zip(shown, names, strict=True)), strict=True)
    told = [column for place, column in enumerate(columns) if place < ALWAYS or {*column[1:]} != {NOTHING}]
    header, *lines = zip(*told, strict=True)
    return table(header, lines, align="l" + "r" * (len(header) - 1))


def before_title(interval: Interval, missing: Collection[date], *, estimated: bool) -> str:
    """What stands above dollars of the days before, and of how many of them if some are unknown.

    >>> from datetime import date
    >>> from bot.model import Interval
    >>> days = Interval(date(2026, 9, 1), date(2026, 10, 1))
    >>> before_title(days, [], estimated=True), before_title(days, days.days()[:20], estimated=False)
    ('Est. before', 'Before, 10 days')
    """
    title, known = "Est. before" if estimated else "Before", len(interval) - len(missing)
    return f"{title}, {counted(known, 'day')}" if missing and known else title


def cut(rows: Sequence[Row], most: int) -> Sequence[Row]:
    """The first rows, and the others as one; what nobody owns is told by itself wherever it comes."""
    if len(rows) <= most:
        return rows
    shown, rest = rows[: most - 1], rows[most - 1 :]
    if any(map(is_unowned, shown)) or not any(map(is_unowned, rest)):
        return [*shown, others(rest)]
    shown, rest = rows[: most - 2], rows[most - 2 :]
    nobodys, owned = ([row for row in rest if is_unowned(row) is wanted] for wanted in (True, False))
    return [*shown, as_one(nobodys), *([others(owned)] if owned else [])]


def is_unowned(row: Row) -> bool:
    """Whether a row is of what nobody owns."""
    return UNOWNED_ROW in row.ids


def as_one(rows: Sequence[Row]) -> Row:
    """What nobody owns as one row, whatever else it is told by."""
    return rows[0] if len(rows) == 1 else replace(others(rows), ids=(UNOWNED_ROW,), labels=(LABELS[UNOWNED_ROW],))


def cells(row: Row, name: str) -> tuple[str, str, str, str]:
    """One line of a table."""
    return name, money(row.spend), change_in_words(row), money(row.previous)


def change_in_words(row: Row) -> str:
    """The change in percent, or why there is none."""
    if not row.comparable or row.spend is None or row.previous is None:
        return NOTHING
    if row.previous <= 0:
        return "new" if row.spend > 0 and row.previous == 0 else NOTHING
    return "stopped" if row.spend == 0 else percent_change(row.change_percent)


def others(rows: Sequence[Row]) -> Row:
    """The rows that did not fit, as one."""
    return Row(
        ids=("others",),
        labels=(f"+{number(len(rows))} more",),
        spend=_sum([row.spend for row in rows]),
        previous=_sum([row.previous for row in rows]),
        comparable=all(row.comparable for row in rows),
        uncompared=sum(row.uncompared for row in rows),
    )


def _sum(amounts: Sequence[NanoUsd | None]) -> NanoUsd | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
