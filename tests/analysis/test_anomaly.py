"""Rule A: what breaches, what is told, and what is kept back for which reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.contract import Contract, Override, floor_for
from bot.analysis.coverage import comparable_days, find_known_weeks
from bot.model import NO_MODEL, Finding, Kind, Reason, Source, Status, WeeklySpend, end_of, usd
from tests.builders import (
    CHECKOUT,
    CONTRACT,
    HAIKU,
    OPUS,
    SEARCH,
    SONNET,
    YESTERDAY,
    all_known,
    days_spend,
    fetched_day,
    fetched_days,
    find,
    last_days,
    weekly_spend,
)

if TYPE_CHECKING:
    import random

    from bot.model import NanoUsd

DUE = (Status.DUE, Reason.ABOVE_THRESHOLD)


def over(percent: Decimal | int) -> Contract:
    """The default contract with another threshold."""
    return Contract(threshold_percent=Decimal(percent), min_increase=None)


def only(findings: list[Finding], *, model: str | None = None) -> Finding:
    """The one finding of a scope."""
    (found,) = (finding for finding in findings if finding.model == model)
    return found


# --- The breach ---


def test_a_workspace_and_its_model_over_the_threshold_are_due() -> None:
    found = find(weekly_spend(200, 100))
    assert [(one.model, one.kind, one.status, one.reason) for one in found] == [
        (None, Kind.RISE, *DUE),
        (OPUS, Kind.RISE, *DUE),
    ]


def test_exactly_25_percent_is_no_breach() -> None:
    assert find(weekly_spend(125, 100)) == []


def test_a_nano_dollar_more_is() -> None:
    assert find(weekly_spend("125.000000001", 100))


@given(previous=st.integers(1, 10**18), threshold=st.decimals(min_value="0.01", max_value=10_000, places=2))
def test_the_threshold_is_exact_at_any_size(previous: int, threshold: Decimal) -> None:
    limit = previous * 10_000 + previous * int(threshold * 100)  # in ten-thousandths of a nano-dollar

    def breaches(current: NanoUsd) -> bool:
        spend = [WeeklySpend(CHECKOUT, OPUS, (current, *[previous] * 4), None)]
        return bool(find(*spend, contract=over(threshold), floor=0))

    assert not breaches(limit // 10_000)
    assert breaches(limit // 10_000 + 1)


def test_the_threshold_can_be_set() -> None:
    assert find(weekly_spend(139, 100), contract=over(40)) == []
    assert find(weekly_spend(141, 100), contract=over(40))


def test_a_model_can_breach_in_a_workspace_that_does_not() -> None:
    found = find(weekly_spend(200, 100), weekly_spend(900, 900, model=SONNET))
    assert [one.model for one in found] == [OPUS]


def test_cost_of_no_model_counts_for_its_workspace_only() -> None:
    found = find(weekly_spend(100), weekly_spend(90, 10, model=NO_MODEL))
    assert [(one.model, one.current) for one in found] == [(None, usd(190))]


def test_the_largest_rise_comes_first() -> None:
    found = find(
        weekly_spend(200, 100), weekly_spend(500, 100, workspace_id=SEARCH), weekly_spend(50, 5, workspace_id="other")
    )
    assert [one.increase for one in found] == [usd(400)] * 2 + [usd(100)] * 2 + [usd(45)] * 2


# --- The four conditions ---


def test_a_rise_below_the_floor_is_held() -> None:
    found = only(find(weekly_spend("109.99", 80), floor=30))
    assert (found.status, found.reason) == (Status.HELD, Reason.BELOW_FLOOR)


def test_a_rise_of_exactly_the_floor_is_due() -> None:
    assert only(find(weekly_spend(110, 80), floor=30)).status is Status.DUE


def doubling(*days: str | int, contract: Contract = CONTRACT) -> Finding:
    """What is found of a workspace beside a floor of $100 of its own making."""
    return only(find(days_spend(*days), contract=contract, floor=100))


def test_half_the_floor_is_enough_where_a_calm_week_more_than_doubles() -> None:
    assert doubling(*["15.00"] * 7, 7).status is Status.DUE
    assert doubling(*["14.14"] * 7, 7).reason is Reason.BELOW_FLOOR  # $49.98
    assert doubling(*[16] * 7, 8).reason is Reason.BELOW_FLOOR  # exactly the double


def test_half_the_floor_is_not_enough_where_weeks_swing() -> None:
    assert doubling(*[14] * 7, *((6,) * 7 + (5,) * 7) * 2).status is Status.DUE
    assert doubling(*[14] * 7, *((6,) * 7 + (3,) * 7) * 2).reason is Reason.BELOW_FLOOR


def test_half_the_floor_is_not_enough_where_a_floor_was_set() -> None:
    fixed = replace(CONTRACT, min_increase=usd(100))
    of_its_own = replace(CONTRACT, overrides=(Override(workspace=CHECKOUT, floor=usd(100)),))
    for contract in (fixed, of_its_own):
        assert doubling(*[15] * 7, 7, contract=contract).reason is Reason.BELOW_FLOOR


def test_half_the_floor_is_never_less_than_a_dollar() -> None:
    assert CONTRACT.floor_of_doubling(usd("1.50")) == usd(1)


def test_tiny_series_stay_below_the_floor() -> None:
    assert only(find(weekly_spend("0.09", "0.02"), floor=1)).reason is Reason.BELOW_FLOOR


def test_the_rebound_after_a_holiday_week_is_a_return_to_normal() -> None:
    found = only(find(weekly_spend(100, 60, 98, 102, 95)))
    assert (found.kind, found.status, found.reason) == (Kind.RISE, Status.HELD, Reason.RETURN_TO_NORMAL)


def test_exactly_25_percent_over_the_median_is_still_normal() -> None:
    assert only(find(weekly_spend(125, 60, 100, 100, 140))).reason is Reason.RETURN_TO_NORMAL
    assert only(find(weekly_spend("125.01", 60, 100, 100, 140))).status is Status.DUE


def test_weeks_never_fetched_are_no_part_of_the_median() -> None:
    spend = weekly_spend(100, 70, 95, 0, 0)
    assert only(find(spend, known=all_known(weeks=(True, True, True, False, False)))).reason is Reason.RETURN_TO_NORMAL
    assert only(find(spend, known=all_known())).status is Status.DUE


def test_money_moving_between_models_is_a_shift() -> None:
    found = find(weekly_spend(180, 100), weekly_spend(20, 100, model=SONNET))
    assert [(one.model, one.kind, one.status, one.reason) for one in found] == [
        (OPUS, Kind.MODEL_SHIFT, Status.HELD, Reason.MODEL_SHIFT)
    ]


def test_moving_to_a_model_that_is_new_is_a_shift_too() -> None:
    found = only(find(weekly_spend(100, 0), weekly_spend(0, 100, model=SONNET)), model=OPUS)
    assert found.kind is Kind.MODEL_SHIFT


def test_four_fifths_of_the_rise_must_have_come_from_the_other_models() -> None:
    neighbour = weekly_spend(1000, model=HAIKU)
    assert only(find(weekly_spend(200, 100), weekly_spend(20, 100, model=SONNET), neighbour), model=OPUS).kind is (
        Kind.MODEL_SHIFT
    )
    assert only(find(weekly_spend(200, 100), weekly_spend(21, 100, model=SONNET), neighbour), model=OPUS).kind is (
        Kind.RISE
    )


def test_in_a_workspace_up_ten_percent_nothing_is_a_shift() -> None:
    found = find(weekly_spend(200, 50), weekly_spend(20, 150, model=SONNET))
    assert only(found, model=OPUS).status is Status.DUE


def test_a_workspace_with_an_open_alert_is_not_announced_again() -> None:
    found = find(weekly_spend(200, 100), weekly_spend(200, 100, workspace_id=SEARCH), open_alerts=[CHECKOUT])
    assert {(one.workspace_id, one.status, one.reason) for one in found} == {
        (CHECKOUT, Status.OPEN, Reason.OPEN_ALERT),
        (SEARCH, *DUE),
    }


def test_a_small_breach_beside_an_open_alert_is_held_for_its_own_reason() -> None:
    assert only(find(weekly_spend(5, 1), open_alerts=[CHECKOUT])).reason is Reason.BELOW_FLOOR


# --- The floor ---


@pytest.mark.parametrize(
    ("previous_week", "floor"), [(0, 1), (150, 1), (200, 1), (4_000, 20), (10_000, 50), (90_000, 50), (-50, 1)]
)
def test_the_floor_follows_the_organisation_between_one_and_fifty_dollars(previous_week: int, floor: int) -> None:
    assert floor_for(usd(previous_week), None) == usd(floor)


def test_a_floor_that_was_set_is_taken_as_it_is() -> None:
    assert floor_for(usd(4_000), usd(300)) == usd(300)
    assert floor_for(usd(4_000), 0) == 0


# --- New, young, vanished, credited ---


def test_spend_without_a_week_before_is_new_and_has_no_percentage() -> None:
    found = only(find(weekly_spend(84, 0, first_day=YESTERDAY - timedelta(days=4))))
    assert (found.kind, found.status, found.reason) == (Kind.NEW, Status.DUE, Reason.NO_BASELINE)
    assert found.change_percent is None


def test_something_new_below_the_floor_is_held() -> None:
    found = only(find(weekly_spend("9.99", 0)))
    assert (found.kind, found.status, found.reason) == (Kind.NEW, Status.HELD, Reason.BELOW_FLOOR)


def test_less_than_two_weeks_of_history_is_new() -> None:
    thirteen_days = weekly_spend(100, 20, 0, 0, 0, first_day=YESTERDAY - timedelta(days=12))
    assert only(find(thirteen_days)).change_percent is None


def test_two_weeks_of_history_are_a_baseline() -> None:
    fourteen_days = weekly_spend(100, 20, 0, 0, 0, first_day=YESTERDAY - timedelta(days=13))
    assert only(find(fourteen_days)).change_percent == Decimal("400.00")


def test_a_short_history_of_ours_does_not_make_a_series_young() -> None:
    spend = weekly_spend(100, 20, 0, 0, 0, first_day=YESTERDAY - timedelta(days=11))
    assert only(find(spend, known=all_known(weeks=(True, True, False, False, False), pairs=5))).kind is Kind.RISE


def test_what_stopped_is_no_breach() -> None:
    assert find(weekly_spend(0, 100)) == []
    assert find(weekly_spend(0, 0)) == []


def test_credits_are_no_baseline_and_no_breach() -> None:
    assert find(weekly_spend(-110, -100)) == []
    assert only(find(weekly_spend(5, -50))).reason is Reason.BELOW_FLOOR
    assert only(find(weekly_spend(50, -50))).kind is Kind.NEW


# --- Days that are missing ---


def test_with_fewer_than_five_weekdays_to_compare_nothing_is_judged() -> None:
    found = find(weekly_spend(500, 100), weekly_spend(100, model=SONNET), known=all_known(pairs=4))
    assert [(one.model, one.kind, one.status, one.reason) for one in found] == [
        (None, Kind.NOT_JUDGED, Status.HELD, Reason.DAYS_MISSING)
    ]
    assert found[0].change_percent is None


def test_five_weekdays_are_enough() -> None:
    assert only(find(weekly_spend(500, 100), known=all_known(pairs=5))).status is Status.DUE


def test_all_seven_days_are_compared_when_both_weeks_are_known() -> None:
    assert comparable_days(YESTERDAY, fetched_days(last_days(14))) == last_days(7).days()


def test_a_day_missing_in_either_week_takes_its_weekday_from_both() -> None:
    known = fetched_days(last_days(14))
    del known[date(2026, 11, 18)], known[date(2026, 11, 10)]
    assert set(last_days(7).days()) - set(comparable_days(YESTERDAY, known)) == {date(2026, 11, 18), date(2026, 11, 17)}


def test_a_partial_day_is_not_compared() -> None:
    known = fetched_days(last_days(14))
    known[YESTERDAY] = fetched_day(YESTERDAY, fetched_at=end_of(YESTERDAY) - timedelta(minutes=1))
    assert YESTERDAY not in comparable_days(YESTERDAY, known)


def test_a_day_that_has_not_settled_is_not_compared() -> None:
    known = fetched_days(last_days(14))
    known[YESTERDAY] = fetched_day(YESTERDAY, fetched_at=end_of(YESTERDAY) + timedelta(hours=2))
    assert YESTERDAY not in comparable_days(YESTERDAY, known)


def test_an_estimated_day_is_not_compared_with_a_billed_one() -> None:
    known = fetched_days(last_days(14)) | fetched_days(last_days(2), source=Source.ESTIMATE)
    assert comparable_days(YESTERDAY, known) == last_days(7).days()[:5]


def test_estimated_days_are_compared_with_each_other() -> None:
    known = fetched_days(last_days(14), source=Source.ESTIMATE)
    assert comparable_days(YESTERDAY, known) == last_days(7).days()


def test_a_week_is_known_if_each_compared_day_is() -> None:
    known = fetched_days(last_days(21))
    assert find_known_weeks(last_days(7).days(), known) == (True, True, True, False, False)
    del known[date(2026, 11, 2)]
    assert find_known_weeks(last_days(7).days(), known) == (True, True, False, False, False)
    assert find_known_weeks(last_days(5).days(), known) == (True, True, True, False, False)


def test_without_days_to_compare_no_week_is_known() -> None:
    assert find_known_weeks((), fetched_days(last_days(35))) == (False,) * 5


# --- Quiet mode ---

SWINGING = ((100,) * 7 + (60,) * 7) * 2
"""Weeks of 100 and 60 a day in turn before the judged one: the 7-day sum usually moves by 24.00 %."""


def quiet(*days: int) -> Finding | None:
    """A workspace's finding in quiet mode, the latest week given."""
    found = find(days_spend(*days, *SWINGING), contract=replace(CONTRACT, is_quiet=True))
    return next((one for one in found if one.model is None), None)


