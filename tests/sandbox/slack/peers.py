"""The real clients that the local Slack is tested with: slack_sdk and Bolt, over sockets and over HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.slack.local import LocalSlack


def clock() -> datetime:
    return datetime.now(UTC)


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant


def web_client(slack: LocalSlack, token: str | None = None) -> AsyncWebClient:
    """slack_sdk's client without its retries, so that each fault is seen."""
    return AsyncWebClient(token=token or slack.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=1)


def bolt_app(slack: LocalSlack) -> AsyncApp:
    return AsyncApp(name="peer", client=web_client(slack), signing_secret=slack.signing_secret)


USUAL_PING_SECONDS, HASTY_PING_SECONDS = 5.0, 0.2
"""How often an app looks whether its socket is alive; a hasty one gives it up if the machine halts for a second."""


@asynccontextmanager
async def socket_mode(
    slack: LocalSlack, app: AsyncApp, *, ping_seconds: float = USUAL_PING_SECONDS
) -> AsyncIterator[AsyncSocketModeHandler]:
    """A Bolt app connected by Socket Mode."""
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=ping_seconds)
    await handler.connect_async()
    await slack.until_connected()
    try:
        yield handler
    finally:
        await handler.close_async()
        await handler.client.aiohttp_client_session.close()


@asynccontextmanager
async def http_mode(slack: LocalSlack, app: AsyncApp) -> AsyncIterator[str]:
    """A Bolt app behind its aiohttp adapter; gives its request URL, which `slack` delivers to."""

    async def serve(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    site = web.Application()
    site.router.add_post("/slack/events", serve)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    slack.use_http(url)
    try:
        yield url
    finally:
        await runner.cleanup()
