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

from bot.analysis.weeks import IsoWeek
from bot.model import DEFAULT_WORKSPACE, Interval
from tests.e2e.harness import stand_ins

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.e2e.harness import Finished, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

HALF_A_CENT = Decimal("0.005")
GROUPINGS = ("workspace", "model", "key", "day")
NEVER_USED = ("aiohttp", "httpx", "slack_sdk", "slack_bolt", "genai_prices", "rich")
"""Who only asks the database needs no client of Slack's or Anthropic's, no prices, and in a pipe no colours."""

PRECISE = re.compile(r"-?\d+(\.\d+)?")


class Archive:
    """Stored days and questions that change nothing: each is asked once, whoever wants its answer."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.answers: dict[str, Finished] = {}

    async def ask(self, words: str, **settings: str) -> Finished:
        """What a subcommand says; settings are not told apart."""
        if words not in self.answers:
            self.answers[words] = await self.world.command(*words.split(), **settings)
        return self.answers[words]

    async def report(self, by: str) -> Any:
        """The last 30 days."""
        return (await self.ask(f"report 30d by {by} --json")).json

    async def export(self) -> list[dict[str, str]]:
        """The last 30 settled days."""
        month = self.world.complete_days(30)
        finished = await self.ask(f"export --since {month.since} --until {month.until}")
        assert finished.code == 0, finished.err
        return list(csv.DictReader(io.StringIO(finished.out)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def archive(tmp_path_factory: pytest.TempPathFactory, synced_database: Path) -> AsyncIterator[Archive]:
    """What was stored before these tests."""
    async with stand_ins(tmp_path_factory.mktemp("archive")) as world:
        world.adopt(synced_database)
        yield Archive(world)


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


def money_or_null(value: object) -> bool:
    """Null where it is unknown."""
    return value is None or money(value)


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


def nothing(value: object) -> bool:
    """Null: what these tests' data has not."""
    return value is None


def number(value: object) -> bool:
    return type(value) is int


def truth(value: object) -> bool:
    return isinstance(value, bool)


def block(value: object) -> bool:
    return isinstance(value, dict) and "type" in value


ROW = {"id": text, "label": text, "spend": money, "previous": money_or_null, "change_percent": percent}
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
KEYS = {**REPORT, "rows": [{**ROW, "status": text_or_null, "first_seen": text_or_null}]}
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
DRIVERS = dict.fromkeys(("volume", "mix", "output", "cache", "price", "other"), money)
CHANGE = {"id": text, "label": text, "previous": money, "current": money, "increase": money}
WHY = {
    "question": text,
    "filters": [text],
    "workspace_id": text,
    "since": day,
    "until": day,
    "previous": money,
    "current": money,
    "increase": money,
    "drivers": DRIVERS,
    "models": [{**CHANGE, "drivers": DRIVERS}],
    "keys": [{**CHANGE, "first_seen": text_or_null}],
}
BAND = dict.fromkeys(("forecast", "low", "high"), money_or_null)
FORECAST = {
    "since": day,
    "until": day,
    "currency": text,
    "spent": money_or_null,
    "known_days": number,
    "missing_days": [day],
    "estimated_days": [day],
    **BAND,
    "rough": truth,
    "past_errors": number,
    "if_it_continues": nothing,
    "if_it_stops": nothing,
    "alerts": [text],
    "last_month": money_or_null,
    "last_month_missing_days": [day],
    "pace_percent": percent,
    "data_as_of": moment,
    "workspaces": [{"id": text, "label": text, **dict.fromkeys(("spent", "forecast", "last_month"), money_or_null)}],
}
RECONCILIATION = {
    "since": day,
    "until": day,
    "billed": money_or_null,
    "expected": money_or_null,
    "difference": money_or_null,
    "explained_percent": percent,
    "rows": [
        {
            "day": day,
            "workspace_id": text,
            "model": text_or_null,
            "billed": money,
            "expected": money,
            "difference": money,
            "reason": text_or_null,
        }
    ],
    "unpriced": [{"model": text, "tokens": number}],
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
        *((f"report 30d by {by} --json", KEYS if by == "key" else REPORT) for by in GROUPINGS),
        ("why ingest 14d --json", WHY),
        ("forecast --json", FORECAST),
        ("check --json", CHECK),
        ("digest --json", DIGEST),
        ("reconcile --json", RECONCILIATION),
    ],
)
async def test_json_has_its_fixed_shape(archive: Archive, words: str, shape: Any) -> None:
    finished = await archive.ask(words)

    assert finished.code == 0, finished.err
    assert fits(finished.json, shape), finished.out
    assert finished.err == ""


