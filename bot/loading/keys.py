"""Dollars by key, from days that were shared before and days that are shared now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.attribution import added, by_key
from bot.analysis.coverage import runs
from bot.analysis.keyed import by_billed_key
from bot.snapshots.keys import KEPT, KEY_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Dimension, Interval, NanoUsd
    from bot.snapshots.store import Store


def spend_by_key(store: Store, interval: Interval, *, within: Sequence[Dimension]) -> dict[tuple[str, ...], NanoUsd]:
    """Dollars by dimensions, then by key: added up from the days that were shared before, the others shared now."""
    if not {"day", *KEPT}.issuperset(within):
        return share_among_keys(store, interval, within=within)
    spend = store.keys.load(interval, within)
    left = runs(store.keys.days_left(interval))
    return added([spend, *(share_among_keys(store, days, within=within) for days in left)]) if left else spend


def share_among_keys(
    store: Store, interval: Interval, *, within: Sequence[Dimension]
) -> dict[tuple[str, ...], NanoUsd]:
    """The same from the lines themselves: the bill's own dollars by key, on other days each line shared by tokens."""
    if not KEY_COLUMNS.keys() >= {*within}:
        ledger = store.ledger
        lines, used = ledger.load_cost_lines(interval), ledger.load_usage_lines(interval)
        return by_billed_key(lines, used, ledger.load_key_cost_lines(interval), within=within)
    cost, usage = store.ledger.load_shared_cost_lines(interval), store.ledger.load_shared_usage_lines(interval)
    return added([store.ledger.load_key_spend(interval, [*within, "key"]), by_key(cost, usage, within=within)])
