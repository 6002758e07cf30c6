"""Rule B: one day far above the 28 before it."""

from __future__ import annotations

import statistics
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.daily_rule import DailyRule
from bot.model import Finding, Kind, Reason, Spike, Status, WeeklySpend, usd
from tests.builders import CHECKOUT, CONTRACT, OPUS, SONNET, YESTERDAY, all_known, days_spend, find

QUIET_WEEKS = (100,) * 34
UNEVEN = (90, 110) * 17
"""Mean 100, deviation 10: four deviations above the mean are 140, one and a half times it is 150."""


def whole(found: list[Finding]) -> Finding | None:
    """The workspace's own finding."""
    return next((one for one in found if one.model is None), None)


def test_a_day_far_above_the_usual_is_due() -> None:
    found = whole(find(days_spend(250, *QUIET_WEEKS)))
    assert found is not None
    assert (found.kind, found.status, found.reason) == (Kind.DAY, Status.DUE, Reason.ONE_DAY)
    assert (found.previous, found.current, found.increase) == (usd(100), usd(250), usd(150))
    assert found.spike == Spike(YESTERDAY, usd(250), usd(100))
    assert found.change_percent == Decimal("150.00")


def test_exactly_one_and_a_half_times_the_mean_is_none() -> None:
    assert find(days_spend(150, *QUIET_WEEKS)) == []
    assert find(days_spend("150.000000001", *QUIET_WEEKS))


def test_exactly_four_deviations_above_the_mean_are_none() -> None:
    wide = (80, 120) * 17  # deviation 20
    assert find(days_spend(180, *wide)) == []
    assert find(days_spend("180.000000001", *wide))


def test_a_rise_of_exactly_two_fifths_of_the_floor_is_enough() -> None:
    assert find(days_spend(160, *QUIET_WEEKS), floor=150)
    assert find(days_spend("159.999999999", *QUIET_WEEKS), floor=150) == []


def test_a_day_has_to_exceed_a_threshold_above_fifty_percent() -> None:
    careless = replace(CONTRACT, threshold_percent=Decimal(80))
    assert find(days_spend(180, *QUIET_WEEKS), contract=careless) == []
    assert find(days_spend(181, *QUIET_WEEKS), contract=careless)


def test_the_week_speaks_for_the_day_where_both_are_to_be_told() -> None:
    found = whole(find(days_spend(400, *QUIET_WEEKS)))
    assert found is not None
    assert (found.kind, found.reason) == (Kind.RISE, Reason.ABOVE_THRESHOLD)
    assert (found.previous, found.current) == (usd(700), usd(1000))
    assert found.spike == Spike(YESTERDAY, usd(400), usd(100))


def test_the_day_speaks_where_the_week_is_held() -> None:
    found = whole(find(days_spend(280, *QUIET_WEEKS), floor=200))
    assert found is not None
    assert (found.kind, found.status) == (Kind.DAY, Status.DUE)


def test_what_has_no_baseline_is_left_to_the_week() -> None:
    new = days_spend(40, *[0] * 34)
    assert {(one.kind, one.spike) for one in find(new)} == {(Kind.NEW, None)}
    young = days_spend(40, *[1] * 12, *[0] * 22, first_day=YESTERDAY - timedelta(days=12))
    assert {one.spike for one in find(young)} == {None}


def test_with_fewer_than_fourteen_days_known_no_day_is_judged() -> None:
    def known(days: int) -> list[Finding]:
        spend = days_spend(260, *QUIET_WEEKS)._replace(before=usd(100) * (days - 1))
        return find(spend, known=replace(all_known(), days=(True,) * days))

    assert known(15)
    assert known(14) == []


def test_a_day_that_is_not_compared_itself_is_not_judged() -> None:
    week = all_known()
    assert find(days_spend(260, *QUIET_WEEKS), known=replace(week, compared=week.compared[:6])) == []


