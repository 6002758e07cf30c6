"""Teams, and the rules that say what is theirs and when.

A rule names a workspace, a key, or a key in a workspace, each by id, name or pattern, from one day to another. What
several teams share is said by rules that name the very same and whose shares add up to 100 on each of their days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.groupings import UNOWNED_ROW
from bot.analysis.patterns import matches, specificity
from bot.model import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Rank: TypeAlias = tuple[tuple[int, int], tuple[int, int]]

WHOLE = Decimal(100)

CLAIM = (1, -1)
"""How specific a claim is: more than any workspace, less than any key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is a team's: from the day `since` on, until the day `until`, which is the first that is not; None is open.

    `share` is in percent. `source` says where the rule stands, for whoever has to change it: `claudecost.toml line 12`.
    `is_claim`: somebody said it in Slack because no key's rule did; it gives way to any that does.
    """

    team: str
    workspace: str | None = None
    key: str | None = None
    service: str = ""
    product: str = ""
    environment: str = ""
    since: date | None = None
    until: date | None = None
    share: Decimal = WHOLE
    source: str = ""
    is_claim: bool = False

    @property
    def rank(self) -> Rank:
        """How specific it is: a key before a workspace, a whole word before a pattern, longer ones before shorter."""
        return CLAIM if self.is_claim else specificity(self.key), specificity(self.workspace)

    @property
    def selector(self) -> tuple[str | None, str | None]:
        """What it names, whatever its spelling."""
        return self.workspace and self.workspace.casefold(), self.key and self.key.casefold()

    @property
    def named(self) -> str:
        """What it names, as it is written.

        >>> Rule(team="search", workspace="prod", key="ci-*").named
        'workspace "prod", key "ci-*"'
        """
        said = (("workspace", self.workspace), ("key", self.key))
        return ", ".join(f'{what} "{value}"' for what, value in said if value is not None)

    def holds_on(self, day: date) -> bool:
        """Whether the day is one of its days."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)

    def is_in_workspace(self, words: Iterable[str]) -> bool:
        """Whether it is about things in a workspace, told by any of its ids and names."""
        return self.workspace is None or any(matches(self.workspace, word) for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team: who answers for it, where it is told things, which cost centre pays. `owners` are Slack user ids."""

    name: str
    cost_center: str = ""
    channel: str | None = None
    owners: tuple[str, ...] = ()
    parent: str | None = None
    owns: tuple[Rule, ...] = ()


class WrongRules(WrongUsage):
    """Teams whose rules contradict each other; a line for each fault, with both places."""


def check_teams(teams: Sequence[Team]) -> None:
    """Raises `WrongRules` with every fault that can be told without knowing what workspaces and keys there are."""
    lines = [*wrong_names(teams), *wrong_parents(teams), *wrong_rules([rule for team in teams for rule in team.owns])]
    if lines:
        raise WrongRules("\n".join(lines))


def wrong_names(teams: Sequence[Team]) -> list[str]:
    """A line for each name that several teams have, or that none may have."""
    names = [team.name.casefold() for team in teams]
    twice = dict.fromkeys(team.name for team in teams if names.count(team.name.casefold()) > 1)
    reserved = [team.name for team in teams if team.name.casefold() == UNOWNED_ROW]
    return [
        *(f'team "{name}" is there twice; make it one, or give each a name of its own' for name in twice),
        *(f'team "{name}" is called like what is nobody\'s; call it otherwise' for name in reserved),
    ]


def wrong_parents(teams: Sequence[Team]) -> list[str]:
    """A line for each parent that is no team, and for each team above itself."""
    parents = {team.name: team.parent for team in teams}
    unknown = [
        f'team "{name}" has the parent "{parent}", which is no team; give the name of one, or leave it out'
        for name, parent in parents.items()
        if parent is not None and parent not in parents
    ]
    circles = [
        f'team "{name}" is above itself; leave out `parent` of one' for name in parents if is_circle(name, parents)
    ]
    return [*unknown, *circles]


def is_circle(name: str, parents: dict[str, str | None]) -> bool:
    """Whether the parents of a team lead back to it."""
    above = parents[name]
    for _ in parents:
        if above is None or above == name:
            break
        above = parents.get(above)
    return above == name


def wrong_rules(rules: Sequence[Rule]) -> list[str]:
    """A line for each rule that says nothing, and each two that name the same and cannot both hold."""
    empty = [
        f"{rule.source}: names neither a workspace nor a key; give one, or both" for rule in rules if not rule.named
    ]
    never = [
        f"{rule.source}: `until` is not after `from`; it is the first day on which the rule no longer holds"
        for rule in rules
        if rule.since is not None and rule.until is not None and rule.until <= rule.since
    ]
    together: dict[tuple[str | None, str | None], list[Rule]] = {}
    for rule in (each for each in rules if each.named):
        together.setdefault(rule.selector, []).append(rule)
    return [*empty, *never, *(line for alike in together.values() for line in wrong_together(alike))]


def wrong_together(alike: Sequence[Rule]) -> list[str]:
    """What is wrong with rules that name the very same: two that both have all of it, or shares that are not 100."""
    twice = [
        f"{other.source} and {one.source} both give all of {one.named} away on the same days; "
        "end one with `until`, or give each a `share`"
        for one, other in combinations(alike, 2)
        if overlaps(one, other) and WHOLE in {one.share, other.share}
    ]
    days = [*first_days(alike), date.max]
    return twice or [line for since, until in pairwise(days) if (line := wrong_shares(alike, since, until))]


def overlaps(one: Rule, other: Rule) -> bool:
    """Whether there is a day on which both hold."""
    since = max(one.since or date.min, other.since or date.min)
    return since < min(one.until or date.max, other.until or date.max)


def first_days(rules: Iterable[Rule]) -> list[date]:
    """The days on which what holds changes, in order; the beginning of time is the first."""
    days = {day for rule in rules for day in (rule.since, rule.until) if day is not None}
    return [date.min, *sorted(days)]


def wrong_shares(alike: Sequence[Rule], since: date, until: date) -> str:
    """What is wrong with the shares that hold on some days, on which nothing changes; empty if nothing is."""
    holding = [rule for rule in alike if rule.holds_on(since)]
    total = sum(rule.share for rule in holding)
    if not holding or total == WHOLE:
        return ""
    places = " and ".join(rule.source for rule in holding)
    begins = "" if since == date.min else f" from {since} on"
    ends = "" if until == date.max else f" until {until}"
    return f"{places}: the shares of {holding[0].named} add up to {total:f}{begins}{ends}; they have to add up to 100"
