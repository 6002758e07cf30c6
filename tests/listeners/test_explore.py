"""Exploring: a window asks, the answer comes to whoever asked, and says what to type."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from bot.listeners.explore import understood
from bot.messages.alert_answers import TOO_LATE
from bot.messages.answer_buttons import BY, WITHOUT_PEOPLE
from bot.messages.explore import (
    DAYS,
    EXPLORE_SHORTCUT,
    KEYS,
    Choices,
    KeyChoice,
    WrongDates,
    chosen_days,
    explore_view,
    key_options,
)
from bot.sandbox.slack.faults import Refused
from bot.sandbox.slack.limits import refuse_options, refuse_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.slack.workspace import SlackMessage
    from tests.listeners.conftest import Listening


async def opened(bot: Listening, *, channel: str | None = None) -> None:
    """Somebody types it, and has the window."""
    await bot.world.slack.command("/claudecost", " Explore ", channel=channel)
    await bot.world.slack.wait_until(lambda: bot.world.slack.modal() is not None)


async def shown(bot: Listening, values: Mapping[str, object]) -> SlackMessage:
    """What comes of a window that is sent off."""
    before = len(bot.world.slack.workspace.log)
    await bot.world.slack.submit(values)
    await bot.running.finished(within=5)
    return bot.world.slack.workspace.log[before:][-1]


async def days_chosen(bot: Listening, days: str) -> None:
    """Somebody chooses days in the window."""
    await bot.world.slack.click(bot.world.slack.require_modal(), DAYS, choose=days)
    await bot.running.finished(within=5)


def typed(message: SlackMessage) -> str:
    """What to type for the same."""
    return str(message.blocks[-1]["text"]["text"])


async def test_what_was_chosen_is_answered_where_it_was_typed(bot: Listening) -> None:
    await opened(bot)

    answer = await shown(bot, {"days": "30d", "by": "model", "then": "token"})

    assert bot.world.slack.whispers() == [answer]
    assert answer.channel == bot.world.slack.channel
    assert typed(answer) == "To type it: `/claudecost 30d by model token`"


async def test_as_it_opens_it_asks_for_the_usual(bot: Listening) -> None:
    await opened(bot)

    assert typed(await shown(bot, {})) == "To type it: `/claudecost 7d by workspace`"


async def test_names_can_be_chosen_and_are_told_as_they_are_typed(bot: Listening) -> None:
    await opened(bot)
    (menu,) = [
        block["element"] for block in bot.world.slack.require_modal()["blocks"] if block["block_id"] == "workspaces"
    ]
    ingest = next(option for option in menu["options"] if option["text"]["text"] == "Ingest pipeline")

    answer = await shown(bot, {"by": "model", "workspaces": [ingest["value"]]})

    assert typed(answer) == "To type it: `/claudecost 7d by model workspace:'Ingest pipeline'`"


def days_of(days: str, since: str | None = None, until: str | None = None) -> str:
    """What is asked for by what was chosen in the window."""
    values: dict[str, dict[str, dict[str, Any]]] = {
        "days": {"days": {"selected_option": {"value": days}}},
        "since": {"since": {"selected_date": since}},
        "until": {"until": {"selected_date": until}},
    }
    return chosen_days(values, today=date(2026, 11, 22))


@pytest.mark.parametrize(
    ("chosen", "days"),
    [
        (("dates", "2026-11-01", "2026-11-15"), "2026-11-01..2026-11-15"),
        (("dates", "2026-11-12", "2026-11-12"), "2026-11-12..2026-11-12"),
        (("dates", "2026-11-01"), "since 2026-11-01"),
        (("30d", "2026-11-01", "2026-11-15"), "30d"),
    ],
)
def test_days_are_those_of_the_menu_or_of_the_calendars(chosen: tuple[str, ...], days: str) -> None:
    assert days_of(*chosen) == days


@pytest.mark.parametrize(
    ("chosen", "errors"),
    [
        (("dates",), {"days": "Choose the first day below, or days from this menu."}),
        (
            ("dates", "2026-11-12", "2026-11-01"),
            {"until": "It ends before it begins; 2026-11-12 is after 2026-11-01."},
        ),
        (("dates", "2026-12-24"), {"since": "Ask for a day from 2023-01-01 to 2026-11-22."}),
    ],
)
def test_dates_that_cannot_be_are_asked_for_again(chosen: tuple[str, ...], errors: dict[str, str]) -> None:
    with pytest.raises(WrongDates) as wrong:
        days_of(*chosen)
    assert wrong.value.errors == errors


async def test_dates_can_be_chosen(bot: Listening) -> None:
    await opened(bot)
    await days_chosen(bot, "dates")

    view = bot.world.slack.require_modal()
    assert refuse_view({name: view[name] for name in ("type", "title", "blocks", "submit")}) is None
    reversed_dates = {"days": "dates", "since": "2026-11-12", "until": "2026-11-01"}
    assert "It ends before it begins" in str((await bot.world.slack.submit(reversed_dates)).ack_payload)
    answer = await shown(bot, {**reversed_dates, "since": "2026-11-01", "until": "2026-11-15", "words": "-opus"})
    assert typed(answer) == "To type it: `/claudecost 2026-11-01..2026-11-15 by workspace -opus`"


async def test_calendars_are_there_for_other_dates_alone(bot: Listening) -> None:
    await opened(bot)
    before = bot.world.slack.require_modal()["blocks"]

    await days_chosen(bot, "dates")
    ids = [block["block_id"] for block in bot.world.slack.require_modal()["blocks"]]
    await days_chosen(bot, "30d")

    assert ids[:4] == ["days", "since", "until", "by"]
    assert bot.world.slack.require_modal()["blocks"] == before


async def test_keys_are_found_while_they_are_typed(bot: Listening) -> None:
    await opened(bot)

    found = await bot.world.slack.suggest(KEYS, "INGEST-P")
    ingest = next(key for key in found if key["text"]["text"] == "ingest-prod")
    answer = await shown(bot, {"by": "model", KEYS: [ingest]})

    assert (ingest["text"]["text"], ingest["description"]["text"]) == ("ingest-prod", "Ingest pipeline")
    assert typed(answer) == "To type it: `/claudecost 7d by model key:ingest-prod`"
    assert answer.text.startswith("ingest-prod: $")


async def test_keys_that_are_called_the_same_are_told_apart(bot: Listening) -> None:
    with bot.world.open_store() as store:
        store.session.execute("UPDATE api_key SET name = 'shared'")
    await opened(bot)

    keys = await bot.world.slack.suggest(KEYS, "shar")

    assert {key["text"]["text"] for key in keys} == {"shared"}
    assert len({key["value"] for key in keys}) == len(keys) > 1
    assert f"key:{keys[1]['value']}" in typed(await shown(bot, {KEYS: [keys[1]]}))


async def test_no_keys_are_suggested_while_the_data_cannot_be_read(bot: Listening) -> None:
    await opened(bot)
    assert await bot.running.finished(within=5)
    bot.world.settings.claudecost_database.write_bytes(b"no database " * 500)

    assert await bot.world.slack.suggest(KEYS, "ingest") == []


def test_as_many_keys_are_suggested_as_a_menu_takes() -> None:
    many = [KeyChoice(f"{'k' * 80}{number}", "w" * 90, f"apikey_{number}") for number in range(200)]
    options = key_options([KeyChoice("long", "w", "x" * 200), *many])
    assert refuse_options(options) is None
    assert len(options) == 100


async def test_where_the_bot_is_not_the_answer_comes_directly(bot: Listening) -> None:
    await bot.ask("help")  # so that they are known to be in a channel with the bot
    await opened(bot, channel=bot.world.slack.other_channel)

    answer = await shown(bot, {"by": "model"})

    assert answer.channel == bot.world.slack.workspace.direct_message_with(bot.world.slack.user).id


async def test_the_shortcut_asks_the_same_and_answers_directly(bot: Listening) -> None:
    await bot.ask("help")  # so that they are known to be in a channel with the bot
    await bot.world.slack.shortcut(EXPLORE_SHORTCUT)
    await bot.world.slack.wait_until(lambda: bot.world.slack.modal() is not None)

    answer = await shown(bot, {"words": "last month"})

    assert typed(answer) == "To type it: `/claudecost last month by workspace`"
    assert "Share in channel" not in str(answer.blocks)
    assert answer.channel == bot.world.slack.workspace.direct_message_with(bot.world.slack.user).id


async def test_an_answer_given_directly_is_gone_on_from_in_place(bot: Listening) -> None:
    await bot.ask("help")  # so that they are known to be in a channel with the bot
    await bot.world.slack.shortcut(EXPLORE_SHORTCUT)
    await bot.world.slack.wait_until(lambda: bot.world.slack.modal() is not None)
    answer = await shown(bot, {})
    (menu,) = [e for block in answer.blocks for e in block.get("elements", ()) if e.get("action_id") == BY]

    clicked = await bot.world.slack.click(answer, BY, choose=menu["options"][1]["value"])
    other = await clicked.answer()

    assert other.ts == answer.ts
    assert "by model" in str(other.blocks)


async def test_a_word_that_means_nothing_is_asked_for_again(bot: Listening) -> None:
    await opened(bot)

    sent = await bot.world.slack.submit({"words": "last month last week"})

    assert "ask for one period at a time" in str(sent.ack_payload)
    assert bot.world.slack.modal() is not None
    assert bot.world.slack.whispers() == []


async def test_a_window_that_slack_waits_for_no_longer_is_said(bot: Listening) -> None:
    bot.world.slack.faults.add("views.open", Refused("expired_trigger_id"))

    told = await bot.world.slack.ask("/claudecost", "explore")

    assert told.text == TOO_LATE.text
    assert told.visible_to == bot.world.slack.user


@pytest.mark.parametrize(
    ("days", "words", "question"),
    [
        ("30d", "by model", "30d by model"),
        ("30d", "by model last month", "last month by model"),
        ("month", "by workspace org:acme", "month by workspace org:acme"),
    ],
)
def test_days_that_are_typed_replace_those_chosen(days: str, words: str, question: str) -> None:
    assert str(understood(days, words, today=date(2026, 11, 22))) == question


def test_slack_takes_the_window() -> None:
    view = explore_view(
        groupings=WITHOUT_PEOPLE, choices=Choices(["a", "b"], ["c"]), today=date(2026, 11, 22), carries="C1"
    )
    assert refuse_view(view) is None
    assert [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"] == snapshot(
        ["Days", "Group by", "And by", "Only these workspaces", "Only these API keys", "Anything else"]
    )


def test_slack_takes_a_window_of_a_thousand_names() -> None:
    many = [f"{'x' * 70}{number}" for number in range(1000)]
    view = explore_view(
        groupings=WITHOUT_PEOPLE, choices=Choices(["x" * 80, "", *many], many), today=date(2026, 11, 22), carries="C1"
    )
    assert refuse_view(view) is None
