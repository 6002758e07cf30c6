"""The buttons of a rise of dollars per unit: by whom, and once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.messages.units import ACKNOWLEDGE, DETAILS
from bot.settings.units import UnitTable
from tests.builders import last_days
from tests.listeners.conftest import Listening, listening
from tests.listeners.test_access import ingest_only, with_rules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.slack.workspace import SlackMessage
    from tests.loopback import World


@pytest.fixture
async def rising(synced: World) -> AsyncIterator[Listening]:
    """Fewer documents this week for dollars that rise: told in the channel."""
    synced.change(claudecost_units=[UnitTable(name="documents", unit="document", csv=Path("d.csv"))])
    counts = {day: Decimal(5000 if day in last_days(7).days() else 9000) for day in last_days(35).days()}
    with synced.open_store() as store:
        store.units.save_counts("documents", counts, at=synced.clock())
    async with listening(synced) as connected:
        await tell(synced)
        yield connected


async def tell(world: World) -> None:
    """Has what rose told, and all that waits delivered."""
    clock = world.build_clock()
    with world.open_store() as store:
        clock.watcher.queue_if_due(store, now=world.clock())
    await clock.deliverer.deliver()


def posted(bot: Listening) -> SlackMessage:
    """The rise's message as everybody sees it."""
    return next(message for message in bot.world.slack.messages() if "documents:" in message.text)


async def test_whoever_takes_a_rise_on_is_shown_and_is_the_only_one(rising: Listening) -> None:
    slack, before = rising.world.slack, posted(rising)
    await slack.click(before, ACKNOWLEDGE)
    assert await rising.running.finished(within=5)
    second = await slack.click(before, ACKNOWLEDGE, user=slack.colleague)
    told = await second.answer()

    assert f"*Acknowledged* by <@{slack.user}>" in str(posted(rising).blocks)
    assert told.text == f"<@{slack.user}> has taken it on already."
    assert [reply.text for reply in slack.messages() if reply.is_reply] == [
        f"<@{slack.user}> has taken on the rise of `documents`."
    ]


async def test_its_details_are_the_units_weeks(rising: Listening) -> None:
    await rising.world.slack.click(posted(rising), DETAILS)
    assert await rising.running.finished(within=5)

    assert "Change" in str(rising.world.slack.require_modal()["blocks"])


async def test_what_is_over_is_said_in_its_thread_and_takes_no_click(rising: Listening) -> None:
    world, before = rising.world, posted(rising)
    with world.open_store() as store:
        store.units.save_counts("documents", dict.fromkeys(last_days(7).days(), Decimal(9500)), at=world.clock())
    await tell(world)

    late = await (await world.slack.click(before, ACKNOWLEDGE)).answer()

    assert "That rise of dollars per unit is over" in late.text
    assert "*Resolved* on" in str(posted(rising).blocks)
    assert [reply.text.partition(" ")[0] for reply in world.slack.messages() if reply.is_reply] == ["✅"]


async def test_a_unit_that_may_not_be_seen_whole_takes_no_click(rising: Listening) -> None:
    world = rising.world
    async with with_rules(world, ingest_only(world), admins=(world.slack.user,)) as connected:
        told = await (await world.slack.click(posted(connected), ACKNOWLEDGE, user=world.slack.colleague)).answer()

    assert "is not yours to see" in told.text
