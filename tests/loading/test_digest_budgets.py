"""Budgets in a digest: those about nothing else than it is, as they stand on the day or ended with its period."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.budget import Budget, Period, Scope
from bot.analysis.contract import Contract
from bot.analysis.ownership import Rule, Team
from bot.analysis.schedule import parse_period
from bot.loading.digest import Teller
from bot.model import ApiKey, Interval, Source, Workspace, usd
from bot.snapshots.parts import parts_of
from tests.builders import CHECKOUT, NOW, SEARCH, cost_line, usage_line

if TYPE_CHECKING:
    from bot.analysis.digest import Digest
    from bot.snapshots import Store

DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)
TEAMS = (
    Team(name="web", owns=(Rule(team="web", workspace="checkout", product="shop"),)),
    Team(name="ads", parent="web", owns=(Rule(team="ads", key="ci-ads", product="ads", service="bids"),)),
    Team(name="lab", owns=(Rule(team="lab", workspace="search", product="ads"),)),
)
SCOPES = {
    "all": Scope(),
    "opus": Scope(model="claude-opus-*"),
    "web": Scope(team="web"),
    "ads": Scope(team="ads"),
    "lab": Scope(team="lab"),
    "web in search": Scope(team="web", workspace="search"),
    "checkout": Scope(workspace="CHECK*"),
    "both": Scope(workspace="*h*"),
    "key": Scope(key="ci-ads"),
    "shop": Scope(product="shop"),
    "of two": Scope(product="ads"),
    "bids": Scope(service="bids"),
    "typo": Scope(team="wbe"),
}


@pytest.fixture
def spent(store: Store) -> Store:
    """$4 a day in checkout, $2 in search, for eight weeks up to the Sunday before."""
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout"), Workspace(SEARCH, "search")], seen_at=NOW)
    keys = [ApiKey("apikey_ads", "ci-ads", "active", CHECKOUT), ApiKey("apikey_lab", "lab", "active", SEARCH)]
    store.names.save_api_keys(keys, seen_at=NOW)
    days = Interval(MONDAY - 56 * DAY, MONDAY)
    each = {CHECKOUT: (4, "apikey_web"), SEARCH: (2, "apikey_lab")}
    store.ledger.save_days(
        days,
        cost=[cost_line(usd, day=day, workspace_id=id_) for day in days.days() for id_, (usd, _) in each.items()],
        usage=[
            usage_line(day=day, workspace_id=id_, api_key_id=key)
            for day in days.days()
            for id_, (_, key) in each.items()
        ],
        source=Source.COST_REPORT,
        fetched_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
    )
    return store


def budget_of(team: str, name: str = "own", dollars: int = 500) -> Budget:
    return Budget(name=name, amount=usd(dollars), scope=Scope(team=team))


def digest_of(
    store: Store,
    *words: str,
    budgets: tuple[Budget, ...] = (),
    teams: tuple[Team, ...] = TEAMS,
    period: str = "2026-W47",
    today: date = MONDAY,
) -> Digest:
    own = budgets or tuple(Budget(name=name, amount=usd(500), scope=scope) for name, scope in SCOPES.items())
    teller = Teller(
        contract=Contract(threshold_percent=Decimal(25), min_increase=None), prices=None, teams=teams, budgets=own
    )
    told = teller.tell(parts_of(store), parse_period(period), today=today, workspaces=words).digest
    assert told is not None
    return told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), set(SCOPES)),
        (("team:web",), {"web", "ads", "web in search", "shop", "bids", "checkout", "key"}),
        (("team:ads",), {"ads", "bids"}),
        (("team:web", "team:lab"), set(SCOPES) - {"all", "opus", "typo"}),
        (("checkout",), {"checkout", "key"}),
        (("search",), {"web in search"}),
        (("checkout", "search"), {"checkout", "both", "key", "web in search"}),
    ],
)
def test_a_digest_has_the_budgets_of_what_it_is_about(spent: Store, words: tuple[str, ...], told: set[str]) -> None:
    assert {each.standing.budget.name for each in digest_of(spent, *words).budgets} == told


def test_a_teams_budget_counts_what_it_shares_although_its_digest_does_not(spent: Store) -> None:
    sharing = tuple(
        Team(name=name, owns=(Rule(team=name, workspace="search", share=Decimal(50)), *more))
        for name, more in (("web", (Rule(team="web", workspace="checkout"),)), ("lab", ()))
    )
    (web,) = digest_of(spent, "team:web", budgets=(budget_of("web"),), teams=sharing).budgets

    assert web.standing.spent == usd(22 * (4 + 1))


def test_the_most_urgent_come_first(spent: Store) -> None:
    budgets = (
        budget_of("web", "calm", 500),
        budget_of("web", "hot", 100),
        budget_of("web", "over", 80),
        budget_of("wbe", "gone", 9),
    )

    told = digest_of(spent, budgets=budgets).budgets

    assert [each.standing.budget.name for each in told] == ["over", "hot", "gone", "calm"]


def test_one_whose_period_ended_with_the_digests_is_told_as_it_ended(spent: Store) -> None:
    (week,) = digest_of(spent, budgets=(Budget(name="week", amount=usd(50), period=Period.WEEK),)).budgets
    (month,) = digest_of(
        spent, budgets=(Budget(name="month", amount=usd(500)),), period="2026-10", today=date(2026, 11, 2)
    ).budgets

    assert (week.standing.spent, week.standing.has_ended) == (usd(42), True)
    assert (month.standing.spent, month.standing.window.since) == (usd(186), date(2026, 10, 1))


def test_a_project_of_other_days_is_not_told(spent: Store) -> None:
    days = Interval(date(2026, 10, 1), date(2026, 10, 9))
    project = Budget(name="past", amount=usd(9), period=Period.PROJECT, days=days)

    assert digest_of(spent, budgets=(project,)).budgets == ()


def test_an_old_week_has_no_budgets(spent: Store) -> None:
    assert digest_of(spent, period="2026-W44").budgets == ()
