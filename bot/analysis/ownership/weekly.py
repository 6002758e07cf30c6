"""Teams as alerts judge them: each like a workspace, with its own dollars and those of the teams below it.

All weeks are compared as things are owned on the judged day: what changes hands is a rise for nobody.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.coverage import DAYS_LOOKED_AT, WEEK, WEEKS
from bot.analysis.ownership.dollars import by_owner
from bot.analysis.scopes import whole
from bot.model import WeeklySpend, team_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from bot.analysis.coverage import Known
    from bot.analysis.groupings import Words
    from bot.analysis.ownership.owners import Owners, Ownership
    from bot.model import NanoUsd

TeamLine: TypeAlias = tuple[str, str, str]
"""A team, a workspace id and a model."""


class LineOf(dict["Words", "TeamLine | None"]):
    """Which line dollars by workspace, model and key are in, found out once; None where several owners share them."""

    def __init__(self, owners: Owners) -> None:
        self.owners = owners

    def __missing__(self, words: Words) -> TeamLine | None:
        workspace_id, model, key = words
        parts = self.owners[workspace_id, key]
        line = self[words] = (parts[0].owner.team, workspace_id, model) if len(parts) == 1 else None
        return line


def by_team(spend: Mapping[Words, NanoUsd], line_of: LineOf) -> dict[TeamLine, NanoUsd]:
    """Dollars by workspace, model and key as dollars by team, workspace and model; what is nobody's is left out."""
    totals: defaultdict[TeamLine, NanoUsd] = defaultdict(int)
    shared: dict[Words, NanoUsd] = {}
    for words, amount in spend.items():
        line = line_of[words]
        if line is not None:
            totals[line] += amount
        else:
            workspace_id, model, key = words
            shared[workspace_id, key, workspace_id, model] = amount
    for (owner, (workspace_id, model)), amount in by_owner(shared, line_of.owners).items():
        totals[owner.team, workspace_id, model] += amount
    return {line: amount for line, amount in totals.items() if line[0] and amount}


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamWeeks:
    """Five weeks of teams. `lines` are each team's own, `below` has each team with all teams below it."""

    lines: Mapping[TeamLine, WeeklySpend]
    below: Mapping[str, frozenset[str]]
    spend: tuple[WeeklySpend, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spend", tuple(spend for team in self.below for spend in self.by_model(team)))

    def by_model(self, team: str) -> list[WeeklySpend]:
        """A team's spend as that of a workspace of its own."""
        own = sorted((line[2], spend) for line, spend in self.lines.items() if line[0] in self.below[team])
        return [
            whole(team_id(team), [spend for _, spend in alike])._replace(model=model)
            for model, alike in groupby(own, key=lambda each: each[0])
        ]


def find_team_weeks(
    daily: Mapping[date, Mapping[TeamLine, NanoUsd]], ownership: Ownership, *, known: Known
) -> TeamWeeks:
    """Five weeks of every team from its dollars on each of the days looked at; others are none."""
    newest = known.newest
    counted = [[day - week * WEEK for day in known.compared] for week in range(WEEKS)]
    first = first_days(daily, [day for week in counted for day in week])
    lines = sorted(first)
    days = [newest - timedelta(days=back) for back in range(DAYS_LOOKED_AT)]
    columns = {day: [daily.get(day, {}).get(line, 0) for line in lines] for day in days}
    weeks, before = [added(columns, week) for week in counted], added(columns, known.baseline)
    newest_first = tuple(columns.values())
    found = {
        line: WeeklySpend(
            workspace_id=team_id(line[0]),
            model=line[2],
            weeks=tuple([week[place] for week in weeks]),
            first_day=first[line],
            latest=newest_first[0][place],
            before=before[place],
            columns=newest_first,
            places=(place,),
        )
        for place, line in enumerate(lines)
    }
    return TeamWeeks(lines=found, below={team.name: ownership.with_children(team.name) for team in ownership.teams})


def first_days(daily: Mapping[date, Mapping[TeamLine, NanoUsd]], days: Iterable[date]) -> dict[TeamLine, date]:
    """The first of some days on which each line cost something."""
    first: dict[TeamLine, date] = {}
    for day in sorted(days, reverse=True):
        first.update(dict.fromkeys(daily.get(day, ()), day))
    return first


def added(columns: Mapping[date, Sequence[NanoUsd]], days: Iterable[date]) -> list[NanoUsd]:
    """The amounts of some days added up; zeros for none."""
    chosen = [columns[day] for day in days]
    width = len(next(iter(columns.values())))
    return list(map(sum, zip(*chosen, strict=True))) if chosen else [0] * width
