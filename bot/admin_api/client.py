"""The Admin API of one organisation: whom a key belongs to, what things are called, the bill and the usage."""

from __future__ import annotations

import asyncio
import random as randomness
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.admin_api.connection import Connection
from bot.admin_api.errors import Nonsense, NotFound
from bot.admin_api.hours import HourReader
from bot.admin_api.pages import Report, fetch_list
from bot.admin_api.parse import CostParser, UsageParser
from bot.admin_api.parse_lists import parse_api_keys, parse_workspaces
from bot.admin_api.parse_rows import RowsParser, token_series
from bot.admin_api.patience import Patience
from bot.admin_api.people import PeopleApi
from bot.admin_api.rows import ENDPOINT, IN_THE_US, AnalyticsCost, RowReader, cost_lines, key_cost_lines
from bot.model import DEFAULT_WORKSPACE, KeyCostSeries, Organization, Workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import date, datetime, timedelta
    from typing import Self

    import httpx

    from bot.admin_api.answers import Credential
    from bot.admin_api.connection import Parameters
    from bot.admin_api.pages import Buckets
    from bot.model import ApiKey, CostLine, Interval, UsageLine

COST_DIMENSIONS = ("workspace_id", "description")
USAGE_DIMENSIONS = ("workspace_id", "api_key_id", "model", "service_tier", "context_window")
TOKEN_DIMENSIONS = ("workspace_id", "model", "token_type", "service_tier", "context_window")
KEY_DIMENSIONS = ("workspace_id", "model", "cost_type", "token_type", "api_key_id")
ALL_WORKSPACES = (("include_archived", "true"), ("include_default", "true"))
ALL_BUT_DEFAULT = (("include_archived", "true"),)


PATIENCE = Patience()


class AdminApi:
    """Reads the organisation that `credentials` belong to; to be used as `async with AdminApi(…) as api`.

    The first key that is accepted is used. When it is refused (401), even in the middle of a range, the next takes
    over for good; a key of another organisation than `fetch_organization` found does not. Every method raises an
    `AdminApiError` when there is no answer to trust.
    """

    def __init__(
        self,
        *,
        credentials: Sequence[Credential],
        base_url: str,
        organization_path: str,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = randomness.random,
        patience: Patience = PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._organization_path = organization_path.rstrip("/")
        self._connection = Connection(
            credentials=credentials,
            base_url=base_url.rstrip("/"),
            organization_path=self._organization_path,
            patience=patience,
            sleep=sleep,
            now=now,
            random=random,
            transport=transport,
        )
        self._cost = Report(self._connection, path="/cost_report", group_by=COST_DIMENSIONS)
        self._usage = Report(self._connection, path="/usage_report/messages", group_by=USAGE_DIMENSIONS)
        self._default_workspace_id: str | None = None
        self.people = PeopleApi(self._connection, default_workspace_id=lambda: self._default_workspace_id)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    @property
    def key_in_use(self) -> str:
        """The setting whose key is used at present."""
        return self._connection.credential.setting

    @property
    def retrying(self) -> str | None:
        """Why a request is being made once more, in one line; None while all goes well."""
        return self._connection.retrying

    @property
    def server_clock_skew(self) -> timedelta | None:
        """How far our clock was ahead of Anthropic's at the last answer, to a second; None before the first."""
        return self._connection.server_clock_skew

    async def fetch_organization(self) -> Organization:
        """Whom the key belongs to. Where `/me` is not there, an organisation named in the path speaks for itself."""
        try:
            return await self._connection.identify()
        except NotFound:
            _, _, last = self._organization_path.rpartition("/")
            if last in {"", "organizations"}:
                raise
            return Organization(id=last, name=last)

    async def fetch_workspaces(self) -> list[Workspace]:
        """All workspaces, archived ones too; the default one under `DEFAULT_WORKSPACE`, by the name the API gives it.

        Nothing in the list marks the default workspace: it is the one that comes only with `include_default`.
        """
        everything = await self._list_workspaces(ALL_WORKSPACES)
        others = {workspace.id for workspace in await self._list_workspaces(ALL_BUT_DEFAULT)}
        only_by_default = [workspace.id for workspace in everything if workspace.id not in others]
        if len(only_by_default) == 1:
            self._default_workspace_id = only_by_default[0]
        return [self._under_stored_id(workspace) for workspace in everything]

    async def fetch_api_keys(self) -> list[ApiKey]:
        """All API keys, never their secrets; a key of the whole organisation has an empty `workspace_id`."""
        if self._default_workspace_id is None:
            await self.fetch_workspaces()
        parse = partial(parse_api_keys, default_workspace_id=self._default_workspace_id)
        return await fetch_list(self._connection, "/api_keys", parse=parse)

    async def fetch_cost(self, interval: Interval) -> Buckets[CostLine]:
        """The bill of `interval`, each series once per day; `NotFound` where no cost report answers."""
        return await self._cost.buckets(interval, CostParser(self._default_workspace_id).page)

    async def fetch_analytics_cost(self, interval: Interval) -> AnalyticsCost:
        """The bill of `interval` (not empty, at most 365 days back), by key as well.

        `NotFound` or `NotAllowed` where it is not to be had, `Nonsense` or another `AdminApiError` as everywhere.
        """
        default = await self._named_default_workspace()
        by_token = RowsParser(TOKEN_DIMENSIONS, token_series, default_workspace_id=default)
        by_key = RowsParser(KEY_DIMENSIONS, KeyCostSeries, default_workspace_id=default)
        tokens, first = await RowReader(self._connection, by_token).read(interval)
        in_the_us, second = await RowReader(self._connection, by_token, filters=IN_THE_US).read(interval)
        keyed, third = await RowReader(self._connection, by_key).read(interval)
        return AnalyticsCost(
            endpoint=ENDPOINT,
            refreshed_at=min(first, second, third),
            tokens=cost_lines(tokens),
            in_the_us=cost_lines(in_the_us),
            keyed=key_cost_lines(keyed),
        )

    async def _named_default_workspace(self) -> str:
        """The default workspace's own id, by which `analytics/cost` calls it, and nothing else does."""
        if self._default_workspace_id is None:
            await self.fetch_workspaces()
        if self._default_workspace_id is None:
            raise Nonsense("the list does not tell which workspace is the default one", endpoint="workspaces")
        return self._default_workspace_id

    async def fetch_usage(self, interval: Interval) -> Buckets[UsageLine]:
        """The tokens of `interval`, each series once per day."""
        return await self._usage.buckets(interval, UsageParser(self._default_workspace_id).page)

    async def fetch_hours(self, day: date) -> dict[int, list[UsageLine]]:
        """The tokens of each of the 24 hours of a day that is over, without keys."""
        return await HourReader(self._connection, UsageParser(self._default_workspace_id)).read(day)

    async def _list_workspaces(self, parameters: Parameters) -> list[Workspace]:
        return await fetch_list(self._connection, "/workspaces", parse=parse_workspaces, parameters=parameters)

    def _under_stored_id(self, workspace: Workspace) -> Workspace:
        if workspace.id != self._default_workspace_id:
            return workspace
        return replace(workspace, id=DEFAULT_WORKSPACE)
