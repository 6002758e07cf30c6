"""How well the bill matches its tokens, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.reconcile import Cause, find_unexplained
from bot.messages.basis import unpriced_total
from bot.messages.layout import code
from bot.messages.numbers import money, money_change, number, percent_explained

if TYPE_CHECKING:
    from bot.analysis.reconcile import Reconciliation, Unexplained
    from bot.model import Names

CAUSES_NAMED = 4
SCOPES_NAMED = 3
NO_MODEL_IN_WORDS = "no model"
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
    """The sentence; empty where there is no bill to match. What nothing explains comes first where that is too much."""
    causes = reconciliation.causes
    ordered = sorted(causes, key=lambda cause: reconciliation.drifts and cause is not Cause.UNEXPLAINED)
    named = [
        f"{money(abs(causes[cause])) if cause in ONE_WAY else money_change(causes[cause])} {IN_WORDS[cause]}"
        for cause in ordered
        if abs(causes[cause]) >= WORTH_NAMING and cause is not Cause.UNPRICED_MODEL
    ]
    found = verdict(reconciliation)
    return found and "; ".join(filter(None, [found, *named[:CAUSES_NAMED], unpriced_total(reconciliation.unpriced)]))


def verdict(reconciliation: Reconciliation) -> str:
    """Whether it matches, and how much is explained; empty where there is no bill to match."""
    explained = reconciliation.explained_percent
    if explained is None:
        return ""
    matches = "does not match" if reconciliation.drifts else "matches"
    return f"{matches} the bill: {percent_explained(explained)} explained"


def unexplained_in_words(reconciliation: Reconciliation, names: Names) -> str:
    """Where the dollars that nothing explains are, for Slack; empty if that is nothing worth naming."""
    found = [each for each in find_unexplained(reconciliation) if each.over - each.under >= WORTH_NAMING]
    named = [
        f"{code(names.workspace(each.workspace_id))} {code(each.model or NO_MODEL_IN_WORDS)} {both_ways(each)}"
        for each in found[:SCOPES_NAMED]
    ]
    more = f" and {number(len(found) - SCOPES_NAMED)} more" if len(found) > SCOPES_NAMED else ""
    return f"{', '.join(named)}{more}"


def both_ways(found: Unexplained) -> str:
    """What was billed too much and too little: `+$20.00`, or `+$20.00 −$5.00`."""
    return " ".join(money_change(amount) for amount in (found.over, found.under) if amount)
