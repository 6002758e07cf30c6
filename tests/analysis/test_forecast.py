"""What a month comes to: known days as they are, the others as the formula has them, unknown ones never as zero."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.forecast import (
    DailySpend,
    find_band,
    find_forecast,
    find_outlook,
    find_pace,
    find_rise,
    find_usual,
    past_errors,
)
from bot.model import Interval
from tests.builders import TODAY, YESTERDAY, last_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analysis.forecast import Forecast

NOVEMBER = Interval(date(2026, 11, 1), date(2026, 12, 1))
FIRST = date(2026, 11, 1)
DAYS_LEFT = 9
"""From the 22nd, a Sunday, to the 30th."""


def every_day(amount: int, *, days: int = 120, until: date = TODAY) -> dict[date, int]:
    return dict.fromkeys(last_days(days, until=until).days(), amount)


def business_week(days: int = 120) -> dict[date, int]:
    """A hundred on workdays, ten on the weekend."""
    return {day: 100 if day.weekday() < 5 else 10 for day in last_days(days).days()}


def forecast(
    whole: dict[date, int], begun: dict[date, int] | None = None, *, period: Interval = NOVEMBER, today: date = TODAY
) -> Forecast:
    return find_forecast(DailySpend(whole, begun or {}), period, today=today)


# --- The formula ---


def test_what_goes_on_as_ever_is_carried_on() -> None:
    found = forecast(every_day(100))
    assert (found.spent, found.to_come, found.total) == (2100, 900, 3000)


def test_weekdays_are_told_apart() -> None:
    found = forecast(business_week())
    assert found.expected is not None
    assert [found.expected[TODAY + timedelta(days=ahead)] for ahead in range(DAYS_LEFT)] == [
        10,
        *[100] * 5,
        10,
        10,
        100,
    ]


def test_the_week_before_counts_as_much_as_the_mean_of_four() -> None:
    last_week = dict.fromkeys(last_days(7).days(), 200)
    usual = find_usual(every_day(100) | last_week, YESTERDAY)
    assert usual is not None
    assert set(usual.values()) == {162}  # half of 200, and half of (200 + 3 × 100) / 4; a half goes to the even one


def test_one_spike_does_not_come_back_every_week() -> None:
    found = forecast(every_day(100) | {date(2026, 11, 18): 10_000})
    assert found.to_come == 900


def test_today_is_forecast_and_no_less_than_what_it_has_cost_already() -> None:
    assert forecast(every_day(100), {TODAY: 40}).to_come == 900
    assert forecast(every_day(100), {TODAY: 250}).to_come == 1050


def test_what_is_not_over_is_not_spent() -> None:
    found = forecast(every_day(100, until=TODAY + timedelta(days=1)))
    assert (found.spent, found.known_days[-1]) == (2100, YESTERDAY)


# --- What is not known ---


def test_a_day_never_fetched_is_forecast_and_named() -> None:
    whole = every_day(100)
    del whole[date(2026, 11, 10)]
    found = forecast(whole)
    assert (found.spent, found.missing_days, found.total) == (2000, (date(2026, 11, 10),), 3000)


def test_days_since_the_newest_known_one_are_missing() -> None:
    found = forecast(every_day(100, until=date(2026, 11, 20)))
    assert found.missing_days == (date(2026, 11, 20), YESTERDAY)
    assert found.total == 3000


@pytest.mark.parametrize("days", [13, 0])
def test_too_few_known_days_make_no_forecast(days: int) -> None:
    found = forecast(every_day(100, days=days))
    assert (found.total, found.low, found.high) == (None, None, None)


def test_two_weeks_make_a_rough_one() -> None:
    found = forecast(every_day(100, days=14))
    assert found.band.is_rough
    assert (found.low, found.total, found.high) == (1400 + 960, 2900 + 100, 1400 + 2240)


def test_without_a_weekday_nobody_knows_what_that_costs() -> None:
    whole = {day: 100 for day in last_days(28).days() if day.weekday() != 0}
    assert forecast(whole).total is None


def test_nothing_known_of_the_period_is_not_zero() -> None:
    found = forecast(every_day(100, until=FIRST), today=FIRST)
    assert (found.spent, found.total) == (None, 3000)


def test_zeros_are_known() -> None:
    assert forecast(every_day(0)).total == 0


# --- Any period ---


def test_a_period_that_is_over_is_what_it_was() -> None:
    found = forecast(every_day(100), period=Interval(date(2026, 10, 1), FIRST))
    assert found.is_over
    assert (found.spent, found.low, found.total, found.high) == (3100, 3100, 3100, 3100)


def test_a_period_to_come_is_all_forecast() -> None:
    found = forecast(every_day(100), period=Interval(date(2026, 12, 1), date(2027, 1, 1)))
    assert (found.spent, found.total, found.missing_days) == (None, 3100, ())


def test_a_quarter_is_rough_where_nothing_as_long_was_ever_forecast() -> None:
    found = forecast(every_day(100), period=Interval(date(2026, 11, 1), date(2027, 2, 15)))
    assert found.band.is_rough
    assert found.total == 100 * 106


# --- The band ---


def test_a_forecaster_that_was_never_wrong_still_has_a_band() -> None:
    found = forecast(every_day(100))
    assert (found.low, found.high) == (2100 + 855, 2100 + 945)
    assert found.band.errors == 84 - DAYS_LEFT + 1


def test_the_band_is_what_it_was_off_by() -> None:
    growing = {day: 100 + place for place, day in enumerate(last_days(120).days())}
    band = find_band(growing, YESTERDAY, days=DAYS_LEFT)
    assert band.low == Fraction(-1, 20)
    assert Fraction(1, 20) < band.high < Fraction(1, 5)


def test_each_weekday_is_held_against_its_own() -> None:
    """Three days as ever are no error; what a Tuesday cost more is one of each three that it is among."""
    whole = {day: 100 + 10 * day.weekday() for day in last_days(120).days()} | {date(2026, 11, 17): 210}
    assert list(past_errors(whole, YESTERDAY, days=3))[:6] == [
        0,
        0,
        Fraction(100, 110 + 120 + 130),
        Fraction(100, 100 + 110 + 120),
        Fraction(100, 160 + 100 + 110),
        0,
    ]


def test_days_not_known_are_no_error() -> None:
    whole = {day: amount for day, amount in every_day(100).items() if day.day != 5}
    assert find_band(whole, YESTERDAY, days=25).errors < find_band(every_day(100), YESTERDAY, days=25).errors


def test_what_comes_out_of_nothing_is_no_error_in_percent() -> None:
    whole = every_day(0) | {date(2026, 10, 20): 500}
    assert find_band(whole, YESTERDAY, days=28).errors < find_band(every_day(0), YESTERDAY, days=28).errors


@given(st.lists(st.integers(0, 10**12), min_size=28, max_size=130), st.integers(1, 40))
def test_what_is_spent_and_to_come_adds_up_within_the_band(amounts: Sequence[int], days_left: int) -> None:
    whole = dict(zip(last_days(len(amounts)).days(), amounts, strict=True))
    found = forecast(whole, period=Interval(FIRST, TODAY + timedelta(days=days_left)))
    assert found.spent is not None
    assert found.to_come is not None
    assert found.total == found.spent + found.to_come
    assert found.low is not None
    assert found.high is not None
    assert found.spent <= found.low <= found.total <= found.high
    assert found.to_come <= days_left * max(amounts[-28:])


# --- While an alert is open ---

OPENED = date(2026, 11, 19)


def step(before: int = 100, after: int = 300) -> DailySpend:
    """A level, and another one since the day on which the alert opened."""
    return DailySpend(every_day(before) | dict.fromkeys(last_days(3).days(), after), {})


def test_what_goes_on_stays_at_the_newest_level_and_what_stops_returns() -> None:
    spend = step()
    rise = find_rise(spend, opened_day=OPENED, spike_day=None, today=TODAY)
    assert rise is not None
    assert rise.excess == 200
    outlook = find_outlook(spend, NOVEMBER, today=TODAY, rises=[rise])
    assert outlook.continues is not None
    assert outlook.stops is not None
    assert outlook.continues.to_come == DAYS_LEFT * 300
    assert outlook.stops.to_come == DAYS_LEFT * 100
    assert outlook.stops.spent == outlook.forecast.spent


def test_the_rest_of_a_scope_is_forecast_as_ever() -> None:
    rise = find_rise(step(), opened_day=OPENED, spike_day=None, today=TODAY)
    assert rise is not None
    together = DailySpend({day: amount + 1000 for day, amount in rise.spend.whole.items()}, {})
    outlook = find_outlook(together, NOVEMBER, today=TODAY, rises=[rise])
    assert outlook.continues is not None
    assert outlook.stops is not None
    assert outlook.continues.to_come == DAYS_LEFT * 1300
    assert outlook.stops.to_come == DAYS_LEFT * 1100


def test_a_spike_goes_on_at_its_own_level() -> None:
    spend = DailySpend(every_day(100) | {YESTERDAY: 700}, {})
    rise = find_rise(spend, opened_day=YESTERDAY, spike_day=YESTERDAY, today=TODAY)
    assert rise is not None
    assert rise.excess == 600


def test_a_rise_that_is_over_makes_no_two_numbers() -> None:
    spend = DailySpend(every_day(100) | {date(2026, 11, 17): 900}, {})
    assert find_rise(spend, opened_day=date(2026, 11, 17), spike_day=date(2026, 11, 17), today=TODAY) is None
    assert find_outlook(spend, NOVEMBER, today=TODAY).continues is None


def test_without_the_level_before_there_is_none_to_return_to() -> None:
    spend = DailySpend(every_day(300, days=15), {})
    assert find_rise(spend, opened_day=YESTERDAY, spike_day=None, today=TODAY) is None


# --- Pace ---


def test_pace_is_held_against_the_days_that_are_known() -> None:
    whole = every_day(100)
    del whole[date(2026, 11, 10)]
    pace = find_pace(forecast(whole), target=3000)
    assert pace is not None
    assert (pace.even, pace.ahead, pace.ahead_percent) == (2000, 0, Decimal("0.00"))


def test_there_is_no_pace_before_the_first_day_is_known() -> None:
    assert find_pace(forecast(every_day(100, until=FIRST), today=FIRST), target=3000) is None
