"""The command line: one thin function per subcommand, and the only place that asks the time.

Exit codes: 0 fine; 1 the answer is "no" (a gate that fails, a doctor's fault); 2 wrong usage or configuration;
3 an outside system failed. What goes wrong is one line on standard error.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from decimal import Decimal

    from bot.analysis.export import Dimension
    from bot.analysis.months import CalendarMonth
    from bot.analysis.weeks import IsoWeek
    from bot.commands.replay import Replayed
    from bot.jobs.sync import Progress
    from bot.settings import Settings

FINE, NO, WRONG_USAGE, OUTSIDE_FAILED = 0, 1, 2, 3

LONGEST_AGE = 5
"""Digits: more would be no age that anybody means."""

MENDS_OF_FILES = {
    errno.ENOSPC: "make room, or write elsewhere",
    errno.ENOENT: "check that its folder is there",
    errno.ENOTDIR: "check the path: what should be a folder is a file",
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "write elsewhere, or have yourself allowed to"),
}
"""What a person does about a file that cannot be read or written."""


def now() -> datetime:
    """The present instant, UTC."""
    return datetime.now(UTC)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a subcommand, by default the one typed, and ends the process with its exit code."""
    try:
        code = claudecost.main(arguments, prog_name="claudecost", standalone_mode=False)
    except SystemExit:  # what click and rich make of a reader who has read enough (`| head -1`): no fault
        code = FINE
    except click.exceptions.Abort:
        code = fail("stopped", WRONG_USAGE)
    except click.ClickException as error:
        code = fail(error.format_message(), WRONG_USAGE)
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
    from bot.model import Told

    if isinstance(error, Told):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        mend = MENDS_OF_FILES.get(error.errno or 0, "check it, then try again")
        return f"{error.filename}: {error.strerror}; {mend}" if error.filename else str(error), OUTSIDE_FAILED
    return f"unexpected {type(error).__name__}: {error}; please report this", OUTSIDE_FAILED


class Day(click.ParamType[date]):
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


class Amount(click.ParamType["Decimal"]):
    """A number that is no less than 0, or above it, and that the database can keep as dollars."""

    def __init__(self, name: str, *, above: int | None = None) -> None:
        self.name = name
        self.above = above

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """The text as an exact number."""
        from decimal import Decimal, InvalidOperation

        from bot.model import MOST_USD

        if isinstance(value, Decimal):
            return value
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("NaN")
        is_number = amount.is_finite() and 0 <= amount <= MOST_USD
        if not is_number or (self.above is not None and amount <= self.above):
            least = "0 or more" if self.above is None else f"above {self.above}"
            self.fail(f'"{value}" is no number of {self.name}; write one {least}, a billion at most', param, ctx)
        return amount


class Age(click.ParamType[timedelta]):
    """How old something may be, such as 26h, 90m or 2d."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The text as a duration."""
        if isinstance(value, timedelta):
            return value
        units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
        digits, unit = value[:-1], units.get(value[-1:].lower())
        if unit is None or not digits.isdecimal() or len(digits) > LONGEST_AGE:
            self.fail(f'"{value}" is not an age; write it like 26h, 90m or 2d', param, ctx)
        return int(digits) * unit


