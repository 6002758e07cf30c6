"""Wiring: what the settings say arrives where it is used."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.listeners.transport import SignedHttp, SocketMode
from bot.model import usd
from bot.settings import MetricsChoices, WeeklyTime, WrongSettings, parse_timezone, parse_weekly_time
from bot.settings.tables import AlertLevels, AlertOverride, ChannelTable
from bot.settings.values import Hours
from bot.wiring import (
    build_contract,
    build_deliverer,
    build_digests,
    build_prices,
    build_quiet_hours,
    build_routing,
    build_service,
    credentials,
    require_for_service,
    secrets,
)
from tests.builders import NOW, YESTERDAY

if TYPE_CHECKING:
    from tests.loopback import World


async def test_the_contract_is_what_the_settings_say(world: World) -> None:
    assert build_contract(world.settings).min_increase is None

    world.change(claudecost_threshold_percent=Decimal(40), claudecost_min_increase_usd=Decimal("12.50"))

    contract = build_contract(world.settings)
    assert contract.threshold_percent == Decimal(40)
    assert contract.min_increase == usd("12.50")


async def test_what_waits_for_a_teams_channel_stays_for_it(world: World) -> None:
    elsewhere = AlertOverride(workspace="prod-*", channel="C0TEAM001")
    world.change(claudecost_alerts=AlertLevels(override=[elsewhere]))
    table = ChannelTable(channel="C0TEAM002", workspaces=["checkout"])
    world.change(claudecost_channels=[table])
    assert build_deliverer(world.settings, now=lambda: NOW).other_channels == {"C0TEAM001", "C0TEAM002"}


async def test_the_critical_level_and_whom_it_calls_are_what_the_settings_say(world: World) -> None:
    alerts = AlertLevels(critical_usd_per_day=Decimal(500), mention="S0ONCALL1")
    table = ChannelTable(channel="C0TEAM001", workspaces=["checkout"], mention="S0TEAM001")
    world.change(claudecost_alerts=alerts, claudecost_channels=[table])

    assert build_contract(world.settings).critical == usd(500)
    routing = build_routing(world.settings)
    assert routing.main.mention == "S0ONCALL1"
    assert [route.place.mention for route in routing.routes] == ["S0TEAM001"]


async def test_quiet_hours_are_those_of_the_settings_time_zone(world: World) -> None:
    zone = parse_timezone("Europe/Berlin")
    world.change(claudecost_alerts=AlertLevels(quiet_hours=Hours(time(22), time(7))), claudecost_timezone=zone)

    assert str(build_quiet_hours(world.settings)) == "22:00 to 07:00 Europe/Berlin"


async def test_the_digest_comes_when_the_settings_say(world: World) -> None:
    at, zone = parse_weekly_time("thu 10:15"), parse_timezone("Europe/Berlin")
    assert isinstance(at, WeeklyTime)
    world.change(claudecost_digest=at, claudecost_timezone=zone)

    assert build_digests(world.settings).next_at(world.clock()) == datetime(2026, 11, 26, 9, 15, tzinfo=UTC)


async def test_both_keys_are_used_in_their_order(world: World) -> None:
    world.change(anthropic_admin_key_next=SecretStr("sk-ant-admin01-next"))

    assert [key.setting for key in credentials(world.settings.accesses()[0])] == [
        "ANTHROPIC_ADMIN_KEY",
        "ANTHROPIC_ADMIN_KEY_NEXT",
    ]


async def test_secrets_are_all_there_for_the_log_to_leave_out(world: World) -> None:
    world.change(slack_signing_secret=SecretStr("signing"), anthropic_admin_key_next=SecretStr("next"))

    known = secrets(world.settings)

    assert {world.slack.bot_token, world.slack.app_token, "signing", "next"} < set(known)


async def test_prices_know_the_published_models(world: World) -> None:
    assert build_prices(world.settings).price_of("claude-haiku-4-5-20251001", YESTERDAY) is not None


async def test_an_app_token_means_socket_mode(world: World) -> None:
    service = build_service(world.settings, [world.api], now=world.clock, stopping=asyncio.Event())

    assert isinstance(service.transport, SocketMode)
    await service.stop()


async def test_a_signing_secret_and_a_port_mean_http(world: World) -> None:
    world.change(slack_app_token=None, slack_signing_secret=SecretStr("signing"), port=8080)

    service = build_service(world.settings, [world.api], now=world.clock, stopping=asyncio.Event())

    assert isinstance(service.transport, SignedHttp)
    await service.stop()


async def test_http_needs_a_port(world: World) -> None:
    world.change(slack_app_token=None, slack_signing_secret=SecretStr("signing"))

    with pytest.raises(WrongSettings, match=r"PORT: is not set; HTTP mode"):
        require_for_service(world.settings)


async def test_metrics_need_a_port(world: World) -> None:
    world.change(claudecost_metrics=MetricsChoices(enabled=True))

    with pytest.raises(WrongSettings, match=r"metrics.enabled: needs a port to answer on; set PORT"):
        require_for_service(world.settings)


async def test_an_app_token_is_asked_for_where_nothing_is_set(world: World) -> None:
    world.change(slack_app_token=None)

    with pytest.raises(WrongSettings, match="SLACK_APP_TOKEN: is not set"):
        require_for_service(world.settings)
