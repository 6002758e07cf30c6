"""Several organisations: each synced, judged and told of by itself, and all of them added up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.question import NotUnderstood, parse_question
from bot.analysis.weeks import IsoWeek
from bot.listeners.alerts import load_alerts_answer
from bot.loading.digest import load_digest
from bot.loading.report import load_report
from bot.model import Interval, dollars
from bot.sandbox.admin_api import error
from bot.sandbox.people import ADA
from bot.settings import PrivacyChoices
from bot.settings.budgets import BudgetTable, LevelTable
from bot.snapshots.parts import parts_of
from tests.builders import TODAY, last_days
from tests.jobs.conftest import go_on
from tests.loopback import SECOND, SECOND_KEY

if TYPE_CHECKING:
    from bot.analysis.report import Report
    from tests.loopback import Past, Two

DAY = timedelta(days=1)
FIRST = "Meridian Robotics"


def report(two: Two, text: str) -> Report:
    with two.world.open_store() as store:
        return load_report(store, parse_question(text, today=TODAY))


def texts(two: Two) -> list[str]:
    return [message.text for message in two.world.slack.messages()]


# --- What is said ---


async def test_each_organization_is_told_of_by_its_name(both_pulled: Two) -> None:
    ready = [text for text in texts(both_pulled) if " is ready: 40 days read" in text]
    assert sorted(text.partition(" is")[0] for text in ready) == [SECOND, FIRST]
    alerts = [text for text in texts(both_pulled) if "Ingest pipeline · " in text]
    assert len(alerts) == 2
    assert any(f"Ingest pipeline · {SECOND}" in text for text in alerts)


async def test_one_that_refuses_its_key_stops_no_other_and_catches_up(joined: Two) -> None:
    joined.admin_api.keys.clear()
    clock = joined.world.build_clock()

    await clock.pull()

    assert joined.world.said("Ingest pipeline · Meridian Robot")
    (refused,) = joined.world.said("refuses the Admin key")
    assert refused.text.startswith(f"⚠️ {SECOND}: Anthropic refuses the Admin key")
    assert str(clock.failure).startswith(f"{SECOND}: ")
    status = await clock.status(version="1")
    assert [each.name for each in status.organizations] == [FIRST, SECOND]
    assert len(status.troubles) == 1
    assert status.troubles[0].startswith(f"{SECOND}: ")

    joined.admin_api.keys.add(SECOND_KEY)
    joined.world.clock.advance(hours=1)
    await clock.pull()

    assert joined.world.said(f"{SECOND}: The Admin key works again")
    assert joined.world.said(f"Ingest pipeline · {SECOND}")
    assert clock.failure is None
    assert dollars(report(joined, "7d").total or 0) == joined.invoices(7)


async def test_one_that_is_out_of_reach_is_named_in_every_status(both_pulled: Two) -> None:
    keeper, other = both_pulled.world.build_clock(), both_pulled.world.build_clock()
    both_pulled.admin_api.faults.always("cost_report", error(500))
    both_pulled.world.clock.advance(hours=1)

    await keeper.pull()

    (trouble,) = (await keeper.status(version="1")).troubles
    assert trouble.startswith(f"{SECOND}: ")
    assert (await other.status(version="1")).troubles == (trouble,)


async def test_health_has_the_age_of_each_organizations_data(both: Two) -> None:
    health = await both.world.build_clock().health()

    assert health["organizations"] == dict.fromkeys(("ANTHROPIC_ADMIN_KEY", "EU_KEY"), both.world.clock().isoformat())


async def test_two_keys_of_one_organization_are_refused_and_counted_once(two: Two, first_pull: Past) -> None:
    go_on(two.world, first_pull)
    two.admin_api.organization.id = two.world.organization.id
    clock = two.world.build_clock()

    await clock.pull()

    assert "are of one organisation" in str(clock.failure)
    assert "ANTHROPIC_ADMIN_KEY" in str(clock.failure)
    assert "EU_KEY" in str(clock.failure)
    with two.world.open_store() as store:
        assert len(store.organizations()) == 1


async def test_the_digest_is_that_of_all_once(both_pulled: Two) -> None:
    clock = both_pulled.world.build_clock()
    both_pulled.world.clock.set_to(TODAY + DAY, 9, 2)

    await clock.pull()

    (told,) = both_pulled.world.said("Week 47: $")
    with both_pulled.world.open_store() as store:
        digest = load_digest(parts_of(store), IsoWeek.of(TODAY))
    week = IsoWeek.of(TODAY).interval
    assert dollars(digest.total or 0) * 100 == both_pulled.world.organization.invoice(
        week
    ) + both_pulled.organization.invoice(week)
    assert [row.label for row in digest.by_organization] == [FIRST, SECOND] or [
        row.label for row in digest.by_organization
    ] == [SECOND, FIRST]
    assert sum(row.spend or 0 for row in digest.by_organization) == digest.total
    assert "By organisation" in str(told.blocks)


async def test_the_digest_does_not_wait_for_one_whose_key_is_known_to_be_refused(both_pulled: Two) -> None:
    clock = both_pulled.world.build_clock()
    both_pulled.admin_api.keys.clear()
    both_pulled.world.clock.set_to(TODAY + DAY, 9, 2)

    await clock.pull()
    await clock.tick()

    (told,) = both_pulled.world.said("Week 47, in part: $")
    assert f"`{SECOND}` not fetched whole: Sun 22 Nov" in str(told.blocks)


async def test_an_organization_that_joins_is_no_change_of_the_bill_and_reaches_no_level_of_a_budget(
    two: Two, first_pull: Past
) -> None:
    joins = TODAY + 8 * DAY
    month = Interval(TODAY.replace(day=1), joins + DAY)
    last_weeks = last_days(14, until=joins)
    with_its_past = two.world.organization.invoice(month) + two.organization.invoice(last_weeks)
    level = LevelTable(percent=Decimal(90))
    tables = two.world.settings.claudecost_organizations
    others, two.world.others = two.world.others, []
    two.world.change(
        claudecost_organizations=[],
        claudecost_budgets=[BudgetTable(name="all", usd=with_its_past / 100, levels=[level])],
    )
    go_on(two.world, first_pull)
    two.world.clock.set_to(TODAY + DAY, 9, 2)
    await two.world.build_clock().pull()
    assert two.world.said("Week 47")

    two.world.change(claudecost_organizations=tables, claudecost_backfill_days=len(last_weeks))
    two.world.others = others
    two.world.clock.set_to(joins, 9, 2)
    clock = two.world.build_clock()
    await clock.pull()
    await clock.tick()

    (told,) = two.world.said("Week 48")
    assert "of earlier weeks changed" not in str(told.blocks)
    assert two.world.said("all: ") == []
    with two.world.open_store() as store:
        assert [each.percent for each in store.budgets.load_said("all", month.since)] == [Decimal(90)]


# --- What is answered ---


async def test_totals_are_those_of_all_to_the_cent(both: Two) -> None:
    for by in ("workspace", "model", "key", "day", "type", "token", "workspace key"):
        answer = report(both, f"7d by {by}")
        assert dollars(answer.total or 0) == both.invoices(7)
        assert sum(row.spend or 0 for row in answer.rows) == answer.total


async def test_an_organization_is_asked_about_alone(both: Two) -> None:
    europe = report(both, "7d org:EUROPE")
    assert dollars(europe.total or 0) * 100 == both.organization.invoice(last_days(7))
    assert europe.organizations == ()

    by_id = report(both, f"7d org:{both.world.organization.id}")
    assert dollars(by_id.total or 0) * 100 == both.world.organization.invoice(last_days(7))


async def test_an_unknown_organization_is_refused_with_the_known_names(both: Two) -> None:
    with pytest.raises(NotUnderstood) as puzzle:
        report(both, "7d org:asia")

    assert str(puzzle.value) == ('"org:asia" was not understood; ask for "org:\'Meridian Robotics\'" or "org:Europe"')


async def test_ids_that_every_organization_has_are_told_apart(both: Two) -> None:
    labels = {row.id: row.label for row in report(both, "7d").rows}
    ids = {organization.id for organization in (both.world.organization, both.organization)}

    assert {f"default@{one}" for one in ids} <= labels.keys()
    assert labels[f"default@{both.organization.id}"] == f"Default · {SECOND}"
    assert labels["wrkspc_01IngestPipeline"] == f"Ingest pipeline · {FIRST}"
    assert len(set(labels.values())) == len(labels)

    keys = {row.id: row.label for row in report(both, "7d by key").rows}
    assert {f"{row}@{one}" for one in ids for row in ("console", "not_attributable")} <= keys.keys()
    assert keys[f"console@{both.organization.id}"] == f"Console and logins · {SECOND}"


async def test_a_row_names_its_organization_and_one_of_all_names_none(both: Two) -> None:
    by_workspace = report(both, "7d")
    owners = {row.id: by_workspace.organization_of(row) for row in by_workspace.rows}
    assert owners["wrkspc_01IngestPipelineEu"] == SECOND
    assert owners["wrkspc_01IngestPipeline"] == FIRST

    by_model = report(both, "7d by model")
    assert {by_model.organization_of(row) for row in by_model.rows} == {None}


async def test_somebody_in_two_organizations_is_one_row(two: Two) -> None:
    two.world.change(claudecost_privacy=PrivacyChoices(people=True), claudecost_backfill_days=7)
    await two.world.sync_all()

    answer = report(two, "7d by person")

    rows = {row.id: row for row in answer.rows}
    nobody = f"no_person@{two.organization.id}"
    assert sum(row.spend or 0 for row in answer.rows) == answer.total
    assert answer.organization_of(rows[ADA]) is None
    assert (rows[nobody].label, answer.organization_of(rows[nobody])) == (f"No person · {SECOND}", SECOND)
    assert rows[f"not_attributable@{two.organization.id}"].label == f"Not attributable to a person · {SECOND}"
    both_parts = [report(two, f"7d by person org:{name}").rows for name in ("Europe", f"'{FIRST}'")]
    assert rows[ADA].spend == sum(row.spend or 0 for part in both_parts for row in part if row.id == ADA)


async def test_days_that_one_lacks_are_counted_in_part_and_said_so(both: Two) -> None:
    both.world.change(claudecost_backfill_days=7)
    both.admin_api.keys.clear()
    both.world.clock.set_to(TODAY + 3 * DAY)
    await both.world.sync()

    with both.world.open_store() as store:
        answer = load_report(store, parse_question("3d", today=TODAY + 3 * DAY))

    lacking = {part.name: part.missing_days for part in answer.organizations}
    assert lacking == {FIRST: (), SECOND: (TODAY, TODAY + DAY, TODAY + 2 * DAY)}
    assert answer.missing_days == ()
    assert set(lacking[SECOND]) <= set(answer.partial_days)
    assert answer.change_percent is None


async def test_an_organization_that_was_removed_keeps_its_history_out_of_the_totals(both_pulled: Two) -> None:
    both_pulled.world.change(claudecost_organizations=[])
    both_pulled.world.others.clear()
    both_pulled.world.clock.advance(hours=1)

    clock = both_pulled.world.build_clock()
    await clock.pull()

    assert dollars(report(both_pulled, "7d").total or 0) * 100 == both_pulled.world.organization.invoice(last_days(7))
    assert dollars(report(both_pulled, "7d org:europe").total or 0) * 100 == both_pulled.organization.invoice(
        last_days(7)
    )
    status = await clock.status(version="1")
    assert (status.retired, status.organization) == ((SECOND,), FIRST)


async def test_open_alerts_of_all_are_listed_with_whose_they_are(both_pulled: Two) -> None:
    with both_pulled.world.open_store() as store:
        answer = load_alerts_answer(store)

    assert answer.text.startswith("2 open alerts")
    assert f"`Ingest pipeline · {FIRST}`" in str(answer.blocks)
    assert f"`Ingest pipeline · {SECOND}`" in str(answer.blocks)
