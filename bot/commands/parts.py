"""The books that a subcommand asks about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.organizations import choose
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from bot.snapshots import Store
    from bot.snapshots.parts import Part


def chosen_parts(store: Store, organization: str | None) -> list[Part]:
    """The books of one organisation, or of all that are synced. Raises `NotUnderstood` for one that is not known."""
    found = choose(organization, store.organizations(), retired=store.retired_organizations())
    return parts_of(store, found)


def unheard_beside(store: Store, organization: str | None) -> tuple[str, ...]:
    """What the organisations are called that an answer about all has nothing of; about one there are none."""
    return () if organization else store.unheard_organizations()
