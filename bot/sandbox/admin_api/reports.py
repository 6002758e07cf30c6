"""What the endpoints answer: an organisation's reports and lists as JSON pages, without HTTP."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from bot.sandbox.admin_api.analytics import ENDPOINT, Analytics
from bot.sandbox.admin_api.answers import bad_request, to_json
from bot.sandbox.admin_api.pages import PageTokens
from bot.sandbox.admin_api.parameters import (
    COST_RULES,
    USAGE_RULES,
    ListRequest,
    ReportRequest,
    read_flag,
    read_list,
    read_report,
    snapped,
)
from bot.sandbox.admin_api.people import claude_code_page, read_claude_code
from bot.sandbox.analytics import KeyedOrganization
from bot.sandbox.entries import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from bot.sandbox.admin_api.variants import Variant
    from bot.sandbox.entries import ApiKeyEntry, WorkspaceEntry
    from bot.sandbox.organization import Row
    from bot.sandbox.people import UserEntry

Pairs: TypeAlias = "Sequence[tuple[str, str]]"

Results: TypeAlias = "list[Row] | bytes"
"""A bucket's rows, or already the JSON of their array."""


class ReportedOrganization(Protocol):
    """What the server needs of an organisation."""

    id: str
    name: str
    workspaces: list[WorkspaceEntry]
    api_keys: list[ApiKeyEntry]
    users: list[UserEntry]

    def claude_code_results(self, day: date, *, now: datetime) -> list[Row]:
        """A day's records of the Claude Code report."""
        ...

    def cost_results(self, day: date, *, grouping: frozenset[str], now: datetime) -> Results:
        """A day's rows of the cost report."""
        ...

    def usage_results(
        self,
        *,
        since: datetime,
        until: datetime,
        grouping: frozenset[str],
        filters: Mapping[str, frozenset[str]],
        now: datetime,
    ) -> Results:
        """A bucket's rows of the usage report."""
        ...


class Reports:
    """The endpoints over one organisation, in one variant."""

    def __init__(self, organization: ReportedOrganization, variant: Variant) -> None:
        self.organization = organization
        self.variant = variant
        self._tokens: PageTokens[datetime] = PageTokens()
        self._record_tokens: PageTokens[int] = PageTokens()
        self._endpoints: dict[str, Callable[[Pairs, datetime], bytes]] = {
            "me": self.me,
            "workspaces": self.workspaces,
            "api_keys": self.api_keys,
            "cost_report": self.cost_report,
            "usage_report/messages": self.usage_report,
            "usage_report/claude_code": self.claude_code,
            "users": self.users,
        }
        self._keyed = organization if isinstance(organization, KeyedOrganization) else None
        if self._keyed is not None:
            self._endpoints[ENDPOINT] = Analytics(self._keyed).cost

    def endpoint(self, name: str) -> Callable[[Pairs, datetime], bytes] | None:
        """What answers a path below the organisation's; None for a path that is not there."""
        return None if name in self.variant.missing else self._endpoints.get(name)

    def me(self, pairs: Pairs, now: datetime) -> bytes:
        """Whom the key belongs to."""
        del now
        if pairs:
            raise bad_request(f"{pairs[0][0]}: Extra inputs are not permitted")
        return to_json({"id": self.organization.id, "type": "organization", "name": self.organization.name})

    def workspaces(self, pairs: Pairs, now: datetime) -> bytes:
        """The active workspaces; the archived ones and the default one only when asked for."""
        del now
        request = read_list(pairs, options=("include_archived", "include_default"))
        archived = read_flag(request.options, "include_archived") and self.variant.shape.lists_archived
        default = read_flag(request.options, "include_default")
        entries = self.organization.workspaces
        found = [e for e in entries if (archived or e.archived_at is None) and (default or not e.is_default)]
        return list_page([entry.as_json() for entry in found], request)

    def api_keys(self, pairs: Pairs, now: datetime) -> bytes:
        """All API keys, or those of a status or workspace."""
        del now
        request = read_list(pairs, options=("status", "workspace_id", "created_by_user_id"))
        items = [key.as_json() for key in self.organization.api_keys]
        for name in ("status", "workspace_id"):
            items = [item for item in items if item[name] == request.options.get(name, item[name])]
        return list_page(items, request)

    def users(self, pairs: Pairs, now: datetime) -> bytes:
        """The members, or the one with an e-mail address."""
        del now
        request = read_list(pairs, options=("email",))
        email = request.options.get("email")
        items = [user.as_json() for user in self.organization.users if email in {None, user.email}]
        return list_page(items, request)

    def claude_code(self, pairs: Pairs, now: datetime) -> bytes:
        """What Claude Code's users did on one day."""
        request = read_claude_code(pairs)
        records = self.organization.claude_code_results(request.day, now=now)
        return claude_code_page(records, pairs, request, tokens=self._record_tokens, now=now)

    def cost_report(self, pairs: Pairs, now: datetime) -> bytes:
        """The bill in daily buckets."""
        request = read_report(pairs, COST_RULES)

        def results(since: datetime, until: datetime) -> Results:
            del until
            return self.organization.cost_results(since.date(), grouping=request.grouping, now=now)

        return self._report_page(("cost_report", pairs), request, results, now)

    def usage_report(self, pairs: Pairs, now: datetime) -> bytes:
        """Tokens in buckets of a day, an hour or a minute."""
        request = read_report(pairs, USAGE_RULES)
        shape = self.variant.shape

        def results(since: datetime, until: datetime) -> Results:
            rows = self.organization.usage_results(
                since=since, until=until, grouping=shape.grouping(request.grouping), filters=request.filters, now=now
            )
            return rows if isinstance(rows, bytes) else [shape.usage_row(row) for row in rows]

        return self._report_page(("usage_report/messages", pairs), request, results, now)

    def _report_page(
        self,
        asked: tuple[str, Pairs],
        request: ReportRequest,
        results: Callable[[datetime, datetime], Results],
        now: datetime,
    ) -> bytes:
        endpoint, pairs = asked
        query = (("endpoint", endpoint), *sorted(pair for pair in pairs if pair[0] != "page"))
        page = request.page
        start = request.since if page is None else self._tokens.redeem(page, query, now=now)
        most = None if self.variant.shape.single_page else request.limit
        starts = list(islice(bucket_starts(request, start, now), None if most is None else most + 1))
        on_page = starts[:most]
        buckets = [self._bucket((endpoint, request), since, results, now) for since in on_page]
        token = None
        if len(starts) > len(on_page):
            token = self._tokens.issue(query, starts_at=starts[len(on_page)], parent=page, now=now)
        return report_body(buckets, token)

    def _bucket(
        self,
        asked: tuple[str, ReportRequest],
        since: datetime,
        results: Callable[[datetime, datetime], Results],
        now: datetime,
    ) -> bytes:
        endpoint, request = asked
        until = since + request.width.length
        if self._keyed is None:
            return bucket(since, until, results)
        is_over = until <= self._keyed.refreshed_at(now)
        answers = self._keyed.answers if is_over else self._keyed.answers_at(now)
        period = (since, until, self._keyed.corrections(since=since, until=until))
        question = (endpoint, self.variant.shape, period, request.grouping, *sorted(request.filters.items()))
        if question not in answers:
            answers[question] = bucket(since, until, results)
        return bytes(answers[question])


