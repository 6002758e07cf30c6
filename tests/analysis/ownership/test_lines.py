"""A team's lines: what it owns, its part of what it shares, and nothing lost or made on the way."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.attribution import by_key
from bot.analysis.ownership import LineOf, Ownership, Rule, Team, by_team, lines_of_teams
from bot.model import CostLine, Names, UsageLine, WorkspaceLines, usd
from tests.builders import (
    CHECKOUT,
    HAIKU,
    OPUS,
    YESTERDAY,
    cost_line,
    key_cost_line,
    other_cost_line,
    tokens,
    usage_line,
)
from tests.laws import lists_of, one_of_each, with_amounts

BEFORE = YESTERDAY - timedelta(days=1)
TEAMS = ("one", "two", "three")


def ownership(*rules: Rule) -> Ownership:
    return Ownership(
        teams=tuple(Team(name=name, owns=tuple(rule for rule in rules if rule.team == name)) for name in TEAMS)
    )


OWNERS = ownership(
    Rule(team="one", key="own"),
    Rule(team="one", key="shared", share=Decimal("33.3")),
    Rule(team="two", key="shared", share=Decimal("66.7")),
    Rule(team="three", workspace=CHECKOUT, share=Decimal(50)),
    Rule(team="two", workspace=CHECKOUT, share=Decimal(30), service="builds"),
    Rule(team="two", workspace=CHECKOUT, share=Decimal(20), service="tests"),
)


def lines_of(lines: WorkspaceLines, *teams: str) -> WorkspaceLines:
    return lines_of_teams(lines, OWNERS.on(YESTERDAY, Names()), teams)


def test_a_line_is_cut_by_its_keys_and_their_shares() -> None:
    lines = WorkspaceLines(
        cost=[cost_line(4)],
        usage=[usage_line(api_key_id="own"), usage_line(tokens(output=3000), api_key_id="shared")],
        key_cost=[],
    )

    found = lines_of(lines, "one")

    assert [line.amount for line in found.cost] == [usd("1.999")]
    assert [(line.series.api_key_id, line.tokens.output) for line in found.usage] == [("own", 1000), ("shared", 999)]


def test_several_parts_of_one_team_are_its_own_together() -> None:
    lines = WorkspaceLines(cost=[other_cost_line(1)], usage=[], key_cost=[])

    assert [line.amount for line in lines_of(lines, "two").cost] == [usd("0.50")]


def test_what_is_of_other_teams_is_not_there() -> None:
    lines = WorkspaceLines(cost=[cost_line(1)], usage=[usage_line(api_key_id="own")], key_cost=[])

    assert lines_of(lines, "two") == WorkspaceLines(cost=[], usage=[], key_cost=[])


def test_dollars_that_the_bill_tells_by_key_are_cut_alike() -> None:
    lines = WorkspaceLines(
        cost=[cost_line(2)],
        usage=[usage_line(api_key_id="own"), usage_line(api_key_id="shared")],
        key_cost=[key_cost_line("0.5", api_key_id="own"), key_cost_line("1.5", api_key_id="shared")],
    )

    found = lines_of(lines, "one")

    assert sum(line.amount for line in found.cost) == usd("0.9995")
    assert sum(line.amount for line in found.key_cost) == usd("0.9995")


# --- Laws ---

COST = with_amounts(
    one_of_each(
        cost_line,
        day=[BEFORE, YESTERDAY],
        model=[OPUS, HAIKU],
        token_type=["output_tokens", "uncached_input_tokens", ""],
    ),
    -50,
    1000,
    max_size=8,
)
USED = one_of_each(usage_line, day=[BEFORE, YESTERDAY], model=[OPUS, HAIKU], api_key_id=["own", "shared", "", "other"])
USAGE = st.builds(
    lambda lines, counts: [line._replace(tokens=each) for line, each in zip(lines, counts, strict=False)],
    lists_of(USED, max_size=8),
    lists_of(one_of_each(tokens, output=range(10), uncached_input=range(10)), min_size=8, max_size=8),
)


@given(cost=COST, usage=USAGE)
def test_a_days_lines_of_all_teams_and_of_nobody_are_the_bill_of_each_model(
    cost: list[CostLine], usage: list[UsageLine]
) -> None:
    lines = WorkspaceLines(sorted(cost), sorted(usage), [])

    every = [lines_of(lines, team) for team in ("", *TEAMS)]

    billed: Counter[object] = Counter()
    for line in lines.cost:
        billed[line.day, line.series.model] += line.amount
    for line in (line for own in every for line in own.cost):
        billed[line.day, line.series.model] -= line.amount
    assert set(billed.values()) <= {0}
    counted = [sum(sum(line.tokens) for own in every for line in own.usage), sum(sum(line.tokens) for line in usage)]
    assert counted[0] == counted[1]


@pytest.mark.parametrize("team", TEAMS)
@given(cost=COST, usage=USAGE)
def test_a_teams_lines_add_up_to_what_it_spent(team: str, cost: list[CostLine], usage: list[UsageLine]) -> None:
    lines = WorkspaceLines(sorted(cost), sorted(usage), [])
    line_of = LineOf(OWNERS.on(YESTERDAY, Names()))
    spent: Counter[object] = Counter()
    for day in (BEFORE, YESTERDAY):
        of_day = [line for line in lines.cost if line.day == day]
        keys = by_key(of_day, [line for line in lines.usage if line.day == day], within=["workspace", "model"])
        for (name, _, model), amount in by_team(keys, line_of).items():
            spent[day, model] += amount if name == team else 0

    found = lines_of(lines, team)

    for line in found.cost:
        spent[line.day, line.series.model] -= line.amount
    assert set(spent.values()) <= {0}
