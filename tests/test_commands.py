"""What each subcommand does, between the stand-ins and on a clock moved by hand."""

from __future__ import annotations

import asyncio
import csv
import json
import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.admin_api import KeyRefused
from bot.analysis.ask_why import UnknownWorkspace, parse_why
from bot.analysis.export import DEFAULT_DIMENSIONS, DIMENSIONS
from bot.analysis.groupings import GROUPINGS
from bot.analysis.question import PeopleOff, parse_question
from bot.analysis.weeks import IsoWeek
from bot.commands.check import check_and_post, check_only
from bot.commands.digest import answer_digest, post_digest
from bot.commands.doctor import examine
from bot.commands.errors import NothingThen, NothingYet, NotSaid, TooEarly
from bot.commands.export import export, export_focus
from bot.commands.report import answer_report
from bot.commands.run import serve
from bot.commands.sync import sync_once
from bot.commands.why import answer_why
from bot.model import Interval, Source, Status, dollars, end_of
from bot.sandbox.admin_api import SANDBOX_KEY
from bot.sandbox.slack.faults import RateLimited, Refused
from bot.settings import PrivacyChoices, Settings, WrongSettings
from bot.terminal.export import write_csv, write_jsonl
from tests.builders import TODAY, YESTERDAY, last_days
from tests.loopback import daily

if TYPE_CHECKING:
    from datetime import date

    from tests.loopback import World

POST = "chat.postMessage"
WEEK = IsoWeek.of(TODAY).before()


async def test_sync_fetches_the_backfill(world: World) -> None:
    synced = await sync_once(world.settings, now=world.clock, progress=lambda _: None)

    (organization,) = synced.synced
    assert organization.saved.days == world.settings.claudecost_backfill_days + 1


async def test_sync_needs_a_key(world: World) -> None:
    world.change(anthropic_admin_key=None)

    with pytest.raises(WrongSettings, match="ANTHROPIC_ADMIN_KEY: is not set"):
        await sync_once(world.settings, now=world.clock, progress=lambda _: None)


async def test_sync_raises_what_the_admin_api_says(world: World) -> None:
    world.admin_api.keys.clear()

    with pytest.raises(KeyRefused):
        await sync_once(world.settings, now=world.clock, progress=lambda _: None)


# --- Report, check, digest ---


async def test_a_report_adds_up_to_the_invoice(synced: World) -> None:
    report = answer_report(synced.settings, parse_question("7d", today=TODAY))

    assert report.total is not None
    assert dollars(report.total) * 100 == synced.organization.invoice(last_days(7))


@pytest.mark.parametrize("by", GROUPINGS)
async def test_a_report_as_of_a_day_is_what_it_was_before_a_restatement(synced: World, by: str) -> None:
    synced.change(claudecost_privacy=PrivacyChoices(people=True))
    question = parse_question(f"7d by {by}", today=TODAY)
    before = answer_report(synced.settings, question)
    synced.clock.advance(days=1)
    with synced.open_store() as store:
        store.ledger.save_days(
            last_days(14),
            cost=daily(999, last_days(14)),
            usage=(),
            source=Source.COST_REPORT,
            fetched_at=synced.clock(),
        )

    restated = answer_report(synced.settings, question)
    as_of = answer_report(synced.settings, question, as_of=end_of(TODAY))

    assert restated.total != before.total
    assert (as_of.total, as_of.previous_total, as_of.rows) == (before.total, before.previous_total, before.rows)


async def test_who_spent_it_is_refused_where_it_is_off(synced: World) -> None:
    with pytest.raises(PeopleOff, match="people = true under"):
        answer_report(synced.settings, parse_question("7d by person", today=TODAY))


async def test_before_anything_was_known_there_was_no_report(synced: World) -> None:
    with pytest.raises(NothingThen, match="none of these days was known whole by 2026-11-15"):
        answer_report(synced.settings, parse_question("7d", today=TODAY), as_of=end_of(TODAY - timedelta(days=8)))


