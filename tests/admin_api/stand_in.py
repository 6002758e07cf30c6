"""An Admin API of a few lines behind httpx's own seam, and clients that read it without waiting."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import httpx

from bot.admin_api import AdminApi, Credential
from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from bot.admin_api import Buckets

T = TypeVar("T")
Answering: TypeAlias = (
    "Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]"
)

FIRST_KEY = Credential("ANTHROPIC_ADMIN_KEY", "sk-ant-admin01-first")
NEXT_KEY = Credential("ANTHROPIC_ADMIN_KEY_NEXT", "sk-ant-admin01-next")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 21)
ONE_DAY = Interval(DAY, date(2026, 11, 22))

COST_ROW = {
    "amount": "123.78912",
    "currency": "USD",
    "workspace_id": "wrkspc_search",
    "description": "Claude Opus 5.5 Usage - Input Tokens",
    "model": "claude-opus-5-5",
    "cost_type": "tokens",
    "token_type": "uncached_input_tokens",
    "service_tier": "standard",
    "context_window": "0-200k",
    "inference_geo": "global",
}
USAGE_ROW = {
    "uncached_input_tokens": 1,
    "output_tokens": 2,
    "cache_read_input_tokens": 3,
    "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 5},
    "server_tool_use": {"web_search_requests": 6},
    "workspace_id": "wrkspc_search",
    "api_key_id": "apikey_ci",
    "model": "claude-opus-5-5",
    "service_tier": "standard",
    "context_window": "0-200k",
}


def cost_row(**fields: object) -> dict[str, Any]:
    return {**COST_ROW, **fields}


def usage_row(**fields: object) -> dict[str, Any]:
    return {**USAGE_ROW, **fields}


def bucket(*rows: object, day: date = DAY) -> dict[str, Any]:
    return {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{day}T23:59:59Z", "results": list(rows)}


def page(*buckets: object, next_page: str | None = None) -> dict[str, Any]:
    return {"data": list(buckets), "has_more": next_page is not None, "next_page": next_page}


def entries(*data: object, last_id: str | None = None) -> dict[str, Any]:
    return {"data": list(data), "has_more": last_id is not None, "first_id": None, "last_id": last_id}


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def ok(body: object) -> httpx.Response:
    return httpx.Response(200, json=body, headers={"request-id": "req_1"})


def failed(status: int, message: str = "no", **headers: str) -> httpx.Response:
    body = {"type": "error", "error": {"type": "some_error", "message": message}, "request_id": "req_body"}
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


@dataclass
class StandIn:
    """Gives its answers in turn, the last one for ever; an exception among them is raised instead."""

    answers: list[httpx.Response | Exception]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def asked(self, name: str) -> list[str | None]:
        """The parameter `name` of each request so far."""
        return [request.url.params.get(name) for request in self.requests]

    @property
    def keys(self) -> list[str]:
        """The key of each request so far."""
        return [request.headers["x-api-key"] for request in self.requests]


def answering(*answers: httpx.Response | Exception) -> StandIn:
    return StandIn(list(answers))


@dataclass
class Sleeper:
    """Sleeps without waiting, and keeps how long it would have been."""

    naps: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.naps.append(seconds)


def api(
    answer: Answering,
    *,
    credentials: Sequence[Credential] = (FIRST_KEY,),
    organization_path: str = "/v1/organizations",
    sleep: Callable[[float], Awaitable[None]] | None = None,
) -> AdminApi:
    """A client of `answer` whose chance is always one half."""
    return AdminApi(
        credentials=credentials,
        base_url="https://admin.test",
        organization_path=organization_path,
        sleep=sleep or Sleeper(),
        now=lambda: NOW,
        random=lambda: 0.5,
        transport=httpx.MockTransport(answer),
    )


async def everything(buckets: Awaitable[Buckets[T]]) -> list[T]:
    return (await buckets).lines
