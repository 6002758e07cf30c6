"""Looking at what is some teams': as a lens over the lines, as far as whole things are theirs all along."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.lens import Choice, Cut, Lens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from bot.analysis.ownership.owners import History, Owners, Thing


class TeamsLens(NamedTuple):
    """What lets through all that is ever some teams'; `is_exact` if nothing else is among it."""

    lens: Lens
    is_exact: bool


def find_teams_lens(things: Iterable[Thing], history: History, teams: Choice) -> TeamsLens:
    """The lens for what the chosen teams have of some workspaces and keys."""
    theirs: defaultdict[str, set[str]] = defaultdict(set)
    others: defaultdict[str, set[str]] = defaultdict(set)
    is_exact = True
    for thing in things:
        chosen = {teams.has(part.owner.team) for part in history.ever(thing)}
        (theirs if True in chosen else others)[thing[0]].add(thing[1])
        is_exact = is_exact and len(chosen) == 1
    return TeamsLens(Lens.of(cuts(theirs, others)), is_exact)


def find_whole_lens(things: Iterable[Thing], owners: Owners, teams: Collection[str]) -> Lens:
    """The lens for the things that are some teams' alone on a day, of some workspaces and keys."""
    theirs: defaultdict[str, set[str]] = defaultdict(set)
    others: defaultdict[str, set[str]] = defaultdict(set)
    for thing in things:
        is_theirs = all(part.owner.team in teams for part in owners[thing])
        (theirs if is_theirs else others)[thing[0]].add(thing[1])
    return Lens.of(cuts(theirs, others))


def cuts(theirs: Mapping[str, set[str]], others: Mapping[str, set[str]]) -> Iterable[Cut]:
    """Whole workspaces, and of the others those keys; few, for each line is held against all of them."""
    yield Cut(workspace=Choice(frozenset(theirs.keys() - others.keys())))
    for group in find_groups(theirs, others):
        yield Cut(workspace=Choice(frozenset(group.workspaces)), key=Choice(frozenset(group.keys)))


@dataclass(slots=True)
class Group:
    """Workspaces that are looked at as one: no key is theirs in one of them and another's in another."""

    workspaces: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)

    def takes(self, keys: set[str], others: set[str]) -> bool:
        """Whether one more workspace can be looked at with these."""
        return self.keys.isdisjoint(others) and self.others.isdisjoint(keys)

    def add(self, workspace_id: str, keys: set[str], others: set[str]) -> None:
        """Takes one more."""
        self.workspaces.add(workspace_id)
        self.keys |= keys
        self.others |= others


def find_groups(theirs: Mapping[str, set[str]], others: Mapping[str, set[str]]) -> list[Group]:
    """The workspaces that are theirs in part.

    Groups are few: a key is of one workspace, and only the console is in all of them, theirs in some and not in others.
    """
    groups: list[Group] = []
    for workspace_id in sorted(theirs.keys() & others.keys()):
        own, rest = theirs[workspace_id], others[workspace_id]
        group = next((group for group in groups if group.takes(own, rest)), None)
        if group is None:
            groups.append(group := Group())
        group.add(workspace_id, own, rest)
    return groups
