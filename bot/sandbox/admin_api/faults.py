"""What can be made to go wrong, queued per endpoint: the next request there gets the next fault in its queue.

`faults.add("cost_report", HONEST, CutOff())` answers one request as it should be, and drops the connection in the
middle of the next one's body. An endpoint is its path below the organisation: `cost_report`,
`usage_report/messages`, `analytics/cost`, `workspaces`, `api_keys`, `me`. `faults.always` stays until `faults.clear`.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from bot.sandbox.admin_api.answers import Answer, error_answer, to_json

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as a fault sees it: the page token it carries, and the answer it would get."""

    page: str | None
    answer: Callable[[], Answer]


class Fault(Protocol):
    """Something that answers in place of, or tampers with, the honest answer."""

    async def apply(self, exchange: Exchange) -> Answer:
        """What the client gets."""
        ...


@dataclass(frozen=True, slots=True)
class Instead:
    """This answer, whatever was asked."""

    answer: Answer

    async def apply(self, exchange: Exchange) -> Answer:
        """The answer put in."""
        del exchange
        return self.answer


@dataclass(frozen=True, slots=True)
class Slow:
    """The honest answer, that many seconds late."""

    seconds: float

    async def apply(self, exchange: Exchange) -> Answer:
        """The honest answer, later."""
        await asyncio.sleep(self.seconds)
        return exchange.answer()


HONEST = Slow(0)
"""No fault: lets one request through."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A 200 whose JSON ends in the middle, complete as far as HTTP can tell."""

    async def apply(self, exchange: Exchange) -> Answer:
        """Half of the body."""
        answer = exchange.answer()
        return replace(answer, body=answer.body[: len(answer.body) // 2])


@dataclass(frozen=True, slots=True)
class CutOff:
    """The connection drops in the middle of the body; with `after=0`, before its first byte."""

    after: float = 0.5

    async def apply(self, exchange: Exchange) -> Answer:
        """The honest answer, cut."""
        answer = exchange.answer()
        return replace(answer, cut_at=int(len(answer.body) * self.after))


@dataclass(frozen=True, slots=True)
class Altered:
    """The honest answer's JSON after a change."""

    change: Callable[[dict[str, Any]], object]
    """Changes the decoded body in place."""

    async def apply(self, exchange: Exchange) -> Answer:
        """The changed body under the honest status."""
        answer = exchange.answer()
        body = json.loads(answer.body)
        self.change(body)
        return replace(answer, body=to_json(body))


@dataclass(frozen=True, slots=True)
class Without:
    """A 200 that lacks one of its fields: `data`, `has_more`, `next_page` (with `has_more` still true)."""

    field: str

    async def apply(self, exchange: Exchange) -> Answer:
        """The honest answer but for that field."""
        return await Altered(lambda body: body.pop(self.field)).apply(exchange)


@dataclass(frozen=True, slots=True)
class RepeatedPage:
    """A page that names itself as the next one. Queue it behind `HONEST`: a first page has no token to repeat."""

    async def apply(self, exchange: Exchange) -> Answer:
        """The honest page, leading to itself."""
        return await Altered(lambda body: body.update(has_more=True, next_page=exchange.page)).apply(exchange)


def error(status: int, message: str = "Made to fail") -> Instead:
    """An error with Anthropic's body: `error(500)`, `error(529)`, `error(403)`."""
    return Instead(error_answer(status, message))


def rate_limited(**headers: str) -> Instead:
    """A 429; `rate_limited(retry_after="2")` adds that header, and none says nothing, as the real one often does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Instead(error_answer(429, "This request would exceed your organization's rate limit", headers=named))


class Faults:
    """The queues, by endpoint."""

    def __init__(self) -> None:
        self._queues: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._constant: dict[str, Fault] = {}

    def add(self, endpoint: str, *faults: Fault) -> None:
        """Queue faults for the next requests to an endpoint."""
        self._queues[endpoint].extend(faults)

    def always(self, endpoint: str, fault: Fault) -> None:
        """A fault for every request whose queue is empty, until cleared."""
        self._constant[endpoint] = fault

    def clear(self) -> None:
        """Back to honesty everywhere."""
        self._queues.clear()
        self._constant.clear()

    def next_for(self, endpoint: str) -> Fault:
        """The fault for a request that has just come."""
        queue = self._queues[endpoint]
        return queue.popleft() if queue else self._constant.get(endpoint, HONEST)
