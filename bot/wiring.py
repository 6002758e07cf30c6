"""Builds everything from the settings and joins it; the only place that does."""

from __future__ import annotations

import functools
import os
import platform
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.analysis.contract import Contract
from bot.analysis.quiet_hours import QuietHours
from bot.analysis.routing import Place, Routing
from bot.model import Privacy, Source, usd
from bot.settings import USUAL_DIGEST, WrongSettings, routes_of
from bot.snapshots import open_store

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from aiohttp import web
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.admin_api import AdminApi, Credential
    from bot.analysis.budget import Budget
    from bot.analysis.ownership import Team
    from bot.analysis.prices import PriceTable
    from bot.jobs.check import Checker
    from bot.jobs.clock import Clock
    from bot.jobs.deliver import Deliverer
    from bot.jobs.digest import Digests
    from bot.jobs.feed import Feed
    from bot.jobs.sync import Progress
    from bot.jobs.units import Counter
    from bot.listeners.access import Gate
    from bot.listeners.budgets import Budgets
    from bot.listeners.claudecost import Answers
    from bot.listeners.digest import DigestDesk
    from bot.loading.digest import Teller
    from bot.loading.metrics import MetricsLoader
    from bot.loading.plans import Plans
    from bot.loading.units import Units
    from bot.metrics.page import MetricsPage
    from bot.model import Organization, Synced
    from bot.service import Service, Transport
    from bot.settings import Access, Settings
    from bot.slack_api import SlackExaminer
    from bot.snapshots.threads import OpenStore

VERSION = version("claudecost")
SLACK_TIMEOUT_SECONDS = 20
ATTEMPTS = 5


def build_open_store(settings: Settings, setting: str | None = None) -> OpenStore:
    """Opens the database of the settings, once per operation, for the organisation whose key is in `setting`."""
    return functools.partial(open_store, settings.claudecost_database, setting)


def credentials(access: Access) -> list[Credential]:
    """An organisation's Admin key, and the one that takes over when it is refused."""
    from bot.admin_api import Credential

    return [Credential(setting, key.get_secret_value()) for setting, key in access.keys]


def build_admin_api(
    access: Access, keys: Sequence[Credential], *, now: Callable[[], datetime], attempts: int = ATTEMPTS
) -> AdminApi:
    """A client of the Admin API that uses the first of `keys` that is accepted, and asks at most so often."""
    from bot.admin_api import AdminApi, Patience

    return AdminApi(
        credentials=keys,
        patience=Patience(attempts=attempts),
        base_url=access.base_url,
        organization_path=access.path,
        now=now,
    )


def build_prices(settings: Settings) -> PriceTable:
    """Prices for estimates: the public table with the settings' on top. Slow to import, so only where one is made."""
    from bot.analysis.prices import Multipliers, PriceTable

    multipliers = Multipliers(**settings.claudecost_multipliers.model_dump())
    return PriceTable.build(settings.claudecost_prices, multipliers)


def build_feeds(
    settings: Settings, apis: Sequence[AdminApi], *, now: Callable[[], datetime], progress: Callable[[Progress], None]
) -> tuple[Feed, ...]:
    """Each organisation's sync, as the clock and the command line do it; `apis` are in the order of the settings'."""
    from bot.jobs.feed import Feed, Register, TogetherProgress

    accesses, register, together = settings.accesses(), Register(), TogetherProgress(progress)
    return tuple(
        Feed(
            setting=access.setting,
            called=access.called,
            label=(access.called or access.setting) if len(accesses) > 1 else "",
            open_store=build_open_store(settings, access.setting),
            sync=build_sync(
                settings, access, api, now=now, progress=together.of(access.setting), accept=register.accept
            ),
            key_in_use=functools.partial(getattr, api, "key_in_use"),
            retrying=functools.partial(getattr, api, "retrying"),
        )
        for access, api in zip(accesses, apis, strict=True)
    )


def build_sync(
    settings: Settings,
    access: Access,
    api: AdminApi,
    *,
    now: Callable[[], datetime],
    progress: Callable[[Progress], None],
    accept: Callable[..., Organization],
) -> Callable[[], Awaitable[Synced]]:
    """One organisation's sync."""
    from bot.jobs.people import sync_with_people
    from bot.jobs.sync import sync

    open_its_store = build_open_store(settings, access.setting)
    bill = functools.partial(
        sync,
        api=api,
        accept=functools.partial(accept, setting=access.setting, called=access.called),
        open_store=open_its_store,
        prices=functools.partial(build_prices, settings),
        now=now,
        backfill_days=settings.claudecost_backfill_days,
        progress=progress,
        sources=billed_sources(settings),
    )
    return functools.partial(
        sync_with_people,
        bill,
        privacy=build_privacy(settings),
        api=api,
        open_store=open_its_store,
        now=now,
        backfill_days=settings.claudecost_backfill_days,
    )


