"""Whose dollars are: the most specific rule on the day, and every dollar once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.analysis.groupings import NOT_ATTRIBUTABLE
from bot.analysis.ownership import UNOWNED, History, Owner, Ownership, Rule, Team, by_owner, check_teams, spans_of
from bot.model import ApiKey, Interval, Names, Workspace
from tests.laws import numbered, tuples_of

DAY = date(2026, 11, 12)
NAMES = Names(
    workspaces={"wrkspc_1": Workspace("wrkspc_1", "prod")},
    api_keys={
        "apikey_1": ApiKey("apikey_1", "ci-nightly", "active", "wrkspc_1"),
        "apikey_2": ApiKey("apikey_2", "web", "active", "wrkspc_1"),
    },
)


def owned(*rules: Rule) -> Ownership:
    names = dict.fromkeys(rule.team for rule in rules)
    return Ownership(teams=tuple(Team(name=name, owns=tuple(r for r in rules if r.team == name)) for name in names))


def team_of(ownership: Ownership, key: str, *, workspace: str = "wrkspc_1", day: date = DAY) -> str:
    ((owner, _),) = ownership.on(day, NAMES)[workspace, key]
    return owner.team


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (Rule(team="a", workspace="prod"), Rule(team="b", key="ci-*")),
        (Rule(team="a", key="ci-*"), Rule(team="b", key="ci-nightly")),
        (Rule(team="a", key="ci-*"), Rule(team="b", key="ci-night*")),
        (Rule(team="a", key="ci-nightly"), Rule(team="b", key="ci-nightly", workspace="prod")),
        (Rule(team="a", workspace="pr*"), Rule(team="b", workspace="PROD")),
    ],
)
def test_the_more_specific_rule_wins(less: Rule, more: Rule) -> None:
    assert team_of(owned(less, more), "apikey_1") == team_of(owned(more, less), "apikey_1") == "b"


def test_what_no_rule_is_about_is_nobodys() -> None:
    assert team_of(owned(Rule(team="a", key="ci-*")), "apikey_2") == UNOWNED.team


def test_what_belongs_to_no_key_goes_with_its_workspace() -> None:
    assert team_of(owned(Rule(team="a", workspace="prod")), NOT_ATTRIBUTABLE) == "a"


def test_a_thing_changes_hands_on_its_day() -> None:
    ownership = owned(Rule(team="a", key="web", until=DAY), Rule(team="b", key="web", since=DAY))

    assert team_of(ownership, "apikey_2", day=DAY - timedelta(days=1)) == "a"
    assert team_of(ownership, "apikey_2") == "b"


def test_what_two_rules_claim_equally_is_nobodys_and_named() -> None:
    one, other = Rule(team="a", key="*-nightly", source="line 4"), Rule(team="b", key="??-nightly", source="line 9")
    owners = owned(one, other, Rule(team="c", workspace="prod")).on(DAY, NAMES)

    ((owner, _),) = owners["wrkspc_1", "apikey_1"]

    assert owner == UNOWNED
    assert owners.conflicts == {("wrkspc_1", "apikey_1"): (one, other)}


def test_a_cost_centre_comes_from_the_nearest_team_above() -> None:
    ownership = Ownership(
        teams=(
            Team(name="web", cost_center="CC-7"),
            Team(name="search", parent="web", owns=(Rule(team="search", key="web"),)),
        )
    )

    ((owner, _),) = ownership.on(DAY, NAMES)["wrkspc_1", "apikey_2"]

    assert owner.cost_center == "CC-7"


def test_a_team_has_those_below_it() -> None:
    teams = (Team(name="web"), Team(name="search", parent="web"), Team(name="rank", parent="search"), Team(name="ads"))

    assert Ownership(teams=teams).with_children("web") == {"web", "search", "rank"}


def test_shares_divide_dollars_to_the_nano() -> None:
    third = Decimal("33.3")
    owners = owned(
        Rule(team="a", key="web", share=third),
        Rule(team="b", key="web", share=third),
        Rule(team="c", key="web", share=100 - 2 * third),
    ).on(DAY, NAMES)

    spend = by_owner({("wrkspc_1", "apikey_2"): 1000}, owners)

    assert {owner.team: amount for (owner, _), amount in spend.items()} == {"a": 333, "b": 333, "c": 334}


MONTHS = Interval(date(2026, 10, 30), date(2026, 12, 3)).days()
NOVEMBER = Interval(date(2026, 11, 1), date(2026, 12, 1)).days()
THINGS = [(workspace, key) for workspace in ("wrkspc_1", "default") for key in ("apikey_1", "apikey_2", "console")]


def history_of(*rules: Rule) -> History:
    return History(owned(*rules), NAMES, Interval(MONTHS[0], MONTHS[-1] + timedelta(days=1)))


days = [*NOVEMBER, *[None] * len(NOVEMBER)]
words = ["ci-*", "*", "ci-nightly", "web", "prod", "p*", "wrkspc_1", "console", None]
percent = [*range(1, 100), *[None] * 99]


def rule_of(*told: Any) -> Rule:
    """All of a thing is a team's, or from one percent of it to 99."""
    team, workspace, key, service, since, until, percent, tenths = told
    share = Decimal(100) if percent is None else min(percent + Decimal(tenths) / 10, Decimal(99))
    return Rule(team=team, workspace=workspace, key=key, service=service, since=since, until=until, share=share)


