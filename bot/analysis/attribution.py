"""Who spent it: each line of the bill shared among API keys by their tokens of exactly that line.

A line is day × workspace × model × service tier × context window × token type. Shares are whole nano-dollars by
largest remainder, so keys add up to the line, lines to the workspace, workspaces to the bill. What has no tokens stays
whole and is called not attributable; it is never spread.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.days import by_day
from bot.analysis.groupings import CONSOLE, NOT_ATTRIBUTABLE
from bot.model import BILLED_TOKENS, CostSeries, NanoUsd, Tokens, UsageSeries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bot.analysis.groupings import Words
    from bot.model import CostLine, Dimension, UsageLine

Group: TypeAlias = tuple[str, str, str, str]
"""Workspace, model, service tier and context window: what usage and cost have in common, besides the day."""

TOKEN_TYPES = {token_type: Tokens._fields.index(kind) for token_type, kind in BILLED_TOKENS.items()}
"""The bill's token types, each with its place in `Tokens`."""


Share: TypeAlias = tuple[str, NanoUsd]
"""A row id (a key's, `console` or `not_attributable`) and its part of a line; plain, for they come by the million."""


def by_key(
    cost_lines: Iterable[CostLine], usage_lines: Iterable[UsageLine], *, within: Sequence[Dimension] = ()
) -> dict[Words, NanoUsd]:
    """Dollars by the dimensions of `within`, then by API key id.

    The id is `console` for usage without a key, `not_attributable` for cost without tokens. Both inputs come ordered by
    day. The values add up to the cost lines, to the nano-dollar.
    """
    totals: defaultdict[Words, defaultdict[str, NanoUsd]] = defaultdict(lambda: defaultdict(int))
    for line, shares in shares_by_line(cost_lines, usage_lines):
        keys = totals[values_of(line, within)]
        for key, amount in shares:
            keys[key] += amount
    return {(*about, key): amount for about, keys in totals.items() for key, amount in keys.items()}


def added(spends: Iterable[Mapping[Words, NanoUsd]]) -> dict[Words, NanoUsd]:
    """Dollars of different days by the same words, as one."""
    totals: defaultdict[Words, NanoUsd] = defaultdict(int)
    for spend in spends:
        for words, amount in spend.items():
            totals[words] += amount
    return dict(totals)


def values_of(line: CostLine, dimensions: Sequence[Dimension]) -> Words:
    """A line's own values of some dimensions, as the ledger's sums name them."""
    return tuple([VALUES[dimension](line) for dimension in dimensions])


VALUES: dict[Dimension, Callable[[CostLine], str]] = {
    "day": lambda line: line.day.isoformat(),
    "workspace": lambda line: line.series.workspace_id,
    "model": lambda line: line.series.model,
    "cost_type": lambda line: line.series.cost_type,
    "token_type": lambda line: line.series.token_type,
    "service_tier": lambda line: line.series.service_tier,
    "context_window": lambda line: line.series.context_window,
}


def shares_by_line(
    cost_lines: Iterable[CostLine], usage_lines: Iterable[UsageLine]
) -> Iterator[tuple[CostLine, Sequence[Share]]]:
    """Every cost line with its shares, which add up to it. Both inputs come ordered by day."""
    groups = Groups()
    meters, users = Meters(groups), Users(groups)
    for _, cost, usage in by_day(cost_lines, usage_lines):
        tokens = tokens_by_group(usage, users)
        for line in cost:
            group, kind = meters[line[1]]
            used = tokens.get(group, ())
            yield line, share(line[2], [(key, counts[kind]) for key, counts in used if counts[kind]])


class Groups(dict[Group, int]):
    """Numbers groups in the order in which they are first asked for: a number is found faster than four words."""

    def __missing__(self, group: Group) -> int:
        number = self[group] = len(self)
        return number


class Meters(dict[CostSeries, tuple[int | None, int]]):
    """What a cost series is billed by: its group, None if that is not tokens, and their place in `Tokens`.

    Looked up once for each series, because the same ones come every day.
    """

    def __init__(self, groups: Groups) -> None:
        self.groups = groups

    def __missing__(self, series: CostSeries) -> tuple[int | None, int]:
        kind = TOKEN_TYPES.get(series.token_type)
        group = self.groups[series.workspace_id, series.model, series.service_tier, series.context_window]
        meter = self[series] = (None, 0) if kind is None else (group, kind)
        return meter


class Users(dict[UsageSeries, tuple[int, str]]):
    """Each usage series' group and row id, looked up once as well."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups

    def __missing__(self, series: UsageSeries) -> tuple[int, str]:
        group = self.groups[series.workspace_id, series.model, series.service_tier, series.context_window]
        user = self[series] = (group, series.api_key_id or CONSOLE)
        return user


def tokens_by_group(usage: Iterable[UsageLine], users: Users) -> Mapping[int | None, list[tuple[str, Tokens]]]:
    """A day's tokens per key id, for each group; a key can come twice."""
    groups: defaultdict[int | None, list[tuple[str, Tokens]]] = defaultdict(list)
    for _, series, tokens, _ in usage:
        group, key = users[series]
        groups[group].append((key, tokens))
    return groups


def share(amount: NanoUsd, weights: Sequence[tuple[str, int]]) -> list[Share]:
    """`amount` in whole parts proportional to the weights; the leftover goes to the largest remainders, then by key.

    >>> share(100, [("a", 1), ("b", 1), ("c", 1)])
    [('a', 34), ('b', 33), ('c', 33)]
    >>> share(-5, [])
    [('not_attributable', -5)]
    """
    if len(weights) < 2:  # noqa: PLR2004 -- one key has it all, none leaves it whole
        return [(weights[0][0] if weights else NOT_ATTRIBUTABLE, amount)]
    if amount < 0:
        return [(key, -part) for key, part in share(-amount, weights)]
    total = sum([weight for _, weight in weights])
    parts = []
    left = amount
    for key, weight in weights:
        part, remainder = divmod(amount * weight, total)
        parts.append((-remainder, key, part))
        left -= part
    parts.sort()
    return [(key, part + 1) for _, key, part in parts[:left]] + [(key, part) for _, key, part in parts[left:]]
