"""Looking at what is some teams': as a lens over the lines, as far as whole things are theirs all along."""

from __future__ import annotations

from collections import defaultdict
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
    """Whole workspaces, and of the others those keys; as few as can be."""
    yield Cut(workspace=Choice(frozenset(theirs.keys() - others.keys())))
    in_part = {workspace_id: keys for workspace_id, keys in theirs.items() if workspace_id in others}
    keys = frozenset[str]().union(*in_part.values())
    if all(keys.isdisjoint(others[workspace_id]) for workspace_id in in_part):
        yield Cut(workspace=Choice(frozenset(in_part)), key=Choice(keys))
        return
    for workspace_id, own in in_part.items():
        yield Cut(workspace=Choice(frozenset({workspace_id})), key=Choice(frozenset(own)))
