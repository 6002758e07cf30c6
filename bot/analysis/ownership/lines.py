"""A team's lines: those of what it owns, and its part of what it shares, in whole nano-dollars and tokens.

Of a day's dollars of a shared thing and a model a team has what `by_owner` gives it, so that its lines add up to what
it spent, to the nano-dollar.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from bot.analysis.groupings import CONSOLE
from bot.analysis.keyed import row_of
from bot.analysis.lens import shares_of
from bot.analysis.ownership.dollars import shared_out
from bot.model import Tokens, UsageLine, WorkspaceLines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from bot.analysis.ownership.owners import Owners, Part
    from bot.model import CostLine, KeyCostLine, NanoUsd

    Line = TypeVar("Line", CostLine, KeyCostLine)


class Piece(NamedTuple):
    """A key's dollars in a line of the bill, which has a place among the others."""

    place: int
    key: str
    amount: NanoUsd


class Claims(dict[tuple[str, str], "Claim"]):
    """What of each thing some teams have together, found out once."""

    def __init__(self, owners: Owners, teams: Collection[str]) -> None:
        self.owners = owners
        self.teams = teams

    def __missing__(self, thing: tuple[str, str]) -> Claim:
        claim = self[thing] = Claim(self.owners[thing], self.teams)
        return claim


class Claim:
    """What some teams have together of a thing: all of it, or some parts."""

    def __init__(self, parts: Sequence[Part], teams: Collection[str]) -> None:
        self.parts = parts
        self.own = [part.owner.team in teams for part in parts]

    @property
    def is_all(self) -> bool:
        """Whether nobody else has a part."""
        return all(self.own)

    @property
    def is_nothing(self) -> bool:
        """Whether they have none."""
        return not any(self.own)

    def of(self, amounts: Iterable[int]) -> list[int]:
        """Their part of each amount of a day and a model, as it is shared out among owners."""
        return [sum(compress(each, self.own)) for each in shared_out(amounts, self.parts)]


def lines_of_teams(lines: WorkspaceLines, owners: Owners, teams: Collection[str]) -> WorkspaceLines:
    """What of a workspace's lines is some teams'; lines come in the order of days."""
    claims = Claims(owners, teams)
    shared = [(line, shares) for line, shares in shares_of(lines)]
    cost = [line for line, _ in shared]
    pieces = [Piece(place, key, amount) for place, (_, shares) in enumerate(shared) for key, amount in shares]
    key_cost = [Piece(place, row_of(line.series), line.amount) for place, line in enumerate(lines.key_cost)]
    return WorkspaceLines(
        cost=list(claimed(cost, pieces, claims)),
        usage=list(claimed_usage(lines.usage, claims)),
        key_cost=list(claimed(lines.key_cost, key_cost, claims)),
    )


def claimed(lines: Sequence[Line], pieces: Iterable[Piece], claims: Claims) -> Iterator[Line]:
    """Lines with what of their pieces is claimed; those of which nothing is are left out."""
    alike: defaultdict[tuple[object, ...], list[Piece]] = defaultdict(list)
    for piece in pieces:
        line = lines[piece.place]
        alike[line.day, piece.key, line.series.workspace_id, line.series.model].append(piece)
    amounts: defaultdict[int, NanoUsd] = defaultdict(int)
    for together in alike.values():
        for place, amount in claimed_together(lines[together[0].place].series.workspace_id, together, claims):
            amounts[place] += amount
    for place, line in enumerate(lines):
        if place in amounts:
            yield line._replace(amount=amounts[place])


def claimed_together(workspace_id: str, pieces: Sequence[Piece], claims: Claims) -> list[tuple[int, NanoUsd]]:
    """What is claimed of one thing's pieces of a day and a model, by the places of their lines."""
    claim = claims[workspace_id, pieces[0].key]
    amounts = [piece.amount for piece in pieces]
    if claim.is_nothing:
        return []
    own = amounts if claim.is_all else claim.of(amounts)
    return [(piece.place, amount) for piece, amount in zip(pieces, own, strict=True)]


def claimed_usage(usage: Iterable[UsageLine], claims: Claims) -> Iterator[UsageLine]:
    """Lines of usage as far as they are claimed."""
    for line in usage:
        claim = claims[line.series.workspace_id, line.series.api_key_id or CONSOLE]
        if claim.is_all:
            yield line
        elif not claim.is_nothing:
            *tokens, web_searches = (own for count in (*line.tokens, line.web_searches) for own in claim.of([count]))
            yield UsageLine(line.day, line.series, Tokens(*tokens), web_searches)
