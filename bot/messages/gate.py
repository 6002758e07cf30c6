"""A gate's verdict in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.gate import Cause, Verdict
from bot.messages.numbers import counted, day_range, moment, money, money_alike, percent

if TYPE_CHECKING:
    from bot.analysis.gate import Gate


def gate_line(gate: Gate) -> str:
    """The verdict, the figures, and the reason if it is not simply under."""
    said = {Verdict.UNDER: "under", Verdict.OVER: "OVER", Verdict.UNKNOWN: "UNKNOWN"}[gate.verdict]
    return f"{said}: {figures(gate)}, {day_range(gate.interval)}{reason(gate)}"


def figures(gate: Gate) -> str:
    """What was spent of how much, and what is forecast."""
    if gate.spend is None:
        return f"nothing known of the limit of {money(gate.limit)}"
    spent, limit = money_alike(gate.spend, gate.limit)
    forecast = "" if gate.forecast is None else f", forecast {money(gate.forecast)}"
    return f"{spent} of {limit} ({percent(gate.percent)}){forecast}"


def reason(gate: Gate) -> str:
    """Why, and what to do about what cannot be known."""
    return REASONS[gate.cause].format(
        unmatched=" and ".join(gate.unmatched),
        days=counted(gate.missing_days, "day"),
        as_of=moment(gate.data_as_of) if gate.data_as_of else "",
    )


REASONS = {
    Cause.WITHIN_LIMIT: "",
    Cause.SPEND_OVER: "",
    Cause.FORECAST_OVER: "; the forecast is over",
    Cause.NO_SUCH_SCOPE: "; nothing is called {unmatched}",
    Cause.NO_DATA: '; run "claudecost sync" first',
    Cause.STALE: '; the newest data is of {as_of}: run "claudecost sync", or allow more with --max-age',
    Cause.DAYS_MISSING: '; {days} were never fetched: run "claudecost sync"',
    Cause.UNPRICED: "; a model has no price, so its tokens are not in it: see claudecost prices",
    Cause.NO_FORECAST: "; too few days are known for a forecast",
}
