"""Signed HTTP: the same payloads, posted to the app's request URL."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession

from bot.sandbox.slack.delivery import EnvelopeType, NotAcknowledgedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.slack.delivery import Envelope

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def signature(body: str, *, secret: str) -> dict[str, str]:
    """The headers that prove a request comes from Slack (docs.slack.dev: verifying requests from Slack).

    Whoever checks them (Bolt, say) looks at the real clock to see how old they are, so that is when they are made.
    """
    timestamp = int(time.time())  # noqa: TID251 -- another process asks the clock too
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


class SignedHttp:
    """One app's request URL."""

    def __init__(self, url: str, *, signing_secret: str, session: Callable[[], ClientSession]) -> None:
        self._url = url
        self._signing_secret = signing_secret
        self._session = session

    async def deliver(self, envelope: Envelope, *, within: float) -> dict[str, Any] | None:
        """Post the payload; a 200 acknowledges it, and its body is what the ack says."""
        content_type, body = request_body(envelope)
        status, answer = await self._post(body, self._headers(envelope, content_type, body), within)
        if status != 200:  # noqa: PLR2004 – HTTP's own number
            raise NotAcknowledgedError(f"{envelope.type} got HTTP {status}: {answer[:100]}")
        return _parse_ack(answer)

    async def verify_url(self, challenge: str, *, within: float) -> bool:
        """Slack's check when a request URL is saved: does it give the challenge back?"""
        body = json.dumps({"type": "url_verification", "challenge": challenge})
        headers = {"Content-Type": JSON, **signature(body, secret=self._signing_secret)}
        status, answer = await self._post(body, headers, within)
        return status == 200 and challenge in answer  # noqa: PLR2004 – HTTP's own number

    def _headers(self, envelope: Envelope, content_type: str, body: str) -> dict[str, str]:
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            **signature(body, secret=self._signing_secret),
        }
        if envelope.retry is not None:
            headers["X-Slack-Retry-Num"] = str(envelope.retry.attempt)
            headers["X-Slack-Retry-Reason"] = envelope.retry.reason
        return headers

    async def _post(self, body: str, headers: dict[str, str], within: float) -> tuple[int, str]:
        try:
            async with (
                asyncio.timeout(within),
                self._session().post(self._url, data=body.encode(), headers=headers) as response,
            ):
                return response.status, await response.text()
        except TimeoutError:
            raise NotAcknowledgedError(f"no answer from the request URL within {within:g} s") from None
        except ClientError as error:
            raise NotAcknowledgedError(f"the request URL cannot be reached: {error}") from error


def request_body(envelope: Envelope) -> tuple[str, str]:
    """Content type and body: a form of fields, a form with one `payload`, or JSON."""
    if envelope.type is EnvelopeType.COMMAND:
        return FORM, urlencode(envelope.payload)
    if envelope.type is EnvelopeType.INTERACTIVE:
        return FORM, urlencode({"payload": json.dumps(envelope.payload)})
    return JSON, json.dumps(envelope.payload)


def _parse_ack(body: str) -> dict[str, Any] | None:
    if not body:
        return None
    return dict(json.loads(body)) if body.startswith("{") else {"text": body}
