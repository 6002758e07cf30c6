"""What each subcommand does once its words are understood: builds what it needs, asks, and gives the answer back."""

from __future__ import annotations

import asyncio
import gc
import shutil
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from functools import partial
from heapq import merge
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TextIO

from bot.analysis.coverage import comparable_days, missing_days, newest_judgeable_day
from bot.analysis.digest import IsoWeek
from bot.analysis.export import ORGANIZATION_COLUMN, export_columns, export_rows, in_order_of_days, rows_of_all
from bot.analysis.focus import FOCUS_COLUMNS, focus_rows
from bot.analysis.organizations import (
    OrganizationPart,
    all_names,
    choose,
    known_by_all,
    own_id,
    reconciled_together,
    tokens_of_all,
    unpriced_of_all,
)
from bot.analysis.question import allowed
from bot.analysis.replay import Tally
from bot.jobs.check import Checker
from bot.jobs.digest import is_ready, load_reconciled_digest, render_digest
from bot.jobs.feed import sync_each
from bot.jobs.judge import judge
from bot.jobs.replay import replay
from bot.listeners.report import load_report
from bot.listeners.why import load_explanation
from bot.model import SETTLING_TIME, AnswerIsNo, Interval, OutsideFailed, WrongUsage, usd
from bot.settings import WrongSettings, load_what_is_right, wrong_keys_of
from bot.snapshots.parts import parts_of
from bot.wiring import (
    billed_sources,
    build_admin_api,
    build_contract,
    build_deliverer,
    build_digest_schedule,
    build_feeds,
    build_open_store,
    build_prices,
    build_privacy,
    build_service,
    build_slack_examiner,
    credentials,
    require_for_service,
    secret,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from pathlib import Path

    from bot.admin_api import AdminApi
    from bot.analysis.ask_why import WhyQuestion
    from bot.analysis.contract import Contract
    from bot.analysis.digest import Digest
    from bot.analysis.explanation import Explanation
    from bot.analysis.export import Dimension, ExportRow, Field
    from bot.analysis.price_list import PriceList
    from bot.analysis.question import Question
    from bot.analysis.reconcile import Reconciliation
    from bot.analysis.replay import Said, Summary
    from bot.analysis.report import Report
    from bot.jobs.deliver import Unsent
    from bot.jobs.judge import Judgement
    from bot.jobs.sync import Progress
    from bot.model import CostLine, Evaluation, Examination, FetchedDay, Message, Names, Synced, Unpriced, UsageLine
    from bot.settings import Settings
    from bot.snapshots import Store
    from bot.snapshots.parts import Part
    from bot.terminal.export import Writer

    Now = Callable[[], datetime]
    Told = Callable[[Progress], None]

LOOKBACK = timedelta(days=60)


NEVER_FETCHED = 'none of the days asked for was ever fetched; run "claudecost sync", and see CLAUDECOST_BACKFILL_DAYS'

NOTHING_TO_COMPARE = (
    'the days asked about, or those before, were never fetched; run "claudecost sync", and see CLAUDECOST_BACKFILL_DAYS'
)


class NothingYet(WrongUsage):
    """There is no data to answer from."""

    def __init__(self, sentence: str = 'there is no data for that yet; run "claudecost sync" first') -> None:
        super().__init__(sentence)


class TooEarly(NothingYet):
    """What was asked about is not over, or was last fetched before its bill had settled."""


class NothingThen(WrongUsage):
    """There was no data yet at the instant asked about."""

    def __init__(self, as_of: datetime) -> None:
        super().__init__(f"none of these days was known whole by {as_of:%Y-%m-%d %H:%M} UTC; ask for a later day")


class NotSaid(OutsideFailed):
    """Something is queued for Slack but did not get there."""

    def __init__(self, unsent: Sequence[Unsent]) -> None:
        super().__init__("\n".join(f"{each.key} was not posted and stays queued: {each.error}" for each in unsent))


async def serve_until_signalled(settings: Settings, *, now: Now) -> None:
    """Runs the service until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await serve(settings, now=now, stopping=stopping)


async def serve(settings: Settings, *, now: Now, stopping: asyncio.Event) -> None:
    """Runs the service until `stopping` is set."""
    require_for_service(settings)
    async with admin_apis(settings, now=now) as apis:
        service = build_service(settings, apis, now=now, stopping=stopping)
        gc.freeze()  # what is loaded by now stays: to look through it again and again held up answers by 30 ms
        await service.run()


@asynccontextmanager
async def admin_apis(settings: Settings, *, now: Now) -> AsyncIterator[list[AdminApi]]:
    """A client for each organisation, in the order of the settings. Raises `WrongSettings` where a key is missing."""
    settings.require_keys()
    async with AsyncExitStack() as stack:
        apis = [build_admin_api(access, credentials(access), now=now) for access in settings.accesses()]
        yield [await stack.enter_async_context(api) for api in apis]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedAll:
    """What was fetched of each organisation, and a sentence for each that failed while others did not.

    `of` is how many there are; `exit_code` is that of what failed.
    """

    synced: tuple[Synced, ...]
    failed: tuple[str, ...]
    exit_code: int
    of: int


async def sync_once(settings: Settings, *, now: Now, progress: Told) -> SyncedAll:
    """One sync of each organisation. Raises what went wrong where that is all there is to tell."""
    async with admin_apis(settings, now=now) as apis:
        feeds = build_feeds(settings, apis, now=now, progress=progress)
        outcomes = await sync_each(build_open_store(settings), feeds)
    errors = [outcome.error for outcome in outcomes if outcome.error]
    if len(outcomes) == 1 and errors:
        raise errors[0]
    return SyncedAll(
        synced=tuple(outcome.synced for outcome in outcomes if outcome.synced),
        failed=tuple(outcome.sentence for outcome in outcomes if outcome.error),
        exit_code=max((error.exit_code for error in errors), default=0),
        of=len(outcomes),
    )


def answer_report(settings: Settings, question: Question, *, as_of: datetime | None = None) -> Report:
    """The answer to a question, now or as it was.

    Raises `PeopleOff` for one about people that may not be answered, `NothingYet` before the first sync, `NothingThen`.
    """
    allowed(question, build_privacy(settings))
    with build_open_store(settings)() as store:
        report = load_report(store, question, as_of=as_of)
    if report.data_as_of is None:
        raise NothingYet if as_of is None else NothingThen(as_of)
    return report


# --- Why ---


def answer_why(settings: Settings, asked: WhyQuestion) -> Explanation:
    """Why a workspace cost what it did. Raises `UnknownWorkspace`, and `NothingYet` without days on either side."""
    with build_open_store(settings)() as store:
        explanation = load_explanation(store, asked)
    if explanation.data_as_of is None:
        raise NothingYet
    if explanation.total is None or explanation.previous_total is None:
        raise NothingYet(NOTHING_TO_COMPARE)
    return explanation


# --- Check ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found and what that rests on, and what its ids are called."""

    judgement: Judgement
    names: Names

    @property
    def evaluation(self) -> Evaluation:
        """What was found."""
        return self.judgement.evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What was found in each organisation, and a sentence for each that could not be judged."""

    each: tuple[Checked, ...]
    failed: tuple[str, ...]


def check_only(settings: Settings, *, day: date | None, now: Now, organization: str | None = None) -> Checks:
    """Judges a day, by default the newest that is ready; writes nothing. Raises `NothingYet`, `TooEarly`."""
    contract = build_contract(settings)
    with build_open_store(settings)() as store:
        return check_each(
            chosen_parts(store, organization),
            lambda store: judge(store, day=day_to_judge(store, day, now=now), contract=contract),
        )


async def check_and_post(settings: Settings, *, day: date | None, now: Now, organization: str | None = None) -> Checks:
    """Judges a day, keeps what was found and says what is due. Raises `NotSaid` if Slack did not take it."""
    settings.require("SLACK_BOT_TOKEN", "CLAUDECOST_CHANNEL")
    checker = Checker(channel=str(settings.claudecost_channel), contract=build_contract(settings), now=now)
    with build_open_store(settings)() as store:
        checks = check_each(
            chosen_parts(store, organization),
            lambda store: checker.check(store, day=day_to_judge(store, day, now=now)),
        )
    await deliver(settings, now=now)
    return checks


def check_each(parts: Sequence[Part], check: Callable[[Store], Judgement]) -> Checks:
    """Checks one organisation after the other. Raises `NothingYet` if none of them can be judged."""
    checked: list[Checked] = []
    failed: list[NothingYet] = []
    sentences: list[str] = []
    for part in parts:
        names = part.store.names.load_names()
        try:
            checked.append(Checked(judgement=check(part.store), names=names))
        except NothingYet as error:
            failed.append(error)
            sentences.append(f"{names.organization} was not judged: {error}")
    if not checked:
        raise failed[0]
    return Checks(each=tuple(checked), failed=tuple(sentences))


# --- Replay ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What to replay with instead of what the settings say; None leaves it to them."""

    threshold_percent: Decimal | None = None
    floor: Decimal | None = None
    is_quiet: bool = False

    def on(self, contract: Contract) -> Contract:
        """A contract with these levels."""
        threshold = contract.threshold_percent if self.threshold_percent is None else self.threshold_percent
        floor = contract.min_increase if self.floor is None else usd(self.floor)
        is_quiet = contract.is_quiet or self.is_quiet
        return replace(contract, threshold_percent=threshold, min_increase=floor, is_quiet=is_quiet)


class Replayed(NamedTuple):
    """A message, and what the ids in it are called."""

    said: Said
    names: Names


def replay_days(
    settings: Settings,
    interval: Interval,
    levels: Levels,
    *,
    organization: str | None,
    tell: Callable[[Replayed], None],
) -> Summary:
    """Tells of each message that the rules would have sent, day by day. Raises `NothingYet` if no day can be judged."""
    contract = levels.on(build_contract(settings))
    tally = Tally()
    with build_open_store(settings)() as store:
        parts = [(part, part.store.names.load_names()) for part in chosen_parts(store, organization)]
        for turn in merge(*(turns_of(part, names, interval, contract) for part, names in parts), key=itemgetter(0)):
            tally.add(turn.day, turn.said)
            for said in turn.said:
                tell(Replayed(said, turn.names))
    if not tally.days:
        raise NothingYet(NEVER_FETCHED)
    return tally.summary()


class Turn(NamedTuple):
    """One day of one organisation."""

    day: date
    said: list[Said]
    names: Names


def turns_of(part: Part, names: Names, interval: Interval, contract: Contract) -> Iterator[Turn]:
    """One organisation's days."""
    for day, (said,) in replay(part.store, interval, [contract]):
        yield Turn(day, said, names)


def chosen_parts(store: Store, organization: str | None) -> list[Part]:
    """The books of one organisation, or of all that are synced. Raises `NotUnderstood` for one that is not known."""
    found = choose(organization, store.organizations(), retired=store.retired_organizations())
    return parts_of(store, found)


def day_to_judge(store: Store, asked: date | None, *, now: Now) -> date:
    """The day asked for, or the newest that is ready, if anything can be compared in the week that ends with it.

    Nobody is to read "nothing found" where nothing was looked at. Raises `NothingYet`, `TooEarly`.
    """
    today = now().astimezone(UTC).date()
    day = newest_day(store, today) if asked is None else ready_day(store, asked, today)
    fetched = store.ledger.load_fetched_days(Interval(day - timedelta(days=13), day + timedelta(days=1)))
    if not comparable_days(day, fetched):
        raise NothingYet(
            f"no day of the week up to {day} is known together with the one a week earlier; "
            'run "claudecost sync", and see CLAUDECOST_BACKFILL_DAYS'
        )
    return day


def newest_day(store: Store, today: date) -> date:
    """The newest complete day that is ready to be judged. Raises `NothingYet` without one."""
    day = newest_judgeable_day(store.ledger.load_fetched_days(Interval(today - LOOKBACK, today)), today)
    if day is None:
        raise NothingYet
    return day


def ready_day(store: Store, day: date, today: date) -> date:
    """A day asked for by name. Raises `TooEarly` if its bill is not there or may still grow."""
    if day >= today:
        raise TooEarly(f"{day} is not over yet; leave --day out for the newest day that is ready")
    known = store.ledger.load_fetched_days(Interval(day, day + timedelta(days=1))).get(day)
    if known is None:
        raise NothingYet(f'{day} was never fetched; run "claudecost sync", and see CLAUDECOST_BACKFILL_DAYS')
    if not known.is_settled:
        raise TooEarly(
            f"{day} was last fetched before its bill had settled, at 03:00 UTC of the day after; "
            'run "claudecost sync" after that'
        )
    return day


async def deliver(settings: Settings, *, now: Now) -> None:
    """Takes the outbox to Slack. Raises `NotSaid` when something did not get there."""
    deliverer = build_deliverer(settings, now=now)
    await deliverer.hurry()
    unsent = await deliverer.deliver()
    if unsent:
        raise NotSaid(unsent)


# --- Digest ---


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedDigest:
    """A digest and the message that says it."""

    digest: Digest
    message: Message


def answer_digest(
    settings: Settings, *, week: IsoWeek | None, now: Now, organization: str | None = None
) -> RenderedDigest:
    """A week's digest, by default the last finished one's. Raises `NothingYet` when nothing of it was fetched."""
    today = now().astimezone(UTC).date()
    chosen = week or IsoWeek.of(today).before()
    if chosen.interval.since > today:
        raise TooEarly(f"{chosen} has not begun yet; leave --week out for the last finished one")
    contract = build_contract(settings)
    with build_open_store(settings)() as store:
        parts = chosen_parts(store, organization)
        limit = settings.claudecost_drift_percent
        digest = load_reconciled_digest(parts, chosen, build_prices(settings), drift_percent=limit)
        if digest.total is None:
            raise NothingYet
        return RenderedDigest(digest=digest, message=render_digest(parts, digest, contract=contract))


async def post_digest(settings: Settings, week: IsoWeek, *, now: Now) -> bool:
    """Says a week's digest in the channel; False if that was done before. Raises `TooEarly`, `NotSaid`."""
    settings.require("SLACK_BOT_TOKEN", "CLAUDECOST_CHANNEL")
    schedule = build_digest_schedule(settings, channel=str(settings.claudecost_channel))
    with build_open_store(settings)() as store:
        refuse_early(store, week, now=now())
        queued = schedule.queue(store, week)
    await deliver(settings, now=now)
    return queued


def refuse_early(store: Store, week: IsoWeek, *, now: datetime) -> None:
    """Raises `TooEarly` for a week that may still grow: its digest is said once, so it has to be the whole week's."""
    if now < week.end:
        raise TooEarly(f"{week} is not over yet; its digest can be posted once it is")
    if not is_ready(store, week, now=now):
        raise TooEarly(
            f"{week} is not known whole yet; its digest can be posted after a sync later than "
            f"{week.end + SETTLING_TIME:%a %d %b %H:%M} UTC"
        )


# --- Export ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export rests on: days that any organisation lacks, those that are known, and those not from the bill."""

    missing_days: tuple[date, ...]
    known_days: tuple[date, ...]
    estimated_days: tuple[date, ...]
    unpriced: tuple[Unpriced, ...]


def export(
    settings: Settings,
    interval: Interval,
    path: Path | None,
    *,
    by: Sequence[Dimension],
    write: Writer,
    organization: str | None = None,
) -> Exported:
    """Writes the days of an interval, to a file or standard output. Raises `NothingYet` without any of them.

    The rows of several organisations begin with whose they are.
    """
    with build_open_store(settings)() as store, store.reading():
        parts = chosen_parts(store, organization)
        fetched = fetched_of(parts, interval)
        estimated_days = [estimated_in(days) for days in fetched]
        columns = export_columns(by, estimated_days=set().union(*estimated_days))
        rows = [
            export_rows(
                *lines_of(part.store, interval),
                names=part.store.names.load_names(),
                by=by,
                keyed=part.store.ledger.load_key_cost_lines(interval),
                estimated_days=days,
            )
            for part, days in zip(parts, estimated_days, strict=True)
        ]
        fields = [(part.beside, fields_of(each, columns)) for part, each in zip(parts, rows, strict=True)]
        with output_to(path) as output:
            write(output, columns_of_all(columns, parts), rows_of_all(fields, columns=columns))
        return exported(parts, interval, fetched)


def fields_of(rows: Iterable[ExportRow], columns: Sequence[str]) -> Iterator[tuple[Field, ...]]:
    """The fields of rows that have columns; the last may have none."""
    return (row.fields()[: len(columns)] for row in rows)


def columns_of_all(columns: Sequence[str], parts: Sequence[Part]) -> Sequence[str]:
    """The names of the fields; the organisation comes first where there are several."""
    return columns if len(parts) == 1 else (ORGANIZATION_COLUMN, *columns)


def export_focus(
    settings: Settings, interval: Interval, path: Path | None, *, write: Writer, organization: str | None = None
) -> Exported:
    """The same as FOCUS has it, where the organisation is the billing account."""
    with build_open_store(settings)() as store, store.reading():
        parts = chosen_parts(store, organization)
        fetched = fetched_of(parts, interval)
        rows = [
            focus_rows(
                *lines_of(each, interval),
                organization=each.organization,
                names=each.names.load_names(),
                prices=build_prices(settings),
                keyed=each.ledger.load_key_cost_lines(interval),
                estimated_days=estimated_in(days),
            )
            for each, days in zip((part.store for part in parts), fetched, strict=True)
            if each.organization is not None
        ]
        with output_to(path) as output:
            write(output, FOCUS_COLUMNS, in_order_of_days(rows, column=FOCUS_COLUMNS.index("ChargePeriodStart")))
        return exported(parts, interval, fetched)


def fetched_of(parts: Sequence[Part], interval: Interval) -> list[dict[date, FetchedDay]]:
    """The days of an interval that are known of each organisation.

    Raises `NothingYet` if none is of any: no data is not an empty bill.
    """
    fetched = [part.store.ledger.load_fetched_days(interval) for part in parts]
    if not any(fetched):
        raise NothingYet(NEVER_FETCHED)
    return fetched


def estimated_in(fetched: Mapping[date, FetchedDay]) -> set[date]:
    """The days that the bill does not cover."""
    return {day for day, known in fetched.items() if not known.is_billed}


def exported(parts: Sequence[Part], interval: Interval, fetched: Sequence[Mapping[date, FetchedDay]]) -> Exported:
    """What an export of these days rests on."""
    together = known_by_all(fetched)
    return Exported(
        missing_days=tuple(sorted({day for days in fetched for day in missing_days(interval, days)})),
        known_days=tuple(together),
        estimated_days=tuple(day for day, known in together.items() if not known.is_billed),
        unpriced=tuple(unpriced_of_all(part.store.ledger.load_unpriced(interval) for part in parts)),
    )


def lines_of(store: Store, interval: Interval) -> tuple[Iterator[CostLine], Iterator[UsageLine]]:
    """The lines of the bill and of usage, read as they are asked for."""
    return store.ledger.load_cost_lines(interval), store.ledger.load_usage_lines(interval)


@contextmanager
def output_to(path: Path | None) -> Iterator[TextIO]:
    """Standard output for none or `-`; what is no regular file, as it is; else a file that appears when it is whole."""
    if path is None or str(path) == "-":
        yield sys.stdout
        return
    target = path.resolve()  # a symbolic link stays one: what it points to is written
    if target.exists() and not target.is_file():
        with named(path), target.open("w", encoding="utf-8", newline="") as output:
            yield output
        return
    with named(path), whole_file(target) as output:
        yield output


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Errors of files name the path that was asked for."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A file that replaces the one at `path`, with its permissions, once it is whole."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as output:
            if path.exists():
                shutil.copymode(path, unfinished)
            yield output
        unfinished.replace(path)
    finally:
        if unfinished.is_file():
            unfinished.unlink()


# --- Prices ---


class NoPrice(AnswerIsNo):
    """A model nobody knows was asked for by name."""

    def __init__(self, model: str) -> None:
        super().__init__(f'no price is known for {model}; set one in claudecost.toml under [prices."{model}"]')


def answer_prices(settings: Settings, *, model: str | None, day: date) -> PriceList:
    """The prices on a day, and what was used without one lately. Raises `NoPrice` for an unknown model."""
    from bot.analysis.price_list import find_price_list

    recently = Interval(day - LOOKBACK, day + timedelta(days=1))
    with build_open_store(settings)() as store:
        tokens = tokens_of_all((part.beside, part.store.ledger.load_tokens(recently)) for part in parts_of(store))
    found = find_price_list(build_prices(settings), tokens, day=day, model=model)
    if model is not None and not found.quotes:
        raise NoPrice(model)
    return found


# --- Reconcile ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """The bill against its tokens, what its ids are called, and whose they are where there are several."""

    reconciliation: Reconciliation
    names: Names
    organizations: tuple[OrganizationPart, ...]


def answer_reconciliation(settings: Settings, interval: Interval, *, organization: str | None = None) -> Reconciled:
    """The bill of an interval against its tokens. Raises `NothingYet` when no day of it was fetched."""
    from bot.jobs.reconcile import load_reconciliation

    prices = build_prices(settings)
    with build_open_store(settings)() as store:
        parts = chosen_parts(store, organization)
        fetched = [part.store.ledger.load_fetched_days(interval) for part in parts]
        if not any(fetched):
            raise NothingYet
        limit = settings.claudecost_drift_percent
        each = [(part.beside, load_reconciliation(part.store, interval, prices, drift_percent=limit)) for part in parts]
        return Reconciled(
            reconciliation=reconciled_together(each),
            names=all_names([(part.beside, part.store.names.load_names()) for part in parts]),
            organizations=tuple(
                OrganizationPart(
                    name=beside.name,
                    missing_days=missing_days(interval, days),
                    ids=frozenset(own_id(row.workspace_id, beside) for row in found.rows),
                )
                for (beside, found), days in zip(each, fetched, strict=True)
                if beside is not None
            ),
        )


# --- Doctor ---


async def examine(*, now: Now) -> list[Examination]:
    """Everything the bot depends on; a fault in one place hides none in another."""
    from bot.jobs.doctor import examine_settings

    settings, wrong = load_what_is_right()
    if settings is None:
        return examine_settings(wrong)
    named = {line.partition(":")[0] for line in wrong}
    missing = [line for line in missing_for_service(settings) if line.partition(":")[0] not in named]
    found = [each async for each in examine_each(settings, now=now, wrong=named)]
    return [*examine_settings([*wrong, *missing]), *found]


def missing_for_service(settings: Settings) -> list[str]:
    """A line for each setting that the running process needs and that is not there."""
    try:
        require_for_service(settings)
    except WrongSettings as error:
        return error.lines
    return []


async def examine_each(settings: Settings, *, now: Now, wrong: Collection[str] = ()) -> AsyncIterator[Examination]:
    """Each Admin key, the database, Slack; nothing is asked at an address that is not the one that was meant."""
    from bot.jobs.doctor import examine_database

    if not {"ANTHROPIC_BASE_URL", "ANTHROPIC_ORG_PATH"}.intersection(wrong):
        async for examination in examine_keys(settings, now=now):
            yield examination
    if "CLAUDECOST_DATABASE" not in wrong:
        yield examine_database(build_open_store(settings))
    if "SLACK_API_URL" not in wrong:
        async for examination in examine_slack(settings, now=now):
            yield examination


async def examine_keys(settings: Settings, *, now: Now) -> AsyncIterator[Examination]:
    """Each Admin key by itself; two organisations' keys that are one organisation's are a fault."""
    from bot.jobs.doctor import Anthropic
    from bot.jobs.feed import Register

    register = Register()
    for access in settings.accesses():
        for key in credentials(access) if not wrong_keys_of(access) else []:
            api = build_admin_api(access, [key], now=now, attempts=1)
            accept = partial(register.accept, setting=access.setting, called=access.called)
            anthropic = Anthropic(
                setting=key.setting, api=api, now=now, accept=accept, sources=billed_sources(settings)
            )
            async for examination in anthropic.examine():
                yield examination


async def examine_slack(settings: Settings, *, now: Now) -> AsyncIterator[Examination]:
    """The tokens and the channel, as far as they are set."""
    from bot.jobs.doctor import Slack

    slack = Slack(
        examiner=build_slack_examiner(settings),
        app_token=secret(settings.slack_app_token),
        channel=settings.claudecost_channel,
        now=now,
    )
    async for examination in slack.examine() if settings.slack_bot_token else slack.examine_without_bot():
        yield examination