def test_a_model_that_takes_over_for_a_day_is_a_model_shift() -> None:
    found = find(days_spend(190, *QUIET_WEEKS), days_spend(20, *QUIET_WEEKS, model=SONNET))
    assert [(one.model, one.kind, one.status, one.reason) for one in found if one.model == OPUS] == [
        (OPUS, Kind.MODEL_SHIFT, Status.HELD, Reason.MODEL_SHIFT)
    ]


def test_beside_an_open_alert_a_day_is_no_new_message() -> None:
    found = find(days_spend(250, *QUIET_WEEKS), open_alerts=[CHECKOUT])
    assert {(one.kind, one.status, one.reason) for one in found} == {(Kind.DAY, Status.OPEN, Reason.OPEN_ALERT)}


def test_uneven_days_ask_for_more() -> None:
    assert find(days_spend(145, *UNEVEN)) == []
    assert find(days_spend(151, *UNEVEN))


WORKING_WEEKS = ((100, 100, 100, 100, 20, 20, 100) * 5)[:34]
"""A working week's rhythm: 77 a day, deviation 36, so that four deviations above the mean are 222."""


def test_a_day_far_above_its_weekday_is_due() -> None:
    found = whole(find(days_spend(160, *WORKING_WEEKS)))
    assert found is not None
    assert (found.kind, found.status, found.reason) == (Kind.DAY, Status.DUE, Reason.ONE_DAY)


def test_exactly_one_and_a_half_times_its_weekday_is_none() -> None:
    assert find(days_spend(150, *WORKING_WEEKS)) == []


def test_exactly_five_deviations_above_its_weekday_are_none() -> None:
    weeks = ((56, 90, 92, 100, 20, 20, 100, 144, 110, 108, 100, 20, 20, 100) * 3)[:34]  # sd21 is 20
    assert find(days_spend(200, *weeks)) == []
    assert find(days_spend("200.000000001", *weeks))


def test_with_a_day_unknown_a_day_is_not_held_against_its_weekday() -> None:
    known = replace(all_known(), days=(*[True] * 28, False, *[True] * 6))
    weekday = days_spend(160, *WORKING_WEEKS)
    assert find(weekday._replace(before=weekday.before - usd(WORKING_WEEKS[27])), known=known) == []


@given(
    days=st.lists(st.integers(0, 10**12), min_size=35, max_size=35),
    latest=st.integers(1, 10**13),
    floor=st.integers(0, 10**12),
)
def test_integers_decide_as_exact_fractions_would(days: list[int], latest: int, floor: int) -> None:
    baseline = days[1:29]
    scope = WeeklySpend(
        CHECKOUT, OPUS, (0, 1, 0, 0, 0), None, latest, sum(baseline), tuple((day,) for day in [latest, *days[1:]]), (0,)
    )
    rule = DailyRule(day=YESTERDAY, known=(True,) * 35)
    terms = CONTRACT.levels(floor).of(CHECKOUT, OPUS)
    mean = Fraction(sum(baseline), 28)
    variance = statistics.pvariance([Fraction(day) for day in baseline])
    excess = latest - mean
    by_weekday = [[Fraction(day) for day in baseline[place::7]] for place in range(7)]
    usual = statistics.mean(by_weekday[6])
    spread = sum(4 * statistics.pvariance(weekday) for weekday in by_weekday) / 21
    is_above_weekday = latest > Fraction(3, 2) * usual and (latest - usual) ** 2 > 25 * spread
    expected = (
        sum(baseline) > 0
        and excess > 0
        and (excess**2 > 16 * variance or is_above_weekday)
        and latest > Fraction(3, 2) * mean
        and excess >= Fraction(2, 5) * floor
    )
    assert (rule.may_be_breach(scope) and rule.find(scope, terms) is not None) is expected


@pytest.mark.parametrize("times", [2.5, 2.7])
def test_a_day_that_cannot_move_its_week_is_told_all_the_same(times: float) -> None:
    found = find(days_spend(str(100 * times), *QUIET_WEEKS))
    assert {one.kind for one in found} == {Kind.DAY}
