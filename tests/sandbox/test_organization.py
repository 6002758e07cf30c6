"""The simulated organisation: its bill, its stories, its hooks."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from bot.model import Interval
from bot.sandbox.organization import COST_LAG, Charge, SimulatedOrganization, simulated_organization
from bot.sandbox.people import open_claude_code

if TYPE_CHECKING:
    from collections.abc import Iterable

TODAY = date(2026, 11, 18)
LONG_AFTER = datetime(2027, 6, 1, tzinfo=UTC)
BOTH = frozenset({"workspace_id", "description"})
FIVE = frozenset({"workspace_id", "api_key_id", "model", "service_tier", "context_window"})

Scope: TypeAlias = tuple[str | None, str | None]
"""A workspace, and a model in it or None for the workspace as a whole."""


def a_day(offset: int) -> date:
    return TODAY - timedelta(days=offset)


@pytest.fixture(scope="module")
def organization() -> SimulatedOrganization:
    return simulated_organization(today=TODAY)


def amounts(rows: Iterable[dict[str, Any]]) -> Decimal:
    return sum((Decimal(row["amount"]) for row in rows), Decimal(0))


def report(organization: SimulatedOrganization, day: date, grouping: frozenset[str] = BOTH) -> list[dict[str, Any]]:
    return organization.cost_results(day, grouping=grouping, now=LONG_AFTER)


def usage(organization: SimulatedOrganization, day: date, grouping: frozenset[str] = FIVE) -> list[dict[str, Any]]:
    since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    until = since + timedelta(days=1)
    return organization.usage_results(since=since, until=until, grouping=grouping, filters={}, now=LONG_AFTER)


# --- The bill ---


def test_the_cost_report_adds_up_to_the_invoice_exactly(organization: SimulatedOrganization) -> None:
    month = Interval(date(2026, 10, 1), date(2026, 11, 1))
    reported = sum((amounts(report(organization, day)) for day in month.days()), Decimal(0))
    assert reported == organization.invoice(month)


def test_the_invoice_per_workspace_adds_up_to_the_whole(organization: SimulatedOrganization) -> None:
    month = Interval(date(2026, 10, 1), date(2026, 11, 1))
    assert sum(organization.invoice_by_workspace(month).values()) == organization.invoice(month)


@pytest.mark.parametrize("grouping", [frozenset[str](), frozenset({"workspace_id"}), frozenset({"description"}), BOTH])
def test_no_grouping_changes_the_sum(organization: SimulatedOrganization, grouping: frozenset[str]) -> None:
    assert amounts(report(organization, a_day(1), grouping)) == organization.invoice(Interval(a_day(1), TODAY))


def test_a_dimension_is_null_unless_asked_for(organization: SimulatedOrganization) -> None:
    (row,) = report(organization, a_day(1), frozenset())
    assert {field for field, value in row.items() if value is not None} == {"currency", "amount"}


def test_the_same_arguments_give_the_same_organisation(organization: SimulatedOrganization) -> None:
    assert report(simulated_organization(today=TODAY), a_day(5)) == report(organization, a_day(5))


def test_another_seed_gives_another_bill(organization: SimulatedOrganization) -> None:
    assert report(simulated_organization(today=TODAY, seed=2), a_day(5)) != report(organization, a_day(5))


def test_nothing_was_used_before_it_was_founded() -> None:
    young = simulated_organization(today=TODAY, days=10)
    assert (report(young, a_day(11)), usage(young, a_day(11))) == ([], [])
    assert report(young, a_day(10))


def test_it_goes_on_after_today(organization: SimulatedOrganization) -> None:
    assert report(organization, TODAY + timedelta(days=40))


def test_priority_tokens_are_used_and_not_billed(organization: SimulatedOrganization) -> None:
    assert "priority" in {row["service_tier"] for row in usage(organization, a_day(1))}
    assert "priority" not in {row["service_tier"] for row in report(organization, a_day(1))}


def test_code_execution_is_billed_and_not_used(organization: SimulatedOrganization) -> None:
    rows = [row for row in report(organization, a_day(1)) if row["cost_type"] == "code_execution"]
    assert [(row["workspace_id"], row["model"], row["token_type"]) for row in rows] == [
        (organization.stories.code_execution, None, None)
    ]


def test_sessions_are_billed_by_the_hour(organization: SimulatedOrganization) -> None:
    (row,) = (row for row in report(organization, a_day(1)) if row["cost_type"] == "session_usage")
    assert (row["workspace_id"], row["model"]) == (organization.stories.sessions, None)
    assert Decimal(row["amount"]) % 8 == 0


def test_a_discount_is_off_tokens_alone(organization: SimulatedOrganization) -> None:
    discounted = simulated_organization(today=TODAY, discount_percent=Decimal("7.5"))

    def billed(which: SimulatedOrganization) -> dict[bool, Decimal]:
        rows = report(which, a_day(1))
        return {of: amounts(row for row in rows if (row["cost_type"] == "tokens") is of) for of in (True, False)}

    listed = billed(organization)
    assert billed(discounted) == {True: listed[True] * Decimal("0.925"), False: listed[False]}


def test_what_the_invoice_has_beyond_listed_prices_is_known_by_cause() -> None:
    organization = simulated_organization(today=TODAY, discount_percent=Decimal("7.5"))
    organization.restate(a_day(3), organization.stories.sessions, "1.037")
    organization.charge(a_day(4), Charge(workspace_id=None, cost_type="credit", description="", cents=Decimal(-50)))
    week = Interval(a_day(7), TODAY)
    causes = organization.differences(week)
    assert organization.listed(week) + sum(causes.values()) == organization.invoice(week)
    assert {cause: cents > 0 for cause, cents in causes.items()} == {
        "discount": False,
        "priority_tier": False,
        "unpriced_model": True,
        "code_execution": True,
        "session_usage": True,
        "restated": True,
        "credit": False,
    }


def test_a_web_search_costs_a_cent(organization: SimulatedOrganization) -> None:
    searches = sum(row["server_tool_use"]["web_search_requests"] for row in usage(organization, a_day(1)))
    rows = [row for row in report(organization, a_day(1)) if row["cost_type"] == "web_search"]
    assert amounts(rows) == searches > 0


def test_the_default_workspace_and_console_usage_are_null(organization: SimulatedOrganization) -> None:
    assert None in {row["workspace_id"] for row in report(organization, a_day(1))}
    assert {None, "apikey_01SharedScripts"} <= {row["api_key_id"] for row in usage(organization, a_day(1))}


# --- Parts of a day ---


def test_the_hours_of_a_day_add_up_to_it(organization: SimulatedOrganization) -> None:
    midnight = datetime(2026, 11, 16, tzinfo=UTC)
    hours = [midnight + timedelta(hours=hour) for hour in range(25)]
    parts = [
        row["output_tokens"]
        for since, until in pairwise(hours)
        for row in organization.usage_results(since=since, until=until, grouping=FIVE, filters={}, now=LONG_AFTER)
    ]
    assert sum(parts) == sum(row["output_tokens"] for row in usage(organization, midnight.date()))


def test_today_is_partial_and_its_cost_lags_behind_its_usage(organization: SimulatedOrganization) -> None:
    early = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
    midnight = datetime(2026, 11, 18, tzinfo=UTC)
    used = organization.usage_results(
        since=midnight, until=midnight + timedelta(days=1), grouping=FIVE, filters={}, now=early
    )
    assert (
        0 < sum(row["output_tokens"] for row in used) < sum(row["output_tokens"] for row in usage(organization, TODAY))
    )
    assert organization.cost_results(TODAY, grouping=BOTH, now=early) == []


def test_yesterday_is_whole_once_the_bill_has_caught_up(organization: SimulatedOrganization) -> None:
    midnight = datetime(2026, 11, 18, tzinfo=UTC)
    yesterday = Interval(a_day(1), TODAY)

    def billed(now: datetime) -> Decimal:
        return amounts(organization.cost_results(a_day(1), grouping=BOTH, now=now))

    assert billed(midnight + timedelta(minutes=30)) < billed(midnight + COST_LAG) == organization.invoice(yesterday)


# --- Hooks ---


def test_a_restatement_changes_the_report_and_the_invoice_alike() -> None:
    organization = simulated_organization(today=TODAY)
    day = Interval(a_day(3), a_day(2))
    before = organization.invoice_by_workspace(day)
    organization.restate(a_day(3), organization.stories.monthly_batch, "1.037")
    after = organization.invoice_by_workspace(day)
    changed = {workspace_id for workspace_id in before if before[workspace_id] != after[workspace_id]}
    assert changed == {organization.stories.monthly_batch}
    assert amounts(report(organization, a_day(3))) == organization.invoice(day)


def test_a_day_held_back_is_unknown_until_its_moment() -> None:
    organization = simulated_organization(today=TODAY)
    arrival = datetime(2026, 11, 18, 15, tzinfo=UTC)
    organization.hold_back(a_day(1), until=arrival)
    assert organization.cost_results(a_day(1), grouping=BOTH, now=arrival - timedelta(seconds=1)) == []
    assert organization.cost_results(a_day(1), grouping=BOTH, now=arrival) == report(
        simulated_organization(today=TODAY), a_day(1)
    )


def test_a_credit_is_a_negative_line_of_the_bill() -> None:
    organization = simulated_organization(today=TODAY)
    whole = organization.invoice(Interval(a_day(1), TODAY))
    credit = Charge(workspace_id=None, cost_type="credit", description="Credit", cents=Decimal("-250.5"))
    organization.charge(a_day(1), credit)
    assert [row["amount"] for row in report(organization, a_day(1)) if row["cost_type"] == "credit"] == ["-250.5"]
    assert organization.invoice(Interval(a_day(1), TODAY)) == whole - Decimal("250.5")


def test_a_workspace_opened_later_is_on_the_report_and_the_invoice_alike() -> None:
    organization = simulated_organization(today=TODAY)
    report(organization, a_day(1))
    open_claude_code(organization)
    assert amounts(report(organization, a_day(1))) == organization.invoice(Interval(a_day(1), TODAY))


def test_a_renamed_workspace_keeps_its_id() -> None:
    organization = simulated_organization(today=TODAY)
    organization.rename_workspace(organization.stories.broken_cache, "Ingest (new)")
    assert {w.name for w in organization.workspaces if w.id == organization.stories.broken_cache} == {"Ingest (new)"}


# --- The stories, judged by a small Rule A of this test's own ---


@cache
def spend_by_scope(organization: SimulatedOrganization, day: date) -> dict[Scope, Decimal]:
    spend: defaultdict[Scope, Decimal] = defaultdict(Decimal)
    for line in organization.bill(day, now=LONG_AFTER):
        spend[line.workspace_id, None] += line.amount
        if line.model:
            spend[line.workspace_id, line.model] += line.amount
    return spend


def weeks_until(organization: SimulatedOrganization, judged: date) -> dict[Scope, list[Decimal]]:
    """Five 7-day sums in cents, the newest first, `judged` the last day of the newest."""
    weeks: defaultdict[Scope, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 5)
    for offset in range(35):
        for scope, cents in spend_by_scope(organization, judged - timedelta(days=offset)).items():
            weeks[scope][offset // 7] += cents
    return weeks


def judge(organization: SimulatedOrganization, judged: date) -> dict[Scope, str]:
    """Every scope above 25 %, and why it is told or held."""
    weeks = weeks_until(organization, judged)
    of_workspaces = [sums for (_, model), sums in weeks.items() if model is None]
    floor = min(max(sum((sums[1] for sums in of_workspaces), Decimal(0)) / 200, Decimal(100)), Decimal(5000))
    return {
        scope: verdict(scope, weeks, floor)
        for scope, (current, previous, *_) in weeks.items()
        if current > Decimal("1.25") * previous
    }


def verdict(scope: Scope, weeks: dict[Scope, list[Decimal]], floor: Decimal) -> str:
    current, previous, *_ = weeks[scope]
    if current - previous < floor:
        return "below the floor"
    if current <= Decimal("1.25") * median(weeks[scope][1:]):
        return "return to normal"
    return "model shift" if is_model_shift(scope, weeks) else "told"


def is_model_shift(scope: Scope, weeks: dict[Scope, list[Decimal]]) -> bool:
    workspace_id, model = scope
    whole = weeks[workspace_id, None]
    others = [sums for (where, which), sums in weeks.items() if where == workspace_id and which not in {None, model}]
    fall = sum(sums[1] - sums[0] for sums in others)
    rise = weeks[scope][0] - weeks[scope][1]
    return model is not None and whole[0] < Decimal("1.1") * whole[1] and fall >= Decimal("0.8") * rise


@pytest.fixture(scope="module", params=range(14))
def any_today(request: pytest.FixtureRequest) -> SimulatedOrganization:
    """The organisation as it is on each of 14 consecutive days, a first of the month among them."""
    return simulated_organization(today=date(2026, 11, 22) + timedelta(days=request.param))


def days_ago(organization: SimulatedOrganization, days: int) -> date:
    return organization.founded + timedelta(days=120 - days)


def test_the_broken_cache_alone_is_told_on_the_newest_complete_day(any_today: SimulatedOrganization) -> None:
    verdicts = judge(any_today, days_ago(any_today, 1))
    assert {scope for scope, why in verdicts.items() if why == "told"} == {
        (any_today.stories.broken_cache, None),
        (any_today.stories.broken_cache, "claude-sonnet-5"),
    }


@pytest.mark.parametrize("days", [2, 3, 10, 11, 12])
def test_nothing_is_told_before(any_today: SimulatedOrganization, days: int) -> None:
    assert "told" not in judge(any_today, days_ago(any_today, days)).values()


def test_the_day_on_which_the_cache_breaks_is_not_told_by_itself(any_today: SimulatedOrganization) -> None:
    """It is not half above the four weeks before, nor is its model alone: else the next day would be no news."""
    today, broken = any_today.founded + timedelta(days=120), any_today.stories.broken_cache
    for scope in ((broken, None), (broken, "claude-sonnet-5")):
        broke, *before = (spend_by_scope(any_today, today - timedelta(days=back))[scope] for back in range(2, 31))
        assert broke < Decimal("1.5") * sum(before) / len(before)


def test_some_breaches_are_to_be_held_back(any_today: SimulatedOrganization) -> None:
    stories = any_today.stories
    verdicts = judge(any_today, days_ago(any_today, 1))
    assert verdicts[stories.new_workspace, None] == "below the floor"
    assert verdicts[stories.return_to_normal, None] == "return to normal"
    assert verdicts[stories.model_migration, "claude-sonnet-5-5"] == "model shift"


def test_the_batch_job_doubles_the_first_of_the_month(organization: SimulatedOrganization) -> None:
    batch = (organization.stories.monthly_batch, None)
    first, second = (spend_by_scope(organization, date(2026, 10, day))[batch] for day in (1, 2))
    assert first > Decimal("1.6") * second


def test_the_archived_workspace_has_spent_nothing_since(organization: SimulatedOrganization) -> None:
    archived = (organization.stories.archived_workspace, None)
    assert spend_by_scope(organization, a_day(10))[archived] > 0
    assert archived not in spend_by_scope(organization, a_day(9))


def test_a_working_day_costs_more_than_a_sunday(organization: SimulatedOrganization) -> None:
    assert organization.invoice(Interval(date(2026, 11, 3), date(2026, 11, 4))) > 2 * organization.invoice(
        Interval(date(2026, 11, 8), date(2026, 11, 9))
    )
