"""What an HTTP answer means: usable, worth repeating, or an error that says who must act."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from bot.admin_api.errors import (
    AdminApiError,
    BadRequest,
    CursorExpired,
    KeyRefused,
    Nonsense,
    NotAllowed,
    NotFound,
    Unavailable,
    quoted,
)
from bot.admin_api.parse_json import NotAsDocumented
from bot.admin_api.parse_lists import parse_error
from bot.admin_api.patience import Failure, is_worth_repeating

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

NEW_KEY = "an organisation admin creates an Admin key (sk-ant-admin01-…) in the Claude Console under Admin keys"


@dataclass(frozen=True, slots=True)
class Credential:
    """A key and the setting it comes from; only the setting is ever shown."""

    setting: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request's outcome as it came: `endpoint` is the method and path, `headers` have names in any case."""

    endpoint: str
    credential: Credential
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 and where it came from."""

    endpoint: str
    request_id: str | None
    body: bytes = field(repr=False)

    async def parsed(self, parse: Callable[[bytes], T]) -> T:
        """What `parse` reads in the body, in a thread so that Slack is answered meanwhile; `Nonsense` if it cannot."""
        try:
            return await asyncio.to_thread(parse, self.body)
        except NotAsDocumented as error:
            raise self.nonsense(str(error), mend=error.mend) from None

    def nonsense(self, what: str, *, mend: str = NotAsDocumented.mend) -> Nonsense:
        """The error for an answer that would make a wrong bill."""
        return Nonsense(
            f"the answer cannot be trusted: {quoted(what)}; nothing of it was stored, {mend}",
            endpoint=self.endpoint,
            request_id=self.request_id,
        )


def answer_of(exchange: Exchange) -> Answer | Failure:
    """The answer, or a failure that is worth repeating; raises the `AdminApiError` of every other status."""
    request_id = exchange.headers.get("request-id")
    if exchange.status == HTTPStatus.OK:
        return Answer(exchange.endpoint, request_id, exchange.body)
    said, said_id = parse_error(exchange.body)
    message = quoted(said.replace(exchange.credential.key, "…"))
    if is_worth_repeating(exchange.status):
        return failure_of(exchange, message, request_id or said_id)
    raise refusal_of(exchange, message, request_id or said_id)


def failure_of(exchange: Exchange, message: str, request_id: str | None) -> Failure:
    """An answer worth repeating, with what it says about when."""
    return Failure(
        what=f"Anthropic answers {exchange.status}{in_brackets(message)}",
        status=exchange.status,
        request_id=request_id,
        retry_after=exchange.headers.get("retry-after"),
        reset=exchange.headers.get("anthropic-ratelimit-requests-reset"),
    )


def refusal_of(exchange: Exchange, message: str, request_id: str | None) -> AdminApiError:
    """The error a 3xx or 4xx stands for."""
    endpoint, said = exchange.endpoint, in_brackets(message)
    setting = exchange.credential.setting
    match exchange.status:
        case HTTPStatus.UNAUTHORIZED:
            why = why_refused(exchange.credential, said)
            return KeyRefused(why, settings=[setting], endpoint=endpoint, request_id=request_id)
        case HTTPStatus.FORBIDDEN:
            sentence = f"{setting} may not read this{said}; {NEW_KEY}"
            return NotAllowed(sentence, endpoint=endpoint, request_id=request_id)
        case HTTPStatus.NOT_FOUND:
            sentence = f"nothing answers there{said}; if it should, check ANTHROPIC_BASE_URL and ANTHROPIC_ORG_PATH"
            return NotFound(sentence, endpoint=endpoint, request_id=request_id)
        case HTTPStatus.GONE:
            sentence = f"the page token has expired{said}; the next sync starts afresh"
            return CursorExpired(sentence, endpoint=endpoint, request_id=request_id)
        case status:
            sentence = f"the request was refused with {status}{said}; check ANTHROPIC_BASE_URL and ANTHROPIC_ORG_PATH"
            return BadRequest(sentence, endpoint=endpoint, request_id=request_id)


def why_refused(credential: Credential, said: str) -> str:
    """What a 401 says about a key, naming the commonest mistake of the first day."""
    if credential.key.startswith("sk-ant-api"):
        return f"{credential.setting} is a key for sending messages (sk-ant-api…), which cannot read costs"
    return f"{credential.setting} was refused{said}"


def all_refused(refusals: Sequence[KeyRefused]) -> KeyRefused:
    """The refusals of every key as one, with the mend."""
    last = refusals[-1]
    return KeyRefused(
        f"{'; '.join(refusal.sentence for refusal in refusals)}; {NEW_KEY}",
        settings=[setting for refusal in refusals for setting in refusal.settings],
        endpoint=last.endpoint,
        request_id=last.request_id,
    )


def given_up(failure: Failure, *, attempts: int, endpoint: str) -> Unavailable:
    """The error for a request that failed for the last time."""
    times = "once" if attempts == 1 else f"{attempts} times"
    asked = f" (Retry-After: {quoted(failure.retry_after)})" if failure.retry_after else ""
    return Unavailable(
        f"{failure.what}{asked}, tried {times}; the next sync tries again",
        endpoint=endpoint,
        request_id=failure.request_id,
    )


def in_brackets(message: str) -> str:
    """Somebody else's words as an aside, if they said any."""
    return f" ({message})" if message else ""