class Week(click.ParamType["IsoWeek"]):
    """An ISO week such as 2026-W47."""

    name = "week"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> IsoWeek:
        """The text as a week."""
        from bot.analysis.weeks import IsoWeek

        if isinstance(value, IsoWeek):
            return value
        try:
            return IsoWeek.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Month(click.ParamType["CalendarMonth"]):
    """A month such as 2026-10."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> CalendarMonth:
        """The text as a month."""
        from bot.analysis.months import CalendarMonth

        if isinstance(value, CalendarMonth):
            return value
        try:
            return CalendarMonth.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class ExportBy(click.ParamType["tuple[Dimension, ...]"]):
    """Dimensions of an export such as day,workspace,key."""

    name = "by"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Dimension, ...]:
        """The text as dimensions."""
        from bot.analysis.export import DIMENSIONS

        if isinstance(value, tuple):
            return value
        words = [word.strip().replace(" ", "_") for word in value.lower().split(",")]
        if len({*words}) < len(words) or not {*words} <= {*DIMENSIONS}:
            self.fail(f'"{value}" is not understood; write some of {",".join(DIMENSIONS)}, each once', param, ctx)
        return tuple(dimension for dimension in DIMENSIONS if dimension in words)


organization_option = click.option(
    "--org", "organization", metavar="NAME", help="Only that organisation, by its name or id."
)
ownership_option = click.option(
    "--ownership",
    type=click.Choice(("day", "today")),
    default="day",
    help="Teams as they were on each day, or as if today's had had everything all along.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")


class Commands(click.Group):
    """Subcommands listed with their whole description; click cuts it at the end of a line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help or "") for name, command in commands if command is not None])


class Question(click.Command):
    """A subcommand that takes the words of a question, where `-batch` is one and no row of short options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The same, with such a word's hyphen as a minus sign, which a question takes as well."""
        return super().parse_args(ctx, [MINUS + arg[1:] if is_left_out(arg) else arg for arg in args])


def is_left_out(word: str) -> bool:
    """Whether an argument says what a question is not of, and is no option."""
    return word.startswith("-") and not word.startswith("--") and word not in {"-", "-h"}


MINUS = "\u2212"

EPILOG = """\b
Examples:
  claudecost demo                        see everything on a simulated organisation
  claudecost report 30d by model         30 days against the 30 before
  claudecost why checkout last month     what drove it, by model and by key
  claudecost check --gate                exit 1 when spend rose, 2 when nobody can tell
  claudecost export --since 2026-10-01 --until 2026-11-01 -o october.csv

\b
Exit codes:
  0  fine
  1  the answer is no: a gate that fails, a fault the doctor found, no price
  2  wrong usage or settings, or no data to answer from
  3  Anthropic, Slack, the database or a file failed
"""

ASKED_IN_SLACK = {
    "alerts": "claudecost check",
    "digest": "claudecost digest",
    "forecast": "claudecost forecast",
    "status": "claudecost doctor",
    "help": "claudecost report --help",
}
"""What `/claudecost` answers besides reports, and which subcommand tells it here."""


@click.group(
    cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="claudecost")
def claudecost() -> None:
    """Explains your organisation's Claude API bill, in Slack and in this terminal."""


@claudecost.command()
def run() -> None:
    """Run the bot: sync hourly, check, answer in Slack, post alerts and the digest."""
    import asyncio

    from bot.commands.run import serve_until_signalled

    asyncio.run(serve_until_signalled(configured(), now=now))


@claudecost.command()
def demo() -> None:
    """Run the bot on a simulated organisation and a local Slack; needs no credentials."""
    import asyncio

    from bot.demo import run_demo
    from bot.logs import configure_logging

    configure_logging(secrets=(), level=logging.ERROR)
    asyncio.run(run_demo(now=now, interactive=sys.stdin.isatty() and sys.stdout.isatty()))


@claudecost.command()
@json_option
def sync(*, as_json: bool) -> int:
    """Fetch what is missing and the last 7 days from the Admin API; once a day, two months. Then what units count."""
    import asyncio

    from bot.commands.sync import sync_once
    from bot.messages.basis import source
    from bot.model import Source
    from bot.terminal.sync import sync_as_json, sync_as_text, syncs_as_json

    settings = configured()
    with progress_bar("Fetching") as progress:
        done = asyncio.run(sync_once(settings, now=now, progress=progress))
    if as_json and done.of > 1:
        show(syncs_as_json(done.synced, failed=done.failed))
    else:
        for synced in done.synced:
            show(sync_as_json(synced) if as_json else sync_as_text(synced))
    add_in_words([source(estimated=True)] if any(each.source is Source.ESTIMATE for each in done.synced) else [])
    add_in_words(done.failed)
    return done.exit_code


