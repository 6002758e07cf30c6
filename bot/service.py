"""The running process: connect, keep the clock if nobody else has it, answer, watch, and stop in good order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.jobs.clock import Clock
    from bot.listeners.running import Running
    from bot.snapshots.clock_lock import ClockLock

log = logging.getLogger(__name__)

DRAIN_SECONDS = 8.0
WATCH_SECONDS = 15.0


class Transport(Protocol):
    """How the process hears from Slack: by a socket or by signed requests."""

    async def connect(self) -> None:
        """Starts hearing; raises `SlackError` when a token is refused."""

    async def watch(self) -> None:
        """Reconnects a socket that is open but silent."""

    async def close(self) -> None:
        """Stops hearing."""

    def health(self) -> Mapping[str, object]:
        """`connected` (bool) and what else `/healthz` shows."""


@dataclass(kw_only=True)
class Service:
    """The process. `holder` is how this one names itself to others that want the clock."""

    transport: Transport
    clock: Clock
    clock_lock: ClockLock
    holder: str
    running: Running
    application: web.Application | None
    port: int | None
    stopping: asyncio.Event
    keeps_clock: bool = False

    async def run(self) -> None:
        """Runs until `stopping` is set; then lets running answers finish and lets go of everything."""
        async with self.listening():
            await self.transport.connect()
            log.info("connected to Slack")
            try:
                await self.keep_watch()
            finally:
                await self.stop()

    async def keep_watch(self) -> None:
        """Takes the clock as soon as it is free, and looks after the connection, until told to stop."""
        told = False
        while not self.stopping.is_set():
            if not self.keeps_clock:
                told = self.take_clock(told=told)
            await self.transport.watch()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), timeout=WATCH_SECONDS)

    def take_clock(self, *, told: bool) -> bool:
        """Starts the clock if no other process on this database keeps it; says once who does."""
        if self.clock_lock.acquire(self.holder):
            self.keeps_clock = True
            self.clock.start()
            log.info("this process keeps the clock")
        elif not told:
            log.warning(
                "the clock is kept by %s; this process answers, and takes over when it is free", self.clock_holder()
            )
        return True

    def clock_holder(self) -> str:
        """Who keeps the clock, as text."""
        return self.holder if self.keeps_clock else self.clock_lock.holder()

    async def stop(self) -> None:
        """Stops the clock first, then hearing, then waits for answers under way."""
        log.info("stopping")
        if self.keeps_clock:
            await self.clock.stop()
        await self.transport.close()
        if not await self.running.finished(within=DRAIN_SECONDS):
            log.warning("stopped with answers still under way")
        if self.keeps_clock:
            self.clock_lock.release()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Serves `/healthz`, and Slack's requests in HTTP mode, while inside; nothing without a port."""
        if self.application is None or self.port is None:
            yield
            return
        self.application.router.add_get("/healthz", self.healthz)
        runner = web.AppRunner(self.application, access_log=None, shutdown_timeout=DRAIN_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, port=self.port).start()
            yield
        finally:
            await runner.cleanup()

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 while the process does its work, 503 when Slack is out of reach or the data cannot be read."""
        slack = self.transport.health()
        data = await self.clock.health()
        ok = bool(slack["connected"]) and bool(data["readable"])
        body = {
            "status": "ok" if ok else "failing",
            "slack": dict(slack),
            "data": dict(data),
            "clock": self.clock_holder(),
        }
        return web.json_response(body, status=200 if ok else 503)
