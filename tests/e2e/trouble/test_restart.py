"""Stopping, dying and starting again: nothing is said twice, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.messages.alert_state import ACKNOWLEDGE
from bot.sandbox.admin_api import Slow as SlowAnswer
from bot.sandbox.slack.faults import RESPONSE_URL, Broken, Dropped, Hanging, Held, Moment, Slow
from tests.e2e.harness import COMMAND, PATIENCE_SECONDS, STOPPING_SECONDS, use_http

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.harness import World

POST, UPDATE = "chat.postMessage", "chat.update"
HONEST = Slow(0)


# --- Restarting ---


async def test_after_restarts_the_alert_is_edited_and_clicked_on_and_nothing_is_said_twice(synced: World) -> None:
    world = synced
    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))
    backfill, alert = world.slack.messages()

    world.organization.restate(world.newest_complete_day, world.organization.stories.broken_cache, "1.5")
    world.slack.faults.add(UPDATE, Broken(500, Moment.BEFORE))
    async with world.bot() as bot:
        await bot.until_logged("alert:1", "no clear answer")
    world.clock.ahead += timedelta(minutes=1)
    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=3))
    restated = world.slack.versions(alert)
    world.clock.ahead += timedelta(days=1)
    async with world.bot() as bot:
        await bot.until(lambda: len(world.slack.versions(alert)) == 3)
        await world.slack.click(world.slack.messages()[1], ACKNOWLEDGE)
        await bot.until(lambda: world.said("👀 Acknowledged: Ingest pipeline up"))

    assert len(restated) == 2
    assert restated[0].text != restated[1].text
    assert len(world.slack.versions(backfill)) == 1
    assert len(world.said("Ingest pipeline up")) == 1


# --- Dying ---


async def test_killed_between_post_and_commit_it_finds_its_message_and_does_not_repeat_it(synced: World) -> None:
    """Other moments, and what becomes of them without the history, are tried in `test_crash.py`."""
    world = synced
    world.slack.grant("channels:history")
    world.settings["CLAUDECOST_VERIFY_POSTS"] = "true"

    def kill() -> None:
        world.children[-1].process.kill()

    world.slack.faults.add(POST, HONEST, Dropped(Moment.AFTER, then=kill))
    async with world.bot() as bot:
        await bot.process.wait()
    assert world.outbox() == {"backfill": "sent", "alert:1": "sending"}

    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))

    assert len(world.said("Ingest pipeline up")) == 1


# --- Stopping ---


async def test_it_stops_in_time_in_the_middle_of_a_backfill_and_starts_again(world: World) -> None:
    world.admin_api.faults.add("cost_report", SlowAnswer(0), SlowAnswer(PATIENCE_SECONDS))
    async with world.bot() as bot:
        await bot.until(lambda: reports_asked_for(world) == 2)
        stopped = await bot.stop()
    stored = world.stored_days()
    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))

    assert "Traceback" not in stopped.err
    assert all(rows == [] for rows in stored.values())
    assert [message.text[:6] for message in world.slack.messages()] == ["Ready:", "🔴 Firi"]


def reports_asked_for(world: World) -> int:
    return sum(request.endpoint == "cost_report" for request in world.admin_api.requests)


@pytest.mark.parametrize(
    ("use", "number"),
    [(lambda _world: None, signal.SIGTERM), (use_http, signal.SIGINT)],
    ids=["socket, SIGTERM", "http, SIGINT"],
)
async def test_what_is_being_said_is_said_to_its_end_before_it_stops(
    synced: World, use: Callable[[World], None], number: signal.Signals
) -> None:
    world = synced
    use(world)
    said, answered = Held(), Held()
    world.slack.faults.add(POST, HONEST, said)
    world.slack.faults.add(RESPONSE_URL, answered)
    async with world.bot() as bot:
        await bot.until(lambda: world.outbox().get("alert:1") == "sending")
        asked = await world.slack.command(COMMAND, "7d")
        bot.process.send_signal(number)
        await bot.until_logged("stopping")
        said.released.set()
        answered.released.set()
        stopped, answer = await asyncio.gather(bot.finished(within=STOPPING_SECONDS), asked.answer())

    assert stopped.code == 0
    assert "Traceback" not in stopped.err
    assert "still under way" not in stopped.err
    assert "$" in answer.text
    assert world.outbox() == {"backfill": "sent", "alert:1": "sent"}


async def test_it_stops_in_time_even_if_slack_lets_it_say_nothing(synced: World) -> None:
    synced.slack.faults.add(POST, Hanging())
    synced.slack.faults.add(RESPONSE_URL, Slow(PATIENCE_SECONDS))
    async with synced.hasty_bot() as bot:
        await synced.slack.command(COMMAND, "7d")
        await bot.until(lambda: synced.outbox().get("backfill") == "sending")
        stopped = await bot.stop()

    assert "stopped with answers still under way" in stopped.err
    assert "Traceback" not in stopped.err


# --- Two of them ---


async def test_a_second_process_answers_and_takes_the_clock_over_when_the_first_stops(synced: World) -> None:
    world = synced
    async with world.bot() as first:
        await first.until(lambda: world.all_sent(count=2))
        async with world.hasty_bot() as second:
            await second.until_logged(f"the clock is kept by process {first.process.pid} on ")
            answers = [await world.ask("7d") for _ in range(4)]
            await first.stop()
            await second.until_logged("this process keeps the clock")

            assert all("$" in answer.text for answer in answers)
            assert "$" in (await world.ask("7d")).text
            await second.until_logged("synced 8 days")

    assert len(world.slack.messages()) == 2
