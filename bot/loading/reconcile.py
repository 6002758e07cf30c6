"""The stored bill against the stored tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.organizations import reconciled_together
from bot.analysis.reconcile import DRIFT_PERCENT, Reconciliation, reconcile
from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from bot.analysis.prices import PriceTable
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

DAYS_CHECKED = 8
"""The judged day, and the week before it."""


def week_up_to(day: date) -> Interval:
    """The days of which `day` is the last."""
    return Interval(day - timedelta(days=DAYS_CHECKED - 1), day + timedelta(days=1))


def load_reconciliation(
    store: Store, interval: Interval, prices: PriceTable, *, drift_percent: Decimal = DRIFT_PERCENT
) -> Reconciliation:
    """Compares the billed days of an interval; days that are not over, or only estimated, are left out."""
    ledger = store.ledger
    with store.reading():
        fetched = ledger.load_fetched_days(interval).values()
        billed = {known.day for known in fetched if known.source.is_billed and known.is_over}
        found = reconcile(
            interval,
            cost=(line for line in ledger.load_cost_lines(interval) if line.day in billed),
            usage=(line for line in ledger.load_usage_lines(interval) if line.day in billed),
            prices=prices,
            restated=ledger.load_restated_cost(interval),
            keys=(line for line in ledger.load_key_cost_lines(interval) if line.day in billed),
        )
    left_out = tuple(day for day in interval.days() if day not in billed)
    return replace(found, left_out=left_out, drift_percent=drift_percent)


def load_reconciliations(
    parts: Sequence[Part], interval: Interval, prices: PriceTable, *, drift_percent: Decimal = DRIFT_PERCENT
) -> Reconciliation:
    """The same of several organisations as one: each bill is compared with its own tokens and its own discount."""
    each = [
        (part.beside, load_reconciliation(part.store, interval, prices, drift_percent=drift_percent)) for part in parts
    ]
    return reconciled_together(each)
