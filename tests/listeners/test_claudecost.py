"""`/claudecost`: whatever is typed gets an answer, to the asker alone, from what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from bot.analysis.question import parse_question
from bot.listeners.claudecost import ALONE, LEADING
from bot.listeners.explore import EXPLORE
from bot.messages.commands import FIRST, LINES
from bot.messages.numbers import money
from bot.model import Person, Reason, Status, usd
from bot.sandbox.people import ADA
from bot.sandbox.slack.faults import RESPONSE_URL, Broken, Dropped, Held
from tests.builders import NOW, evaluation, finding, last_days
from tests.listeners.conftest import asks_only, listening

if TYPE_CHECKING:
    from bot.messages.commands import Line
    from bot.sandbox.slack.faults import Effect
    from bot.sandbox.slack.workspace import SlackMessage
    from tests.listeners.conftest import Listening
    from tests.loopback import World


@dataclass(frozen=True)
class InvalidBlocks:
    """What Slack says at a response URL when it does not like the blocks."""

    async def answer(self, _request: web.Request, _effect: Effect) -> web.Response:
        return web.json_response({"ok": False, "error": "invalid_blocks"}, status=404)


def shown(message: SlackMessage) -> str:
    """Everything a person can read in it."""
    return f"{message.text} {message.blocks}"


@asks_only
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "7 days"),
        ("7d", "7 days"),
        ("30d by model", "opus-4-7"),
        ("by key 7d", "ingest-prod"),
        ("yesterday by workspace", "Ingest pipeline"),
        ("today", "22 Nov"),
        ("week by day", "Mon 16 Nov"),
        ("30d by type", "Code execution"),
        ("by tokens 7d", "Cache read"),
        ("7d by token", "cache hit rate"),
        ("Month", "November: $"),
        ("month by model", "this month so far"),
        ("forecast", "forecast, $"),
        ("month ingest", "Ingest pipeline in November: $"),
        ("month opus by day", "opus: $"),
        ("forecast org:example", "ask for"),
        ("forecast -opus", "All but opus in November: $"),
        ("forecast ingst", "nothing here is called so; there is"),
        ("forecast by model", "a forecast is of this month"),
        ("forecast 7d", "a forecast is of this month"),
        ("forecast next month", "these days have not begun"),
        ("month forecast", "begin with it"),
        ("7d month", "one period at a time"),
        ("last month", "Oct"),
        ("2026-10", "Oct"),
        ("why ingest", "cache hit rate 88 % →"),
        ("WHY “Ingest pipeline” yesterday", "Ingest pipeline up"),
        ("why research 14d", "in 14 days"),
        ("why", "All spend"),
        ("why opus -research 14d", "opus without Research"),
        ("why ingest by model", "what it is about and days"),
        ("why chekout", "nothing here is called so; there is"),
        ("  ALERTS ", "Nothing was judged yet"),
        ("tune", "Messages a week over the last"),
        ("status", "ANTHROPIC_ADMIN_KEY"),
        ("help", "What you can ask"),
    ],
)
async def test_each_word_has_its_answer(shared_bot: Listening, text: str, words: str) -> None:
    answer = await shared_bot.ask(text)

    assert words in shown(answer)
    assert answer.visible_to == shared_bot.world.slack.user


@asks_only
async def test_dollars_are_those_of_the_invoice(shared_bot: Listening) -> None:
    week = shared_bot.world.organization.invoice(last_days(7)) / 100

    answer = await shared_bot.ask("7d")

    assert money(usd(week)) in answer.text


@asks_only
async def test_what_was_not_understood_is_named(shared_bot: Listening) -> None:
    answer = await shared_bot.ask("7d by wrkspace <!channel>")

    assert answer.text.startswith('I did not understand "by wrkspace"')
    assert "<!channel>" not in shown(answer)


async def test_before_the_first_sync_there_is_no_data_and_not_zero(empty_bot: Listening) -> None:
    answer = await empty_bot.ask("7d")

    assert "$0" not in shown(answer)
    assert "o data" in shown(answer)


async def test_open_alerts_are_listed(bot: Listening) -> None:
    await bot.world.build_clock().pull()

    answer = await bot.ask("alerts")

    assert answer.text.startswith("1 open alert")
    assert "Ingest pipeline" in shown(answer)


async def test_what_was_held_is_told_by_the_rule_it_was_held_by(bot: Listening) -> None:
    held = finding(status=Status.HELD, reason=Reason.BELOW_FLOOR)
    judged = evaluation(held, threshold_percent="40", floor="17.50")
    with bot.world.open_store() as store:
        store.alerts.save_evaluation(judged, revision=0, evaluated_at=NOW)

    answer = await bot.ask("alerts")

    assert "Over 40 % but not announced: 1 under the $17.50 floor" in answer.text


@asks_only
async def test_status_says_how_the_bot_is(shared_bot: Listening) -> None:
    answer = shown(await shared_bot.ask("status"))

    assert shared_bot.world.organization.name in answer
    assert "0.1.0" in answer


@asks_only
async def test_an_answer_asks_the_admin_api_nothing(shared_bot: Listening) -> None:
    shared_bot.world.admin_api.requests.clear()

    await shared_bot.ask("30d by key")

    assert shared_bot.world.admin_api.requests == []


async def test_the_acknowledgement_waits_for_no_answer(bot: Listening) -> None:
    bot.world.slack.faults.add(RESPONSE_URL, held := Held())

    interaction = await bot.world.slack.command("/claudecost", "30d by key")

    assert interaction.ack_payload is None
    assert interaction.answers == []
    held.released.set()
    assert "ingest-prod" in shown(await interaction.answer())


# --- What goes wrong ---


async def test_an_unusable_database_is_answered_and_explained_in_the_log(
    bot: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    assert await bot.running.finished(within=5)
    bot.world.settings.claudecost_database.write_bytes(b"no database " * 500)

    for word in ("7d", "status", "alerts"):
        assert "The stored data cannot be read" in (await bot.ask(word)).text

    assert "claudecost.db" in caplog.text


async def test_an_unexpected_error_is_answered_too(bot: Listening, caplog: pytest.LogCaptureFixture) -> None:
    with bot.world.open_store() as store:
        store.session.execute("DROP TABLE answer")  # nothing that this program does

    answer = await bot.ask("7d")

    assert "Something went wrong" in answer.text or "cannot be read" in answer.text
    assert "could not be answered" in caplog.text


async def test_refused_blocks_are_answered_as_plain_text(bot: Listening) -> None:
    bot.world.slack.faults.add(RESPONSE_URL, InvalidBlocks())

    answer = await bot.ask("7d")

    assert answer.blocks == ()
    assert "Ingest pipeline" in answer.text


async def test_an_answer_that_slack_never_takes_is_logged(bot: Listening, caplog: pytest.LogCaptureFixture) -> None:
    bot.world.slack.faults.always(RESPONSE_URL, Broken(500))

    await bot.world.slack.command("/claudecost", "7d")
    await bot.running.finished(within=5)

    assert caplog.text.count("Slack refused an answer (HTTP 500") == 2


async def test_an_answer_whose_connection_breaks_is_logged(bot: Listening, caplog: pytest.LogCaptureFixture) -> None:
    bot.world.slack.faults.always(RESPONSE_URL, Dropped())

    await bot.world.slack.command("/claudecost", "7d")
    await bot.running.finished(within=5)

    assert "nobody knows whether an answer got to Slack" in caplog.text


@asks_only
@pytest.mark.usefixtures("threads")
async def test_many_questions_at_once_are_all_answered(shared_bot: Listening) -> None:
    asked = [await shared_bot.world.slack.command("/claudecost", f"{days}d") for days in range(1, 11)]

    for interaction in asked:
        assert (await interaction.answer()).text


async def test_answers_under_way_are_counted(bot: Listening) -> None:
    bot.world.slack.faults.add(RESPONSE_URL, held := Held())
    assert await bot.running.finished(within=0)

    await bot.world.slack.command("/claudecost", "help")

    assert not await bot.running.finished(within=0.05)
    held.released.set()
    assert await bot.running.finished(within=5)


@asks_only
async def test_who_spent_it_is_refused_in_one_line_where_it_is_off(shared_bot: Listening) -> None:
    answer = await shared_bot.ask("7d by person")

    assert "people = true under [privacy] in claudecost.toml" in answer.text
    assert "\n" not in answer.text
    assert answer.visible_to == shared_bot.world.slack.user


async def test_who_spent_it_is_answered_by_name(synced_people: World) -> None:
    async with listening(synced_people) as bot:
        answer = await bot.ask("7d by person")

    assert "Ada Lovelace" in shown(answer)
    assert "No person" in shown(answer)


async def test_a_name_formats_nothing(synced_people: World) -> None:
    with synced_people.open_store() as store:
        store.people.save_people([Person(ADA, "<!channel> *Ada* `Lovelace`", "")])
    async with listening(synced_people) as bot:
        answer = await bot.ask("7d by person")

    assert "!channel" in shown(answer)
    assert "<!channel>" not in shown(answer)


# --- What help says can be typed ---


@pytest.mark.parametrize("line", [*LINES, *FIRST], ids=lambda line: line.command)
def test_every_line_of_help_is_answered(line: Line) -> None:
    if line.typed not in ALONE and line.typed.split(" ")[0] not in {*LEADING, EXPLORE}:
        parse_question(line.typed, today=NOW.date())


def test_every_word_has_a_line_in_help() -> None:
    first_words = {line.typed.split(" ")[0] for line in LINES}
    assert {*LEADING, EXPLORE} <= first_words
    assert ALONE.keys() <= {line.typed for line in LINES}


@asks_only
async def test_a_word_that_stands_alone_says_so(shared_bot: Listening) -> None:
    answer = await shared_bot.ask("status by model")

    assert answer.text == 'I did not understand "status": type "status" alone'
