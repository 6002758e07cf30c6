from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.local import LocalSlack
from tests.sandbox.slack.peers import HandClock, bolt_app, clock, socket_mode, web_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.async_app import AsyncAck
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.slack.answers import Interaction

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value), "value": value}


REASON: Json = {
    "type": "input",
    "block_id": "why",
    "label": plain("Reason"),
    "element": {"type": "plain_text_input", "action_id": "reason"},
}
UNTIL: Json = {
    "type": "input",
    "block_id": "when",
    "label": plain("Until"),
    "optional": True,
    "element": {
        "type": "static_select",
        "action_id": "until",
        "options": [option("1d"), option("7d")],
        "initial_option": option("1d"),
    },
}
SNOOZE: Json = {
    "type": "section",
    "block_id": "snoozing",
    "text": plain("Snooze"),
    "accessory": {"type": "overflow", "action_id": "snooze", "options": [option("1d"), option("3d")]},
}


def modal(*blocks: Json, title: str = "Expected…", **parts: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "expected",
        "title": plain(title),
        "submit": plain("Save"),
        "blocks": list(blocks),
        **parts,
    }


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(now=clock) as slack:
        yield slack


def opening(slack: LocalSlack, view: Json) -> AsyncApp:
    """An app whose shortcut `explore` opens a modal."""
    app = bolt_app(slack)

    @app.shortcut("explore")
    async def explore(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    return app


async def open_modal(slack: LocalSlack) -> Interaction:
    interaction = await slack.shortcut("explore")
    await slack.wait_until(lambda: slack.modal() is not None)
    return interaction


async def test_a_shortcut_opens_a_modal(slack: LocalSlack) -> None:
    async with socket_mode(slack, opening(slack, modal(REASON))):
        await open_modal(slack)
    view = slack.require_modal()
    assert view["title"]["text"] == "Expected…"
    assert view["id"].startswith("V")
    assert slack.modal(slack.colleague) is None


async def test_a_submission_says_what_was_typed_and_chosen(slack: LocalSlack) -> None:
    app = opening(slack, modal(REASON, UNTIL, private_metadata="alert-7"))
    seen: list[Json] = []

    @app.view("expected")
    async def save(ack: AsyncAck, view: Json) -> None:
        seen.append(view)
        await ack()

    async with socket_mode(slack, app):
        await open_modal(slack)
        await slack.submit({"reason": "a migration", "until": "7d"})
    assert seen[0]["private_metadata"] == "alert-7"
    assert seen[0]["state"]["values"] == {
        "why": {"reason": {"type": "plain_text_input", "value": "a migration"}},
        "when": {"until": {"type": "static_select", "selected_option": option("7d")}},
    }
    assert slack.modal() is None


async def test_what_nobody_touched_keeps_its_initial_value(slack: LocalSlack) -> None:
    app = opening(slack, modal(REASON, UNTIL))
    chosen: list[Json] = []

    @app.view("expected")
    async def save(ack: AsyncAck, view: Json) -> None:
        chosen.append(view["state"]["values"]["when"]["until"]["selected_option"])
        await ack()

    async with socket_mode(slack, app):
        await open_modal(slack)
        await slack.submit({"reason": "a migration"})
    assert chosen == [option("1d")]


async def test_an_empty_input_is_not_sent(slack: LocalSlack) -> None:
    async with socket_mode(slack, opening(slack, modal(REASON, UNTIL))):
        await open_modal(slack)
        with pytest.raises(ValueError, match="reason"):
            await slack.submit({})


async def test_an_option_that_is_not_there_cannot_be_chosen(slack: LocalSlack) -> None:
    async with socket_mode(slack, opening(slack, modal(UNTIL))):
        await open_modal(slack)
        with pytest.raises(LookupError, match="there is: 1d, 7d"):
            await slack.submit({"until": "9d"})


@pytest.mark.parametrize(
    ("said", "titles"),
    [
        ({"response_action": "errors", "errors": {"why": "say more"}}, ["Expected…"]),
        ({"response_action": "update", "view": modal(REASON, title="Thanks")}, ["Thanks"]),
        ({"response_action": "push", "view": modal(REASON, title="Sure?")}, ["Expected…", "Sure?"]),
        ({"response_action": "clear"}, []),
        ({}, []),
    ],
)
async def test_a_modal_follows_its_ack(slack: LocalSlack, said: Json, titles: list[str]) -> None:
    app = opening(slack, modal(REASON))

    @app.view("expected")
    async def save(ack: AsyncAck) -> None:
        await ack(**said)

    async with socket_mode(slack, app):
        await open_modal(slack)
        await slack.submit({"reason": "because"})
        shown = [view["title"]["text"] for view in slack.views.stack(slack.user)]
    assert shown == titles


async def test_an_ack_with_a_wrong_view_is_refused(slack: LocalSlack) -> None:
    app = opening(slack, modal(REASON))

    @app.view("expected")
    async def save(ack: AsyncAck) -> None:
        await ack(response_action="update", view=modal(title="t" * 25))

    async with socket_mode(slack, app):
        await open_modal(slack)
        submitted = await slack.submit({"reason": "because"})
    assert [refusal.error for refusal in submitted.refusals] == ["invalid_arguments"]


async def test_a_choice_in_a_modal_says_where_it_was_made(slack: LocalSlack) -> None:
    app = opening(slack, modal(SNOOZE))
    seen: list[Json] = []

    @app.action("snooze")
    async def snooze(ack: AsyncAck, body: Json) -> None:
        await ack()
        seen.append(body)

    async with socket_mode(slack, app):
        await open_modal(slack)
        await slack.click(slack.require_modal(), "snooze", choose="3d")
    assert seen[0]["container"]["type"] == "view"
    assert seen[0]["view"]["callback_id"] == "expected"
    assert seen[0]["actions"][0]["selected_option"] == option("3d")
    assert seen[0]["actions"][0]["block_id"] == "snoozing"


async def test_closing_is_told_when_the_view_asks_for_it(slack: LocalSlack) -> None:
    app = opening(slack, modal(REASON, notify_on_close=True))
    closed: list[str] = []

    @app.view_closed("expected")
    async def close(ack: AsyncAck, view: Json) -> None:
        await ack()
        closed.append(view["callback_id"])

    async with socket_mode(slack, app):
        await open_modal(slack)
        await slack.close_modal()
    assert closed == ["expected"]
    with pytest.raises(LookupError, match="no modal open"):
        slack.require_modal()


async def test_a_view_is_updated_by_its_id_and_hash(slack: LocalSlack) -> None:
    async with socket_mode(slack, opening(slack, modal(REASON, external_id="expected-7"))):
        await open_modal(slack)
    client, old = web_client(slack), slack.require_modal()
    await client.views_update(view_id=old["id"], hash=old["hash"], view=modal(REASON, title="Later"))
    assert slack.require_modal()["title"]["text"] == "Later"
    assert slack.require_modal()["id"] == old["id"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=old["id"], hash=old["hash"], view=modal(REASON))
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(external_id="unknown", view=modal(REASON))


async def test_three_modals_lie_on_each_other(slack: LocalSlack) -> None:
    client = web_client(slack)
    for call in (client.views_open, client.views_push, client.views_push):
        await call(trigger_id=slack.views.new_trigger(slack.user), view=modal(REASON))
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=slack.views.new_trigger(slack.user), view=modal(REASON))


