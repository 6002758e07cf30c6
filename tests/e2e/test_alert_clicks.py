"""An alert's buttons, as people use them on the real process; the same over both transports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.messages.alert_state import ACKNOWLEDGE, DETAILS, EXPECT, SNOOZE
from bot.messages.alert_views import REASON, UNTIL
from tests.e2e.harness import use_http, use_port, words_of

if TYPE_CHECKING:
    from bot.sandbox.slack.workspace import SlackMessage
    from tests.e2e.harness import Bot, World

TRANSPORTS = {"socket": use_port, "http": use_http}


def alert_of(world: World) -> SlackMessage:
    """The alert as everybody sees it now."""
    return world.slack.messages()[1]


def thread_of(world: World) -> list[str]:
    """What was said in its thread."""
    return [said.text for said in world.slack.messages() if said.thread_ts == alert_of(world).ts]


async def shows(world: World, bot: Bot, state: str) -> None:
    """Waits until the alert's message has a state."""
    await bot.until(lambda: alert_of(world).text.startswith(state))


def longest_snooze(message: SlackMessage) -> str:
    (menu,) = (
        element
        for block in message.blocks
        for element in block.get("elements", ())
        if element.get("action_id") == SNOOZE
    )
    return str(menu["options"][-1]["value"])


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_alert_is_looked_at_acknowledged_snoozed_and_expected(synced: World, transport: str) -> None:
    TRANSPORTS[transport](synced)
    slack = synced.slack
    async with synced.bot() as bot:
        await bot.until(lambda: synced.all_sent(count=2))

        await slack.click(alert_of(synced), DETAILS)
        await slack.wait_until(lambda: slack.modal() is not None)
        assert "By key" in shown(slack.require_modal())
        await slack.close_modal()

        await slack.click(alert_of(synced), ACKNOWLEDGE)
        await shows(synced, bot, "👀 Acknowledged: Ingest pipeline")
        late = await slack.click(alert_of_before(synced), ACKNOWLEDGE, user=slack.colleague)
        assert "already acknowledged" in (await late.answer()).text

        await slack.click(alert_of(synced), SNOOZE, choose=longest_snooze(alert_of(synced)))
        await shows(synced, bot, "💤 Snoozed: Ingest pipeline")

        await slack.click(alert_of(synced), EXPECT)
        await slack.wait_until(lambda: slack.modal() is not None)
        await slack.submit({REASON: "launch of the new search", UNTIL: str(synced.clock().date())})
        await shows(synced, bot, "📌 Expected: Ingest pipeline")
        await bot.until(lambda: len(thread_of(synced)) == 3)

    assert "launch of the new search" in words_of(alert_of(synced))
    assert thread_of(synced) == ["👀 Acknowledged", "💤 Snoozed", "📌 Expected"]
    assert max(slack.ack_times) < 3
    assert [message.channel for message in slack.messages()] == [slack.channel] * 5


def alert_of_before(world: World) -> SlackMessage:
    """The alert as a client that has not heard of the edit still shows it."""
    return world.slack.versions(alert_of(world))[0]


def shown(view: dict[str, Any]) -> str:
    """The words of a window."""
    return str(view["blocks"])
