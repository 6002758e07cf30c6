"""Sync: what is missing, what may have changed, all of it or nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from bot.admin_api import AdminApiError, KeyRefused, Nonsense, Unavailable
from bot.analysis.prices import PriceTable
from bot.jobs.bill import BillReader
from bot.jobs.estimate import Estimator
from bot.jobs.sync import ClockWrong, Progress, StretchSync, added_up, check_clock, log_progress
from bot.model import Interval, Source, dollars
from bot.sandbox.admin_api import NO_COST_REPORT, CutOff, Without, error
from bot.sandbox.admin_api.faults import Altered
from bot.snapshots import open_store
from bot.snapshots.ledger import Ledger
from tests.builders import NOW, TODAY, YESTERDAY, last_days
from tests.loopback import BACKFILL_DAYS, HandClock, loopback, patient_api

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from bot.sandbox.admin_api.faults import Fault
    from bot.snapshots import Store
    from tests.loopback import World

DAY = timedelta(days=1)
WINDOW = Interval(TODAY - BACKFILL_DAYS * DAY, TODAY + DAY)
FEW_DAYS = 9
FEW = Interval(TODAY - FEW_DAYS * DAY, TODAY + DAY)
"""Enough for a day that a second sync does not read again by itself."""


@pytest.fixture
def brief(world: World) -> World:
    """A world that fetches few days."""
    world.change(claudecost_backfill_days=FEW_DAYS)
    return world


def asked_for(world: World, endpoint: str) -> set[date]:
    """The days that an endpoint was asked for, as far as the queries say."""
    days: set[date] = set()
    for request in world.admin_api.requests:
        if request.endpoint == endpoint:
            query = dict(request.query)
            since, until = query["starting_at"][:10], query["ending_at"][:10]
            days |= set(Interval(TODAY.fromisoformat(since), TODAY.fromisoformat(until)).days())
    return days


def bill_of(store: Store, interval: Interval) -> Decimal:
    return dollars(store.ledger.load_spend(interval, [])[()])


async def test_the_first_sync_fetches_the_whole_backfill_and_today_and_tells_its_progress(world: World) -> None:
    told: list[Progress] = []

    first = await world.sync(told.append)

    assert first.interval == WINDOW
    assert first.saved.days == len(WINDOW)
    assert first.source is Source.COST_REPORT
    assert first.organization.name == world.organization.name
    assert told[0] == Progress(done=0, total=len(WINDOW))
    assert told[-1] == Progress(done=len(WINDOW), total=len(WINDOW))


async def test_over_http_it_stores_the_same(world: World, synced_database: Path) -> None:
    world.change(claudecost_backfill_days=7)
    world.ask_over_http()

    await world.sync()

    with world.open_store() as store, open_store(synced_database) as nearby:
        for load in (Ledger.load_cost_lines, Ledger.load_usage_lines):
            assert sorted(load(store.ledger, last_days(7))) == sorted(load(nearby.ledger, last_days(7)))


async def test_stored_dollars_are_those_of_the_invoice(synced: World) -> None:
    settled = last_days(30)
    with synced.open_store() as store:
        assert bill_of(store, settled) == synced.organization.invoice(settled) / 100


async def test_a_second_sync_changes_nothing(synced: World) -> None:
    with synced.open_store() as store:
        before = list(store.ledger.load_cost_lines(WINDOW)), list(store.ledger.load_usage_lines(WINDOW))

    again = await synced.sync()

    assert again.saved.changed_days == ()
    assert again.saved.restatements == ()
    with synced.open_store() as store:
        assert (list(store.ledger.load_cost_lines(WINDOW)), list(store.ledger.load_usage_lines(WINDOW))) == before


async def test_a_later_sync_reads_the_last_seven_days_again_and_no_more(synced: World) -> None:
    synced.change(claudecost_backfill_days=14)
    synced.clock.set_to(TODAY + 7 * DAY, 4)
    await synced.sync()  # the days of the first sync's last week have been re-read now
    synced.admin_api.requests.clear()

    synced.clock.advance(hours=1)
    again = await synced.sync()

    assert again.interval == Interval(TODAY, TODAY + 8 * DAY)
    assert asked_for(synced, "cost_report") == set(again.interval.days())


async def test_days_missed_while_the_process_was_down_are_fetched(synced: World) -> None:
    synced.change(claudecost_backfill_days=14)
    synced.clock.set_to(TODAY + 12 * DAY)

    again = await synced.sync()

    with synced.open_store() as store:
        fetched = store.ledger.load_fetched_days(Interval(YESTERDAY, TODAY + 13 * DAY))
    assert len(fetched) == 14
    assert again.interval.since <= YESTERDAY


async def test_a_restated_day_is_noted_with_its_old_total(synced: World) -> None:
    with synced.open_store() as store:
        old_total = store.ledger.load_fetched_days(last_days(3))[TODAY - 3 * DAY].total
    synced.organization.restate(TODAY - 3 * DAY, synced.organization.stories.broken_cache, "2")
    synced.clock.advance(hours=1)

    again = await synced.sync()

    (restatement,) = again.saved.restatements
    assert restatement.day == TODAY - 3 * DAY
    assert restatement.old_total == old_total < restatement.new_total
    assert restatement.day in again.saved.changed_days


def first_row(**changes: object) -> Altered:
    """The honest answer, but for some fields of its first row."""

    def change(body: dict[str, Any]) -> None:
        next(bucket for bucket in body["data"] if bucket["results"])["results"][0].update(changes)

    return Altered(change)


HALF_WAY = {
    "cut off": CutOff(),
    "no data": Without("data"),
    "an amount that is no number": first_row(amount="a lot"),
    "more, but nowhere": Altered(lambda body: body.update(has_more=True, next_page=None)),
    "overloaded": error(529),
    "a refusal": error(403),
}


@pytest.mark.parametrize("fault", HALF_WAY.values(), ids=HALF_WAY)
async def test_a_failure_half_way_leaves_the_days_as_they_were(synced: World, fault: Fault) -> None:
    with synced.open_store() as store:
        before = store.ledger.load_fetched_days(WINDOW)
    synced.clock.advance(hours=1)
    synced.organization.restate(YESTERDAY, None, "3")
    synced.ask_over_http()
    synced.admin_api.faults.always("cost_report", fault)  # the usage of these days was read by then

    with pytest.raises(AdminApiError):
        await synced.sync()

    with synced.open_store() as store:
        assert store.ledger.load_fetched_days(WINDOW) == before


async def test_nothing_is_stored_when_the_bill_of_a_stretch_fails(brief: World) -> None:
    brief.admin_api.faults.always("cost_report", error(500))

    with pytest.raises(Unavailable):
        await brief.sync()

    with brief.open_store() as store:
        assert store.ledger.load_fetched_days(FEW) == {}


async def test_stretches_before_the_failure_stay(world: World) -> None:
    pages = 0

    def count(_progress: Progress) -> None:
        nonlocal pages
        pages += 1
        if pages == 2:  # the first stretch is stored
            world.admin_api.faults.always("cost_report", error(500))

    with pytest.raises(Unavailable):
        await world.sync(count)

    with world.open_store() as store:
        assert list(store.ledger.load_fetched_days(WINDOW))[-1] == TODAY
    world.admin_api.faults.clear()
    await world.sync()
    with world.open_store() as store:
        assert len(store.ledger.load_fetched_days(WINDOW)) == len(WINDOW)


async def test_stretches_are_longer_after_one_of_few_lines(world: World) -> None:
    told: list[Progress] = []

    await world.sync(told.append)

    assert [progress.done for progress in told] == [0, 8, 31, 41]


async def test_stretches_are_as_long_as_their_lines_can_be_kept(world: World) -> None:
    stretch = StretchSync(
        api=world.api,
        open_store=world.open_store,
        bills=BillReader(api=world.api, now=world.clock, sources=[Source.COST_REPORT]),
        estimator=Estimator(prices=PriceTable.build({}), known={}),
        now=world.clock,
        newest=last_days(7),
        most_lines=200,
    )

    saved = added_up(await stretch.sync(last_days(7)))

    assert stretch.days == 200 * 7 // (saved.cost_rows + saved.usage_rows) < 7


def test_only_a_long_sync_speaks_of_its_progress(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log_progress(Progress(done=8, total=8))
        log_progress(Progress(done=0, total=91))
        log_progress(Progress(done=31, total=91))

    assert [record.getMessage() for record in caplog.records] == ["fetched 31 of 91 days"]


# --- Days that are not answered ---


def leave_out(*left_out: date) -> Altered:
    """Answers without the buckets of these days; of any day, when none is named."""

    def change(body: dict[str, Any]) -> None:
        body["data"] = [
            bucket for bucket in body["data"] if left_out and bucket["starting_at"][:10] not in map(str, left_out)
        ]

    return Altered(change)


@pytest.mark.parametrize("endpoint", ["cost_report", "usage_report/messages"])
async def test_an_answer_without_a_single_day_is_refused(synced: World, endpoint: str) -> None:
    with synced.open_store() as store:
        before = store.ledger.load_fetched_days(WINDOW)
    synced.clock.advance(hours=1)
    synced.admin_api.faults.always(endpoint, leave_out())

    with pytest.raises(Nonsense, match=f"without a single day of .* nothing was stored.*{endpoint}"):
        await synced.sync()

    with synced.open_store() as store:
        assert store.ledger.load_fetched_days(WINDOW) == before


@pytest.mark.parametrize("endpoint", ["cost_report", "usage_report/messages"])
async def test_a_day_without_a_bucket_stays_as_it_was(
    synced: World, endpoint: str, caplog: pytest.LogCaptureFixture
) -> None:
    silent = TODAY - 3 * DAY, TODAY - 4 * DAY
    with synced.open_store() as store:
        before = store.ledger.load_fetched_days(WINDOW), list(store.ledger.load_usage_lines(last_days(10)))
    synced.clock.advance(hours=1)
    synced.admin_api.faults.always(endpoint, leave_out(*silent))

    again = await synced.sync()

    assert again.saved.restatements == ()
    with synced.open_store() as store:
        after = store.ledger.load_fetched_days(WINDOW), list(store.ledger.load_usage_lines(last_days(10)))
    assert {day: after[0][day] for day in silent} == {day: before[0][day] for day in silent}
    assert after[1] == before[1]
    assert after[0][YESTERDAY].fetched_at > before[0][YESTERDAY].fetched_at
    assert caplog.text.count(f"{endpoint} left out 2 of the days asked for") == 1


async def test_a_day_without_usage_is_unknown_and_asked_for_again(brief: World) -> None:
    silent = TODAY - 8 * DAY
    brief.admin_api.faults.always("usage_report/messages", leave_out(silent))
    await brief.sync()
    with brief.open_store() as store:
        assert set(FEW.days()) - set(store.ledger.load_fetched_days(FEW)) == {silent}
    brief.admin_api.faults.clear()
    brief.admin_api.requests.clear()

    await brief.sync()

    assert silent in asked_for(brief, "usage_report/messages")
    with brief.open_store() as store:
        assert silent in store.ledger.load_fetched_days(FEW)


async def test_a_day_the_bill_leaves_out_is_estimated_until_it_comes(brief: World) -> None:
    silent = TODAY - 8 * DAY
    brief.admin_api.faults.always("cost_report", leave_out(silent))
    await brief.sync()
    with brief.open_store() as store:
        assert store.ledger.load_fetched_days(FEW)[silent].source is Source.ESTIMATE
    brief.admin_api.faults.clear()
    brief.clock.set_to(TODAY + DAY)

    await brief.sync()

    with brief.open_store() as store:
        assert store.ledger.load_fetched_days(FEW)[silent].source is Source.COST_REPORT
        assert bill_of(store, last_days(FEW_DAYS)) == brief.organization.invoice(last_days(FEW_DAYS)) / 100


async def test_an_estimate_is_made_only_of_days_whose_usage_came(tmp_path: Path) -> None:
    async with loopback(tmp_path, variant=NO_COST_REPORT) as world:
        world.change(claudecost_backfill_days=FEW_DAYS)
        world.admin_api.faults.always("usage_report/messages", leave_out(YESTERDAY))
        await world.sync()

        with world.open_store() as store:
            assert set(FEW.days()) - set(store.ledger.load_fetched_days(FEW)) == {YESTERDAY}


async def test_today_may_be_left_out_without_a_word(synced: World, caplog: pytest.LogCaptureFixture) -> None:
    synced.admin_api.faults.always("cost_report", leave_out(TODAY))

    await synced.sync()

    assert "left out" not in caplog.text


# --- Estimates ---


async def test_without_a_cost_report_dollars_are_estimated_and_what_has_no_price_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    month = last_days(30)
    async with loopback(tmp_path, variant=NO_COST_REPORT) as world:
        synced = await world.sync()

        assert synced.source is Source.ESTIMATE
        with world.open_store() as store:
            fetched = store.ledger.load_fetched_days(WINDOW)
            assert {day.source for day in fetched.values()} == {Source.ESTIMATE}
            estimated = bill_of(store, month)
            assert "claude-cairn-preview" in {each.model for each in store.ledger.load_unpriced(last_days(7))}
        billed = world.organization.invoice(month) / 100
        assert abs(estimated - billed) / billed < Decimal("0.25")  # prices of its own make the stand-in an oracle
    assert "no price is known for claude-cairn-preview" in caplog.text


async def test_an_estimate_never_replaces_the_bill(synced: World) -> None:
    with synced.open_store() as store:
        billed = store.ledger.load_fetched_days(last_days(35))
    synced.clock.set_to(TODAY + 2 * DAY)
    synced.admin_api.faults.always("cost_report", error(404))

    again = await synced.sync()

    assert again.source is Source.ESTIMATE
    with synced.open_store() as store:
        assert store.ledger.load_fetched_days(last_days(35)) == billed
        newer = store.ledger.load_fetched_days(Interval(TODAY, TODAY + 3 * DAY))
    assert [day.source for day in newer.values()] == [Source.ESTIMATE] * 3


async def test_the_bill_replaces_an_estimate(brief: World) -> None:
    brief.admin_api.faults.always("cost_report", error(404))
    await brief.sync()
    brief.admin_api.faults.clear()

    await brief.sync()

    with brief.open_store() as store:
        newest = store.ledger.load_fetched_days(last_days(7))
        assert {day.source for day in newest.values()} == {Source.COST_REPORT}
        assert bill_of(store, last_days(6, until=YESTERDAY)) * 100 == brief.organization.invoice(
            last_days(6, until=YESTERDAY)
        )


# --- Days the bill does not cover yet ---


def sources(store: Store, interval: Interval) -> list[Source]:
    return [day.source for day in store.ledger.load_fetched_days(interval).values()]


async def test_today_is_an_estimate_beside_billed_days(synced: World) -> None:
    with synced.open_store() as store:
        assert sources(store, Interval(YESTERDAY, TODAY + DAY)) == [Source.COST_REPORT, Source.ESTIMATE]


async def test_a_day_is_an_estimate_until_its_bill_has_settled(synced: World) -> None:
    synced.change(claudecost_backfill_days=7)
    synced.clock.set_to(TODAY + DAY, 2, 2)
    await synced.sync()
    with synced.open_store() as store:
        assert sources(store, last_days(1, until=TODAY + DAY)) == [Source.ESTIMATE]

    synced.clock.set_to(TODAY + DAY, 3, 2)
    again = await synced.sync()

    assert again.saved.restatements == ()
    with synced.open_store() as store:
        assert sources(store, last_days(1, until=TODAY + DAY)) == [Source.COST_REPORT]
        assert bill_of(store, last_days(31, until=TODAY + DAY)) * 100 == synced.organization.invoice(
            last_days(31, until=TODAY + DAY)
        )


async def test_an_estimate_comes_close_to_what_is_billed_at_last(synced: World) -> None:
    """Within a hundredth, although the bill knows a region's price, a discount and tiers that no price list does."""
    tomorrow = last_days(1, until=TODAY + DAY)
    synced.change(claudecost_backfill_days=7)
    synced.organization.hold_back(TODAY, until=NOW + 3 * DAY)
    synced.clock.set_to(TODAY + DAY, 4)
    await synced.sync()

    with synced.open_store() as store:
        estimated = store.ledger.load_spend(tomorrow, ["workspace", "model", "cost_type"])
    synced.clock.advance(days=3)
    await synced.sync()
    with synced.open_store() as store:
        billed = store.ledger.load_spend(tomorrow, ["workspace", "model", "cost_type"])
        unpriced = {each.model for each in store.ledger.load_unpriced(tomorrow)}

    known = {key: amount for key, amount in billed.items() if key[2] == "tokens" and key in estimated}
    assert len(known) > 10
    assert all(abs(estimated[key] - amount) <= amount // 100 for key, amount in known.items())
    assert unpriced == set()


async def test_a_day_whose_bill_is_held_back_goes_from_estimate_to_bill_in_silence(pulled: World) -> None:
    clock = pulled.build_clock()
    said = len(pulled.slack.messages())
    pulled.organization.hold_back(TODAY, until=NOW + 2 * DAY)
    for hour in (1, 4, 12):
        pulled.clock.set_to(TODAY + DAY, hour)
        await clock.pull()
        with pulled.open_store() as store:
            known = store.ledger.load_fetched_days(last_days(1, until=TODAY + DAY))[TODAY]
            assert (known.source, known.is_over, known.total > 0) == (Source.ESTIMATE, True, True)
            evaluation = store.alerts.load_evaluation()
            assert evaluation is not None
            assert (evaluation.day, evaluation.estimated) == (YESTERDAY, False)

    pulled.clock.set_to(TODAY + 2 * DAY, 10)
    await clock.pull()

    with pulled.open_store() as store:
        known = store.ledger.load_fetched_days(last_days(1, until=TODAY + DAY))[TODAY]
        assert known.source is Source.COST_REPORT
        assert dollars(known.total) * 100 == pulled.organization.invoice(last_days(1, until=TODAY + DAY))
        assert store.ledger.load_restatements(WINDOW) == []
        evaluation = store.alerts.load_evaluation()
        assert evaluation is not None
        assert evaluation.day == TODAY + DAY
    assert [message.text for message in pulled.slack.messages()[said:] if "🔺" in message.text] == []


# --- Names ---


async def test_names_are_kept_when_the_lists_are_not_there(synced: World, caplog: pytest.LogCaptureFixture) -> None:
    archived = synced.organization.stories.archived_workspace
    synced.admin_api.faults.always("workspaces", error(404))
    synced.admin_api.faults.always("api_keys", error(403))

    await synced.sync()

    with synced.open_store() as store:
        assert store.names.load_names().workspace(archived) == "Legacy chatbot"
    assert "names were not refreshed" in caplog.text


async def test_a_renamed_workspace_gets_its_new_name(synced: World) -> None:
    workspace_id = synced.organization.stories.broken_cache
    synced.organization.rename_workspace(workspace_id, "Ingest 2")

    await synced.sync()

    with synced.open_store() as store:
        assert store.names.load_names().workspace(workspace_id) == "Ingest 2"


# --- What is refused ---


async def test_a_refused_key_names_its_setting(world: World) -> None:
    world.admin_api.keys.clear()

    with pytest.raises(KeyRefused, match="ANTHROPIC_ADMIN_KEY"):
        await world.sync()


async def test_a_clock_that_is_hours_off_fetches_nothing(world: World) -> None:
    async with patient_api(world.settings, HandClock(NOW + timedelta(hours=2))) as api:
        with pytest.raises(ClockWrong, match=r"2\.0 h ahead of Anthropic's; set it, nothing was fetched"):
            await replace(world, api=api).sync()

    with world.open_store() as store:
        assert store.ledger.load_fetched_days(WINDOW) == {}


def test_a_clock_that_is_behind_is_told_so() -> None:
    with pytest.raises(ClockWrong, match=r"1\.5 h behind"):
        check_clock(timedelta(hours=-1.5))


@pytest.mark.parametrize("skew", [None, timedelta(minutes=59), timedelta(minutes=-59)])
def test_a_clock_that_is_a_little_off_is_good_enough(skew: timedelta | None) -> None:
    check_clock(skew)