@claudecost.command()
@click.option("--day", type=Day(), help="The day to judge as the newest; by default the newest complete one.")
@click.option("--post", is_flag=True, help="Post what is due to the channel.")
@click.option("--gate", is_flag=True, help="Exit 1 when something is due, announced or open, 2 when it cannot be told.")
@organization_option
@json_option
def check(*, day: date | None, post: bool, gate: bool, organization: str | None, as_json: bool) -> int:
    """Compare spend week over week, per workspace and model."""
    import asyncio

    from bot.commands.check import check_and_post, check_only
    from bot.messages.basis import source
    from bot.terminal.check import check_as_json, check_as_text, checks_as_json, not_judged_in_words

    settings = configured()
    checks = (
        asyncio.run(check_and_post(settings, day=day, now=now, organization=organization))
        if post
        else check_only(settings, day=day, now=now, organization=organization)
    )
    evaluations = [(each.evaluation, each.names) for each in checks.each]
    if as_json:
        show(check_as_json(*evaluations[0]) if len(evaluations) == 1 else checks_as_json(evaluations))
        add_in_words([source(estimated=True)] if any(evaluation.estimated for evaluation, _ in evaluations) else [])
    else:
        for each in checks.each:
            show(check_as_text(each.evaluation, each.names, days_left_out=each.judgement.days_left_out))
    unknown = [
        not_judged_in_words(each.evaluation, each.judgement.days_left_out)
        for each in checks.each
        if each.judgement.days_unknown
    ]
    add_in_words([*checks.failed, *(unknown if gate else [])])
    if gate and (unknown or checks.failed):
        return WRONG_USAGE
    return NO if gate and any(evaluation.told for evaluation, _ in evaluations) else FINE


@claudecost.command()
@click.option("--since", type=Day(), required=True, help="First day to judge as the newest.")
@click.option("--until", type=Day(), required=True, help="Day after the last one.")
@click.option("--threshold", type=Amount("percent", above=0), help="Percent, instead of the setting's.")
@click.option("--floor", type=Amount("dollars"), help="Dollars, instead of the setting's.")
@click.option("--quiet", is_flag=True, help="A rise must also exceed twice the usual swing.")
@organization_option
@json_option
def replay(
    *,
    since: date,
    until: date,
    threshold: Decimal | None,
    floor: Decimal | None,
    quiet: bool,
    organization: str | None,
    as_json: bool,
) -> None:
    """Say what alerts past days would have sent, day by day, without posting."""
    from bot.commands.replay import Levels, replay_days
    from bot.model import Interval
    from bot.terminal.replay import replay_as_text, said_as_json, summary_as_json

    if until <= since:
        raise click.UsageError("--until is the day after the last one, so it must be later than --since")
    heard: list[Replayed] = []
    summary = replay_days(
        configured(),
        Interval(since, until),
        Levels(threshold_percent=threshold, floor=floor, is_quiet=quiet),
        organization=organization,
        tell=(lambda each: show(said_as_json(*each))) if as_json else heard.append,
    )
    show(summary_as_json(summary) if as_json else replay_as_text(heard, summary))


