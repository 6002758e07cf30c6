"""What is wrong with who owns what: what is nobody's, what two claim, and rules that no longer say anything."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.analysis.organizations import own_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from bot.analysis.ownership.owners import Owners, Ownership, Thing
    from bot.analysis.ownership.rules import Rule
    from bot.model import NanoUsd, Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """What one organisation has, and what it spent lately, by workspace and key; `owners` are those of today.

    `beside` is the organisation where there are several. `listed` is there, whether it spent or not; the key is empty
    where there is only a workspace.
    """

    spend: Mapping[Thing, NanoUsd]
    owners: Owners
    listed: Sequence[Thing] = ()
    beside: Organization | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unowned:
    """What nobody owns and what it spent: a key in a workspace, or a workspace none of whose keys is anybody's.

    `rules` are the two that claim it equally, if that is why.
    """

    workspace_id: str
    key_id: str | None
    spend: NanoUsd
    rules: tuple[Rule, Rule] | None = None


class Staleness(StrEnum):
    """Why a rule says nothing."""

    NAMES_NOTHING = "names_nothing"
    SPENT_NOTHING = "spent_nothing"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """A rule that says nothing, and why."""

    rule: Rule
    why: Staleness


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsCheck:
    """What was found. `left` are owners who are no longer there, by team; `not_checked` says why that is not known."""

    unowned: tuple[Unowned, ...]
    stale: tuple[Stale, ...]
    left: Mapping[str, Sequence[str]] = field(default_factory=dict)
    not_checked: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether nothing was found."""
        return not (self.unowned or self.stale or self.left)


def find_unowned(estates: Iterable[Estate]) -> tuple[Unowned, ...]:
    """What spent and is nobody's, the dearest first."""
    found = [each for estate in estates for each in unowned_in(estate)]
    return tuple(sorted(found, key=lambda each: (-each.spend, each.workspace_id, each.key_id or "")))


def unowned_in(estate: Estate) -> list[Unowned]:
    """The same of one organisation: workspaces all of which is nobody's as one, elsewhere their keys."""
    by_workspace: defaultdict[str, list[Unowned]] = defaultdict(list)
    owned = {thing[0] for thing in estate.spend if is_owned(estate.owners, thing)}
    for (workspace_id, key_id), amount in estate.spend.items():
        thing = (workspace_id, key_id)
        if amount and not is_owned(estate.owners, thing):
            own = Unowned(
                workspace_id=own_id(workspace_id, estate.beside),
                key_id=own_id(key_id, estate.beside),
                spend=amount,
                rules=estate.owners.conflicts.get(thing),
            )
            by_workspace[workspace_id].append(own)
    return [
        each
        for workspace_id, keys in by_workspace.items()
        for each in (keys if workspace_id in owned or any(key.rules for key in keys) else [as_one(keys)])
    ]


def is_owned(owners: Owners, thing: Thing) -> bool:
    """Whether a thing is anybody's."""
    return all(part.owner.team for part in owners[thing])


def as_one(keys: Sequence[Unowned]) -> Unowned:
    """All of a workspace."""
    return Unowned(workspace_id=keys[0].workspace_id, key_id=None, spend=sum(key.spend for key in keys))


def find_stale(
    ownership: Ownership, estates: Sequence[Estate], *, today: date, first_day: date | None
) -> tuple[Stale, ...]:
    """The rules that say nothing of any day since `first_day`, the first that is known, or of what spent lately.

    One that ended later says whose the days before were; one that has not begun may name what is not there yet.
    """
    spent = {rule for estate in estates for rule in named(estate.owners, estate.spend)}
    there = spent | {rule for estate in estates for rule in named(estate.owners, estate.listed)}
    found = []
    for rule in ownership.rules:
        if rule.until is not None and first_day is not None and rule.until <= first_day:
            found.append(Stale(rule=rule, why=Staleness.ENDED))
        elif rule.holds_on(today) and rule not in spent and not rule.is_claim:
            why = Staleness.SPENT_NOTHING if rule in there else Staleness.NAMES_NOTHING
            found.append(Stale(rule=rule, why=why))
    return tuple(found)


def named(owners: Owners, things: Iterable[Thing]) -> set[Rule]:
    """The rules that are about any of some things, whichever wins."""
    return {rule for thing in things for rule in owners.about(thing)}
