"""The Home tab in Slack: published when it is opened, at most once a minute; its buttons answer in a window."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from bot.messages.numbers import money
from bot.model import usd
from bot.sandbox.slack.faults import Refused
from tests.builders import last_days
from tests.listeners.conftest import listening

if TYPE_CHECKING:
    from typing import Any

    from bot.sandbox.slack.local import LocalSlack
    from tests.listeners.conftest import Listening
    from tests.loopback import Two


async def opened(slack: LocalSlack, *, user: str | None = None) -> dict[str, Any]:
    """Somebody's Home after they opened it."""
    await slack.ask("/claudecost", "help", user=user)  # so that they are known to be in a channel with the bot
    await slack.open_home(user=user)
    await slack.wait_until(lambda: slack.home(user) is not None)
    home = slack.home(user)
    assert home is not None
    return home


def published(slack: LocalSlack) -> int:
    return sum(call.method == "views.publish" for call in slack.calls)


async def test_opening_the_app_shows_the_month(bot: Listening) -> None:
    month = bot.world.organization.invoice(last_days(21)) / 100

    home = await opened(bot.world.slack)

    assert home["blocks"][0]["text"]["text"].startswith(f"November: {money(usd(month))} so far")
    assert bot.world.slack.home(bot.world.slack.colleague) is None


async def test_it_is_published_once_a_minute_for_each_person(bot: Listening) -> None:
    slack = bot.world.slack
    await opened(slack)
    await slack.open_home()
    await opened(slack, user=slack.colleague)
    assert published(slack) == 2

    bot.world.clock.advance(minutes=1)
    await slack.open_home()
    await slack.wait_until(lambda: published(slack) == 3)


async def test_the_messages_tab_is_not_ours_to_fill(bot: Listening) -> None:
    slack = bot.world.slack
    await slack.event({"type": "app_home_opened", "user": slack.user, "channel": "D1", "tab": "messages"})
    await opened(slack, user=slack.colleague)
    assert slack.home() is None


async def test_what_slack_refused_is_tried_when_it_is_opened_again(bot: Listening) -> None:
    slack = bot.world.slack
    slack.faults.add("views.publish", Refused("internal_error"))
    await slack.open_home()
    await slack.wait_until(lambda: published(slack) == 1)
    await bot.running.finished(within=5)
    await opened(slack)


async def test_workspaces_one_asks_about_come_first(bot: Listening) -> None:
    await bot.ask("why research")
    first = await opened(bot.world.slack)
    other = await opened(bot.world.slack, user=bot.world.slack.colleague)
    assert workspaces(first)[0].startswith("Research")
    assert workspaces(other)[0].startswith("Support assist")


def workspaces(home: dict[str, Any]) -> list[str]:
    (text,) = [block["text"]["text"] for block in home["blocks"] if block["block_id"] == "workspaces"]
    return str(text).splitlines()[3:-1]


async def test_each_button_answers_in_a_window(bot: Listening) -> None:
    slack = bot.world.slack
    home = await opened(slack)
    buttons = [button for block in home["blocks"] if block["type"] == "actions" for button in block["elements"]]
    for button in buttons:
        await slack.click(home, button["action_id"])
        await slack.wait_until(lambda: "One moment" not in str(slack.modal() or "One moment"))
        assert len(slack.require_modal()["blocks"]) >= 2
        await slack.close_modal()
    assert len(buttons) >= 5


async def test_a_window_that_slack_does_not_open_is_logged(bot: Listening, caplog: Any) -> None:
    slack = bot.world.slack
    home = await opened(slack)
    slack.faults.add("views.open", Refused("internal_error"))
    await slack.click(home, "home_ask_0")
    await slack.wait_until(lambda: any(call.method == "views.open" for call in slack.calls))
    await bot.running.finished(within=5)
    assert "was not answered" in caplog.text


async def test_a_database_that_cannot_be_read_is_said_on_the_home(bot: Listening) -> None:
    path = bot.world.settings.claudecost_database
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE fetched_day")
    home = await opened(bot.world.slack)
    assert "finds the reason in its log" in str(home["blocks"])


async def test_before_the_first_sync_there_is_no_dollar(empty_bot: Listening) -> None:
    home = await opened(empty_bot.world.slack)
    assert "$" not in str(home)


async def test_several_organisations_are_added_up(two: Two) -> None:
    two.world.change(claudecost_backfill_days=21)
    await two.world.sync_all()
    async with listening(two.world):
        home = await opened(two.world.slack)
    assert money(usd(two.invoices(21))) in home["blocks"][0]["text"]["text"]
