"""Slack is slow, broken, or says no: nothing is lost, nobody is left without an answer, and the log says what to do."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp

from bot.sandbox.slack.faults import Broken, Hanging, Moment, RateLimited
from tests.e2e.harness import connected, use_port

if TYPE_CHECKING:
    from tests.e2e.harness import World

POST = "chat.postMessage"
ACK_SECONDS = 3.0


# --- The connection ---


async def test_a_socket_that_is_refreshed_cut_or_lost_with_slack_is_replaced_and_loses_no_question(
    synced: World,
) -> None:
    """In one process's life: it waits for Slack, gets its socket, and gets another one whatever becomes of that."""
    use_port(synced)
    slack = synced.slack
    await slack.stop()
    bot = await synced.start_hastily()
    await bot.until_logged("Slack is unreachable; check the network and SLACK_API_URL; trying again in ")
    await slack.start()
    async with connected(bot):
        await slack.until_connected()

        made = slack.sockets.connections_made
        await slack.sockets.disconnect("refresh_requested")
        await bot.until(lambda: slack.sockets.connections_made > made)
        answers = [await synced.ask("7d") for _ in range(3)]

        cut = slack.sockets.connections_made
        slack.sockets.cut()
        await bot.until(lambda: slack.sockets.count_staying() == 1 and slack.sockets.connections_made > cut)
        answers.append(await synced.ask("7d"))

        await slack.stop()
        await until_health(synced, status=503)
        await slack.start()
        await bot.until(lambda: slack.sockets.count_staying() == 1)
        await until_health(synced, status=200)
        answers.append(await synced.ask("7d"))

    assert all("$" in answer.text for answer in answers)
    assert max(slack.ack_times) < ACK_SECONDS
    assert slack.sockets.unexpected_acks == []


async def until_health(world: World, *, status: int) -> None:
    """Asks `/healthz` until it answers so."""
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"http://127.0.0.1:{world.port}/healthz") as response:
                if response.status == status:
                    return
            await asyncio.sleep(0.05)


# --- Posting ---


async def test_a_rate_limit_is_waited_for(synced: World) -> None:
    synced.slack.faults.add(POST, RateLimited(1))
    first = await synced.command("check", "--post")
    assert synced.slack.messages() == []
    synced.clock.ahead += timedelta(seconds=2)
    second = await synced.command("check", "--post")

    assert (first.code, second.code) == (3, 0)
    assert "alert:1 was not posted and stays queued: Slack said ratelimited" in first.err
    assert len(synced.slack.messages()) == 1


async def test_with_the_history_a_lost_answer_is_looked_up_and_the_message_said_once(synced: World) -> None:
    """Other faults, and what comes of them without the history, are tried in `tests/jobs/test_deliver.py`."""
    world = synced
    world.slack.grant("channels:history")
    world.settings["CLAUDECOST_VERIFY_POSTS"] = "true"
    world.slack.faults.add(POST, Broken(moment=Moment.AFTER))

    first = await world.command("check", "--post")
    while not world.all_sent(count=1):
        world.clock.ahead += timedelta(minutes=1)
        await world.command("check", "--post")

    assert first.code == 3
    assert "stays queued" in first.err
    assert len(world.slack.messages()) == 1


# --- The channel ---


async def test_outside_the_channel_it_lives_says_the_mend_and_speaks_once_it_is_invited_and_restarted(
    synced: World,
) -> None:
    world = synced
    world.slack.remove_bot(world.slack.channel)
    async with world.bot() as bot:
        line = await bot.until_logged("alert:1", "not_in_channel")
        answer = await world.ask("7d")
    world.slack.workspace.channels[world.slack.channel].members.add(world.slack.workspace.bot_user)

    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))

    assert "invite the bot to the channel" in line
    assert "$" in answer.text
    assert [message.text[:6] for message in world.slack.messages()] == ["Ready:", "🔴 Firi"]


# --- Starting ---


async def test_a_refused_token_is_one_line_with_the_mend(synced: World) -> None:
    finished = await synced.command("run", SLACK_BOT_TOKEN="xoxb-of-another-app")

    assert finished.code == 3
    assert "SLACK_BOT_TOKEN is not accepted: copy it again" in finished.lines[-1]
    assert "Traceback" not in finished.err


async def test_a_refused_app_token_is_one_line_with_the_mend(synced: World) -> None:
    finished = await synced.command("run", SLACK_APP_TOKEN="xapp-of-another-app")

    assert finished.code == 3
    assert "SLACK_APP_TOKEN" in finished.lines[-1]
    assert "Traceback" not in finished.err


async def test_it_stops_in_time_while_slack_keeps_it_waiting_at_the_start(synced: World) -> None:
    synced.slack.faults.always("auth.test", Hanging())
    bot = await synced.start("run")
    await bot.until(lambda: synced.slack.calls)

    await bot.stop()
