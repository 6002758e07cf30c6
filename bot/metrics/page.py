"""`/metrics`: answered from the snapshots, which are looked at once a minute at most, however often it is scraped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from bot.metrics.exposition import exposition
from bot.model import Told
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.analysis.metrics import Metrics
    from bot.loading.metrics import MetricsLoader
    from bot.snapshots.threads import OpenStore

KEPT_FOR = timedelta(minutes=1)


@dataclass(kw_only=True)
class MetricsPage:
    """The page; `known` is what was loaded last, and when."""

    open_store: OpenStore
    now: Callable[[], datetime]
    loader: MetricsLoader
    known: tuple[datetime, Metrics] | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answer(self, request: web.Request) -> web.Response:
        """The metrics; 503 with a sentence where they cannot be told."""
        try:
            metrics = await self.metrics()
        except Told as error:
            return web.Response(text=f"{error}\n", status=503)
        text, content_type = exposition(metrics, accept=request.headers.get("Accept", ""))
        return web.Response(body=text, headers={"Content-Type": content_type})

    async def metrics(self) -> Metrics:
        """Those of at most a minute ago; whoever asks meanwhile waits for the same look."""
        async with self.turn:
            now = self.now()
            if self.known is None or not timedelta() <= now - self.known[0] < KEPT_FOR:
                found = await with_store(self.open_store, lambda store: self.loader.load(store, today=now.date()))
                self.known = now, found
            return self.known[1]
