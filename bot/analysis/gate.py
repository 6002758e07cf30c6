"""The gate: whether spend is under a limit, over it, or cannot be known; what cannot be known does not pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.analysis.budget import BudgetNow, Standing
    from bot.model import Interval, NanoUsd

MAX_AGE = timedelta(hours=26)
LIMIT = "--limit"
"""The name of a limit that was typed, as a budget."""


class Verdict(StrEnum):
    """What a gate says."""

    UNDER = "under"
    OVER = "over"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why it says so."""

    WITHIN_LIMIT = "within_limit"
    SPEND_OVER = "spend_over"
    FORECAST_OVER = "forecast_over"
    NO_SUCH_SCOPE = "no_such_scope"
    NO_DATA = "no_data"
    UNHEARD = "unheard"
    STALE = "stale"
    DAYS_MISSING = "days_missing"
    UNPRICED = "unpriced"
    NO_FORECAST = "no_forecast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A verdict; `about` is a budget, or what a limit is for, and `estimated` is whether not all is billed yet."""

    about: str
    verdict: Verdict
    cause: Cause
    spend: NanoUsd | None
    limit: NanoUsd
    percent: Decimal | None
    forecast: NanoUsd | None
    interval: Interval
    data_as_of: datetime | None
    unmatched: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()
    estimated: bool = False
    missing_days: int = 0


def find_gate(found: BudgetNow, *, now: datetime, max_age: timedelta = MAX_AGE, by_forecast: bool = False) -> Gate:
    """The verdict on a budget, or on a limit as one. Spend that is over is over, whatever else is not known."""
    standing = found.standing
    cause = over_or_unknown(found, now=now, max_age=max_age) or (
        by_its_end(standing) if by_forecast else Cause.WITHIN_LIMIT
    )
    budget = standing.budget
    return Gate(
        about=str(budget.scope) if budget.name == LIMIT else f"budget {budget.name}",
        verdict=VERDICTS.get(cause, Verdict.UNKNOWN),
        cause=cause,
        spend=spend_of(found),
        limit=standing.allowed,
        percent=None if spend_of(found) is None else standing.percent or Decimal("0.00"),
        forecast=standing.forecast.total,
        interval=standing.window,
        data_as_of=found.data_as_of,
        unmatched=found.unmatched,
        unheard=found.unheard,
        unpriced=found.unpriced,
        estimated=bool(found.estimated_days),
        missing_days=len(standing.missing_days),
    )


def spend_of(found: BudgetNow) -> NanoUsd | None:
    """What was spent; nothing in a period that has begun after the newest data, or not yet. None where nobody knows."""
    standing = found.standing
    if standing.spent is not None or found.data_as_of is None or found.unmatched or standing.missing_days:
        return standing.spent
    return 0


VERDICTS = {
    Cause.WITHIN_LIMIT: Verdict.UNDER,
    Cause.SPEND_OVER: Verdict.OVER,
    Cause.FORECAST_OVER: Verdict.OVER,
}


def over_or_unknown(found: BudgetNow, *, now: datetime, max_age: timedelta) -> Cause | None:
    """The first thing that keeps spend from being known to be under."""
    causes = {
        Cause.NO_DATA: found.data_as_of is None,
        Cause.NO_SUCH_SCOPE: bool(found.unmatched),
        Cause.SPEND_OVER: found.standing.is_over,
        Cause.UNHEARD: bool(found.unheard),
        Cause.STALE: found.data_as_of is not None and now - found.data_as_of > max_age,
        Cause.DAYS_MISSING: bool(found.standing.missing_days),
        Cause.UNPRICED: bool(found.unpriced),
    }
    return next((cause for cause, holds in causes.items() if holds), None)


def by_its_end(standing: Standing) -> Cause:
    """What the forecast decides."""
    if standing.forecast.total is None:
        return Cause.NO_FORECAST
    return Cause.FORECAST_OVER if standing.will_be_over else Cause.WITHIN_LIMIT
