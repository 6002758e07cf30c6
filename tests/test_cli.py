"""The command line: what is printed, the exit code, and that it starts fast."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
import pytest
import yaml

from bot import cli
from bot.admin_api import Unavailable
from bot.analysis.question import NotUnderstood
from bot.analysis.weeks import IsoWeek
from bot.commands.errors import NothingYet, NotSaid
from bot.jobs.deliver import Unsent
from bot.jobs.sync import ClockWrong, Progress
from bot.messages.numbers import day_name
from bot.model import Interval, Organization, Source
from bot.sandbox.admin_api import SANDBOX_KEY, AdminApiServer
from bot.sandbox.organization import simulated_organization
from bot.service import PortUnusable
from bot.settings import Settings, WrongSettings
from bot.slack_api import NotPosted
from bot.snapshots import DatabaseUnusable, open_store
from tests.builders import cost_line, usage_line
from tests.databases import lay_empty_database
from tests.e2e.warm import run_to_its_end

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(cli.__file__).parents[1]
HEAVY = (
    "slack_bolt",
    "slack_sdk",
    "httpx",
    "aiohttp",
    "sqlite_utils",
    "pydantic",
    "genai_prices",
    "rich",
    "slackblocks",
)
SUBCOMMANDS = (
    "run",
    "demo",
    "sync",
    "check",
    "report",
    "why",
    "replay",
    "digest",
    "export",
    "forecast",
    "prices",
    "reconcile",
    "audit",
    "doctor",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with an empty database, an empty environment; the log is put back as pytest had it."""
    monkeypatch.chdir(tmp_path)
    lay_empty_database(tmp_path / "claudecost.db")
    for name in (*Settings.model_fields, "claudecost_config"):
        monkeypatch.delenv(name.upper(), raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield tmp_path
    root.handlers[:] = handlers
    root.setLevel(level)


def run(*arguments: str) -> int:
    """The exit code of `claudecost …`."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    code = ended.value.code
    assert isinstance(code, int)
    return code


def fill(folder: Path, source: Source = Source.COST_REPORT) -> None:
    """Five weeks of ten dollars a day up to yesterday, settled."""
    today = cli.now().date()
    span = Interval(today - timedelta(days=35), today)
    with open_store(folder / "claudecost.db") as store:
        store.save_organization(Organization("org", "Example"), seen_at=cli.now())
        store.ledger.save_days(
            span,
            cost=[cost_line(10, day=day) for day in span.days()],
            usage=(),
            source=source,
            fetched_at=cli.now() + timedelta(hours=3),
        )


# --- Starting ---


def test_help_lists_the_subcommands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0

    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in SUBCOMMANDS)


def test_help_cuts_nothing_and_names_the_exit_codes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run("--help") == 0

    out = capsys.readouterr().out
    assert "a local Slack; needs\n             no credentials.\n" in out
    assert "claudecost report 30d by model " in out
    assert "\n    3  Anthropic, Slack, the database or a file failed\n" in out


def test_nothing_heavy_is_imported_for_help() -> None:
    code = f"import sys, bot.cli; print([name for name in {HEAVY} if name in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")  # noqa: S603

    assert loaded.stdout == "[]\n"


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0

    assert "claudecost" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["report", "why", "forecast"])
def test_what_is_left_out_is_no_row_of_options(folder: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)
    assert run(command, "-batch") == 2  # there is nothing called so; `-h` among the letters asks for no help

    assert '"batch" was not understood; nothing here is called so' in capsys.readouterr().err
    assert run(command, "-h") == 0
    assert capsys.readouterr().out.startswith(f"Usage: claudecost {command}")


# --- What goes wrong is one line and an exit code ---


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("unheard-of", "No such command"),
        ("check --day yesterday", '"yesterday" is not a day; write it like 2026-11-21'),
        ("digest --week 47", '"47" is not a week; write it like 2026-W47'),
        ("digest --week 2026-W60", "a week that does not exist"),
        ("export --since 2026-11-21 --until 2026-11-21", "--until is the day after the last one"),
        ("export --since 2026-11-20 --until 2026-11-21 --by key,hour", '"key,hour" is not understood'),
        ("export --since 2026-11-20 --until 2026-11-21 --by key,key", '"key,key" is not understood'),
        ("export --since 2026-11-20 --until 2026-11-21 --by key --schema focus", "leave out --by"),
        ("export --since 2026-11-20 --until 2026-11-21 --by key --ownership today", "add --by team"),
        ("reconcile --since 2126-11-20", "2126-11-20 is not over yet"),
        ("report 7d by wrkspace", '"by wrkspace"'),
        ("report alerts", '"alerts" is asked in Slack; here it is "claudecost check"'),
        ("report status", 'here it is "claudecost doctor"'),
        ("report 7d", "there is no data for that yet"),
        ("check", "there is no data for that yet"),
        ("forecast", "there is no data for that yet"),
        ("reconcile", "there is no data for that yet"),
        ("reconcile --since 2026-11-21 --until 2026-11-21", "--until is the day after the last one"),
        ("digest", "there is no data for that yet"),
        ("sync", "ANTHROPIC_ADMIN_KEY: is not set"),
        ("check --post", "SLACK_BOT_TOKEN: is not set"),
        ("run", "ANTHROPIC_ADMIN_KEY: is not set"),
    ],
)
def test_wrong_usage_is_said_and_exits_with_2(words: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words.split()) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert sentence in captured.err
    assert all(line.startswith("claudecost: ") for line in captured.err.splitlines())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WrongSettings(["PORT: is not set; set it"]), 2),
        (NotUnderstood("x", "say y"), 2),
        (ClockWrong(timedelta(hours=2)), 2),
        (NothingYet(), 2),
        (PortUnusable("port 1 cannot be listened on; set PORT"), 2),
        (Unavailable("Anthropic does not answer", endpoint="GET /x"), 3),
        (NotPosted("not_in_channel", permanent=True), 3),
        (DatabaseUnusable("x.db is corrupt; restore it"), 3),
        (NotSaid([Unsent("alert:1", "Slack said no")]), 3),
        (PermissionError(13, "Permission denied", "out.csv"), 3),
        (OSError("no route"), 3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_is_a_line_and_a_code(error: Exception, code: int) -> None:
    sentence, explained = cli.explained(error)

    assert explained == code
    assert sentence
    assert "\n" not in sentence
    assert "report this" not in sentence


def test_an_unexpected_error_asks_for_a_report() -> None:
    assert cli.explained(KeyError("x")) == ("unexpected KeyError: 'x'; please report this", 3)


def test_several_wrong_settings_are_several_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDECOST_BACKFILL_DAYS", "9000")
    monkeypatch.setenv("CLAUDECOST_TIMEZONE", "Mars")

    assert run("sync") == 2

    assert len(capsys.readouterr().err.splitlines()) == 2


def test_an_unusable_database_exits_with_3(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "claudecost.db").write_text("no database " * 500)

    assert run("report") == 3

    assert "claudecost.db" in capsys.readouterr().err


def test_an_interrupt_is_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    @cli.claudecost.command("interrupted", hidden=True)
    def interrupted() -> NoReturn:
        raise click.exceptions.Abort

    assert run("interrupted") == 2
    assert capsys.readouterr().err == "claudecost: stopped\n"
    del cli.claudecost.commands["interrupted"]


# --- What is printed ---


def test_teams_come_and_go_as_a_spreadsheet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)
    (folder / "teams.csv").write_text("team,workspace,key\nads,default,\n")

    assert run("teams", "check") == 1
    assert run("teams", "import", "teams.csv", "--dry-run") == 0
    assert run("teams", "import", "teams.csv") == 0
    capsys.readouterr()
    assert run("teams", "export") == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("ads,")
    (folder / "teams.csv").write_text("team,workspace,key\nads,default,\nweb,DEFAULT,\n")
    assert run("teams", "import", "teams.csv") == 2
    assert "teams.csv line 3 and teams.csv line 2 both give all of" in capsys.readouterr().err


def test_a_report_is_a_table_or_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)

    assert run("report", "7d", "by", "model") == 0
    assert "claude-opus-5-5" in capsys.readouterr().out
    assert run("report", "--json") == 0
    assert json.loads(capsys.readouterr().out)["total"] == "70"


def test_a_check_is_a_table_or_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)

    assert run("check") == 0
    assert "0 findings to tell" in capsys.readouterr().out
    assert run("check", "--json") == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []


def test_the_gate_fails_when_something_is_due(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)
    assert run("check", "--gate") == 0
    yesterday = cli.now().date() - timedelta(days=1)
    with open_store(folder / "claudecost.db") as store:
        store.ledger.save_days(
            Interval(yesterday, yesterday + timedelta(days=1)),
            cost=[cost_line(1000, day=yesterday)],
            usage=(),
            source=Source.COST_REPORT,
            fetched_at=cli.now() + timedelta(hours=3),
        )

    assert run("check", "--gate") == 1
    assert run("check") == 0
    assert "due" in capsys.readouterr().out


def forget(folder: Path, *, days_ago: int) -> None:
    """A database that lacks the day."""
    only = cli.now().date() - timedelta(days=days_ago)
    with sqlite3.connect(folder / "claudecost.db") as connection:
        connection.execute("DELETE FROM fetched_day WHERE day = ?", [only.toordinal() - date(1970, 1, 1).toordinal()])


@pytest.mark.parametrize("head", ["In GitHub Actions", "In GitLab CI"])
def test_a_step_of_the_readme_finds_the_bots_budget(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], head: str
) -> None:
    text = (ROOT / "README.md").read_text().partition(f"{head}:\n\n```yaml\n")[2].partition("```")[0]
    (step,) = yaml.safe_load(text) if head == "In GitHub Actions" else yaml.safe_load(text).values()
    (folder / "bot").mkdir()
    fill(folder / "bot")
    since, until = (cli.now().date() + timedelta(days=days) for days in (-30, 1))
    budget = f'[[budgets]]\nname = "search"\nusd = 1\nfrom = {since}\nuntil = {until}\n'
    (folder / "bot" / "claudecost.toml").write_text(budget)
    for name, value in (step.get("env") or step["variables"]).items():
        monkeypatch.setenv(name, value.replace("/srv/claudecost", str(folder / "bot")))
    command = step.get("run") or " ".join(step["script"])

    assert run(*command.removeprefix("claudecost ").split()) == 1
    assert capsys.readouterr().out.startswith("OVER: budget search $")


def test_the_gate_does_not_pass_where_too_little_is_known(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)
    for days_ago in (2, 3, 4):
        forget(folder, days_ago=days_ago)

    assert run("check") == 0
    assert "4 of 7 days compared with those a week earlier: 0 findings to tell" in capsys.readouterr().out
    assert run("check", "--gate") == 2
    assert "which is too few to judge; not known whole" in capsys.readouterr().err


def test_a_digest_is_a_preview_or_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)

    assert run("digest") == 0
    assert "$70" in capsys.readouterr().out
    assert run("digest", "--json") == 0
    assert json.loads(capsys.readouterr().out)["total"] == "70"


def estimate(folder: Path) -> None:
    """Yesterday's dollars from tokens, one model of which nobody knows."""
    yesterday = cli.now().date() - timedelta(days=1)
    with open_store(folder / "claudecost.db") as store:
        store.ledger.save_days(
            Interval(yesterday, yesterday + timedelta(days=1)),
            cost=[cost_line(10, day=yesterday)],
            usage=[usage_line(day=yesterday, model="claude-next")],
            source=Source.ESTIMATE,
            fetched_at=cli.now() + timedelta(hours=4),
        )


ASKED_FOR_FIGURES = ["report --json", "check --json", "digest --json", "export --since {} --until {}"]


@pytest.mark.parametrize("words", ASKED_FOR_FIGURES)
def test_an_estimate_is_called_one_on_standard_error(
    words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(folder, Source.ESTIMATE)
    estimate(folder)
    today = cli.now().date()
    week = ["--week", str(IsoWeek.of(today - timedelta(days=1)))] if words.startswith("digest") else []

    assert run(*words.format(today - timedelta(days=2), today).split(), *week) == 0

    assert re.search(r"claudecost: est\.( where there is no bill)?: tokens × price", capsys.readouterr().err)


@pytest.mark.parametrize("words", [each for each in ASKED_FOR_FIGURES if not each.startswith("check")])
def test_standard_error_names_the_days_that_are_estimated_beside_a_bill(
    words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(folder)
    estimate(folder)
    today = cli.now().date()
    yesterday = today - timedelta(days=1)
    week = ["--week", str(IsoWeek.of(yesterday))] if words.startswith("digest") else []

    assert run(*words.format(today - timedelta(days=2), today).split(), *week) == 0

    assert f"est. until the bill is there: {day_name(yesterday)} (tokens × price, in line" in capsys.readouterr().err


def test_tokens_without_a_price_are_exported_without_dollars(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)
    estimate(folder)
    today = cli.now().date()

    assert run("export", "--since", str(today - timedelta(days=1)), "--until", str(today)) == 0

    captured = capsys.readouterr()
    assert any(line.endswith(",claude-next,0,1000,0,0,,true") for line in captured.out.splitlines())
    assert "claudecost: unpriced: 1 model, 1k tokens, not in the dollars" in captured.err


def test_a_report_of_days_that_were_never_fetched_is_no_report(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(folder)
    month = f"{cli.now().date() - timedelta(days=300):%Y-%m}"

    assert run("report", month) == 2
    assert "none of the days asked for was ever fetched" in capsys.readouterr().err
    assert run("report", month, "--json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["total"] is None
    assert "were never fetched, and are left out" in captured.err


@pytest.mark.parametrize("words", ["--help", "report", "export --since {} --until {}", "check --gate"])
def test_a_reader_that_stops_is_no_fault(words: str, folder: Path) -> None:
    fill(folder)
    today = cli.now().date()
    reading, writing = os.pipe()
    os.close(reading)

    assert claudecost(words.format(today - timedelta(days=9), today), folder, writing) == (0, "")


@pytest.mark.parametrize("words", ["report", "export --since {} --until {}"])
def test_an_output_that_takes_nothing_is_named(words: str, folder: Path) -> None:
    fill(folder)
    today = cli.now().date()

    code, said = claudecost(words.format(today - timedelta(days=9), today), folder, os.open("/dev/full", os.O_WRONLY))

    assert said == "claudecost: standard output: No space left on device; make room, or write elsewhere\n"
    assert code == 3


def claudecost(words: str, folder: Path, output: int) -> tuple[int, str]:
    """The exit code and the standard error of a process that writes to a file descriptor, which is closed."""
    settings = {"CLAUDECOST_DATABASE": str(folder / "claudecost.db")}
    try:
        return run_to_its_end(["-m", "bot", *words.split()], folder=ROOT, settings=settings, output=output)
    finally:
        os.close(output)


def test_an_export_says_which_days_it_lacks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)
    today = cli.now().date()

    assert run("export", "--since", str(today - timedelta(days=2)), "--until", str(today + timedelta(days=2))) == 0

    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 3
    assert captured.err == "claudecost: 2 of the days asked for were never fetched, and are left out\n"


def test_prices_are_a_table_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("prices") == 0
    assert "claude-opus-5-5\t4\t20\t0.2\t5\t8\tgenai-prices\t–" in capsys.readouterr().out
    assert run("prices", "claude-sonnet-4-6", "--json") == 0
    assert [price["since"] for price in json.loads(capsys.readouterr().out)["prices"]] == ["2026-03-13"]


def test_a_model_without_a_price_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("prices", "claude-sonnet-4-7") == 1

    captured = capsys.readouterr()
    assert captured.out == ""
    assert '[prices."claude-sonnet-4-7"]' in captured.err


def test_a_model_with_a_price_to_come_says_from_when(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "claudecost.toml").write_text('[prices."claude-new"]\ninput = 1\noutput = 2\nfrom = 2090-01-01\n')
    assert run("prices", "claude-new") == 1
    assert "no price is known for claude-new until 2090-01-01, from when one is set" in capsys.readouterr().err


def test_a_reconciliation_is_a_table_or_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)

    assert run("reconcile") == 0
    assert "unexplained" in capsys.readouterr().out
    assert run("reconcile", "--json") == 0
    assert json.loads(capsys.readouterr().out)["billed"] == "300"


def test_a_doctor_with_faults_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("doctor") == 1
    assert "ANTHROPIC_ADMIN_KEY" in capsys.readouterr().out
    assert run("doctor", "--json") == 1
    assert json.loads(capsys.readouterr().out)


async def test_a_sync_says_what_it_fetched(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    organization = simulated_organization(today=cli.now().date(), days=20)
    async with AdminApiServer(organization, now=cli.now) as server:
        monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", SANDBOX_KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.base_url)
        monkeypatch.setenv("CLAUDECOST_BACKFILL_DAYS", "8")

        assert await asyncio.to_thread(run, "sync", "--json") == 0

    captured = capsys.readouterr()
    assert json.loads(captured.out)["days"] == 9
    assert SANDBOX_KEY not in captured.out + captured.err


def test_a_pipe_gets_no_progress_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with cli.progress_bar("Fetching") as progress:
        progress(Progress(done=1, total=2))

    assert capsys.readouterr().err == ""


# --- Replay ---


def test_a_replay_prints_a_line_a_message_and_their_sum(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)
    today = cli.now().date()

    assert run("replay", "--since", str(today - timedelta(days=14)), "--until", str(today), "--json") == 0

    *messages, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert messages == []
    assert summary["summary"]["days"] == 14
    assert summary["summary"]["messages"] == 0


def test_a_replay_of_days_that_are_not_there_is_told_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)

    assert run("replay", "--since", "2020-01-01", "--until", "2020-02-01") == 2

    assert "was ever fetched" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        ("--threshold 0", "write one above 0"),
        ("--floor 1e30", "a billion at most"),
        ("--threshold much", "is no number of percent"),
        ("--floor -1", "write one 0 or more"),
        ("--floor nan", "is no number of dollars"),
    ],
)
def test_a_level_that_is_no_number_is_one_line(words: str, mend: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("replay", "--since", "2026-11-01", "--until", "2026-11-20", *words.split()) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert mend in line
