"""Why a whole changed, from sums instead of lines: a large organisation's lines are too many to read for an answer.

Sums by what tokens are metered by say as much of drivers as the lines themselves; of keys they say nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.analysis.drivers import find_metered_spend
from bot.analysis.why import Side, by_model, find_why
from bot.model import CostLine, CostSeries, UsageLine, UsageSeries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from bot.analysis.cache import Meter
    from bot.analysis.why import Why
    from bot.model import Dimension, NanoUsd, Tokens

METERED: tuple[Dimension, ...] = ("model", "cost_type", "token_type", "service_tier", "context_window")
"""What dollars are summed by, in this order."""

Metered: TypeAlias = "tuple[str, ...]"


class Summed(NamedTuple):
    """A period's dollars by what `METERED` says, and its tokens by meter."""

    spend: Mapping[Metered, NanoUsd]
    tokens: Mapping[Meter, Tokens]


def explain_sums(*, before: Iterable[Summed], now: Iterable[Summed], day: date) -> Why:
    """Drivers and models as they would be of the lines, of all organisations together; there are no keys.

    `day` stands for all that were summed.
    """
    return find_why(before=side_of(list(before), day), now=side_of(list(now), day), first_seen={})


def side_of(sums: Sequence[Summed], day: date) -> Side:
    """One period."""
    cost = [
        CostLine(day, CostSeries("", model, cost_type, token_type, tier, window, "", ""), amount)
        for summed in sums
        for (model, cost_type, token_type, tier, window), amount in summed.spend.items()
    ]
    usage = [
        UsageLine(day, UsageSeries("", "", model, tier, window), tokens, 0)
        for summed in sums
        for (model, tier, window), tokens in summed.tokens.items()
    ]
    return Side(
        spend=find_metered_spend(cost, usage),
        models=by_model(cost, usage),
        keys={},
        tokens_of_keys={},
        regions={},
    )
