"""Reports by team: 5,000 keys with 500 rules, a third of which begin or end within 400 days, against by workspace.

Loading alone is measured, in this process; both read the same days' sums.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.ownership import Rule, Team
from bot.analysis.question import parse_question
from bot.listeners.report import load_report
from bot.snapshots import open_store
from tests.bench.figures import Figure, Limit, Times, medians, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tests.bench.big import Bench

KEYS = 5_000
RULES = 500
TEAMS = 50
DATED = 3
"""One rule in so many has a day on which it ends and another team's begins."""

PERIODS = ("7d", "30d", "200d")
AIM = Times(2)


def measure_teams(bench: Bench) -> Iterator[Figure]:
    """Each period by team, today's teams, and by workspace."""
    keys = KEYS * bench.scale.keys // 2_000
    own = replace(bench, scale=replace(bench.scale, keys=keys))
    path = own.build(own.folder / "teams.db", days=own.scale.days)
    teams = some_teams(own, rules=RULES * keys // KEYS)
    with open_store(path) as store:
        for period in PERIODS:
            asked = [
                parse_question(f"{period} {by}", today=own.today)
                for by in ("by workspace", "by team", "by team as of today's teams")
            ]
            bare, by_team, by_todays = medians(
                *[lambda question=question: load_report(store, question, teams=teams) for question in asked],
                rounds=own.scale.rounds,
            )
            limit = Limit(figure=bare, what="by workspace")
            for words, figure in (("by team", by_team), ("by today's teams", by_todays)):
                yield Figure(measurement=f"teams: {period} {words}", figure=figure, limit=limit, aim=AIM, shown=seconds)


def some_teams(bench: Bench, *, rules: int) -> tuple[Team, ...]:
    """Rules by key, by pattern of keys and by workspace, of teams in turn."""
    dice = random.Random(7)
    names = [f"team-{number}" for number in range(TEAMS)]
    own: dict[str, list[Rule]] = {name: [] for name in names}
    organization = bench.organization
    things = [
        *(Rule(team="", workspace=entry.name) for entry in organization.workspaces),
        *(Rule(team="", key=entry.name) for entry in organization.api_keys),
    ][:: max(1, (len(organization.workspaces) + len(organization.api_keys)) // rules)]
    for place, thing in enumerate(things):
        team, other = names[place % TEAMS], names[(place + 1) % TEAMS]
        day = moved_on(bench, dice) if place % DATED == 0 else None
        own[team].append(replace(thing, team=team, until=day))
        if day is not None:
            own[other].append(replace(thing, team=other, since=day))
    return tuple(Team(name=name, owns=tuple(own[name])) for name in names)


def moved_on(bench: Bench, dice: random.Random) -> date:
    """A day on which something changes hands."""
    return bench.today - timedelta(days=dice.randrange(1, bench.scale.days))
