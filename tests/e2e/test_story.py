"""The first day: what a running bot says by itself, and what it answers, over both transports."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from bot.messages.numbers import money
from bot.model import usd
from bot.sandbox.slack.faults import RESPONSE_URL, Broken, Dropped
from tests.e2e.harness import (
    COMMAND,
    PATIENCE_SECONDS,
    Bot,
    connected,
    markup_of,
    parts,
    stand_ins,
    use_http,
    use_port,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from bot.sandbox.slack.workspace import SlackMessage
    from tests.e2e.harness import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACK_SECONDS = 3.0
TRANSPORTS = {"socket": use_port, "http": use_http}
OVER_A_SOCKET = pytest.mark.parametrize("first_day", ["socket"], indirect=True)
"""What is said is the same whichever way the question came; that it comes and is answered is tried both ways."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=TRANSPORTS)
async def first_day(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, synced_database: Path
) -> AsyncIterator[World]:
    """A bot that has just told its story, for questions that change nothing.

    Over a socket it was started as people start it, and read its days itself; over HTTP it found them stored.
    """
    async with stand_ins(tmp_path_factory.mktemp(request.param)) as world:
        TRANSPORTS[request.param](world)
        if request.param == "http":
            world.adopt(synced_database)
        start = world.launch if request.param == "socket" else world.start
        async with connected(await start("run")) as bot:
            await bot.until(lambda: world.all_sent(count=2))
            yield world


def bot_of(world: World) -> Bot:
    (bot,) = world.children
    assert isinstance(bot, Bot)
    return bot


# --- What it says by itself ---


async def test_the_first_message_says_what_was_found_and_when_the_digest_comes(first_day: World) -> None:
    first = first_day.slack.messages()[0]

    assert first.text.startswith("Ready: 40 days read, $")
    assert "The first digest comes" in first.text


async def test_one_alert_names_the_workspace_whose_cache_broke(first_day: World) -> None:
    _, *alerts = first_day.slack.messages()

    assert [alert.text.split(" up ")[0] for alert in alerts] == ["🔴 Firing: Ingest pipeline"]


@OVER_A_SOCKET
async def test_the_alert_compares_the_bills_of_two_weeks(first_day: World) -> None:
    world, week = first_day, first_day.complete_days(7)
    workspace_id = world.organization.stories.broken_cache
    previous, current = (
        money(usd(world.organization.invoice_by_workspace(interval)[workspace_id] / 100))
        for interval in (week.shifted(-7), week)
    )

    assert f"{previous} → {current}" in world.slack.messages()[1].text


@OVER_A_SOCKET
async def test_what_it_posts_can_be_found_again_without_saying_any_money(first_day: World) -> None:
    metadata = [message.metadata for message in first_day.slack.messages()]

    assert [each and each["event_payload"] for each in metadata] == [{"outbox": "backfill"}, {"outbox": "alert:1"}]


async def test_a_start_without_trouble_logs_no_warning(first_day: World) -> None:
    log = bot_of(first_day).log.splitlines()
    start = log[: 1 + next(number for number, line in enumerate(log) if "synced" in line)]
    troubles = [line for line in start if " INFO bot." not in line]

    assert troubles == []


NEVER_USED = ("rich", "pygments", "prometheus_client")
"""What other commands draw with; what is loaded once somebody wants metrics."""


@OVER_A_SOCKET
async def test_it_loads_nothing_that_it_does_not_need(first_day: World) -> None:
    """Prices once it makes an estimate, and not before."""
    bot = bot_of(first_day)
    looked_for = {"httpx", "slack_bolt", "genai_prices", *NEVER_USED}

    assert bot.packages_loaded(before="connected to Slack") & looked_for == {"httpx", "slack_bolt"}
    assert not bot.packages_loaded() & {*NEVER_USED}


# --- What it answers ---

PERIODS = ("", "7d", "30D", "today", "yesterday", "week", "month", "last month", "2 days", "forecast")
GROUPINGS = ("by workspace", "by model", "by key", "by day")
ALERTED = "Ingest pipeline"


