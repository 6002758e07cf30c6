"""Page tokens: each belongs to its query, for a while, and to one way through its pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeAlias, TypeVar

from bot.sandbox.admin_api.answers import Refused, bad_request

Rest = TypeVar("Rest")

TOKEN_LIFETIME = timedelta(hours=1)
"""How long a token may be kept."""

Query: TypeAlias = tuple[tuple[str, str], ...]
"""An endpoint's parameters but for the page, sorted."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Rest]):
    """What a token stands for: its query, where the page starts, and the token that led to it."""

    query: Query
    starts_at: Rest
    parent: str | None
    expires_at: datetime


class PageTokens(Generic[Rest]):
    """All tokens given out. One that is too old gets the status `expired`."""

    def __init__(self, *, expired: int = 400) -> None:
        self._pages: dict[str, Page[Rest]] = {}
        self._issued = 0
        self._expired = expired

    def issue(self, query: Query, *, starts_at: Rest, parent: str | None, now: datetime) -> str:
        """A new token for the rest of a query."""
        self._issued += 1
        token = "page_" + hashlib.sha256(f"{self._issued} {query}".encode()).hexdigest()[:40]
        self._pages[token] = Page(query, starts_at, parent, now + TOKEN_LIFETIME)
        return token

    def redeem(self, token: str, query: Query, *, now: datetime) -> Rest:
        """Where the token's page starts.

        The page may be asked for again, as after a lost answer, until the one after it was asked for: from then on
        its token is spent. A token that is spent, of another query or unknown is a 400.
        """
        page = self._pages.get(token)
        if page is None:
            raise bad_request("page: Invalid page token")
        if page.query != query:
            raise bad_request("page: Page token belongs to a request with other parameters")
        if now >= page.expires_at:
            raise Refused(self._expired, "page: Page token has expired")
        if page.parent is not None:
            self._pages.pop(page.parent, None)
        return page.starts_at
