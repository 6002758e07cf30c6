"""Reports by who owns what: whose it was on each day, or is today; teams add up to the bill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.groupings import OWNED
from bot.analysis.ownership import Rule, Team, WrongRules, check_teams
from bot.analysis.question import Ambiguous
from bot.loading.report import load_answer, load_report
from bot.messages.report import report_answer
from bot.model import ApiKey, TeamSheet, Workspace, usd
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    HAIKU,
    NOW,
    ORGANIZATION,
    SEARCH,
    YESTERDAY,
    cost_line,
    last_days,
    other_cost_line,
    question,
    tokens,
    usage_line,
)
from tests.laws import dear
from tests.listeners.test_cross import COST, USAGE, sums
from tests.messages.test_cross import table_of
from tests.snapshots.days import save
from tests.snapshots.test_laws import new_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.analysis.groupings import Grouping
    from bot.analysis.report import Report
    from bot.model import CostLine, UsageLine
    from bot.snapshots import Store

DAY = timedelta(days=1)
WEB_KEY = "apikey_web"
BUY = Team(
    name="buy",
    cost_center="CC-1",
    owns=(Rule(team="buy", workspace="checkout", service="shop", until=YESTERDAY),),
)
PAY = Team(
    name="pay",
    parent="buy",
    owns=(
        Rule(team="pay", workspace="checkout", since=YESTERDAY),
        Rule(team="pay", key="web", share=Decimal(25), product="wallet"),
    ),
)
FIND = Team(name="find", cost_center="CC-2", owns=(Rule(team="find", key="web", share=Decimal(75)),))
TEAMS = (BUY, PAY, FIND)


@pytest.fixture(scope="module")
def bill() -> Iterator[Store]:
    """Two days: $40 by key ci and $4 by key web in checkout, $1 without a key; the second also $3 in search.

    Nothing is changed in it.
    """
    with new_store() as store:
        yield filled(store)


@pytest.fixture
def own_bill(store: Store) -> Store:
    """The same for a test that changes it."""
    return filled(store)


def filled(store: Store) -> Store:
    store.save_organization(ORGANIZATION, seen_at=NOW)
    for day in last_days(2).days():
        save(
            store,
            cost_line(44, day=day),
            other_cost_line(1, day=day),
            *([cost_line(3, day=day, workspace_id=SEARCH, model=HAIKU)] if day == YESTERDAY else []),
            usage=[
                usage_line(tokens(output=10), day=day),
                usage_line(tokens(output=1), day=day, api_key_id=WEB_KEY),
                usage_line(day=day, workspace_id=SEARCH, model=HAIKU),
            ],
            interval=last_days(1, until=day + DAY),
        )
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout"), Workspace(SEARCH, "search")], seen_at=NOW)
    store.names.save_api_keys(
        [ApiKey(CI_KEY, "ci-deploy", "active", CHECKOUT), ApiKey(WEB_KEY, "web", "active", CHECKOUT)], seen_at=NOW
    )
    return store


def ask(store: Store, text: str, teams: tuple[Team, ...] = TEAMS) -> Report:
    return load_report(store, question(f"2d {text}"), teams=teams)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("by team", {"buy": 41, "pay": 43, "find": 6, "unowned": 3}),
        ("by team as of today's teams", {"pay": 84, "find": 6, "unowned": 3}),
        ("by cost center", {"CC-1": 84, "CC-2": 6, "unowned": 3}),
        ("by service", {"shop": 41, "no_service": 49, "unowned": 3}),
        ("by product", {"wallet": 2, "no_product": 88, "unowned": 3}),
        ("by environment", {"no_environment": 90, "unowned": 3}),
        ("by team day", {
            ("buy", "2026-11-20"): 41, ("pay", "2026-11-20"): 1, ("find", "2026-11-20"): 3,
            ("pay", "2026-11-21"): 42, ("find", "2026-11-21"): 3, ("unowned", "2026-11-21"): 3,
        }),
        ("by key team", {
            (CI_KEY, "buy"): 40, (CI_KEY, "pay"): 40, (CI_KEY, "unowned"): 3,
            ("not_attributable", "buy"): 1, ("not_attributable", "pay"): 1,
            (WEB_KEY, "pay"): 2, (WEB_KEY, "find"): 6,
        }),
        ("by team service", {
            ("buy", "shop"): 41, ("pay", "no_service"): 43, ("find", "no_service"): 6, ("unowned", "unowned"): 3,
        }),
        ("by org team", {
            ("org_example", "buy"): 41, ("org_example", "pay"): 43, ("org_example", "find"): 6,
            ("org_example", "unowned"): 3,
        }),
        ("team:pay", {CHECKOUT: 43}),
        ("team:pay by team", {"pay": 43}),
        ("team:buy by team", {"buy": 41, "pay": 43}),
        ("team:find by day", {"2026-11-20": 3, "2026-11-21": 3}),
        ("team:find, buy by team", {"buy": 41, "pay": 43, "find": 6}),
        ("-team:buy by team", {"find": 6, "unowned": 3}),
        ("team:unowned by key", {CI_KEY: 3}),
        ("team:pay key:ci-deploy by day", {"2026-11-20": 0, "2026-11-21": 40}),
        ("team:pay as of today's teams by type", {"tokens": 82, "code_execution": 2}),
        ("find", {CHECKOUT: 6}),
    ],
)  # fmt: skip
def test_dollars_are_whose_they_were_on_the_day(bill: Store, text: str, rows: dict[str, int]) -> None:
    report = ask(bill, text)

    assert {row.id: row.spend for row in report.rows} == {id_: usd(amount) for id_, amount in rows.items()}
    assert report.total == sum(report.daily.values()) == usd(sum(rows.values()))


def test_a_row_is_called_like_the_team_and_by_the_sheet_in_force(own_bill: Store) -> None:
    own_bill.teams.save_sheet(TeamSheet("teams.csv", "team,workspace,key\nLooking,search,\n", NOW))

    assert [row.label for row in ask(own_bill, "by team", ()).rows] == ["Unowned", "Looking"]


def test_teams_that_contradict_each_other_are_told(own_bill: Store) -> None:
    own_bill.teams.save_sheet(TeamSheet("teams.csv", "team,workspace,key\nLooking,checkout,\n", NOW))

    with pytest.raises(WrongRules, match="both give all of workspace"):
        ask(own_bill, "by team")


def test_a_word_that_a_workspace_has_too_is_not_a_team(bill: Store) -> None:
    searching = Team(name="search", owns=(Rule(team="search", key="web"),))

    assert str(ask(bill, "search", (searching,)).question) == "2d by model workspace:search"
    with pytest.raises(Ambiguous):
        ask(bill, "team:f", (Team(name="find"), Team(name="found")))


def test_the_reason_of_a_change_is_not_told_of_what_is_shared(bill: Store) -> None:
    assert load_answer(bill, question("yesterday team:find"), TEAMS).why is None


def test_nobodys_dollars_are_a_row_however_few_rows_there_are(store: Store) -> None:
    keys = [f"key_{number:02}" for number in range(30)]
    save(
        store,
        *(cost_line(1, workspace_id=f"wrkspc_{key}") for key in keys),
        usage=[usage_line(workspace_id=f"wrkspc_{key}", api_key_id=key) for key in keys],
    )
    teams = tuple(Team(name=f"team-{key}", owns=(Rule(team=f"team-{key}", key=key),)) for key in keys[:-1])

    for text in ("by team", "by team top 3", "by team service", "by team day", "by team model", "by key team"):
        table = table_of(report_answer(ask(store, text, teams)))
        assert "Unowned" in {cell for row in table for cell in row}
    assert [row.id for row in ask(store, "by team top 2", teams).top_rows][-1] == "unowned"
    assert len(ask(store, "by team top 2", teams).top_rows) == 3


# --- Laws ---

NAMES = ("a", "b", "c")


def pieces(selector: dict[str, str]) -> st.SearchStrategy[list[Rule]]:
    """One thing's owners, one after the other: a team, two that share it, or nobody."""
    return st.builds(
        lambda cuts, owners: [
            rule
            for (since, until), owner in zip(pairwise([None, *sorted(cuts), None]), owners, strict=False)
            for rule in owned_by(owner, selector, since, until)
        ],
        st.sets(st.sampled_from(last_days(5).days()), max_size=3),
        st.lists(st.lists(st.sampled_from(NAMES), max_size=3, unique=True), min_size=4, max_size=4),
    )


