"""The bot's parts between the stand-ins on loopback, in this process, on a clock that the test moves by hand.

    async with loopback(tmp_path) as world:
        await world.sync()
        world.clock.advance(hours=1)

The simulated organisation's stories are laid for `TODAY`: on `YESTERDAY` its ingest pipeline breaches for the first
time. Whoever waits for the Admin API's retries does not wait here.
"""

from __future__ import annotations

import contextlib
import shutil
import ssl
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import httpx

from bot.admin_api import AdminApi, Patience
from bot.demo import settings_for
from bot.jobs.feed import sync_each
from bot.model import Interval, Source
from bot.sandbox.admin_api import REFERENCE, AdminApiServer, Asked
from bot.sandbox.organization import SimulatedOrganization, second_organization, simulated_organization
from bot.sandbox.slack.local import LocalSlack
from bot.settings import OrganizationTable
from bot.wiring import build_clock, build_deliverer, build_feeds, build_open_store, credentials
from tests.builders import CHECKOUT, NOW, OPUS, ORGANIZATION, TODAY, cost_line, last_days
from tests.databases import lay_empty_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
    from datetime import date
    from pathlib import Path

    from bot.jobs.clock import Clock
    from bot.jobs.deliver import Deliverer
    from bot.jobs.feed import Feed
    from bot.jobs.sync import Progress
    from bot.model import CostLine, Synced
    from bot.sandbox.admin_api import Variant
    from bot.sandbox.slack.workspace import SlackMessage
    from bot.settings import Access, Settings
    from bot.snapshots import Store
    from bot.snapshots.threads import OpenStore

UNUSED_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Loopback speaks plain HTTP; loading the real ones for each client would take most of the tests' time."""

HISTORY_DAYS = 60
BACKFILL_DAYS = 40


class Nearby(httpx.AsyncBaseTransport):
    """The way to stand-ins in this process: what they answer over HTTP, without a socket between.

    Every other address is asked over HTTP.
    """

    servers: ClassVar[dict[str, AdminApiServer]] = {}

    def __init__(self) -> None:
        self._http = httpx.AsyncHTTPTransport(verify=UNUSED_CERTIFICATES)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; where its stand-in would cut it off, the connection breaks."""
        url = request.url
        server = self.servers.get(f"{url.scheme}://{url.netloc.decode()}")
        if server is None:
            return await self._http.handle_async_request(request)
        asked = Asked(request.method, url.path, tuple(url.params.multi_items()), request.headers)
        reply = await server.reply_to(asked)
        if reply.answer.cut_at is not None:
            raise httpx.RemoteProtocolError("Server disconnected in the middle of its answer")
        return httpx.Response(reply.answer.status, headers=reply.headers, content=reply.answer.body)

    async def aclose(self) -> None:
        """Ends the connections."""
        await self._http.aclose()


@contextlib.asynccontextmanager
async def serving(server: AdminApiServer) -> AsyncIterator[AdminApiServer]:
    """On loopback, and nearby."""
    async with server:
        Nearby.servers[server.base_url] = server
        try:
            yield server
        finally:
            Nearby.servers.pop(server.base_url, None)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **step: float) -> None:
        """Later by days, hours, minutes or seconds."""
        self.at += timedelta(**step)

    def set_to(self, day: date, hour: int = 9, minute: int = 30) -> None:
        """A UTC day and time."""
        self.at = datetime.combine(day, time(hour, minute), UTC)


class Past(NamedTuple):
    """What a world leaves behind, in the database and in Slack."""

    database: Path
    messages: list[SlackMessage]


@dataclass(kw_only=True, repr=False)  # asyncio writes the result of each fixture down, to throw it away
class World:
    """One organisation's Admin API, one Slack workspace, an empty database."""

    clock: HandClock
    organization: SimulatedOrganization
    admin_api: AdminApiServer
    api: AdminApi
    slack: LocalSlack
    settings: Settings
    others: list[AdminApi] = field(default_factory=list)

    @property
    def open_store(self) -> OpenStore:
        return build_open_store(self.settings)

    async def sync(self, progress: Callable[[Progress], None] = lambda _: None) -> Synced:
        """One sync, as the clock and the command line do it."""
        feed, *_ = self.build_feeds(progress)
        return await feed.sync()

    async def sync_all(self) -> None:
        """One sync of each organisation."""
        for outcome in await sync_each(self.open_store, self.build_feeds()):
            assert not outcome.error, outcome.sentence

    def build_feeds(self, progress: Callable[[Progress], None] = lambda _: None) -> tuple[Feed, ...]:
        """Each organisation's sync."""
        return build_feeds(self.settings, [self.api, *self.others], now=self.clock, progress=progress)

    def build_clock(self) -> Clock:
        """The clock, not started."""
        return build_clock(self.settings, [self.api, *self.others], now=self.clock)

    def build_deliverer(self) -> Deliverer:
        """What takes the outbox to Slack."""
        return build_deliverer(self.settings, now=self.clock)

    def ask_over_http(self) -> None:
        """From here on there is a socket between."""
        del Nearby.servers[self.admin_api.base_url]

    def change(self, **settings: object) -> None:
        """Other settings for whatever is built from here on."""
        self.settings = self.settings.model_copy(update=settings)

    def adopt(self, database: Path) -> None:
        """Starts from what another world stored."""
        shutil.copy(database, self.settings.claudecost_database)

    @property
    def past(self) -> Past:
        """What was stored and said so far."""
        return Past(self.settings.claudecost_database, self.slack.messages())

    def go_on_from(self, past: Past) -> None:
        """Starts from what another world stored and said."""
        self.adopt(past.database)
        self.slack.workspace.take_in(past.messages)

    def said(self, *words: str) -> list[SlackMessage]:
        """The channel's messages whose text has all of these words in it."""
        return [message for message in self.slack.messages() if all(word in message.text for word in words)]


