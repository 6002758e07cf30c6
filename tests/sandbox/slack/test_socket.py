from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from bot.sandbox.slack.delivery import NotAcknowledgedError, Retry
from bot.sandbox.slack.local import LocalSlack
from tests.sandbox.slack.peers import HASTY_PING_SECONDS, bolt_app, clock, socket_mode, web_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_bolt.async_app import AsyncAck, AsyncRespond

SHARE = {
    "type": "actions",
    "elements": [
        {
            "type": "button",
            "action_id": "share_answer",
            "value": "42",
            "text": {"type": "plain_text", "text": "Share in channel"},
        }
    ],
}


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(now=clock) as slack:
        yield slack


async def test_a_command_is_acknowledged_and_answered(slack: LocalSlack) -> None:
    app = bolt_app(slack)

    @app.command("/claudecost")
    async def answer(ack: AsyncAck, respond: AsyncRespond, command: dict[str, Any]) -> None:
        await ack()
        await respond(text=f"you asked for {command['text']}")

    async with socket_mode(slack, app):
        interaction = await slack.command("/claudecost", "7d")
        said = await interaction.answer()
    assert said.text == "you asked for 7d"
    assert said.visible_to == slack.user
    assert interaction.acked_after is not None
    assert 0 < interaction.acked_after < 1
    assert slack.ack_times == [interaction.acked_after]
    assert slack.answers == slack.whispers() == [said]
    assert slack.messages() == []


