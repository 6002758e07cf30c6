"""Posting and editing: what Slack's answers mean for the message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages.plain import plain_message
from bot.model import Message
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.faults import Broken, Dropped, Hanging, Moment, RateLimited, Refused
from bot.slack_api import APP_TOKEN_MENDS, Ambiguous, NotPosted, SlackPoster, answered
from tests.builders import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.slack.faults import Effect, Fault

POST = "chat.postMessage"
HELLO = Message("Hello", ({"type": "section", "text": {"type": "mrkdwn", "text": "*Hello*"}},))


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(now=lambda: NOW) as local:
        yield local


@pytest.fixture
def poster(slack: LocalSlack) -> SlackPoster:
    return SlackPoster(client_of(slack), plain=plain_message)


def client_of(slack: LocalSlack, *, timeout: int = 5) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, timeout=timeout, retry_handlers=[])


async def refusal(slack: LocalSlack, poster: SlackPoster, fault: Fault) -> NotPosted:
    slack.faults.add(POST, fault)
    with pytest.raises(NotPosted) as refused:
        await poster.post(slack.channel, HELLO, key="k")
    return refused.value


async def test_a_posted_message_is_where_slack_says(slack: LocalSlack, poster: SlackPoster) -> None:
    place = await poster.post(slack.channel, HELLO, key="k")

    (message,) = slack.messages()
    assert (place.channel, place.ts) == (message.channel, message.ts)
    assert message.blocks[0]["text"]["text"] == "*Hello*"


async def test_an_edit_changes_text_and_blocks(slack: LocalSlack, poster: SlackPoster) -> None:
    place = await poster.post(slack.channel, HELLO, key="k")

    assert await poster.edit(place, Message("Bye")) == place

    (message,) = slack.messages()
    assert (message.text, message.blocks) == ("Bye", ())


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found", "is_archived", "invalid_auth"])
async def test_a_refusal_that_a_person_can_mend_says_how(slack: LocalSlack, poster: SlackPoster, error: str) -> None:
    refused = await refusal(slack, poster, Refused(error))

    assert refused.permanent
    assert str(refused).startswith(f"Slack said {error}; ")


async def test_an_odd_refusal_is_not_for_a_person(slack: LocalSlack, poster: SlackPoster) -> None:
    refused = await refusal(slack, poster, Refused("odd"))

    assert not refused.permanent
    assert str(refused) == "Slack said odd"


async def test_a_rate_limit_says_how_long(slack: LocalSlack, poster: SlackPoster) -> None:
    assert (await refusal(slack, poster, RateLimited(17))).retry_after == 17


async def test_a_page_that_says_no_is_no(slack: LocalSlack, poster: SlackPoster) -> None:
    refused = await refusal(slack, poster, Broken(403))

    assert str(refused) == "Slack said HTTP 403"


async def test_out_of_reach_is_no(slack: LocalSlack, poster: SlackPoster) -> None:
    await slack.stop()

    with pytest.raises(NotPosted, match="unreachable; check the network"):
        await poster.post(slack.channel, HELLO, key="k")


@dataclass(frozen=True)
class PlainText:
    """A proxy's answer in plain text."""

    status: int

    async def answer(self, _request: web.Request, _effect: Effect) -> web.Response:
        return web.Response(status=self.status, text="upstream connect error")


@dataclass(frozen=True)
class HalfJson:
    """JSON that ends in the middle."""

    async def answer(self, _request: web.Request, _effect: Effect) -> web.Response:
        return web.Response(text='{"ok": tr', content_type="application/json")


@pytest.mark.parametrize(
    "fault",
    [
        Broken(500),
        Broken(200),
        PlainText(200),
        PlainText(503),
        HalfJson(),
        Dropped(),
        Dropped(Moment.AFTER),
        Refused("internal_error"),
        Refused("service_unavailable"),
    ],
    ids=str,
)
async def test_nobody_knows_what_became_of_a_call_without_a_clear_answer(
    slack: LocalSlack, poster: SlackPoster, fault: Fault
) -> None:
    slack.faults.add(POST, fault)

    with pytest.raises(Ambiguous, match="answer"):
        await poster.post(slack.channel, HELLO, key="k")


async def test_nor_of_one_that_took_too_long(slack: LocalSlack) -> None:
    slack.faults.add(POST, Hanging(seconds=2))
    poster = SlackPoster(client_of(slack, timeout=1), plain=plain_message)

    with pytest.raises(Ambiguous, match="TimeoutError"):
        await poster.post(slack.channel, HELLO, key="k")


async def test_refused_blocks_are_sent_once_more_as_plain_text(
    slack: LocalSlack, poster: SlackPoster, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = Message("Hello", ({"type": "header", "text": {"type": "plain_text", "text": "x" * 200}},))

    await poster.post(slack.channel, wrong, key="k")

    (message,) = slack.messages()
    assert "x" * 200 in message.text
    assert all(block["type"] != "header" for block in message.blocks)
    assert "Slack refused a message's blocks" in caplog.text
    assert "Slack said of invalid_blocks" in caplog.text  # the pointer to the block


async def test_what_is_refused_as_plain_text_too_is_refused(slack: LocalSlack, poster: SlackPoster) -> None:
    slack.faults.add(POST, Refused("invalid_blocks"), Refused("invalid_blocks"))

    with pytest.raises(NotPosted, match="invalid_blocks"):
        await poster.post(slack.channel, HELLO, key="k")


async def test_a_message_without_blocks_is_not_sent_again(slack: LocalSlack, poster: SlackPoster) -> None:
    slack.faults.add(POST, Refused("msg_too_long"))

    with pytest.raises(NotPosted, match="msg_too_long"):
        await poster.post(slack.channel, Message("Hello"), key="k")

    assert slack.messages() == []


async def test_a_posting_is_found_by_its_key(slack: LocalSlack, poster: SlackPoster) -> None:
    slack.grant("channels:history")
    place = await poster.post(slack.channel, HELLO, key="k")
    await poster.post(slack.channel, HELLO, key="other")

    oldest = NOW.timestamp() - 60
    assert await poster.find_posted(slack.channel, key="k", oldest=oldest) == place
    assert await poster.find_posted(slack.channel, key="never", oldest=oldest) is None


async def test_the_app_tokens_mends_are_its_own(slack: LocalSlack) -> None:
    with pytest.raises(NotPosted, match="SLACK_APP_TOKEN is not accepted"):
        await answered(client_of(slack).apps_connections_open(app_token="xapp-wrong"), mends=APP_TOKEN_MENDS)