@OVER_A_SOCKET
@pytest.mark.parametrize("question", [*PERIODS, *GROUPINGS, *(f"yesterday {by}" for by in GROUPINGS)])
async def test_every_question_gets_dollars_in_time(first_day: World, question: str) -> None:
    asked = await first_day.slack.command(COMMAND, question)
    answer = await asked.answer()

    assert answer.visible_to == first_day.slack.user
    assert "$" in answer.text
    assert asked.acked_after is not None
    assert asked.acked_after < ACK_SECONDS
    assert asked.refusals == []


@OVER_A_SOCKET
async def test_a_month_can_be_asked_for_by_its_name(first_day: World) -> None:
    month = first_day.complete_days(1).since.strftime("%Y-%m")

    assert "$" in (await first_day.ask(month)).text


@OVER_A_SOCKET
async def test_every_grouping_adds_up_to_the_same_dollars(first_day: World) -> None:
    answers = [await first_day.ask(f"3d {by}") for by in GROUPINGS]

    assert len({answer.text.split(" in ")[0] for answer in answers}) == 1


@OVER_A_SOCKET
async def test_an_answer_has_a_chart_a_table_a_button_and_small_print(first_day: World) -> None:
    answer = await first_day.ask("7d")

    assert {block["type"] for block in answer.blocks} >= {"data_visualization", "table", "actions", "context"}


@OVER_A_SOCKET
async def test_alerts_shows_what_is_open_and_what_was_held(first_day: World) -> None:
    answer = words_of(await first_day.ask("alerts"))

    assert "Ingest pipeline" in answer
    assert "Hackathon" in answer


async def test_the_home_tab_shows_the_month_and_answers_in_a_window(first_day: World) -> None:
    """To somebody who has asked in the bot's channel before."""
    slack = first_day.slack
    await first_day.ask("7d")
    await slack.open_home()
    await slack.wait_until(lambda: slack.home() is not None, within=PATIENCE_SECONDS)
    home = slack.home() or {}
    assert f"if {ALERTED} stays up" in home["blocks"][0]["text"]["text"]
    assert "Last 14 days" in str(home)

    await slack.click(home, "home_ask_0")
    await slack.wait_until(lambda: "Research" in str(slack.modal()), within=PATIENCE_SECONDS)
    await slack.close_modal()
    assert max(slack.ack_times) < ACK_SECONDS


async def test_status_says_the_key_the_next_jobs_and_the_version(first_day: World) -> None:
    answer = words_of(await first_day.ask("status"))

    assert "All well" in answer
    for fact in ("ANTHROPIC_ADMIN_KEY", "Next sync", "Next digest", "claudecost 0.", "Meridian Robotics"):
        assert fact in answer


@OVER_A_SOCKET
async def test_help_says_what_can_be_asked(first_day: World) -> None:
    assert "/claudecost 30d by workspace model" in words_of(await first_day.ask("help"))


@OVER_A_SOCKET
async def test_a_word_it_does_not_know_is_named_with_the_nearest_one(first_day: World) -> None:
    answer = await first_day.ask("yesterdy by model")

    assert 'did not understand "yesterdy"' in answer.text
    assert 'did you mean "yesterday"?' in answer.text


@OVER_A_SOCKET
@pytest.mark.parametrize("nonsense", ["<!channel>", "by <@U0BOB0001|bob>", "0d", "2023-13", "x" * 3000])
async def test_no_nonsense_goes_without_an_answer_or_calls_anybody(first_day: World, nonsense: str) -> None:
    answer = await first_day.ask(nonsense)

    assert "did not understand" in answer.text
    assert "<!channel>" not in markup_of(answer)
    assert "<@" not in markup_of(answer)


@OVER_A_SOCKET
async def test_the_parts_of_an_answer_without_a_model_are_named(first_day: World) -> None:
    assert "No model" in words_of(await first_day.ask("7d by model"))


async def test_many_questions_at_once_are_all_acknowledged_in_time(first_day: World) -> None:
    asked = await asyncio.gather(*(first_day.slack.command(COMMAND, "30d by key") for _ in range(20)))
    answers = await asyncio.gather(*(question.answer(within=10) for question in asked))

    assert all("$" in answer.text for answer in answers)
    assert max(first_day.slack.ack_times) < ACK_SECONDS


