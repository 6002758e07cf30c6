"""A budget as `--json` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.terminal.page import exact, percent_or_null

if TYPE_CHECKING:
    from bot.analysis.budget import BudgetNow


def budget_as_json(now: BudgetNow) -> dict[str, Any]:
    """How it stands; `even` is what an even line has come to, `unmatched` what of its scope nothing is called."""
    standing = now.standing
    return {
        "name": standing.budget.name,
        "scope": str(standing.budget.scope),
        "spend": exact(standing.spent),
        "limit": exact(standing.allowed),
        "percent": percent_or_null(standing.percent),
        "even": exact(standing.even),
        "forecast": exact(standing.forecast.total),
        "forecast_percent": percent_or_null(standing.forecast_percent),
        "since": standing.window.since.isoformat(),
        "until": standing.window.until.isoformat(),
        "days_left": standing.days_left,
        "estimated": bool(now.estimated_days),
        "unmatched": [*now.unmatched],
    }
