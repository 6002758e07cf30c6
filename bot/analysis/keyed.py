"""Lines of the bill on days on which it tells dollars by key itself: whose each line is.

The bill tells a key's dollars by workspace, model, cost type and token type; a line's also by tier, context and region.
So a day's lines are shared by tokens first, and then dollars move between the keys of a line, from those that have
more than the bill gives them to those that have less: a key stays in the tiers that it used. Lines stay what they are,
and keys become what the bill says.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.attribution import shares_by_line, values_of
from bot.analysis.days import by_day
from bot.analysis.groupings import CONSOLE, NOT_ATTRIBUTABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from bot.analysis.attribution import Share
    from bot.analysis.days import DayLines
    from bot.analysis.groupings import Words
    from bot.model import CostLine, CostSeries, Dimension, KeyCostLine, KeyCostSeries, NanoUsd, UsageLine

    Shares: TypeAlias = dict[str, NanoUsd]
    Shared: TypeAlias = tuple[CostLine, Sequence[Share]]

Told: TypeAlias = tuple[str, str, str, str]
"""Workspace, model, cost type and token type."""


class KeyedDays:
    """Dollars by key, read along with the lines of each day; they come ordered by day."""

    def __init__(self, keyed: Iterable[KeyCostLine]) -> None:
        self.days = groupby(keyed, key=attrgetter("day"))
        self.ahead = self.read()

    def read(self) -> tuple[date, list[KeyCostLine]] | None:
        """The next day, None after the last."""
        return next(((day, list(lines)) for day, lines in self.days), None)

    def of(self, day: date) -> list[KeyCostLine]:
        """A day's; later ones wait, earlier ones are skipped."""
        while self.ahead is not None and self.ahead[0] < day:
            self.ahead = self.read()
        return self.ahead[1] if self.ahead is not None and self.ahead[0] == day else []

    def shares_of(self, lines: DayLines) -> Iterator[tuple[CostLine, Sequence[Share]]]:
        """Every cost line of a day with its shares, which add up to it: as the bill tells them, else by tokens."""
        keyed, shared = self.of(lines.day), shares_by_line(lines.cost, lines.usage)
        return as_billed(list(shared), keyed) if keyed else shared


def by_billed_key(
    cost: Iterable[CostLine], usage: Iterable[UsageLine], keyed: Iterable[KeyCostLine], *, within: Sequence[Dimension]
) -> dict[Words, NanoUsd]:
    """Dollars by any dimensions of lines, then by key: also by what dollars by key do not tell. All come by day."""
    totals: defaultdict[Words, NanoUsd] = defaultdict(int)
    days = KeyedDays(keyed)
    for lines in by_day(cost, usage):
        for line, shares in days.shares_of(lines):
            about = values_of(line, within)
            for key, amount in shares:
                totals[*about, key] += amount
    return dict(totals)


def told_by(series: CostSeries | KeyCostSeries) -> Told:
    """What dollars by key are told by."""
    return series.workspace_id, series.model, series.cost_type, series.token_type


def row_of(series: KeyCostSeries) -> str:
    """A key's row: tokens without one came from the Console or a login, of other cost nothing is known."""
    return series.api_key_id or (CONSOLE if series.token_type else NOT_ATTRIBUTABLE)


def dollars_by_key(keys: Iterable[KeyCostLine]) -> Counter[str]:
    """Dollars by row id."""
    totals: Counter[str] = Counter()
    for _, series, amount in keys:
        totals[row_of(series)] += amount
    return totals


def as_billed(shared: Sequence[Shared], keys: Iterable[KeyCostLine]) -> Iterator[Shared]:
    """A day's lines with their shares, moved until each key has what the bill gives it."""
    wanted: defaultdict[Told, Shares] = defaultdict(dict)
    for _, series, amount in keys:
        of_group = wanted[told_by(series)]
        of_group[row_of(series)] = of_group.get(row_of(series), 0) + amount
    merged = [(line, dict(added_up(shares))) for line, shares in shared]
    groups: defaultdict[Told, list[Shares]] = defaultdict(list)
    for line, shares in merged:
        groups[told_by(line.series)].append(shares)
    for group, lines in groups.items():
        move(lines, wanted[group])
    for line, shares in merged:
        yield line, [(key, amount) for key, amount in shares.items() if amount]


def shared_by_key(shared: Iterable[Shared]) -> Counter[str]:
    """Dollars by row id of lines with their shares."""
    return added_up(share for _, shares in shared for share in shares)


def added_up(shares: Iterable[tuple[str, NanoUsd]]) -> Counter[str]:
    """Shares, those of one key as one."""
    totals: Counter[str] = Counter()
    for key, amount in shares:
        totals[key] += amount
    return totals


def move(lines: Sequence[Shares], wanted: Shares) -> None:
    """Moves dollars within each of some lines until every key has over all of them what is wanted.

    A line's own keys take first. What the keys are not told to have is nobody's.
    """
    excess: Counter[str] = Counter()
    for shares in lines:
        excess.update(shares)
    excess.subtract(wanted)
    excess[NOT_ATTRIBUTABLE] -= sum(excess.values())
    givers = {key: amount for key, amount in excess.items() if amount > 0}
    takers = {key: -amount for key, amount in excess.items() if amount < 0}
    for shares in lines:
        for giver in [key for key in givers if shares.get(key, 0) > 0]:
            give(shares, giver, min(givers[giver], shares[giver]), givers=givers, takers=takers)
    for giver, rest in list(givers.items()):  # of credits, there can be less in any line than is to be given
        give(lines[0], giver, rest, givers=givers, takers=takers)


def give(shares: Shares, giver: str, amount: NanoUsd, *, givers: Shares, takers: Shares) -> None:
    """Moves `amount` from one key of a line to those that have too little."""
    givers[giver] -= amount
    shares[giver] = shares.get(giver, 0) - amount
    for taker in sorted(takers, key=lambda key: (key not in shares, key)):
        part = min(amount, takers[taker])
        takers[taker] -= part
        shares[taker] = shares.get(taker, 0) + part
        amount -= part
