"""Bolt's application: who the bot is, asked once at the start and not before somebody's first answer."""

from __future__ import annotations

import logging

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_api import answered

TIMEOUT_SECONDS = 20

BOLT_LOG = logging.getLogger("slack_bolt")
"""Bolt's loggers copy the level and the filters of the one they are given, and otherwise take the root's level."""


class Identity:
    """The bot's own user in Slack. Left to itself, Bolt asks for it when somebody waits for an answer."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.client = client
        self.known: AuthorizeResult | None = None

    async def load(self) -> AuthorizeResult:
        """Asks Slack, once. Raises `NotPosted` or `Ambiguous`."""
        if self.known is None:
            answer = await answered(self.client.auth_test())
            granted = next((value for name, value in answer.headers.items() if name.lower() == "x-oauth-scopes"), "")
            self.known = AuthorizeResult.from_auth_test_response(
                bot_token=self.client.token, bot_scopes=granted, auth_test_response=answer
            )
        return self.known


def build_identity(*, token: str, api_url: str) -> Identity:
    """Asks with the bot's token; a rate limit is waited for once, because somebody waits too."""
    client = AsyncWebClient(token=token, base_url=api_url, timeout=TIMEOUT_SECONDS)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    return Identity(client)


def build_app(identity: Identity, *, signing_secret: str, api_url: str) -> AsyncApp:
    """The application, without listeners yet."""

    async def authorize() -> AuthorizeResult:
        return await identity.load()

    BOLT_LOG.addFilter(is_news)
    return AsyncApp(
        name="claudecost",  # without one Bolt reads the sources of all its callers for it
        logger=BOLT_LOG,
        client=AsyncWebClient(base_url=api_url, timeout=TIMEOUT_SECONDS),
        signing_secret=signing_secret,
        authorize=authorize,
    )


def is_news(record: logging.LogRecord) -> bool:
    """Bolt finds the token in the environment by itself, and warns that it has no use for it."""
    return "`token` will be unused" not in record.getMessage()
