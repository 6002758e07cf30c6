"""How Slack's requests come in: over a socket that the bot opens, or as signed HTTP that Slack sends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING

from aiohttp import ClientError
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackClientError

from bot.slack_api import APP_TOKEN_MENDS, Ambiguous, answered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import WSMessage, web
    from slack_bolt.async_app import AsyncApp

    from bot.listeners.app import Identity

log = logging.getLogger(__name__)

HTTP_PATH = "/slack/events"
PING_SECONDS = 3.0
"""A connection that breaks without a word is noticed, and opened again, after so long; meanwhile questions get lost."""
CLOSING_SECONDS = 1.0
SILENT_SECONDS = 90.0
"""A socket that is open but has carried nothing, not even the answer to a ping, for so long is dead."""

NO_SOCKET = (SlackClientError, ClientError, OSError, TimeoutError)


class SocketMode:
    """The default: no inbound port. Every frame, the answers to pings included, shows that the socket lives.

    Ages are measured on a clock that does not jump.
    """

    def __init__(
        self, app: AsyncApp, identity: Identity, *, app_token: str, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.identity = identity
        self.seconds = seconds
        self.handler = AsyncSocketModeHandler(app, app_token, ping_interval=PING_SECONDS)
        self.app_token = app_token
        self.alive_at: float | None = None
        self.last_pong: float | None = None
        self.handler.client.on_message_listeners.append(self.note_frame)

    async def note_frame(self, _frame: WSMessage) -> None:
        """Remembers that Slack has just said something."""
        self.alive_at = self.seconds()

    async def connect(self) -> None:
        """Opens the socket; raises `NotPosted` or `Ambiguous` when Slack does not give one."""
        await self.identity.load()
        client = self.handler.client
        opening = client.web_client.apps_connections_open(app_token=self.app_token)
        opened = await answered(opening, mends=APP_TOKEN_MENDS)
        client.wss_uri = opened["url"]
        try:
            await client.connect()
        except NO_SOCKET as error:
            raise Ambiguous(f"no socket from Slack ({type(error).__name__})") from None
        self.alive_at = self.seconds()

    async def watch(self) -> None:
        """Replaces a socket that is open but silent; where Slack gives none, tries again after as long a silence."""
        silent = self.silent_seconds()
        if silent <= SILENT_SECONDS:
            return
        log.warning("Slack has been silent for %.0f s; reconnecting", silent)
        self.alive_at = self.seconds()
        try:
            await self.handler.client.connect_to_new_endpoint(force=True)
        except NO_SOCKET as error:
            log.warning("no new socket from Slack (%s: %s)", type(error).__name__, error)

    async def close(self) -> None:
        """Closes the socket for good; a dead one does not answer, and is not waited for."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.handler.close_async(), timeout=CLOSING_SECONDS)

    def silent_seconds(self) -> float:
        """Seconds since the last sign of life, or since the socket was opened; 0 before that."""
        present = self.seconds()
        pong = self.handler.client.last_ping_pong_time
        if pong != self.last_pong:
            self.last_pong, self.alive_at = pong, present
        return 0.0 if self.alive_at is None else present - self.alive_at

    def health(self) -> Mapping[str, object]:
        """Whether the socket is open, and how old the last frame is."""
        session, silent = self.handler.client.current_session, self.silent_seconds()
        connected = session is not None and not session.closed and silent <= SILENT_SECONDS
        return {"mode": "socket", "connected": connected, "last_frame_age_seconds": round(silent, 1)}


class SignedHttp:
    """For several replicas behind a balancer: the same listeners; a request without Slack's signature gets 401."""

    def __init__(self, app: AsyncApp, identity: Identity, application: web.Application) -> None:
        self.app = app
        self.identity = identity
        application.router.add_post(HTTP_PATH, self.receive)

    async def receive(self, request: web.Request) -> web.Response:
        """One request of Slack's: a command, a click."""
        return await to_aiohttp_response(await self.app.async_dispatch(await to_bolt_request(request)))

    async def connect(self) -> None:
        """Checks the token; the service listens on its port already. Raises `NotPosted` or `Ambiguous`."""
        await self.identity.load()

    async def watch(self) -> None:
        """Nothing to keep open."""

    async def close(self) -> None:
        """Nothing to close: the service stops listening."""

    def health(self) -> Mapping[str, object]:
        """Listening is all there is to it."""
        return {"mode": "http", "connected": True}