@contextlib.asynccontextmanager
async def loopback(
    folder: Path, *, variant: Variant = REFERENCE, organization: SimulatedOrganization | None = None
) -> AsyncIterator[World]:
    """A world that is over at the end."""
    clock = HandClock()
    organization = organization or simulated_organization(today=TODAY, days=HISTORY_DAYS)
    server = AdminApiServer(organization, now=clock, variant=variant)
    async with serving(server) as admin_api, LocalSlack(now=clock) as slack:
        settings = settings_for(admin_api, slack, folder).model_copy(
            update={"claudecost_backfill_days": BACKFILL_DAYS, "anthropic_org_path": admin_api.organization_path}
        )
        lay_empty_database(settings.claudecost_database)
        async with patient_api(settings, clock) as api:
            yield World(
                clock=clock, organization=organization, admin_api=admin_api, api=api, slack=slack, settings=settings
            )


SECOND, SECOND_SETTING, SECOND_KEY = "Europe", "EU_KEY", "sk-ant-admin01-europe-000000000000"


@dataclass(kw_only=True)
class Two:
    """A world with a second organisation in it, which the settings call Europe."""

    world: World
    admin_api: AdminApiServer
    organization: SimulatedOrganization

    def invoices(self, days: int) -> Decimal:
        """Both bills of the last days, in dollars."""
        both = (self.world.organization, self.organization)
        return sum((each.invoice(last_days(days)) for each in both), Decimal()) / 100


@contextlib.asynccontextmanager
async def beside_another(world: World) -> AsyncIterator[Two]:
    """The same world with two organisations; the environment has to have the second one's key."""
    organization = second_organization(today=TODAY, days=HISTORY_DAYS)
    async with serving(AdminApiServer(organization, now=world.clock, keys={SECOND_KEY})) as admin_api:
        table = OrganizationTable(name=SECOND, key=SECOND_SETTING, base_url=admin_api.base_url)
        world.change(claudecost_organizations=[table])
        async with patient_api_of(world.settings.accesses()[-1], world.clock) as api:
            world.others.append(api)
            yield Two(world=world, admin_api=admin_api, organization=organization)


async def no_sleep(_seconds: float) -> None:
    """Goes on at once."""


def patient_api(
    settings: Settings, clock: HandClock, *, sleep: Callable[[float], Awaitable[None]] = no_sleep
) -> AdminApi:
    """A client that asks twice at most, and does not wait in between."""
    return patient_api_of(settings.accesses()[0], clock, sleep=sleep)


def patient_api_of(
    access: Access, clock: HandClock, *, sleep: Callable[[float], Awaitable[None]] = no_sleep
) -> AdminApi:
    """The same for one of several organisations."""
    return AdminApi(
        credentials=credentials(access),
        base_url=access.base_url,
        organization_path=access.path,
        now=clock,
        sleep=sleep,
        patience=Patience(attempts=2),
        transport=Nearby(),
    )


# --- A store with a bill in it, without an API ---


def save_bill(
    store: Store,
    lines: Iterable[CostLine],
    *,
    interval: Interval,
    fetched_at: datetime | None = None,
    source: Source = Source.COST_REPORT,
) -> None:
    """The lines of whole days, fetched four hours after the last one's end unless told otherwise."""
    store.save_organization(ORGANIZATION, seen_at=NOW)
    cost = [line for line in lines if interval.since <= line.day < interval.until]
    settled = datetime.combine(interval.until, time(4), UTC)
    store.ledger.save_days(interval, cost=cost, usage=(), source=source, fetched_at=fetched_at or settled)


def daily(
    dollars: str | int,
    interval: Interval | None = None,
    *,
    workspace_id: str = CHECKOUT,
    model: str = OPUS,
) -> list[CostLine]:
    """The same amount on each day; of the last five weeks unless told otherwise."""
    line = cost_line(dollars, workspace_id=workspace_id, model=model)
    return [line._replace(day=day) for day in (last_days(35) if interval is None else interval).days()]


def risen(
    before: str | int,
    after: str | int,
    *,
    days: int = 7,
    until: date = TODAY,
    workspace_id: str = CHECKOUT,
    model: str = OPUS,
) -> list[CostLine]:
    """Five weeks of one amount a day, the last `days` of another."""
    window = last_days(35, until=until)
    rise = until - timedelta(days=days)
    low = daily(before, replace(window, until=rise), workspace_id=workspace_id, model=model)
    return low + daily(after, Interval(rise, until), workspace_id=workspace_id, model=model)


def five_weeks(store: Store, *lines: list[CostLine], until: date = TODAY) -> None:
    """Saves five settled weeks."""
    save_bill(store, [line for series in lines for line in series], interval=last_days(35, until=until))
