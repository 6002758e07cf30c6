"""Days and counts out of text: nothing is guessed, and what is not there stays missing."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from bot.counts.errors import CountsUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.model import Interval

COLUMNS = ("day", "count")
DELIMITERS = ",;\t"
LARGEST = Decimal(10) ** 15
"""More than anybody counts in a day; what is above is taken for a slip."""


def parse_csv(text: str, interval: Interval) -> dict[date, Decimal]:
    r"""The counts of the days of an interval, from CSV with the columns `day` and `count`; semicolons and tabs do, too.

    >>> from bot.model import Interval
    >>> parse_csv("day,count\n2026-11-20,41\n2026-11-21,\n", Interval(date(2026, 11, 1), date(2026, 12, 1)))
    {datetime.date(2026, 11, 20): Decimal('41')}

    Raises:
        CountsUnreadable: with the line that is wrong.
    """
    head, *_ = text.splitlines() or [""]
    lines = csv.reader(text.splitlines(), delimiter=max(DELIMITERS, key=head.count))
    try:
        places = places_of(next(lines, []))
        return counts_of(((f"line {lines.line_num}", *cells_at(line, places)) for line in lines if any(line)), interval)
    except csv.Error as error:
        raise CountsUnreadable(f"line {lines.line_num} is not CSV ({error}); save it as CSV again") from None


def places_of(head: Sequence[str]) -> list[int]:
    """Where a day and a count stand. Raises `CountsUnreadable`."""
    header = [cell.strip().lower() for cell in head]
    if not set(COLUMNS) <= {*header}:
        raise CountsUnreadable("the CSV has no columns day and count; name them in its first line")
    return [header.index(name) for name in COLUMNS]


def cells_at(line: Sequence[str], places: Sequence[int]) -> tuple[str, str]:
    """A day and a count; empty where a line is short."""
    day, count = ((line[place] if place < len(line) else "").strip() for place in places)
    return day, count


def counts_of(rows: Iterable[tuple[str, object, object]], interval: Interval) -> dict[date, Decimal]:
    """Counts by day, of those in an interval, from rows that say where they stand. Raises `CountsUnreadable`."""
    found: dict[date, Decimal] = {}
    for where, day_text, count_text in rows:
        day = parse_day(day_text, where)
        if count_text in {None, ""} or not interval.since <= day < interval.until:
            continue
        if day in found:
            raise CountsUnreadable(f"{where} has {day} again; give each day one row, added up")
        found[day] = parse_count(count_text, where)
    return found


def parse_day(value: object, where: str) -> date:
    """A UTC day; of an instant its date. Raises `CountsUnreadable`."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise CountsUnreadable(f"{where} has no day; write days like 2026-11-21") from None


def parse_count(value: object, where: str) -> Decimal:
    """A count, which may have decimals. Raises `CountsUnreadable` for what is below 0 or no number."""
    try:
        count = Decimal(str(value))
    except InvalidOperation:
        count = Decimal("NaN")
    if not count.is_finite() or not 0 <= count <= LARGEST:
        raise CountsUnreadable(f"{where} has no count; write a number that is 0 or more, or leave it empty if unknown")
    return count
