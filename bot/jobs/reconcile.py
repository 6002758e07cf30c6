"""Reconcile: the stored bill against the stored tokens; what does not fit is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.reconcile import Reconciliation, reconcile
from bot.model import Source

if TYPE_CHECKING:
    from bot.analysis.prices import PriceTable
    from bot.model import Interval
    from bot.snapshots.store import Store


def load_reconciliation(store: Store, interval: Interval, prices: PriceTable) -> Reconciliation:
    """Compares the billed days of an interval; days that are not over, or only estimated, are left out."""
    ledger = store.ledger
    with store.reading():
        fetched = ledger.load_fetched_days(interval).values()
        billed = {known.day for known in fetched if known.source is Source.COST_REPORT and known.is_over}
        return reconcile(
            interval,
            cost=(line for line in ledger.load_cost_lines(interval) if line.day in billed),
            usage=(line for line in ledger.load_usage_lines(interval) if line.day in billed),
            prices=prices,
            restated={restatement.day for restatement in ledger.load_restatements(interval)},
        )
