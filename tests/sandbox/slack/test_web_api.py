from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler

from bot.sandbox.slack.faults import RateLimited
from bot.sandbox.slack.local import LocalSlack
from bot.sandbox.slack.workspace import SlackChannel, SlackMessage, SlackUser
from tests.sandbox.slack.peers import HandClock, clock, web_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

DIVIDER = {"type": "divider"}
METADATA = {"event_type": "claudecost_alert", "event_payload": {"key": "alert-7"}}


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(now=clock) as slack:
        yield slack


async def refusal(call: Awaitable[Any]) -> dict[str, Any]:
    """What Slack answered to a call that it refused."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return dict(caught.value.response.data)


# --- Tokens and scopes ---


async def test_auth_test_names_the_bot_and_its_scopes(slack: LocalSlack) -> None:
    answer = await web_client(slack).auth_test()
    assert answer["user_id"] == slack.workspace.bot_user
    assert answer["team_id"] == slack.workspace.team_id
    assert answer.headers["X-OAuth-Scopes"] == "commands,chat:write"


async def test_an_app_token_is_known_to_auth_test(slack: LocalSlack) -> None:
    assert (await web_client(slack, slack.app_token).auth_test())["app_id"] == slack.workspace.app_id


async def test_a_wrong_token_is_refused(slack: LocalSlack) -> None:
    assert await refusal(web_client(slack, "xoxb-guessed").auth_test()) == {"ok": False, "error": "invalid_auth"}


async def test_no_token_is_refused(slack: LocalSlack) -> None:
    async with ClientSession() as session, session.post(f"{slack.api_url}auth.test") as response:
        assert await response.json() == {"ok": False, "error": "not_authed"}


async def test_a_token_in_the_form_counts(slack: LocalSlack) -> None:
    form = {"token": slack.bot_token, "channel": slack.channel, "blocks": json.dumps([DIVIDER]), "text": "a form"}
    async with ClientSession() as session, session.post(f"{slack.api_url}chat.postMessage", data=form) as response:
        assert (await response.json())["ok"]
    assert slack.messages()[0].blocks[0]["type"] == "divider"
    assert "token" not in slack.calls[0].arguments


async def test_a_socket_is_not_opened_with_a_bot_token(slack: LocalSlack) -> None:
    answer = await refusal(web_client(slack).apps_connections_open(app_token=slack.bot_token))
    assert answer["error"] == "not_allowed_token_type"


async def test_a_missing_scope_is_named(slack: LocalSlack) -> None:
    answer = await refusal(web_client(slack).users_info(user=slack.user))
    assert answer == {
        "ok": False,
        "error": "missing_scope",
        "needed": "users:read",
        "provided": "commands,chat:write",
    }


async def test_a_scope_granted_later_counts(slack: LocalSlack) -> None:
    slack.grant("users:read")
    assert (await web_client(slack).users_info(user=slack.user))["user"]["is_admin"] is True


async def test_guests_and_strangers_are_told_apart(slack: LocalSlack) -> None:
    slack.grant("users:read")
    slack.workspace.add_user(SlackUser(id="U0GUEST01", name="guest", team_id="T0LOCAL01", is_restricted=True))
    slack.workspace.add_user(SlackUser(id="U0OTHER01", name="other", team_id="T0OTHER01", is_stranger=True))
    guest = (await web_client(slack).users_info(user="U0GUEST01"))["user"]
    stranger = (await web_client(slack).users_info(user="U0OTHER01"))["user"]
    assert (guest["is_restricted"], guest["is_stranger"]) == (True, False)
    assert (stranger["team_id"], stranger["is_stranger"]) == ("T0OTHER01", True)


async def test_a_user_nobody_knows_is_not_found(slack: LocalSlack) -> None:
    slack.grant("users:read")
    assert (await refusal(web_client(slack).users_info(user="U404")))["error"] == "user_not_found"


async def test_the_members_of_a_user_group_are_listed(slack: LocalSlack) -> None:
    slack.grant("usergroups:read")
    slack.workspace.user_groups["S0FINANCE"] = (slack.colleague,)
    client = web_client(slack)
    assert (await client.usergroups_users_list(usergroup="S0FINANCE"))["users"] == [slack.colleague]
    assert (await refusal(client.usergroups_users_list(usergroup="S404")))["error"] == "no_such_subteam"


async def test_a_method_nobody_knows_is_refused(slack: LocalSlack) -> None:
    answer = await refusal(web_client(slack).api_call("chat.shout"))
    assert answer == {"ok": False, "error": "unknown_method", "req_method": "chat.shout"}


@pytest.mark.parametrize(("body", "error"), [("{", "invalid_json"), ("[]", "json_not_object")])
async def test_a_body_that_is_no_json_object_is_refused(slack: LocalSlack, body: str, error: str) -> None:
    headers = {"Content-Type": "application/json"}
    async with ClientSession(headers=headers) as session:
        answer = await session.post(f"{slack.api_url}chat.postMessage", data=body)
        assert (await answer.json())["error"] == error


# --- Messages ---


async def test_a_message_is_posted(slack: LocalSlack) -> None:
    answer = await web_client(slack).chat_postMessage(
        channel=slack.channel, text="Spend", blocks=[DIVIDER], metadata=METADATA
    )
    posted = slack.messages()[0]
    assert (answer["channel"], answer["ts"]) == (posted.channel, posted.ts)
    assert answer["message"]["bot_id"] == slack.workspace.bot_id
    assert answer["message"]["blocks"] == list(posted.blocks)
    assert posted.metadata == METADATA
    assert slack.calls[0].method == "chat.postMessage"
    assert slack.calls[0].answer == answer.data


@pytest.mark.parametrize("name", ["claude-costs", "#claude-costs"])
async def test_a_channel_can_be_named_when_posting_and_not_when_editing(slack: LocalSlack, name: str) -> None:
    posted = await web_client(slack).chat_postMessage(channel=name, text="Spend")
    assert posted["channel"] == slack.channel
    answer = await refusal(web_client(slack).chat_update(channel=name, ts=posted["ts"], text="Spend"))
    assert answer["error"] == "channel_not_found"


async def test_a_message_to_a_user_goes_to_their_direct_messages(slack: LocalSlack) -> None:
    posted = await web_client(slack).chat_postMessage(channel=slack.user, text="psst")
    assert posted["channel"].startswith("D")
    assert [message.text for message in slack.messages(posted["channel"])] == ["psst"]


async def test_blocks_that_are_too_long_are_refused_with_pointers(slack: LocalSlack) -> None:
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "h" * 151}}]
    answer = await refusal(web_client(slack).chat_postMessage(channel=slack.channel, text="t", blocks=blocks))
    line = "must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    assert answer == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": [line],
        "response_metadata": {"messages": [f"[ERROR] {line}"]},
    }
    assert slack.messages() == []


async def test_a_text_that_is_too_long_is_refused(slack: LocalSlack) -> None:
    client = web_client(slack)
    answer = await refusal(client.chat_postMessage(channel=slack.channel, text="t" * 40_001))
    assert answer["error"] == "msg_too_long"
    posted = await client.chat_postMessage(channel=slack.channel, text="t" * 40_000)
    answer = await refusal(client.chat_update(channel=slack.channel, ts=posted["ts"], text="t" * 4_001))
    assert answer["error"] == "msg_too_long"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C404", "channel_not_found"),
        ("C0RANDOM1", "not_in_channel"),
        ("C0SECRET1", "channel_not_found"),
        ("C0OLD0001", "is_archived"),
    ],
)
async def test_a_channel_the_bot_cannot_write_to_is_refused(slack: LocalSlack, channel: str, error: str) -> None:
    bot = slack.workspace.bot_user
    slack.workspace.add_channel(SlackChannel(id="C0SECRET1", name="secret", is_private=True))
    slack.workspace.add_channel(SlackChannel(id="C0OLD0001", name="old", members={bot}, is_archived=True))
    assert (await refusal(web_client(slack).chat_postMessage(channel=channel, text="t")))["error"] == error


async def test_a_bot_that_was_removed_can_no_longer_post(slack: LocalSlack) -> None:
    slack.remove_bot(slack.channel)
    assert (await refusal(web_client(slack).chat_postMessage(channel=slack.channel, text="t")))[
        "error"
    ] == "not_in_channel"


async def test_any_public_channel_takes_messages_with_the_scope_for_it(slack: LocalSlack) -> None:
    slack.grant("chat:write.public")
    await web_client(slack).chat_postMessage(channel=slack.other_channel, text="t")
    assert len(slack.messages(slack.other_channel)) == 1


async def test_an_edit_replaces_the_message(slack: LocalSlack) -> None:
    client = web_client(slack)
    posted = await client.chat_postMessage(channel=slack.channel, text="old", blocks=[DIVIDER], metadata=METADATA)
    await client.chat_update(channel=slack.channel, ts=posted["ts"], text="new", blocks=[DIVIDER, DIVIDER])
    (message,) = slack.messages()
    assert (message.text, len(message.blocks), message.metadata) == ("new", 2, METADATA)
    assert message.edited_ts is not None
    assert [version.text for version in slack.versions(message)] == ["old", "new"]


async def test_an_edit_with_text_alone_deletes_the_blocks(slack: LocalSlack) -> None:
    client = web_client(slack)
    posted = await client.chat_postMessage(channel=slack.channel, text="old", blocks=[DIVIDER])
    await client.chat_update(channel=slack.channel, ts=posted["ts"], text="new")
    assert slack.messages()[0].blocks == ()


async def test_somebody_elses_message_cannot_be_edited(slack: LocalSlack) -> None:
    theirs = SlackMessage(channel=slack.channel, ts=slack.workspace.new_ts(), user=slack.user, text="mine")
    slack.workspace.save(theirs)
    answer = await refusal(web_client(slack).chat_update(channel=slack.channel, ts=theirs.ts, text="yours"))
    assert answer["error"] == "cant_update_message"


async def test_what_is_taken_in_comes_before_what_is_posted_at_the_same_time(slack: LocalSlack) -> None:
    earlier = [
        SlackMessage(channel=slack.channel, ts=slack.workspace.new_ts(), user=slack.user, text=text) for text in "ab"
    ]
    async with LocalSlack(now=clock) as other:
        other.workspace.take_in(earlier)
        await web_client(other).chat_postMessage(channel=other.channel, text="c")

        assert [message.text for message in other.messages()] == ["a", "b", "c"]
        assert [message.ts for message in other.messages()] == sorted({message.ts for message in other.messages()})


async def test_a_deleted_message_cannot_be_edited(slack: LocalSlack) -> None:
    client = web_client(slack)
    posted = await client.chat_postMessage(channel=slack.channel, text="old")
    slack.delete_message(slack.messages()[0])
    answer = await refusal(client.chat_update(channel=slack.channel, ts=posted["ts"], text="new"))
    assert answer["error"] == "message_not_found"
    answer = await refusal(client.chat_postMessage(channel=slack.channel, thread_ts=posted["ts"], text="reply"))
    assert answer["error"] == "thread_not_found"


async def test_the_bot_deletes_its_message(slack: LocalSlack) -> None:
    client = web_client(slack)
    posted = await client.chat_postMessage(channel=slack.channel, text="old")
    await client.chat_delete(channel=slack.channel, ts=posted["ts"])
    assert slack.messages() == []


async def test_an_ephemeral_message_is_seen_by_one_person(slack: LocalSlack) -> None:
    client = web_client(slack)
    posted = await client.chat_postEphemeral(channel=slack.channel, user=slack.user, text="psst")
    assert [message.text for message in slack.whispers()] == ["psst"]
    assert slack.whispers(slack.colleague) == slack.messages() == []
    answer = await refusal(client.chat_update(channel=slack.channel, ts=posted["message_ts"], text="new"))
    assert answer["error"] == "message_not_found"


async def test_an_ephemeral_message_needs_its_reader_in_the_channel(slack: LocalSlack) -> None:
    call = web_client(slack).chat_postEphemeral(channel=slack.channel, user="U404", text="psst")
    assert (await refusal(call))["error"] == "user_not_in_channel"


async def test_timestamps_are_unique_even_when_the_clock_stands_still() -> None:
    async with LocalSlack(now=HandClock()) as slack:
        answers = [await web_client(slack).chat_postMessage(channel=slack.channel, text="t") for _ in range(3)]
    stamps = [answer["ts"] for answer in answers]
    assert sorted(set(stamps)) == stamps


# --- Pace ---


async def test_two_messages_a_second_are_one_too_many() -> None:
    now = HandClock()
    async with LocalSlack(now=now, post_interval=timedelta(seconds=1)) as slack:
        client = web_client(slack)
        await client.chat_postMessage(channel=slack.channel, text="one")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=slack.channel, text="two")
        assert caught.value.response.status_code == 429
        assert caught.value.response["error"] == "ratelimited"
        assert caught.value.response.headers["Retry-After"] == "1"
        now.instant += timedelta(seconds=1)
        await client.chat_postMessage(channel=slack.channel, text="three")
        assert [message.text for message in slack.messages()] == ["one", "three"]


async def test_the_sdks_rate_limit_handler_gets_through(slack: LocalSlack) -> None:
    slack.faults.add("chat.postMessage", RateLimited(retry_after=0))
    client = web_client(slack)
    client.retry_handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=1)]
    await client.chat_postMessage(channel=slack.channel, text="Spend")
    assert len(slack.messages()) == 1


# --- Channels and what was said there ---


async def test_a_channel_says_whether_the_bot_is_in_it(slack: LocalSlack) -> None:
    slack.grant("channels:read")
    client = web_client(slack)
    assert (await client.conversations_info(channel=slack.channel))["channel"]["is_member"] is True
    assert (await client.conversations_info(channel=slack.other_channel))["channel"]["is_member"] is False
    assert slack.user in (await client.conversations_members(channel=slack.channel))["members"]


async def test_a_private_channel_needs_a_scope_of_its_own(slack: LocalSlack) -> None:
    slack.grant("channels:read")
    slack.workspace.add_channel(SlackChannel(id="C0SECRET1", name="secret", is_private=True))
    answer = await refusal(web_client(slack).conversations_info(channel="C0SECRET1"))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:read")
    slack.grant("groups:read")
    assert (await refusal(web_client(slack).conversations_info(channel="C0SECRET1")))["error"] == "channel_not_found"


async def test_the_bot_joins_a_public_channel(slack: LocalSlack) -> None:
    slack.grant("channels:join")
    joined = await web_client(slack).conversations_join(channel=slack.other_channel)
    assert joined["channel"]["is_member"] is True


async def test_a_direct_message_is_opened(slack: LocalSlack) -> None:
    slack.grant("im:write")
    opened = await web_client(slack).conversations_open(users=slack.user)
    assert opened["channel"]["id"] == slack.workspace.direct_message_with(slack.user).id


async def test_history_needs_its_scope(slack: LocalSlack) -> None:
    answer = await refusal(web_client(slack).conversations_history(channel=slack.channel))
    assert answer["error"] == "missing_scope"
    assert "channels:history" in answer["needed"]


async def test_history_gives_metadata_when_asked(slack: LocalSlack) -> None:
    slack.grant("channels:history")
    client = web_client(slack)
    await client.chat_postMessage(channel=slack.channel, text="alert", metadata=METADATA)
    plain = await client.conversations_history(channel=slack.channel)
    full = await client.conversations_history(channel=slack.channel, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == METADATA


async def test_history_is_newest_first_in_pages_and_without_replies(slack: LocalSlack) -> None:
    slack.grant("channels:history")
    client = web_client(slack)
    stamps = [(await client.chat_postMessage(channel=slack.channel, text=text))["ts"] for text in "abc"]
    await client.chat_postMessage(channel=slack.channel, text="reply", thread_ts=stamps[0])
    first = await client.conversations_history(channel=slack.channel, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=slack.channel, limit=2, cursor=cursor)
    assert [message["text"] for message in first["messages"]] == ["c", "b"]
    assert [message["text"] for message in second["messages"]] == ["a"]
    assert (first["has_more"], second["has_more"]) == (True, False)


async def test_history_has_bounds(slack: LocalSlack) -> None:
    slack.grant("channels:history")
    client = web_client(slack)
    stamps = [(await client.chat_postMessage(channel=slack.channel, text=text))["ts"] for text in "abc"]
    between = await client.conversations_history(channel=slack.channel, oldest=stamps[0], latest=stamps[2])
    within = await client.conversations_history(channel=slack.channel, oldest=stamps[1], inclusive=True)
    assert [message["text"] for message in between["messages"]] == ["b"]
    assert [message["text"] for message in within["messages"]] == ["c", "b"]


async def test_history_of_a_channel_the_bot_left_is_refused(slack: LocalSlack) -> None:
    slack.grant("channels:history")
    answer = await refusal(web_client(slack).conversations_history(channel=slack.other_channel))
    assert answer["error"] == "not_in_channel"


async def test_replies_are_a_thread_oldest_first(slack: LocalSlack) -> None:
    slack.grant("channels:history")
    client = web_client(slack)
    parent = (await client.chat_postMessage(channel=slack.channel, text="parent"))["ts"]
    await client.chat_postMessage(channel=slack.channel, text="reply", thread_ts=parent)
    thread = await client.conversations_replies(channel=slack.channel, ts=parent)
    assert [message["text"] for message in thread["messages"]] == ["parent", "reply"]
    assert (await refusal(client.conversations_replies(channel=slack.channel, ts="1.0")))["error"] == "thread_not_found"


# --- Waiting ---


async def test_waiting_finds_what_was_said_before(slack: LocalSlack) -> None:
    await web_client(slack).chat_postMessage(channel=slack.channel, text="Spend")
    assert (await slack.wait_for_message(lambda message: message.text == "Spend")).channel == slack.channel


async def test_waiting_in_vain_ends(slack: LocalSlack) -> None:
    with pytest.raises(TimeoutError, match=r"no message that fits within 0\.01 s"):
        await slack.wait_for_message(within=0.01)


async def test_watchers_see_each_version(slack: LocalSlack) -> None:
    seen: list[str] = []
    slack.workspace.watchers.append(lambda message: seen.append(message.text))
    client = web_client(slack)
    posted = await client.chat_postMessage(channel=slack.channel, text="old")
    await client.chat_update(channel=slack.channel, ts=posted["ts"], text="new")
    assert seen == ["old", "new"]
