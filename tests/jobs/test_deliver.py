"""Deliver: each of Slack's outcomes; whatever happens, nothing is lost, nor said twice where that can be known."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.jobs.deliver import LOOK_AGAIN_AFTER, MOST_ATTEMPTS, MOST_ATTEMPTS_AT_ODD_ERRORS, wait_after
from bot.model import Message, OutboxState, Posting
from bot.sandbox.slack.faults import Broken, Dropped, Held, Moment, RateLimited, Refused
from bot.slack_api import NotPosted
from bot.snapshots import LEFT_OVER_AFTER

if TYPE_CHECKING:
    from bot.sandbox.slack.faults import Fault
    from tests.loopback import World

POST = "chat.postMessage"
UPDATE = "chat.update"
KEY = "alert:1"
REPLY = "alert:1:reply"


def queue(world: World, key: str = KEY, *, text: str = "Hello", edits: str | None = None) -> None:
    """Something to say in the bot's channel."""
    add(world, Posting(key=key, channel=world.slack.channel, message=Message(text), edits=edits))


def add(world: World, posting: Posting) -> None:
    with world.open_store() as store:
        assert store.outbox.add(posting)


def queue_reply(world: World, *, also_in_channel: bool) -> None:
    """A reply in the thread of the alert."""
    reply = Posting(
        key=REPLY,
        channel=world.slack.channel,
        message=Message("Still there"),
        replies_to=KEY,
        also_in_channel=also_in_channel,
    )
    add(world, reply)


def posting(world: World, key: str = KEY) -> Posting:
    with world.open_store() as store:
        found = store.outbox.load_posting(key)
    assert found is not None
    return found


def texts(world: World) -> list[str]:
    return [message.text for message in world.slack.messages()]


async def deliver(world: World) -> list[str]:
    """The keys of what did not get there."""
    return [unsent.key for unsent in await world.build_deliverer().deliver()]


# --- Definite outcomes ---


async def test_a_posting_is_said_once_and_its_place_kept(world: World) -> None:
    queue(world)

    assert await deliver(world) == []
    assert await deliver(world) == []

    (message,) = world.slack.messages()
    sent = posting(world)
    assert (sent.state, sent.posted_channel, sent.posted_ts) == (OutboxState.SENT, message.channel, message.ts)


async def test_postings_are_said_in_the_order_they_were_queued(world: World) -> None:
    for number in range(3):
        queue(world, f"notice:{number}", text=str(number))

    await deliver(world)

    assert texts(world) == ["0", "1", "2"]


async def test_no_money_is_in_the_metadata(world: World) -> None:
    queue(world)

    await deliver(world)

    (message,) = world.slack.messages()
    assert message.metadata == {"event_type": "claudecost", "event_payload": {"outbox": KEY}}


async def test_an_edit_replaces_the_message_of_its_post(world: World) -> None:
    queue(world, text="Firing")
    queue(world, "alert:1:later", text="Resolved", edits=KEY)

    await deliver(world)

    assert texts(world) == ["Resolved"]


async def test_an_edit_waits_for_its_post(world: World) -> None:
    world.slack.faults.add(POST, RateLimited(30))
    queue(world, text="Firing")
    queue(world, "alert:1:later", text="Resolved", edits=KEY)

    assert await deliver(world) == [KEY]
    assert posting(world, "alert:1:later").state is OutboxState.PENDING

    world.clock.advance(seconds=31)
    assert await deliver(world) == []
    assert texts(world) == ["Resolved"]


async def test_a_rate_limit_is_waited_for_as_long_as_slack_says(world: World) -> None:
    world.slack.faults.add(POST, RateLimited(45))
    queue(world)

    assert await deliver(world) == [KEY]
    world.clock.advance(seconds=44)
    assert await deliver(world) == []
    assert texts(world) == []
    world.clock.advance(seconds=2)
    await deliver(world)

    assert texts(world) == ["Hello"]


async def test_a_refusal_that_a_person_must_mend_is_tried_every_ten_minutes(world: World) -> None:
    world.slack.remove_bot(world.slack.channel)
    queue(world)

    assert await deliver(world) == [KEY]
    assert "invite the bot" in str(posting(world).error)
    world.clock.advance(minutes=9)
    assert await deliver(world) == []
    world.slack.workspace.channels[world.slack.channel].members.add(world.slack.workspace.bot_user)
    world.clock.advance(minutes=2)
    assert await deliver(world) == []

    assert texts(world) == ["Hello"]


