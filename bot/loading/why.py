"""What a change is explained from: one organisation's sums of some days, as far as a question's filters leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.coverage import runs
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
    from bot.snapshots.store import Store


def load_spent(part: Part, interval: Interval, whose: Whose) -> Spent:
    """One part of a side. A day's lines are read only where a team has parts of things: sums tell all else."""
    store = part.store
    if whose.teams != ANY:
        teams = whose.ownership.chosen(whose.teams)
        lines = load_team_lines(store, teams, interval, whose.ownership, as_of=whose.as_of)
        keys = spend_by_key_of_lines(lines.cost, lines.usage, lines.key_cost)
        return Spent(part.beside, lines.cost, lines.usage, keys)
    keys = {key: amount for (key,), amount in spend_by_key(store, interval, within=[]).items()}
    return load_spent_without_keys(part, interval)._replace(keys=keys)


def load_spent_without_keys(part: Part, interval: Interval) -> Spent:
    """The same from sums of lines alone, which takes no sharing."""
    cost, usage = part.store.ledger.load_cost(interval), part.store.ledger.load_usage(interval)
    return Spent(
        part.beside,
        [CostLine(interval.since, series, amount) for series, amount in cost.items()],
        [UsageLine(interval.since, series, tokens, 0) for series, tokens in usage.items()],
        {},
    )


def count_lines_to_share(store: Store, interval: Interval) -> int:
    """How many lines of the bill have to be shared to know what each key spent: those of days without such sums."""
    return sum(store.ledger.count_lines(days) for days in runs(store.keys.days_left(interval)))