def build_privacy(settings: Settings) -> Privacy:
    """What about people may be fetched, stored and told."""
    return Privacy(people=settings.claudecost_privacy.people)


def billed_sources(settings: Settings) -> tuple[Source, ...]:
    """Where the bill may come from, the best first."""
    return (
        (Source.COST_REPORT,) if settings.claudecost_bill == "cost_report" else (Source.ANALYTICS, Source.COST_REPORT)
    )


def build_contract(settings: Settings) -> Contract:
    """What a rise must be to be worth a message."""
    floor, critical = settings.claudecost_min_increase_usd, settings.claudecost_alerts.critical_usd_per_day
    return Contract(
        threshold_percent=settings.claudecost_threshold_percent,
        min_increase=None if floor is None else usd(floor),
        is_quiet=settings.claudecost_alerts.quiet,
        overrides=tuple(entry.built() for entry in settings.claudecost_alerts.override),
        critical=None if critical is None else usd(critical),
    )


def build_routing(settings: Settings) -> Routing:
    """Where what is said of each workspace goes."""
    main = Place(channel=str(settings.claudecost_channel), mention=settings.claudecost_alerts.mention)
    return Routing(main=main, routes=routes_of(settings.claudecost_channels, settings.claudecost_alerts))


def build_quiet_hours(settings: Settings) -> QuietHours | None:
    """When nobody is to be woken by what can wait."""
    hours = settings.claudecost_alerts.quiet_hours
    if hours is None:
        return None
    return QuietHours(since=hours.since, until=hours.until, timezone=settings.claudecost_timezone)


def build_checker(settings: Settings, *, now: Callable[[], datetime]) -> Checker:
    """Judges, keeps and queues."""
    from bot.jobs.check import Checker

    return Checker(
        routing=build_routing(settings),
        contract=build_contract(settings),
        quiet=build_quiet_hours(settings),
        teams=build_teams(settings),
        now=now,
    )


def build_teams(settings: Settings) -> tuple[Team, ...]:
    """The teams of the configuration."""
    return tuple(table.built() for table in settings.claudecost_teams)


def build_budgets(settings: Settings) -> tuple[Budget, ...]:
    """The budgets of the configuration."""
    return tuple(table.built() for table in settings.claudecost_budgets)


def other_channels(settings: Settings) -> frozenset[str]:
    """Wherever something is said, but for the main channel."""
    budgets = build_budgets(settings)
    told = {budget.channel for budget in budgets} | {level.channel for budget in budgets for level in budget.levels}
    told |= {team.channel for team in build_teams(settings)}
    told |= {table.channel for table in settings.claudecost_digests}
    named = frozenset(channel for channel in told if channel is not None and channel != settings.claudecost_channel)
    return build_routing(settings).other_channels | named


def build_plans(settings: Settings) -> Plans:
    """Which digests the configuration has."""
    from bot.analysis.digest_plan import Plan
    from bot.analysis.schedule import Schedule, Weekday
    from bot.loading.plans import Plans

    usual, timezone = settings.claudecost_digest or USUAL_DIGEST, settings.claudecost_timezone
    schedule = Schedule(on=Weekday(usual.weekday), at=usual.at, timezone=timezone)
    return Plans(
        main=Plan(channel=str(settings.claudecost_channel), schedule=schedule, is_main=True),
        others=tuple(table.built(usual, timezone) for table in settings.claudecost_digests),
        has_main=settings.claudecost_digest is not None,
    )


def build_teller(settings: Settings) -> Teller:
    """What tells weeks and months."""
    from bot.loading.digest import Teller

    return Teller(
        contract=build_contract(settings),
        prices=functools.partial(build_prices, settings),
        drift_percent=settings.claudecost_drift_percent,
        teams=build_teams(settings),
        units=build_units(settings),
        budgets=build_budgets(settings),
    )


def build_digests(settings: Settings) -> Digests:
    """What says each digest on its day."""
    from bot.jobs.digest import Digests

    return Digests(plans=build_plans(settings), teller=build_teller(settings))


def build_metrics_loader(settings: Settings) -> MetricsLoader:
    """Loads what is told to monitoring systems; of API keys only where that was asked for."""
    from bot.loading.metrics import MetricsLoader

    return MetricsLoader(
        budgets=build_budgets(settings),
        teams=build_teams(settings),
        prices=functools.partial(build_prices, settings),
        things=("workspace", "model", "team", *(("key",) if settings.claudecost_metrics.keys else ())),
        units=build_units(settings),
    )


