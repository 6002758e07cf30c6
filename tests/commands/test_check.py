"""A check by hand: which day it judges, and what posting it says."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.analysis.weeks import IsoWeek
from bot.commands.check import check_and_post, check_only
from bot.commands.digest import post_digest
from bot.commands.errors import NothingYet, NotSaid, TooEarly
from bot.model import Status
from bot.sandbox.slack.faults import Refused
from bot.settings import WrongSettings
from bot.settings.tables import AlertLevels
from bot.settings.values import Hours
from tests.builders import TODAY, YESTERDAY, last_days

if TYPE_CHECKING:
    from datetime import date

    from tests.loopback import World

POST = "chat.postMessage"
WEEK = IsoWeek.of(TODAY).before()


async def test_a_check_judges_the_newest_ready_day_and_keeps_nothing(synced: World) -> None:
    (checked,) = check_only(synced.settings, day=None, now=synced.clock).each

    assert checked.evaluation.day == YESTERDAY
    assert {finding.status for finding in checked.evaluation.told} == {Status.DUE}
    assert checked.names.workspace(synced.organization.stories.broken_cache) == "Ingest pipeline"
    with synced.open_store() as store:
        assert store.alerts.load_evaluation() is None


async def test_a_check_of_an_earlier_day_judges_that_day(synced: World) -> None:
    earlier = last_days(2).since

    (checked,) = check_only(synced.settings, day=earlier, now=synced.clock).each
    assert checked.evaluation.told == ()


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (TODAY, "2026-11-22 is not over yet"),
        (TODAY + timedelta(days=30), "is not over yet"),
        (TODAY - timedelta(days=100), "2026-08-14 was never fetched"),
        (last_days(40).since, "no day of the week up to 2026-10-13 is known together with the one a week earlier"),
    ],
)
async def test_a_day_that_cannot_be_judged_is_refused(synced: World, day: date, sentence: str) -> None:
    with pytest.raises(NothingYet, match=sentence):
        check_only(synced.settings, day=day, now=synced.clock)
    with pytest.raises(NothingYet, match=sentence):
        await check_and_post(synced.settings, day=day, now=synced.clock)


async def test_a_day_is_not_judged_before_it_has_settled(world: World) -> None:
    world.clock.set_to(TODAY, 2, 59)
    await world.sync()

    with pytest.raises(TooEarly, match="2026-11-21 was last fetched before its bill had settled"):
        check_only(world.settings, day=YESTERDAY, now=world.clock)


async def test_a_posted_check_announces_and_the_next_one_finds_it_open(synced: World) -> None:
    (first,) = (await check_and_post(synced.settings, day=None, now=synced.clock)).each
    (second,) = (await check_and_post(synced.settings, day=None, now=synced.clock)).each

    assert {finding.status for finding in first.evaluation.told} == {Status.ANNOUNCED}
    assert {finding.status for finding in second.evaluation.told} == {Status.OPEN}
    assert len(synced.slack.messages()) == 1


async def test_what_slack_did_not_take_is_said_and_tried_at_the_next_call(synced: World) -> None:
    synced.slack.faults.add(POST, Refused("not_in_channel"))

    with pytest.raises(NotSaid, match="alert:1 was not posted and stays queued: Slack said not_in_channel; invite"):
        await check_and_post(synced.settings, day=None, now=synced.clock)
    await check_and_post(synced.settings, day=None, now=synced.clock)

    assert len(synced.slack.messages()) == 1


async def test_posting_needs_a_channel(synced: World) -> None:
    synced.change(claudecost_channel=None)

    with pytest.raises(WrongSettings, match="CLAUDECOST_CHANNEL"):
        await check_and_post(synced.settings, day=None, now=synced.clock)
    with pytest.raises(WrongSettings, match="CLAUDECOST_CHANNEL"):
        await post_digest(synced.settings, WEEK, now=synced.clock)


async def test_what_is_held_for_quiet_hours_is_said_to_whoever_posts(
    synced: World, caplog: pytest.LogCaptureFixture
) -> None:
    synced.change(claudecost_alerts=AlertLevels(quiet_hours=Hours(time(9), time(10))))
    caplog.set_level("INFO")

    await check_and_post(synced.settings, day=None, now=synced.clock)

    assert synced.slack.messages() == []
    assert "1 message held for the quiet hours until 22 Nov 10:00 UTC" in caplog.text
