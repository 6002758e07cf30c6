"""What other teams would change, and the dollars they would move."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.ownership import Move, Ownership, Rule, Team, find_changes, find_moves
from bot.analysis.ownership.changes import moves_between
from bot.model import Names

DAY = date(2026, 11, 12)
CI = Rule(team="ads", key="ci", source="claudecost.toml line 3")
ADS = Team(name="ads", owns=(CI,))


def owned(*teams: Team) -> Ownership:
    return Ownership(teams=teams)


def test_the_same_elsewhere_changes_nothing() -> None:
    assert find_changes(owned(ADS), owned(replace(ADS, owns=(replace(CI, source="teams.csv line 2"),)))) == []


def test_a_rule_that_says_something_else_of_the_same_is_one_change() -> None:
    later = replace(CI, until=DAY)

    (change,) = find_changes(owned(ADS), owned(replace(ADS, owns=(later,))))

    assert change.rules == ((CI, later),)


def test_rules_come_and_go() -> None:
    web = Rule(team="ads", key="web")

    (change,) = find_changes(owned(ADS), owned(replace(ADS, owns=(web,))))

    assert change.rules == ((CI, None), (None, web))


def test_teams_come_and_go() -> None:
    gone, new = find_changes(owned(Team(name="ads")), owned(Team(name="web")))

    assert (gone.name, gone.after) == ("ads", None)
    assert (new.name, new.before) == ("web", None)


def test_a_parent_is_a_change_without_rules() -> None:
    (change,) = find_changes(owned(ADS, Team(name="web")), owned(replace(ADS, parent="web"), Team(name="web")))

    assert change.rules == ()


def shared(**shares: int) -> Ownership:
    return owned(*(Team(name=t, owns=(Rule(team=t, key="ci", share=Decimal(share)),)) for t, share in shares.items()))


def moved(before: Ownership, after: Ownership, amount: int = 100) -> dict[Move, int]:
    return find_moves({("default", "ci"): amount}, before.on(DAY, Names()), after.on(DAY, Names()))


@pytest.mark.parametrize(
    ("before", "after", "moves"),
    [
        ({"ads": 100}, {"ads": 100}, {}),
        ({}, {"ads": 100}, {Move("", "ads"): 100}),
        ({"ads": 100}, {"ads": 60, "web": 40}, {Move("ads", "web"): 40}),
        ({"ads": 50, "web": 50}, {"x": 100}, {Move("ads", "x"): 50, Move("web", "x"): 50}),
    ],
)
def test_dollars_go_from_whom_they_leave(before: dict[str, int], after: dict[str, int], moves: dict[Move, int]) -> None:
    assert moved(shared(**before), shared(**after)) == moves


def test_a_credit_goes_the_same_way() -> None:
    assert moved(shared(ads=100), shared(web=100), amount=-7) == {Move("ads", "web"): -7}


amounts = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 50), min_size=1)


@given(amounts, amounts)
def test_moves_make_one_of_the_other(lost: dict[str, int], gained: dict[str, int]) -> None:
    gained["a"] = gained.get("a", 0) + max(sum(lost.values()) - sum(gained.values()), 0)
    lost["a"] = lost.get("a", 0) + max(sum(gained.values()) - sum(lost.values()), 0)

    for (giver, taker), amount in moves_between(lost, gained).items():
        lost[giver] -= amount
        lost[taker] = lost.get(taker, 0) + amount

    assert {team: amount for team, amount in lost.items() if amount} == {t: a for t, a in gained.items() if a}
