"""How requests come in: a socket that falls silent is replaced, one that Slack will not give is asked for again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from bot.listeners.app import build_app, build_identity
from bot.listeners.transport import SILENT_SECONDS, SignedHttp, SocketMode
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.faults import RateLimited, Refused
from bot.slack_api import NotPosted
from tests.builders import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

OPEN = "apps.connections.open"


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(now=lambda: NOW) as local:
        yield local


class Seconds:
    """Stand still until they are moved."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def socket(slack: LocalSlack, seconds: Seconds) -> AsyncIterator[SocketMode]:
    """A connected socket whose first ping was answered."""
    identity = build_identity(token=slack.bot_token, api_url=slack.api_url)
    app = build_app(identity, signing_secret="", api_url=slack.api_url)
    mode = SocketMode(app, identity, app_token=slack.app_token, seconds=seconds)
    await mode.connect()
    await slack.until_connected()
    await until(lambda: mode.handler.client.last_ping_pong_time is not None)
    assert mode.silent_seconds() == 0
    yield mode
    await mode.close()


async def until(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not look():  # noqa: ASYNC110 -- the client rings no bell
            await asyncio.sleep(0.005)


def fall_silent(slack: LocalSlack, seconds: Seconds) -> None:
    """Slack says nothing more, for longer than the socket may be silent."""
    slack.sockets.fall_silent()
    seconds.passed += SILENT_SECONDS + 1


async def test_a_lively_socket_is_left_alone(slack: LocalSlack, socket: SocketMode) -> None:
    await socket.watch()

    assert slack.sockets.connections_made == 1
    assert socket.health()["connected"] is True


async def test_a_silent_socket_is_replaced(slack: LocalSlack, socket: SocketMode, seconds: Seconds) -> None:
    fall_silent(slack, seconds)
    assert socket.health()["connected"] is False

    await socket.watch()

    assert slack.sockets.connections_made == 2
    assert socket.health()["connected"] is True


async def test_a_replacement_that_slack_refuses_is_asked_for_again(
    slack: LocalSlack, socket: SocketMode, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    slack.faults.add(OPEN, Refused("internal_error"))
    fall_silent(slack, seconds)

    await socket.watch()
    assert "no new socket from Slack" in caplog.text
    seconds.passed += SILENT_SECONDS + 1
    await socket.watch()

    assert slack.sockets.connections_made == 2


async def test_any_frame_shows_that_the_socket_lives(slack: LocalSlack, socket: SocketMode, seconds: Seconds) -> None:
    seconds.passed += SILENT_SECONDS
    await slack.sockets.connections[0].socket.send_json({"type": "noise"})

    await until(lambda: socket.silent_seconds() == 0)


async def test_closing_a_silent_socket_takes_no_longer(slack: LocalSlack, socket: SocketMode) -> None:
    slack.sockets.fall_silent()

    async with asyncio.timeout(2):
        await socket.close()


async def test_before_it_is_connected_it_is_not(slack: LocalSlack) -> None:
    identity = build_identity(token=slack.bot_token, api_url=slack.api_url)
    app = build_app(identity, signing_secret="", api_url=slack.api_url)
    mode = SocketMode(app, identity, app_token=slack.app_token)

    assert mode.health() == {"mode": "socket", "connected": False, "last_frame_age_seconds": 0.0}
    await mode.close()


async def test_a_refused_app_token_is_named(slack: LocalSlack) -> None:
    slack.faults.always(OPEN, Refused("invalid_auth"))
    identity = build_identity(token=slack.bot_token, api_url=slack.api_url)
    mode = SocketMode(
        build_app(identity, signing_secret="", api_url=slack.api_url), identity, app_token=slack.app_token
    )

    with pytest.raises(NotPosted, match="SLACK_APP_TOKEN is not accepted"):
        await mode.connect()
    await mode.close()


async def test_who_the_bot_is_is_asked_once_and_waited_for(slack: LocalSlack) -> None:
    slack.faults.add("auth.test", RateLimited(0))
    identity = build_identity(token=slack.bot_token, api_url=slack.api_url)

    first, second = await identity.load(), await identity.load()

    assert first is second
    assert first.bot_user_id == slack.workspace.bot_user
    assert [call.method for call in slack.calls] == ["auth.test", "auth.test"]


async def test_http_needs_nothing_kept_open(slack: LocalSlack) -> None:
    identity = build_identity(token=slack.bot_token, api_url=slack.api_url)
    app = build_app(identity, signing_secret=slack.signing_secret, api_url=slack.api_url)
    http = SignedHttp(app, identity, web.Application())

    await http.connect()
    await http.watch()
    await http.close()

    assert http.health() == {"mode": "http", "connected": True}
