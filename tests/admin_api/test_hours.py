"""Usage by the hour: 24 of them, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.admin_api import Nonsense, Unavailable
from bot.model import NO_KEY
from tests.admin_api.stand_in import DAY, api, page, usage_row

if TYPE_CHECKING:
    from collections.abc import Callable


def hour(number: int, *rows: object) -> dict[str, Any]:
    """One bucket of the day."""
    end = f"{DAY}T{number + 1:02d}:00:00Z" if number < 23 else "2026-11-22T00:00:00Z"
    return {"starting_at": f"{DAY}T{number:02d}:00:00Z", "ending_at": end, "results": list(rows)}


def serving(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = lambda hours: hours) -> Server:
    """A report that has a row in each hour, its number as its tokens."""
    return Server(change)


class Server:
    """Answers whatever hours are asked for, changed."""

    def __init__(self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        self.change = change
        self.asked: list[tuple[str, str, str]] = []
        self.expired = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        since, until = int(query["starting_at"][11:13]), int(query["ending_at"][11:13]) or 24
        self.asked.append((query["bucket_width"], query["starting_at"][11:13], query["ending_at"][11:13]))
        if self.expired:
            self.expired -= 1
            return httpx.Response(410, json={"error": {"message": "expired"}})
        hours = [
            hour(number, usage_row(api_key_id=None, uncached_input_tokens=number)) for number in range(since, until)
        ]
        return httpx.Response(200, json=page(*self.change(hours)))


async def test_every_hour_of_a_day_is_read_without_keys() -> None:
    server = serving()

    hours = await api(server).fetch_hours(DAY)

    assert {number: [line.tokens.uncached_input for line in lines] for number, lines in hours.items()} == {
        number: [number] for number in range(24)
    }
    assert {line.series.api_key_id for lines in hours.values() for line in lines} == {NO_KEY}
    assert server.asked == [("1h", "00", "06"), ("1h", "06", "00")]


async def test_fuller_hours_are_asked_for_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.admin_api.hours.ROWS_PER_PAGE", 50)
    many = [usage_row(api_key_id=None, workspace_id=f"w{number}") for number in range(26)]
    server = serving(lambda hours: [{**each, "results": many} for each in hours])

    await api(server).fetch_hours(DAY)

    assert len(server.asked) == 1 + 18


async def test_an_expired_token_starts_the_hours_again() -> None:
    server = serving()
    server.expired = 1
    assert len(await api(server).fetch_hours(DAY)) == 24

    server.expired = 99
    with pytest.raises(Unavailable, match="page tokens expired"):
        await api(server).fetch_hours(DAY)


@pytest.mark.parametrize(
    "change",
    [
        lambda hours: hours[:-1],
        lambda hours: [*hours, hours[0]],
        lambda hours: [{**each, "ending_at": "2026-11-22T00:00:00Z"} for each in hours],
        lambda hours: [{**each, "starting_at": "2026-11-20T00:00:00Z"} for each in hours],
        lambda hours: [{**each, "ending_at": None} for each in hours],
        lambda hours: [{**each, "results": [{}]} for each in hours],
        lambda hours: [{**each, "results": [None]} for each in hours],
    ],
    ids=["one is missing", "one twice", "whole days", "another day", "no end", "empty row", "no row"],
)
async def test_what_is_not_24_hours_of_that_day_is_refused(
    change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
) -> None:
    with pytest.raises(Nonsense):
        await api(serving(change)).fetch_hours(DAY)


async def test_pages_that_repeat_an_hour_are_refused() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        token = None if "page" in request.url.params else "more"
        return httpx.Response(200, json=page(hour(0), next_page=token))

    with pytest.raises(Nonsense, match="earlier page"):
        await api(answer).fetch_hours(DAY)
