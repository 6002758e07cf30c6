"""Prometheus: what an instant query comes to at the end of each day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.counts.errors import CountsUnreadable
from bot.counts.http import fetch_inside
from bot.counts.rows import parse_count
from bot.model import end_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from decimal import Decimal

    from bot.counts.sources import PrometheusQuery


async def read_prometheus(source: PrometheusQuery, days: Iterable[date]) -> dict[date, Decimal]:
    """The counts of days, those left out of which nothing was known. Raises `CountsUnreadable`."""
    counts = {}
    for day in days:
        moment = str(int(end_of(day).timestamp()))
        answer = await fetch_inside(f"{source.url}/api/v1/query", {"query": source.query, "time": moment})
        value = value_of(answer)
        if value is not None:
            counts[day] = parse_count(value, f"the answer for {day}")
    return counts


def value_of(answer: str) -> str | None:
    """The one value in an answer; None where there is none.

    >>> value_of('{"status": "success", "data": {"resultType": "vector", "result": [{"value": [1, "41"]}]}}')
    '41'
    """
    try:
        data: Any = json.loads(answer)["data"]
        points = [data["result"]] if data["resultType"] == "scalar" else [each["value"] for each in data["result"]]
        values = [str(value) for _, value in points]
    except (ValueError, KeyError, TypeError, IndexError):
        raise CountsUnreadable("the answer is not Prometheus's; check prometheus = and query = in [[units]]") from None
    if len(values) > 1:
        raise CountsUnreadable(f"the query gives {len(values)} series; make them one, for example with sum(…)")
    return values[0] if values and values[0] != "NaN" else None
