"""Exports add up to the invoice, and say what they rest on."""

from __future__ import annotations

import csv
import json
import tomllib
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.export import BILLED_DIMENSIONS, DEFAULT_DIMENSIONS
from bot.analysis.question import parse_question
from bot.commands.errors import NothingYet
from bot.commands.export import export, export_focus
from bot.commands.report import answer_report
from bot.model import Interval, usd
from bot.sandbox.teams import teams_configuration
from bot.settings.teams import TeamTable
from bot.terminal.export import write_csv, write_jsonl
from tests.builders import TODAY, YESTERDAY, last_days

if TYPE_CHECKING:
    from pathlib import Path

    from tests.loopback import World


def test_an_export_sums_to_the_invoice(synced: World, tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"

    assert export(synced.settings, last_days(30), path, by=DEFAULT_DIMENSIONS, write=write_csv).missing_days == ()

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "date",
        "workspace_id",
        "workspace",
        "model",
        "input",
        "output",
        "cache_write",
        "cache_read",
        "usd",
    ]
    assert sum(Decimal(row["usd"]) for row in rows) * 100 == synced.organization.invoice(last_days(30))
    assert not list(tmp_path.glob("*.part"))


def test_an_export_by_everything_sums_to_the_invoice(synced: World, tmp_path: Path) -> None:
    path = tmp_path / "bill.jsonl"

    export(synced.settings, last_days(30), path, by=BILLED_DIMENSIONS, write=write_jsonl)

    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum(Decimal(row["usd"]) for row in rows) * 100 == synced.organization.invoice(last_days(30))
    assert {"api_key_id", "service_tier", "cost_type"} <= rows[0].keys()


def test_an_export_by_team_is_the_report_by_team(synced: World, tmp_path: Path) -> None:
    synced.change(claudecost_teams=[TeamTable(**table) for table in tomllib.loads(teams_configuration(TODAY))["teams"]])
    path = tmp_path / "teams.csv"

    for as_of, words in ((None, "30d by team"), (TODAY, "30d by team as of today's teams")):
        export(synced.settings, last_days(30), path, by=["team"], write=write_csv, as_of=as_of)
        with path.open(encoding="utf-8", newline="") as file:
            exported = {row["team"]: usd(Decimal(row["usd"])) for row in csv.DictReader(file)}
        report = answer_report(synced.settings, parse_question(words, today=TODAY))
        assert exported == {row.ids[0]: row.spend for row in report.rows if row.spend}
        assert "unowned" in exported


def test_charges_in_focus_columns_are_tagged_with_whose_they_are(synced: World, tmp_path: Path) -> None:
    synced.change(claudecost_teams=[TeamTable(**table) for table in tomllib.loads(teams_configuration(TODAY))["teams"]])
    path = tmp_path / "focus.csv"

    export_focus(synced.settings, last_days(2), path, write=write_csv)

    with path.open(encoding="utf-8", newline="") as file:
        tags = {(row["ResourceName"], json.loads(row["Tags"]).get("team")) for row in csv.DictReader(file)}
    assert {("ingest-prod", "pipelines"), ("voice-gateway", None)} < tags
    assert ("shared-scripts", "engineering 40 %, support 60 %") in tags


def test_an_export_in_focus_columns_sums_to_the_invoice(synced: World, tmp_path: Path) -> None:
    path = tmp_path / "focus.csv"

    export_focus(synced.settings, last_days(30), path, write=write_csv)

    with path.open(encoding="utf-8", newline="") as file:
        billed = [Decimal(row["BilledCost"]) for row in csv.DictReader(file)]
    assert sum(billed) * 100 == synced.organization.invoice(last_days(30))


def test_an_export_over_today_marks_what_the_bill_does_not_cover(synced: World, tmp_path: Path) -> None:
    path, both_days = tmp_path / "bill.csv", Interval(YESTERDAY, TODAY + timedelta(days=1))

    wrote = export(synced.settings, both_days, path, by=DEFAULT_DIMENSIONS, write=write_csv)

    with path.open(encoding="utf-8", newline="") as file:
        marked = {(row["date"], row["estimated"]) for row in csv.DictReader(file)}
    assert marked == {(str(YESTERDAY), "false"), (str(TODAY), "true")}
    assert (wrote.known_days, wrote.estimated_days) == ((YESTERDAY, TODAY), (TODAY,))


def test_a_focus_export_over_today_tags_what_the_bill_does_not_cover(synced: World, tmp_path: Path) -> None:
    path, both_days = tmp_path / "focus.csv", Interval(YESTERDAY, TODAY + timedelta(days=1))

    export_focus(synced.settings, both_days, path, write=write_csv)

    with path.open(encoding="utf-8", newline="") as file:
        marked = {(row["ChargePeriodStart"][:10], "anthropic:estimated" in row["Tags"]) for row in csv.DictReader(file)}
    assert marked == {(str(YESTERDAY), False), (str(TODAY), True)}


def test_there_is_no_focus_export_before_the_first_sync(world: World) -> None:
    with pytest.raises(NothingYet):
        export_focus(world.settings, last_days(30), None, write=write_csv)


def test_days_that_were_never_fetched_are_not_exported_as_nothing(synced: World, tmp_path: Path) -> None:
    long_ago = Interval(last_days(300).since, last_days(290).since)

    with pytest.raises(NothingYet, match="none of the days asked for was ever fetched"):
        export(synced.settings, long_ago, tmp_path / "bill.csv", by=DEFAULT_DIMENSIONS, write=write_csv)
    with pytest.raises(NothingYet):
        export_focus(synced.settings, long_ago, tmp_path / "bill.csv", write=write_csv)

    assert not list(tmp_path.glob("bill.csv*"))
