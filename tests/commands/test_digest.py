"""A digest by hand: whose week, and when it may be posted."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.analysis.months import CalendarMonth
from bot.analysis.weeks import IsoWeek
from bot.commands.digest import answer_digest, post_digest
from bot.commands.errors import NoSuchDigest, NothingCalled, NotSaid, TooEarly
from bot.model import dollars
from bot.sandbox.slack.faults import RateLimited
from bot.settings.digests import DigestTable
from bot.terminal.digest import digest_as_json
from tests.builders import TODAY

if TYPE_CHECKING:
    from tests.loopback import World

POST = "chat.postMessage"
WEEK = IsoWeek.of(TODAY).before()


async def test_a_digest_is_of_the_last_finished_week(synced: World) -> None:
    answer = answer_digest(synced.settings, period=None, now=synced.clock)

    assert answer.digest.period == WEEK
    assert answer.digest.total is not None
    assert dollars(answer.digest.total) * 100 == synced.organization.invoice(WEEK.interval)
    assert answer.message.text


async def test_a_digest_is_posted_once_per_week(synced: World) -> None:
    assert await post_digest(synced.settings, WEEK, now=synced.clock)
    assert not await post_digest(synced.settings, WEEK, now=synced.clock)

    assert len(synced.slack.messages()) == 1


async def test_a_week_that_is_not_over_is_shown_without_percentages_and_not_posted(synced: World) -> None:
    this_week = IsoWeek.of(TODAY)

    answer = answer_digest(synced.settings, period=this_week, now=synced.clock)
    assert answer.message.text.startswith("Week 47, not over yet: $")
    assert answer.digest.change_percent is None
    assert {row.change_percent for row in answer.digest.by_workspace} == {None}
    with pytest.raises(TooEarly, match="2026-W47 is not over yet"):
        await post_digest(synced.settings, this_week, now=synced.clock)

    synced.clock.set_to(TODAY + timedelta(days=8))
    await synced.sync()
    assert await post_digest(synced.settings, this_week, now=synced.clock)


async def test_a_week_that_has_not_settled_is_not_posted(synced: World) -> None:
    synced.clock.set_to(TODAY + timedelta(days=1), 2, 0)
    await synced.sync()

    with pytest.raises(TooEarly, match="can be posted after a sync later than Mon 23 Nov 03:00 UTC"):
        await post_digest(synced.settings, IsoWeek.of(TODAY), now=synced.clock)


def test_there_is_no_digest_of_a_week_to_come(world: World) -> None:
    with pytest.raises(TooEarly, match="2026-W48 has not begun yet"):
        answer_digest(world.settings, period=IsoWeek.parse("2026-W48"), now=world.clock)


async def test_a_digest_that_slack_puts_off_is_not_lost(synced: World) -> None:
    synced.slack.faults.add(POST, RateLimited(600))

    with pytest.raises(NotSaid, match="digest:2026-W46 was not posted"):
        await post_digest(synced.settings, WEEK, now=synced.clock)
    assert not await post_digest(synced.settings, WEEK, now=synced.clock)

    assert len(synced.slack.messages()) == 1


OCTOBER = CalendarMonth(2026, 10)


async def test_a_month_has_the_shape_of_a_week_with_month_in_it(synced: World) -> None:
    answer = answer_digest(synced.settings, period=OCTOBER, now=synced.clock)
    week = answer_digest(synced.settings, period=None, now=synced.clock)

    shown, of_week = (json.loads(digest_as_json(each.digest, each.message)) for each in (answer, week))
    assert (shown["month"], shown["since"], shown["until"]) == ("2026-10", "2026-10-01", "2026-11-01")
    assert [*of_week] == ["week", *[*shown][1:]]


async def test_a_month_is_posted_once_beside_the_weeks(synced: World) -> None:
    assert await post_digest(synced.settings, OCTOBER, now=synced.clock)
    assert not await post_digest(synced.settings, OCTOBER, now=synced.clock)
    assert await post_digest(synced.settings, WEEK, now=synced.clock)

    assert [message.text.partition(":")[0] for message in synced.slack.messages()] == ["October 2026", "Week 46"]


async def test_a_channels_digest_is_shown_as_it_gets_it(synced: World) -> None:
    table = DigestTable(channel="C0PAYMENT", every="month", workspaces=["ingest*"])
    synced.change(claudecost_digests=[table])

    answer = answer_digest(synced.settings, period=None, now=synced.clock, channel="C0PAYMENT")

    assert (answer.digest.period, answer.digest.scope) == (OCTOBER, "ingest*")


async def test_a_channel_without_such_a_digest_is_said_to_have_none(synced: World) -> None:
    with pytest.raises(NoSuchDigest, match="C0PAYMENT gets no weekly digest"):
        answer_digest(synced.settings, period=WEEK, now=synced.clock, channel="C0PAYMENT")


async def test_a_digest_of_what_nothing_is_called_is_refused(synced: World) -> None:
    synced.change(claudecost_digests=[DigestTable(channel="C0PAYMENT", workspaces=["payy-*"])])

    with pytest.raises(NothingCalled, match=r"no workspace is called payy-\*"):
        answer_digest(synced.settings, period=None, now=synced.clock, channel="C0PAYMENT")
