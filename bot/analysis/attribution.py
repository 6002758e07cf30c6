"""Who spent it: each line of the bill shared among API keys by their tokens of exactly that line.

A line is day × workspace × model × service tier × context window × token type. Shares are whole nano-dollars by
largest remainder, so keys add up to the line, lines to the workspace, workspaces to the bill. What has no tokens stays
whole and is called not attributable; it is never spread.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.days import by_day
from bot.analysis.report import CONSOLE, NOT_ATTRIBUTABLE
from bot.model import NanoUsd, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.model import CostLine, UsageLine

Group: TypeAlias = tuple[str, str, str, str]
"""Workspace, model, service tier and context window: what usage and cost have in common, besides the day."""

TOKEN_TYPES = {
    "uncached_input_tokens": Tokens._fields.index("uncached_input"),
    "output_tokens": Tokens._fields.index("output"),
    "cache_read_input_tokens": Tokens._fields.index("cache_read"),
    "cache_creation.ephemeral_5m_input_tokens": Tokens._fields.index("cache_write_5m"),
    "cache_creation.ephemeral_1h_input_tokens": Tokens._fields.index("cache_write_1h"),
}
"""The bill's token types, each with its place in `Tokens`."""


Share: TypeAlias = tuple[str, NanoUsd]
"""A row id (a key's, `console` or `not_attributable`) and its part of a line; plain, for they come by the million."""


def by_key(cost_lines: Iterable[CostLine], usage_lines: Iterable[UsageLine]) -> dict[str, NanoUsd]:
    """Dollars by API key id, `console` for usage without a key, `not_attributable` for cost without tokens.

    Both inputs come ordered by day. The values add up to the cost lines, to the nano-dollar.
    """
    totals: defaultdict[str, NanoUsd] = defaultdict(int)
    for _, shares in shares_by_line(cost_lines, usage_lines):
        for key, amount in shares:
            totals[key] += amount
    return dict(totals)


def shares_by_line(
    cost_lines: Iterable[CostLine], usage_lines: Iterable[UsageLine]
) -> Iterator[tuple[CostLine, Sequence[Share]]]:
    """Every cost line with its shares, which add up to it. Both inputs come ordered by day."""
    for _, cost, usage in by_day(cost_lines, usage_lines):
        tokens = tokens_by_key(usage)
        for line in cost:
            yield line, share(line.amount, weights_of(line, tokens))


def tokens_by_key(usage: Iterable[UsageLine]) -> dict[Group, list[tuple[str, Tokens]]]:
    """A day's tokens per key id, for each group; a key can come twice."""
    groups: defaultdict[Group, list[tuple[str, Tokens]]] = defaultdict(list)
    for _, (workspace_id, api_key_id, model, tier, context), tokens, _ in usage:
        groups[workspace_id, model, tier, context].append((api_key_id or CONSOLE, tokens))
    return groups


def weights_of(line: CostLine, tokens: dict[Group, list[tuple[str, Tokens]]]) -> list[tuple[str, int]]:
    """How many tokens of exactly this line each key used; empty where there are none."""
    workspace_id, model, _, token_type, tier, context, _, _ = line.series
    position = TOKEN_TYPES.get(token_type)
    if position is None:
        return []
    group = tokens.get((workspace_id, model, tier, context), ())
    return [(key, counts[position]) for key, counts in group if counts[position]]


def share(amount: NanoUsd, weights: Sequence[tuple[str, int]]) -> list[Share]:
    """`amount` in whole parts proportional to the weights; the leftover goes to the largest remainders, then by key.

    >>> share(100, [("a", 1), ("b", 1), ("c", 1)])
    [('a', 34), ('b', 33), ('c', 33)]
    >>> share(-5, [])
    [('not_attributable', -5)]
    """
    if len(weights) < 2:  # noqa: PLR2004 -- one key has it all, none leaves it whole
        return [(weights[0][0] if weights else NOT_ATTRIBUTABLE, amount)]
    whole, sign = abs(amount), 1 if amount >= 0 else -1
    total = sum([weight for _, weight in weights])
    parts = [(-(whole * weight % total), key, whole * weight // total) for key, weight in weights]
    parts.sort()
    left = whole - sum([part for _, _, part in parts])
    return [(key, sign * (part + (place < left))) for place, (_, key, part) in enumerate(parts)]
