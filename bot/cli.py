"""The command line: one thin function per subcommand, and the only place that asks the time.

Exit codes: 0 fine; 1 the answer is "no" (a gate that fails, a doctor's fault); 2 wrong usage or configuration;
3 an outside system failed. What goes wrong is one line on standard error.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

FINE, NO, WRONG_USAGE, OUTSIDE_FAILED = 0, 1, 2, 3


def now() -> datetime:
    """The present instant, UTC."""
    return datetime.now(UTC)


def main() -> None:
    """Runs a subcommand and ends the process with its exit code."""
    try:
        code = claudecost.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = fail("stopped", WRONG_USAGE)
    except click.ClickException as error:
        code = fail(error.format_message(), WRONG_USAGE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FINE
    except Exception as error:  # noqa: BLE001 -- the last resort: no traceback ever reaches a person
        code = fail(*explained(error))
    sys.exit(code if isinstance(code, int) else FINE)


def fail(sentence: str, code: int) -> int:
    """Says what went wrong on standard error, a line each, and gives the exit code back."""
    for line in sentence.splitlines() or [""]:
        click.echo(f"claudecost: {line}", err=True)
    return code


def explained(error: Exception) -> tuple[str, int]:
    """An error as a sentence for people and an exit code."""
    from bot.admin_api import AdminApiError
    from bot.analysis.question import NotUnderstood
    from bot.jobs.sync import ClockWrong
    from bot.settings import WrongSettings
    from bot.slack_api import SlackError
    from bot.snapshots import DatabaseUnusable

    if isinstance(error, WrongSettings | NotUnderstood | ClockWrong | NothingYet):
        return str(error), WRONG_USAGE
    if isinstance(error, AdminApiError | SlackError | DatabaseUnusable):
        return str(error), OUTSIDE_FAILED
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename}" if error.filename else str(error), OUTSIDE_FAILED
    return f"unexpected {type(error).__name__}: {error}; please report this", OUTSIDE_FAILED


class NothingYet(Exception):  # noqa: N818 -- a state, and what to do about it
    """There is no data to answer from."""

    def __init__(self) -> None:
        super().__init__('the database has no data yet; run "claudecost sync" first')


class Day(click.ParamType):
    """A UTC day such as 2026-11-21."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The text as a date."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f'"{value}" is not a day; write it like 2026-11-21', param, ctx)


json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="claudecost")
def claudecost() -> None:
    """Explains your organisation's Claude API bill, in Slack and in this terminal."""


@claudecost.command()
def run() -> None:
    """Run the bot: sync hourly, check, answer in Slack, post alerts and the digest."""
    import asyncio

    from bot.wiring import serve

    settings = configured()
    asyncio.run(serve(settings, now=now, progress=log_progress()))


@claudecost.command()
def demo() -> None:
    """Run the bot on a simulated organisation and a local Slack; needs no credentials."""
    import asyncio

    from bot.demo import run_demo

    asyncio.run(run_demo(now=now, interactive=sys.stdin.isatty() and sys.stdout.isatty()))


@claudecost.command()
@json_option
def sync(*, as_json: bool) -> None:
    """Fetch what is missing and the last 7 days from the Admin API."""
    import asyncio

    from bot.terminal.sync import sync_as_json, sync_as_text
    from bot.wiring import sync_once

    settings = configured()
    with progress_bar() as progress:
        synced = asyncio.run(sync_once(settings, now=now, progress=progress))
    show(sync_as_json(synced) if as_json else sync_as_text(synced))


@claudecost.command()
@click.option("--day", type=Day(), help="The day to judge as the newest; by default the newest complete one.")
@click.option("--post", is_flag=True, help="Post what is due to the channel.")
@click.option("--gate", is_flag=True, help="Exit 1 when something is due, announced or open.")
@json_option
def check(*, day: date | None, post: bool, gate: bool, as_json: bool) -> int:
    """Compare spend week over week, per workspace and model."""
    from bot.model import Status
    from bot.terminal.check import check_as_json, check_as_text
    from bot.wiring import check_and_post, check_only

    settings = configured()
    judge = check_and_post if post else check_only
    judged = judge(settings, day=day, now=now)
    if judged is None:
        raise NothingYet
    show(check_as_json(judged) if as_json else check_as_text(judged))
    failing = any(finding.status is not Status.HELD for finding in judged.findings)
    return NO if gate and failing else FINE


@claudecost.command()
@click.argument("query", nargs=-1)
@json_option
def report(*, query: tuple[str, ...], as_json: bool) -> None:
    """Break the bill down: [7d|today|yesterday|week|month|last month|2026-10] [by workspace|model|key|day]."""
    from bot.analysis.question import parse_question
    from bot.listeners.report import load_report
    from bot.terminal.report import report_as_json, report_as_text
    from bot.wiring import build_open_store

    settings = configured()
    question = parse_question(" ".join(query), today=now().date())
    with build_open_store(settings)() as store:
        answer = load_report(store, question)
    if answer.data_as_of is None:
        raise NothingYet
    show(report_as_json(answer) if as_json else report_as_text(answer))


@claudecost.command()
@click.option("--week", help="An ISO week such as 2026-W47; by default the last finished one.")
@click.option("--post", is_flag=True, help="Post it to the channel, unless it was posted before.")
@json_option
def digest(*, week: str | None, post: bool, as_json: bool) -> None:
    """Show the weekly digest: the finished week against the one before."""
    from bot.terminal.digest import digest_as_json, digest_as_text
    from bot.wiring import load_week, post_digest

    settings = configured()
    found = load_week(settings, week=week, now=now)
    if found is None:
        raise NothingYet
    if post:
        post_digest(settings, found.digest.week, now=now)
    show(digest_as_json(found) if as_json else digest_as_text(found))


@claudecost.command()
@click.option("--since", type=Day(), required=True, help="First day.")
@click.option("--until", type=Day(), required=True, help="Day after the last one.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; else stdout.")
def export(*, since: date, until: date, output: Path | None) -> None:
    """Write spend and tokens as CSV, one line per day, workspace and model."""
    from bot.model import Interval
    from bot.wiring import export_csv

    if until <= since:
        raise click.UsageError("--until is the day after the last one, so it must be later than --since")
    missing = export_csv(configured(), Interval(since, until), output)
    if missing:
        click.echo(f"claudecost: {len(missing)} of the days asked for were never fetched, and are left out", err=True)


@claudecost.command()
@json_option
def doctor(*, as_json: bool) -> int:
    """Check keys, scopes, channel, database and clock; each fault comes with its mend."""
    import asyncio

    from bot.doctor import examine
    from bot.terminal.doctor import doctor_as_json, doctor_as_text

    findings = asyncio.run(examine(now=now))
    show(doctor_as_json(findings) if as_json else doctor_as_text(findings))
    return FINE if all(finding.ok for finding in findings) else NO
