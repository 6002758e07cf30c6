"""Files as Slack takes them: announced, uploaded once, shared where the bot is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.local import LocalSlack
from tests.sandbox.slack.peers import clock, web_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.web.async_slack_response import AsyncSlackResponse


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(now=clock, scopes=("chat:write", "files:write")) as slack:
        yield slack


async def upload(slack: LocalSlack, channel: str) -> AsyncSlackResponse:
    return await web_client(slack).files_upload_v2(
        filename="a.csv", content="a,b\n1,2\n", channel=channel, initial_comment="Here"
    )


async def test_a_file_is_shared_in_a_direct_message(slack: LocalSlack) -> None:
    direct = (await web_client(slack).chat_postMessage(channel=slack.user, text="Soon"))["channel"]
    await upload(slack, direct)
    assert slack.messages(direct)[-1].files == ("a.csv",)
    (file,) = slack.files.kept.values()
    assert (file.content, file.channel) == (b"a,b\n1,2\n", direct)


@pytest.mark.parametrize(
    ("channel", "error"),
    [("U0ALICE01", "invalid_arguments"), ("C0RANDOM1", "not_in_channel"), ("C0NOWHERE", "channel_not_found")],
)
async def test_a_place_the_bot_is_not_in_is_refused(slack: LocalSlack, channel: str, error: str) -> None:
    with pytest.raises(SlackApiError, match=error):
        await upload(slack, channel)


async def test_without_the_scope_there_is_no_link() -> None:
    async with LocalSlack(now=clock) as slack:
        with pytest.raises(SlackApiError, match="missing_scope"):
            await upload(slack, slack.channel)


async def test_a_link_takes_as_many_bytes_as_were_announced_once(slack: LocalSlack) -> None:
    link = await web_client(slack).files_getUploadURLExternal(filename="a.csv", length=3)
    async with ClientSession() as session:
        statuses = []
        for body in (b"abcd", b"abc"):
            async with session.post(link["upload_url"], data=body) as response:
                statuses.append(response.status)
    assert statuses == [400, 400]
    with pytest.raises(SlackApiError, match="file_not_found"):
        await web_client(slack).files_completeUploadExternal(
            files=[{"id": link["file_id"], "title": "a.csv"}], channel_id=slack.channel
        )
