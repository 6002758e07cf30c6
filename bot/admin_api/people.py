"""Who is who, and who used what: asked for only where `[privacy] people` is on.

Four questions: the organisation's users, usage by account, the bill by actor where it tells them, and what Claude Code
estimates of each user's use. Names
and e-mail addresses are in the answers, so that no complaint about one quotes it: complaints are logged.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial
from operator import add
from typing import TYPE_CHECKING, Any, TypeVar

from bot.admin_api.pages import Report, fetch_list
from bot.admin_api.parse import checked_counts, counts_of, known_workspace, nano_from_cents, report_page
from bot.admin_api.parse_json import (
    NotAsDocumented,
    envelope,
    opened,
    optional_text,
    required,
    required_list,
    required_text,
)
from bot.admin_api.parse_lists import ListPage
from bot.admin_api.parse_rows import RowsParser
from bot.admin_api.rows import RowReader, added_up
from bot.model import (
    NOT_A_PERSON,
    ClaudeCodeUse,
    Person,
    PersonCostLine,
    PersonCostSeries,
    PersonLine,
    PersonSeries,
    Tokens,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    from bot.admin_api.connection import Connection
    from bot.admin_api.pages import Buckets
    from bot.admin_api.parse import ReportPage
    from bot.admin_api.parse_rows import Dimensions, RowsPage
    from bot.model import Interval

Answer = TypeVar("Answer")

PERSON_DIMENSIONS = ("account_id", "workspace_id", "model", "service_tier", "context_window")
"""As many as the report groups by: service accounts, which are no people, have no room."""

BILLED_CUSTOMERS = "api"
"""The other kind of customer has a subscription, which is on another bill."""

NOT_QUOTED = "it is not as documented; nothing of it is quoted, because it names people"


ACTOR_DIMENSIONS = ("workspace_id", "model", "cost_type", "token_type", "actor")


class PeopleApi:
    """Reads about people through a connection; raises an `AdminApiError` when there is no answer to trust."""

    def __init__(self, connection: Connection, *, default_workspace_id: Callable[[], str | None]) -> None:
        self._connection = connection
        self._default_workspace_id = default_workspace_id
        self._usage = Report(connection, path="/usage_report/messages", group_by=PERSON_DIMENSIONS)

    async def fetch_people(self) -> list[Person]:
        """The organisation's present members."""
        return await fetch_list(self._connection, "/users", parse=discreet(parse_people))

    async def fetch_usage(self, interval: Interval) -> Buckets[PersonLine]:
        """The tokens of `interval` by account, each series once per day."""
        parser = PersonParser(self._default_workspace_id())
        return await self._usage.buckets(interval, discreet(parser.page))

    async def fetch_actor_cost(self, interval: Interval) -> tuple[list[PersonCostLine], datetime]:
        """The bill of `interval` (not empty, at most 365 days back) by actor, and up to when it is known."""
        parser = ActorParser(ACTOR_DIMENSIONS, PersonCostSeries, default_workspace_id=self._default_workspace_id())
        rows, refreshed_at = await RowReader(self._connection, parser).read(interval)
        return [PersonCostLine(day, series, amount) for (day, series), amount in added_up(rows).items()], refreshed_at

    async def fetch_claude_code(self, day: date) -> list[ClaudeCodeUse]:
        """What Claude Code on the API's bill was estimated at on one day, by actor and model; these can repeat."""
        return await fetch_list(
            self._connection,
            "/usage_report/claude_code",
            parse=discreet(partial(parse_claude_code, day=day)),
            parameters=(("starting_at", day.isoformat()),),
            cursor="page",
        )


def discreet(parse: Callable[..., Answer]) -> Callable[..., Answer]:
    """`parse`, with a complaint that quotes nothing of what it read."""

    def parse_quietly(*arguments: Any) -> Answer:
        try:
            return parse(*arguments)
        except NotAsDocumented:
            raise NotAsDocumented(NOT_QUOTED) from None

    return parse_quietly


def parse_people(body: bytes) -> ListPage[Person]:
    """A page of users."""
    data, next_page = envelope(body, token="last_id")  # noqa: S106 -- the name of a field, no secret
    return ListPage([person_of(entry) for entry in data], next_page)


def person_of(entry: object) -> Person:
    """One entry of the users list."""
    return Person(
        id=required_text(entry, "id"),
        name=optional_text(required(entry, "name")),
        email=optional_text(required(entry, "email")),
    )


