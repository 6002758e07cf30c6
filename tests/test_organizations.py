"""What the subcommands do where there are several organisations."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.admin_api import KeyRefused
from bot.analysis.export import DEFAULT_DIMENSIONS, DIMENSIONS
from bot.analysis.question import NotUnderstood, parse_question
from bot.commands.check import check_and_post, check_only
from bot.commands.digest import answer_digest
from bot.commands.doctor import examine_keys
from bot.commands.export import export, export_focus
from bot.commands.prices import answer_prices
from bot.commands.reconcile import answer_reconciliation
from bot.commands.report import answer_report
from bot.commands.sync import sync_once
from bot.model import dollars
from bot.sandbox.admin_api import error
from bot.settings import WrongSettings
from bot.terminal.caveats import caveats
from bot.terminal.check import checks_as_json
from bot.terminal.digest import digest_as_json
from bot.terminal.export import write_csv, write_jsonl
from bot.terminal.reconcile import reconciliation_as_json
from bot.terminal.report import report_as_json, report_as_text
from bot.terminal.sync import syncs_as_json
from tests.builders import TODAY, last_days
from tests.loopback import SECOND, SECOND_SETTING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.loopback import Two

FIRST = "Meridian Robotics"


@pytest.fixture
def a_week(two: Two) -> None:
    """Both have a short history."""
    two.world.change(claudecost_backfill_days=7)


@pytest.mark.usefixtures("a_week")
async def test_one_failing_sync_leaves_the_other_its_own(two: Two) -> None:
    two.admin_api.keys.clear()

    done = await sync_once(two.world.settings, now=two.world.clock, progress=lambda _: None)

    (synced,) = done.synced
    (failed,) = done.failed
    assert synced.organization.name == FIRST
    assert failed.startswith(f"{SECOND}: {SECOND_SETTING} was refused")
    assert done.exit_code == KeyRefused.exit_code
    told = json.loads(syncs_as_json(done.synced, failed=done.failed))
    assert [each["organization"] for each in told["organizations"]] == [FIRST]
    assert told["failed"] == [failed]


async def test_what_was_never_fetched_is_named_wherever_all_are_added_up(
    joined: Two, capsys: pytest.CaptureFixture[str]
) -> None:
    joined.admin_api.keys.clear()
    await sync_once(joined.world.settings, now=joined.world.clock, progress=lambda _: None)
    settings, told = joined.world.settings, f"without {SECOND}, of which nothing was fetched so far"

    report = answer_report(settings, parse_question("7d", today=TODAY))
    digest = answer_digest(settings, period=None, now=joined.world.clock)
    exported = export(settings, last_days(7), None, by=DEFAULT_DIMENSIONS, write=write_csv)
    checks = check_only(settings, day=None, now=joined.world.clock)

    assert told in str(report_as_text(report))
    assert told.replace(SECOND, f"`{SECOND}`") in str(digest.message.blocks)
    assert told in caveats(exported, unheard=exported.unheard)
    assert checks.failed == (f"{SECOND} was not judged: nothing was fetched of it so far",)
    assert answer_report(settings, parse_question(f"7d org:'{FIRST}'", today=TODAY)).unheard == ()
    assert capsys.readouterr().out.startswith("date,")


@pytest.mark.usefixtures("a_week")
async def test_progress_is_that_of_all(two: Two) -> None:
    told: list[tuple[int, int]] = []

    await sync_once(two.world.settings, now=two.world.clock, progress=lambda part: told.append((part.done, part.total)))

    assert told[-1] == (16, 16)


async def test_a_key_that_is_not_set_is_named_before_anything_is_asked(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SECOND_SETTING)

    with pytest.raises(WrongSettings, match=f'{SECOND_SETTING}: is not set; put the Admin key of "{SECOND}" there'):
        await sync_once(two.world.settings, now=two.world.clock, progress=lambda _: None)
    assert two.world.admin_api.requests == []


async def test_the_doctor_examines_each_key(both: Two) -> None:
    both.admin_api.keys.clear()

    found = [each async for each in examine_keys(both.world.settings, now=both.world.clock)]

    assert {each.what: each.ok for each in found}["ANTHROPIC_ADMIN_KEY"]
    assert not {each.what: each.ok for each in found}[SECOND_SETTING]


async def test_the_doctor_finds_two_keys_of_one_organization(both: Two) -> None:
    both.organization.id = both.world.organization.id

    found = {each.what: each async for each in examine_keys(both.world.settings, now=both.world.clock)}

    fault = found[SECOND_SETTING]
    assert "are of one organisation" in fault.detail
    assert fault.mend.startswith(f"remove {SECOND_SETTING} from claudecost.toml")


def test_a_check_is_one_of_each(both: Two) -> None:
    checks = check_only(both.world.settings, day=None, now=both.world.clock)

    told = json.loads(checks_as_json([(each.evaluation, each.names) for each in checks.each]))
    due = [(each["organization"], each["workspace"]) for each in told["findings"] if each["status"] == "due"]
    assert {organization for organization, _ in due} == {FIRST, SECOND}
    assert {workspace for _, workspace in due} == {"Ingest pipeline"}
    assert {each["day"] for each in told["findings"]} == {told["day"]}


def test_a_check_can_be_of_one(both: Two) -> None:
    (only,) = check_only(both.world.settings, day=None, now=both.world.clock, organization="europe").each

    assert only.names.organization == SECOND


async def test_one_that_cannot_be_judged_is_said_beside_the_other(joined: Two) -> None:
    joined.admin_api.faults.always("usage_report/messages", error(400))
    await sync_once(joined.world.settings, now=joined.world.clock, progress=lambda _: None)

    checks = await check_and_post(joined.world.settings, day=None, now=joined.world.clock)

    assert [each.names.organization for each in checks.each] == [FIRST]
    (failed,) = checks.failed
    assert failed.startswith(f"{SECOND} was not judged: ")


@pytest.mark.parametrize("by", ["key", "type", "workspace by key"])
def test_today_of_both_is_held_against_what_both_had_come_to(both: Two, by: str) -> None:
    report = answer_report(both.world.settings, parse_question(f"today by {by}", today=TODAY))

    assert report.up_to is not None
    assert sum(row.previous or 0 for row in report.rows) == report.previous_total
    assert sum(row.uncompared for row in report.rows) == report.uncompared > 0
    assert sum(row.change or 0 for row in report.rows) == report.change


def test_a_report_names_whose_each_row_is(both: Two) -> None:
    report = answer_report(both.world.settings, parse_question("7d", today=TODAY))

    told = json.loads(report_as_json(report))
    assert told["organizations"] == [FIRST, SECOND]
    assert {row["organization"] for row in told["rows"]} == {FIRST, SECOND}
    assert f"{FIRST} and {SECOND} together" in report_as_text(report).notes


def test_a_report_of_one_looks_as_if_it_were_the_only_one(both: Two) -> None:
    question = parse_question(f"7d org:{SECOND}", today=TODAY)

    told = json.loads(report_as_json(answer_report(both.world.settings, question)))

    assert "organizations" not in told
    assert "default" in {row["id"] for row in told["rows"]}


def test_a_digest_has_a_row_for_each(both: Two) -> None:
    answer = answer_digest(both.world.settings, period=None, now=both.world.clock)

    told = json.loads(digest_as_json(answer.digest, answer.message))
    each = {row["label"]: Decimal(row["spend"]) for row in told["by_organization"]}
    week = answer.digest.interval
    assert each == {
        FIRST: both.world.organization.invoice(week) / 100,
        SECOND: both.organization.invoice(week) / 100,
    }
    assert Decimal(told["total"]) == sum(each.values())


def test_a_digest_can_be_of_one(both: Two) -> None:
    answer = answer_digest(both.world.settings, period=None, now=both.world.clock, organization=SECOND)

    assert dollars(answer.digest.total or 0) * 100 == both.organization.invoice(answer.digest.interval)


def test_an_export_has_whose_each_row_is_in_the_order_of_days(both: Two, tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"

    export(both.world.settings, last_days(30), path, by=DEFAULT_DIMENSIONS, write=write_csv)

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert next(iter(rows[0])) == "organization"
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    assert f"default@{both.organization.id}" in {row["workspace_id"] for row in rows}
    assert sum(Decimal(row["usd"]) for row in rows) == both.invoices(30)


def test_an_export_without_days_adds_up_too(both: Two, tmp_path: Path) -> None:
    path = tmp_path / "bill.jsonl"

    export(both.world.settings, last_days(7), path, by=DIMENSIONS[1:], write=write_jsonl)

    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum(Decimal(row["usd"]) for row in rows) == both.invoices(7)
    assert {row["organization"] for row in rows} == {FIRST, SECOND}


def test_an_export_of_one_has_the_columns_it_always_had(both: Two, tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"

    export(both.world.settings, last_days(7), path, by=DEFAULT_DIMENSIONS, write=write_csv, organization=SECOND)

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert "organization" not in rows[0]
    assert sum(Decimal(row["usd"]) for row in rows) * 100 == both.organization.invoice(last_days(7))


def test_an_export_in_focus_columns_has_a_billing_account_for_each(both: Two, tmp_path: Path) -> None:
    path = tmp_path / "focus.csv"

    export_focus(both.world.settings, last_days(2), path, write=write_csv)

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["BillingAccountName"] for row in rows} == {FIRST, SECOND}
    assert sum(Decimal(row["BilledCost"]) for row in rows) == both.invoices(2)


def test_each_bill_is_reconciled_with_its_own_tokens(both: Two) -> None:
    answer = answer_reconciliation(both.world.settings, last_days(7))

    told = json.loads(reconciliation_as_json(answer.reconciliation, answer.organizations))
    assert Decimal(told["billed"]) == both.invoices(7)
    assert {row["organization"] for row in told["rows"]} == {FIRST, SECOND}
    alone = [
        answer_reconciliation(both.world.settings, last_days(7), organization=name).reconciliation
        for name in (FIRST, SECOND)
    ]
    assert sum(each.difference for each in alone) == answer.reconciliation.difference


def test_models_without_a_price_are_those_of_all(both: Two) -> None:
    found = answer_prices(both.world.settings, model=None, day=TODAY)

    assert "claude-cairn-preview" in {each.model for each in found.unpriced}


def test_a_part_of_a_name_is_enough_where_only_one_has_it(both: Two) -> None:
    (only,) = check_only(both.world.settings, day=None, now=both.world.clock, organization="robot").each
    assert only.names.organization == FIRST

    with pytest.raises(NotUnderstood, match=r'"org:ro" was not understood; ask for .* or "org:Europe"'):
        check_only(both.world.settings, day=None, now=both.world.clock, organization="ro")


def test_an_unknown_organization_is_one_line_with_the_known_names(both: Two) -> None:
    with pytest.raises(NotUnderstood, match='ask for "org:\'Meridian Robotics\'" or "org:Europe"'):
        check_only(both.world.settings, day=None, now=both.world.clock, organization="asia")
