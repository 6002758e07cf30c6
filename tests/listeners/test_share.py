"""The share button: the answer as it was given, for all, if its asker says so."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.listeners.share import EXPIRED, NOT_YOURS
from bot.messages.answer_buttons import SHARE
from bot.model import Message

if TYPE_CHECKING:
    import pytest

    from tests.listeners.conftest import Listening


async def test_a_shared_answer_is_seen_by_all(bot: Listening) -> None:
    answer = await bot.ask("7d")

    interaction = await bot.world.slack.click(answer, SHARE)
    shared = await interaction.answer()

    assert bot.world.slack.messages() == [shared]
    assert shared.text == answer.text
    assert "share_answer" not in str(shared.blocks)


async def test_it_is_shared_as_it_was_told(bot: Listening) -> None:
    answer = await bot.ask("7d")
    bot.world.organization.restate(bot.world.clock().date() - timedelta(days=1), None, "5")
    await bot.world.sync()

    shared = await (await bot.world.slack.click(answer, SHARE)).answer()

    assert shared.text == answer.text


async def test_the_answer_itself_stays_with_its_asker(bot: Listening) -> None:
    answer = await bot.ask("7d")

    await (await bot.world.slack.click(answer, SHARE)).answer()

    assert bot.world.slack.whispers() == [answer]


async def test_only_its_asker_may_share_it(bot: Listening) -> None:
    answer = await bot.ask("7d")

    told = await (await bot.world.slack.click(answer, SHARE, user=bot.world.slack.colleague)).answer()

    assert told.text == NOT_YOURS
    assert told.visible_to == bot.world.slack.colleague
    assert bot.world.slack.messages() == []


async def test_an_answer_that_is_too_old_says_so(bot: Listening) -> None:
    answer = await bot.ask("7d")
    with bot.world.open_store() as store:
        later = bot.world.clock() + timedelta(days=31)
        store.answers.save_answer(user="U", channel="C", question="7d", message=Message("x"), at=later)

    told = await (await bot.world.slack.click(answer, SHARE)).answer()

    assert told.text == EXPIRED


async def test_an_unusable_database_is_told(bot: Listening, caplog: pytest.LogCaptureFixture) -> None:
    answer = await bot.ask("7d")
    assert await bot.running.finished(within=5)
    bot.world.settings.claudecost_database.write_bytes(b"no database " * 500)

    told = await (await bot.world.slack.click(answer, SHARE)).answer()

    assert "The stored data cannot be read" in told.text
    assert bot.world.slack.messages() == []
    assert "claudecost.db" in caplog.text


async def test_the_buttons_carry_ids_and_no_data(bot: Listening) -> None:
    answer = await bot.ask("7d")

    values = [
        value
        for block in answer.blocks
        for element in block.get("elements", ())
        for value in [element.get("value"), *(option["value"] for option in element.get("options", ()))]
        if value
    ]
    assert {value.partition(":")[0] for value in values} == {values[0].partition(":")[0]}
    assert "$" not in "".join(values)
    assert max(map(len, values)) < 40


async def test_a_shared_reason_has_no_buttons(bot: Listening) -> None:
    answer = await bot.ask("why ingest")

    shared = await (await bot.world.slack.click(answer, SHARE)).answer()

    assert "actions" not in {block["type"] for block in shared.blocks}