def owned_by(teams: list[str], selector: dict[str, str], since: object, until: object) -> Iterator[Rule]:
    """A third each, the last one the rest."""
    for place, team in enumerate(teams):
        each = Decimal(100) if len(teams) == 1 else Decimal("33.5")
        share = each if place < len(teams) - 1 or len(teams) == 1 else 100 - each * place
        yield Rule(team=team, since=since, until=until, share=share, service=f"s{place}", **selector)  # type: ignore[arg-type]  # dates of the tests


SELECTORS = (
    {"key": "a"},
    {"key": "b", "workspace": CHECKOUT},
    {"workspace": CHECKOUT},
    {"workspace": "*"},
    {"key": "c*"},
)
OWNERSHIPS = st.tuples(*map(pieces, SELECTORS)).map(
    lambda found: tuple(
        Team(
            name=name,
            cost_center=f"cc-{name}" if name != "c" else "",
            parent="a" if name == "b" else None,
            owns=tuple(rule for rules in found for rule in rules if rule.team == name),
        )
        for name in NAMES
    )
)


@dear()
@given(
    cost=COST,
    usage=USAGE,
    teams=OWNERSHIPS,
    owned=st.sampled_from(OWNED),
    other=st.sampled_from(
        [*OWNED, "workspace", "model", "key", "day", "week", "month", "type", "tier", "token", "org"]
    ),
    phrase=st.sampled_from(["", "as of today's teams"]),
)
def test_any_ownership_adds_up_to_the_bill_and_is_the_same_however_it_is_told_apart(
    cost: list[CostLine], usage: list[UsageLine], teams: tuple[Team, ...], owned: Grouping, other: Grouping, phrase: str
) -> None:
    check_teams(teams)
    with new_store() as store:
        save(store, *cost, usage=usage, interval=last_days(4))
        alone = load_report(store, question(f"2d by {owned} {phrase}"), teams=teams)
        crossed = load_report(store, question(f"2d by {owned} {other} {phrase}"), teams=teams)
        bill = load_report(store, question("2d by day"))

        assert alone.total == crossed.total == bill.total
        assert sum(row.spend or 0 for row in alone.rows) == bill.total
        assert sums(crossed, 0) == sums(alone)
        if other != owned:
            assert sums(crossed, 1) == sums(load_report(store, question(f"2d by {other} {phrase}"), teams=teams))


@dear()
@given(cost=COST, usage=USAGE, teams=OWNERSHIPS, phrase=st.sampled_from(["", "as of today's teams"]))
def test_each_team_by_itself_is_what_it_was_among_the_others(
    cost: list[CostLine], usage: list[UsageLine], teams: tuple[Team, ...], phrase: str
) -> None:
    flat = tuple(replace(team, parent=None) for team in teams)
    with new_store() as store:
        save(store, *cost, usage=usage, interval=last_days(4))
        whole = load_report(store, question(f"2d by team {phrase}"), teams=flat)
        for row in whole.rows:
            alone = load_report(store, question(f"2d by model team:{row.id} {phrase}"), teams=flat)
            assert (alone.total, alone.previous_total) == (row.spend, row.previous)
            assert sum(alone.daily.values()) == alone.total
            others = load_report(store, question(f"2d by day -team:{row.id} {phrase}"), teams=flat)
            assert (others.total or 0) + (row.spend or 0) == whole.total
