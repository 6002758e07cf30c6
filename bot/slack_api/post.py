"""Posting and editing messages, with every outcome told apart: posted, certainly not posted, nobody knows."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.model import Posted
from bot.slack_api.errors import MENDS, UNREACHABLE, Ambiguous, NotPosted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.model import Message

log = logging.getLogger(__name__)

EVENT_TYPE = "claudecost"
AMBIGUOUS_ERRORS = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout"})
REFUSED_BLOCKS = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "invalid_attachments", "msg_blocks_too_long", "msg_too_long"}
)
HISTORY_PAGE = 100
USUAL_RETRY_SECONDS = 30.0
LONGEST_RETRY_SECONDS = 3600.0


class SlackPoster:
    """Says things in channels. `plain` turns a message into one without blocks that Slack could refuse.

    `client` must not retry lost connections by itself: a repeated `chat.postMessage` is a second message.
    """

    def __init__(self, client: AsyncWebClient, *, plain: Callable[[Message], Message]) -> None:
        self.client = client
        self.plain = plain

    async def post(self, channel: str, message: Message, *, key: str) -> Posted:
        """Posts a message under its outbox key. Raises `NotPosted` or `Ambiguous`."""
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"outbox": key}}

        async def send(shown: Message) -> AsyncSlackResponse:
            return await self.client.chat_postMessage(
                channel=channel, unfurl_links=False, unfurl_media=False, metadata=metadata, **content(shown)
            )

        return posted(await self.say(send, message))

    async def reply(self, thread: Posted, message: Message, *, key: str, also_in_channel: bool) -> Posted:
        """Posts a message into a thread, on request shown in the channel too. Raises `NotPosted` or `Ambiguous`."""
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"outbox": key}}

        async def send(shown: Message) -> AsyncSlackResponse:
            return await self.client.chat_postMessage(
                channel=thread.channel,
                thread_ts=thread.ts,
                reply_broadcast=also_in_channel,
                unfurl_links=False,
                unfurl_media=False,
                metadata=metadata,
                **content(shown),
            )

        return posted(await self.say(send, message))

    async def edit(self, place: Posted, message: Message) -> Posted:
        """Replaces a message in place; repeating it does no harm. Raises `NotPosted` or `Ambiguous`."""

        async def send(shown: Message) -> AsyncSlackResponse:
            return await self.client.chat_update(channel=place.channel, ts=place.ts, **content(shown))

        return posted(await self.say(send, message))

    async def find_posted(self, channel: str, *, key: str, oldest: float) -> Posted | None:
        """The message posted under an outbox key since `oldest` (UNIX seconds), if the channel's history has it.

        Needs `channels:history` (or `groups:history`); raises `NotPosted` where it was not granted.
        """
        answer = await answered(
            self.client.conversations_history(
                channel=channel, oldest=f"{oldest:.6f}", limit=HISTORY_PAGE, include_all_metadata=True
            )
        )
        return posted_under(key, answer, channel)

    async def find_reply(self, thread: Posted, *, key: str, oldest: float) -> Posted | None:
        """The same in a thread, whose replies the channel's history leaves out."""
        answer = await answered(
            self.client.conversations_replies(
                channel=thread.channel,
                ts=thread.ts,
                oldest=f"{oldest:.6f}",
                limit=HISTORY_PAGE,
                include_all_metadata=True,
            )
        )
        return posted_under(key, answer, thread.channel)

    async def say(
        self, send: Callable[[Message], Awaitable[AsyncSlackResponse]], message: Message
    ) -> AsyncSlackResponse:
        """Sends a message, and once more as plain text if Slack refuses its blocks: nothing is lost to formatting."""
        try:
            return await answered(send(message))
        except NotPosted as refusal:
            if refusal.error not in REFUSED_BLOCKS or not message.blocks:
                raise
            log.warning("Slack refused a message's blocks (%s); sending it as plain text", refusal)
        return await answered(send(self.plain(message)))


def content(message: Message) -> dict[str, Any]:
    """A message's text and blocks; an edit without `blocks` would keep the old ones in some clients."""
    return {"text": message.text, "blocks": list(message.blocks)}


def posted_under(key: str, answer: AsyncSlackResponse, channel: str) -> Posted | None:
    """The message of an outbox key among those in an answer."""
    for message in answer.get("messages") or []:
        payload = (message.get("metadata") or {}).get("event_payload") or {}
        if payload.get("outbox") == key:
            return Posted(channel, message["ts"])
    return None


def posted(answer: AsyncSlackResponse) -> Posted:
    """Where Slack says the message is."""
    return Posted(str(answer["channel"]), str(answer["ts"]))


async def answered(call: Awaitable[AsyncSlackResponse], *, mends: Mapping[str, str] = MENDS) -> AsyncSlackResponse:
    """Awaits a call to Slack and sorts its failures into `NotPosted` and `Ambiguous`; `mends` say what to do."""
    try:
        return await call
    except SlackApiError as error:
        raise meaning_of(error, mends) from None
    except aiohttp.ClientConnectorError:
        raise NotPosted(UNREACHABLE, permanent=False, mends=mends) from None
    except (TimeoutError, SlackClientError, aiohttp.ClientError, OSError, AttributeError) as error:
        # slack_sdk takes a 200 with plain text, as a proxy gives, for a dictionary
        raise Ambiguous(f"no answer from Slack ({type(error).__name__})") from None


def meaning_of(error: SlackApiError, mends: Mapping[str, str]) -> NotPosted | Ambiguous:
    """What an `ok: false`, or a status that is not 200, says about the message."""
    response = error.response
    if not isinstance(response, AsyncSlackResponse) or not isinstance(response.data, dict):
        return Ambiguous("Slack's answer was not readable")
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return NotPosted("ratelimited", permanent=False, retry_after=seconds_of(response.headers.get("Retry-After")))
    name = response.get("error") or f"HTTP {status}"
    is_unreadable = "error" not in response.data and status < HTTPStatus.BAD_REQUEST
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or name in AMBIGUOUS_ERRORS or is_unreadable:
        return Ambiguous(f"no clear answer from Slack (HTTP {status}, {name})")
    for text in (response.get("response_metadata") or {}).get("messages") or []:
        log.warning("Slack said of %s: %s", name, text)
    return NotPosted(name, permanent=name in mends, mends=mends)


def seconds_of(retry_after: str | None) -> float:
    """A `Retry-After` header; half a minute where it is missing or nonsense.

    >>> seconds_of("7"), seconds_of(None), seconds_of("soon"), seconds_of("inf")
    (7.0, 30.0, 30.0, 30.0)
    """
    try:
        seconds = float(retry_after or USUAL_RETRY_SECONDS)
    except ValueError:
        return USUAL_RETRY_SECONDS
    return seconds if 0 <= seconds <= LONGEST_RETRY_SECONDS else USUAL_RETRY_SECONDS
