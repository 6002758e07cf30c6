"""The hours that today is compared with: fetched once a day, and never worth a failure."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.analysis.estimate import estimate_cost
from bot.analysis.prices import PriceTable
from bot.analysis.question import parse_question
from bot.loading.report import load_report
from bot.messages.report import report_answer
from bot.model import Interval
from bot.sandbox.admin_api.faults import Altered
from tests.builders import TODAY

if TYPE_CHECKING:
    from bot.analysis.report import Report
    from tests.loopback import World

DAY = timedelta(days=1)
WEEK_AGO = TODAY - 7 * DAY
USAGE = "usage_report/messages"


def asked_by_the_hour(world: World) -> list[dict[str, str]]:
    """The queries for hours."""
    queries = [dict(request.query) for request in world.admin_api.requests if request.endpoint == USAGE]
    return [query for query in queries if query["bucket_width"] == "1h"]


def answer(world: World, text: str) -> Report:
    with world.open_store() as store:
        return load_report(store, parse_question(text, today=world.clock().date()))


def words_of(report: Report) -> str:
    """All that a message says."""
    return str(report_answer(report).blocks)


async def test_each_day_the_hours_of_its_weekday_a_week_earlier_are_fetched_once(world: World) -> None:
    world.change(claudecost_backfill_days=7)
    await world.sync()
    await world.sync()
    assert {query["starting_at"][:10] for query in asked_by_the_hour(world)} == {str(WEEK_AGO)}
    assert len(asked_by_the_hour(world)) == 2  # six hours to see how large they are, and the rest

    world.clock.advance(days=1)
    await world.sync()

    assert len(asked_by_the_hour(world)) == 4
    with world.open_store() as store:
        assert (store.hours.has(WEEK_AGO), store.hours.has(WEEK_AGO + DAY)) == (True, True)


async def test_hours_are_asked_for_without_keys(world: World) -> None:
    world.change(claudecost_backfill_days=7)
    await world.sync()

    grouped = Counter(
        value
        for request in world.admin_api.requests
        if request.endpoint == USAGE and dict(request.query)["bucket_width"] == "1h"
        for name, value in request.query
        if name == "group_by[]"
    )
    assert set(grouped) == {"workspace_id", "model", "service_tier", "context_window"}


async def test_the_hours_of_a_day_add_up_to_what_its_tokens_should_cost(synced: World) -> None:
    day = Interval(WEEK_AGO, WEEK_AGO + DAY)
    with synced.open_store() as store:
        hours = store.hours.load(WEEK_AGO)
        expected = estimate_cost(store.ledger.load_usage_lines(day), PriceTable.build({})).cost

    by_hour = sum(amount for hour in hours.values() for amount in hour.values())
    assert abs(by_hour - sum(line.amount for line in expected)) < 24 * len(expected)  # each is rounded by itself


async def test_hours_that_were_compared_are_deleted(synced: World) -> None:
    synced.change(claudecost_backfill_days=7)
    synced.clock.advance(days=2)
    await synced.sync()

    with synced.open_store() as store:
        assert (store.hours.has(WEEK_AGO), store.hours.has(WEEK_AGO + 2 * DAY)) == (False, True)


def with_days_for_hours(body: dict[str, Any]) -> None:
    """Answers as a gateway does that knows no widths; whole days stay as they are."""
    for bucket in body["data"]:
        bucket["ending_at"] = bucket["ending_at"][:11] + "00:00:00Z"


async def test_without_hours_a_sync_is_whole_and_today_is_beside_the_whole_day(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.admin_api.faults.always(USAGE, Altered(with_days_for_hours))
    world.change(claudecost_backfill_days=7)

    synced = await world.sync()

    assert synced.saved.days == 8
    assert "today is compared with a whole day, because hours are not to be had" in caplog.text
    report = answer(world, "today")
    assert (report.up_to, report.change_percent) == (None, None)
    with world.open_store() as store:
        assert report.previous_total == store.ledger.load_fetched_days(Interval(WEEK_AGO, TODAY))[WEEK_AGO].total


async def test_today_is_beside_what_its_weekday_had_come_to_by_then(synced: World) -> None:
    report = answer(synced, "today")

    with synced.open_store() as store:
        billed = store.ledger.load_fetched_days(Interval(WEEK_AGO, TODAY))[WEEK_AGO].total
    assert report.up_to == synced.clock() - timedelta(minutes=5)
    assert report.previous_total is not None
    assert 0 < report.previous_total < billed // 2
    assert report.change_percent is not None
    assert sum(row.previous or 0 for row in report.rows) == report.previous_total


async def test_what_only_the_bill_knows_of_today_is_held_against_nothing(synced: World) -> None:
    report = answer(synced, "today by type")

    assert report.not_compared == ("claude-cairn-preview", "code execution", "sessions")
    rows = {row.id: row for row in report.rows}
    assert rows["tokens"].change_percent is not None
    for kind in ("code_execution", "session_usage"):
        assert (rows[kind].previous, rows[kind].change) == (None, None)
        assert rows[kind].uncompared == rows[kind].spend
    assert report.uncompared == sum(row.uncompared for row in report.rows) > 0
    assert report.change == (report.total or 0) - report.uncompared - (report.previous_total or 0)
    assert "not compared, because only the bill knows it: `claude-cairn-preview`, `code execution`" in words_of(report)


async def test_the_headline_says_what_today_is_held_against(synced: World) -> None:
    report = answer(synced, "today by key")

    headline = report_answer(report).text
    assert headline.startswith("$42.44 est. so far today (to 09:30 UTC), up 60 % against $26.49 by then on Sun 15 Nov")


@pytest.mark.parametrize("by", ["workspace", "model", "key", "type", "token", "day", "workspace by key"])
async def test_every_grouping_comes_to_the_same_by_then(synced: World, by: str) -> None:
    report = answer(synced, f"today by {by}")

    assert report.previous_total == answer(synced, "today").previous_total
    assert sum(row.previous or 0 for row in report.rows) == report.previous_total
    assert sum(row.spend or 0 for row in report.rows) == report.total
    assert sum(row.uncompared for row in report.rows) == report.uncompared > 0
    assert sum(row.change or 0 for row in report.rows) == report.change


async def test_keys_that_the_bill_names_come_to_the_same_by_then(billed: World) -> None:
    report = answer(billed, "today by key")

    assert report.previous_total == answer(billed, "today").previous_total
    assert sum(row.previous or 0 for row in report.rows) == report.previous_total
    assert sum(row.spend or 0 for row in report.rows) == report.total