async def test_sync_says_what_it_fetched_and_running_it_again_changes_nothing_that_is_over(fresh: World) -> None:
    world, today = fresh, fresh.clock().date()
    world.organization.restate(world.newest_complete_day, world.organization.stories.model_migration, "1.1")

    first, second = await world.command("sync", "--json"), await world.command("sync", "--json")

    assert fits(first.json, SYNC), first.out
    assert first.json["days"] == 8
    assert first.json["since"] == (today - timedelta(days=7)).isoformat()
    assert first.json["until"] == (today + timedelta(days=1)).isoformat()
    assert first.json["source"] == "cost_report"
    assert world.newest_complete_day.isoformat() in first.json["changed_days"]
    assert {each for each in second.json["changed_days"] if each <= world.newest_complete_day.isoformat()} == set()


async def test_in_an_interpreter_of_its_own_it_says_the_same_and_loads_no_client(archive: Archive) -> None:
    """The other tests' children are forked, all modules loaded; the order is no matter, as none is in a circle."""
    process = await archive.world.launch("report")
    launched = await process.finished()

    assert launched == await archive.ask("report")
    assert launched.code == 0
    assert process.packages_loaded() & {"sqlite_utils", *NEVER_USED} == {"sqlite_utils"}


async def test_a_reconciliation_adds_up_and_explains_the_bill(archive: Archive) -> None:
    found = (await archive.ask("reconcile --json")).json

    for column in ("billed", "expected", "difference"):
        assert sum(Decimal(row[column]) for row in found["rows"]) == Decimal(found[column])
    assert Decimal(found["billed"]) - Decimal(found["expected"]) == Decimal(found["difference"])
    assert found["explained_percent"] == "100.00"
    assert [each["model"] for each in found["unpriced"]] == ["claude-cairn-preview"]


async def test_a_finding_says_where_it_stands(archive: Archive) -> None:
    found = (await archive.ask("check --json")).json["findings"]

    assert {each["kind"] for each in found} <= {"rise", "new", "model_shift", "not_judged"}
    assert {(each["workspace"], each["status"]) for each in found if each["status"] != "held"} == {
        ("Ingest pipeline", "due")
    }
    assert {each["reason"] for each in found if each["status"] == "held"} == {
        "below_floor",
        "return_to_normal",
        "model_shift",
    }


async def test_the_default_workspace_is_called_default(archive: Archive) -> None:
    assert DEFAULT_WORKSPACE in {row["id"] for row in (await archive.report("workspace"))["rows"]}


async def test_a_pipe_gets_plain_lines(archive: Archive) -> None:
    finished = await archive.ask("report")

    assert "\nSupport assistant\t$" in finished.out
    assert "\x1b" not in finished.out
    assert finished.err == ""


# --- The invoice ---


async def test_the_export_sums_to_the_invoice(archive: Archive) -> None:
    rows = await archive.export()

    assert ",".join(rows[0]) == "date,workspace_id,workspace,model,input,output,cache_write,cache_read,usd"
    invoice = archive.world.organization.invoice(archive.world.complete_days(30)) / 100
    assert abs(sum(Decimal(row["usd"]) for row in rows) - invoice) < HALF_A_CENT
    assert "" in {row["model"] for row in rows}


async def test_the_export_sums_to_each_workspaces_invoice(archive: Archive) -> None:
    week = archive.world.complete_days(7)
    spend: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in await archive.export():
        if row["date"] >= week.since.isoformat():
            spend[row["workspace_id"]] += Decimal(row["usd"])

    for workspace_id, cents in archive.world.organization.invoice_by_workspace(week).items():
        assert abs(spend[workspace_id or DEFAULT_WORKSPACE] - cents / 100) < HALF_A_CENT


async def test_an_exported_file_is_there_whole(archive: Archive) -> None:
    last = archive.world.complete_days(1)
    finished = await archive.ask(f"export --since {last.since} --until {last.until} -o costs.csv")

    assert finished.out == ""
    assert (archive.world.folder / "costs.csv").read_text().startswith("date,workspace_id,workspace,model,")
    assert not list(archive.world.folder.glob("*.part"))


