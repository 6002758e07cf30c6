"""A gate's verdict in a line."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from bot.analysis.gate import Cause, Verdict
from bot.messages import basis
from bot.messages.layout import label
from bot.messages.numbers import counted, day_range, listed, moment, money, money_alike, number, percent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.analysis.gate import Gate

NEARBY = 3
ABOUT_LENGTH = 80


def gate_line(gate: Gate) -> str:
    """The verdict, the figures, and the reason if it is not simply under."""
    said = {Verdict.UNDER: "under", Verdict.OVER: "OVER", Verdict.UNKNOWN: "UNKNOWN"}[gate.verdict]
    about = label(gate.about, ABOUT_LENGTH)
    return f"{said}: {about} {figures(gate)}, {day_range(gate.interval)}{reason(gate)}"


def figures(gate: Gate) -> str:
    """What was spent of how much, and what is forecast."""
    if gate.spend is None:
        return f"has a limit of {money(gate.limit)}, and nothing is known of it"
    spent, limit = money_alike(gate.spend, gate.limit)
    forecast = "" if gate.forecast is None else f", forecast {money(gate.forecast)}"
    return f"{spent}{basis.mark(estimated=gate.estimated)} of {limit} ({percent(gate.percent)}){forecast}"


def reason(gate: Gate) -> str:
    """Why, and what to do about what cannot be known."""
    return REASONS[gate.cause].format(
        unmatched=" and ".join(gate.unmatched),
        unheard=" and ".join(gate.unheard),
        unpriced=listed(gate.unpriced),
        days=counted(gate.missing_days, "day"),
        as_of=moment(gate.data_as_of) if gate.data_as_of else "",
    )


REASONS = {
    Cause.WITHIN_LIMIT: "",
    Cause.SPEND_OVER: "",
    Cause.FORECAST_OVER: "; the forecast is over",
    Cause.NO_SUCH_SCOPE: "; nothing is called {unmatched}: see the budget in claudecost.toml",
    Cause.NO_DATA: '; run "claudecost sync" first',
    Cause.UNHEARD: '; nothing was ever fetched of {unheard}: run "claudecost sync", and see "claudecost doctor"',
    Cause.STALE: '; the newest data is of {as_of}: run "claudecost sync", or allow more with --max-age',
    Cause.DAYS_MISSING: '; never fetched: {days}; run "claudecost sync"',
    Cause.UNPRICED: '; {unpriced} has no price, so its tokens are not in it: see "claudecost prices"',
    Cause.NO_FORECAST: "; too few days are known for a forecast",
}


def nearby(name: str, known: Iterable[str]) -> str:
    """The likest of the names there are, or else the first few.

    >>> nearby("serach", ["ads", "search"]), nearby("x", ["d", "c", "b", "a"]), nearby("x", [])
    ('did you mean search?', 'there are a, b, c and 1 more', 'there is none')
    """
    by_name = {each.casefold(): each for each in sorted(known)}
    near = difflib.get_close_matches(name.casefold(), by_name, n=NEARBY)
    if near:
        return f"did you mean {' or '.join(by_name[each] for each in near)}?"
    names = list(by_name.values())
    more = [f"{number(len(names) - NEARBY)} more"] if len(names) > NEARBY else []
    return f"there {'are' if names[1:] else 'is'} {listed([*names[:NEARBY], *more]) if names else 'none'}"
