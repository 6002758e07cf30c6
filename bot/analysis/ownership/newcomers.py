"""Keys that have begun to spend and are nobody's: somebody has to say whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.groupings import CONSOLE, NOT_ATTRIBUTABLE
from bot.analysis.ownership.checks import is_owned

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.analysis.ownership.owners import Owners, Thing
    from bot.model import Names, NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A key in a workspace, what both are called, what it spent in a week and in the one before, since when it does."""

    workspace_id: str
    key_id: str
    workspace: str
    key: str
    spend: NanoUsd
    previous: NanoUsd
    since: date


def find_newcomers(
    week: Mapping[Thing, NanoUsd],
    before: Mapping[Thing, NanoUsd],
    owners: Owners,
    *,
    names: Names,
    floor: NanoUsd,
    first_day: date,
) -> list[Newcomer]:
    """The keys that spent more than the floor in a week, no more before, and are nobody's; the dearest first.

    What two rules claim equally is not asked for: who wrote them has to say. `first_day` is the week's.
    """
    found = [
        Newcomer(
            workspace_id=thing[0],
            key_id=thing[1],
            workspace=names.workspace(thing[0]),
            key=names.api_key(thing[1]),
            spend=amount,
            previous=before.get(thing, 0),
            since=names.first_days.get(thing[1], first_day),
        )
        for thing, amount in week.items()
        if thing[1] not in {CONSOLE, NOT_ATTRIBUTABLE}
        and before.get(thing, 0) <= floor < amount
        and not is_owned(owners, thing)
        and thing not in owners.conflicts
    ]
    return sorted(found, key=lambda each: (-each.spend, each.key_id, each.workspace_id))
