"""How the month stands on the day a digest is told: so far, by its end, and in the month before. No budget needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.forecast import find_forecast, forecast_without_band
from bot.analysis.month import month_before, month_of
from bot.model import change_percent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from bot.analysis.forecast import DailySpend, Forecast
    from bot.model import FetchedDay


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPace:
    """The month of the day it is told on, and the one before; `estimated` where not all so far is from the bill."""

    forecast: Forecast
    last_month: Forecast
    estimated: bool

    @property
    def change_percent(self) -> Decimal | None:
        """By how much the forecast is above last month; None without either, or where not all of that is known."""
        if self.last_month.missing_days:
            return None
        return change_percent(previous=self.last_month.spent, current=self.forecast.total)


def find_month_pace(spend: DailySpend, fetched: Mapping[date, FetchedDay], *, today: date) -> MonthPace:
    """The pace of the month of `today`, which is not over."""
    month = month_of(today)
    forecast = find_forecast(spend, month, today=today)
    return MonthPace(
        forecast=forecast,
        last_month=forecast_without_band(spend, month_before(month), today=today),
        estimated=any(not fetched[day].is_billed for day in forecast.known_days),
    )
