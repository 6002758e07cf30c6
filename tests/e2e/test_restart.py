"""Stopping, dying and starting again: nothing is said twice, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.admin_api import Slow as SlowAnswer
from bot.sandbox.admin_api import error
from bot.sandbox.slack.faults import RESPONSE_URL, Dropped, Hanging, Moment, Slow
from tests.e2e.harness import COMMAND, PATIENCE_SECONDS, use_http

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.harness import World

POST = "chat.postMessage"
HONEST = Slow(0)
ALERT = "🔴 Firing"


# --- Restarting ---


async def test_a_restart_edits_the_alert_and_posts_nothing(synced: World) -> None:
    world = synced
    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))
    world.organization.restate(world.newest_complete_day, world.organization.stories.broken_cache, "1.5")

    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=3))

    backfill, alert = world.slack.messages()
    assert len(world.slack.versions(backfill)) == 1
    first, edited = world.slack.versions(alert)
    assert first.text != edited.text


async def test_a_bot_that_was_down_over_night_edits_its_alert_in_the_morning(synced: World) -> None:
    world = synced
    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))
    (alert,) = world.said("Ingest pipeline")
    world.clock.ahead = timedelta(days=1)

    async with world.bot() as bot:
        await bot.until(lambda: len(world.slack.versions(alert)) > 1)

    assert len(world.said("Ingest pipeline")) == 1


# --- Dying ---


async def die_while_posting_the_alert(world: World, moment: Moment) -> None:
    """The alert is claimed and on its way, or there; its sender will never know."""

    def kill() -> None:
        world.children[-1].process.kill()

    world.slack.faults.add(POST, HONEST, Dropped(moment, then=kill))
    async with world.bot() as bot:
        await bot.process.wait()
    assert world.outbox() == {"backfill": "sent", "alert:1": "sending"}


async def test_killed_between_post_and_commit_it_finds_its_message_and_does_not_repeat_it(synced: World) -> None:
    world = synced
    world.slack.grant("channels:history")
    world.settings["CLAUDECOST_VERIFY_POSTS"] = "true"
    await die_while_posting_the_alert(world, Moment.AFTER)

    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))

    assert len(world.said(ALERT)) == 1


async def test_killed_before_slack_took_it_it_looks_twice_and_then_says_it_once(synced: World) -> None:
    world = synced
    world.slack.grant("channels:history")
    world.settings["CLAUDECOST_VERIFY_POSTS"] = "true"
    await die_while_posting_the_alert(world, Moment.BEFORE)

    async with world.bot() as bot:
        await bot.until(lambda: [call for call in world.slack.calls if call.method == "conversations.history"])
    assert world.said(ALERT) == []
    world.clock.ahead = timedelta(minutes=1)
    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))

    assert len(world.said(ALERT)) == 1


@pytest.mark.parametrize(("moment", "times"), [(Moment.BEFORE, 1), (Moment.AFTER, 2)])
async def test_without_the_history_it_says_it_at_least_once(synced: World, moment: Moment, times: int) -> None:
    world = synced
    await die_while_posting_the_alert(world, moment)

    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))

    assert len(world.said(ALERT)) == times


async def test_killed_in_the_middle_of_a_backfill_it_starts_again(world: World) -> None:
    world.admin_api.faults.add("cost_report", SlowAnswer(0), SlowAnswer(PATIENCE_SECONDS))
    async with world.bot() as bot:
        await bot.until(lambda: reports_asked_for(world) > 1)
        await bot.kill()

    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))

    assert [message.text[:6] for message in world.slack.messages()] == ["Ready:", "🔴 Firi"]


def reports_asked_for(world: World) -> int:
    return sum(request.endpoint == "cost_report" for request in world.admin_api.requests)


# --- Stopping ---


async def test_it_stops_in_time_in_the_middle_of_a_backfill(world: World) -> None:
    world.admin_api.faults.add("cost_report", SlowAnswer(PATIENCE_SECONDS))
    async with world.bot() as bot:
        await bot.until(lambda: reports_asked_for(world) == 1)
        stopped = await bot.stop()

    assert "Traceback" not in stopped.err
    assert all(rows == [] for rows in world.stored_days().values())


async def test_it_stops_in_time_while_it_waits_to_ask_again(synced: World) -> None:
    world = synced
    world.admin_api.faults.always("me", error(529))
    async with world.bot() as bot:
        await bot.until_logged("trying again in")
        stopped = await bot.stop()

    assert "Traceback" not in stopped.err


@pytest.mark.parametrize("use", [lambda _world: None, use_http], ids=["socket", "http"])
async def test_an_answer_under_way_is_finished_before_it_stops(synced: World, use: Callable[[World], None]) -> None:
    world = synced
    use(world)
    world.slack.faults.add(RESPONSE_URL, Slow(1))
    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))
        asked = await world.slack.command(COMMAND, "7d")
        stopped, answer = await asyncio.gather(bot.stop(), asked.answer())

    assert "$" in answer.text
    assert "still under way" not in stopped.err


async def test_a_posting_under_way_is_finished_before_it_stops(synced: World) -> None:
    synced.slack.faults.add(POST, HONEST, Slow(1))
    async with synced.bot() as bot:
        await bot.until(lambda: "alert:1" in synced.outbox())
        await bot.until(lambda: synced.outbox()["alert:1"] == "sending")
        await bot.stop()

    assert synced.outbox() == {"backfill": "sent", "alert:1": "sent"}


async def test_it_stops_in_time_even_if_slack_lets_it_say_nothing(synced: World) -> None:
    synced.slack.faults.add(POST, Hanging())
    synced.slack.faults.add(RESPONSE_URL, Slow(PATIENCE_SECONDS))
    async with synced.bot() as bot:
        await synced.slack.command(COMMAND, "7d")
        await bot.until(lambda: synced.outbox().get("backfill") == "sending")
        stopped = await bot.stop()

    assert "stopped with answers still under way" in stopped.err
    assert "Traceback" not in stopped.err


async def test_sigint_stops_it_just_as_well(synced: World) -> None:
    async with synced.bot() as bot:
        bot.process.send_signal(signal.SIGINT)
        finished = await bot.finished(within=10)

    assert finished.code == 0
    assert "Traceback" not in finished.err


# --- Two of them ---


async def test_a_second_process_answers_and_takes_the_clock_over_when_the_first_stops(synced: World) -> None:
    world = synced
    async with world.bot() as first:
        await first.until(lambda: world.all_sent(count=2))
        async with world.bot() as second:
            await second.until_logged(f"the clock is kept by process {first.process.pid} on ")
            answers = [await world.ask("7d") for _ in range(4)]
            await first.stop()
            await second.until_logged("this process keeps the clock")

            assert all("$" in answer.text for answer in answers)
            assert "$" in (await world.ask("7d")).text
            await second.until_logged("synced 8 days")

    assert len(world.slack.messages()) == 2
