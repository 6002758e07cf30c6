"""The books that an answer is made of: one organisation's, or several's beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Organization
    from bot.snapshots.store import Store


@dataclass(frozen=True, slots=True)
class Part:
    """One organisation's books; `beside` is that organisation where there are others in the same answer, else None."""

    store: Store
    beside: Organization | None


def parts_of(store: Store, organizations: Sequence[Organization] | None = None) -> list[Part]:
    """The books of these organisations, by default of all that are synced; before the first was saved, empty ones."""
    stores = store.each() if not organizations else [store.of(organization) for organization in organizations]
    return [Part(each, each.organization if len(stores) > 1 else None) for each in stores]
