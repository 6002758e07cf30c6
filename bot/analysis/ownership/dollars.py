"""Dollars by owner: each thing's dollars go to whoever it belonged to, and nothing is lost or made on the way."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.analysis.attribution import share
from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from bot.analysis.groupings import Words
    from bot.analysis.ownership.owners import Owner, Owners, Ownership, Part
    from bot.model import NanoUsd


def spans_of(ownership: Ownership, interval: Interval) -> list[Interval]:
    """The days of an interval in runs in which nothing changes hands, in order; they add up to it.

    >>> from bot.analysis.ownership.rules import Rule, Team
    >>> from datetime import date
    >>> team = Team(name="search", owns=(Rule(team="search", key="ci", since=date(2026, 11, 12)),))
    >>> from bot.analysis.ownership.owners import Ownership
    >>> spans = spans_of(Ownership(teams=(team,)), Interval(date(2026, 11, 1), date(2026, 12, 1)))
    >>> [len(span) for span in spans]
    [11, 19]
    """
    changes: set[date] = {day for rule in ownership.rules for day in (rule.since, rule.until) if day is not None}
    days = [interval.since, *sorted(day for day in changes if interval.since < day < interval.until), interval.until]
    return [Interval(since, until) for since, until in pairwise(days)]


def shared_out(amounts: Iterable[NanoUsd], parts: Sequence[Part]) -> Iterator[list[NanoUsd]]:
    """Each amount in whole parts of it, so that what a part has of all of them is its part of their sum.

    So it does not matter which of the amounts are told apart: days, models, types of cost.

    >>> from bot.analysis.ownership.owners import UNOWNED, Part
    >>> half = Part(UNOWNED, 1)
    >>> list(shared_out([1, 1, 1], [half, half])), list(shared_out([3], [half, half]))
    ([[1, 0], [0, 1], [1, 0]], [[2, 1]])
    """
    if len(parts) == 1:
        yield from ([amount] for amount in amounts)
        return
    total, had = 0, [0] * len(parts)
    for amount in amounts:
        total += amount
        have = split(total, parts)
        yield [now - before for now, before in zip(have, had, strict=True)]
        had = have


def split(amount: NanoUsd, parts: Sequence[Part]) -> list[NanoUsd]:
    """An amount in whole parts by largest remainder, in their order; they add up to it."""
    shares = dict(share(amount, [(str(place), part.weight) for place, part in enumerate(parts)]))
    return [shares[str(place)] for place in range(len(parts))]


def by_owner(spend: Mapping[Words, NanoUsd], owners: Owners) -> dict[tuple[Owner, Words], NanoUsd]:
    """Dollars by workspace, key and whatever follows, as dollars by owner and what follows.

    A shared thing's dollars are whole parts of it, by largest remainder: they add up to it, to the nano-dollar.
    """
    totals: defaultdict[tuple[Owner, Words], NanoUsd] = defaultdict(int)
    for words, amount in spend.items():
        parts, rest = owners[words[0], words[1]], words[2:]
        for part, own in zip(parts, split(amount, parts) if len(parts) > 1 else (amount,), strict=True):
            totals[part.owner, rest] += own
    return dict(totals)