def build_metrics_page(settings: Settings, *, now: Callable[[], datetime]) -> MetricsPage | None:
    """What answers `/metrics`; None unless somebody wants it."""
    if not settings.claudecost_metrics.enabled:
        return None
    from bot.metrics.page import MetricsPage

    return MetricsPage(open_store=build_open_store(settings), now=now, loader=build_metrics_loader(settings))


def build_slack_client(settings: Settings) -> AsyncWebClient:
    """Slack's Web API, once there is a bot token."""
    settings.require("SLACK_BOT_TOKEN")
    return slack_client(settings)


def build_slack_examiner(settings: Settings) -> SlackExaminer:
    """What asks Slack about the app, also without a bot token."""
    from bot.slack_api import SlackExaminer

    return SlackExaminer(slack_client(settings))


def slack_client(settings: Settings) -> AsyncWebClient:
    """Slack's Web API, without retries of its own: a repeated post is a second message."""
    from slack_sdk.web.async_client import AsyncWebClient

    return AsyncWebClient(
        token=secret(settings.slack_bot_token),
        base_url=settings.slack_api_url,
        timeout=SLACK_TIMEOUT_SECONDS,
        retry_handlers=[],
    )


def build_deliverer(settings: Settings, *, now: Callable[[], datetime]) -> Deliverer:
    """Takes postings from the outbox to Slack."""
    from bot.jobs.deliver import Deliverer
    from bot.messages.plain import plain_message
    from bot.slack_api import SlackPoster

    return Deliverer(
        open_store=build_open_store(settings),
        poster=SlackPoster(build_slack_client(settings), plain=plain_message),
        channel=str(settings.claudecost_channel),
        other_channels=other_channels(settings),
        now=now,
        verify_posts=settings.claudecost_verify_posts,
    )


def build_counter(settings: Settings, *, now: Callable[[], datetime]) -> Counter:
    """Reads what units count."""
    from bot.counts.reading import read_counts
    from bot.jobs.units import Counter

    return Counter(
        sources={table.name: table.source() for table in settings.claudecost_units},
        open_store=build_open_store(settings),
        now=now,
        read=read_counts,
    )


def build_units(settings: Settings) -> Units:
    """What dollars are divided by."""
    from bot.loading.units import Units

    return Units(all=[table.built() for table in settings.claudecost_units], teams=build_teams(settings))


def build_clock(settings: Settings, apis: Sequence[AdminApi], *, now: Callable[[], datetime]) -> Clock:
    """What happens by itself."""
    from bot.jobs.budgets import Budgeter
    from bot.jobs.clock import Clock
    from bot.jobs.notices import Notices
    from bot.jobs.reconcile import Reconciler
    from bot.jobs.sync import log_progress
    from bot.jobs.units import Watcher
    from bot.jobs.whose import Asker

    channel = str(settings.claudecost_channel)
    notices = Notices(channel=channel, quiet=build_quiet_hours(settings))
    return Clock(
        counter=build_counter(settings, now=now),
        watcher=Watcher(units=build_units(settings), contract=build_contract(settings), notices=notices),
        open_store=build_open_store(settings),
        now=now,
        feeds=build_feeds(settings, apis, now=now, progress=log_progress),
        checker=build_checker(settings, now=now),
        digests=build_digests(settings),
        deliverer=build_deliverer(settings, now=now),
        notices=notices,
        budgeter=Budgeter(
            budgets=build_budgets(settings),
            teams=build_teams(settings),
            channel=channel,
            quiet=build_quiet_hours(settings),
        ),
        asker=Asker(
            teams=build_teams(settings),
            channel=channel,
            contract=build_contract(settings),
            quiet=build_quiet_hours(settings),
        ),
        reconciler=Reconciler(
            notices=notices,
            prices=functools.partial(build_prices, settings),
            drift_percent=settings.claudecost_drift_percent,
        ),
    )


