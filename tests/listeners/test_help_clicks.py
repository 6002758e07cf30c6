"""Help's buttons ask its examples, and show one topic in place of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.messages.commands import FIRST, TOPICS, find_topic
from bot.messages.help import CANDIDATE, EXPLORE, RUN, TOPIC

if TYPE_CHECKING:
    from bot.messages.commands import Topic
    from bot.sandbox.slack.workspace import SlackMessage
    from tests.listeners.conftest import Listening


def headline(message: SlackMessage) -> str:
    return str(message.blocks[0]["text"]["text"])


async def test_an_example_is_asked_and_help_stays(bot: Listening) -> None:
    shown = await bot.ask("help")

    answer = await (await bot.world.slack.click(shown, RUN)).answer()

    assert shown.blocks[1]["accessory"]["value"] == FIRST[0].typed
    assert "in 7 days" in headline(answer)
    assert bot.world.slack.whispers() == [shown, answer]


async def test_a_topic_takes_the_place_of_the_others_and_back(bot: Listening) -> None:
    shown = await bot.ask("help")

    topic = await (await bot.world.slack.click(shown, f"{TOPIC}alerts")).answer()
    back = await (await bot.world.slack.click(topic, TOPIC)).answer()

    assert headline(topic) == "Alerts"
    assert headline(back) == headline(shown)
    assert bot.world.slack.whispers() == [back]


async def test_explore_opens_the_window(bot: Listening) -> None:
    await bot.world.slack.click(await bot.ask("help"), EXPLORE)

    await bot.world.slack.wait_until(lambda: bot.world.slack.modal() is not None)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.word)
def test_each_topic_is_found_by_its_word(topic: Topic) -> None:
    assert find_topic(topic.word) is topic


async def test_a_topic_can_be_typed(bot: Listening) -> None:
    assert headline(await bot.ask("help Alerts")) == "Alerts"
    assert headline(await bot.ask("help status")) == "The bot and its data"


async def test_a_topic_there_is_not_names_those_there_are(bot: Listening) -> None:
    answer = await bot.ask("help colours")

    assert answer.text.startswith('I did not understand "colours": there is help on spend, why, ')


async def test_what_a_word_could_mean_is_offered_and_answered_in_place(bot: Listening) -> None:
    asked = await bot.ask("7d by model claude-")
    assert "Which “claude-” do you mean?" in headline(asked)

    answer = await (await bot.world.slack.click(asked, f"{CANDIDATE}0")).answer()

    assert "in 7 days" in answer.text
    assert bot.world.slack.whispers() == [answer]


async def test_a_word_of_why_is_asked_back_and_answered_as_why(bot: Listening) -> None:
    asked = await bot.ask("why claude- 14d")

    answer = await (await bot.world.slack.click(asked, f"{CANDIDATE}0")).answer()

    assert "*Why:*" in str(answer.blocks)
    assert "in 14 days" in headline(answer)


async def test_csv_can_be_typed(bot: Listening) -> None:
    answer = await bot.ask("7d by model csv")

    assert "model,usd,usd_before" in str(answer.blocks)
