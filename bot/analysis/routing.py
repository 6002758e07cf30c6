"""Where what is said of a workspace or a team goes: which channel, and whom it may call there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.patterns import chosen, means, specificity
from bot.model import WHOLE_ORGANIZATION, team_of

if TYPE_CHECKING:
    from bot.analysis.ownership import Ownership
    from bot.model import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel, and the user group that may be called there when it is critical, if any; both are Slack ids."""

    channel: str
    mention: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Another place for some workspaces. `workspace` is an id, a name, or a pattern of either (`prod-*`).

    `table` is the one of `claudecost.toml` that says so, and `key` what it calls the workspace there.
    """

    workspace: str
    place: Place
    table: str = "[[channels]]"
    key: str = "workspaces"

    @property
    def entry(self) -> str:
        """How it is written."""
        return f'{self.table} {self.key} = "{self.workspace}"'

    @property
    def rank(self) -> tuple[int, int]:
        """How specific it is."""
        return specificity(self.workspace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The `main` place, and the routes that lead elsewhere, from whichever tables; the most specific one wins."""

    main: Place
    routes: tuple[Route, ...] = ()

    @property
    def other_channels(self) -> frozenset[str]:
        """Where routes lead, but for the main channel."""
        return frozenset(route.place.channel for route in self.routes) - {self.main.channel}

    def place_of(self, workspace_id: str, names: Names, ownership: Ownership) -> Place:
        """Where what is said of a workspace goes; of the whole organisation to the main place, whatever the patterns.

        What is said of a team goes to that team's channel, where no route is about it. A route that calls nobody calls
        whom the main place does. Raises `EquallySpecific`.
        """
        if workspace_id == WHOLE_ORGANIZATION:
            return self.main
        fitting = [route for route in self.routes if means(route.workspace, workspace_id, names)]
        usual = ownership.channel(team_of(workspace_id)) or self.main.channel
        channel = chosen("the channel", [(route, route.place.channel) for route in fitting], usual)
        mention = chosen("the mention", [(route, route.place.mention) for route in fitting], self.main.mention)
        return Place(channel=channel, mention=mention)


def find_two_ways(routes: tuple[Route, ...]) -> tuple[Route, Route] | None:
    """Two routes of the very same words to different channels, which cannot both be meant."""
    first: dict[str, Route] = {}
    for route in routes:
        known = first.setdefault(route.workspace.casefold(), route)
        if known.place.channel != route.place.channel:
            return known, route
    return None
