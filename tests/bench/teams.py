"""Teams: 5,000 keys with 500 rules, a third of which begin or end within 400 days.

Reports by team stand beside those by workspace: loading alone is measured, in this process, and both read the same
days' sums. Judging a day with its teams stands beside reading the five weeks by day, model and key that it rests on;
units beside the report of the same dollars.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.analysis.budget import Scope
from bot.analysis.coverage import DAYS_LOOKED_AT
from bot.analysis.ownership import Rule, Team
from bot.analysis.question import parse_question
from bot.analysis.units import Unit
from bot.jobs.judge import judge
from bot.loading.report import load_report
from bot.loading.team_days import by_day
from bot.loading.units import Units, weeks_up_to
from bot.messages.units import WEEKS
from bot.model import Interval
from bot.snapshots import open_store
from tests.bench.big import DAY
from tests.bench.checking import CONTRACT
from tests.bench.figures import Figure, Limit, Times, medians, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from tests.bench.big import Bench

KEYS = 5_000
RULES = 500
TEAMS = 50
UNITS = 10
ROUNDS = 9
DATED = 3
"""One rule in so many has a day on which it ends and another team's begins."""

PERIODS = ("7d", "30d", "200d")
AIM = Times(2)
JUDGED = Times(3)
"""Less than a check without teams may take beside a bare sum: each day is shared out besides being read."""


def measure_teams(bench: Bench) -> Iterator[Figure]:
    """Each period by team, today's teams, and by workspace."""
    own = with_keys(bench)
    teams = some_teams(own)
    with open_store(database_of(own)) as store:
        for period in PERIODS:
            asked = [
                parse_question(f"{period} {by}", today=own.today)
                for by in ("by workspace", "by team", "by team as of today's teams")
            ]
            bare, by_team, by_todays = medians(
                *[lambda question=question: load_report(store, question, teams=teams) for question in asked],
                rounds=rounds_of(own),
            )
            limit = Limit(figure=bare, what="by workspace")
            for words, figure in (("by team", by_team), ("by today's teams", by_todays)):
                yield Figure(measurement=f"teams: {period} {words}", figure=figure, limit=limit, aim=AIM, shown=seconds)


def measure_judging(bench: Bench) -> Iterator[Figure]:
    """The newest day with its teams."""
    own = with_keys(bench)
    teams, day = some_teams(own), own.today - DAY
    weeks = Interval(own.today - DAYS_LOOKED_AT * DAY, own.today)
    with open_store(database_of(own)) as store:
        judged, read = medians(
            lambda: judge(store, day=day, contract=CONTRACT, teams=teams),
            lambda: by_day(store, weeks),
            rounds=rounds_of(own),
        )
    yield Figure(
        measurement=f"judging-teams: a day of {TEAMS} teams",
        figure=judged,
        limit=Limit(figure=read, what="its weeks by key"),
        aim=JUDGED,
        shown=seconds,
    )


def measure_units(bench: Bench) -> Iterator[Figure]:
    """Five weeks of one unit of each kind, and of many of teams."""
    own = with_keys(bench)
    teams, weeks = some_teams(own), weeks_up_to(own.today, WEEKS + 1)
    of_teams = [Scope(team=f"team-{number}") for number in range(UNITS)]
    asked = {
        "one of all spend": ([Scope()], "35d by day"),
        "one of a workspace": ([Scope(workspace="Workspace 1")], "35d workspace:'Workspace 1' by day"),
        "one of a team": (of_teams[:1], "35d team:team-0 by day"),
        f"{UNITS} of teams": (of_teams, "35d by day team"),
    }
    with open_store(database_of(own)) as store:
        for words, (scopes, question) in asked.items():
            units = Units(all=[Unit(name=str(scope), unit="one", scope=scope) for scope in scopes], teams=teams)
            asked_for = parse_question(question, today=own.today)
            loaded, report = medians(
                partial(units.load, store, weeks),
                partial(load_report, store, asked_for, teams=teams),
                rounds=rounds_of(own),
            )
            limit = Limit(figure=report, what=question)
            yield Figure(measurement=f"units: {words}", figure=loaded, limit=limit, aim=AIM, shown=seconds)


def with_keys(bench: Bench) -> Bench:
    """The same with more keys."""
    return replace(bench, scale=replace(bench.scale, keys=KEYS * bench.scale.keys // 2_000))


def rounds_of(bench: Bench) -> int:
    """Enough that a tenth of a second is told apart from what else the machine does."""
    return min(ROUNDS, bench.scale.repeats)


def database_of(bench: Bench) -> Path:
    """All of its days, built once for whatever is measured with teams."""
    path = bench.folder / "teams.db"
    return path if path.exists() else bench.build(path, days=bench.scale.days)


def some_teams(bench: Bench) -> tuple[Team, ...]:
    """Rules by key and by workspace, of teams in turn."""
    rules = max(1, RULES * bench.scale.keys // KEYS)
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
