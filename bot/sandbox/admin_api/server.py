"""The HTTP side: credentials, headers, faults, a log of what was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING, Self

from aiohttp import web

from bot.sandbox.admin_api.analytics import BETA, ENDPOINT
from bot.sandbox.admin_api.answers import Answer, Refused, bad_request
from bot.sandbox.admin_api.faults import Exchange, Faults
from bot.sandbox.admin_api.reports import ReportedOrganization, Reports
from bot.sandbox.admin_api.variants import REFERENCE, Variant
from bot.sandbox.listening import Listening

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime
    from types import TracebackType

SANDBOX_KEY = "sk-ant-admin01-sandbox-0000000000000000"
API_VERSION = "2023-06-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """A request as it came, and the status it got. `endpoint` is its path below the organisation's."""

    endpoint: str
    path: str
    query: tuple[tuple[str, str], ...]
    user_agent: str
    at: datetime
    status: int
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it comes over HTTP or from this process; `headers` know no upper and lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back."""

    answer: Answer
    headers: dict[str, str]


class AdminApiServer:
    """Anthropic's Admin API for one organisation, on loopback.

    `async with server:` listens at `server.base_url` (an ephemeral port unless one is given). `keys` are the accepted
    credentials and may change while it runs; `faults` makes things go wrong; `requests` is what was asked.
    """

    def __init__(
        self,
        organization: ReportedOrganization,
        *,
        now: Callable[[], datetime],
        keys: Collection[str] = (SANDBOX_KEY,),
        variant: Variant = REFERENCE,
        port: int = 0,
    ) -> None:
        self.organization = organization
        self.keys = set(keys)
        self.faults = Faults()
        self.requests: list[ReceivedRequest] = []
        self.organization_path = variant.shape.organization_path(organization.id)
        self._reports = Reports(organization, variant)
        self._now = now
        self._port = port
        self._listening: Listening | None = None

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:<port>`, once it listens."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._respond)
        self._listening = await Listening.start(application, port=self._port, shutdown_seconds=0.1)
        self._port = self._listening.port
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listening is not None:
            await self._listening.stop()

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(request.method, request.path, tuple(request.query.items()), request.headers)
        reply = await self.reply_to(asked)
        if reply.answer.cut_at is None:
            return web.Response(status=reply.answer.status, body=reply.answer.body, headers=reply.headers)
        return await send_and_drop(request, reply)

    async def reply_to(self, request: Asked) -> Reply:
        """What a request gets, and a line in the log of what was asked."""
        request_id = f"req_{len(self.requests) + 1:024d}"
        endpoint = request.path.removeprefix(f"{self.organization_path}/")
        page = dict(request.query).get("page")
        exchange = Exchange(page, lambda: self._honest_answer(request, endpoint, request_id))
        index = len(self.requests)
        self.requests.append(self._received(request, endpoint))
        answer = await self.faults.next_for(endpoint).apply(exchange)
        self.requests[index] = self._received(request, endpoint, status=answer.status)
        return Reply(answer, self._headers(answer, request_id))

    def _received(self, request: Asked, endpoint: str, *, status: int = 0) -> ReceivedRequest:
        return ReceivedRequest(
            endpoint=endpoint,
            path=request.path,
            query=request.query,
            user_agent=request.headers.get("User-Agent", ""),
            key=request.headers.get("x-api-key", ""),
            at=self._now(),
            status=status,
        )

    def _honest_answer(self, request: Asked, endpoint: str, request_id: str) -> Answer:
        try:
            check_headers(request, self.keys)
            report = self._reports.endpoint(endpoint) if request.path.startswith(f"{self.organization_path}/") else None
            if report is None:
                raise Refused(404, "Not found")  # noqa: TRY301 -- a refusal like the others
            check_beta(request, endpoint)
            if request.method != "GET":
                raise Refused(405, "Method not allowed")  # noqa: TRY301
            return Answer(200, report(list(request.query), self._now()))
        except Refused as refusal:
            return refusal.answer(request_id)

    def _headers(self, answer: Answer, request_id: str) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Date": format_datetime(self._now(), usegmt=True),
            "request-id": request_id,
            "anthropic-organization-id": self.organization.id,
            **answer.headers,
        }


async def send_and_drop(request: web.Request, reply: Reply) -> web.StreamResponse:
    """Promise the whole body, send a part of it, and close the connection."""
    answer = reply.answer
    response = web.StreamResponse(status=answer.status, headers=reply.headers)
    response.content_length = len(answer.body)
    if answer.cut_at:
        await response.prepare(request)
        await response.write(answer.body[: answer.cut_at])
    if request.transport is not None:
        request.transport.close()
    return response


def check_headers(request: Asked, keys: Collection[str]) -> None:
    """Refuse a request without a good key (401) or without the version (400)."""
    key = request.headers.get("x-api-key")
    if key is None:
        raise Refused(401, "x-api-key header is required")
    if key not in keys:
        raise Refused(401, "invalid x-api-key")
    version = request.headers.get("anthropic-version")
    if version is None:
        raise bad_request("anthropic-version: header is required")
    if version != API_VERSION:
        raise bad_request(f'anthropic-version: "{version}" is not a valid version')


def check_beta(request: Asked, endpoint: str) -> None:
    """Refuse a request for a beta endpoint that does not name its beta (400)."""
    named = request.headers.get("anthropic-beta", "").replace(" ", "").split(",")
    if endpoint == ENDPOINT and BETA not in named:
        raise bad_request(f"anthropic-beta: {BETA} is required")