@claudecost.command(cls=Question)
@click.argument("query", nargs=-1)
@click.option("--as-of", "as_of", type=Day(), help="As it was known, and asked, at the end of that UTC day.")
@ownership_option
@organization_option
@json_option
def report(
    *, query: tuple[str, ...], as_of: date | None, ownership: str, organization: str | None, as_json: bool
) -> None:
    """Answer a question such as: last month by model, workspace:prod since 1 Nov, top 5 keys vs 2026-10, 7d csv."""
    from bot.analysis.question import parse_question
    from bot.analysis.units import without_by_unit
    from bot.commands.errors import NEVER_FETCHED, NothingYet
    from bot.commands.report import answer_report
    from bot.model import end_of
    from bot.terminal.caveats import caveats
    from bot.terminal.report import report_as_csv, report_as_json, report_as_text

    here = ASKED_IN_SLACK.get(" ".join(query).lower())
    if here is not None:
        raise click.UsageError(f'"{" ".join(query)}" is asked in Slack; here it is "{here}"')
    today = now().date()
    rest = without_by_unit(" ".join(query))
    if rest is not None:
        from bot.commands.unit import answer_by_unit
        from bot.terminal.units import units_as_json, units_as_text

        if as_of or organization:
            raise click.UsageError("by unit is what is known now, of all organisations; leave out --as-of and --org")
        reports = answer_by_unit(configured(), rest, today=today)
        show(units_as_json(reports) if as_json else units_as_text(reports))
        return
    if as_of is not None and as_of >= today:
        raise click.UsageError(
            f"--as-of is a day that is over, {today:%Y-%m-%d} is not; leave it out for what is known now"
        )
    words = [as_question(query, organization), *(["ownership today"] if ownership == "today" else [])]
    question = parse_question(" ".join(words), today=as_of or today)
    answer = answer_report(configured(), question, as_of=end_of(as_of) if as_of else None)
    if as_json:
        show(report_as_json(answer))
        add_in_words(caveats(answer, unheard=answer.unheard))
    elif answer.total is None:
        raise NothingYet(NEVER_FETCHED)
    else:
        show(report_as_csv(answer).rstrip() if question.as_csv else report_as_text(answer))


@claudecost.command(cls=Question)
@click.argument("words", nargs=-1, metavar="[WHAT]")
@organization_option
@json_option
def forecast(*, words: tuple[str, ...], organization: str | None, as_json: bool) -> None:
    """Say what this month will have cost, within which band, and per workspace; of all, or of WHAT (checkout opus)."""
    from bot.analysis.ask_why import parse_forecast
    from bot.commands.forecast import answer_forecast
    from bot.terminal.caveats import caveats_of_month
    from bot.terminal.forecast import forecast_as_json, forecast_as_text

    today = now().date()
    question = parse_forecast(as_question(words, organization), today=today)
    month = answer_forecast(configured(), question, today=today)
    show(forecast_as_json(month) if as_json else forecast_as_text(month))
    add_in_words(caveats_of_month(month) if as_json else [])


@claudecost.command()
@click.option("--dashboard", is_flag=True, help="Print the dashboard to import into Grafana instead.")
def metrics(*, dashboard: bool) -> None:
    """Print what /metrics answers, as OpenMetrics text, or a dashboard of it for Grafana."""
    from bot.commands.metrics import answer_metrics
    from bot.metrics.exposition import dashboard as dashboard_as_json

    show((dashboard_as_json() if dashboard else answer_metrics(configured(), today=now().date())).rstrip())


@claudecost.command()
@click.option("--budget", metavar="NAME", help="A budget of claudecost.toml.")
@click.option("--limit", type=Amount("dollars", above=0), metavar="USD", help="Or so many dollars in a period.")
@click.option("--period", type=click.Choice(("month", "week", "quarter")), help="The limit's; by default the month.")
@click.option("--team", metavar="TEAM", help="Only what is this team's.")
@click.option("--product", metavar="PRODUCT", help="Only what is a product's, as teams have it.")
@click.option("--service", metavar="SERVICE", help="Only what is a service's.")
@click.option("--environment", metavar="ENVIRONMENT", help="Only what is of an environment.")
@click.option("--workspace", metavar="WORKSPACE", help="Only what is of a workspace: an id, name or pattern.")
@click.option("--forecast", is_flag=True, help="Fail also when the forecast is over.")
@click.option("--max-age", type=Age(), default="26h", show_default=True, help="How old the newest data may be.")
@json_option
def gate(
    *,
    budget: str | None,
    limit: Decimal | None,
    period: str | None,
    forecast: bool,
    max_age: timedelta,
    as_json: bool,
    **scope: str | None,
) -> int:
    """Say whether spend is under a budget or a limit: exit 0 under, 1 over, 3 where that cannot be known."""
    from bot.analysis.budget import Scope
    from bot.commands.gate import answer_gate, exit_code
    from bot.messages.gate import gate_line
    from bot.terminal.gate import gate_as_json

    found = answer_gate(
        configured(),
        name=budget,
        limit=limit,
        period=period,
        scope=Scope(**scope),
        by_forecast=forecast,
        max_age=max_age,
        now=now(),
    )
    click.echo(gate_as_json(found) if as_json else gate_line(found))
    return exit_code(found)


