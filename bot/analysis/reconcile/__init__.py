"""The bill against tokens × price, by day and workspace × model: what differs, and why.

Lines are compared one by one: a day's workspace × model × tier × context window × token type. Every nano-dollar of a
difference has a cause, so that a row's causes add up to its difference, and rows to both totals.
"""

from bot.analysis.reconcile.interval import reconcile
from bot.analysis.reconcile.result import (
    DRIFT_PERCENT,
    Cause,
    KeyDifference,
    Reconciliation,
    Row,
    Unexplained,
    find_unexplained,
)

__all__ = [
    "DRIFT_PERCENT",
    "Cause",
    "KeyDifference",
    "Reconciliation",
    "Row",
    "Unexplained",
    "find_unexplained",
    "reconcile",
]
