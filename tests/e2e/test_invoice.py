"""A month's invoice, to the cent, and why it is not tokens × price: after every correction, however late it comes.

The simulated organisation has a discount off tokens that nobody told the bot of, containers and sessions billed without
tokens, tokens that a contract pays for, and a model that no public list knows. What it is billed, and what of that is
due to what, it adds up by itself from each key's tokens. The last test plays two scenes of it to the real process, and
there the bill comes with dollars by key.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.analysis.export import DEFAULT_DIMENSIONS
from bot.analysis.prices import Multipliers, PriceTable
from bot.analysis.question import parse_question
from bot.analysis.reconcile import Cause
from bot.commands.export import export
from bot.commands.reconcile import answer_reconciliation
from bot.commands.report import answer_report
from bot.loading.reconcile import load_reconciliation
from bot.model import DEFAULT_WORKSPACE, Interval, dollars, end_of
from bot.sandbox.admin_api import ANALYTICS
from bot.sandbox.organization import Charge, SimulatedOrganization, simulated_organization
from bot.terminal.export import write_csv
from bot.terminal.report import report_as_json
from tests.builders import TODAY
from tests.e2e.harness import Clock, stand_ins
from tests.loopback import loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping
    from pathlib import Path

    from bot.analysis.reconcile import Reconciliation
    from bot.model import NanoUsd
    from tests.loopback import World

OCTOBER = Interval(date(2026, 10, 1), date(2026, 11, 1))
A_CLOSED_WEEK = Interval(date(2026, 10, 12), date(2026, 10, 19))
LATE_DAY = date(2026, 10, 30)
ARRIVAL = datetime(2026, 11, 3, 15, tzinfo=UTC)
DISCOUNT_PERCENT = Decimal("7.5")
BACKFILL_DAYS = 60
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CENT, MILLI, MICRO = Decimal("0.01"), Decimal("0.001"), Decimal("0.000001")
"""Dollars. A line is rounded to nine decimals; a cause has as many lines as the month."""

NAMES = {
    "discount": Cause.DISCOUNT,
    "priority_tier": Cause.PRIORITY_TIER,
    "unpriced_model": Cause.UNPRICED_MODEL,
    "code_execution": Cause.CODE_EXECUTION,
    "session_usage": Cause.SESSIONS,
    "restated": Cause.RESTATED,
    "credit": Cause.OTHER_COST,
}
"""What the organisation and the bot call the same thing."""


def organization_with_a_contract() -> SimulatedOrganization:
    organization = simulated_organization(today=TODAY, days=BACKFILL_DAYS, discount_percent=DISCOUNT_PERCENT)
    organization.hold_back(LATE_DAY, until=ARRIVAL)
    return organization


# --- The month's corrections, each with the day on which it is seen ---


def nothing(_: SimulatedOrganization) -> None:
    """The late day arrives by itself."""


def a_workspace_goes_up(organization: SimulatedOrganization) -> None:
    organization.restate(date(2026, 10, 28), organization.stories.sessions, "1.037")


def a_closed_week_goes_down(organization: SimulatedOrganization) -> None:
    for day in A_CLOSED_WEEK.days():
        for workspace_id in organization.invoice_by_workspace(A_CLOSED_WEEK):
            organization.restate(day, workspace_id, "0.981")


def a_credit_is_given(organization: SimulatedOrganization) -> None:
    credit = Charge(workspace_id=None, cost_type="credit", description="Goodwill", cents=Decimal("-12550.125"))
    organization.charge(date(2026, 10, 5), credit)


def a_day_goes_down(organization: SimulatedOrganization) -> None:
    organization.restate(date(2026, 10, 20), organization.stories.model_migration, "0.4")


def sessions_come_late(organization: SimulatedOrganization) -> None:
    where = organization.stories.code_execution
    sessions = Charge(workspace_id=where, cost_type="session_usage", description="Sessions", cents=Decimal("96.5"))
    organization.charge(date(2026, 10, 31), sessions)


def the_workspace_goes_up_again(organization: SimulatedOrganization) -> None:
    organization.restate(date(2026, 10, 28), organization.stories.sessions, "1.25")


def searches_are_corrected(organization: SimulatedOrganization) -> None:
    organization.restate(date(2026, 10, 1), organization.stories.sessions, "0.5")


CORRECTIONS: dict[Callable[[SimulatedOrganization], None], date] = {
    nothing: date(2026, 11, 4),
    a_workspace_goes_up: date(2026, 11, 5),
    a_closed_week_goes_down: date(2026, 11, 9),
    a_credit_is_given: date(2026, 11, 10),
    a_day_goes_down: date(2026, 11, 12),
    sessions_come_late: date(2026, 11, 20),
    the_workspace_goes_up_again: date(2026, 11, 25),
    searches_are_corrected: date(2026, 11, 30),
}


# --- The bot's figures beside the invoice's, in dollars ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one of both says of October."""

    total: Decimal
    by_workspace: dict[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """October after a correction."""

    invoice: Figures
    report: Figures
    exported: Figures
    reconciled: Figures


def invoice_of(organization: SimulatedOrganization) -> Figures:
    by_workspace = organization.invoice_by_workspace(OCTOBER)
    return Figures(
        total=organization.invoice(OCTOBER) / 100,
        by_workspace={where or DEFAULT_WORKSPACE: cents / 100 for where, cents in by_workspace.items()},
    )


def report_of(world: World, *, as_of: datetime | None = None) -> Figures:
    question = parse_question("2026-10 by workspace", today=world.clock().date())
    return read_report(report_as_json(answer_report(world.settings, question, as_of=as_of)))


def read_report(text: str) -> Figures:
    found = json.loads(text)
    spent = {row["id"]: Decimal(row["spend"]) for row in found["rows"] if row["spend"] is not None}
    return Figures(total=Decimal(found["total"]), by_workspace={id_: spend for id_, spend in spent.items() if spend})


def exported_of(world: World) -> Figures:
    path = world.settings.claudecost_database.with_name("october.csv")
    export(world.settings, OCTOBER, path, by=DEFAULT_DIMENSIONS, write=write_csv)
    return read_export(path.read_text(encoding="utf-8"))


def read_export(text: str) -> Figures:
    return added_up(
        (row["workspace_id"], Decimal(row["usd"])) for row in csv.DictReader(io.StringIO(text)) if row["usd"]
    )


def reconciled_of(world: World) -> Figures:
    found = answer_reconciliation(world.settings, OCTOBER).reconciliation
    return added_up((row.workspace_id, dollars(row.billed)) for row in found.rows)


def added_up(rows: Iterable[tuple[str, Decimal]]) -> Figures:
    by_workspace: defaultdict[str, Decimal] = defaultdict(Decimal)
    for where, spend in rows:
        by_workspace[where] += spend
    spent = {where: spend for where, spend in by_workspace.items() if spend}
    return Figures(total=sum(spent.values(), Decimal(0)), by_workspace=spent)


async def scene_of(world: World) -> Scene:
    await world.sync()
    return Scene(
        invoice=invoice_of(world.organization),
        report=report_of(world),
        exported=exported_of(world),
        reconciled=reconciled_of(world),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """The whole story: each correction's scene, and the world as it is at the end."""

    world: World
    before: Scene
    scenes: dict[str, Scene]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def play(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Play]:
    organization = organization_with_a_contract()
    async with loopback(tmp_path_factory.mktemp("invoice"), organization=organization) as world:
        world.change(claudecost_backfill_days=BACKFILL_DAYS)
        for day, hour in ((date(2026, 10, 29), 9), (date(2026, 11, 1), 1)):
            world.clock.set_to(day, hour)
            await world.sync()
        world.clock.set_to(date(2026, 11, 3), 9)
        before = await scene_of(world)
        scenes = {}
        for correct, seen_on in CORRECTIONS.items():
            correct(organization)
            world.clock.set_to(seen_on, 4)
            scenes[correct.__name__] = await scene_of(world)
        yield Play(world=world, before=before, scenes=scenes)


SCENES = [correct.__name__ for correct in CORRECTIONS]


@pytest.mark.parametrize("scene", SCENES)
def test_a_month_is_its_invoice_after_each_correction(play: Play, scene: str) -> None:
    after = play.scenes[scene]
    for figures in (after.report, after.exported, after.reconciled):
        assert figures.total == pytest.approx(after.invoice.total, abs=MICRO)


@pytest.mark.parametrize("scene", SCENES)
def test_so_is_each_workspace(play: Play, scene: str) -> None:
    after = play.scenes[scene]
    for figures in (after.report, after.exported, after.reconciled):
        assert figures.by_workspace == pytest.approx(after.invoice.by_workspace, abs=MICRO)


@pytest.mark.parametrize("scene", SCENES)
def test_what_it_was_can_still_be_asked_for(play: Play, scene: str) -> None:
    (day,) = (day for correct, day in CORRECTIONS.items() if correct.__name__ == scene)
    assert report_of(play.world, as_of=end_of(day)).total == pytest.approx(play.scenes[scene].invoice.total, abs=MICRO)


def test_each_correction_is_worth_a_cent_at_least(play: Play) -> None:
    """Else nothing was tested."""
    totals = [scene.invoice.total for scene in play.scenes.values()]
    assert all(abs(after - before) > CENT for before, after in pairwise(totals))


def test_a_day_that_the_bill_does_not_know_yet_is_not_taken_for_billed(play: Play) -> None:
    late = play.world.organization.invoice(Interval(LATE_DAY, date(2026, 10, 31))) / 100
    assert play.before.reconciled.total == pytest.approx(play.before.invoice.total - late, abs=MICRO)


# --- Why the invoice is not tokens × price ---


def reconciliation_of(world: World, *, discount_percent: Decimal) -> Reconciliation:
    prices = PriceTable.build({}, Multipliers(discount_percent=discount_percent))
    with world.open_store() as store:
        return load_reconciliation(store, OCTOBER, prices)


def in_dollars(causes: Mapping[Cause, NanoUsd]) -> dict[Cause, Decimal]:
    return {cause: dollars(amount) for cause, amount in causes.items()}


def causes_of_the_invoice(organization: SimulatedOrganization) -> dict[Cause, Decimal]:
    return {NAMES[cause]: cents / 100 for cause, cents in organization.differences(OCTOBER).items()}


def test_each_cause_has_the_right_dollars(play: Play) -> None:
    found = reconciliation_of(play.world, discount_percent=Decimal(0))

    assert in_dollars(found.causes) == pytest.approx(causes_of_the_invoice(play.world.organization), abs=MILLI)
    assert dollars(found.expected) == pytest.approx(play.world.organization.listed(OCTOBER) / 100, abs=MILLI)
    assert found.explained_percent == 100


def test_so_has_each_where_the_discount_was_told(play: Play) -> None:
    """Searches are then expected with a discount that they do not have."""
    found = reconciliation_of(play.world, discount_percent=DISCOUNT_PERCENT)
    off = DISCOUNT_PERCENT / 100
    causes = causes_of_the_invoice(play.world.organization)
    causes[Cause.PRIORITY_TIER] *= 1 - off
    causes[Cause.DISCOUNT] = searches_of(play.world.organization) * off

    assert in_dollars(found.causes) == pytest.approx(causes, abs=MILLI)
    assert found.explained_percent == 100


def searches_of(organization: SimulatedOrganization) -> Decimal:
    return Decimal(sum(row.web_searches for day in OCTOBER.days() for row in organization.usage_on(day))) / 100


def test_a_model_without_a_price_is_named(play: Play) -> None:
    found = reconciliation_of(play.world, discount_percent=Decimal(0))
    assert [each.model for each in found.unpriced] == ["claude-cairn-preview"]


# --- The real process ---


async def test_the_command_line_gives_the_invoice_and_says_why(tmp_path: Path) -> None:
    clock, organization = Clock(), organization_with_a_contract()
    async with stand_ins(tmp_path, clock=clock, organization=organization, variant=ANALYTICS) as world:
        for correct, at in ((nothing, ARRIVAL - HOUR), (a_day_goes_down, ARRIVAL + DAY)):
            clock.set_to(at)
            correct(organization)
            assert (await world.command("sync")).code == 0
        report = await world.command("report", "last", "month", "by", "workspace", "--json")
        october = ("--since", str(OCTOBER.since), "--until", str(OCTOBER.until))
        exported = await world.command("export", *october)
        reconciled = (await world.command("reconcile", *october, "--causes", "--json")).json

    invoice = invoice_of(organization)
    assert read_report(report.out).by_workspace == pytest.approx(invoice.by_workspace, abs=MICRO)
    assert read_export(exported.out).by_workspace == pytest.approx(invoice.by_workspace, abs=MICRO)
    assert Decimal(reconciled["billed"]) == pytest.approx(invoice.total, abs=MICRO)
    assert Decimal(reconciled["expected"]) == pytest.approx(organization.listed(OCTOBER) / 100, abs=MILLI)
    assert reconciled["explained_percent"] == "100.00"
    causes = causes_of_the_invoice(organization)
    assert {cause: Decimal(usd) for cause, usd in reconciled["causes"].items()} == pytest.approx(causes, abs=MILLI)
