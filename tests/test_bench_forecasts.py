"""The benchmark of forecasts: months are whole, and what repeats is forecast without an error."""

from __future__ import annotations

from datetime import date, timedelta

from bot.model import Interval
from tests.bench.forecasts import Score, any_months, calendar_months, in_nanos, simulated

FIRST = date(2026, 3, 2)


def test_a_steady_series_is_forecast_without_an_error() -> None:
    score = Score()
    score.add(in_nanos([10.0] * 120), Interval(date(2026, 5, 1), date(2026, 6, 1)), day=10)
    assert (score.errors, score.linear, score.inside) == ([0.0], [0.0], [True])


def test_months_are_known_whole_with_four_weeks_before_them() -> None:
    amounts = in_nanos([1.0] * 100)
    assert [month.since for month in calendar_months(amounts)] == [date(2026, 4, 1), date(2026, 5, 1)]
    assert all(month.until <= FIRST + timedelta(days=100) for month in any_months(amounts))


def test_workspaces_add_up_to_their_organization() -> None:
    whole, parts = simulated("calm", 1)
    day = max(whole)
    assert abs(whole[day] - sum(part[day] for part in parts)) <= len(parts)