def test_the_usual_swing_is_told_of_every_breach() -> None:
    assert only(find(days_spend(*[200] * 7, *SWINGING))).usual_swing == Decimal("24.00")
    assert only(find(weekly_spend(200, 100))).usual_swing is None


def test_quiet_mode_holds_what_is_within_twice_the_usual_swing() -> None:
    held = quiet(*[145] * 7)
    assert held is not None
    assert (held.kind, held.status, held.reason) == (Kind.RISE, Status.HELD, Reason.USUAL_SWING)


def test_without_quiet_mode_the_same_is_due() -> None:
    assert only(find(days_spend(*[145] * 7, *SWINGING))).status is Status.DUE


def test_quiet_mode_tells_what_exceeds_twice_the_usual_swing() -> None:
    told = quiet(*[155] * 7)
    assert told is not None
    assert told.status is Status.DUE


def test_quiet_mode_never_asks_for_more_than_a_doubling() -> None:
    spend = days_spend(*[201] * 7, *((100,) * 7 + (20,) * 7) * 2)
    found = only(find(spend, contract=replace(CONTRACT, is_quiet=True)))
    assert found.usual_swing is not None
    assert found.usual_swing > 50
    assert found.status is Status.DUE


# --- Laws ---

WEEKS = st.tuples(*[st.integers(-(10**10), 10**12)] * 5)
SERIES = st.dictionaries(
    st.sampled_from(list(product(["a", "b", "c"], [NO_MODEL, OPUS, SONNET, HAIKU]))), WEEKS, max_size=12
).map(lambda series: [WeeklySpend(*key, weeks, date(2026, 11, 1)) for key, weeks in series.items()])


