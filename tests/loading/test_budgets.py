"""Budgets, from what is stored: whose days count, and what is said where nothing is called so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.analysis.budget import Budget, Period, Scope
from bot.analysis.ownership import Ownership, Rule, Team
from bot.loading.budgets import load_budget, load_budgets
from bot.model import ApiKey, Source, Workspace, usd
from tests.builders import CHECKOUT, HAIKU, NOW, OPUS, SEARCH, TODAY, cost_line, last_days, usage_line

if TYPE_CHECKING:
    from bot.model import UsageLine
    from bot.snapshots import Store

BUDGET = Budget(name="all", amount=usd(400))
TEAMS = Ownership(
    teams=(
        Team(
            name="web",
            cost_center="CC-7",
            owns=(Rule(team="web", workspace="checkout", product="shop", environment="prod"),),
        ),
        Team(name="ads", parent="web", owns=(Rule(team="ads", key="ci-*", product="shop", service="bids"),)),
    )
)


@pytest.fixture
def spent(store: Store) -> Store:
    """30 days: $4 a day in checkout by two keys alike, $2 a day in search by one of them on another model."""
    days = last_days(30)
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout"), Workspace(SEARCH, "search")], seen_at=NOW)
    keys = [ApiKey("apikey_1", "ci-nightly", "active", CHECKOUT), ApiKey("apikey_2", "web", "active", CHECKOUT)]
    store.names.save_api_keys(keys, seen_at=NOW)
    store.ledger.save_days(
        days,
        cost=[
            line
            for day in days.days()
            for line in (
                cost_line(4, day=day, workspace_id=CHECKOUT),
                cost_line(2, day=day, workspace_id=SEARCH, model=HAIKU),
            )
        ],
        usage=[
            line
            for day in days.days()
            for line in (
                usage_line(day=day, workspace_id=CHECKOUT, api_key_id="apikey_1"),
                usage_line(day=day, workspace_id=CHECKOUT, api_key_id="apikey_2"),
                usage_line(day=day, workspace_id=SEARCH, api_key_id="apikey_1", model=HAIKU),
            )
        ],
        source=Source.COST_REPORT,
        fetched_at=NOW,
    )
    return store


def spend_of(store: Store, **scope: str) -> int | None:
    budget = replace(BUDGET, scope=Scope(**scope))
    return load_budget(store, budget, ownership=TEAMS, today=TODAY).standing.spent


@pytest.mark.parametrize(
    ("scope", "a_day"),
    [
        ({}, 6),
        ({"workspace": "Checkout"}, 4),
        ({"workspace": "*"}, 6),
        ({"key": "ci-*"}, 4),
        ({"key": "ci-*", "workspace": "checkout"}, 2),
        ({"model": "*haiku*"}, 2),
        ({"team": "ads"}, 4),
        ({"team": "web"}, 6),
        ({"team": "ads", "workspace": "search"}, 2),
        ({"team": "Web"}, 6),
        ({"product": "Shop"}, 6),
        ({"product": "shop", "workspace": "checkout"}, 4),
        ({"service": "bids"}, 4),
        ({"environment": "prod"}, 2),
        ({"cost_center": "cc-7"}, 6),
        ({"team": "ads", "environment": "prod"}, 0),
    ],
)
def test_a_budget_counts_what_its_scope_says(spent: Store, scope: dict[str, str], a_day: int) -> None:
    assert spend_of(spent, **scope) == usd(21 * a_day)


def test_several_stand_as_each_does_alone(spent: Store) -> None:
    """Also where they have the same days by owner, some of them of one workspace, or on another day."""
    scopes = [Scope(team="ads"), Scope(team="web", workspace="checkout"), Scope(team="web"), Scope(), Scope(team="wbe")]
    budgets = [
        replace(BUDGET, scope=scope, period=period) for scope in scopes for period in (Period.MONTH, Period.WEEK)
    ]
    looked_at = [(budget, TODAY) for budget in budgets] + [(budgets[0], TODAY - timedelta(days=9))]

    together = load_budgets(spent, looked_at, ownership=TEAMS)

    assert together == [load_budget(spent, budget, ownership=TEAMS, today=day) for budget, day in looked_at]


@pytest.mark.parametrize(
    "scope",
    [
        {"workspace": "chekout"},
        {"team": "serach"},
        {"key": "x*"},
        {"model": "gpt"},
        {"product": "shpo"},
        {"service": "prod"},
        {"environment": "shop"},
    ],
)
def test_what_nothing_is_called_is_named(spent: Store, scope: dict[str, str]) -> None:
    found = load_budget(spent, replace(BUDGET, scope=Scope(**scope)), ownership=TEAMS, today=TODAY)

    assert found.unmatched == tuple(f"{what} {name}" for what, name in scope.items())


def test_estimated_days_are_told(spent: Store) -> None:
    spent.ledger.save_days(
        last_days(1), cost=[cost_line(9)], usage=[usage_line()], source=Source.ESTIMATE, fetched_at=NOW
    )

    assert load_budget(spent, BUDGET, ownership=TEAMS, today=TODAY).estimated_days == last_days(1).days()


def unpriced(store: Store, scope: Scope, ownership: Ownership = TEAMS) -> tuple[str, ...]:
    return load_budget(store, replace(BUDGET, scope=scope), ownership=ownership, today=TODAY).unpriced


def save_estimate(store: Store, *usage: UsageLine) -> None:
    """Today's day before, as an estimate that knows a price in checkout alone."""
    store.ledger.save_days(last_days(1), cost=[cost_line(9)], usage=usage, source=Source.ESTIMATE, fetched_at=NOW)