@claudecost.command()
@click.argument("name", nargs=-1)
@json_option
def unit(*, name: tuple[str, ...], as_json: bool) -> None:
    """Say what one of many costs, such as a ticket or a deploy: the unit of that name, or each that is counted."""
    from bot.commands.unit import answer_unit
    from bot.terminal.units import unit_as_text, units_as_json, units_as_text

    today = now().date()
    reports = answer_unit(configured(), " ".join(name), today=today)
    if as_json:
        show(units_as_json(reports))
    else:
        show(unit_as_text(reports[0], today=today) if name and len(reports) == 1 else units_as_text(reports))


@claudecost.command(cls=Question)
@click.argument("words", nargs=-1, metavar="[WHAT] [PERIOD]")
@organization_option
@json_option
def why(*, words: tuple[str, ...], organization: str | None, as_json: bool) -> None:
    """Say what drove a change, by model and key: of a workspace, or whatever filters leave (checkout opus -batch)."""
    from bot.analysis.ask_why import parse_why
    from bot.commands.why import answer_why
    from bot.terminal.caveats import caveats
    from bot.terminal.why import why_as_json, why_as_text

    answer = answer_why(configured(), parse_why(as_question(words, organization), today=now().date()))
    if as_json:
        show(why_as_json(answer))
        add_in_words(caveats(answer, unheard=answer.unheard))
    else:
        show(why_as_text(answer))


@claudecost.command()
@click.option("--week", type=Week(), help="An ISO week such as 2026-W47; by default the last finished one.")
@click.option("--month", type=Month(), help="A month such as 2026-10, instead of a week.")
@click.option("--channel", metavar="ID", help="As that channel gets it: of its workspaces, weekly or monthly.")
@click.option("--post", is_flag=True, help="Post it to the channel, unless it was posted before.")
@organization_option
@json_option
def digest(
    *,
    week: IsoWeek | None,
    month: CalendarMonth | None,
    channel: str | None,
    post: bool,
    organization: str | None,
    as_json: bool,
) -> None:
    """Show a digest: the week that ended last, or a month, against the one before."""
    import asyncio

    from bot.analysis.schedule import every_of
    from bot.commands.digest import answer_digest, post_digest
    from bot.terminal.caveats import caveats
    from bot.terminal.digest import digest_as_json, digest_as_text

    if week and month:
        raise click.UsageError("a digest is of a week or of a month; leave one of them out")
    if post and organization:
        raise click.UsageError("the digest that is posted is that of all organisations; leave out --org")
    settings = configured()
    answer = answer_digest(settings, period=week or month, now=now, channel=channel, organization=organization)
    if as_json:
        show(digest_as_json(answer.digest, answer.message))
        add_in_words(caveats(answer.digest, unheard=answer.digest.unheard))
    else:
        show(digest_as_text(answer.message))
    period = answer.digest.period
    if post and not asyncio.run(post_digest(settings, period, now=now, channel=channel)):
        click.echo(f"claudecost: that digest was posted before; once per {every_of(period)} is enough", err=True)


