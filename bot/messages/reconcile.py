"""How well the bill matches its tokens, in a sentence."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from bot.analysis.reconcile import Cause
from bot.messages.basis import unpriced_total
from bot.messages.numbers import money, money_change

if TYPE_CHECKING:
    from bot.analysis.reconcile import Reconciliation

WHOLE, LAST_PERCENT = Decimal(100), Decimal(90)
NEARLY_ALL = Decimal(98)
"""Percent explained from which a bill is said to match."""
CAUSES_NAMED = 4
WORTH_NAMING = 10_000_000
"""Nano-dollars: a cent."""

IN_WORDS = {
    Cause.PRIORITY_TIER: "priority tier is paid by contract",
    Cause.TIER_OR_CONTEXT: "differs by tier or context window",
    Cause.CODE_EXECUTION: "code execution has no tokens",
    Cause.SESSIONS: "sessions have no tokens",
    Cause.WEB_SEARCH: "web search differs from its number",
    Cause.OTHER_COST: "other cost has no tokens",
    Cause.DISCOUNT: "discount",
    Cause.RESTATED: "restated since",
    Cause.ROUNDING: "rounding",
    Cause.UNEXPLAINED: "unexplained",
}

ONE_WAY = frozenset({Cause.PRIORITY_TIER, Cause.CODE_EXECUTION, Cause.SESSIONS})
"""The causes that say by themselves on which side the dollars are."""


def matches_the_bill(reconciliation: Reconciliation) -> str:
    """The sentence; empty where there is no bill to match."""
    named = [
        f"{money(abs(amount)) if cause in ONE_WAY else money_change(amount)} {IN_WORDS[cause]}"
        for cause, amount in reconciliation.causes.items()
        if abs(amount) >= WORTH_NAMING and cause is not Cause.UNPRICED_MODEL
    ]
    found = verdict(reconciliation)
    return found and "; ".join(filter(None, [found, *named[:CAUSES_NAMED], unpriced_total(reconciliation.unpriced)]))


def verdict(reconciliation: Reconciliation) -> str:
    """Whether it matches, and how much is explained; empty where there is no bill to match."""
    explained = reconciliation.explained_percent
    if explained is None:
        return ""
    matches = "matches" if explained >= NEARLY_ALL else "does not match"
    return f"{matches} the bill: {explained_share(explained)} explained"


def explained_share(explained: Decimal) -> str:
    """The share to one decimal where it matters: what is not all is never rounded up to it.

    >>> [explained_share(Decimal(share)) for share in ("100.00", "99.99", "99.84", "42.50")]
    ['100 %', '99.9 %', '99.8 %', '42 %']
    """
    places = 1 if LAST_PERCENT <= explained < WHOLE else 0
    return f"{explained.quantize(Decimal(1).scaleb(-places), rounding=ROUND_FLOOR)} %"