async def test_nothing_is_answered_before_the_first_sync(world: World) -> None:
    with pytest.raises(NothingYet, match='run "claudecost sync" first'):
        answer_report(world.settings, parse_question("7d", today=TODAY))
    with pytest.raises(NothingYet):
        answer_why(world.settings, parse_why(["default"], today=TODAY))
    with pytest.raises(NothingYet):
        check_only(world.settings, day=None, now=world.clock)
    with pytest.raises(NothingYet):
        answer_digest(world.settings, week=None, now=world.clock)


async def test_why_explains_what_a_report_says_of_the_workspace(synced: World) -> None:
    ingest = synced.organization.stories.broken_cache

    found = answer_why(synced.settings, parse_why(["Ingest pipeline"], today=TODAY))
    (row,) = (
        row for row in answer_report(synced.settings, parse_question("7d", today=TODAY)).rows if row.ids == (ingest,)
    )

    assert (found.workspace.id, found.total, found.previous_total) == (ingest, row.spend, row.previous)
    assert found.why.drivers.increase == row.change
    assert found.why.drivers.cache * 100 > found.why.increase * 95
    assert sum(key.increase for key in found.why.keys) == row.change
    assert sum(model.increase for model in found.why.models) == row.change


async def test_why_needs_days_on_both_sides(synced: World) -> None:
    with pytest.raises(NothingYet, match="or those before, were never fetched"):
        answer_why(synced.settings, parse_why(["ingest", "2026-10"], today=TODAY))


async def test_why_names_what_is_nearby(synced: World) -> None:
    with pytest.raises(UnknownWorkspace, match='"ingest pipelyn" is no workspace here; there is Ingest pipeline'):
        answer_why(synced.settings, parse_why(["ingest", "pipelyn"], today=TODAY))


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


async def test_a_digest_is_of_the_last_finished_week(synced: World) -> None:
    answer = answer_digest(synced.settings, week=None, now=synced.clock)

    assert answer.digest.week == WEEK
    assert answer.digest.total is not None
    assert dollars(answer.digest.total) * 100 == synced.organization.invoice(WEEK.interval)
    assert answer.message.text


async def test_a_digest_is_posted_once_per_week(synced: World) -> None:
    assert await post_digest(synced.settings, WEEK, now=synced.clock)
    assert not await post_digest(synced.settings, WEEK, now=synced.clock)

    assert len(synced.slack.messages()) == 1


async def test_a_week_that_is_not_over_is_shown_without_percentages_and_not_posted(synced: World) -> None:
    this_week = IsoWeek.of(TODAY)

    answer = answer_digest(synced.settings, week=this_week, now=synced.clock)
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
        answer_digest(world.settings, week=IsoWeek.parse("2026-W48"), now=world.clock)


async def test_a_digest_that_slack_puts_off_is_not_lost(synced: World) -> None:
    synced.slack.faults.add(POST, RateLimited(600))

    with pytest.raises(NotSaid, match="digest:2026-W46 was not posted"):
        await post_digest(synced.settings, WEEK, now=synced.clock)
    assert not await post_digest(synced.settings, WEEK, now=synced.clock)

    assert len(synced.slack.messages()) == 1


# --- Export ---


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

    export(synced.settings, last_days(30), path, by=DIMENSIONS, write=write_jsonl)

    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum(Decimal(row["usd"]) for row in rows) * 100 == synced.organization.invoice(last_days(30))
    assert {"api_key_id", "service_tier", "cost_type"} <= rows[0].keys()


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


def test_an_export_goes_to_standard_output(synced: World, capsys: pytest.CaptureFixture[str]) -> None:
    first_days = Interval(last_days(41).since, last_days(39).since)

    wrote = export(synced.settings, first_days, None, by=DEFAULT_DIMENSIONS, write=write_csv)

    assert wrote.missing_days == (last_days(41).since,)
    assert capsys.readouterr().out.startswith("date,workspace_id,")


def test_days_that_were_never_fetched_are_not_exported_as_nothing(synced: World, tmp_path: Path) -> None:
    long_ago = Interval(last_days(300).since, last_days(290).since)

    with pytest.raises(NothingYet, match="none of the days asked for was ever fetched"):
        export(synced.settings, long_ago, tmp_path / "bill.csv", by=DEFAULT_DIMENSIONS, write=write_csv)
    with pytest.raises(NothingYet):
        export_focus(synced.settings, long_ago, tmp_path / "bill.csv", write=write_csv)

    assert not list(tmp_path.glob("bill.csv*"))