def bucket_starts(request: ReportRequest, start: datetime, now: datetime) -> Iterator[datetime]:
    """The buckets from `start` on that have begun and that end by the request's end."""
    length = request.width.length
    last = snapped(now, request.width)
    if request.until is not None:
        last = min(last, request.until - length)
    while start <= last:
        yield start
        start += length


def bucket(since: datetime, until: datetime, results: Callable[[datetime, datetime], Results]) -> bytes:
    """One bucket; without rows it is still there, with none in it."""
    rows = results(since, until)
    head = f'{{"starting_at":"{rfc3339(since)}","ending_at":"{rfc3339(until)}","results":'.encode()
    return head + (rows if isinstance(rows, bytes) else to_json(rows)) + b"}"


def report_body(buckets: Sequence[bytes], token: str | None) -> bytes:
    """A page of a report."""
    tail = to_json({"has_more": token is not None, "next_page": token})
    return b'{"data":[' + b",".join(buckets) + b"]," + tail[1:]


def list_page(items: list[dict[str, Any]], request: ListRequest) -> bytes:
    """A page of a list, after or before a given id."""
    ids = [item["id"] for item in items]
    page, has_more = items[: request.limit], len(items) > request.limit
    if request.after_id is not None:
        rest = items[position(ids, request.after_id) + 1 :]
        page, has_more = rest[: request.limit], len(rest) > request.limit
    elif request.before_id is not None:
        rest = items[: position(ids, request.before_id)]
        page, has_more = rest[-request.limit :], len(rest) > request.limit
    first_id, last_id = (page[0]["id"], page[-1]["id"]) if page else (None, None)
    return to_json({"data": page, "has_more": has_more, "first_id": first_id, "last_id": last_id})


def position(ids: Sequence[str], cursor: str) -> int:
    """Where a cursor stands in a list; an unknown one is refused."""
    if cursor not in ids:
        raise bad_request(f"No object with id {cursor}")
    return ids.index(cursor)
