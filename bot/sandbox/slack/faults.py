"""What can go wrong between the bot and Slack, one call at a time.

A fault stands between a request and its effect: it decides whether the effect happens, and what the caller hears. A
message that was posted while the answer got lost is `Moment.AFTER`: the caller cannot tell it from one that was not.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Effect: TypeAlias = "Callable[[], Awaitable[web.Response]]"

RESPONSE_URL = "response_url"
"""The name under which faults of response URLs are queued, beside those of the Web API's methods."""


class Moment(StrEnum):
    """When a call goes wrong."""

    BEFORE = "before the effect"
    AFTER = "after the effect"


class Fault(Protocol):
    """One way for one call to go wrong."""

    async def answer(self, request: web.Request, effect: Effect) -> web.Response:
        """What the caller gets; awaits `effect` if the call shall do what it asks for."""
        ...


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Slack says 429 and how many seconds to wait. Nothing happens."""

    retry_after: int = 1

    async def answer(self, _request: web.Request, _effect: Effect) -> web.Response:
        return rate_limited(self.retry_after)


@dataclass(frozen=True, slots=True)
class Refused:
    """Slack says no, in a word. Nothing happens."""

    error: str

    async def answer(self, _request: web.Request, _effect: Effect) -> web.Response:
        return web.json_response({"ok": False, "error": self.error})


@dataclass(frozen=True, slots=True)
class Broken:
    """Slack answers with a status and a body that is no JSON, as its load balancer does."""

    status: int = 500
    moment: Moment = Moment.BEFORE
    body: str = "upstream connect error"

    async def answer(self, _request: web.Request, effect: Effect) -> web.Response:
        if self.moment is Moment.AFTER:
            await effect()
        return web.Response(status=self.status, text=self.body, content_type="text/html")


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection breaks without an answer; `then` is called at that moment (to kill the bot, say)."""

    moment: Moment = Moment.BEFORE
    then: Callable[[], None] | None = None

    async def answer(self, request: web.Request, effect: Effect) -> web.Response:
        if self.moment is Moment.AFTER:
            await effect()
        if self.then is not None:
            self.then()
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)


@dataclass(frozen=True, slots=True)
class Hanging:
    """No answer for so many seconds, longer than the caller waits; then a 504."""

    moment: Moment = Moment.BEFORE
    seconds: float = 60

    async def answer(self, _request: web.Request, effect: Effect) -> web.Response:
        if self.moment is Moment.AFTER:
            await effect()
        await asyncio.sleep(self.seconds)
        return web.Response(status=504, text="timeout", content_type="text/html")


@dataclass(frozen=True, slots=True)
class Slow:
    """Everything is right, only late; the effect too, even if the caller has gone by then."""

    seconds: float

    async def answer(self, _request: web.Request, effect: Effect) -> web.Response:
        await asyncio.sleep(self.seconds)
        return await effect()


@dataclass(frozen=True, slots=True)
class Held:
    """Everything is right, but not before `released` is set."""

    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, _request: web.Request, effect: Effect) -> web.Response:
        await self.released.wait()
        return await effect()


class Faults:
    """Faults waiting for their call, by method; each is used up by one call, those of `always` by none."""

    def __init__(self) -> None:
        self._queues: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._lasting: dict[str, Fault] = {}

    def add(self, method: str, *faults: Fault) -> None:
        """The next calls of `method` go wrong like this, in this order."""
        self._queues[method].extend(faults)

    def always(self, method: str, fault: Fault) -> None:
        """Every call of `method` goes wrong like this, until `clear`."""
        self._lasting[method] = fault

    def clear(self) -> None:
        self._queues.clear()
        self._lasting.clear()

    def take(self, method: str) -> Fault | None:
        queue = self._queues[method]
        return queue.popleft() if queue else self._lasting.get(method)


def rate_limited(retry_after: int) -> web.Response:
    """Slack's 429: the seconds to wait are in the header."""
    return web.json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(retry_after)}
    )
