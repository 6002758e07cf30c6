"""What an answer can be grouped by to any purpose, in the books of whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.groupings import GROUPINGS, OWNED
from bot.analysis.ownership import WrongRules
from bot.loading.owners import load_ownership, teams_in_sight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analysis.groupings import Grouping
    from bot.analysis.ownership import Team
    from bot.model import Privacy
    from bot.snapshots.store import Store


def offered_groupings(store: Store, privacy: Privacy, teams: Sequence[Team]) -> Sequence[Grouping]:
    """People where they may be told, organisations where there are several, teams and the like where any are known.

    `teams` are those of the configuration.
    """
    offered = {*GROUPINGS} - {*OWNED} | owned_groupings(store, teams)
    if not privacy.people:
        offered.discard("person")
    if len(store.organizations()) <= 1:
        offered.discard("org")
    return [grouping for grouping in GROUPINGS if grouping in offered]


OF_RULES: tuple[Grouping, ...] = ("team", "service", "product", "environment")
"""What rules themselves say; a cost centre is its team's."""


def owned_groupings(store: Store, teams: Sequence[Team]) -> set[Grouping]:
    """What rules tell of anything in sight; teams alone where rules contradict each other: the answer says so."""
    if not teams and store.teams.load_sheet() is None:
        return set()
    try:
        ownership = load_ownership(store, teams)
    except WrongRules:
        return {"team"}
    teams = [ownership.by_name[name] for name in teams_in_sight(store, ownership)]
    rules = [rule for team in teams for rule in team.owns]
    told = {grouping for grouping in OF_RULES if any(getattr(rule, grouping) for rule in rules)}
    return told | ({"cost_center"} if any(team.cost_center for team in teams) else set())