@given(spend=SERIES, neighbour=st.lists(WEEKS, max_size=3), pairs=st.sampled_from([4, 7]))
def test_an_unrelated_workspace_changes_no_other_finding(
    spend: list[WeeklySpend], neighbour: list[tuple[int, ...]], pairs: int
) -> None:
    unrelated = [WeeklySpend("zz", f"model-{number}", weeks, None) for number, weeks in enumerate(neighbour)]
    found = find(*spend, *unrelated, known=all_known(pairs=pairs))
    assert [finding for finding in found if finding.workspace_id != "zz"] == find(*spend, known=all_known(pairs=pairs))


@given(spend=SERIES, seed=st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(spend: list[WeeklySpend], seed: random.Random) -> None:
    shuffled = list(spend)
    seed.shuffle(shuffled)
    assert find(*shuffled) == find(*spend)


@given(spend=SERIES)
def test_every_breach_has_exactly_one_finding(spend: list[WeeklySpend]) -> None:
    scopes = [(finding.workspace_id, finding.model) for finding in find(*spend)]
    assert len(scopes) == len(set(scopes))
    breaching = {
        (line.workspace_id, line.model)
        for line in spend
        if line.model and line.weeks[0] > 0 and line.weeks[0] * 4 > max(line.weeks[1], 0) * 5
    }
    assert {scope for scope in scopes if scope[1] is not None} == breaching
