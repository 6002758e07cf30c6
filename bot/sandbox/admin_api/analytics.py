"""`analytics/cost` as the reference describes it: rows in pages that end anywhere, no row for what cost nothing.

Sources: the beta's reference (parameters, limits, null unless grouped by) and its page tokens, which answer 410 once
they are too old. A query's rows are those of its first page's moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from bot.sandbox.admin_api.answers import bad_request, to_json
from bot.sandbox.admin_api.pages import PageTokens
from bot.sandbox.admin_api.parameters import (
    DAY,
    HOUR,
    MINUTE,
    ReportRules,
    Width,
    gather,
    read_grouping,
    read_limit,
    read_time,
    single,
    snapped,
)
from bot.sandbox.analytics import DIMENSIONS, Asked, bucket_rows
from bot.sandbox.entries import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.sandbox.analytics import KeyedOrganization, Row

Pairs: TypeAlias = "Sequence[tuple[str, str]]"
Rest: TypeAlias = "tuple[list[Row], datetime]"
"""The rows still to come, and up to when they were known."""

ENDPOINT = "analytics/cost"
BETA = "analytics-usage-cost-2026-08-24"
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
MEMORY = timedelta(days=365)
LONGEST_RANGE = timedelta(days=31)
GONE = 410

SINGLE = frozenset(
    {"starting_at", "ending_at", "time_bucket_width", "order_by", "order", "limit", "page", "exclude_deleted_users"}
)
RULES = ReportRules(
    widths={"1d": DAY, "1h": HOUR, "1m": MINUTE},
    groupings=frozenset(DIMENSIONS),
    filters={
        "actor_ids[]": "actor",
        "actor_types[]": "actor_type",
        "agent_ids[]": "agent_id",
        "api_key_ids[]": "api_key_id",
        "claude_tag_categories[]": "claude_tag_category",
        "claude_tag_user_ids[]": "claude_tag_user_id",
        "context_windows[]": "context_window",
        "deployment_ids[]": "deployment_id",
        "environment_ids[]": "environment_id",
        "inference_geos[]": "inference_geo",
        "models[]": "model",
        "products[]": "product",
        "rbac_group_ids[]": "rbac_group_id",
        "service_tiers[]": "service_tier",
        "session_ids[]": "session_id",
        "slack_channel_ids[]": "slack_channel_id",
        "speeds[]": "speed",
        "user_profile_ids[]": "user_profile_id",
        "workspace_ids[]": "workspace_id",
    },
)
ORDERS = {"order_by": frozenset({"time", "amount"}), "order": frozenset({"asc", "desc"})}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsRequest:
    """The parameters, checked. `width` None means one bucket for the whole range."""

    since: datetime
    until: datetime
    width: Width | None
    by_time: bool
    descending: bool
    limit: int
    page: str | None
    asked: Asked


class Analytics:
    """The endpoint over one organisation."""

    def __init__(self, organization: KeyedOrganization) -> None:
        self.organization = organization
        self._tokens: PageTokens[Rest] = PageTokens(expired=GONE)

    def cost(self, pairs: Pairs, now: datetime) -> bytes:
        """A page of the bill, by what was asked for."""
        request = read_request(pairs, now)
        query = (("endpoint", ENDPOINT), *sorted(pair for pair in pairs if pair[0] != "page"))
        if request.page is None:
            rows, refreshed_at = self._rows(request, now), self.organization.refreshed_at(now)
        else:
            rows, refreshed_at = self._tokens.redeem(request.page, query, now=now)
        token = None
        if rest := rows[request.limit :]:
            token = self._tokens.issue(query, starts_at=(rest, refreshed_at), parent=request.page, now=now)
        return to_json(
            {
                "data": rows[: request.limit],
                "has_more": token is not None,
                "next_page": token,
                "data_refreshed_at": rfc3339(refreshed_at),
            }
        )

    def _rows(self, request: AnalyticsRequest, now: datetime) -> list[Row]:
        known = min(request.until, self.organization.refreshed_at(now))
        rows = [row for bucket in buckets(request, known) for row in self._bucket(*bucket, known, request.asked)]
        rows.sort(key=start_of if request.by_time else amount_of, reverse=request.descending)
        return rows

    def _bucket(self, since: datetime, until: datetime, known: datetime, asked: Asked) -> Iterable[Row]:
        if until > known:
            return self._bucket_rows(since, until, known, asked)
        corrections = self.organization.corrections(since=since, until=until)
        question = (ENDPOINT, since, until, corrections, asked.groupings, *sorted(asked.filters.items()))
        answers = self.organization.answers
        if question not in answers:
            answers[question] = list(self._bucket_rows(since, until, known, asked))
        rows: list[Row] = answers[question]
        return rows

    def _bucket_rows(self, since: datetime, until: datetime, known: datetime, asked: Asked) -> Iterator[Row]:
        lines = [
            line
            for start, end in days_between(since, min(until, known))
            for line in self.organization.keyed_lines(since=start, until=end)
        ]
        span = {"starting_at": rfc3339(since), "ending_at": rfc3339(until)}
        for group, cents, list_cents in bucket_rows(lines, asked):
            amounts = {"amount": written(cents), "list_amount": written(list_cents)}
            yield {**span, "group": group, "cost": {**amounts, "currency": "USD", "requests": None}}


def start_of(row: Row) -> str:
    """When a row's bucket starts."""
    return str(row["starting_at"])