class PersonParser:
    """Reads pages of `usage_report/messages` grouped by account, and remembers the series it has seen."""

    def __init__(self, default_workspace_id: str | None = None) -> None:
        self.default_workspace_id = default_workspace_id
        self._known: dict[tuple[object, ...], PersonSeries] = {}

    def page(self, body: bytes, window: Interval) -> ReportPage[PersonLine]:
        """A page as lines of usage by account."""
        return report_page(body, window, self._lines)

    def _lines(self, day: date, rows: list[Any]) -> list[PersonLine]:
        counts: dict[PersonSeries, tuple[int, ...]] = {}
        for row in rows:
            _, (*tokens, _) = counts_of(row)
            key = (row["workspace_id"], row["account_id"], row["model"], row["service_tier"], row["context_window"])
            series = self._known.get(key) or self._learn(key)
            counted = checked_counts(tuple(tokens))
            earlier = counts.get(series)
            counts[series] = tuple(map(add, earlier, counted)) if earlier else counted
        return [PersonLine(day, series, Tokens(*counted)) for series, counted in counts.items()]

    def _learn(self, key: tuple[object, ...]) -> PersonSeries:
        workspace_id, *dimensions = key
        series = PersonSeries(known_workspace(workspace_id, self.default_workspace_id), *map(optional_text, dimensions))
        return self._known.setdefault(key, series)


class ActorParser(RowsParser[PersonCostSeries]):
    """Reads pages of `analytics/cost` grouped by actor, the last dimension."""

    def page(self, body: bytes, window: Interval) -> RowsPage[PersonCostSeries]:
        """A page; a complaint quotes nobody."""
        return discreet(super().page)(body, window)

    def _dimensions(self, group: dict[str, Any]) -> Dimensions:
        *others, actor = (group[name] for name in self.group_by)
        return *others, None if actor is None else name_of(actor)

    def _learn(self, dimensions: Dimensions) -> PersonCostSeries:
        *others, actor = dimensions
        account_id = actor if actor is None or str(actor).startswith(USER) else NOT_A_PERSON
        known = super()._learn((*others, account_id))
        return self._known.setdefault(dimensions, known)


USER = "user_"
"""What the ids of users begin with; the reference calls them tagged."""


def name_of(actor: object) -> str:
    """An actor's tagged id; all there is of one without, such as an identity from elsewhere."""
    if not isinstance(actor, dict):
        return optional_text(actor)
    ids = (actor.get(field) for field in ("user_id", "service_account_id", "api_key_id"))
    return next((optional_text(id_) for id_ in ids if id_), json.dumps(actor, sort_keys=True))


def parse_claude_code(body: bytes, day: date) -> ListPage[ClaudeCodeUse]:
    """A page of Claude Code's report of one day, without what subscriptions pay for."""
    try:
        answer = json.loads(body, parse_float=Decimal)  # estimates come as JSON numbers
    except (ValueError, RecursionError):
        raise NotAsDocumented(NOT_QUOTED) from None
    data, next_page = opened(answer, token="next_page")  # noqa: S106 -- the name of a field, no secret
    return ListPage([use for record in data for use in uses_of(record, day)], next_page)


def uses_of(record: object, day: date) -> Iterator[ClaudeCodeUse]:
    """One actor's models in one record; a day other than the one asked for is no answer."""
    if required_text(record, "date")[:10] != day.isoformat():
        raise NotAsDocumented(NOT_QUOTED)
    if required(record, "customer_type") != BILLED_CUSTOMERS:
        return
    actor = required(record, "actor")
    if not isinstance(actor, dict):
        raise NotAsDocumented(NOT_QUOTED)
    email, api_key_name = (optional_text(actor.get(field)) for field in ("email_address", "api_key_name"))
    for entry in required_list(record, "model_breakdown"):
        yield ClaudeCodeUse(email, api_key_name, required_text(entry, "model"), weight_of(entry))


def weight_of(entry: object) -> int:
    """What a model was estimated at, in nano-dollars; the report says it in cents, as a number."""
    cost = required(entry, "estimated_cost")
    amount = required(cost, "amount")
    known = isinstance(amount, int | Decimal | str) and not isinstance(amount, bool)
    weight = nano_from_cents(str(amount)) if known else -1
    if weight < 0 or required(cost, "currency") != "USD":
        raise NotAsDocumented(NOT_QUOTED)
    return weight
