"""What usage is counted and billed by, and whether a line is for tokens: what both sides of a bill have in common."""

from __future__ import annotations

from collections import Counter
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.attribution import TOKEN_TYPES
from bot.model import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.model import CostLine, CostSeries, KeyCostSeries, UsageLine

WEB_SEARCHES = "web_search"
"""What the bill calls searches."""


class Meter(NamedTuple):
    """What a day's tokens are counted and billed by."""

    workspace_id: str
    model: str
    service_tier: str
    context_window: str
    token_type: str


def meter_of(series: CostSeries) -> Meter:
    """The meter of a line of the bill."""
    return Meter(series.workspace_id, series.model, series.service_tier, series.context_window, series.token_type)


def is_for_tokens(line: CostLine) -> bool:
    """Whether a line of the bill, or of an estimate, is for tokens."""
    return is_of_tokens(line.series)


def is_of_tokens(series: CostSeries | KeyCostSeries) -> bool:
    """Whether the lines of a series are for tokens."""
    return series.cost_type == "tokens" or series.token_type in TOKEN_TYPES


def added(one: Tokens, other: Tokens) -> Tokens:
    """Two counts, kind by kind."""
    return Tokens(*map(add, one, other))


def searches_by_workspace(usage: Iterable[UsageLine]) -> Counter[str]:
    """A day's web searches; workspaces without any are left out."""
    searches: Counter[str] = Counter()
    for _, series, _, searched in usage:
        if searched:
            searches[series.workspace_id] += searched
    return searches