async def test_every_days_report_equals_its_invoice(archive: Archive) -> None:
    settled = archive.world.newest_complete_day.isoformat()
    rows = [row for row in (await archive.report("day"))["rows"] if row["id"] <= settled]

    assert len(rows) >= 29
    for row in rows:
        since = date.fromisoformat(row["id"])
        invoice = archive.world.organization.invoice(Interval(since, since + timedelta(days=1))) / 100
        assert abs(Decimal(row["spend"]) - invoice) < HALF_A_CENT


@pytest.mark.parametrize("by", GROUPINGS)
async def test_rows_add_up_to_the_total(archive: Archive, by: str) -> None:
    report = await archive.report(by)

    assert sum(Decimal(row["spend"]) for row in report["rows"]) == Decimal(report["total"])


async def test_every_grouping_has_the_same_total(archive: Archive) -> None:
    assert len({(await archive.report(by))["total"] for by in GROUPINGS}) == 1


async def test_the_digest_equals_its_weeks_invoice(archive: Archive) -> None:
    digest = (await archive.ask("digest --json")).json
    week = IsoWeek.parse(digest["week"])

    assert week == IsoWeek.of(archive.world.clock().date()).before()
    assert sum(Decimal(row["spend"]) for row in digest["by_workspace"]) == Decimal(digest["total"])
    assert sum(Decimal(row["spend"]) for row in digest["by_model"]) == Decimal(digest["total"])
    if week.interval.until <= archive.world.complete_days(1).until:  # in a Monday's first hours its Sunday is open
        invoice = archive.world.organization.invoice(week.interval) / 100
        assert abs(Decimal(digest["total"]) - invoice) < HALF_A_CENT


# --- Saying it once ---


async def test_check_post_announces_once_and_the_gate_goes_by_what_is_not_held(fresh: World) -> None:
    outcomes = []
    for words in (["--gate"], ["--post", "--gate"], ["--post", "--gate"]):
        finished = await fresh.command("check", "--json", *words)
        statuses = {each["status"] for each in finished.json["findings"]} - {"held"}
        outcomes.append((finished.code, *statuses, len(fresh.slack.messages())))

    assert outcomes == [(1, "due", 0), (1, "announced", 1), (1, "open", 1)]


async def test_the_gate_is_open_when_everything_is_held(archive: Archive) -> None:
    finished = await archive.ask("check --gate --json", CLAUDECOST_MIN_INCREASE_USD="100000")

    assert finished.code == 0
    assert finished.json["floor"] == "100000"
    assert {each["status"] for each in finished.json["findings"]} == {"held"}


async def test_a_quiet_day_is_judged_as_it_was(archive: Archive) -> None:
    before = archive.world.newest_complete_day - timedelta(days=1)
    finished = await archive.ask(f"check --day {before} --gate --json")

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
    "report -nobody": "nothing here is called so; there is workspace:",
    "check --day tomorrow": "is not a day; write it like",
    "digest --week 2026-W60": "W52 or W53",
    "export --since 2026-11-02 --until 2026-11-01": "must be later than --since",
    "frobnicate": "frobnicate",
}


@pytest.mark.parametrize("words", WRONG)
async def test_a_wrong_word_is_one_line_and_exit_2(archive: Archive, words: str) -> None:
    finished = await archive.ask(words)

    assert finished.code == 2
    assert finished.out == ""
    assert len(finished.lines) == 1
    assert finished.err.startswith("claudecost: ")
    assert WRONG[words] in finished.err


@pytest.mark.parametrize("words", ["report today", "check --post"])
async def test_before_the_first_sync_there_is_one_line_and_exit_2(archive: Archive, words: str) -> None:
    finished = await archive.ask(words, CLAUDECOST_DATABASE="new.db")

    assert finished.code == 2
    assert finished.lines == ['claudecost: there is no data for that yet; run "claudecost sync" first']


async def test_help_and_version_are_exit_0(archive: Archive) -> None:
    help_, version = (await archive.ask("--help"), await archive.ask("--version"))

    assert (help_.code, version.code) == (0, 0)
    for subcommand in ("run", "demo", "sync", "check", "report", "digest", "export", "doctor"):
        assert f"  {subcommand} " in help_.out
    assert version.out.startswith("claudecost")
