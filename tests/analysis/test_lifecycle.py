"""What people and time do to an alert: each row of the state table that evaluations alone do not fill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.alert import Event, alerts_at_hand, event_of, next_alerts
from bot.analysis.lifecycle import (
    Refusal,
    awakened,
    clicked,
    first_day_covered,
    hold_expected,
    id_of,
    is_awake,
    reference,
    reminded,
    reminder_due,
)
from bot.model import Alert, AlertState, Reason, Resolution, Status, Verb, usd
from tests.builders import (
    CHECKOUT,
    NOW,
    OPUS,
    SEARCH,
    SONNET,
    TODAY,
    YESTERDAY,
    alert,
    find,
    finding,
    handling,
    member,
    weekly_spend,
)

if TYPE_CHECKING:
    from bot.model import WeeklySpend

DAY = timedelta(days=1)
FLOOR = usd(10)
OPEN = (AlertState.FIRING, AlertState.ESCALATED, AlertState.ACKNOWLEDGED, AlertState.SNOOZED)
VERBS = {
    Verb.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
    Verb.SNOOZE: AlertState.SNOOZED,
    Verb.EXPECT: AlertState.EXPECTED,
    Verb.NOISE: AlertState.ACKNOWLEDGED,
}


def after_click(before: Alert, verb: Verb = Verb.ACKNOWLEDGE, *, snoozed_for: timedelta = DAY) -> Alert:
    after = clicked(before, handling(verb, until=NOW + snoozed_for if verb is Verb.SNOOZE else None))
    assert isinstance(after, Alert)
    return after


def evaluated(before: Alert, *spend: WeeklySpend, days: int = 1) -> Alert:
    """The alert after the evaluation of a later day."""
    day = before.judged_day + days * DAY
    (after,) = next_alerts(
        [before], find(*spend, day=day, open_alerts={before.workspace_id}), spend, day=day, floor=FLOOR
    )
    return after


# --- Clicks ---


@pytest.mark.parametrize("state", [AlertState.FIRING, AlertState.ESCALATED])
@pytest.mark.parametrize("verb", Verb)
def test_a_click_on_an_alert_that_fires_has_its_state(state: AlertState, verb: Verb) -> None:
    after = after_click(alert(state=state), verb)

    assert after.state is VERBS[verb]
    assert after.handling is not None
    assert (after.handling.verb, after.handling.user, after.handling.at) == (verb, "U0ALICE01", NOW)


@pytest.mark.parametrize("state", OPEN)
def test_whoever_clicks_has_seen_the_rise_of_that_moment(state: AlertState) -> None:
    grown = alert(replace(member(previous=100, current=290), posted_increase=usd(100)), state=state)

    assert after_click(grown, Verb.EXPECT).members[0].posted_increase == usd(190)


def test_a_rise_that_shrank_since_it_was_told_stays_as_told() -> None:
    shrunk = alert(replace(member(previous=100, current=150), posted_increase=usd(100)))

    assert after_click(shrunk).members[0].posted_increase == usd(100)


def test_the_second_of_two_acknowledgements_changes_nothing() -> None:
    assert clicked(after_click(alert()), handling(user="U0BOB0001")) is Refusal.ACKNOWLEDGED


def test_the_second_of_two_equal_snoozes_changes_nothing() -> None:
    snoozed = after_click(alert(), Verb.SNOOZE)
    again = handling(Verb.SNOOZE, user="U0BOB0001", until=NOW + DAY + timedelta(seconds=1))

    assert clicked(snoozed, again) is Refusal.SNOOZED


def test_a_snooze_can_be_made_longer_or_shorter() -> None:
    snoozed = after_click(after_click(alert(), Verb.SNOOZE), Verb.SNOOZE, snoozed_for=3 * DAY)

    assert snoozed.handling is not None
    assert snoozed.handling.until == NOW + 3 * DAY


def test_a_snoozed_alert_can_be_acknowledged_and_an_acknowledged_one_snoozed() -> None:
    assert after_click(after_click(alert(), Verb.SNOOZE)).state is AlertState.ACKNOWLEDGED
    assert after_click(after_click(alert()), Verb.SNOOZE).state is AlertState.SNOOZED


@pytest.mark.parametrize("verb", [Verb.ACKNOWLEDGE, Verb.SNOOZE, Verb.EXPECT])
def test_a_resolved_alert_takes_no_such_click(verb: Verb) -> None:
    resolved = alert(state=AlertState.RESOLVED, resolution=Resolution.BACK_TO_NORMAL)

    assert clicked(resolved, handling(verb)) is Refusal.RESOLVED


def test_a_resolved_alert_can_still_be_called_noise_once() -> None:
    resolved = after_click(alert(state=AlertState.RESOLVED, resolution=Resolution.BACK_TO_NORMAL), Verb.NOISE)

    assert (resolved.state, resolved.resolution) == (AlertState.RESOLVED, Resolution.BACK_TO_NORMAL)
    assert clicked(resolved, handling(Verb.NOISE)) is Refusal.NOISE


@pytest.mark.parametrize("verb", Verb)
def test_an_expected_alert_is_closed(verb: Verb) -> None:
    assert clicked(after_click(alert(), Verb.EXPECT), handling(verb)) is Refusal.EXPECTED


def test_what_was_called_noise_can_still_be_acknowledged_as_real() -> None:
    noise = after_click(alert(), Verb.NOISE)

    assert clicked(noise, handling(Verb.NOISE)) is Refusal.NOISE
    assert after_click(noise).handling == handling()


# --- Acknowledged ---


def test_an_acknowledged_alert_that_doubles_escalates() -> None:
    acknowledged = after_click(alert(previous=100, current=200))

    after = evaluated(acknowledged, weekly_spend(300, 100))
    assert (after.state, after.reason) == (AlertState.ESCALATED, Reason.DOUBLED)
    assert event_of(acknowledged, after) is Event.ESCALATED


def test_it_has_to_double_what_was_seen_when_it_was_acknowledged() -> None:
    grown = replace(alert(previous=100, current=290), members=(replace(member(previous=100, current=290)),))
    told = replace(grown, members=(replace(grown.members[0], posted_increase=usd(100)),))

    assert evaluated(after_click(told), weekly_spend(310, 100)).state is AlertState.ACKNOWLEDGED


def test_an_acknowledged_alert_that_is_calm_for_two_days_is_resolved() -> None:
    once = evaluated(after_click(alert()), weekly_spend(100, 100))
    assert once.state is AlertState.ACKNOWLEDGED
    assert evaluated(once, weekly_spend(100, 100)).state is AlertState.RESOLVED


# --- Snoozed ---


def test_a_snooze_sleeps_through_a_doubling() -> None:
    assert evaluated(after_click(alert(), Verb.SNOOZE), weekly_spend(499, 100)).state is AlertState.SNOOZED


def test_four_times_the_rise_breaks_a_snooze() -> None:
    after = evaluated(after_click(alert(previous=100, current=200), Verb.SNOOZE), weekly_spend(500, 100))

    assert (after.state, after.reason, after.escalated_day) == (AlertState.ESCALATED, Reason.QUADRUPLED, TODAY)


def test_a_snoozed_alert_that_is_calm_for_two_days_is_resolved() -> None:
    once = evaluated(after_click(alert(), Verb.SNOOZE), weekly_spend(100, 100))
    assert evaluated(once, weekly_spend(100, 100)).state is AlertState.RESOLVED


def test_a_snooze_is_over_at_its_time_and_not_before() -> None:
    snoozed = after_click(alert(), Verb.SNOOZE)

    assert not is_awake(snoozed, NOW + DAY - timedelta(microseconds=1))
    assert is_awake(snoozed, NOW + DAY)
    assert awakened(snoozed).state is AlertState.FIRING


def test_a_calm_alert_is_not_awakened() -> None:
    assert not is_awake(replace(after_click(alert(), Verb.SNOOZE), calm_evaluations=1), NOW + DAY)


@pytest.mark.parametrize("state", [AlertState.FIRING, AlertState.ACKNOWLEDGED, AlertState.RESOLVED])
def test_nothing_else_is_awakened(state: AlertState) -> None:
    assert not is_awake(replace(after_click(alert(), Verb.SNOOZE), state=state), NOW + DAY)


# --- Reminders ---


def open_for(days: int, **changes: object) -> Alert:
    return replace(alert(judged_day=YESTERDAY + days * DAY), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("days", "due"), [(2, None), (3, 3), (6, 3), (7, 7), (30, 7)])
def test_the_thread_is_reminded_on_days_3_and_7(days: int, due: int | None) -> None:
    assert reminder_due(open_for(days)) == due


def test_it_is_reminded_once_of_each() -> None:
    assert reminder_due(open_for(4, reminded_after=3)) is None
    assert reminder_due(open_for(7, reminded_after=3)) == 7
    assert reminder_due(open_for(20, reminded_after=7)) is None


@pytest.mark.parametrize("state", [AlertState.ACKNOWLEDGED, AlertState.SNOOZED, AlertState.EXPECTED])
def test_what_somebody_took_on_is_not_reminded_of(state: AlertState) -> None:
    assert reminder_due(open_for(3, state=state)) is None


def test_what_was_told_otherwise_needs_no_reminder_of_the_same_days() -> None:
    told = reminded(open_for(3, state=AlertState.ESCALATED))

    assert reminder_due(told) is None
    assert reminder_due(replace(told, judged_day=YESTERDAY + 7 * DAY)) == 7


def test_a_snooze_that_is_over_is_no_reason_to_remind_of_the_days_slept_through() -> None:
    snoozed = open_for(3, state=AlertState.SNOOZED)

    assert reminder_due(awakened(snoozed)) is None


# --- Expected ---


def expected(*, previous: int = 100, current: int = 200, model: str | None = None) -> Alert:
    return after_click(alert(member(previous=previous, current=current, model=model)), Verb.EXPECT)


def held(increase: int | str, *, model: str | None = None, workspace_id: str = CHECKOUT, of: Alert) -> bool:
    current = usd(100) + usd(increase)
    due = replace(finding(model=model, workspace_id=workspace_id), previous=usd(100), current=current)
    (found,) = hold_expected([due], [of], floor=FLOOR)
    assert (found.reason is Reason.EXPECTED) == (found.status is Status.HELD)
    return found.status is Status.HELD


def test_what_is_expected_is_held_until_it_doubles() -> None:
    assert held("199.99", of=expected())
    assert not held(200, of=expected())


def test_a_doubling_of_little_is_held_until_it_is_a_floor_more() -> None:
    assert held("14.99", of=expected(current=105))
    assert not held(15, of=expected(current=105))


def test_another_model_is_held_up_to_half_of_what_is_expected() -> None:
    assert held("49.99", model=SONNET, of=expected(model=OPUS))
    assert not held(50, model=SONNET, of=expected(model=OPUS))


def test_nothing_is_expected_of_another_workspace() -> None:
    assert not held(20, workspace_id=SEARCH, of=expected())


def test_what_is_held_for_another_reason_keeps_it() -> None:
    small = finding(status=Status.HELD, reason=Reason.BELOW_FLOOR)

    assert hold_expected([small], [expected()], floor=FLOOR) == [small]


def test_a_week_with_an_expected_day_in_it_is_covered() -> None:
    assert first_day_covered(YESTERDAY) == YESTERDAY - 6 * DAY


def test_an_expected_alert_is_refreshed_and_reopened_by_nothing() -> None:
    assert alerts_at_hand([expected()], TODAY) == []


def test_a_resolved_alert_that_breaches_soon_fires_again_in_its_thread() -> None:
    resolved = alert(state=AlertState.RESOLVED, resolution=Resolution.BACK_TO_NORMAL, calm_evaluations=2)

    after = evaluated(resolved, weekly_spend(200, 100))
    assert event_of(resolved, after) is Event.REOPENED


# --- Buttons ---


def test_a_reference_leads_back_to_its_alert_alone() -> None:
    known = alert(id=17)

    assert id_of(reference(known)) == 17
    others = [alert(id=18), alert(id=17, workspace_id=SEARCH), alert(id=17, opened_day=TODAY)]
    assert reference(known) not in map(reference, others)


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "1" * 40, "²"])
def test_nonsense_is_no_reference(nonsense: str) -> None:
    assert id_of(nonsense) is None


# --- Laws ---

CLICKS = st.lists(st.sampled_from(list(Verb)), max_size=6)


@given(clicks=CLICKS, rise=st.integers(0, 10_000))
def test_the_same_click_twice_changes_nothing_whatever_came_before(clicks: list[Verb], rise: int) -> None:
    known = alert(previous=100, current=100 + rise)
    for verb in clicks:
        click = handling(verb, until=NOW + DAY if verb is Verb.SNOOZE else None)
        after = clicked(known, click)
        known = known if isinstance(after, Refusal) else after
        assert isinstance(clicked(known, click), Refusal)


@given(clicks=CLICKS, rises=st.lists(st.integers(0, 3000), max_size=6))
def test_a_closed_alert_stays_closed_and_what_was_told_never_shrinks_by_a_click(
    clicks: list[Verb], rises: list[int]
) -> None:
    known = alert(previous=100, current=200)
    for verb, rise in zip(clicks, rises, strict=False):
        after = clicked(known, handling(verb, until=NOW + DAY if verb is Verb.SNOOZE else None))
        assert known.state.is_open or isinstance(after, Refusal) or after.state is known.state
        if isinstance(after, Alert):
            assert after.members[0].posted_increase >= known.members[0].posted_increase
            known = after
        if known.state.is_open:
            known = evaluated(known, weekly_spend(100 + rise, 100))
