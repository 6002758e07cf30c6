"""Who spent it: fetched where it is wanted, never where it is not, and never at the bill's expense."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.admin_api import KeyRefused
from bot.analysis.groupings import NO_PERSON, NOT_ATTRIBUTABLE
from bot.analysis.question import parse_question
from bot.loading.report import load_report
from bot.model import Interval, usd
from bot.sandbox.admin_api import ANALYTICS, HONEST, CutOff, error
from bot.sandbox.people import ADA, BEN, CLAUDE_CODE, UNTOLD, USERS, ZOE, by_account, cents_of, open_claude_code
from bot.settings import PrivacyChoices
from bot.snapshots.people import TABLES
from tests.builders import TODAY, YESTERDAY, last_days
from tests.loopback import loopback

if TYPE_CHECKING:
    from pathlib import Path

    from bot.analysis.report import Report
    from bot.sandbox.admin_api.faults import Fault
    from tests.loopback import World

WEEK = last_days(7)
DAYS = 14
ON, OFF = PrivacyChoices(people=True), PrivacyChoices()


def asked(world: World) -> Counter[str]:
    """How often each endpoint was asked about people."""
    about = ("users", "usage_report/claude_code")
    return Counter(
        request.endpoint
        for request in world.admin_api.requests
        if request.endpoint in about or ("group_by[]", "account_id") in request.query
    )


def queries(world: World) -> list[tuple[tuple[str, str], ...]]:
    """What was asked so far."""
    return [request.query for request in world.admin_api.requests]


def rows(world: World) -> int:
    """How many rows there are about people."""
    with world.open_store() as store:
        return sum(store.session.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES)  # noqa: S608


def report(world: World, text: str = "7d by person") -> Report:
    with world.open_store() as store:
        return load_report(store, parse_question(text, today=TODAY))


async def test_where_nobody_wants_it_nothing_is_asked_and_nothing_stored(world: World) -> None:
    open_claude_code(world.organization)
    world.change(claudecost_backfill_days=7)

    await world.sync()

    assert asked(world) == {}
    assert rows(world) == 0


async def test_people_add_up_to_the_bill(synced_people: World) -> None:
    answer = report(synced_people)
    assert answer.total == sum(row.spend or 0 for row in answer.rows)
    assert answer.previous_total == sum(row.previous or 0 for row in answer.rows)
    assert {row.id for row in answer.rows} == {ADA, BEN, ZOE, NO_PERSON, NOT_ATTRIBUTABLE}
    assert {row.label for row in answer.rows} >= {user.name for user in USERS}
    assert answer.people_unknown == ()


async def test_whoever_has_an_account_pays_for_their_own_tokens(synced_people: World) -> None:
    used = [
        row
        for day in WEEK.days()
        for row in synced_people.organization.usage_on(day)
        if row.workspace_id != CLAUDE_CODE
    ]
    cents = {who: sum(map(cents_of, theirs), Decimal(0)) for who, theirs in by_account(used).items()}
    spent = {row.ids: row.spend for row in report(synced_people, "7d by workspace person").rows}
    for account in (ADA, BEN, ZOE):
        theirs = sum(amount or 0 for (place, who), amount in spent.items() if who == account and place != CLAUDE_CODE)
        assert abs(theirs - usd(cents[account] / 100)) < usd("0.0001")


async def test_claude_codes_estimates_share_what_no_account_is_known_of(synced_people: World) -> None:
    spent = {row.ids: row.spend or 0 for row in report(synced_people, "7d by workspace person").rows}
    theirs = {account: spent[CLAUDE_CODE, str(account)] for account, _ in UNTOLD}
    assert theirs[BEN] / theirs[ZOE] == pytest.approx(2, rel=0.01)
    code = sum(amount for (place, _), amount in spent.items() if place == CLAUDE_CODE)
    assert code == usd(synced_people.organization.invoice_by_workspace(WEEK)[CLAUDE_CODE] / 100)


async def test_claude_codes_report_is_asked_for_where_it_says_something_new(world: World) -> None:
    world.change(claudecost_privacy=ON, claudecost_backfill_days=7)
    await world.sync()
    assert asked(world)["usage_report/claude_code"] == 0

    open_claude_code(world.organization)
    world.clock.advance(hours=1)
    await world.sync()
    assert asked(world)["usage_report/claude_code"] == 8


async def test_days_are_fetched_once_and_the_last_week_again(synced_people: World) -> None:
    synced_people.change(claudecost_backfill_days=DAYS)
    with synced_people.open_store() as store:
        fetched = store.people.load_days(Interval(TODAY - timedelta(days=DAYS), TODAY + timedelta(days=1)))
    assert len(fetched) == DAYS + 1

    synced_people.clock.set_to(TODAY + timedelta(days=7), 4)
    await synced_people.sync()
    synced_people.admin_api.requests.clear()
    synced_people.clock.advance(hours=1)
    await synced_people.sync()

    starts = [
        dict(r.query).get("starting_at", "")[:10]
        for r in synced_people.admin_api.requests
        if r.endpoint in asked(synced_people)
    ]
    assert min(filter(None, starts)) == TODAY.isoformat()


async def test_turned_off_everything_is_forgotten_and_nothing_asked(
    synced_people: World, caplog: pytest.LogCaptureFixture
) -> None:
    assert rows(synced_people) > 0
    synced_people.change(claudecost_privacy=OFF)

    with caplog.at_level(logging.INFO):
        await synced_people.sync()

    assert rows(synced_people) == 0
    assert asked(synced_people) == {}
    assert "what was stored about people is deleted" in caplog.text


async def test_it_is_forgotten_even_where_nothing_can_be_fetched(synced_people: World) -> None:
    synced_people.change(claudecost_privacy=OFF)
    synced_people.admin_api.faults.always("me", error(401))

    with pytest.raises(KeyRefused):
        await synced_people.sync()

    assert rows(synced_people) == 0


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [("users", error(500)), ("users", error(400)), ("usage_report/claude_code", CutOff())],
    ids=["overloaded", "refused", "cut off"],
)
async def test_the_bill_does_not_fail_with_it(
    peopled: World, caplog: pytest.LogCaptureFixture, endpoint: str, fault: Fault
) -> None:
    peopled.admin_api.faults.always(endpoint, fault)

    synced = await peopled.sync()

    assert synced.saved.days == 8
    assert "who spent it was not fetched, the bill itself was" in caplog.text
    assert not any(word in caplog.text for user in USERS for word in (user.name, user.email))
    answer = report(peopled)
    assert answer.total == usd(peopled.organization.invoice(WEEK) / 100)
    assert answer.people_unknown[-1] == YESTERDAY
    assert {row.id for row in answer.rows} == {NOT_ATTRIBUTABLE}


async def test_what_failed_is_fetched_by_the_next_sync(peopled: World) -> None:
    peopled.admin_api.faults.always("users", error(500))
    await peopled.sync()
    peopled.admin_api.faults.clear()
    await peopled.sync()

    assert report(peopled).people_unknown == ()


async def test_without_a_list_of_users_ids_stand_for_them(peopled: World) -> None:
    peopled.admin_api.faults.always("users", error(404))

    await peopled.sync()

    labels = {row.label for row in report(peopled).rows}
    assert {ADA, "ben.okafor@meridian.example"} <= labels


async def test_without_claude_codes_report_its_part_is_nobodys(peopled: World) -> None:
    peopled.admin_api.faults.always("usage_report/claude_code", error(403))

    await peopled.sync()

    rows = {row.ids for row in report(peopled, "7d by workspace person").rows}
    assert (CLAUDE_CODE, NO_PERSON) in rows
    assert (CLAUDE_CODE, BEN) not in rows


# --- Where the bill tells dollars by actor ---


async def test_dollars_by_actor_come_first(tmp_path: Path) -> None:
    async with loopback(tmp_path, variant=ANALYTICS) as world:
        open_claude_code(world.organization)
        world.change(claudecost_privacy=ON, claudecost_backfill_days=7)
        await world.sync()

        with world.open_store() as store:
            assert {line.day for line in store.people.load_cost(WEEK)} == set(WEEK.days())
            store.session.execute("DELETE FROM person_usage")
        answer = report(world)
        assert answer.total == sum(row.spend or 0 for row in answer.rows)
        assert {row.id for row in answer.rows} == {ADA, BEN, ZOE, NO_PERSON, NOT_ATTRIBUTABLE}
        spent = {row.ids: row.spend for row in report(world, "7d by type person").rows}
        assert spent["web_search", NO_PERSON]


async def test_without_dollars_by_actor_tokens_share_the_bill(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with loopback(tmp_path, variant=ANALYTICS) as world:
        world.change(claudecost_backfill_days=7)
        await world.sync()
        world.admin_api.requests.clear()
        await world.sync()
        for_the_bill = [request for request in world.admin_api.requests if request.endpoint == "analytics/cost"]
        world.change(claudecost_privacy=ON)
        world.admin_api.faults.add("analytics/cost", *[HONEST] * len(for_the_bill), error(403))

        await world.sync()

        assert "no dollars per person this time" in caplog.text
        assert report(world).people_unknown == ()
        assert {row.id for row in report(world).rows} >= {ADA, BEN, ZOE, NO_PERSON}
