from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession

from bot.sandbox.slack.delivery import NotAcknowledgedError, Retry
from bot.sandbox.slack.local import LocalSlack
from tests.sandbox.slack.peers import bolt_app, clock, http_mode, web_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_bolt.async_app import AsyncAck, AsyncRespond

BUTTON = {"type": "button", "action_id": "more", "value": "1", "text": {"type": "plain_text", "text": "More"}}


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(now=clock) as slack:
        yield slack


async def test_a_signed_command_is_acknowledged_and_answered(slack: LocalSlack) -> None:
    app = bolt_app(slack)

    @app.command("/claudecost")
    async def answer(ack: AsyncAck, respond: AsyncRespond, command: dict[str, Any]) -> None:
        await ack()
        await respond(text=f"{command['text']} asked by {command['user_name']}")

    async with http_mode(slack, app):
        assert (await slack.ask("/claudecost", "7d & more")).text == "7d & more asked by alice"
    assert len(slack.ack_times) == 1


@pytest.mark.parametrize("said", ["at once", {"text": "at once", "response_type": "in_channel"}])
async def test_an_ack_with_a_body_is_an_answer(slack: LocalSlack, said: Any) -> None:
    app = bolt_app(slack)

    @app.command("/claudecost")
    async def answer(ack: AsyncAck) -> None:
        await ack(said)

    async with http_mode(slack, app):
        assert (await slack.ask("/claudecost")).text == "at once"


async def test_a_signed_click_carries_its_message(slack: LocalSlack) -> None:
    app = bolt_app(slack)

    @app.action("more")
    async def more(ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any]) -> None:
        await ack()
        await respond(text=f"more of {body['message']['text']}")

    await web_client(slack).chat_postMessage(
        channel=slack.channel, text="it", blocks=[{"type": "actions", "elements": [BUTTON]}]
    )
    async with http_mode(slack, app):
        interaction = await slack.click(slack.messages()[0], "more")
        assert (await interaction.answer()).text == "more of it"


async def test_an_event_sent_again_has_the_retry_headers(slack: LocalSlack) -> None:
    app = bolt_app(slack)
    retries: list[Any] = []

    @app.event("app_uninstalled")
    async def gone(request: Any) -> None:
        retries.append((request.headers["x-slack-retry-num"], request.headers["x-slack-retry-reason"]))

    async with http_mode(slack, app):
        await slack.event({"type": "app_uninstalled"}, retry=Retry(attempt=2, reason="http_timeout"))
    assert retries == [(["2"], ["http_timeout"])]


async def test_a_wrong_signature_is_refused_by_the_app(slack: LocalSlack) -> None:
    app = bolt_app(slack)
    slack.signing_secret = "somebody else's"
    async with http_mode(slack, app):
        with pytest.raises(NotAcknowledgedError, match="HTTP 401"):
            await slack.command("/claudecost")


async def test_an_unsigned_request_is_refused_by_the_app(slack: LocalSlack) -> None:
    async with (
        http_mode(slack, bolt_app(slack)) as url,
        ClientSession() as session,
        session.post(url, data={"command": "/claudecost"}) as response,
    ):
        assert response.status == 401


async def test_a_command_nobody_listens_to_fails(slack: LocalSlack) -> None:
    async with http_mode(slack, bolt_app(slack)):
        with pytest.raises(NotAcknowledgedError, match="HTTP 404"):
            await slack.command("/unknown")


async def test_an_app_that_is_not_there_is_said_so(slack: LocalSlack) -> None:
    slack.use_http("http://127.0.0.1:9/slack/events")
    with pytest.raises(NotAcknowledgedError, match="cannot be reached"):
        await slack.command("/claudecost")


async def test_the_request_url_passes_slacks_check(slack: LocalSlack) -> None:
    async with http_mode(slack, bolt_app(slack)) as url:
        assert await slack.http_to(url).verify_url("challenge", within=1)


async def test_nothing_is_delivered_before_the_start() -> None:
    slack = LocalSlack(now=clock)
    slack.use_http("http://127.0.0.1:9/")
    with pytest.raises(RuntimeError, match="start the local Slack"):
        await slack.command("/claudecost")


async def test_http_is_still_used_after_slack_was_down(slack: LocalSlack) -> None:
    app = bolt_app(slack)

    @app.command("/claudecost")
    async def answer(ack: AsyncAck) -> None:
        await ack("back")

    async with http_mode(slack, app):
        await slack.stop()
        await slack.start()
        assert (await slack.ask("/claudecost")).text == "back"
