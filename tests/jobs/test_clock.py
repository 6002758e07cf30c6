"""The clock: what happens by itself, in which order, and what is said when something fails."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from pydantic import SecretStr

from bot.counts.sources import CsvFile
from bot.jobs.clock import log_failure
from bot.jobs.units import Counter
from bot.model import OutboxState, TeamSheet, UnitRise
from bot.sandbox.admin_api import SANDBOX_KEY, Slow, error
from bot.sandbox.slack.faults import RateLimited
from bot.sandbox.slack.faults import Slow as SlowSlack
from bot.settings.budgets import BudgetTable
from bot.settings.digests import DigestTable
from bot.settings.tables import AlertLevels
from bot.settings.teams import TeamTable
from tests.builders import NOW, TODAY, YESTERDAY, posting
from tests.loopback import HandClock, patient_api

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    import pytest

    from bot.counts.sources import Source as CountSource
    from tests.loopback import World

DAY = timedelta(days=1)
POST = "chat.postMessage"


def texts(world: World) -> list[str]:
    return [message.text for message in world.slack.messages()]


def queue(world: World, *keys: str) -> None:
    """Messages that wait for the next tick."""
    with world.open_store() as store:
        for key in keys:
            store.outbox.add(posting(key=key, channel=world.slack.channel))


async def until(look: Callable[[], bool]) -> None:
    """Waits until it is so."""
    async with asyncio.timeout(5):
        while not look():  # noqa: ASYNC110 -- the stand-in rings no bell
            await asyncio.sleep(0.01)


def break_database(world: World) -> None:
    """Somebody overwrites the file."""
    path = world.settings.claudecost_database
    for beside in path.parent.glob(f"{path.name}-*"):
        beside.unlink()
    path.write_bytes(b"no database at all, " * 100)


# --- The first start ---


async def test_the_first_pull_tells_what_it_found_and_then_the_alert(pulled: World) -> None:
    ready, alert = texts(pulled)
    assert ready.startswith("Ready: 40 days read")
    assert "The first digest comes 23 Nov 09:00 UTC" in ready
    assert "Ingest pipeline" in alert


async def test_the_second_pull_says_nothing_new(pulled: World) -> None:
    clock = pulled.build_clock()
    for _ in range(2):
        pulled.clock.advance(minutes=32)
        await clock.pull()

    assert len(texts(pulled)) == 2


async def test_what_was_high_before_the_first_start_is_named_in_its_message_only(synced: World) -> None:
    synced.change(claudecost_backfill_days=7)
    synced.clock.set_to(TODAY + DAY, 8)

    await synced.build_clock().pull()

    (ready,) = synced.slack.messages()
    assert "High already" in str(ready.blocks)
    assert "Ingest pipeline" in str(ready.blocks)


async def test_with_missing_days_nothing_is_judged_and_that_is_told_and_in_every_status(world: World) -> None:
    world.change(claudecost_backfill_days=7)

    await world.build_clock().pull()

    assert [text for text in texts(world) if "Not judged: 7 days missing" in text]
    (trouble,) = (await world.build_clock().status(version="1")).troubles
    assert trouble == "not judged: too many days of the week up to 2026-11-21 are unknown"


async def test_an_estimate_is_said_to_be_one_in_the_first_message(world: World) -> None:
    world.change(claudecost_backfill_days=7)
    world.admin_api.faults.always("cost_report", error(404))
    clock = world.build_clock()

    await clock.pull()

    assert "est." in texts(world)[0]
    assert (await clock.status(version="1")).billed_up_to is None


# --- Days go by ---


async def test_each_completed_day_is_judged_once_it_has_settled(pulled: World) -> None:
    clock = pulled.build_clock()

    pulled.clock.set_to(TODAY + DAY, 2, 2)
    await clock.pull()
    with pulled.open_store() as store:
        assert store.alerts.load_evaluation().day == YESTERDAY  # type: ignore[union-attr]
    pulled.clock.set_to(TODAY + DAY, 3, 2)
    await clock.pull()
    with pulled.open_store() as store:
        assert store.alerts.load_evaluation().day == TODAY  # type: ignore[union-attr]

    assert len(texts(pulled)) == 2  # the alert was edited


async def test_the_digest_comes_on_monday(pulled: World) -> None:
    clock = pulled.build_clock()
    pulled.clock.set_to(TODAY + DAY, 9, 2)

    await clock.pull()

    assert pulled.said("Week 47") or "16–22 Nov" in texts(pulled)[-1]
    pulled.clock.advance(hours=1)
    await clock.pull()
    assert len(texts(pulled)) == 3


async def test_after_downtime_the_digest_waits_for_the_pull_and_no_data_is_called_stale(pulled: World) -> None:
    pulled.clock.set_to(TODAY + 3 * DAY)
    restarted = pulled.build_clock()

    await restarted.tick()
    assert len(texts(pulled)) == 2
    await restarted.pull()

    with pulled.open_store() as store:
        digest = store.outbox.load_posting("digest:2026-W47")
    assert digest is not None
    assert digest.state is OutboxState.SENT
    assert "missing" not in str(digest.message.blocks)
    assert pulled.said("No new data") == []


# --- What fails ---


async def test_a_refused_key_is_told_once_and_once_when_it_works_again(pulled: World) -> None:
    clock = pulled.build_clock()
    pulled.admin_api.keys.clear()
    for _ in range(2):
        pulled.clock.advance(hours=1)
        await clock.pull()
    assert texts(pulled)[2:] == [message.text for message in pulled.said("refuses the Admin key")]
    assert clock.failure is not None
    assert SANDBOX_KEY not in clock.failure

    pulled.admin_api.keys.add(SANDBOX_KEY)
    pulled.clock.advance(hours=1)
    await clock.pull()

    assert len(pulled.said("refuses the Admin key")) == 1
    assert len(pulled.said("works again")) == 1
    assert clock.failure is None


async def test_a_key_refused_from_the_start_is_told_too(world: World) -> None:
    world.admin_api.keys.clear()

    await world.build_clock().pull()

    assert len(world.said("refuses the Admin key")) == 1


async def test_the_next_key_takes_over_and_that_is_told_once(pulled: World) -> None:
    pulled.change(anthropic_admin_key=SecretStr("sk-ant-admin01-old"), anthropic_admin_key_next=SecretStr(SANDBOX_KEY))
    async with patient_api(pulled.settings, pulled.clock) as pulled.api:
        clock = pulled.build_clock()
        await clock.pull()
        await clock.pull()

        assert (await clock.status(version="1")).key_in_use == "ANTHROPIC_ADMIN_KEY_NEXT"
    assert len(pulled.said("The next Admin key took over")) == 1


async def test_no_data_for_26_hours_is_told_once_and_once_when_it_is_over(pulled: World) -> None:
    clock = pulled.build_clock()
    pulled.admin_api.faults.always("me", error(500))
    for hours in (25, 2, 20):
        pulled.clock.advance(hours=hours)
        await clock.pull()
    assert len(pulled.said("No new data")) == 1

    pulled.admin_api.faults.clear()
    await clock.pull()

    assert len(pulled.said("No new data")) == 1
    assert len(pulled.said("New data again")) == 1


async def test_a_failure_that_lasts_is_logged_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    break_database(world)
    clock = world.build_clock()

    for _ in range(3):
        await clock.tick()

    assert len([record for record in caplog.records if record.name == "bot.jobs.clock"]) == 1


async def test_status_names_what_went_wrong_last(world: World) -> None:
    world.admin_api.faults.always("me", error(529))
    clock = world.build_clock()

    await clock.pull()

    assert "529" in (await clock.status(version="1")).troubles[0]


async def test_status_says_why_a_sync_takes_so_long(pulled: World) -> None:
    waiting, over = asyncio.Event(), asyncio.Event()

    async def sleep(_seconds: float) -> None:
        waiting.set()
        await over.wait()

    pulled.admin_api.faults.add("me", error(529))
    async with patient_api(pulled.settings, pulled.clock, sleep=sleep) as pulled.api:
        clock = pulled.build_clock()
        pulling = asyncio.create_task(clock.pull())
        await waiting.wait()
        (trouble,) = (await clock.status(version="1")).troubles
        over.set()
        await pulling

        assert "529" in trouble
        assert (await clock.status(version="1")).troubles == ()


async def test_status_counts_the_levels_of_budgets_that_wait_for_the_morning(synced: World) -> None:
    night = AlertLevels(quiet_hours="09:00-11:00")
    synced.change(claudecost_budgets=[BudgetTable(name="all", usd=100_000, levels=[1])])
    synced.change(claudecost_alerts=night)

    status = await synced.build_clock().status(version="0")

    assert (status.held, status.held_levels) == (0, 1)
    assert status.held_until == datetime(2026, 11, 22, 11, tzinfo=UTC)


async def test_status_and_health_say_how_long_after_its_day_an_alert_came(pulled: World) -> None:
    clock = pulled.build_clock()

    status = await clock.status(version="0")

    assert status.alert_delays == (timedelta(hours=9, minutes=30),)
    assert (await clock.health())["last_alert_delay_seconds"] == 9.5 * 3600


async def test_another_process_says_the_same_of_a_failed_sync(pulled: World) -> None:
    keeper, other = pulled.build_clock(), pulled.build_clock()
    pulled.admin_api.faults.always("cost_report", error(500))
    pulled.clock.advance(hours=1)

    await keeper.pull()
    assert (
        (await other.status(version="1")).troubles == (await keeper.status(version="1")).troubles == (keeper.failure,)
    )

    pulled.admin_api.faults.clear()
    await keeper.pull()
    assert (await other.status(version="1")).troubles == ()


async def test_what_slack_refuses_is_in_the_status_and_the_health(pulled: World) -> None:
    pulled.slack.remove_bot(pulled.slack.channel)
    queue(pulled, "one", "other")
    clock = pulled.build_clock()

    await clock.pull()

    (trouble,) = (await clock.status(version="1")).troubles
    assert trouble.startswith("2 messages not posted yet: Slack said not_in_channel; invite the bot")
    assert (await clock.health())["failure"] == trouble


async def test_a_mended_database_is_no_trouble_from_the_next_tick_on(pulled: World) -> None:
    clock = pulled.build_clock()
    await clock.pull()
    database = pulled.settings.claudecost_database
    database.rename(database.with_suffix(".away"))
    database.mkdir()
    await clock.tick()
    assert "claudecost.db" in str(clock.tick_failure)

    database.rmdir()
    database.with_suffix(".away").rename(database)
    await clock.tick()

    assert (await clock.status(version="1")).troubles == ()


async def test_a_wrong_clock_stores_nothing_and_is_reported(world: World) -> None:
    async with patient_api(world.settings, HandClock(world.clock.at + timedelta(hours=5))) as world.api:
        clock = world.build_clock()
        await clock.pull()

        assert "5.0 h ahead of Anthropic's" in str(clock.failure)


async def test_an_unusable_database_is_reported_and_survived(synced: World) -> None:
    synced.change(claudecost_backfill_days=7)
    clock = synced.build_clock()
    await clock.tick()
    break_database(synced)

    await clock.tick()
    await clock.pull()

    assert "claudecost.db" in str(clock.failure)
    health = await clock.health()
    assert health["readable"] is False
    synced.settings.claudecost_database.unlink()
    await clock.pull()
    assert clock.failure is None


async def test_a_failing_job_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    log_failure(JobExecutionEvent(EVENT_JOB_ERROR, "pull", "default", None, exception=KeyError("x")))

    assert "pull failed (KeyError: 'x')" in caplog.text


async def test_a_pull_cut_off_by_the_stop_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    log_failure(JobExecutionEvent(EVENT_JOB_ERROR, "pull", "default", None, exception=asyncio.CancelledError()))

    assert caplog.text == ""


# --- Starting and stopping ---


async def test_a_started_clock_pulls_at_once(synced: World) -> None:
    clock = synced.build_clock()

    clock.start()
    await synced.slack.wait_until(lambda: len(synced.slack.messages()) == 2)
    await clock.stop(within=1)


async def test_a_started_clock_says_first_what_an_earlier_process_left(pulled: World) -> None:
    pulled.slack.faults.add(POST, RateLimited(600))
    queue(pulled, "one", "other")
    await pulled.build_clock().pull()  # the first message waits for ten minutes
    assert len(texts(pulled)) == 3
    pulled.admin_api.faults.always("me", Slow(30))
    restarted = pulled.build_clock()

    restarted.start()
    await pulled.slack.wait_until(lambda: len(pulled.slack.messages()) == 4)
    await restarted.stop(within=1)


async def test_a_clock_that_never_started_has_nothing_to_stop(world: World) -> None:
    clock = world.build_clock()

    await clock.stop(within=1)

    assert clock.next_pull_at() is None


async def test_a_posting_under_way_is_finished_when_the_clock_stops(pulled: World) -> None:
    pulled.slack.faults.add(POST, SlowSlack(0.2))
    queue(pulled, "one", "other")
    clock = pulled.build_clock()
    clock.start()
    await pulled.slack.wait_until(lambda: any(call.method == POST for call in pulled.slack.calls))

    await clock.stop(within=5)

    with pulled.open_store() as store:
        said = store.outbox.load_posting("one")
    assert said is not None
    assert said.state is OutboxState.SENT
    assert len(texts(pulled)) == 3  # the next one was not begun


async def test_stopping_does_not_wait_for_ever(pulled: World) -> None:
    pulled.slack.faults.add(POST, SlowSlack(20))
    queue(pulled, "one")
    clock = pulled.build_clock()
    clock.start()
    await pulled.slack.wait_until(lambda: any(call.method == POST for call in pulled.slack.calls))

    async with asyncio.timeout(2):
        await clock.stop(within=0.1)


async def test_a_pull_cut_off_by_the_stop_stores_nothing(world: World) -> None:
    world.admin_api.faults.always("cost_report", Slow(30))
    clock = world.build_clock()
    clock.start()
    await until(lambda: any(request.endpoint == "cost_report" for request in world.admin_api.requests))

    await clock.stop(within=1)

    with world.open_store() as store:
        assert store.ledger.load_freshness().data_as_of is None


async def test_what_the_stop_cuts_off_is_in_no_log(pulled: World, caplog: pytest.LogCaptureFixture) -> None:
    asked = asyncio.Event()

    async def wait(_source: CountSource, _days: Sequence[date]) -> dict[date, Decimal]:
        asked.set()
        await asyncio.sleep(30)
        return {}

    clock = pulled.build_clock()
    sources: dict[str, CountSource] = {"tickets": CsvFile(pulled.settings.claudecost_database)}
    clock.counter = Counter(sources=sources, open_store=pulled.open_store, now=pulled.clock, read=wait)
    clock.start()
    await asked.wait()

    await clock.stop(within=1)
    await asyncio.sleep(0.05)

    assert [record.name for record in caplog.records if record.exc_info] == []


# --- What it says of itself ---


async def test_an_open_rise_per_unit_is_among_the_open_alerts(world: World) -> None:
    with world.open_store() as store:
        store.units.begin_rise("tickets", UnitRise(NOW, Decimal(1)))

    assert (await world.build_clock().status(version="1")).open_alerts == 1


async def test_the_next_pull_is_two_minutes_past_the_hour(world: World) -> None:
    world.admin_api.faults.always("me", Slow(30))
    clock = world.build_clock()
    clock.start()

    assert clock.next_pull_at() == datetime(2026, 11, 22, 10, 2, tzinfo=UTC)
    world.clock.set_to(TODAY, 10, 1)
    assert clock.next_pull_at() == datetime(2026, 11, 22, 10, 2, tzinfo=UTC)
    await clock.stop(within=1)


async def test_status_and_health_before_the_first_sync(world: World) -> None:
    clock = world.build_clock()

    before = await clock.status(version="1.2.3")

    assert (before.organization, before.freshness.data_as_of, before.open_alerts) == (None, None, 0)
    assert await clock.health() == {"readable": True, "as_of": None, "failure": None}


async def test_status_and_health_after_the_first_sync(pulled: World) -> None:
    clock = pulled.build_clock()

    after = await clock.status(version="1.2.3")

    assert after.organization == pulled.organization.name
    assert after.freshness.data_as_of == pulled.clock()
    assert after.open_alerts == 1
    assert after.billed_up_to == YESTERDAY
    assert (after.key_in_use, after.version, after.troubles) == ("ANTHROPIC_ADMIN_KEY", "1.2.3", ())
    assert [job.name for job in after.next_jobs] == ["digest"]
    assert (await clock.health())["as_of"] == pulled.clock().isoformat()


# --- Teams ---


async def test_teams_that_contradict_each_other_are_told_and_stop_no_message(pulled: World) -> None:
    sheet = TeamSheet("teams.csv", "team,workspace,key,cost_center\nsearch,*,,CC-2\n", NOW)
    with pulled.open_store() as store:
        store.teams.save_sheet(sheet)
    pulled.change(
        claudecost_teams=[TeamTable(name="search", cost_center="CC-1")],
        claudecost_budgets=[BudgetTable(name="search", usd=1, team="search")],
        claudecost_digests=[DigestTable(channel=pulled.slack.channel, team="search")],
    )
    clock = pulled.build_clock()
    queue(pulled, "waiting")

    await clock.pull()

    assert clock.failure == (
        'team "search" has one cost_center in claudecost.toml and another in the spreadsheet; make them alike'
    )
    assert len(texts(pulled)) == 3

    pulled.clock.advance(days=4)  # the team's digest is due
    await clock.tick()

    assert any("No new data" in text for text in texts(pulled))
