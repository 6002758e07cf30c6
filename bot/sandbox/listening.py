"""A web application on loopback, for as long as a stand-in is there."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from typing import Self

TURNS_UNTIL_CONNECTED = 3
"""Of the event loop, from a connection that is accepted to one that the server knows of, and closes at its end."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where it listens, and what serves it."""

    socket: socket.socket
    runner: web.AppRunner

    @classmethod
    async def start(cls, application: web.Application, *, port: int, shutdown_seconds: float) -> Self:
        """Serves `application` from here on; on a free port for 0."""
        taken = socket.create_server(("127.0.0.1", port))
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=shutdown_seconds)
        await runner.setup()
        await web.SockSite(runner, taken).start()
        return cls(taken, runner)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    async def stop(self) -> None:
        """Closes every connection, also one that somebody has begun at this very moment.

        asyncio leaves one hanging that it has accepted when its server is closed.
        """
        asyncio.get_running_loop().remove_reader(self.socket)
        for _ in range(TURNS_UNTIL_CONNECTED):
            await asyncio.sleep(0)
        await self.runner.cleanup()
