"""What other teams would change: what is theirs, and whose dollars."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.ownership.dollars import by_owner
from bot.analysis.ownership.rules import Rule, Team

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.analysis.groupings import Words
    from bot.analysis.ownership.owners import Owners, Ownership
    from bot.model import NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChange:
    """A team as it was and as it would be, and each of its rules that changes; None where there is none."""

    before: Team | None
    after: Team | None
    rules: tuple[tuple[Rule | None, Rule | None], ...]

    @property
    def name(self) -> str:
        """Which one."""
        return (self.after or self.before or Team(name="")).name


def find_changes(before: Ownership, after: Ownership) -> list[TeamChange]:
    """The teams of which anything would change, in their order."""
    names = dict.fromkeys(team.name for team in (*before.teams, *after.teams))
    pairs = [(before.by_name.get(name), after.by_name.get(name)) for name in names]
    found = [TeamChange(before=one, after=other, rules=changed_rules(one, other)) for one, other in pairs]
    return [each for each in found if each.rules or without_rules(each.before) != without_rules(each.after)]


def without_rules(team: Team | None) -> Team | None:
    """Everything else that is said of a team."""
    return None if team is None else replace(team, owns=())


def changed_rules(before: Team | None, after: Team | None) -> tuple[tuple[Rule | None, Rule | None], ...]:
    """Rules that come, go, or say something else of the very same thing, wherever they stand."""
    gone, new = rules_beside(before, after), rules_beside(after, before)
    changed = []
    for rule in gone:
        other = next((each for each in new if each.selector == rule.selector), None)
        new = [each for each in new if each is not other]
        changed.append((rule, other))
    return (*changed, *((None, rule) for rule in new))


def rules_beside(team: Team | None, other: Team | None) -> list[Rule]:
    """The rules of a team that another one has not."""
    there = {replace(rule, source="") for rule in other.owns} if other else set()
    return [rule for rule in team.owns if replace(rule, source="") not in there] if team else []


class Move(NamedTuple):
    """From which team to which dollars would go; empty for nobody."""

    before: str
    after: str


def find_moves(spend: Mapping[Words, NanoUsd], before: Owners, after: Owners) -> dict[Move, NanoUsd]:
    """Dollars by workspace and key, those of them that would be another team's."""
    moves: defaultdict[Move, NanoUsd] = defaultdict(int)
    for thing, amount in spend.items():
        lost, gained = by_team(thing, amount, before), by_team(thing, amount, after)
        for move, part in moves_between(lost, gained).items():
            moves[move] += part
    return dict(moves)


def by_team(thing: Words, amount: NanoUsd, owners: Owners) -> dict[str, NanoUsd]:
    """Whose a thing's dollars are."""
    totals: defaultdict[str, NanoUsd] = defaultdict(int)
    for (owner, _), part in by_owner({thing: amount}, owners).items():
        totals[owner.team] += part
    return dict(totals)


def moves_between(lost: Mapping[str, NanoUsd], gained: Mapping[str, NanoUsd]) -> dict[Move, NanoUsd]:
    """What has to go from whom to whom, so that one becomes the other; both add up to the same.

    >>> moves_between({"ads": 10}, {"ads": 6, "web": 4})
    {Move(before='ads', after='web'): 4}
    """
    change = {team: gained.get(team, 0) - lost.get(team, 0) for team in dict.fromkeys((*lost, *gained))}
    sign = -1 if sum(lost.values()) < 0 else 1  # a credit goes the same way
    takers = {team: sign * amount for team, amount in change.items() if sign * amount > 0}
    found: dict[Move, NanoUsd] = {}
    for giver, amount in ((team, -sign * amount) for team, amount in change.items()):
        left = amount
        for taker in takers if left > 0 else ():
            part = min(left, takers[taker])
            takers[taker], left = takers[taker] - part, left - part
            if part:
                found[Move(giver, taker)] = sign * part
    return found


def add_moves(moves: Sequence[Mapping[Move, NanoUsd]]) -> dict[Move, NanoUsd]:
    """Those of several organisations or days as one, the largest first."""
    totals: defaultdict[Move, NanoUsd] = defaultdict(int)
    for each in moves:
        for move, amount in each.items():
            totals[move] += amount
    return dict(sorted(totals.items(), key=lambda each: (-each[1], each[0])))
