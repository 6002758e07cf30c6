"""How requests come in: a socket that falls silent is replaced, one that Slack will not give is asked for again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from bot.listeners.app import build_app, build_identity
from bot.listeners.transport import SignedHttp, SocketMode
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.faults import RateLimited, Refused
from bot.slack_api import NotPosted
from tests.builders import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OPEN = "apps.connections.open"


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(now=lambda: NOW) as local:
        yield local


@pytest.fixture
async def socket(slack: LocalSlack) -> AsyncIterator[SocketMode]:
    """A connected socket that counts as dead after a fifth of a second of silence."""
    identity = build_identity(token=slack.bot_token, api_url=slack.api_url)
    app = build_app(identity, signing_secret="", api_url=slack.api_url)
    mode = SocketMode(app, identity, app_token=slack.app_token, longest_silence=0.2)
    await mode.connect()
    await slack.until_connected()
    yield mode
    await mode.close()


async def fall_silent(slack: LocalSlack, socket: SocketMode) -> None:
    """Says nothing more, for longer than the socket may be silent; the answer to its first ping was noticed."""
    await asyncio.sleep(0.05)
    socket.silent_seconds()
    slack.sockets.fall_silent()
    await asyncio.sleep(0.25)


async def test_a_lively_socket_is_left_alone(slack: LocalSlack, socket: SocketMode) -> None:
    await socket.watch()

    assert slack.sockets.connections_made == 1
    assert socket.health()["connected"] is True


async def test_a_silent_socket_is_replaced(slack: LocalSlack, socket: SocketMode) -> None:
    await fall_silent(slack, socket)
    assert socket.health()["connected"] is False

    await socket.watch()

    assert slack.sockets.connections_made == 2
    assert socket.health()["connected"] is True


async def test_a_replacement_that_slack_refuses_is_asked_for_again(
    slack: LocalSlack, socket: SocketMode, caplog: pytest.LogCaptureFixture
) -> None:
    slack.faults.add(OPEN, Refused("internal_error"))
    await fall_silent(slack, socket)

    await socket.watch()
    assert "no new socket from Slack" in caplog.text
    await asyncio.sleep(0.25)
    await socket.watch()

    assert slack.sockets.connections_made == 2


async def test_any_frame_shows_that_the_socket_lives(slack: LocalSlack, socket: SocketMode) -> None:
    await asyncio.sleep(0.15)
    await slack.sockets.connections[0].socket.send_json({"type": "noise"})
    await asyncio.sleep(0.1)

    assert socket.silent_seconds() < 0.2


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