async def test_a_command_carries_every_field_slack_sends(slack: LocalSlack) -> None:
    app = bolt_app(slack)
    seen: list[dict[str, Any]] = []

    @app.command("/claudecost")
    async def answer(ack: AsyncAck, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack()

    async with socket_mode(slack, app):
        interaction = await slack.command("/claudecost", "7d by model", user=slack.colleague)
    callback = {"response_url": interaction.response_url, "trigger_id": interaction.trigger_id}
    assert seen == [
        {
            "token": "local-verification-token",
            "team_id": "T0LOCAL01",
            "team_domain": "local",
            "channel_id": slack.channel,
            "channel_name": "claude-costs",
            "user_id": slack.colleague,
            "user_name": "bob",
            "command": "/claudecost",
            "text": "7d by model",
            "api_app_id": "A0LOCAL01",
            "is_enterprise_install": "false",
            **callback,
        }
    ]


async def test_an_ack_with_a_text_is_an_answer(slack: LocalSlack) -> None:
    app = bolt_app(slack)

    @app.command("/claudecost")
    async def answer(ack: AsyncAck) -> None:
        await ack("at once")

    async with socket_mode(slack, app):
        assert (await slack.ask("/claudecost")).text == "at once"


async def test_a_command_nobody_listens_to_is_never_acknowledged(slack: LocalSlack) -> None:
    async with socket_mode(slack, bolt_app(slack)):
        with pytest.raises(NotAcknowledgedError, match="no ack of slash_commands"):
            await slack.command("/unknown", within=0.2)
    assert slack.ack_times == []


async def test_a_late_ack_is_noticed(slack: LocalSlack) -> None:
    app = bolt_app(slack)

    @app.command("/claudecost")
    async def answer(ack: AsyncAck) -> None:
        await asyncio.sleep(0.2)
        await ack()

    async with socket_mode(slack, app):
        with pytest.raises(NotAcknowledgedError):
            await slack.command("/claudecost", within=0.1)
        await slack.wait_until(lambda: len(slack.sockets.unexpected_acks) == 1)


async def test_without_an_app_a_command_fails(slack: LocalSlack) -> None:
    with pytest.raises(NotAcknowledgedError, match="no open socket"):
        await slack.command("/claudecost", within=0.05)


async def test_a_click_replaces_the_message_it_was_on(slack: LocalSlack) -> None:
    app = bolt_app(slack)
    seen: list[dict[str, Any]] = []

    @app.action("share_answer")
    async def share(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()
        seen.append(body)
        await respond(text="shared", replace_original=True)

    await web_client(slack).chat_postMessage(channel=slack.channel, text="the answer", blocks=[SHARE])
    async with socket_mode(slack, app):
        interaction = await slack.click(slack.messages()[0], "share_answer", user=slack.colleague)
        await interaction.answer()
    assert [message.text for message in slack.messages()] == ["shared"]
    assert seen[0]["user"]["id"] == slack.colleague
    assert seen[0]["channel"]["id"] == slack.channel
    assert seen[0]["message"]["text"] == "the answer"
    assert seen[0]["actions"][0]["value"] == "42"


async def test_a_click_on_an_ephemeral_message_comes_without_its_content(slack: LocalSlack) -> None:
    app = bolt_app(slack)
    seen: list[dict[str, Any]] = []

    @app.command("/claudecost")
    async def answer(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="the answer", blocks=[SHARE])

    @app.action("share_answer")
    async def share(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()
        seen.append(body)
        await respond(text="the answer", response_type="in_channel", replace_original=False)
        await respond(delete_original=True)

    async with socket_mode(slack, app):
        said = await slack.ask("/claudecost")
        interaction = await slack.click(said, "share_answer")
        shared, deleted = await interaction.answer(), await interaction.answer()
    assert "message" not in seen[0]
    assert seen[0]["container"]["is_ephemeral"] is True
    assert slack.messages() == [shared]
    assert deleted.is_deleted
    assert slack.whispers() == []


async def test_a_click_on_what_is_not_there_says_what_is(slack: LocalSlack) -> None:
    await web_client(slack).chat_postMessage(channel=slack.channel, text="the answer", blocks=[SHARE])
    with pytest.raises(LookupError, match="there is: share_answer"):
        await slack.click(slack.messages()[0], "snooze")


async def test_after_a_refresh_commands_go_to_the_new_socket(slack: LocalSlack) -> None:
    app = bolt_app(slack)

    @app.command("/claudecost")
    async def answer(ack: AsyncAck) -> None:
        await ack("still here")

    async with socket_mode(slack, app):
        await slack.sockets.disconnect("refresh_requested")
        answers = await asyncio.gather(*(slack.ask("/claudecost") for _ in range(5)))
    assert [said.text for said in answers] == ["still here"] * 5
    assert slack.sockets.connections_made == 2
    assert max(slack.ack_times) < 1


async def test_the_app_comes_back_after_a_broken_connection(slack: LocalSlack) -> None:
    app = bolt_app(slack)

    @app.command("/claudecost")
    async def answer(ack: AsyncAck) -> None:
        await ack("back")

    async with socket_mode(slack, app, ping_seconds=HASTY_PING_SECONDS):
        slack.sockets.cut()
        await slack.wait_until(lambda: slack.sockets.connections_made == 2)
        assert (await slack.ask("/claudecost")).text == "back"


async def test_a_silent_socket_is_left_by_the_app(slack: LocalSlack) -> None:
    app = bolt_app(slack)

    @app.command("/claudecost")
    async def answer(ack: AsyncAck) -> None:
        await ack("back")

    async with socket_mode(slack, app, ping_seconds=HASTY_PING_SECONDS):
        slack.sockets.fall_silent()
        with pytest.raises(NotAcknowledgedError):
            await slack.command("/claudecost", within=0.05)
        await slack.wait_until(lambda: slack.sockets.connections_made == 2)
        assert (await slack.ask("/claudecost")).text == "back"


async def test_slack_can_go_down_and_come_back(slack: LocalSlack) -> None:
    url = slack.api_url
    await slack.stop()
    await slack.start()
    assert slack.api_url == url
    assert (await web_client(slack).auth_test())["user_id"] == slack.workspace.bot_user


async def test_envelopes_take_turns_between_two_sockets(slack: LocalSlack) -> None:
    app, other = bolt_app(slack), bolt_app(slack)

    @app.command("/claudecost")
    async def answer(ack: AsyncAck) -> None:
        await ack("one")

    @other.command("/claudecost")
    async def answer_too(ack: AsyncAck) -> None:
        await ack("two")

    async with socket_mode(slack, app), socket_mode(slack, other):
        await slack.until_connected(connections=2)
        said = {(await slack.ask("/claudecost")).text for _ in range(2)}
    assert said == {"one", "two"}


async def test_an_event_sent_again_says_so(slack: LocalSlack) -> None:
    app = bolt_app(slack)
    retries: list[Any] = []

    @app.event("app_uninstalled")
    async def gone(request: Any) -> None:
        retries.append((request.headers["x-slack-retry-num"], request.headers["x-slack-retry-reason"]))

    async with socket_mode(slack, app):
        await slack.event({"type": "app_uninstalled"}, retry=Retry(attempt=1, reason="timeout"))
    assert retries == [(["1"], ["timeout"])]


async def test_hello_comes_first_and_pings_follow() -> None:
    async with LocalSlack(now=clock, ping_every=0.01) as slack, ClientSession() as session:
        opened = await web_client(slack).apps_connections_open(app_token=slack.app_token)
        async with session.ws_connect(opened["url"], autoping=False) as socket:
            hello, ping = await socket.receive_json(), await socket.receive()
    assert hello["type"] == "hello"
    assert hello["num_connections"] == 1
    assert hello["connection_info"] == {"app_id": "A0LOCAL01"}
    assert hello["debug_info"]["host"]
    assert ping.type is WSMsgType.PING


async def test_a_socket_needs_a_ticket(slack: LocalSlack) -> None:
    async with ClientSession() as session:
        with pytest.raises(WSServerHandshakeError):
            await session.ws_connect(f"{slack.base_url}/link/?ticket=guessed")


async def test_a_socket_that_ignores_a_warning_stays_open(slack: LocalSlack) -> None:
    async with ClientSession() as session:
        opened = await web_client(slack).apps_connections_open(app_token=slack.app_token)
        async with session.ws_connect(opened["url"]) as socket:
            await socket.receive_json()
            await slack.sockets.disconnect("warning")
            assert (await socket.receive_json())["reason"] == "warning"
            await slack.until_connected()
