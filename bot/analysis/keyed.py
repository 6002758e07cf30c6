"""Lines of the bill on days on which it tells dollars by key itself: whose each line is.

The bill tells a key's dollars by workspace, model, cost type and token type; a line's also by tier, context and region.
Where one line alone is of some workspace, model and types, its keys are those told. Where several are, each line but
the last takes from what is left of the keys in proportion, the last what remains: both keys and lines add up.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.attribution import share, shares_by_line
from bot.analysis.groupings import CONSOLE, NOT_ATTRIBUTABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from bot.analysis.attribution import Share
    from bot.analysis.days import DayLines
    from bot.model import CostLine, CostSeries, KeyCostLine, KeyCostSeries, NanoUsd

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
        keyed = self.of(lines.day)
        return shares_as_told(lines.cost, keyed) if keyed else shares_by_line(lines.cost, lines.usage)


def shares_as_told(
    lines: Iterable[CostLine], keyed: Iterable[KeyCostLine]
) -> Iterator[tuple[CostLine, Sequence[Share]]]:
    """Every cost line with its shares of what is told by key."""
    told: defaultdict[Told, defaultdict[str, NanoUsd]] = defaultdict(lambda: defaultdict(int))
    for each in keyed:
        told[told_by(each.series)][row_of(each.series)] += each.amount
    alike: defaultdict[Told, list[CostLine]] = defaultdict(list)
    for line in lines:
        alike[told_by(line.series)].append(line)
    for group, of_group in alike.items():
        yield from divided(of_group, dict(told[group]))


def divided(lines: Sequence[CostLine], keys: dict[str, NanoUsd]) -> Iterator[tuple[CostLine, Sequence[Share]]]:
    """Lines told together with the keys of each; what keys do not add up to is nobody's."""
    untold = sum(line.amount for line in lines) - sum(keys.values())
    if untold or not keys:
        keys[NOT_ATTRIBUTABLE] = keys.get(NOT_ATTRIBUTABLE, 0) + untold
    for line in lines[:-1]:
        shares = in_proportion(line.amount, keys)
        for key, amount in shares:
            keys[key] = keys.get(key, 0) - amount
        yield line, shares
    yield lines[-1], list(keys.items())


def in_proportion(amount: NanoUsd, keys: dict[str, NanoUsd]) -> list[Share]:
    """An amount in proportion to what is left of the keys; whole to the largest where a credit mixes the signs."""
    if amount < 0 or min(keys.values()) < 0:
        return [(max(keys, key=lambda key: (keys[key], key)), amount)]
    return share(amount, [(key, left) for key, left in keys.items() if left])


def told_by(series: CostSeries | KeyCostSeries) -> Told:
    """What dollars by key are told by."""
    return series.workspace_id, series.model, series.cost_type, series.token_type


def row_of(series: KeyCostSeries) -> str:
    """A key's row: tokens without one came from the Console or a login, of other cost nothing is known."""
    return series.api_key_id or (CONSOLE if series.token_type else NOT_ATTRIBUTABLE)