@pytest.fixture
def estimated(spent: Store) -> Store:
    """The key of ads used a model in search that nobody knows a price of."""
    save_estimate(
        spent,
        usage_line(workspace_id=CHECKOUT, api_key_id="apikey_2"),
        usage_line(workspace_id=SEARCH, api_key_id="apikey_1", model=HAIKU),
    )
    return spent


@pytest.mark.parametrize(
    "scope", [{}, {"team": "ads"}, {"team": "web"}, {"service": "bids"}, {"workspace": "search"}, {"key": "ci-*"}]
)
def test_tokens_without_a_price_are_told_of_what_used_them(estimated: Store, scope: dict[str, str]) -> None:
    assert unpriced(estimated, Scope(**scope)) == (HAIKU,)


@pytest.mark.parametrize(
    "scope",
    [
        {"environment": "prod"},
        {"workspace": "checkout"},
        {"team": "ads", "workspace": "checkout"},
        {"model": "claude-opus-*"},
        {"key": "web"},
    ],
)
def test_tokens_without_a_price_are_told_of_nothing_else(estimated: Store, scope: dict[str, str]) -> None:
    assert unpriced(estimated, Scope(**scope)) == ()


def test_tokens_without_a_price_are_of_whoever_had_the_key_that_day(spent: Store) -> None:
    """A key that changes hands on the first estimated day leaves what is unpriced with its new owner."""
    (day,) = last_days(1).days()
    before, after = (
        Team(name="old", owns=(Rule(team="old", key="ci-*", until=day),)),
        Team(name="new", owns=(Rule(team="new", key="ci-*", since=day),)),
    )
    save_estimate(spent, usage_line(workspace_id=SEARCH, api_key_id="apikey_1"))
    handed_over = Ownership(teams=(before, after))

    assert [unpriced(spent, Scope(team=team), handed_over) for team in ("old", "new")] == [(), (OPUS,)]


def test_usage_without_a_key_is_its_workspaces(spent: Store) -> None:
    save_estimate(spent, usage_line(model=HAIKU, api_key_id=""))

    assert unpriced(spent, Scope(product="shop")) == (HAIKU,)
