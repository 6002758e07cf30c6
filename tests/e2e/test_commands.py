"""The subcommands: fixed JSON shapes, exit codes, and dollars equal to the invoice."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.analysis.digest import IsoWeek
from bot.model import DEFAULT_WORKSPACE, Interval
from tests.e2e.harness import stand_ins

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.e2e.harness import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

HALF_A_CENT = Decimal("0.005")
PRECISE = re.compile(r"-?\d+(\.\d+)?")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def archive(tmp_path_factory: pytest.TempPathFactory, synced_database: Path) -> AsyncIterator[World]:
    """Stored days, for questions that change nothing."""
    async with stand_ins(tmp_path_factory.mktemp("archive")) as world:
        world.adopt(synced_database)
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(tmp_path: Path, synced_database: Path) -> AsyncIterator[World]:
    """Stored days, and nothing said yet."""
    async with stand_ins(tmp_path) as world:
        world.adopt(synced_database)
        yield world


# --- Shapes ---


def money(value: object) -> bool:
    """An exact decimal string."""
    return isinstance(value, str) and PRECISE.fullmatch(value) is not None


def percent(value: object) -> bool:
    """A decimal string, or null where there is no baseline."""
    return value is None or money(value)


def day(value: object) -> bool:
    """A day as ISO 8601 writes it."""
    return isinstance(value, str) and date.fromisoformat(value).isoformat() == value


def moment(value: object) -> bool:
    """An instant with its offset."""
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def text(value: object) -> bool:
    return isinstance(value, str)


def text_or_null(value: object) -> bool:
    return value is None or text(value)


def number(value: object) -> bool:
    return type(value) is int


def truth(value: object) -> bool:
    return isinstance(value, bool)


def block(value: object) -> bool:
    return isinstance(value, dict) and "type" in value


ROW = {"id": text, "label": text, "spend": money, "previous": money, "change_percent": percent}
SYNC = {
    "since": day,
    "until": day,
    "days": number,
    "cost_rows": number,
    "usage_rows": number,
    "changed_days": [day],
    "source": text,
}
REPORT = {
    "since": day,
    "until": day,
    "previous_since": day,
    "by": text,
    "currency": text,
    "total": money,
    "previous_total": money,
    "change_percent": percent,
    "estimated": truth,
    "data_as_of": moment,
    "rows": [ROW],
}
FINDING = {
    "workspace_id": text,
    "workspace": text,
    "model": text_or_null,
    "previous": money,
    "current": money,
    "increase": money,
    "change_percent": percent,
    "kind": text,
    "status": text,
    "reason": text,
}
CHECK = {
    "day": day,
    "since": day,
    "until": day,
    "threshold_percent": money,
    "floor": money,
    "findings": [FINDING],
}
DIGEST = {
    "week": text,
    "since": day,
    "until": day,
    "total": money,
    "previous_total": money,
    "change_percent": percent,
    "by_workspace": [ROW],
    "by_model": [ROW],
    "message": {"text": text, "blocks": [block]},
}


def fits(value: Any, shape: Any) -> bool:
    """Whether decoded JSON has a shape: the same keys in the same order, and values of their kinds."""
    if isinstance(shape, dict):
        return list(value) == list(shape) and all(fits(value[key], part) for key, part in shape.items())
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(each, shape[0]) for each in value)
    return bool(shape(value))


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        ("report --json", REPORT),
        ("report 30d by model --json", REPORT),
        ("report 7d by key --json", REPORT),
        ("report week by day --json", REPORT),
        ("check --json", CHECK),
        ("digest --json", DIGEST),
    ],
)
async def test_json_has_its_fixed_shape(archive: World, words: str, shape: Any) -> None:
    finished = await archive.command(*words.split())

    assert finished.code == 0, finished.err
    assert fits(finished.json, shape), finished.out
    assert finished.err == ""


async def test_sync_says_what_it_fetched_and_running_it_again_changes_nothing_that_is_over(fresh: World) -> None:
    world, today = fresh, fresh.clock().date()
    world.organization.restate(world.newest_complete_day, world.organization.stories.model_migration, "1.1")

    first, second = (await world.command("sync", "--json"), await world.command("sync", "--json"))

    assert fits(first.json, SYNC), first.out
    assert first.json["days"] == 8
    assert first.json["since"] == (today - timedelta(days=7)).isoformat()
    assert first.json["until"] == (today + timedelta(days=1)).isoformat()
    assert first.json["source"] == "cost_report"
    assert world.newest_complete_day.isoformat() in first.json["changed_days"]
    assert {each for each in second.json["changed_days"] if each <= world.newest_complete_day.isoformat()} == set()


async def test_a_finding_says_where_it_stands(archive: World) -> None:
    found = (await archive.command("check", "--json")).json["findings"]

    assert {each["kind"] for each in found} <= {"rise", "new", "model_shift", "not_judged"}
    assert {(each["workspace"], each["status"]) for each in found if each["status"] != "held"} == {
        ("Ingest pipeline", "due")
    }
    assert {each["reason"] for each in found if each["status"] == "held"} == {
        "below_floor",
        "return_to_normal",
        "model_shift",
    }


async def test_the_default_workspace_is_called_default(archive: World) -> None:
    rows = (await archive.command("report", "--json")).json["rows"]

    assert DEFAULT_WORKSPACE in {row["id"] for row in rows}


async def test_a_pipe_gets_plain_lines(archive: World) -> None:
    finished = await archive.command("report", "7d")

    assert "\nSupport assistant\t$" in finished.out
    assert "\x1b" not in finished.out
    assert finished.err == ""


# --- The invoice ---


async def exported(world: World, interval: Interval) -> list[dict[str, str]]:
    finished = await world.command("export", "--since", str(interval.since), "--until", str(interval.until))
    assert finished.code == 0, finished.err
    return list(csv.DictReader(io.StringIO(finished.out)))


async def test_the_export_sums_to_the_invoice(archive: World) -> None:
    month = archive.complete_days(30)
    rows = await exported(archive, month)

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
    invoice = archive.organization.invoice(month) / 100
    assert abs(sum(Decimal(row["usd"]) for row in rows) - invoice) < HALF_A_CENT
    assert "" in {row["model"] for row in rows}


async def test_the_export_sums_to_each_workspaces_invoice(archive: World) -> None:
    week = archive.complete_days(7)
    spend: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in await exported(archive, week):
        spend[row["workspace_id"]] += Decimal(row["usd"])

    for workspace_id, cents in archive.organization.invoice_by_workspace(week).items():
        assert abs(spend[workspace_id or DEFAULT_WORKSPACE] - cents / 100) < HALF_A_CENT


async def test_an_exported_file_is_there_whole_or_not_at_all(archive: World) -> None:
    last = archive.complete_days(1)
    words = ["export", "--since", str(last.since), "--until", str(last.until), "-o", "costs.csv"]
    finished = await archive.command(*words)

    assert finished.out == ""
    assert (archive.folder / "costs.csv").read_text().startswith("date,workspace_id,workspace,model,")
    assert not list(archive.folder.glob("*.part"))


async def test_every_days_report_equals_its_invoice(archive: World) -> None:
    report = (await archive.command("report", "30d", "by", "day", "--json")).json
    settled = [row for row in report["rows"] if row["id"] <= archive.newest_complete_day.isoformat()]

    assert len(settled) >= 29
    for row in settled:
        since = date.fromisoformat(row["id"])
        invoice = archive.organization.invoice(Interval(since, since + timedelta(days=1))) / 100
        assert abs(Decimal(row["spend"]) - invoice) < HALF_A_CENT
    assert sum(Decimal(row["spend"]) for row in report["rows"]) == Decimal(report["total"])


@pytest.mark.parametrize("by", ["workspace", "model", "key"])
async def test_rows_add_up_to_the_total(archive: World, by: str) -> None:
    report = (await archive.command("report", "30d", "by", by, "--json")).json

    assert sum(Decimal(row["spend"]) for row in report["rows"]) == Decimal(report["total"])
    assert sum(Decimal(row["previous"]) for row in report["rows"]) == Decimal(report["previous_total"])


async def test_the_digest_equals_its_weeks_invoice(archive: World) -> None:
    week = IsoWeek.of(archive.newest_complete_day).before()
    digest = (await archive.command("digest", "--week", str(week), "--json")).json

    assert digest["week"] == str(week)
    assert abs(Decimal(digest["total"]) - archive.organization.invoice(week.interval) / 100) < HALF_A_CENT
    for rows in (digest["by_workspace"], digest["by_model"]):
        assert sum(Decimal(row["spend"]) for row in rows) == Decimal(digest["total"])


# --- Saying it once ---


async def test_check_post_announces_once_and_the_gate_goes_by_what_is_not_held(fresh: World) -> None:
    outcomes = []
    for words in (["--gate"], ["--post", "--gate"], ["--post", "--gate"], ["--gate"]):
        finished = await fresh.command("check", "--json", *words)
        statuses = {each["status"] for each in finished.json["findings"]} - {"held"}
        outcomes.append((finished.code, *statuses, len(fresh.slack.messages())))

    assert outcomes == [(1, "due", 0), (1, "announced", 1), (1, "open", 1), (1, "open", 1)]


async def test_the_gate_is_open_when_everything_is_held(archive: World) -> None:
    finished = await archive.command("check", "--gate", "--json", CLAUDECOST_MIN_INCREASE_USD="100000")

    assert finished.code == 0
    assert finished.json["floor"] == "100000"
    assert {each["status"] for each in finished.json["findings"]} == {"held"}


async def test_a_quiet_day_is_judged_as_it_was(archive: World) -> None:
    before = archive.newest_complete_day - timedelta(days=1)
    finished = await archive.command("check", "--day", str(before), "--gate", "--json")

    assert finished.code == 0
    assert finished.json["day"] == before.isoformat()


async def test_digest_post_says_a_week_once(fresh: World) -> None:
    first, second = (await fresh.command("digest", "--post"), await fresh.command("digest", "--post"))

    assert (first.code, second.code) == (0, 0)
    assert second.lines == ["claudecost: that digest was posted before; once per week is enough"]
    assert len(fresh.slack.messages()) == 1


async def test_what_slack_does_not_take_stays_queued_and_is_said_so(fresh: World) -> None:
    fresh.slack.remove_bot(fresh.slack.channel)
    refused = await fresh.command("check", "--post")
    fresh.slack.workspace.channels[fresh.slack.channel].members.add(fresh.slack.workspace.bot_user)
    taken = await fresh.command("check", "--post")

    assert (refused.code, taken.code) == (3, 0)
    assert "alert:1 was not posted and stays queued" in refused.lines[-1]
    assert "invite the bot" in refused.lines[-1]
    assert len(fresh.slack.messages()) == 1


# --- Exit codes ---

WRONG = {
    "report yesterdy": 'did you mean "yesterday"?',
    "report 900d": "ask for 1 to 400 days",
    "report 7d 30d": "one period and one grouping",
    "check --day tomorrow": "is not a day; write it like",
    "digest --week 2026-W60": "W52 or W53",
    "export --since 2026-11-02 --until 2026-11-01": "must be later than --since",
    "export --since 2026-11-02": "--until",
    "frobnicate": "frobnicate",
    "sync --yesterday": "--yesterday",
}


@pytest.mark.parametrize("words", WRONG)
async def test_a_wrong_word_is_one_line_and_exit_2(archive: World, words: str) -> None:
    finished = await archive.command(*words.split())

    assert finished.code == 2
    assert finished.out == ""
    assert len(finished.lines) == 1
    assert finished.err.startswith("claudecost: ")
    assert WRONG[words] in finished.err


@pytest.mark.parametrize("words", ["report", "check", "digest", "check --post"])
async def test_before_the_first_sync_there_is_one_line_and_exit_2(archive: World, words: str) -> None:
    finished = await archive.command(*words.split(), CLAUDECOST_DATABASE="new.db")

    assert finished.code == 2
    assert finished.lines == ['claudecost: there is no data for that yet; run "claudecost sync" first']


async def test_help_and_version_are_exit_0(archive: World) -> None:
    help_, version = (await archive.command("--help"), await archive.command("--version"))

    assert (help_.code, version.code) == (0, 0)
    for subcommand in ("run", "demo", "sync", "check", "report", "digest", "export", "doctor"):
        assert f"  {subcommand} " in help_.out
    assert version.out.startswith("claudecost")
