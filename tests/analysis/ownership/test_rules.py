"""What rules may say, and what is told of those that contradict each other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot.analysis.ownership import Rule, Team, WrongRules, check_teams

NOV_12 = date(2026, 11, 12)


def owning(team: str, *, line: int = 1, share: int = 100, **named: object) -> Team:
    rule = Rule(team=team, source=f"line {line}", share=Decimal(share), **named)  # type: ignore[arg-type]
    return Team(name=team, owns=(rule,))


def faults(*teams: Team) -> str:
    with pytest.raises(WrongRules) as caught:
        check_teams(teams)
    return str(caught.value)


def test_two_teams_cannot_have_all_of_the_same_thing() -> None:
    said = faults(owning("search", line=4, key="ci"), owning("ads", line=9, key="CI"))

    assert said == (
        'line 9 and line 4 both give all of key "ci" away on the same days; '
        "end one with `until`, or give each a `share`"
    )


def test_a_thing_may_change_hands_on_a_day() -> None:
    check_teams([owning("search", key="ci", until=NOV_12), owning("ads", key="ci", since=NOV_12)])


def test_shares_add_up_to_a_hundred() -> None:
    said = faults(owning("search", line=4, key="ci", share=60), owning("ads", line=9, key="ci", share=30))

    assert said == 'line 4 and line 9: the shares of key "ci" add up to 90; they have to add up to 100'


def test_shares_add_up_on_each_of_their_days() -> None:
    said = faults(owning("search", line=4, key="ci", share=60), owning("ads", line=9, key="ci", share=40, until=NOV_12))

    assert "add up to 60 from 2026-11-12 on;" in said


def test_shares_add_up_before_all_of_them_hold() -> None:
    said = faults(owning("search", line=4, key="ci", share=60), owning("ads", line=9, key="ci", share=40, since=NOV_12))

    assert said == 'line 4: the shares of key "ci" add up to 60 until 2026-11-12; they have to add up to 100'


def test_shares_that_add_up_are_fine() -> None:
    check_teams([owning("search", key="ci", share=60), owning("ads", key="ci", share=40)])


def test_a_rule_names_something() -> None:
    assert faults(owning("search", line=7)) == "line 7: names neither a workspace nor a key; give one, or both"


def test_a_rule_holds_on_some_day() -> None:
    assert "line 7: `until` is not after `from`" in faults(
        owning("search", line=7, key="ci", since=NOV_12, until=NOV_12)
    )


def test_names_are_apart() -> None:
    assert faults(Team(name="search"), Team(name="Search")).startswith('team "search" is there twice')


def test_a_parent_is_a_team() -> None:
    assert faults(Team(name="search", parent="web")).startswith('team "search" has the parent "web", which is no team')


def test_no_team_is_above_itself() -> None:
    said = faults(Team(name="search", parent="web"), Team(name="web", parent="search"))

    assert said.startswith('team "search" is above itself')


def test_every_fault_is_told_at_once() -> None:
    assert len(faults(owning("search", line=7), owning("ads", line=8)).splitlines()) == 2
