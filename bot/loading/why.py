"""What a change is explained from: one organisation's sums of some days, as far as a question's filters leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.lens import ANY
from bot.analysis.why import Spent
from bot.analysis.why import spend_by_key as spend_by_key_of_lines
from bot.loading.keys import spend_by_key
from bot.loading.team_lines import load_team_lines
from bot.model import CostLine, UsageLine

if TYPE_CHECKING:
    from bot.loading.owners import Whose
    from bot.model import Interval
    from bot.snapshots.parts import Part


def load_spent(part: Part, interval: Interval, whose: Whose) -> Spent:
    """One part of a side. A day's lines are read only where a team has parts of things: sums tell all else."""
    store = part.store
    if whose.teams != ANY:
        teams = whose.ownership.chosen(whose.teams)
        lines = load_team_lines(store, teams, interval, whose.ownership, as_of=whose.as_of)
        keys = spend_by_key_of_lines(lines.cost, lines.usage, lines.key_cost)
        return Spent(part.beside, lines.cost, lines.usage, keys)
    cost, usage = store.ledger.load_cost(interval), store.ledger.load_usage(interval)
    return Spent(
        part.beside,
        [CostLine(interval.since, series, amount) for series, amount in cost.items()],
        [UsageLine(interval.since, series, tokens, 0) for series, tokens in usage.items()],
        {key: amount for (key,), amount in spend_by_key(store, interval, within=[]).items()},
    )
