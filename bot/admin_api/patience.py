"""PURE: how long to wait before asking again, and when to stop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST_BACKOFF = 10.0
TOO_MANY_REQUESTS = 429
FIRST_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A request that is worth repeating. `status` is None when no answer came; `what` says it to people."""

    what: str
    status: int | None = None
    request_id: str | None = None
    retry_after: str | None = None
    reset: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often one request is made at most; seconds waited between its attempts altogether, and for one with its body.

    The waits themselves: `Retry-After` if given, else the rate limit's reset if it lies ahead (it is often stale), else
    10–20 s, doubled with every attempt.
    """

    attempts: int = 5
    longest_wait: float = 600.0
    longest_attempt: float = 120.0

    def wait(self, failure: Failure, *, attempt: int, waited: float, now: datetime, chance: float) -> float | None:
        """Seconds until the next attempt, or None to give up after `attempt` of them; `chance` is 0 … 1."""
        if attempt >= self.attempts:
            return None
        asked = wait_asked_for(failure, now=now)
        seconds = backoff(attempt, chance=chance) if asked is None else asked
        return seconds if waited + seconds <= self.longest_wait else None


def wait_asked_for(failure: Failure, *, now: datetime) -> float | None:
    """The seconds the server asks for, None when it does not say or says something stale."""
    if failure.retry_after is not None:
        seconds = seconds_of(failure.retry_after, now=now)
        if seconds is not None:
            return seconds
    if failure.status != TOO_MANY_REQUESTS or failure.reset is None:
        return None
    return seconds_until(failure.reset, now=now)


def seconds_of(retry_after: str, *, now: datetime) -> float | None:
    """A `Retry-After` header, in seconds or as an HTTP date.

    >>> seconds_of("17", now=datetime(2026, 11, 21, tzinfo=UTC))
    17.0
    >>> seconds_of("Sat, 21 Nov 2026 00:00:30 GMT", now=datetime(2026, 11, 21, tzinfo=UTC))
    30.0
    """
    try:
        seconds = float(retry_after)
    except ValueError:
        at = http_date(retry_after)
        return max(0.0, (at - now).total_seconds()) if at else None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def seconds_until(reset: str, *, now: datetime) -> float | None:
    """The seconds until an RFC 3339 instant, None when it has passed or is no instant."""
    try:
        at = datetime.fromisoformat(reset)
    except ValueError:
        return None
    ahead = at.replace(tzinfo=at.tzinfo or UTC) - now
    return ahead.total_seconds() if ahead > timedelta() else None


def backoff(attempt: int, *, chance: float) -> float:
    """Seconds before attempt + 1 when nobody says how long: 10–20, then 20–40, then 40–80."""
    return math.ldexp(FIRST_BACKOFF, attempt - 1) * (1 + chance)


def http_date(text: str) -> datetime | None:
    """An HTTP date as an instant, None when it is none."""
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return at.replace(tzinfo=at.tzinfo or UTC)


def is_worth_repeating(status: int) -> bool:
    """Whether the same request may succeed later: 429 and 5xx, never another 4xx."""
    return status == TOO_MANY_REQUESTS or status >= FIRST_SERVER_ERROR