@claudecost.command()
@click.option("--since", type=Day(), required=True, help="First day.")
@click.option("--until", type=Day(), required=True, help="Day after the last one.")
@click.option(
    "--by",
    type=ExportBy(),
    help="Some of day,workspace,model (the default),key,tier,type,team,cost_center,service,product,environment.",
)
@click.option("--format", "form", type=click.Choice(["csv", "json", "jsonl"]), default="csv", metavar="csv|json|jsonl")
@click.option("--schema", type=click.Choice(["focus"]), metavar="focus", help="FOCUS 1.2, a row per line and key.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="File to write; - or none: stdout.",
)
@ownership_option
@organization_option
def export(
    *,
    since: date,
    until: date,
    by: tuple[Dimension, ...] | None,
    ownership: str,
    form: str,
    schema: str | None,
    output: Path | None,
    organization: str | None,
) -> None:
    """Write spend and tokens, one line per day, workspace and model, or by key, tier, type, team and the like."""
    from bot.analysis.export import DEFAULT_DIMENSIONS, is_owned
    from bot.commands.export import export as export_days
    from bot.commands.export import export_focus
    from bot.model import Interval
    from bot.terminal.caveats import caveats
    from bot.terminal.export import WRITERS

    if until <= since:
        raise click.UsageError("--until is the day after the last one, so it must be later than --since")
    if by and schema:
        raise click.UsageError("--schema focus has rows of its own; leave out --by")
    if ownership == "today" and not schema and not is_owned(by or ()):
        raise click.UsageError("--ownership is about whose what is; add --by team, cost_center or the like")
    interval, write, as_of = Interval(since, until), WRITERS[form], now().date() if ownership == "today" else None
    with writing_out():
        if schema:
            wrote = export_focus(configured(), interval, output, write=write, organization=organization, as_of=as_of)
        else:
            dimensions = by or DEFAULT_DIMENSIONS
            wrote = export_days(
                configured(), interval, output, by=dimensions, write=write, organization=organization, as_of=as_of
            )
        add_in_words(caveats(wrote, unheard=wrote.unheard))


@claudecost.command()
@click.argument("model", required=False)
@json_option
def prices(*, model: str | None, as_json: bool) -> None:
    """Show what tokens cost and where each price comes from; exit 1 for a model without one."""
    from bot.commands.prices import answer_prices
    from bot.terminal.prices import prices_as_json, prices_as_text

    answer = answer_prices(configured(), model=model, day=now().date())
    show((prices_as_json if as_json else prices_as_text)(answer))


@claudecost.command()
@click.option("--since", type=Day(), help="First day; by default the 30 days before --until.")
@click.option("--until", type=Day(), help="Day after the last one; by default today.")
@click.option("--causes", is_flag=True, help="In JSON, also what each reason comes to.")
@organization_option
@json_option
def reconcile(*, since: date | None, until: date | None, causes: bool, organization: str | None, as_json: bool) -> None:
    """Compare the bill with tokens × price, per day, workspace and model, and say why they differ."""
    from bot.commands.reconcile import answer_reconciliation
    from bot.model import Interval
    from bot.terminal.reconcile import reconciliation_as_json, reconciliation_as_text

    today = now().date()
    if until is None and since is not None and since >= today:
        raise click.UsageError(f"{since} is not over yet; bills are compared up to the day before")
    until = until or today
    since = since or until - timedelta(days=30)
    if until <= since:
        raise click.UsageError("--until is the day after the last one, so it must be later than --since")
    answer = answer_reconciliation(configured(), Interval(since, until), organization=organization)
    found, names = answer.reconciliation, answer.names
    show(
        reconciliation_as_json(found, answer.organizations, causes=causes)
        if as_json
        else reconciliation_as_text(found, names)
    )
    if as_json and found.left_out:
        add_in_words([f"{len(found.left_out)} of the days asked for have no whole bill so far, and are left out"])


@claudecost.group(cls=Commands)
def teams() -> None:
    """Say whose what is by a spreadsheet, and find what nobody owns."""


@teams.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--dry-run", "dry", is_flag=True, help="Only show what would change.")
def import_teams(*, file: Path, dry: bool) -> None:
    """Keep a CSV file of teams, in force at once; show what it changes and the dollars of 30 days it moves."""
    from bot.commands.teams import import_sheet, preview_import
    from bot.terminal.teams import changes_as_text, moves_as_text

    found = (preview_import if dry else import_sheet)(configured(), file, now=now())
    show(changes_as_text(found.changes, name=found.name, kept=not dry))
    show(moves_as_text(found.moves, found.interval))


