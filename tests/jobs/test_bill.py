"""Where a day's dollars come from: one source, the best that answers, and never two of them."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.admin_api import Nonsense, Unavailable
from bot.analysis.prices import PriceTable
from bot.jobs.bill import BillReader
from bot.loading.keys import spend_by_key
from bot.loading.reconcile import load_reconciliation
from bot.loading.report import load_report
from bot.model import Interval, Source, dollars, end_of
from bot.sandbox.admin_api import GUIDE_SHAPE, HONEST, Altered, RepeatedPage, Without, error
from bot.sandbox.organization import Charge
from tests.builders import TODAY, YESTERDAY, last_days, question
from tests.jobs.conftest import KEYED_DAYS, STORED_DAYS
from tests.loopback import loopback

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from bot.model import FetchedDay
    from bot.sandbox.admin_api.faults import Fault
    from tests.loopback import World

DAY = timedelta(days=1)
SETTLED = last_days(7)
WINDOW = Interval(TODAY - STORED_DAYS * DAY, TODAY + DAY)


def known(world: World, interval: Interval = WINDOW) -> list[FetchedDay]:
    with world.open_store() as store:
        return list(store.ledger.load_fetched_days(interval).values())


def sources(world: World, interval: Interval = SETTLED) -> set[Source]:
    """Where the stored days of an interval came from."""
    return {day.source for day in known(world, interval)}


def by_key(world: World, interval: Interval = SETTLED) -> dict[str, Decimal]:
    """Dollars by key."""
    with world.open_store() as store:
        return {key: dollars(amount) for (key,), amount in spend_by_key(store, interval, within=[]).items()}


def start(day: date) -> datetime:
    return end_of(day - DAY)


def asked(world: World, endpoint: str) -> int:
    return sum(request.endpoint == endpoint for request in world.admin_api.requests)


async def test_the_bill_with_keys_is_the_invoice_to_the_nano_dollar(keyed: World) -> None:
    keyed.organization.charge(
        YESTERDAY - 3 * DAY,
        Charge(workspace_id=None, cost_type="session_usage", description="A credit", cents=Decimal(-123)),
    )

    synced = await keyed.sync()

    assert synced.source is Source.ANALYTICS
    assert sources(keyed) == {Source.ANALYTICS}
    assert asked(keyed, "cost_report") == 0
    with keyed.open_store() as store:
        assert dollars(store.ledger.load_spend(SETTLED, [])[()]) * 100 == keyed.organization.invoice(SETTLED)


async def test_keys_add_up_to_the_bill_and_are_what_each_key_cost(billed: World) -> None:
    found = by_key(billed)

    assert sum(found.values()) * 100 == billed.organization.invoice(SETTLED)
    lines = [
        line for day in SETTLED.days() for line in billed.organization.keyed_lines(since=start(day), until=end_of(day))
    ]
    research = sum(line.cents for line in lines if line.api_key_id == "apikey_01Research")
    assert found["apikey_01Research"] * 100 == research


async def test_both_sources_tell_the_same_money(billed: World, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with loopback(tmp_path / "other") as other:
        other.change(claudecost_backfill_days=KEYED_DAYS)
        await other.sync()
        with billed.open_store() as one, other.open_store() as two:
            by_line = [
                {
                    (line.day, *line.series[:6], "us" if line.series.inference_geo == "us" else ""): line.amount
                    for line in store.ledger.load_cost_lines(SETTLED)
                }
                for store in (one, two)
            ]
    assert by_line[0] == by_line[1]


async def test_a_reconciliation_of_days_by_key_is_as_right_as_of_others(billed: World) -> None:
    with billed.open_store() as store:
        found = load_reconciliation(store, last_days(7), PriceTable.build({}))

    assert found.explained_percent == 100
    assert dollars(found.billed) * 100 == billed.organization.invoice(last_days(7))


async def test_a_second_sync_changes_nothing(billed: World) -> None:
    before = by_key(billed)

    again = await billed.sync()

    assert again.saved.changed_days == ()
    assert by_key(billed) == before


async def test_the_setting_leaves_it_out(keyed: World) -> None:
    keyed.change(claudecost_bill="cost_report")

    assert (await keyed.sync()).source is Source.COST_REPORT
    assert asked(keyed, "analytics/cost") == 0


async def test_an_organisation_without_it_is_asked_once_and_quietly(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.change(claudecost_backfill_days=KEYED_DAYS)

    await world.sync()

    assert sources(world) == {Source.COST_REPORT}
    assert asked(world, "analytics/cost") == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_the_guides_shape_is_not_affected(tmp_path: Path) -> None:
    async with loopback(tmp_path, variant=GUIDE_SHAPE) as world:
        world.change(claudecost_backfill_days=KEYED_DAYS)
        await world.sync()

        assert sources(world) == {Source.COST_REPORT}


def in_euros(body: dict[str, object]) -> None:
    for row in body["data"]:  # type: ignore[attr-defined]  # a list in this answer
        row["cost"]["currency"] = "EUR"


@pytest.mark.parametrize(
    "faults",
    [
        [error(403)],
        [error(400)],
        [Without("data_refreshed_at")],
        [Altered(in_euros)],
        [HONEST, HONEST, HONEST, RepeatedPage()],
    ],
    ids=["forbidden", "bad request", "without its age", "in euros", "a page twice"],
)
async def test_an_answer_that_is_refused_leaves_the_cost_report(
    keyed: World, faults: list[Fault], caplog: pytest.LogCaptureFixture
) -> None:
    keyed.admin_api.faults.add("analytics/cost", *faults)

    synced = await keyed.sync()

    assert synced.source is Source.COST_REPORT
    assert "the cost report is read instead" in caplog.text
    with keyed.open_store() as store:
        assert dollars(store.ledger.load_spend(SETTLED, [])[()]) * 100 == keyed.organization.invoice(SETTLED)


async def test_an_outage_stops_the_sync_and_changes_no_source(billed: World) -> None:
    billed.admin_api.faults.always("analytics/cost", error(500))
    billed.clock.advance(hours=1)

    with pytest.raises(Unavailable):
        await billed.sync()

    assert sources(billed) == {Source.ANALYTICS}


async def test_another_currency_everywhere_stores_nothing(keyed: World) -> None:
    def report_in_euros(body: dict[str, object]) -> None:
        for bucket in body["data"]:  # type: ignore[attr-defined]  # the same
            for row in bucket["results"]:
                row["currency"] = "EUR"

    keyed.admin_api.faults.always("analytics/cost", Altered(in_euros))
    keyed.admin_api.faults.always("cost_report", Altered(report_in_euros))

    with pytest.raises(Nonsense, match="only USD can be added up"):
        await keyed.sync()

    assert known(keyed) == []


async def test_an_expired_token_costs_nothing_but_time(keyed: World) -> None:
    keyed.admin_api.faults.add("analytics/cost", *[HONEST] * 5, error(410), HONEST)

    assert (await keyed.sync()).source is Source.ANALYTICS
    assert sum(by_key(keyed).values()) * 100 == keyed.organization.invoice(SETTLED)


async def test_days_not_refreshed_to_their_end_are_estimated_until_they_are(keyed: World) -> None:
    keyed.organization.hold_back(YESTERDAY, until=keyed.clock() + timedelta(hours=2))
    await keyed.sync()
    late = {day.day: day.source for day in known(keyed)}
    assert (late[YESTERDAY], late[YESTERDAY - DAY]) == (Source.ESTIMATE, Source.ANALYTICS)

    keyed.clock.advance(hours=3)
    await keyed.sync()

    assert sources(keyed) == {Source.ANALYTICS}
    assert sum(by_key(keyed).values()) * 100 == keyed.organization.invoice(SETTLED)


async def test_an_answer_that_knows_none_of_the_days_is_not_believed(keyed: World) -> None:
    keyed.organization.hold_back(WINDOW.since - DAY, until=keyed.clock() + timedelta(hours=2))

    assert (await keyed.sync()).source is Source.COST_REPORT


async def test_days_before_its_memory_come_from_the_cost_report(keyed: World) -> None:
    keyed.clock.set_to(TODAY + 330 * DAY)
    floor = keyed.clock().date() - 364 * DAY
    around = Interval(floor - 2 * DAY, floor + 2 * DAY)
    sources = (Source.ANALYTICS, Source.COST_REPORT)
    reader = BillReader(api=keyed.api, now=keyed.clock, sources=sources)

    bills = await reader.read(around)

    assert [(bill.source, sorted(bill.days)) for bill in bills] == [
        (Source.ANALYTICS, [floor, floor + DAY]),
        (Source.COST_REPORT, [floor - 2 * DAY, floor - DAY]),
    ]
    assert sum(line.amount for bill in bills for line in bill.lines) == 10**7 * keyed.organization.invoice(around)


async def test_a_day_that_changes_its_source_counts_once_and_restates_nothing(keyed: World) -> None:
    keyed.change(claudecost_bill="cost_report")
    await keyed.sync()
    keyed.change(claudecost_bill="auto")
    keyed.clock.advance(hours=1)

    again = await keyed.sync()

    assert again.saved.restatements == ()
    assert sources(keyed, last_days(6)) == {Source.ANALYTICS}
    assert sources(keyed, Interval(WINDOW.since, SETTLED.since)) <= {Source.ANALYTICS, Source.COST_REPORT}
    assert sum(by_key(keyed).values()) * 100 == keyed.organization.invoice(SETTLED)


async def test_what_keys_were_said_to_cost_can_still_be_asked_for(billed: World) -> None:
    at = billed.clock()
    asked = question("7d by key")
    with billed.open_store() as store:
        before = load_report(store, asked)
    billed.clock.advance(hours=1)
    billed.organization.restate(YESTERDAY - DAY, None, "2")
    await billed.sync()

    with billed.open_store() as store:
        then = load_report(store, asked, as_of=at)
        now = load_report(store, asked)

    assert [(row.id, row.spend) for row in then.rows] == [(row.id, row.spend) for row in before.rows]
    assert [(row.id, row.spend) for row in now.rows] != [(row.id, row.spend) for row in before.rows]


async def test_an_archived_workspace_keeps_its_keys_and_its_name(billed: World) -> None:
    archived = billed.organization.stories.archived_workspace
    with billed.open_store() as store:
        spend = store.ledger.load_key_spend(WINDOW, ["workspace", "key"])
        assert spend[archived, "apikey_01Legacy"] > 0
        assert store.names.load_names().workspace(archived) == "Legacy chatbot"
        assert store.names.load_names().workspaces[archived].archived


async def test_the_default_workspace_is_one_whatever_it_is_called(billed: World) -> None:
    with billed.open_store() as store:
        workspaces = {workspace for (workspace,) in store.ledger.load_spend(WINDOW, ["workspace"])}
    assert "default" in workspaces
    assert billed.organization.default_workspace.id not in workspaces