rules = tuples_of("abc", words, words, ["", "api"], days, days, percent, range(10)).map(lambda drawn: rule_of(*drawn))
spends = numbered(
    list(product(["wrkspc_1", "default"], ["apikey_1", "apikey_2", "console", NOT_ATTRIBUTABLE], ["opus", ""])),
    -(10**12),
    10**12,
).map(dict)


@given(st.lists(rules, max_size=8), spends, st.dates(date(2026, 10, 25), date(2026, 12, 5)))
def test_owners_add_up_to_the_bill_on_any_day(
    given_rules: list[Rule], spend: dict[tuple[str, ...], int], day: date
) -> None:
    found = by_owner(spend, owned(*given_rules).on(day, NAMES))

    assert sum(found.values()) == sum(spend.values())


@given(st.lists(rules, max_size=6), rules, st.sampled_from(["since", "until"]), st.sampled_from(NOVEMBER))
def test_moving_a_rules_day_moves_only_the_days_between(others: list[Rule], rule: Rule, which: str, day: date) -> None:
    beyond = date.min if which == "since" else date.max
    first, last = sorted([getattr(rule, which) or beyond, day])

    moved = replace(rule, since=day) if which == "since" else replace(rule, until=day)
    assume(not {rule, moved}.intersection(others))  # what is there twice counts once, and is refused anyway
    before, after = history_of(*others, rule), history_of(*others, moved)

    for kept in (each for each in MONTHS if not first <= each < last):
        for thing in THINGS:
            assert before.on(thing, kept) == after.on(thing, kept)


@given(st.lists(rules, max_size=8))
def test_a_history_of_days_is_what_each_of_them_says(given_rules: list[Rule]) -> None:
    history, ownership = history_of(*given_rules), owned(*given_rules)

    for day in MONTHS:
        owners = ownership.on(day, NAMES)
        assert [history.on(thing, day) for thing in THINGS] == [owners[thing] for thing in THINGS]


@given(st.lists(rules, max_size=6))
def test_nothing_changes_hands_inside_a_span(given_rules: list[Rule]) -> None:
    ownership = owned(*given_rules)
    interval = Interval(date(2026, 10, 30), date(2026, 12, 2))
    spans = spans_of(ownership, interval)

    assert [day for span in spans for day in span.days()] == list(interval.days())
    for span in spans:
        assert len({ownership.on(day, NAMES)["wrkspc_1", "apikey_1"] for day in span.days()}) == 1


def test_an_owner_is_told_in_every_way() -> None:
    rule = Rule(team="a", key="web", service="api", product="shop", environment="prod")

    ((owner, _),) = owned(rule).on(DAY, NAMES)["wrkspc_1", "apikey_2"]

    assert owner == Owner(team="a", service="api", product="shop", environment="prod")
    check_teams(owned(rule).teams)
