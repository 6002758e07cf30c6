"""A part of the bill that something is about: what it is called, and which lines it is."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.lens import Lens
from bot.loading.budgets import ids_called

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.model import Alert, Finding, Interval
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store


@dataclass(frozen=True, slots=True)
class Scope:
    """What it is called, and the lens of each organisation that has something of it, by the organisation's number.

    `unmatched` are words that no organisation calls anything.
    """

    name: str
    lenses: Mapping[int, Lens]
    unmatched: tuple[str, ...] = ()

    def has(self, part: Part, about: Alert | Finding) -> bool:
        """Whether an alert or a finding of one organisation is about it; one about the whole organisation is not."""
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


@contextmanager
def looking_at(parts: Sequence[Part], scope: Scope | None) -> Iterator[list[Part]]:
    """Inside, nothing else is there; the organisations that have something of it. All of it where there is no scope."""
    if scope is None:
        yield [*parts]
        return
    own = [part for part in parts if part.store.session.organization_id in scope.lenses]
    with ExitStack() as lenses:
        for part in own:
            lenses.enter_context(part.store.looking_at(scope.lenses[part.store.session.organization_id]))
        yield own