def build_service(
    settings: Settings, apis: Sequence[AdminApi], *, now: Callable[[], datetime], stopping: asyncio.Event
) -> Service:
    """The running process, once `require_for_service` has passed."""
    from aiohttp import web

    from bot.jobs.replay import replay
    from bot.listeners.claudecost import Answers
    from bot.listeners.running import Running
    from bot.memory import c_library, give_back
    from bot.service import Service
    from bot.snapshots import ClockLock

    clock = build_clock(settings, apis, now=now)
    answers = Answers(
        open_store=clock.open_store,
        now=now,
        status=functools.partial(clock.status, version=VERSION),
        contract=build_contract(settings),
        privacy=build_privacy(settings),
        gate=build_gate(settings, clock.open_store, now=now),
        digests=build_digest_desk(settings, now=now),
        audit_kept_for=timedelta(days=settings.claudecost_access.audit_days),
        budgets=build_known_budgets(settings),
        teams=build_teams(settings),
        units=build_units(settings),
        running=Running(),
        say_now=clock.say_now,
        replay=functools.partial(replay, teams=build_teams(settings)),
    )
    application = web.Application()
    page = build_metrics_page(settings, now=now)
    return Service(
        transport=build_transport(settings, answers, application),
        clock=clock,
        clock_lock=ClockLock(settings.claudecost_database),
        holder=f"process {os.getpid()} on {platform.node()}",
        running=answers.running,
        application=application,
        port=settings.port,
        stopping=stopping,
        give_back=functools.partial(give_back, c_library()),
        metrics=page.answer if page else None,
    )


def require_for_service(settings: Settings) -> None:
    """Raises `WrongSettings` with a line for each thing the running process needs that is not set."""
    missing = settings.missing("SLACK_BOT_TOKEN", *needed_to_hear(settings), "CLAUDECOST_CHANNEL")
    if lines := [*settings.wrong_keys(), *missing, *unanswered_metrics(settings)]:
        raise WrongSettings(lines)


def needed_to_hear(settings: Settings) -> tuple[str, ...]:
    """An app token for Socket Mode; without one but with a signing secret, a port for HTTP."""
    if settings.slack_app_token is not None:
        return ()
    return ("PORT",) if settings.slack_signing_secret is not None else ("SLACK_APP_TOKEN",)


def build_gate(settings: Settings, open_store: OpenStore, *, now: Callable[[], datetime]) -> Gate:
    """Finds out who may see what."""
    from bot.listeners.access import Gate
    from bot.slack_api import Directory

    return Gate(
        open_store=open_store,
        now=now,
        rules=settings.claudecost_access.built(),
        own_channels=other_channels(settings) | {str(settings.claudecost_channel)},
        directory=Directory(now),
    )


def build_digest_desk(settings: Settings, *, now: Callable[[], datetime]) -> DigestDesk:
    """Where digests are asked for."""
    from bot.listeners.digest import DigestDesk

    examiner = build_slack_examiner(settings)
    return DigestDesk(
        plans=build_plans(settings),
        teller=build_teller(settings),
        admins=settings.claudecost_access.built().admins,
        try_channel=lambda channel: examiner.try_channel(channel, now=now()),
    )


def build_known_budgets(settings: Settings) -> Budgets:
    """The budgets that can be asked about."""
    from bot.listeners.budgets import Budgets

    return Budgets(budgets=build_budgets(settings), teams=build_teams(settings))


def unanswered_metrics(settings: Settings) -> list[str]:
    """A line where metrics are wanted and nothing listens."""
    if settings.claudecost_metrics.enabled and settings.port is None:
        return ["metrics.enabled: needs a port to answer on; set PORT, for example PORT=8080"]
    return []


def build_transport(settings: Settings, answers: Answers, application: web.Application) -> Transport:
    """How Slack's requests come in, with every listener registered."""
    from bot.listeners.alert_clicks import register_alert_clicks
    from bot.listeners.answer_clicks import register_answer_clicks
    from bot.listeners.app import build_app, build_identity
    from bot.listeners.budgets import register_budgets
    from bot.listeners.claudecost import register_claudecost
    from bot.listeners.home import register_home
    from bot.listeners.share import register_share
    from bot.listeners.transport import SignedHttp, SocketMode
    from bot.listeners.unit_clicks import register_unit_clicks
    from bot.listeners.whose import register_whose

    identity = build_identity(token=secret(settings.slack_bot_token), api_url=settings.slack_api_url)
    app = build_app(identity, signing_secret=secret(settings.slack_signing_secret), api_url=settings.slack_api_url)
    register_claudecost(app, answers)
    register_answer_clicks(app, answers)
    register_home(app, answers)
    register_share(app, answers)
    register_alert_clicks(app, answers)
    register_budgets(app, answers)
    register_unit_clicks(app, answers)
    register_whose(app, answers)
    if settings.slack_app_token is None:
        return SignedHttp(app, identity, application)
    return SocketMode(app, identity, app_token=secret(settings.slack_app_token))


def secret(value: SecretStr | None) -> str:
    """A secret in clear, for the library that needs it; empty where it is not set."""
    return "" if value is None else value.get_secret_value()


def secrets(settings: Settings) -> list[str]:
    """Every secret in clear, for the log to leave out."""
    values = [getattr(settings, name) for name in type(settings).model_fields]
    values += [key for access in settings.accesses() for _, key in access.keys]
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
