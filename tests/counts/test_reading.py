"""Sources as they are: a file, and a real server on loopback; nobody outside is asked."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.counts.errors import CountsUnreadable
from bot.counts.http import MOST_BYTES
from bot.counts.inside import chosen
from bot.counts.reading import read_counts
from bot.counts.sources import CsvFile, CsvUrl, PrometheusQuery, SqlQuery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

DAYS = [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)]
CSV = "day,count\n2026-11-20,41\n2026-11-21,0\n2026-11-25,9\n"
COUNTED = {date(2026, 11, 20): Decimal(41), date(2026, 11, 21): Decimal(0)}
SAMPLES = {"2026-11-21": "41", "2026-11-22": "0"}
"""By the day whose beginning is asked for, which is the end of the day that is counted."""


async def counts(request: web.Request) -> web.Response:
    return web.Response(text=CSV, headers={"X-Asked": request.host})


async def large(_request: web.Request) -> web.Response:
    return web.Response(body=b"x" * (MOST_BYTES + 1))


async def elsewhere(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/counts.csv")


async def instant_query(request: web.Request) -> web.Response:
    assert request.query["query"] == "sum(increase(tickets[1d]))"
    asked = datetime.fromtimestamp(int(request.query["time"]), UTC)
    value = SAMPLES.get(str(asked.date()))
    result = [] if value is None else [{"metric": {}, "value": [asked.timestamp(), value]}]
    return web.json_response({"status": "success", "data": {"resultType": "vector", "result": result}})


@pytest.fixture
async def server() -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/counts.csv", counts)
    application.router.add_get("/large.csv", large)
    application.router.add_get("/elsewhere.csv", elsewhere)
    application.router.add_get("/api/v1/query", instant_query)
    async with TestServer(application) as running:
        yield f"http://localhost:{running.port}"


async def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(f"\ufeff{CSV}", encoding="utf-8")

    assert await read_counts(CsvFile(path), DAYS) == COUNTED


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CountsUnreadable, match=r"gone\.csv cannot be read"):
        await read_counts(CsvFile(tmp_path / "gone.csv"), DAYS)


async def test_a_database_is_read(tmp_path: Path) -> None:
    with pytest.raises(CountsUnreadable, match=r"no file gone\.db"):
        await read_counts(SqlQuery("SELECT 1, 2", tmp_path / "gone.db"), DAYS)


async def test_an_address_inside_is_read(server: str) -> None:
    assert await read_counts(CsvUrl(f"{server}/counts.csv"), DAYS) == COUNTED


async def test_prometheus_is_asked_at_the_end_of_each_day(server: str) -> None:
    assert await read_counts(PrometheusQuery(server, "sum(increase(tickets[1d]))"), DAYS) == COUNTED


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/large.csv", "sends more than 5 MB"),
        ("/elsewhere.csv", "sends elsewhere, which is not followed"),
        ("/gone.csv", "answered 404"),
    ],
)
async def test_an_answer_that_is_none_is_named(server: str, path: str, says: str) -> None:
    with pytest.raises(CountsUnreadable, match=says):
        await read_counts(CsvUrl(f"{server}{path}"), DAYS)


async def test_an_address_where_nobody_answers_is_named(unused_tcp_port: int) -> None:
    with pytest.raises(CountsUnreadable, match=r"127\.0\.0\.1 cannot be reached"):
        await read_counts(CsvUrl(f"http://127.0.0.1:{unused_tcp_port}/counts.csv"), DAYS)


async def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(CountsUnreadable, match="none that can be asked"):
        await read_counts(CsvUrl("http://ü..de/counts.csv"), DAYS)


@pytest.mark.parametrize("host", ["192.0.2.1", "169.254.169.254", "0.0.0.0", "[2001:db8::1]"])  # noqa: S104 -- refused
async def test_nobody_outside_is_asked(host: str) -> None:
    async with asyncio.timeout(1):
        with pytest.raises(CountsUnreadable, match="not on loopback or in a private network"):
            await read_counts(CsvUrl(f"http://{host}/counts.csv"), DAYS)


def test_one_address_outside_is_enough_to_be_outside() -> None:
    with pytest.raises(CountsUnreadable, match="not on loopback"):
        chosen("rebound.example", ["10.0.0.1", "1.1.1.1"])
