"""The running process: connect, keep the clock if nobody else has it, answer, watch, and stop in good order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from bot.model import WrongUsage
from bot.slack_api import NotPosted, SlackError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping

    from bot.jobs.clock import Clock
    from bot.listeners.running import Running
    from bot.snapshots.clock_lock import ClockLock

log = logging.getLogger(__name__)

DRAIN_SECONDS = 7.0
"""How long what was begun may take to end: with the closing of connections it all fits into ten seconds."""

CLOSING_SECONDS = 1.0
WATCH_SECONDS = 5.0
RECONNECT_SECONDS = 2.0
LONGEST_RECONNECT_SECONDS = 60.0


class PortUnusable(WrongUsage):
    """The port that was set cannot be listened on; the text is one line, with the mend."""


class Transport(Protocol):
    """How the process hears from Slack: by a socket or by signed requests."""

    async def connect(self) -> None:
        """Starts hearing; raises `SlackError`."""

    async def watch(self) -> None:
        """Reconnects a socket that is open but silent."""

    async def close(self) -> None:
        """Stops hearing."""

    def health(self) -> Mapping[str, object]:
        """`connected` (bool) and what else `/healthz` shows."""


@dataclass(kw_only=True)
class Service:
    """The process. `holder` is how this one names itself to others that want the clock.

    `metrics` answers `/metrics`, where they are told; `give_back` lets the system have what memory is free.
    """

    transport: Transport
    clock: Clock
    clock_lock: ClockLock
    holder: str
    running: Running
    application: web.Application | None
    port: int | None
    stopping: asyncio.Event
    give_back: Callable[[], None]
    metrics: Callable[[web.Request], Awaitable[web.Response]] | None = None
    watch_seconds: float = WATCH_SECONDS
    reconnect_seconds: float = RECONNECT_SECONDS
    drain_seconds: float = DRAIN_SECONDS
    keeps_clock: bool = False
    known_holder: str = ""

    async def run(self) -> None:
        """Runs until `stopping` is set; then lets running answers finish and lets go of everything."""
        try:
            async with self.listening():
                await until(self.stopping, self.work())
        finally:
            await self.stop()

    async def work(self) -> None:
        """Connects, takes the clock as soon as it is free, and looks after the connection and the memory."""
        await self.connect()
        while True:
            if not self.keeps_clock:
                self.take_clock()
            await self.transport.watch()
            await asyncio.to_thread(self.give_back)
            await asyncio.sleep(self.watch_seconds)

    async def connect(self) -> None:
        """Connects, however long Slack is out of reach; raises `NotPosted` for what a person must mend first."""
        for wait in waits(self.reconnect_seconds):
            try:
                await self.transport.connect()
            except SlackError as error:
                if isinstance(error, NotPosted) and error.is_refusal:
                    raise
                log.warning("%s; trying again in %.0f s", error, wait)
            else:
                log.info("connected to Slack")
                return
            await asyncio.sleep(wait)

    def take_clock(self) -> None:
        """Starts the clock if no other process on this database keeps it; says once who does."""
        if self.clock_lock.acquire(self.holder):
            self.keeps_clock = True
            self.clock.start()
            log.info("this process keeps the clock")
            return
        holder = self.clock_lock.holder()
        if holder != self.known_holder:
            log.warning("the clock is kept by %s; this process answers, and takes over when it is free", holder)
            self.known_holder = holder

    def clock_holder(self) -> str:
        """Who keeps the clock, as text."""
        return self.holder if self.keeps_clock else self.clock_lock.holder()

    async def stop(self) -> None:
        """Stops hearing, and waits for what is being said: postings and answers."""
        if self.stopping.is_set():  # else an error ends it, which says so itself
            log.info("stopping")
        await self.transport.close()
        _, finished = await asyncio.gather(
            self.clock.stop(within=self.drain_seconds), self.running.finished(within=self.drain_seconds)
        )
        if not finished:
            log.warning("stopped with answers still under way")
        self.clock_lock.release()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Serves `/healthz`, and where wanted `/metrics` and Slack's requests, while inside; nothing without a port."""
        if self.application is None or self.port is None:
            yield
            return
        self.application.router.add_get("/healthz", self.healthz)
        if self.metrics is not None:
            self.application.router.add_get("/metrics", self.metrics)
        runner = web.AppRunner(self.application, access_log=None, shutdown_timeout=CLOSING_SECONDS)
        await runner.setup()
        try:
            await start_listening(runner, self.port)
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


async def start_listening(runner: web.AppRunner, port: int) -> None:
    """Listens on every address of this machine. Raises `PortUnusable`."""
    try:
        await web.TCPSite(runner, port=port).start()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise PortUnusable(f"port {port} cannot be listened on ({reason}); set PORT to another one") from None


def waits(first: float) -> Iterator[float]:
    """Seconds before each further attempt, doubled up to a minute, without end.

    >>> from itertools import islice
    >>> list(islice(waits(16), 4))
    [16, 32, 60.0, 60.0]
    """
    while True:
        yield first
        first = min(first * 2, LONGEST_RECONNECT_SECONDS)


async def until(stopping: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    """Runs `work` until `stopping` is set, which ends it wherever it waits; an error in it ends the wait."""
    told = asyncio.ensure_future(stopping.wait())
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait([told, working], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        told.cancel()
        working.cancel()
        await asyncio.gather(told, working, return_exceptions=True)