def test_a_failed_export_leaves_the_old_file(synced: World, tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    path.write_text("old")
    (tmp_path / "bill.csv.part").mkdir()

    with pytest.raises(OSError, match=r"bill\.csv'"):
        export_bill(synced, path)

    assert path.read_text() == "old"


def test_an_export_into_a_folder_that_is_not_there_names_what_was_asked_for(synced: World, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        export_bill(synced, tmp_path / "nowhere" / "bill.csv")

    assert error.value.filename == str(tmp_path / "nowhere" / "bill.csv")


def test_an_export_to_a_pipe_or_device_writes_into_it(synced: World, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    export_bill(synced, pipe)

    assert os.read(reading, 5) == b"date,"
    assert pipe.is_fifo()
    os.close(reading)


def test_an_export_to_a_link_writes_what_it_points_to(synced: World, tmp_path: Path) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.touch(mode=0o600)
    link.symlink_to(target)

    export_bill(synced, link)

    assert link.is_symlink()
    assert target.read_text().startswith("date,")
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_dash_is_standard_output(synced: World, capsys: pytest.CaptureFixture[str]) -> None:
    export_bill(synced, Path("-"))

    assert capsys.readouterr().out.startswith("date,")


def export_bill(world: World, path: Path) -> None:
    """Yesterday as CSV."""
    export(world.settings, last_days(1), path, by=DEFAULT_DIMENSIONS, write=write_csv)


# --- Run, doctor ---


async def test_run_serves_until_it_is_told_to_stop(synced: World) -> None:
    stopping = asyncio.Event()
    serving = asyncio.create_task(serve(synced.settings, now=synced.clock, stopping=stopping))
    await synced.slack.wait_until(lambda: len(synced.slack.messages()) == 2)

    stopping.set()
    await serving


async def test_run_names_everything_that_is_not_set(world: World) -> None:
    world.change(slack_bot_token=None, slack_app_token=None, claudecost_channel=None, anthropic_admin_key=None)

    with pytest.raises(WrongSettings) as wrong:
        await serve(world.settings, now=world.clock, stopping=asyncio.Event())

    assert [line.partition(":")[0] for line in wrong.value.lines] == [
        "ANTHROPIC_ADMIN_KEY",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "CLAUDECOST_CHANNEL",
    ]


@pytest.fixture
def _only_these_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder and an environment without any setting."""
    monkeypatch.chdir(tmp_path)
    for name in (*Settings.model_fields, "claudecost_config"):
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.usefixtures("_only_these_settings")
async def test_doctor_begins_with_the_settings(world: World) -> None:
    found = await examine(now=world.clock)

    names = ["ANTHROPIC_ADMIN_KEY", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "CLAUDECOST_CHANNEL"]
    assert [each.what for each in found if not each.ok] == names
    assert [each.what for each in found if each.ok] == ["CLAUDECOST_DATABASE"]


@pytest.mark.usefixtures("_only_these_settings")
async def test_doctor_goes_on_with_everything_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", SANDBOX_KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", world.admin_api.base_url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", world.slack.bot_token)
    monkeypatch.setenv("SLACK_APP_TOKEN", world.slack.app_token)
    monkeypatch.setenv("SLACK_API_URL", world.slack.api_url)
    monkeypatch.setenv("CLAUDECOST_CHANNEL", world.slack.channel)

    found = await examine(now=world.clock)

    assert all(each.ok for each in found)


@pytest.mark.usefixtures("_only_these_settings")
async def test_doctor_asks_nobody_at_an_address_that_was_not_meant(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", SANDBOX_KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "nowhere")
    monkeypatch.setenv("SLACK_API_URL", world.slack.api_url)
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-wrong")
    monkeypatch.setenv("CLAUDECOST_DATABASE", "postgresql://somewhere")

    found = {each.what: each for each in await examine(now=world.clock)}

    assert list(found) == [
        "ANTHROPIC_BASE_URL",
        "CLAUDECOST_DATABASE",
        "SLACK_BOT_TOKEN",
        "CLAUDECOST_CHANNEL",
        "SLACK_APP_TOKEN",
    ]
    assert not any(each.ok for each in found.values())