@teams.command(name="export")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="File to write; - or none: stdout.",
)
def export_teams(*, output: Path | None) -> None:
    """Write all teams in force as CSV, those of claudecost.toml too; imported again it changes nothing."""
    from bot.commands.teams import export_sheet

    with writing_out():
        export_sheet(configured(), output)


@teams.command(name="check")
@json_option
def check_teams(*, as_json: bool) -> int:
    """List what spent and nobody owns, rules that say nothing, owners who left; exit 1 if there is any."""
    import asyncio

    from bot.commands.teams import check_teams as find
    from bot.terminal.teams import teams_check_as_json, teams_check_as_text

    found, names = asyncio.run(find(configured(), today=now().date()))
    if as_json:
        show(teams_check_as_json(found, names))
    else:
        for page in teams_check_as_text(found, names):
            show(page)
    return FINE if found.is_fine else NO


@claudecost.command()
@click.option("--since", type=Day(), help="First UTC day; by default that of a week ago.")
@click.option("--until", type=Day(), help="Day after the last one; by default tomorrow.")
@click.option("--user", help="Slack id of one person (U…).")
@json_option
def audit(*, since: date | None, until: date | None, user: str | None, as_json: bool) -> None:
    """Show who asked what in Slack, and when."""
    from bot.commands.audit import load_questions
    from bot.model import start_of
    from bot.terminal.audit import audit_as_json, audit_as_text

    today = now().date()
    first, last = since or today - timedelta(days=7), until or today + timedelta(days=1)
    if last <= first:
        raise click.UsageError("--until is the day after the last one, so it must be later than --since")
    questions = load_questions(configured(), since=start_of(first), until=start_of(last), user=user)
    show(audit_as_json(questions) if as_json else audit_as_text(questions))


@claudecost.command()
@json_option
def doctor(*, as_json: bool) -> int:
    """Check keys, scopes, channel, database, clock, budgets and counts; each fault comes with its mend."""
    import asyncio

    from bot.commands.doctor import examine
    from bot.terminal.doctor import doctor_as_json, doctor_as_text

    examinations = asyncio.run(examine(now=now))
    show(doctor_as_json(examinations) if as_json else doctor_as_text(examinations))
    return FINE if all(examination.ok for examination in examinations) else NO


def as_question(words: Sequence[str], organization: str | None) -> str:
    """Arguments as the text of a question, of an organisation where an option names one."""
    from bot.analysis.question import quoted

    return " ".join([*map(quoted_organization, words), *([f"org:{quoted(organization)}"] if organization else [])])


def quoted_organization(word: str) -> str:
    """An `org:` with blanks in its name as the question has it: the shell took the quotes off."""
    kind, _, name = word.partition(":")
    return f'org:"{name}"' if kind.lower() == "org" and " " in name and name[0] not in "'\"" else word


def configured() -> Settings:
    """The settings in force; from here on the log keeps their secrets to itself."""
    from bot.logs import configure_logging
    from bot.settings import load_settings
    from bot.wiring import secrets

    settings = load_settings()
    configure_logging(secrets=secrets(settings))
    return settings


@contextmanager
def writing_out() -> Iterator[None]:
    """Whoever reads standard output may stop (`| head -1`): that is no fault, and changes no exit code.

    Raises `OSError` with the output's name where it cannot take what is written. Either way nothing more goes there.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        if error.filename is not None:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise OSError(error.errno, error.strerror, "standard output") from error


def add_in_words(lines: Sequence[str]) -> None:
    """Says on standard error what the answer itself has no room for."""
    for line in lines:
        fail(line, FINE)


def show(answer: object) -> None:
    """Prints an answer: drawn on a terminal, plain lines in a pipe; JSON is a string already."""
    if isinstance(answer, str) or not sys.stdout.isatty():
        with writing_out():
            click.echo(str(answer))
        return
    from rich.console import Console

    Console().print(answer)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda progress: bar.update(task, completed=progress.done, total=progress.total)
