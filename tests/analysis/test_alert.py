"""The life of an alert, from its opening to the reason it ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.alert import Event, alerts_at_hand, event_of, next_alerts, open_silently
from bot.model import Alert, AlertState, Finding, Kind, Reason, Resolution, Spike, Status, WeeklySpend, usd
from tests.builders import (
    CHECKOUT,
    HAIKU,
    OPUS,
    SEARCH,
    SONNET,
    YESTERDAY,
    alert,
    days_spend,
    find,
    finding,
    member,
    weekly_spend,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

FLOOR = usd(10)
TODAY = YESTERDAY + timedelta(days=1)
OPEN = (Status.OPEN, Reason.OPEN_ALERT)


def evaluated(
    open_alerts: Sequence[Alert] = (), *spend: WeeklySpend, findings: Sequence[Finding] | None = None, days: int = 1
) -> list[Alert]:
    """The alerts after an evaluation some days after yesterday, with what the rule itself finds."""
    day = YESTERDAY + timedelta(days=days)
    if findings is None:
        findings = find(*spend, day=day, open_alerts={one.workspace_id for one in open_alerts})
    return next_alerts(open_alerts, findings, spend, day=day, floor=FLOOR)


# --- Opening ---


def test_a_due_workspace_opens_one_alert_with_its_models_as_members() -> None:
    (opened,) = evaluated(
        (), weekly_spend(300, 100), weekly_spend(260, 200, model=SONNET), weekly_spend(5, model=HAIKU)
    )
    assert (opened.id, opened.state, opened.message_key) == (0, AlertState.FIRING, None)
    assert (opened.opened_day, opened.judged_day) == (TODAY, TODAY)
    assert [(one.model, one.increase) for one in opened.members] == [
        (None, usd(260)),
        (OPUS, usd(200)),
        (SONNET, usd(60)),
    ]
    assert (opened.previous, opened.current) == (usd(305), usd(565))


def test_a_model_alone_opens_an_alert_that_shows_the_whole_workspace() -> None:
    (opened,) = evaluated((), weekly_spend(300, 100), weekly_spend(1000, model=SONNET))
    assert [one.model for one in opened.members] == [OPUS]
    assert (opened.previous, opened.current) == (usd(1100), usd(1300))


def test_each_workspace_has_its_own_alert() -> None:
    opened = evaluated((), weekly_spend(300, 100), weekly_spend(400, 100, workspace_id=SEARCH))
    assert [one.workspace_id for one in opened] == [SEARCH, CHECKOUT]


def test_what_is_held_opens_nothing() -> None:
    held = [finding(status=Status.HELD, reason=Reason.BELOW_FLOOR)]
    assert evaluated((), weekly_spend(105, 80), findings=held) == []


def test_a_first_start_opens_the_same_alerts_without_a_message() -> None:
    spend = [weekly_spend(300, 100)]
    (opened,) = open_silently(find(*spend), spend, day=YESTERDAY)
    assert opened.message_key is None
    assert [one.posted_increase for one in opened.members] == [usd(200), usd(200)]


# --- While open ---


def test_an_open_alert_is_refreshed_and_not_opened_again() -> None:
    before = alert(member(previous=100, current=200), member(model=OPUS, previous=100, current=200))
    (after,) = evaluated([before], weekly_spend(260, 110))
    assert (after.id, after.message_key, after.opened_day) == (before.id, before.message_key, YESTERDAY)
    assert (after.previous, after.current, after.judged_day) == (usd(110), usd(260), TODAY)
    assert [(one.increase, one.posted_increase) for one in after.members] == [(usd(150), usd(100))] * 2


def test_the_peak_remembers_the_largest_rise() -> None:
    before = alert(member(previous=100, current=400))
    (after,) = evaluated([before], weekly_spend(250, 100))
    assert after.members[0].peak_increase == usd(300)


def test_a_model_that_breaches_later_joins_its_workspaces_alert() -> None:
    before = alert(member(model=OPUS))
    (after,) = evaluated([before], weekly_spend(200, 100), weekly_spend(190, 90, model=SONNET))
    assert [one.model for one in after.members] == [OPUS, None, SONNET]


def test_a_model_that_is_held_does_not_join() -> None:
    before = alert(member(model=OPUS))
    (after,) = evaluated([before], weekly_spend(850, 700), weekly_spend(9, 1, model=SONNET))
    assert [one.model for one in after.members] == [OPUS]


def test_a_member_that_is_gone_has_spent_nothing() -> None:
    before = alert(member(model=OPUS), calm_evaluations=0)
    (after,) = evaluated([before])
    assert (after.current, after.members[0].current, after.members[0].peak_increase) == (0, 0, usd(100))


def test_a_week_that_cannot_be_judged_leaves_the_alert_as_it_was() -> None:
    not_judged = finding(kind=Kind.NOT_JUDGED, status=Status.HELD, reason=Reason.DAYS_MISSING)
    assert evaluated([alert()], weekly_spend(100, 100), findings=[not_judged]) == []


def test_an_evaluation_of_an_older_day_changes_nothing() -> None:
    assert evaluated([alert()], weekly_spend(100, 100), findings=[], days=-1) == []


# --- Growing: the alert speaks again ---

GROWN = (AlertState.ESCALATED, TODAY)


def spiking(dollars: int, *, model: str | None = None, day: date = TODAY) -> Finding:
    """A day far above the usual beside an open alert."""
    found = finding(model=model, status=Status.OPEN, reason=Reason.OPEN_ALERT)
    return replace(found, spike=Spike(day, usd(dollars + 10), usd(10)))


def test_a_rise_that_doubled_escalates() -> None:
    (after,) = evaluated([alert(member(previous=100, current=200))], weekly_spend(300, 100))
    assert (after.state, after.escalated_day, after.reason) == (*GROWN, Reason.DOUBLED)
    assert after.members[0].posted_increase == usd(200)


def test_a_rise_that_did_not_quite_double_does_not() -> None:
    before = alert(member(previous=100, current=200), member(model=OPUS, previous=100, current=200))
    (after,) = evaluated([before], weekly_spend("299.99", 100))
    assert (after.state, after.escalated_day) == (AlertState.FIRING, None)


def test_a_step_is_told_once_however_its_week_fills_up() -> None:
    days = [10] * 40 + [20] * 7
    alerts: list[Alert] = []
    for day in range(7):
        spend = [days_spend(*reversed(days[: 41 + day]))]
        alerts = evaluated(alerts, *spend, days=day)
    assert [(one.state, one.increase) for one in alerts] == [(AlertState.FIRING, usd(70))]


def test_a_rise_above_a_level_that_is_gone_is_news() -> None:
    (told,) = evaluated((), days_spend(100, *[10] * 34))
    assert told.members[0].posted_increase == usd(7 * 100 - 70)
    (over,) = evaluated([told], days_spend(10, 100, *[10] * 33), days=2)
    assert over.members[0].posted_increase == usd(90)


def test_a_doubling_has_to_be_a_floor_more_as_well() -> None:
    small = alert(member(previous=10, current=15), member(model=OPUS, previous=10, current=15))
    assert evaluated([small], weekly_spend("24.99", 10))[0].state is AlertState.FIRING
    assert evaluated([small], weekly_spend(25, 10))[0].state is AlertState.ESCALATED


def test_once_told_it_has_to_double_again() -> None:
    (grown,) = evaluated([alert(member(previous=100, current=200))], weekly_spend(300, 100))
    (steady,) = evaluated([grown], weekly_spend(400, 100), days=2)
    assert (steady.escalated_day, steady.state) == (TODAY, AlertState.ESCALATED)
    (again,) = evaluated([grown], weekly_spend(500, 100), days=2)
    assert again.escalated_day == TODAY + timedelta(days=1)


def test_another_day_far_above_the_usual_escalates() -> None:
    (after,) = evaluated([alert()], weekly_spend(210, 100), findings=[spiking(20)])
    assert (after.state, after.escalated_day, after.reason) == (*GROWN, Reason.ANOTHER_DAY)


def test_a_day_like_the_one_before_goes_on_and_is_no_news() -> None:
    told = member(previous=100, current=200, spike=Spike(YESTERDAY, usd(110), usd(10)))
    assert evaluated([alert(told)], weekly_spend(210, 100), findings=[spiking(149)])[0].escalated_day is None
    assert evaluated([alert(told)], weekly_spend(210, 100), findings=[spiking(150)])[0].escalated_day == TODAY


def test_a_day_like_one_of_last_week_is_another_one() -> None:
    told = member(previous=100, current=200, spike=Spike(YESTERDAY - timedelta(days=4), usd(110), usd(10)))
    assert evaluated([alert(told)], weekly_spend(210, 100), findings=[spiking(100)])[0].escalated_day == TODAY


def test_once_escalated_only_a_day_worse_than_what_was_told_does() -> None:
    before = replace(alert(), state=AlertState.ESCALATED, escalated_day=YESTERDAY)
    assert evaluated([before], weekly_spend(210, 100), findings=[spiking(14)])[0].escalated_day == YESTERDAY
    assert evaluated([before], weekly_spend(210, 100), findings=[spiking(15)])[0].escalated_day == TODAY


def test_the_day_that_opened_an_alert_does_not_escalate_it() -> None:
    found = spiking(300, day=YESTERDAY)
    (after,) = evaluated([alert()], weekly_spend(210, 100), findings=[found], days=0)
    assert after.escalated_day is None


def test_another_model_with_half_as_much_escalates() -> None:
    before = alert(member(model=OPUS, previous=100, current=200))
    (after,) = evaluated([before], weekly_spend(200, 100), weekly_spend(60, 10, model=SONNET))
    assert (after.state, after.escalated_day, after.reason) == (*GROWN, Reason.ANOTHER_MODEL)


def test_a_small_model_that_joins_does_not() -> None:
    before = alert(member(model=OPUS, previous=100, current=200))
    (after,) = evaluated([before], weekly_spend(200, 100), weekly_spend("59.99", 10, model=SONNET))
    assert after.escalated_day is None


def test_a_model_inside_what_was_told_of_its_workspace_is_no_news() -> None:
    before = alert(member(previous=200, current=300))
    (after,) = evaluated([before], weekly_spend(120, 100), weekly_spend(180, 100, model=SONNET))
    assert SONNET in [one.model for one in after.members]
    assert after.escalated_day is None


# --- The critical level ---


def at_level(alerts: Sequence[Alert], *spend: WeeklySpend, days: int = 1, level: int = 20) -> Alert:
    """The alert after an evaluation, where a rise of so many dollars a day is critical."""
    day = YESTERDAY + timedelta(days=days)
    findings = find(*spend, day=day, open_alerts={one.workspace_id for one in alerts})
    (after,) = next_alerts(alerts, findings, spend, day=day, floor=FLOOR, critical=usd(level))
    return after


def test_a_rise_of_the_critical_level_is_critical_and_one_of_a_nano_dollar_less_is_not() -> None:
    assert at_level((), weekly_spend(240, 100)).critical_day == TODAY
    assert at_level((), weekly_spend("239.999999999", 100)).critical_day is None


def test_without_a_critical_level_nothing_is() -> None:
    assert evaluated((), weekly_spend(240_000, 100))[0].critical_day is None


def test_the_newest_day_alone_can_be_critical() -> None:
    assert at_level((), days_spend(40, *[10] * 40)).critical_day == TODAY
    assert at_level((), days_spend(29, *[10] * 40)).critical_day is None


def test_an_alert_that_becomes_critical_escalates_for_that() -> None:
    before = alert(member(previous=100, current=230))
    after = at_level([before], weekly_spend(240, 100))
    assert (after.state, after.escalated_day, after.reason) == (*GROWN, Reason.CRITICAL)
    assert after.critical_day == TODAY


def test_it_is_critical_news_once() -> None:
    critical = replace(alert(member(previous=100, current=240)), critical_day=YESTERDAY)
    after = at_level([critical], weekly_spend(245, 100))
    assert (after.state, after.critical_day) == (AlertState.FIRING, YESTERDAY)


def test_one_that_escalates_for_another_reason_is_critical_again_if_it_still_is() -> None:
    critical = replace(alert(member(previous=100, current=240)), critical_day=YESTERDAY)
    after = at_level([critical], weekly_spend(400, 100))
    assert (after.reason, after.critical_day) == (Reason.DOUBLED, TODAY)


@pytest.mark.parametrize("state", [AlertState.ACKNOWLEDGED, AlertState.SNOOZED])
def test_what_becomes_critical_breaks_what_people_did(state: AlertState) -> None:
    after = at_level([alert(member(previous=100, current=230), state=state)], weekly_spend(240, 100))
    assert (after.state, after.reason) == (AlertState.ESCALATED, Reason.CRITICAL)


def test_what_was_critical_before_the_first_start_is_old_news() -> None:
    spend = [weekly_spend(240, 100)]
    (silent,) = open_silently(find(*spend), spend, day=YESTERDAY, critical=usd(20))
    assert silent.critical_day == YESTERDAY
    assert at_level([silent], weekly_spend(245, 100)).state is AlertState.FIRING


def test_with_days_left_out_a_day_counts_as_much() -> None:
    spend = [weekly_spend(150, 100)]
    findings = find(*spend)
    assert next_alerts((), findings, spend, day=TODAY, floor=FLOOR, critical=usd(10), days=5)[0].critical_day == TODAY
    assert next_alerts((), findings, spend, day=TODAY, floor=FLOOR, critical=usd(10))[0].critical_day is None


def test_what_is_told_of_an_evaluation_is_its_event() -> None:
    (opened,) = evaluated((), weekly_spend(300, 100))
    assert event_of(None, opened) is Event.OPENED
    (refreshed,) = evaluated([opened], weekly_spend(310, 100), days=2)
    assert event_of(opened, refreshed) is Event.REFRESHED
    (escalated,) = evaluated([opened], weekly_spend(500, 100), days=2)
    assert event_of(opened, escalated) is Event.ESCALATED
    (resolved,) = evaluated([replace(opened, calm_evaluations=1)], weekly_spend(100, 100), days=2)
    assert event_of(opened, resolved) is Event.RESOLVED


# --- Soon after the end ---


def ended(days: int) -> Alert:
    """An alert resolved so many days before today."""
    return alert(state=AlertState.RESOLVED, judged_day=TODAY - timedelta(days=days), calm_evaluations=2)


def test_a_breach_within_three_days_opens_the_same_alert_again() -> None:
    known = alerts_at_hand([ended(3)], TODAY)
    (after,) = evaluated(known, weekly_spend(240, 100))
    assert (after.id, after.state, after.resolution) == (1, AlertState.FIRING, None)
    assert event_of(known[0], after) is Event.REOPENED


def test_a_breach_soon_after_the_end_that_is_twice_what_was_told_is_an_escalation() -> None:
    known = alerts_at_hand([ended(1)], TODAY)
    (after,) = evaluated(known, weekly_spend(1_000, 100))
    assert (after.id, after.state, after.reason) == (1, AlertState.ESCALATED, Reason.DOUBLED)
    assert event_of(known[0], after) is Event.ESCALATED


def test_a_breach_after_three_days_opens_a_new_one() -> None:
    assert alerts_at_hand([ended(4)], TODAY) == []


def test_a_resolved_alert_without_a_new_breach_is_left_alone() -> None:
    assert evaluated(alerts_at_hand([ended(1)], TODAY), weekly_spend(100, 100)) == []


# --- The end ---


def test_one_calm_day_is_noise() -> None:
    (after,) = evaluated([alert()], weekly_spend(110, 100))
    assert (after.state, after.calm_evaluations) == (AlertState.FIRING, 1)


def test_exactly_ten_percent_is_calm_and_a_nano_dollar_more_is_not() -> None:
    big = alert(previous=1000, current=2000)
    assert evaluated([big], weekly_spend(1100, 1000))[0].calm_evaluations == 1
    assert evaluated([big], weekly_spend("1100.000000001", 1000))[0].calm_evaluations == 0


def test_a_rise_below_half_the_floor_is_calm_whatever_the_percentage() -> None:
    assert evaluated([alert()], weekly_spend("5.99", 1))[0].calm_evaluations == 1
    assert evaluated([alert()], weekly_spend(6, 1))[0].calm_evaluations == 0


def test_the_same_day_counts_once_however_often_it_is_evaluated() -> None:
    (once,) = evaluated([alert()], weekly_spend(100, 100))
    (twice,) = evaluated([once], weekly_spend(100, 100))
    assert (twice.calm_evaluations, twice.state) == (1, AlertState.FIRING)


def test_a_day_that_is_not_calm_starts_the_count_again() -> None:
    (after,) = evaluated([alert(calm_evaluations=1)], weekly_spend(150, 100))
    assert after.calm_evaluations == 0


def test_a_member_that_is_not_calm_keeps_the_alert_open() -> None:
    before = alert(member(), member(model=OPUS), calm_evaluations=1)
    (after,) = evaluated([before], weekly_spend(150, 100), weekly_spend(150, 200, model=SONNET))
    assert after.state is AlertState.FIRING


def test_two_calm_days_near_the_level_before_are_back_to_normal() -> None:
    (after,) = evaluated([alert(calm_evaluations=1)], weekly_spend(104, 150, 100, 98, 97), days=3)
    assert (after.state, after.resolution) == (AlertState.RESOLVED, Resolution.BACK_TO_NORMAL)


def test_two_calm_days_at_twice_the_level_before_are_a_new_level() -> None:
    (after,) = evaluated([alert(calm_evaluations=1)], weekly_spend(200, 195, 110, 100, 100), days=12)
    assert (after.state, after.resolution) == (AlertState.RESOLVED, Resolution.NEW_LEVEL)


def test_an_alert_older_than_the_weeks_at_hand_is_compared_with_the_lowest() -> None:
    (after,) = evaluated([alert(calm_evaluations=1)], weekly_spend(200, 198, 190, 120, 150), days=40)
    assert after.resolution is Resolution.NEW_LEVEL


def test_a_first_breach_that_new_amounts_take_away_was_revised() -> None:
    (after,) = evaluated([alert()], weekly_spend(120, 100), days=0)
    assert (after.state, after.resolution) == (AlertState.RESOLVED, Resolution.DATA_REVISED)


def test_a_first_breach_that_new_amounts_leave_stays_open() -> None:
    (after,) = evaluated([alert()], weekly_spend(180, 100), days=0)
    assert (after.state, after.current) == (AlertState.FIRING, usd(180))


# --- The whole story ---


def test_a_doubling_breaches_from_day_2_to_day_11_and_ends_on_day_14_at_its_new_level() -> None:
    def spent(day: int) -> int:
        return 20 if day >= 1 else 10

    breaches, ended = list[int](), list[tuple[int, Resolution | None]]()
    alerts: list[Alert] = []
    for day in range(-3, 20):
        weeks = [sum(spent(day - back - 7 * week) for back in range(7)) for week in range(5)]
        spend = [weekly_spend(*weeks)]
        now = YESTERDAY + timedelta(days=day)
        found = find(*spend, day=now, open_alerts=[one.workspace_id for one in alerts])
        breaches += [day] if found else []
        after = next_alerts(alerts, found, spend, day=now, floor=FLOOR)
        ended += [(day, one.resolution) for one in after if one.state is AlertState.RESOLVED]
        alerts = [one for one in after if one.state is not AlertState.RESOLVED]
    assert breaches == list(range(2, 12))
    assert ended == [(14, Resolution.NEW_LEVEL)]


SPEND = st.tuples(*[st.integers(0, 10**12)] * 5).map(lambda weeks: WeeklySpend(CHECKOUT, OPUS, weeks, None))


@given(first=SPEND, second=SPEND)
def test_evaluating_a_day_again_changes_nothing(first: WeeklySpend, second: WeeklySpend) -> None:
    opened = evaluated((), first)
    once = evaluated(opened, second, days=2)
    still_open = [one for one in once if one.state is not AlertState.RESOLVED]
    again = evaluated(still_open, second, days=2)
    assert [one for one in again if one.state is not AlertState.RESOLVED] == still_open
