"""The local Slack's network side: Web API, Socket Mode and response URLs on one loopback port."""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession, web

from bot.sandbox.listening import Listening
from bot.sandbox.slack.answers import ResponseUrls
from bot.sandbox.slack.chat import RateLimitedError
from bot.sandbox.slack.faults import RESPONSE_URL, Faults, rate_limited
from bot.sandbox.slack.files import UPLOADS, Files
from bot.sandbox.slack.http import SignedHttp
from bot.sandbox.slack.refusals import MethodRefusedError
from bot.sandbox.slack.requests import bearer_token, read_arguments
from bot.sandbox.slack.socket import SocketHub
from bot.sandbox.slack.views import Views
from bot.sandbox.slack.web_api import Token, TokenKind, WebApi
from bot.sandbox.slack.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from datetime import datetime, timedelta
    from types import TracebackType
    from typing import Self

    from bot.sandbox.slack.delivery import Transport

SHUTDOWN_SECONDS = 0.2
LARGEST_BODY = 4 * 2**20


@dataclass(slots=True, kw_only=True)
class Call:
    """A call of the Web API. `answer` is what the method gave, None if a fault kept it from running."""

    method: str
    arguments: dict[str, Any]
    at: datetime
    answer: dict[str, Any] | None = None


class SlackServer:
    """Serves one workspace with one app in it.

    `now` dates messages and deadlines; `post_interval` is Slack's pace of messages per channel, if wanted.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        scopes: Sequence[str] = ("commands", "chat:write"),
        port: int = 0,
        post_interval: timedelta | None = None,
        ping_every: float = 5.0,
    ) -> None:
        self.bot_token = f"xoxb-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-A0LOCAL01-{secrets.token_hex(12)}"
        self.signing_secret = secrets.token_hex(16)
        self.tokens = {
            self.bot_token: Token(TokenKind.BOT, tuple(scopes)),
            self.app_token: Token(TokenKind.APP, ("connections:write",)),
        }
        self.workspace = Workspace(now=now)
        self.views = Views(self.workspace)
        self.sockets = SocketHub(self.workspace, ping_every=ping_every)
        self.faults = Faults()
        self.calls: list[Call] = []
        self._response_urls = ResponseUrls(self.workspace)
        self.files = Files(self.workspace, base_url=lambda: self.base_url)
        self._web_api = WebApi(
            self.workspace,
            views=self.views,
            tokens=self.tokens,
            files=self.files,
            open_link=self._new_link,
            post_interval=post_interval,
        )
        self._transport: Transport = self.sockets
        self._port = port
        self._listening: Listening | None = None
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after a `stop`, on the same port again and with everything still there."""
        application = web.Application(client_max_size=LARGEST_BODY)
        application.router.add_route("*", "/api/{method}", self._serve_api)
        application.router.add_post(f"{UPLOADS}{{ticket}}", self._serve_upload)
        application.router.add_get("/link/", self.sockets.serve)
        application.router.add_post("/{kind:commands|actions}/{rest:.*}", self._serve_response_url)
        self._listening = await Listening.start(application, port=self._port, shutdown_seconds=SHUTDOWN_SECONDS)
        self._port = self._listening.port
        self._session = ClientSession()

    async def stop(self) -> None:
        """Close every socket and stop listening: Slack is down."""
        await self.sockets.close()
        if self._session is not None:
            await self._session.close()
        if self._listening is not None:
            await self._listening.stop()
            self._listening = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL` must say."""
        return f"{self.base_url}/api/"

    def http_to(self, request_url: str) -> SignedHttp:
        """Signed HTTP to a request URL."""
        return SignedHttp(request_url, signing_secret=self.signing_secret, session=self._require_session)

    def use_http(self, request_url: str) -> None:
        """From now on deliver signed requests to this URL instead of using sockets."""
        self._transport = self.http_to(request_url)

    @contextmanager
    def delivering_by(self, transport: Transport) -> Iterator[None]:
        """Inside, payloads go another way to the app."""
        usual, self._transport = self._transport, transport
        try:
            yield
        finally:
            self._transport = usual

    def grant(self, *scopes: str) -> None:
        """Give the bot token more scopes, as a reinstalled app gets them."""
        held = self.tokens[self.bot_token]
        self.tokens[self.bot_token] = Token(TokenKind.BOT, (*held.scopes, *scopes))

    def _require_session(self) -> ClientSession:
        if self._session is None or self._session.closed:
            raise RuntimeError("start the local Slack before it delivers anything")
        return self._session

    def _new_link(self) -> str:
        ticket = self.sockets.new_ticket()
        return f"ws://127.0.0.1:{self._port}/link/?ticket={ticket}&app_id={self.workspace.app_id}"

    async def _serve_api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        try:
            arguments = await read_arguments(request)
        except MethodRefusedError as refused:
            return web.json_response(refused.refusal.answer())
        token = bearer_token(request, arguments)
        call = Call(method=method, arguments=arguments, at=self.workspace.now())
        self.calls.append(call)
        self.workspace.changes.announce()

        async def effect() -> web.Response:
            return self._perform(call, token)

        return await self._answer(request, method, effect)

    async def _serve_upload(self, request: web.Request) -> web.Response:
        taken = self.files.upload(request.path, await request.read())
        return web.Response(text="OK") if taken else web.Response(status=400, text="invalid upload")

    async def _serve_response_url(self, request: web.Request) -> web.Response:
        async def effect() -> web.Response:
            refusal = self._response_urls.respond(request.path, json.loads(await request.text()))
            if refusal is None:
                return web.json_response({"ok": True})
            return web.json_response(refusal.answer(), status=404)  # 404 even for blocks it does not like

        return await self._answer(request, RESPONSE_URL, effect)

    async def _answer(
        self, request: web.Request, method: str, effect: Callable[[], Awaitable[web.Response]]
    ) -> web.Response:
        fault = self.faults.take(method)
        if fault is None:
            return await effect()
        return await fault.answer(request, effect)

    def _perform(self, call: Call, token: str | None) -> web.Response:
        try:
            call.answer = self._web_api.call(call.method, call.arguments, token=token)
        except RateLimitedError as limited:
            return rate_limited(limited.retry_after)
        self.workspace.changes.announce()
        return web.json_response(
            call.answer,
            headers={"X-Slack-Req-Id": secrets.token_hex(16), "X-OAuth-Scopes": ",".join(self._web_api.granted(token))},
        )
