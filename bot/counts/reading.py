"""Reading: each source in its own way, within a time that all of them have."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.counts.errors import CountsUnreadable
from bot.counts.http import MOST_BYTES, fetch_inside
from bot.counts.prometheus import read_prometheus
from bot.counts.rows import parse_csv
from bot.counts.sources import CsvFile, CsvUrl, PrometheusQuery, SqlQuery
from bot.counts.sql import read_sql
from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal
    from pathlib import Path

    from bot.counts.sources import Source

SECONDS = 60.0


async def read_counts(source: Source, days: Sequence[date]) -> dict[date, Decimal]:
    """The counts of some days, given in order; a day that is left out is not known. Raises `CountsUnreadable`."""
    try:
        async with asyncio.timeout(SECONDS):
            found = await read(source, days)
    except TimeoutError:
        raise CountsUnreadable(f"the counts took longer than {SECONDS:.0f} s; ask for less in [[units]]") from None
    return {day: found[day] for day in days if day in found}


async def read(source: Source, days: Sequence[date]) -> dict[date, Decimal]:
    """The same, however long it takes."""
    interval = Interval(days[0], days[-1] + timedelta(days=1))
    match source:
        case CsvFile(path):
            return parse_csv(await asyncio.to_thread(text_of, path), interval)
        case CsvUrl(url):
            return parse_csv(await fetch_inside(url), interval)
        case SqlQuery():
            return await asyncio.to_thread(read_sql, source, interval)
        case PrometheusQuery():
            return await read_prometheus(source, days)


def text_of(path: Path) -> str:
    """A file as text. Raises `CountsUnreadable`."""
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CountsUnreadable(f"{path.name} cannot be read ({error.strerror}); check csv = in [[units]]") from None
    if len(body) > MOST_BYTES:
        raise CountsUnreadable(f"{path.name} has more than {MOST_BYTES // 1_000_000} MB; give days and counts alone")
    return body.decode("utf-8-sig", errors="replace")