async def test_a_process_that_takes_over_tries_at_once_what_waits(world: World) -> None:
    world.slack.faults.add(POST, Refused("not_in_channel"))
    queue(world)
    await deliver(world)

    restarted = world.build_deliverer()
    await restarted.take_over()
    await restarted.deliver()

    assert texts(world) == ["Hello"]


async def test_what_was_queued_for_a_wrong_channel_goes_to_the_one_that_is_set_now(world: World) -> None:
    with world.open_store() as store:
        store.outbox.add(Posting(key=KEY, channel="C0WRONG", message=Message("Firing")))
    queue(world, "alert:1:later", text="Resolved", edits=KEY)
    assert await deliver(world) == [KEY]
    assert "channel_not_found" in str(posting(world).error)

    restarted = world.build_deliverer()
    await restarted.take_over()
    await restarted.deliver()

    assert texts(world) == ["Resolved"]
    assert posting(world).posted_channel == world.slack.channel


async def test_what_was_lost_on_its_way_to_another_channel_goes_to_the_one_that_is_set_now(world: World) -> None:
    with world.open_store() as store:
        store.outbox.add(Posting(key=KEY, channel="C0WRONG", message=Message("Hello")))
        store.outbox.claim_due(world.clock())  # and then it was killed
    world.clock.advance(seconds=1)

    restarted = world.build_deliverer()
    await restarted.take_over()
    await restarted.deliver()

    assert texts(world) == ["Hello"]


async def test_an_odd_refusal_is_given_up_after_a_few_attempts(world: World) -> None:
    world.slack.faults.always(POST, Refused("no_idea"))
    queue(world)

    for _ in range(MOST_ATTEMPTS_AT_ODD_ERRORS + 3):
        await deliver(world)
        world.clock.advance(hours=1)

    dead = posting(world)
    assert (dead.state, dead.attempts) == (OutboxState.DEAD, MOST_ATTEMPTS_AT_ODD_ERRORS)
    assert "no_idea" in str(dead.error)


async def test_a_channel_that_stays_closed_is_given_up_after_days(world: World) -> None:
    world.slack.faults.always(POST, Refused("is_archived"))
    with world.open_store() as store:
        text = Message("Hello")
        store.outbox.add(Posting(key=KEY, channel=world.slack.channel, message=text, attempts=MOST_ATTEMPTS - 1))

    await deliver(world)

    assert posting(world).state is OutboxState.DEAD


@pytest.mark.parametrize(
    ("refusal", "attempts", "wait"),
    [
        (NotPosted("ratelimited", permanent=False, retry_after=3), 9, timedelta(seconds=3)),
        (NotPosted("not_in_channel", permanent=True), 1, timedelta(minutes=10)),
        (NotPosted("odd", permanent=False), 1, timedelta(seconds=10)),
        (NotPosted("odd", permanent=False), 2, timedelta(seconds=20)),
        (NotPosted("odd", permanent=False), 99, timedelta(minutes=10)),
    ],
)
def test_the_wait_after_a_refusal(refusal: NotPosted, attempts: int, wait: timedelta) -> None:
    assert wait_after(refusal, attempts=attempts) == wait


async def test_refused_blocks_are_said_as_plain_text(world: World) -> None:
    with world.open_store() as store:
        blocks = ({"type": "section", "text": {"type": "mrkdwn", "text": "*Bold*"}},)
        store.outbox.add(Posting(key=KEY, channel=world.slack.channel, message=Message("Hello", blocks)))
    world.slack.faults.add(POST, Refused("invalid_blocks"))

    assert await deliver(world) == []

    assert texts(world) == ["*Bold*"]


async def test_slack_out_of_reach_means_not_posted(world: World) -> None:
    queue(world)
    await world.slack.stop()

    assert await deliver(world) == [KEY]
    assert posting(world).state is OutboxState.PENDING

    await world.slack.start()
    world.clock.advance(minutes=1)
    await deliver(world)
    assert texts(world) == ["Hello"]


# --- Lost answers ---

BEFORE = [Dropped(), Broken(500), Broken(503), Broken(200), Refused("internal_error"), Refused("fatal_error")]
AFTER = [Dropped(Moment.AFTER), Broken(500, Moment.AFTER), Broken(200, Moment.AFTER)]


