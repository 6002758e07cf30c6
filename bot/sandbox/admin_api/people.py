"""What the endpoints about people answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from bot.sandbox.admin_api.answers import bad_request, to_json
from bot.sandbox.admin_api.parameters import gather, read_limit, single

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.sandbox.admin_api.pages import PageTokens
    from bot.sandbox.organization import Row

Pairs: TypeAlias = "Sequence[tuple[str, str]]"

ENDPOINT = "usage_report/claude_code"
DAY_LENGTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeCodeRequest:
    """The Claude Code report's parameters, checked."""

    day: date
    limit: int
    page: str | None


def read_claude_code(pairs: Pairs) -> ClaudeCodeRequest:
    """The report's parameters, or the 400 they deserve."""
    values = gather(pairs, allowed={"starting_at", "limit", "page"})
    start = single(values, "starting_at")
    if start is None:
        raise bad_request("starting_at: Field required")
    return ClaudeCodeRequest(
        day=read_day(start),
        limit=read_limit(single(values, "limit"), default=20, most=1000),
        page=single(values, "page"),
    )


def read_day(text: str) -> date:
    """A day as YYYY-MM-DD and in no other form."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or len(text) != DAY_LENGTH:
        raise bad_request("starting_at: Input should be a date in YYYY-MM-DD format")
    return day


def claude_code_page(
    records: Sequence[Row], pairs: Pairs, request: ClaudeCodeRequest, *, tokens: PageTokens[int], now: datetime
) -> bytes:
    """A page of one day's records; a token stands for the number of the record its page starts with."""
    query = (("endpoint", ENDPOINT), *sorted(pair for pair in pairs if pair[0] != "page"))
    first = 0 if request.page is None else tokens.redeem(request.page, query, now=now)
    end = first + request.limit
    token = None
    if end < len(records):
        token = tokens.issue(query, starts_at=end, parent=request.page, now=now)
    return to_json({"data": list(records[first:end]), "has_more": token is not None, "next_page": token})
