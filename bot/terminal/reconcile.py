"""What `claudecost reconcile` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.analysis.reconcile import Cause
from bot.messages.numbers import day_name, day_range, money, money_change, tokens
from bot.messages.reconcile import verdict
from bot.model import NO_MODEL
from bot.terminal.page import Page, exact, percent_or_null, written

if TYPE_CHECKING:
    from bot.analysis.reconcile import Reconciliation, Row
    from bot.model import Names

ROWS_SHOWN = 30


def reconciliation_as_json(reconciliation: Reconciliation) -> str:
    """The fixed shape of `reconcile --json`; every row, also those without a difference.

    `model` is null for cost that belongs to none; what no price is known for expects 0 and has the reason
    `unpriced_model`, so that rows add up. A row's reason is the largest of its causes; `causes` has all of each.
    """
    return written(
        {
            "since": reconciliation.interval.since.isoformat(),
            "until": reconciliation.interval.until.isoformat(),
            "billed": exact(reconciliation.billed),
            "expected": exact(reconciliation.expected),
            "difference": exact(reconciliation.difference),
            "explained_percent": percent_or_null(reconciliation.explained_percent),
            "causes": {cause.value: exact(amount) for cause, amount in reconciliation.causes.items()},
            "rows": [_row_as_json(row) for row in reconciliation.rows],
            "unpriced": [{"model": each.model, "tokens": each.tokens} for each in reconciliation.unpriced],
        }
    )


def _row_as_json(row: Row) -> dict[str, Any]:
    return {
        "day": row.day.isoformat(),
        "workspace_id": row.workspace_id,
        "model": row.model or None,
        "billed": exact(row.billed),
        "expected": exact(row.expected),
        "difference": exact(row.difference),
        "reason": row.reason.value if row.reason else None,
    }


def reconciliation_as_text(reconciliation: Reconciliation, names: Names) -> Page:
    """The largest differences, with their reasons."""
    differing = sorted((row for row in reconciliation.rows if row.causes), key=lambda row: -abs(row.difference))
    more = len(differing) - ROWS_SHOWN
    return Page(
        title=f"{day_range(reconciliation.interval)}: billed {money(reconciliation.billed)}, "
        f"tokens × price {money(reconciliation.expected)}",
        header=("Day", "Workspace", "Model", "Billed", "Expected", "Difference", "Reason"),
        rows=tuple(_row_as_cells(row, names) for row in differing[:ROWS_SHOWN]),
        align="lllrrrl",
        notes=(
            f"{more:,} smaller differences are in --json" if more > 0 else "",
            _sum_of_causes(reconciliation),
            verdict(reconciliation) or "no billed day to compare",
            *(f"no price is known for {each.model}: {tokens(each.tokens)} tokens" for each in reconciliation.unpriced),
        ),
    )


def _sum_of_causes(reconciliation: Reconciliation) -> str:
    parts = [f"{_in_words(cause)} {money_change(amount)}" for cause, amount in reconciliation.causes.items()]
    return f"difference {money_change(reconciliation.difference)}: {', '.join(parts)}" if parts else ""


def _in_words(cause: Cause) -> str:
    return cause.value.replace("_", " ")


def _row_as_cells(row: Row, names: Names) -> tuple[str, ...]:
    return (
        day_name(row.day),
        names.workspace(row.workspace_id),
        "no model" if row.model == NO_MODEL else row.model,
        money(row.billed),
        "unpriced" if row.reason is Cause.UNPRICED_MODEL else money(row.expected),
        money_change(row.difference),
        _in_words(row.reason) if row.reason else "",
    )
