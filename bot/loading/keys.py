"""Dollars by key, from days that were shared before and days that are shared now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.attribution import added, by_key
from bot.analysis.coverage import runs
from bot.analysis.keyed import by_billed_key
from bot.snapshots.keys import KEPT, KEY_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.model import Dimension, Interval, NanoUsd
    from bot.snapshots.store import Store


def spend_by_key(
    store: Store, interval: Interval, *, within: Sequence[Dimension], keys: Collection[str] | None = None
) -> dict[tuple[str, ...], NanoUsd]:
    """Dollars by dimensions, then by key: added up from the days that were shared before, the others shared now.

    With `keys` only theirs.
    """
    if not {"day", *KEPT}.issuperset(within):
        return of_keys(share_among_keys(store, interval, within=within), keys)
    spend = store.keys.load(interval, within, keys=keys)
    left = runs(store.keys.days_left(interval))
    shared = (of_keys(share_among_keys(store, days, within=within), keys) for days in left)
    return added([spend, *shared]) if left else spend


def of_keys(spend: dict[tuple[str, ...], NanoUsd], keys: Collection[str] | None) -> dict[tuple[str, ...], NanoUsd]:
    """The dollars of some keys, or of all."""
    return spend if keys is None else {words: amount for words, amount in spend.items() if words[-1] in keys}


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
