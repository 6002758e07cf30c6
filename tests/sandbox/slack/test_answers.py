from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.slack.faults import RESPONSE_URL, Broken
from bot.sandbox.slack.local import LocalSlack
from tests.sandbox.slack.peers import HandClock, bolt_app, clock, socket_mode, web_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_bolt.async_app import AsyncAck
    from slack_sdk.webhook import WebhookResponse

    from bot.sandbox.slack.answers import Interaction


@pytest.fixture
def now() -> HandClock:
    return HandClock()


@pytest.fixture
async def slack(now: HandClock) -> AsyncIterator[LocalSlack]:
    async with LocalSlack(now=now) as slack:
        yield slack


@pytest.fixture
async def asked(slack: LocalSlack) -> Interaction:
    """A command that was acknowledged and not answered yet."""
    app = bolt_app(slack)

    @app.command("/claudecost")
    async def answer(ack: AsyncAck) -> None:
        await ack()

    async with socket_mode(slack, app):
        return await slack.command("/claudecost")


async def respond(asked: Interaction, **body: Any) -> WebhookResponse:
    return await AsyncWebhookClient(asked.response_url, retry_handlers=[]).send(**body)


async def test_an_answer_is_for_the_asker_unless_it_says_in_channel(slack: LocalSlack, asked: Interaction) -> None:
    assert (await respond(asked, text="for you")).body == '{"ok": true}'
    await respond(asked, text="for all", response_type="in_channel")
    assert [message.text for message in slack.whispers()] == ["for you"]
    assert [message.text for message in slack.messages()] == ["for all"]


async def test_answers_come_one_after_the_other(asked: Interaction) -> None:
    for text in ("one", "two"):
        await respond(asked, text=text)
    assert [(await asked.answer()).text, (await asked.answer()).text] == ["one", "two"]
    assert asked.answered_after == sorted(asked.answered_after)


async def test_a_response_url_has_five_uses(slack: LocalSlack, asked: Interaction) -> None:
    answers = [await respond(asked, text=str(number)) for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert "used_url" in answers[-1].body
    assert len(slack.whispers()) == 5


async def test_a_response_url_lasts_thirty_minutes(now: HandClock, asked: Interaction) -> None:
    now.instant += timedelta(minutes=30)
    assert (await respond(asked, text="in time")).status_code == 200
    now.instant += timedelta(seconds=1)
    late = await respond(asked, text="too late")
    assert late.status_code == 404
    assert "expired_url" in late.body


async def test_invalid_blocks_come_back_as_a_404(slack: LocalSlack, asked: Interaction) -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "h" * 151}}
    refused = await respond(asked, text="t", blocks=[header])
    assert refused.status_code == 404
    assert "invalid_blocks" in refused.body
    assert [refusal.error for refusal in asked.refusals] == ["invalid_blocks"]
    assert slack.whispers() == []


async def test_a_missing_answer_says_what_was_refused(asked: Interaction) -> None:
    await respond(asked, text="")
    with pytest.raises(TimeoutError, match="no_text"):
        await asked.answer(within=0.01)


async def test_a_guessed_response_url_is_refused(slack: LocalSlack) -> None:
    guessed = await AsyncWebhookClient(f"{slack.base_url}/commands/T1/2/3").send(text="t")
    assert guessed.status_code == 404


async def test_response_urls_can_fail(slack: LocalSlack, asked: Interaction) -> None:
    slack.faults.add(RESPONSE_URL, Broken(500))
    assert (await respond(asked, text="t")).status_code == 500
    assert asked.uses == 0


async def test_a_replaced_message_that_is_gone_is_a_new_one() -> None:
    async with LocalSlack(now=clock) as slack:
        app = bolt_app(slack)

        @app.action("more")
        async def more(ack: AsyncAck) -> None:
            await ack()

        button = {"type": "button", "action_id": "more", "text": {"type": "plain_text", "text": "More"}}
        actions = {"type": "actions", "elements": [button]}
        await web_client(slack).chat_postMessage(channel=slack.channel, text="t", blocks=[actions])
        async with socket_mode(slack, app):
            clicked = await slack.click(slack.messages()[0], "more")
        slack.delete_message(slack.messages()[0])
        await respond(clicked, text="instead", replace_original=True)
        assert [message.text for message in slack.whispers()] == ["instead"]
