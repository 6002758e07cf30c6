"""What the doctor asks Slack, without anything of it being seen there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import LocalSlack
from bot.slack_api import NotPosted, SlackExaminer
from tests.builders import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(now=lambda: NOW) as local:
        yield local


def examiner(slack: LocalSlack, *, token: str = "") -> SlackExaminer:
    return SlackExaminer(AsyncWebClient(token=token or slack.bot_token, base_url=slack.api_url, retry_handlers=[]))


async def test_an_installation_knows_its_scopes(slack: LocalSlack) -> None:
    slack.grant("channels:history")

    installation = await examiner(slack).fetch_installation()

    assert installation.user == "claudecost"
    assert installation.scopes == {"commands", "chat:write", "channels:history"}


async def test_a_wrong_token_is_refused(slack: LocalSlack) -> None:
    with pytest.raises(NotPosted, match="SLACK_BOT_TOKEN is not accepted"):
        await examiner(slack, token="xoxb-wrong").fetch_installation()


async def test_a_socket_is_asked_for_and_not_opened(slack: LocalSlack) -> None:
    await examiner(slack).try_socket(slack.app_token)

    assert slack.sockets.connections_made == 0


async def test_a_wrong_app_token_is_refused(slack: LocalSlack) -> None:
    with pytest.raises(NotPosted, match="SLACK_APP_TOKEN"):
        await examiner(slack).try_socket("xapp-wrong")


async def test_a_channel_is_tried_without_a_trace(slack: LocalSlack) -> None:
    await examiner(slack).try_channel(slack.channel, now=NOW)

    assert slack.messages() == []
    assert [call.method for call in slack.calls] == ["chat.scheduleMessage", "chat.deleteScheduledMessage"]


async def test_a_channel_without_the_bot_is_refused(slack: LocalSlack) -> None:
    with pytest.raises(NotPosted, match="invite the bot"):
        await examiner(slack).try_channel(slack.other_channel, now=NOW)
