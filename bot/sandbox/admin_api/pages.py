"""Page tokens: each belongs to its query, for a while, and to one way through its pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.sandbox.admin_api.answers import bad_request

TOKEN_LIFETIME = timedelta(hours=1)
"""How long a token may be kept."""

Query: TypeAlias = tuple[tuple[str, str], ...]
"""An endpoint's parameters but for the page, sorted."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a token stands for: its query, where the page starts, and the token that led to it."""

    query: Query
    starts_at: datetime
    parent: str | None
    expires_at: datetime


class PageTokens:
    """All tokens given out."""

    def __init__(self) -> None:
        self._pages: dict[str, Page] = {}
        self._issued = 0

    def issue(self, query: Query, *, starts_at: datetime, parent: str | None, now: datetime) -> str:
        """A new token for the rest of a query."""
        self._issued += 1
        token = "page_" + hashlib.sha256(f"{self._issued} {query} {starts_at}".encode()).hexdigest()[:40]
        self._pages[token] = Page(query, starts_at, parent, now + TOKEN_LIFETIME)
        return token

    def redeem(self, token: str, query: Query, *, now: datetime) -> datetime:
        """Where the token's page starts.

        The page may be asked for again, as after a lost answer, until the one after it was asked for: from then on
        its token is spent. A token that is spent, too old, of another query or unknown is a 400.
        """
        page = self._pages.get(token)
        if page is None:
            raise bad_request("page: Invalid page token")
        if page.query != query:
            raise bad_request("page: Page token belongs to a request with other parameters")
        if now >= page.expires_at:
            raise bad_request("page: Page token has expired")
        if page.parent is not None:
            self._pages.pop(page.parent, None)
        return page.starts_at