@OVER_A_SOCKET
@pytest.mark.parametrize("question", ["7d by model", "alerts", "status", "help", "nonsense"])
async def test_an_answer_whose_blocks_slack_refuses_comes_as_plain_text(first_day: World, question: str) -> None:
    refusal = Broken(404, body='{"ok": false, "error": "invalid_blocks"}')
    first_day.slack.faults.add(RESPONSE_URL, refusal)

    answer = await first_day.ask(question)

    assert answer.blocks == ()
    assert len(answer.text) > 40


async def test_an_answer_that_cannot_be_given_leaves_the_bot_alive(first_day: World) -> None:
    first_day.slack.faults.add(RESPONSE_URL, Dropped())
    await first_day.slack.command(COMMAND, "7d")
    await bot_of(first_day).until(lambda: not first_day.slack.faults._queues[RESPONSE_URL])

    assert "$" in (await first_day.ask("7d")).text


@OVER_A_SOCKET
async def test_an_archived_workspace_keeps_its_name(first_day: World) -> None:
    assert "Legacy chatbot" in words_of(await first_day.ask("30d"))


# --- Sharing ---


async def test_its_asker_can_share_an_answer_with_the_channel(first_day: World) -> None:
    answer = await first_day.ask("7d by model")

    shared = await (await first_day.slack.click(answer, "share_answer")).answer()

    assert shared.visible_to is None
    assert shared.channel == first_day.slack.channel
    assert shared.text == answer.text
    assert "share_answer" not in {button["action_id"] for button in buttons_of(shared)}


@OVER_A_SOCKET
async def test_nobody_else_can_share_it(first_day: World) -> None:
    answer, colleague = await first_day.ask("7d by key"), first_day.slack.colleague

    told = await (await first_day.slack.click(answer, "share_answer", user=colleague)).answer()

    assert told.visible_to == colleague
    assert "Only the person who asked" in told.text


@OVER_A_SOCKET
async def test_an_answer_that_is_no_longer_kept_cannot_be_shared(first_day: World) -> None:
    answer = await first_day.ask("7d by day")
    (button,) = [button for button in buttons_of(answer) if button["action_id"] == "share_answer"]
    old_block = {"type": "actions", "block_id": "share", "elements": [{**button, "value": "of-last-year"}]}
    forgotten = replace(answer, blocks=(old_block,))

    told = await (await first_day.slack.click(forgotten, "share_answer")).answer()

    assert "too old to share" in told.text


def buttons_of(message: SlackMessage) -> list[Mapping[str, Any]]:
    return [part for part in parts(message.blocks) if part.get("type") == "button"]


# --- Its health ---


async def test_healthz_says_that_all_is_well(first_day: World) -> None:
    url = f"http://127.0.0.1:{first_day.port}/healthz"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        health = await response.json()

    assert response.status == 200
    assert health["status"] == "ok"
    assert health["slack"]["connected"] is True
    assert health["data"]["failure"] is None
    assert health["clock"].startswith(f"process {bot_of(first_day).process.pid} on ")


@pytest.mark.parametrize("first_day", ["http"], indirect=True)
async def test_a_request_without_slacks_signature_gets_401_and_no_answer(first_day: World) -> None:
    url = f"http://127.0.0.1:{first_day.port}/slack/events"
    form = {"command": COMMAND, "text": "7d", "user_id": "U1", "channel_id": "C1", "response_url": "http://127.0.0.1/"}
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as response:
        assert response.status == 401


@OVER_A_SOCKET
async def test_what_it_stores_is_for_its_owner_alone(first_day: World) -> None:
    files = {path.name: path.stat().st_mode & 0o777 for path in first_day.folder.glob("claudecost.db*")}

    assert "claudecost.db" in files
    assert set(files.values()) == {0o600}


@OVER_A_SOCKET
async def test_the_history_is_as_long_as_was_asked_for(first_day: World) -> None:
    today = first_day.clock().date()
    days = [row[0] for row in first_day.query("SELECT DISTINCT date(day * 86400, 'unixepoch') FROM fetched_day")]

    assert sorted(days) == [str(today - timedelta(days=back)) for back in range(40, -1, -1)]
