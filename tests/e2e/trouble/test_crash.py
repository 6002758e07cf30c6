"""Killed at each point of an alert's way into Slack, whatever Slack said: it is never lost.

Where the next process may look into the channel it is told once; where it may not, once more if nobody heard of it.

A real process is killed. What the next one does with the database it leaves is done here, on a clock moved by hand.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from bot.demo import settings_for
from bot.model import OutboxState
from bot.sandbox.slack.faults import Broken, Dropped, Moment, RateLimited, Refused
from bot.wiring import build_checker, build_deliverer, build_open_store

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.slack.faults import Fault
    from bot.settings import Settings
    from bot.snapshots import Store
    from tests.e2e.harness import World

POST = "chat.postMessage"
KILLED = -9
LOOKS = 4
"""More than enough: two looks into the history, and a post."""


class Outcome(NamedTuple):
    """What becomes of the call: what goes wrong, and whether the message is in the channel all the same."""

    fault: Fault | None
    is_posted: bool


OUTCOMES = {
    "said": Outcome(None, is_posted=True),
    "refused": Outcome(Refused("not_in_channel"), is_posted=False),
    "rate limited": Outcome(RateLimited(1), is_posted=False),
    "internal_error": Outcome(Refused("internal_error"), is_posted=False),
    "5xx, not posted": Outcome(Broken(500, Moment.BEFORE), is_posted=False),
    "5xx, posted": Outcome(Broken(500, Moment.AFTER), is_posted=True),
    "dropped, not posted": Outcome(Dropped(Moment.BEFORE), is_posted=False),
    "dropped, posted": Outcome(Dropped(Moment.AFTER), is_posted=True),
}
UNCLEAR = {"5xx, posted", "dropped, posted"}
"""It is in the channel, and the sender heard no answer."""


async def kill(world: World, point: str) -> None:
    """`check --post` in a process that dies there."""
    finished = await (await world.start_dying(point, "check", "--post")).finished()
    assert finished.code == KILLED, finished.err


async def kill_in_the_middle(world: World, moment: Moment) -> None:
    """The same, while Slack answers: before or after the message is there."""

    def kill() -> None:
        world.children[-1].process.kill()

    world.slack.faults.add(POST, Dropped(moment, then=kill))
    finished = await world.command("check", "--post")
    assert finished.code == KILLED, finished.err


async def kill_once_said(world: World, outcome: str, point: str) -> None:
    """The same at a point after Slack said something."""
    fault, is_posted = OUTCOMES[outcome]
    if fault is not None:
        world.slack.faults.add(POST, fault)
    await kill(world, point)
    assert len(world.slack.messages()) == is_posted


class Told(NamedTuple):
    """How often the alert is told in all, if the next process may look into the channel, and if it may not."""

    with_history: int
    without: int


async def told_in_all(world: World) -> Told:
    """What comes of the database that the killed process left: the next one judges, and delivers, here twice."""
    world.slack.faults.clear()
    world.slack.grant("channels:history")
    left = len(world.slack.messages())
    settings = settings_for(world.admin_api, world.slack, world.folder)
    with build_open_store(settings)() as store:
        build_checker(settings, now=world.clock).check(store, day=world.newest_complete_day)
    return Told(*[left + await delivered(world, settings, verify=verify) for verify in (True, False)])


async def delivered(world: World, settings: Settings, *, verify: bool) -> int:
    """How often the next process tells it, from a copy of the database."""
    before = len(world.slack.messages())
    settings = settings.model_copy(
        update={"claudecost_verify_posts": verify, "claudecost_database": copy_of(world, f"{verify}.db")}
    )
    with build_open_store(settings)() as store:
        deliverer = build_deliverer(settings, now=world.clock)
        await deliverer.take_over()
        for _ in range(LOOKS):
            await deliverer.deliver()
            world.clock.ahead += timedelta(minutes=1)
            if is_sent(store):
                return len(world.said("Ingest pipeline up")) - before
    raise AssertionError("it never came")


def is_sent(store: Store) -> bool:
    posting = store.outbox.load_posting("alert:1")
    return posting is not None and posting.state is OutboxState.SENT


def copy_of(world: World, name: str) -> Path:
    """The database as it was left, with what is in its log."""
    copy = world.folder / name
    with closing(sqlite3.connect(world.database)) as left, closing(sqlite3.connect(copy)) as new:
        left.backup(new)
    return copy


@pytest.mark.parametrize("point", ["before what it found is kept", "before the message is claimed"])
async def test_killed_before_slack_is_asked_it_is_told_once(synced: World, point: str) -> None:
    await kill(synced, point)
    assert synced.slack.messages() == []

    assert await told_in_all(synced) == Told(1, 1)


@pytest.mark.parametrize(("moment", "without"), [(Moment.BEFORE, 1), (Moment.AFTER, 2)])
async def test_killed_while_slack_answers(synced: World, moment: Moment, without: int) -> None:
    await kill_in_the_middle(synced, moment)

    assert await told_in_all(synced) == Told(1, without)


@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_killed_before_the_outcome_is_kept(synced: World, outcome: str) -> None:
    await kill_once_said(synced, outcome, "before the outcome is kept")

    assert await told_in_all(synced) == Told(1, 2 if OUTCOMES[outcome].is_posted else 1)


@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_killed_after_the_outcome_is_kept(synced: World, outcome: str) -> None:
    await kill_once_said(synced, outcome, "after the outcome is kept")

    assert await told_in_all(synced) == Told(1, 2 if outcome in UNCLEAR else 1)
