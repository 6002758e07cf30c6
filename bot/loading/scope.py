"""A part of the bill that something is about: what it is called, and which lines it is."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.lens import NOTHING, Lens
from bot.analysis.ownership import by_owner, find_whole_lens
from bot.loading.budgets import ids_called
from bot.loading.keys import spend_by_key
from bot.loading.owners import teams_in_sight
from bot.model import Names, team_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from bot.analysis.ownership import Ownership
    from bot.model import Alert, Finding, Interval, NanoUsd
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store


@dataclass(frozen=True, slots=True)
class Scope:
    """What it is called, and the lens of each organisation that has something of it, by the organisation's number.

    `unmatched` are words that no organisation calls anything. Of `teams`, with those below them, only what is theirs
    alone is in it; what they have of shared things is counted apart.
    """

    name: str
    lenses: Mapping[int, Lens]
    unmatched: tuple[str, ...] = ()
    teams: frozenset[str] = frozenset()

    def has(self, part: Part, about: Alert | Finding) -> bool:
        """Whether an alert or a finding of one organisation is about it; one about the whole organisation is not."""
        if (team := team_of(about.workspace_id)) is not None:
            return team in self.teams
        return self.lenses[part.store.session.organization_id].has(workspace=about.workspace_id)


def scope_of_workspaces(stores: Sequence[Store], words: Sequence[str], interval: Interval) -> Scope:
    """The workspaces that are, or are called, so; those without a name must have spent something in the interval."""
    found = {
        word: {store.session.organization_id: ids_called(store, "workspace", word, interval) for store in stores}
        for word in words
    }
    meant = {
        store.session.organization_id: frozenset[str]().union(
            *(each[store.session.organization_id] for each in found.values())
        )
        for store in stores
    }
    return Scope(
        name=", ".join(words),
        lenses={number: Lens.only(workspace=ids) for number, ids in meant.items() if ids},
        unmatched=tuple(word for word, each in found.items() if not any(each.values())),
    )


def scope_of(
    stores: Sequence[Store], words: Sequence[str], interval: Interval, ownership: Ownership, *, day: date
) -> Scope:
    """The workspaces that are, or are called, so, and the teams of `team:search`, by what they own on a day."""
    asked = {word: team for word in words if (team := team_of(word)) is not None}
    known = {name.casefold(): name for store in stores[:1] for name in teams_in_sight(store, ownership)}
    meant = {word: known[team.casefold()] for word, team in asked.items() if team.casefold() in known}
    others = scope_of_workspaces(stores, [word for word in words if word not in asked], interval)
    teams = frozenset[str]().union(*map(ownership.with_children, meant.values()))
    lenses = dict(others.lenses)
    for store in stores if meant else ():
        number = store.session.organization_id
        lenses[number] = lenses.get(number, NOTHING).beside(lens_of_teams(store, teams, interval, ownership, day=day))
    return Scope(
        name=", ".join(Names().workspace(word) if word in asked else word for word in words),
        lenses=lenses,
        unmatched=tuple(word for word in words if word in others.unmatched or (word in asked and word not in meant)),
        teams=teams,
    )


def lens_of_teams(store: Store, teams: Collection[str], interval: Interval, ownership: Ownership, *, day: date) -> Lens:
    """What is some teams' alone on a day, of what spent in an interval."""
    things = {(words[0], words[-1]) for words in spend_by_key(store, interval, within=["workspace"])}
    return find_whole_lens(things, ownership.on(day, store.names.load_names()), teams)


def load_shared(
    store: Store, teams: Collection[str], interval: Interval, ownership: Ownership, *, day: date
) -> NanoUsd:
    """What some teams have of things that are not theirs alone on a day."""
    owners = ownership.on(day, store.names.load_names())
    spend = {
        (words[0], words[-1], *words[1:-1]): amount
        for words, amount in spend_by_key(store, interval, within=["workspace", "day", "model"]).items()
    }
    others = {
        words: amount
        for words, amount in spend.items()
        if any(part.owner.team not in teams for part in owners[words[0], words[1]])
    }
    return sum(amount for (owner, _), amount in by_owner(others, owners).items() if owner.team in teams)


@contextmanager
def looking_at(parts: Sequence[Part], scope: Scope | None) -> Iterator[list[Part]]:
    """Inside, nothing else is there; the organisations that have something of it. All of it where there is no scope."""
    if scope is None:
        yield [*parts]
        return
    own = [part for part in parts if part.store.session.organization_id in scope.lenses]
    with parts[0].store.looking_at_each(scope.lenses):
        yield own