def amount_of(row: Row) -> Decimal:
    """What a row comes to."""
    return Decimal(row["cost"]["amount"])


def buckets(request: AnalyticsRequest, known: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The request's buckets that have begun to be known."""
    length = request.until - request.since if request.width is None else request.width.length
    since = request.since
    while since < min(request.until, known):
        yield since, since + length
        since += length


def days_between(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """A range cut at midnight."""
    while since < until:
        midnight = datetime.combine(since.date() + timedelta(days=1), time(), UTC)
        yield since, min(midnight, until)
        since = midnight


def read_request(pairs: Pairs, now: datetime) -> AnalyticsRequest:
    """The parameters, or the 400 they deserve."""
    values = gather(pairs, allowed=SINGLE | {"group_by[]", *RULES.filters})
    width = read_bucket_width(single(values, "time_bucket_width"))
    since, until = read_bounds(values, width, now)
    return AnalyticsRequest(
        since=since,
        until=until,
        width=width,
        by_time=read_order(values, "order_by", "amount") == "time",
        descending=read_order(values, "order", "desc") == "desc",
        limit=read_limit(single(values, "limit"), default=20, most=1000),
        page=single(values, "page"),
        asked=Asked(
            groupings=read_grouping(values.get("group_by[]", []), RULES),
            filters={RULES.filters[name]: frozenset(values[name]) for name in RULES.filters if name in values},
        ),
    )


def read_bucket_width(text: str | None) -> Width | None:
    """The width of a bucket; none makes one bucket of the range."""
    if text is not None and text not in RULES.widths:
        raise bad_request(f"time_bucket_width: Input should be {' or '.join(map(repr, RULES.widths))}")
    return None if text is None else RULES.widths[text]


def read_bounds(values: Mapping[str, list[str]], width: Width | None, now: datetime) -> tuple[datetime, datetime]:
    """Start and end: not before 2026, not more than 365 days ago, not more than 31 days apart."""
    start, end = single(values, "starting_at"), single(values, "ending_at")
    if start is None:
        raise bad_request("starting_at: Field required")
    since = snapped(read_time("starting_at", start), width or HOUR)
    until = min(now, since + LONGEST_RANGE) if end is None else read_time("ending_at", end)
    if since < max(FIRST_DAY, now - MEMORY):
        raise bad_request("starting_at: Must be within the last 365 days and not before 2026-01-01T00:00:00Z")
    if until <= since:
        raise bad_request("ending_at: Must be after starting_at")
    if until - since > LONGEST_RANGE:
        raise bad_request("ending_at: Must be at most 31 days after starting_at")
    return since, until


def read_order(values: Mapping[str, list[str]], name: str, default: str) -> str:
    """What rows are ordered by, or which way."""
    text = single(values, name) or default
    if text not in ORDERS[name]:
        raise bad_request(f"{name}: Input should be {' or '.join(map(repr, sorted(ORDERS[name])))}")
    return text


def written(cents: Decimal) -> str:
    """Cents without an exponent."""
    text = format(cents, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
