"""Socket Mode, Slack's end: connections, envelopes, acknowledgements, refreshes.

docs.slack.dev/apis/events-api/using-socket-mode says what goes over the wire; the order of things is what slack_sdk's
aiohttp client expects.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import WSMessage, WSMsgType, web

from bot.sandbox.slack.delivery import NotAcknowledgedError

if TYPE_CHECKING:
    from bot.sandbox.slack.delivery import Envelope
    from bot.sandbox.slack.workspace import Workspace

HOST = "applink-local"
REFRESH_GRACE_SECONDS = 10.0
CLOSING_SECONDS = 0.5


@dataclass(slots=True, eq=False)
class Connection:
    """One socket of the app. One that is leaving was told to reconnect; a silent one looks open and is dead."""

    socket: web.WebSocketResponse
    request: web.Request
    is_leaving: bool = False
    is_silent: bool = False


class SocketHub:
    """All sockets of one app. An envelope goes to one of them, in turn."""

    def __init__(self, workspace: Workspace, *, ping_every: float) -> None:
        self._workspace = workspace
        self._ping_every = ping_every
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[dict[str, Any] | None]] = {}
        self._turn = 0
        self.connections: list[Connection] = []
        self.connections_made = 0
        self.unexpected_acks: list[str] = []

    def new_ticket(self) -> str:
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One socket from its handshake to its end."""
        if request.query.get("ticket") not in self._tickets:
            return web.Response(status=403, text="unknown ticket")
        socket = web.WebSocketResponse(autoping=False, timeout=CLOSING_SECONDS)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self.connections.append(connection)
        try:
            await self._greet(connection)
            await self._listen(connection)
        finally:
            self.connections.remove(connection)
            self._workspace.changes.announce()
        return socket

    async def deliver(self, envelope: Envelope, *, within: float) -> dict[str, Any] | None:
        """Send to one of the sockets, waiting for one if there is none, and wait for its acknowledgement."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        acked: asyncio.Future[dict[str, Any] | None] = loop.create_future()
        self._waiting[envelope.id] = acked
        try:
            await self._send(envelope, within)
            async with asyncio.timeout_at(deadline):
                return await acked
        except (TimeoutError, ConnectionError) as error:
            reason = str(error) or "nothing came back"
            raise NotAcknowledgedError(f"no ack of {envelope.type} within {within:g} s: {reason}") from None
        finally:
            del self._waiting[envelope.id]

    async def disconnect(self, reason: str) -> None:
        """Tell each socket to reconnect (`warning`, `refresh_requested`, `link_disabled`, …); cut it if it stays."""
        for connection in list(self.connections):
            connection.is_leaving = reason != "warning"
            await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}})
            if connection.is_leaving:
                asyncio.get_running_loop().call_later(REFRESH_GRACE_SECONDS, _cut, connection)

    def cut(self) -> None:
        """Break every connection without a word."""
        for connection in list(self.connections):
            _cut(connection)

    def fall_silent(self) -> None:
        """Keep the sockets open and say nothing on them any more: no envelopes, no pings, no pongs."""
        for connection in self.connections:
            connection.is_silent = True

    def count_staying(self) -> int:
        """Open sockets that were not told to leave."""
        return sum(not connection.is_leaving for connection in self.connections)

    async def close(self) -> None:
        await asyncio.gather(*(connection.socket.close() for connection in self.connections))

    async def _send(self, envelope: Envelope, within: float) -> None:
        connection = await self._workspace.changes.until(self._usable, within=within, what="open socket")
        if not connection.is_silent:
            await connection.socket.send_json(envelope_json(envelope))

    async def _greet(self, connection: Connection) -> None:
        self.connections_made += 1
        await connection.socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self.connections),
                "debug_info": {
                    "host": HOST,
                    "build_number": 1,
                    "approximate_connection_time": 18060,
                    "started": self._workspace.now().isoformat(),
                },
                "connection_info": {"app_id": self._workspace.app_id},
            }
        )
        self._workspace.changes.announce()

    async def _listen(self, connection: Connection) -> None:
        pinging = asyncio.create_task(self._ping(connection))
        try:
            async for frame in connection.socket:
                await self._receive(connection, frame)
        finally:
            pinging.cancel()

    async def _ping(self, connection: Connection) -> None:
        await asyncio.sleep(self._ping_every)
        while not connection.is_silent:
            with suppress(ConnectionError):
                await connection.socket.ping(f"Ping from {HOST}".encode())
            await asyncio.sleep(self._ping_every)

    async def _receive(self, connection: Connection, frame: WSMessage) -> None:
        if connection.is_silent:
            return
        if frame.type is WSMsgType.PING:
            await connection.socket.pong(frame.data)
        elif frame.type is WSMsgType.TEXT:
            self._take_ack(json.loads(frame.data))

    def _take_ack(self, ack: dict[str, Any]) -> None:
        """An acknowledgement that is late, a second one, or of nothing known is kept apart."""
        envelope_id = ack.get("envelope_id", "")
        waiting = self._waiting.get(envelope_id)
        if waiting is None or waiting.done():
            self.unexpected_acks.append(envelope_id)
            self._workspace.changes.announce()
        else:
            waiting.set_result(ack.get("payload"))

    def _usable(self) -> Connection | None:
        usable = [
            connection for connection in self.connections if not connection.is_leaving and not connection.socket.closed
        ]
        self._turn += 1
        return usable[self._turn % len(usable)] if usable else None


def envelope_json(envelope: Envelope) -> dict[str, Any]:
    """The envelope as it goes over the wire."""
    wire: dict[str, Any] = {
        "envelope_id": envelope.id,
        "type": envelope.type.value,
        "payload": envelope.payload,
        "accepts_response_payload": envelope.accepts_response,
    }
    if envelope.retry is not None:
        wire |= {"retry_attempt": envelope.retry.attempt, "retry_reason": envelope.retry.reason}
    return wire


def _cut(connection: Connection) -> None:
    if connection.request.transport is not None:
        connection.request.transport.abort()