async def test_a_trigger_opens_one_view_within_three_seconds() -> None:
    now = HandClock()
    async with LocalSlack(now=now) as slack:
        client, trigger, late = web_client(slack), slack.views.new_trigger("U0ALICE01"), slack.views.new_trigger("U1")
        await client.views_open(trigger_id=trigger, view=modal(REASON))
        now.instant += timedelta(seconds=3.1)
        for wrong, error in (
            (trigger, "exchanged_trigger_id"),
            (late, "expired_trigger_id"),
            ("1.2.3", "invalid_trigger_id"),
        ):
            with pytest.raises(SlackApiError, match=error):
                await client.views_open(trigger_id=wrong, view=modal(REASON))


async def test_a_wrong_view_is_refused_with_pointers(slack: LocalSlack) -> None:
    with pytest.raises(SlackApiError) as caught:
        await web_client(slack).views_open(
            trigger_id=slack.views.new_trigger(slack.user), view=modal(REASON, title="t" * 25)
        )
    assert caught.value.response["error"] == "invalid_arguments"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]


async def test_home_is_published_when_opened(slack: LocalSlack) -> None:
    app = bolt_app(slack)
    seen: list[Json] = []

    @app.event("app_home_opened")
    async def show(event: Json, client: AsyncWebClient) -> None:
        seen.append(event)
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [{"type": "divider"}]})

    async with socket_mode(slack, app):
        await slack.open_home()
        await slack.wait_until(lambda: slack.home() is not None)
        await slack.open_home()
        await slack.wait_until(lambda: len(seen) == 2)
    home = slack.home()
    assert home is not None
    assert home["type"] == "home"
    assert slack.home(slack.colleague) is None
    assert [("view" in event, event["tab"]) for event in seen] == [(False, "home"), (True, "home")]


async def test_home_needs_a_user_that_exists(slack: LocalSlack) -> None:
    with pytest.raises(SlackApiError, match="user_not_found"):
        await web_client(slack).views_publish(user_id="U404", view={"type": "home", "blocks": []})
