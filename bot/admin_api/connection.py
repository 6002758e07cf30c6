"""One request to the Admin API: the key in use, retries, and errors that say who must act.

The only place that knows httpx.
"""

from __future__ import annotations

import asyncio
import logging
import re
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from urllib.parse import urlencode

import httpx

from bot.admin_api.answers import Exchange, all_refused, answer_of, given_up
from bot.admin_api.errors import BadRequest, KeyRefused, quoted
from bot.admin_api.parse_lists import parse_organization
from bot.admin_api.patience import Failure, http_date

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime, timedelta

    from bot.admin_api.answers import Answer, Credential
    from bot.admin_api.patience import Patience
    from bot.model import Organization

T = TypeVar("T")

log = logging.getLogger(__name__)

API_VERSION = "2023-06-01"
BETAS = {"/analytics/cost": "analytics-usage-cost-2026-08-24"}
"""Endpoints that answer only to those who name their beta."""

TIMEOUT = httpx.Timeout(10.0, read=60.0)
"""Of the parts of a request; `Patience.longest_attempt` bounds the whole, however slowly it drips."""

SENDABLE = re.compile(r"[\x21-\x7e]+")

Parameters: TypeAlias = tuple[tuple[str, str], ...]


class Connection:
    """Gets endpoints of one organisation with the first key that is accepted."""

    def __init__(
        self,
        *,
        credentials: Sequence[Credential],
        base_url: str,
        organization_path: str,
        patience: Patience,
        sleep: Callable[[float], Awaitable[None]],
        now: Callable[[], datetime],
        random: Callable[[], float],
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        if not credentials:
            raise ValueError("an Admin API without a key answers nothing")
        self._credentials = tuple(credentials)
        self._in_use = 0
        self._base_url = base_url
        self._organization_path = organization_path
        self._patience = patience
        self._sleep = sleep
        self._now = now
        self._random = random
        self._client = client(transport)
        self._organization: Organization | None = None
        self._belonging: set[Credential] = set()
        self.server_clock_skew: timedelta | None = None
        self.retrying: str | None = None

    @property
    def credential(self) -> Credential:
        """The key in use."""
        return self._credentials[self._in_use]

    async def close(self) -> None:
        """Ends the connections."""
        await self._client.aclose()

    async def get(self, path: str, parameters: Parameters = ()) -> Answer:
        """The answer to a GET of `path` below the organisation's."""
        return await self._with_any_key(lambda credential: self._get_as_member(credential, path, parameters))

    async def identify(self) -> Organization:
        """Whom the key in use belongs to. From then on no key of another organisation is used."""
        return await self._with_any_key(self._identify)

    async def _with_any_key(self, request: Callable[[Credential], Awaitable[T]]) -> T:
        refusals: list[KeyRefused] = []
        for _ in self._credentials:
            credential = self.credential
            try:
                return await request(credential)
            except KeyRefused as refusal:
                refusals.append(refusal)
                self._turn_away_from(credential)
        raise all_refused(refusals)

    def _turn_away_from(self, refused: Credential) -> None:
        if self.credential is not refused:  # another request has already turned
            return
        self._in_use = (self._in_use + 1) % len(self._credentials)
        if len(self._credentials) > 1:
            log.warning("%s was refused; %s is used from now on", refused.setting, self.credential.setting)

    async def _get_as_member(self, credential: Credential, path: str, parameters: Parameters) -> Answer:
        """A key that takes over in the middle must not bring another organisation's bill."""
        if self._organization is not None and credential not in self._belonging:
            await self._identify(credential)
        return await self._get_patiently(credential, path, parameters)

    async def _identify(self, credential: Credential) -> Organization:
        answer = await self._get_patiently(credential, "/me", ())
        organization = await answer.parsed(parse_organization)
        if self._organization is not None and organization.id != self._organization.id:
            raise KeyRefused(
                f"{credential.setting} belongs to another organisation ({quoted(organization.name)})",
                settings=[credential.setting],
                endpoint=answer.endpoint,
                request_id=answer.request_id,
            )
        self._organization = organization
        self._belonging.add(credential)
        return organization

    async def _get_patiently(self, credential: Credential, path: str, parameters: Parameters) -> Answer:
        try:
            return await self._get_repeatedly(credential, path, parameters)
        finally:
            self.retrying = None

    async def _get_repeatedly(self, credential: Credential, path: str, parameters: Parameters) -> Answer:
        waited = 0.0
        attempt = 1
        while isinstance(result := await self._attempt(credential, path, parameters), Failure):
            wait = self._patience.wait(result, attempt=attempt, waited=waited, now=self._now(), chance=self._random())
            if wait is None:
                raise given_up(result, attempts=attempt, endpoint=self._endpoint(path))
            self.retrying = f"{self._endpoint(path)}: {result.what}; trying again"
            log.warning("%s in %.0f s", self.retrying, wait)
            await self._sleep(wait)
            waited += wait
            attempt += 1
        return result

    async def _attempt(self, credential: Credential, path: str, parameters: Parameters) -> Answer | Failure:
        endpoint = self._endpoint(path)
        try:
            async with asyncio.timeout(self._patience.longest_attempt):
                response = await self._send(credential, path, parameters)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise BadRequest("ANTHROPIC_BASE_URL is no address; it starts with https://", endpoint=endpoint) from None
        except (httpx.RequestError, TimeoutError) as error:
            return Failure(what=lost(error))
        self._note_clock(response)
        return answer_of(
            Exchange(
                endpoint=endpoint,
                credential=credential,
                status=response.status_code,
                headers=response.headers,
                body=response.content,
            )
        )

    async def _send(self, credential: Credential, path: str, parameters: Parameters) -> httpx.Response:
        if not SENDABLE.fullmatch(credential.key):  # httpx would quote it in its error
            raise KeyRefused(
                f"{credential.setting} has blanks or characters in it that no key has; copy it again",
                settings=[credential.setting],
                endpoint=self._endpoint(path),
            )
        beta = {"anthropic-beta": BETAS[path]} if path in BETAS else {}
        query = f"?{urlencode(parameters)}" if parameters else ""  # httpx would take the address apart once more
        return await self._client.get(
            f"{self._base_url}{self._organization_path}{path}{query}", headers={"x-api-key": credential.key, **beta}
        )

    def _endpoint(self, path: str) -> str:
        return f"GET {self._organization_path}{path}"

    def _note_clock(self, response: httpx.Response) -> None:
        server_time = http_date(response.headers.get("date", ""))
        if server_time is not None:
            self.server_clock_skew = self._now() - server_time


def client(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """An HTTP client that follows no redirect with the key in its hands, and reaches this machine past any proxy."""
    for chatty in ("httpx", "httpcore"):  # they log every URL, and at DEBUG more than that
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return httpx.AsyncClient(
        headers={"anthropic-version": API_VERSION, "user-agent": user_agent()},
        timeout=TIMEOUT,
        transport=transport,
        verify=certificates() if transport is None else True,
        mounts={"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None},
    )


@cache
def certificates() -> ssl.SSLContext:
    """What servers are checked against: read once for all organisations, which takes 20 ms and 1 MB each time."""
    return httpx.create_ssl_context()


@cache
def user_agent() -> str:
    """Who asks; the installed package's description is read for its version, which takes milliseconds."""
    return f"claudecost/{version('claudecost')}"


def lost(error: Exception) -> str:
    """Why no answer came, in words; httpx's own texts are often empty."""
    reasons: dict[type[Exception], str] = {
        httpx.ConnectError: "cannot be reached; check the network and ANTHROPIC_BASE_URL",
        httpx.TimeoutException: "did not answer in time",
        TimeoutError: "did not answer in time",
    }
    reason = next((words for kind, words in reasons.items() if isinstance(error, kind)), "broke off its answer")
    return f"Anthropic {reason} ({type(error).__name__}{'' if not str(error) else ': ' + quoted(str(error))})"
