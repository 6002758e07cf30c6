"""The running process: who keeps the clock, what it says of itself, and in which order it stops."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr

from bot.listeners import transport
from bot.model import end_of
from bot.sandbox.slack.faults import RESPONSE_URL, Broken, Hanging, Slow
from bot.service import CLOSING_SECONDS, until
from bot.settings import MetricsChoices
from bot.slack_api import NotPosted
from bot.snapshots import ClockLock
from bot.wiring import build_service
from tests.builders import YESTERDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.service import Service
    from tests.loopback import World


def service_of(world: World) -> Service:
    """The process, looking about itself more often than usual."""
    service = build_service(world.settings, [world.api], now=world.clock, stopping=asyncio.Event())
    service.watch_seconds = service.reconnect_seconds = 0.02
    return service


@contextlib.asynccontextmanager
async def running(service: Service) -> AsyncIterator[asyncio.Task[None]]:
    """A process that is told to stop at the end."""
    task = asyncio.create_task(service.run())
    try:
        yield task
    finally:
        service.stopping.set()
        await task


@contextlib.asynccontextmanager
async def listening(service: Service) -> AsyncIterator[None]:
    """A process that serves what it serves, and does nothing else."""
    try:
        async with service.listening():
            yield
    finally:
        await service.stop()


async def wait_for(look: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not look():  # noqa: ASYNC110 -- nobody rings a bell
            await asyncio.sleep(0.01)


def use_port(world: World, unused_tcp_port: int) -> str:
    world.change(port=unused_tcp_port)
    return f"http://127.0.0.1:{unused_tcp_port}"


def use_http(world: World, unused_tcp_port: int) -> str:
    url = use_port(world, unused_tcp_port)
    world.change(slack_app_token=None, slack_signing_secret=SecretStr(world.slack.signing_secret))
    world.slack.use_http(f"{url}/slack/events")
    return url


async def health(url: str) -> tuple[int, dict[str, Any]]:
    async with ClientSession() as session, session.get(f"{url}/healthz") as answer:
        return answer.status, await answer.json()


# --- The clock ---


async def test_it_connects_pulls_and_answers(world: World) -> None:
    service = service_of(world)

    async with running(service):
        await world.slack.until_connected()
        await world.slack.wait_until(lambda: len(world.slack.messages()) == 2)
        answer = await world.slack.ask("/claudecost", "status")

    assert service.keeps_clock
    assert service.clock_holder() == service.holder
    assert world.organization.name in str(answer.blocks)


async def test_free_memory_is_given_back_again_and_again(synced: World) -> None:
    given_back: list[bool] = []
    service = service_of(synced)
    service.give_back = lambda: given_back.append(True)

    async with running(service):
        await wait_for(lambda: len(given_back) > 1)


async def test_a_second_process_answers_and_says_once_who_keeps_the_clock(
    synced: World, caplog: pytest.LogCaptureFixture
) -> None:
    first = ClockLock(synced.settings.claudecost_database)
    first.acquire("process 1 on elsewhere")
    service = service_of(synced)

    async with running(service):
        await synced.slack.until_connected()
        assert (await synced.slack.ask("/claudecost", "7d")).text
        await asyncio.sleep(0.1)
        assert not service.keeps_clock
        assert service.clock_holder() == "process 1 on elsewhere"

    assert synced.slack.messages() == []
    assert caplog.text.count("the clock is kept by process 1 on elsewhere") == 1
    first.release()


async def test_it_takes_over_the_clock_when_the_other_lets_go(synced: World) -> None:
    first = ClockLock(synced.settings.claudecost_database)
    first.acquire("process 1 on elsewhere")
    service = service_of(synced)

    async with running(service):
        await synced.slack.until_connected()
        first.release()
        await synced.slack.wait_until(lambda: len(synced.slack.messages()) == 2)

    assert service.keeps_clock


async def test_it_lets_go_of_the_clock_when_it_stops(synced: World) -> None:
    service = service_of(synced)
    async with running(service):
        await wait_for(lambda: service.keeps_clock)

    successor = ClockLock(synced.settings.claudecost_database)
    assert successor.acquire("the next one")
    successor.release()


# --- Stopping ---


async def test_an_answer_under_way_is_given_before_it_stops(synced: World) -> None:
    synced.slack.faults.add(RESPONSE_URL, Slow(0.3))
    service = service_of(synced)

    async with running(service) as process:
        await synced.slack.until_connected()
        asked = await synced.slack.command("/claudecost", "help")
        service.stopping.set()
        await process

    assert (await asked.answer()).text


async def test_it_does_not_wait_for_slack_to_let_it_stop(world: World) -> None:
    world.slack.faults.always("auth.test", Hanging())
    service = service_of(world)
    process = asyncio.create_task(service.run())
    await world.slack.wait_until(lambda: bool(world.slack.calls))

    service.stopping.set()

    async with asyncio.timeout(3):
        await process


async def test_it_closes_its_socket(synced: World) -> None:
    async with running(service_of(synced)):
        await synced.slack.until_connected()

    await synced.slack.wait_until(lambda: not synced.slack.sockets.connections)


async def test_it_waits_for_a_slack_that_is_out_of_reach(synced: World, caplog: pytest.LogCaptureFixture) -> None:
    await synced.slack.stop()
    service = service_of(synced)

    async with running(service) as process:
        await wait_for(lambda: caplog.text.count("Slack is unreachable") > 1)
        assert not process.done()
        await synced.slack.start()
        await synced.slack.until_connected()


async def test_it_waits_for_a_slack_that_answers_with_an_error(synced: World) -> None:
    synced.slack.faults.add("apps.connections.open", Broken(503), Broken(503))

    async with running(service_of(synced)):
        await synced.slack.until_connected()


async def test_a_refused_token_ends_it(world: World) -> None:
    world.change(slack_bot_token=SecretStr("xoxb-wrong"))

    with pytest.raises(NotPosted, match="SLACK_BOT_TOKEN is not accepted"):
        await service_of(world).run()


async def test_what_keeps_it_from_starting_is_all_it_says(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.change(slack_bot_token=SecretStr("xoxb-wrong"))

    with caplog.at_level("INFO", logger="bot"), pytest.raises(NotPosted):
        await service_of(world).run()

    assert caplog.messages == []


async def test_a_refused_app_token_ends_it(world: World) -> None:
    world.change(slack_app_token=SecretStr("xapp-wrong"))

    with pytest.raises(NotPosted, match="SLACK_APP_TOKEN is not accepted"):
        await service_of(world).run()


async def test_work_that_fails_ends_the_wait() -> None:
    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await until(asyncio.Event(), fail())


async def test_it_is_over_within_ten_seconds_of_being_told_to_stop(world: World) -> None:
    service = build_service(world.settings, [world.api], now=world.clock, stopping=asyncio.Event())

    assert service.drain_seconds == 7
    assert service.drain_seconds + CLOSING_SECONDS + transport.CLOSING_SECONDS < 10
    await service.stop()


async def test_it_looks_after_its_connection_every_few_seconds(world: World) -> None:
    service = build_service(world.settings, [world.api], now=world.clock, stopping=asyncio.Event())

    assert (service.reconnect_seconds, transport.PING_SECONDS, service.watch_seconds) == (2, 3, 5)
    await service.stop()


# --- Health ---


async def test_health_is_ok_while_it_works(synced: World, unused_tcp_port: int) -> None:
    url = use_port(synced, unused_tcp_port)
    service = service_of(synced)

    async with running(service):
        await synced.slack.wait_until(lambda: len(synced.slack.messages()) == 2)
        async with service.clock.turn:  # once the process knows, too, that its alert is told
            status, body = await health(url)

    assert status == 200
    assert body["status"] == "ok"
    assert body["clock"] == service.holder
    assert body["data"] == {
        "readable": True,
        "as_of": synced.clock().isoformat(),
        "failure": None,
        "last_alert_delay_seconds": (synced.clock() - end_of(YESTERDAY)).total_seconds(),
    }
    assert body["slack"]["mode"] == "socket"
    assert body["slack"]["connected"] is True


async def test_health_fails_while_slack_is_out_of_reach(synced: World, unused_tcp_port: int) -> None:
    url = use_port(synced, unused_tcp_port)
    synced.slack.faults.always("auth.test", Hanging())

    async with running(service_of(synced)):
        await synced.slack.wait_until(lambda: bool(synced.slack.calls))
        status, body = await health(url)

    assert (status, body["status"]) == (503, "failing")
    assert body["slack"]["connected"] is False


async def test_health_fails_when_the_data_cannot_be_read(synced: World, unused_tcp_port: int) -> None:
    url = use_port(synced, unused_tcp_port)
    synced.settings.claudecost_database.write_bytes(b"no database " * 500)

    async with running(service_of(synced)):
        await synced.slack.until_connected()
        status, body = await health(url)

    assert (status, body["data"]["readable"]) == (503, False)


# --- Metrics ---


async def scrape(url: str) -> tuple[int, str, str]:
    async with ClientSession() as session, session.get(f"{url}/metrics") as answer:
        return answer.status, answer.headers["Content-Type"], await answer.text()


async def test_metrics_are_told_where_they_are_wanted(synced: World, unused_tcp_port: int) -> None:
    url = use_port(synced, unused_tcp_port)
    synced.change(claudecost_metrics=MetricsChoices(enabled=True))

    async with listening(service_of(synced)):
        status, content_type, text = await scrape(url)

    assert (status, content_type.split(";")[0]) == (200, "application/openmetrics-text")
    assert f'claudecost_alerts_open{{organization="{synced.organization.name}"}} 0.0' in text
    assert "claudecost_key_spend_dollars{" not in text
    assert text.endswith("# EOF\n")


async def test_metrics_are_told_to_nobody_unless_they_are_wanted(synced: World, unused_tcp_port: int) -> None:
    url = use_port(synced, unused_tcp_port)

    async with listening(service_of(synced)):
        status, _, _ = await scrape(url)

    assert status == 404


async def test_metrics_that_cannot_be_read_are_a_sentence(synced: World, unused_tcp_port: int) -> None:
    url = use_port(synced, unused_tcp_port)
    synced.change(claudecost_metrics=MetricsChoices(enabled=True))
    synced.settings.claudecost_database.write_bytes(b"no database " * 500)

    async with listening(service_of(synced)):
        status, _, text = await scrape(url)

    assert status == 503
    assert len(text.splitlines()) == 1


# --- HTTP instead of a socket ---


async def test_signed_requests_are_answered(synced: World, unused_tcp_port: int) -> None:
    url = use_http(synced, unused_tcp_port)

    service = service_of(synced)

    async with running(service) as process:
        await wait_for(lambda: service.keeps_clock or process.done())
        answer = await synced.slack.ask("/claudecost", "2026-10")  # stored; the days up to the real one come later
        status, body = await health(url)

    assert "$" in answer.text
    assert (status, body["slack"]) == (200, {"mode": "http", "connected": True})


async def test_an_unsigned_request_is_refused(synced: World, unused_tcp_port: int) -> None:
    url = use_http(synced, unused_tcp_port)

    async with running(service_of(synced)) as process, ClientSession() as session:
        await wait_for(lambda: synced.slack.calls or process.done())
        async with session.post(f"{url}/slack/events", data={"command": "/claudecost"}) as answer:
            assert answer.status == 401


async def test_without_a_port_nothing_listens(synced: World) -> None:
    service = service_of(synced)

    async with service.listening():
        assert service.application is not None
        assert not service.application.frozen
    await service.stop()