@pytest.mark.parametrize("fault", BEFORE, ids=str)
async def test_what_was_lost_before_its_effect_is_said_once(world: World, fault: Fault) -> None:
    world.slack.faults.add(POST, fault)
    queue(world)

    assert await deliver(world) == [KEY]
    assert posting(world).state is OutboxState.SENDING
    world.clock.advance(seconds=29)
    assert await deliver(world) == []
    assert texts(world) == []
    world.clock.advance(seconds=2)
    await deliver(world)

    assert texts(world) == ["Hello"]


@pytest.mark.parametrize("fault", AFTER, ids=str)
async def test_without_the_history_what_was_lost_after_its_effect_is_said_again(world: World, fault: Fault) -> None:
    world.slack.faults.add(POST, fault)
    queue(world)

    await deliver(world)
    world.clock.advance(seconds=31)
    await deliver(world)

    assert texts(world) == ["Hello", "Hello"]  # at least once, as the README says


@pytest.mark.parametrize("fault", AFTER, ids=str)
async def test_with_the_history_what_was_lost_after_its_effect_is_found(world: World, fault: Fault) -> None:
    world.slack.grant("channels:history")
    world.change(claudecost_verify_posts=True)
    world.slack.faults.add(POST, fault)
    queue(world)

    await deliver(world)
    world.clock.advance(seconds=31)
    await deliver(world)

    (message,) = world.slack.messages()
    sent = posting(world)
    assert (sent.state, sent.posted_ts) == (OutboxState.SENT, message.ts)


async def test_with_the_history_what_is_not_found_is_looked_for_twice_before_it_is_said_again(world: World) -> None:
    world.slack.grant("channels:history")
    world.change(claudecost_verify_posts=True)
    world.slack.faults.add(POST, Dropped())
    queue(world)
    await deliver(world)

    world.clock.advance(seconds=31)
    await deliver(world)
    assert posting(world).state is OutboxState.SENDING
    assert texts(world) == []
    world.clock.advance(seconds=31)
    await deliver(world)

    assert texts(world) == ["Hello"]
    assert sum(call.method == "conversations.history" for call in world.slack.calls) == 2


async def test_a_history_that_may_not_be_read_loses_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.change(claudecost_verify_posts=True)
    world.slack.faults.add(POST, Dropped())
    queue(world)
    await deliver(world)

    for _ in range(2):
        world.clock.advance(seconds=31)
        await deliver(world)

    assert texts(world) == ["Hello"]
    assert "the channel's history cannot be read; Slack said missing_scope" in caplog.text


async def test_a_lost_edit_is_simply_repeated(world: World) -> None:
    world.slack.grant("channels:history")
    world.change(claudecost_verify_posts=True)
    queue(world, text="Firing")
    queue(world, "alert:1:later", text="Resolved", edits=KEY)
    world.slack.faults.add(UPDATE, Dropped(Moment.AFTER))

    assert await deliver(world) == ["alert:1:later"]
    world.clock.advance(seconds=31)
    await deliver(world)

    assert texts(world) == ["Resolved"]
    assert posting(world, "alert:1:later").state is OutboxState.SENT


async def test_answers_that_keep_getting_lost_are_waited_for_longer_each_time(world: World) -> None:
    world.slack.faults.always(POST, Broken(503))
    queue(world)

    for _ in range(5):
        await deliver(world)
        world.clock.advance(seconds=31)

    assert posting(world).attempts == 3


async def test_what_a_dead_process_was_sending_is_settled_by_the_next_one(world: World) -> None:
    queue(world)
    with world.open_store() as store:
        assert store.outbox.claim_due(world.clock())  # and then it was killed
    world.clock.advance(seconds=1)

    assert await deliver(world) == []
    assert texts(world) == []  # another live process might be at it
    successor = world.build_deliverer()
    await successor.take_over()
    await successor.deliver()

    assert texts(world) == ["Hello"]


async def test_of_two_processes_that_settle_one_lost_answer_one_says_it_again(world: World) -> None:
    queue(world)
    with world.open_store() as store:
        assert store.outbox.claim_due(world.clock())  # and then it was killed
        world.clock.advance(minutes=2)
        (lost,) = store.outbox.load_ambiguous(world.clock())
    world.slack.faults.add(POST, held := Held())
    one, other = world.build_deliverer(), world.build_deliverer()

    saying = asyncio.create_task(one.deliver())
    await world.slack.wait_until(lambda: bool(world.slack.calls))
    await other.settle(lost)  # it had looked at the same time, and was slower
    await other.deliver()
    held.released.set()
    await saying

    assert texts(world) == ["Hello"]


async def test_whoever_takes_over_leaves_a_command_what_it_is_saying(world: World) -> None:
    world.slack.faults.add(POST, held := Held())
    queue(world)
    command, successor = replace(world.build_deliverer(), lease=LEFT_OVER_AFTER), world.build_deliverer()

    saying = asyncio.create_task(command.deliver())
    await world.slack.wait_until(lambda: bool(world.slack.calls))
    world.clock.advance(seconds=1)
    await successor.take_over()
    await successor.deliver()
    held.released.set()
    await saying

    assert texts(world) == ["Hello"]


async def test_an_edit_of_a_message_that_is_gone_is_given_up(world: World) -> None:
    queue(world, text="Firing")
    await deliver(world)
    world.slack.delete_message(world.slack.messages()[0])
    queue(world, "alert:1:later", text="Resolved", edits=KEY)

    for _ in range(MOST_ATTEMPTS_AT_ODD_ERRORS):
        await deliver(world)
        world.clock.advance(hours=1)

    assert posting(world, "alert:1:later").state is OutboxState.DEAD


async def test_once_told_to_stop_nothing_more_is_begun(world: World) -> None:
    world.slack.faults.add(POST, held := Held())
    queue(world, "notice:1", text="1")
    queue(world, "notice:2", text="2")
    deliverer = world.build_deliverer()

    delivering = asyncio.create_task(deliverer.deliver())
    await world.slack.wait_until(lambda: bool(world.slack.calls))
    deliverer.stopping.set()
    held.released.set()

    assert await delivering == []
    assert texts(world) == ["1"]
    assert posting(world, "notice:2").state is OutboxState.PENDING


def test_the_second_look_comes_half_a_minute_after_the_first() -> None:
    assert timedelta(seconds=30) == LOOK_AGAIN_AFTER


# --- Threads ---


@pytest.mark.parametrize("also_in_channel", [True, False])
async def test_a_reply_goes_into_the_thread_and_to_the_channel_only_on_request(
    world: World, *, also_in_channel: bool
) -> None:
    queue(world)
    queue_reply(world, also_in_channel=also_in_channel)

    await deliver(world)

    alert, reply = world.slack.messages()
    assert (reply.thread_ts, reply.broadcast) == (alert.ts, also_in_channel)


async def test_an_edit_of_a_deleted_message_is_given_up_at_once(world: World) -> None:
    queue(world)
    await deliver(world)
    world.slack.delete_message(world.slack.messages()[0])
    queue(world, "edit", edits=KEY)

    assert await deliver(world) == ["edit"]

    assert posting(world, "edit").state is OutboxState.DEAD
    assert await deliver(world) == []


async def test_a_reply_for_the_channel_outlives_its_deleted_thread(world: World) -> None:
    queue(world)
    await deliver(world)
    world.slack.delete_message(world.slack.messages()[0])
    queue_reply(world, also_in_channel=True)

    assert await deliver(world) == []

    assert texts(world) == ["Still there"]


async def test_a_reply_for_the_thread_alone_ends_with_it(world: World) -> None:
    queue(world)
    await deliver(world)
    world.slack.delete_message(world.slack.messages()[0])
    queue_reply(world, also_in_channel=False)

    await deliver(world)

    assert posting(world, REPLY).state is OutboxState.DEAD
    assert texts(world) == []


@pytest.mark.parametrize("also_in_channel", [True, False])
async def test_a_reply_whose_answer_was_lost_is_found_in_its_thread(world: World, *, also_in_channel: bool) -> None:
    world.slack.grant("channels:history")
    world.change(claudecost_verify_posts=True)
    queue(world)
    await deliver(world)
    queue_reply(world, also_in_channel=also_in_channel)
    world.slack.faults.add(POST, Dropped(Moment.AFTER))
    await deliver(world)
    world.clock.advance(minutes=2)

    assert await deliver(world) == []

    assert posting(world, REPLY).state is OutboxState.SENT
    assert texts(world) == ["Hello", "Still there"]
