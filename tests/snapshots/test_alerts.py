"""Evaluations are kept once; alerts as they are now."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model import AlertState, Feedback, Interval, Kind, Organization, Reason, Resolution, Status, Verb
from tests.builders import HAIKU, NOW, OPUS, SEARCH, TODAY, YESTERDAY, alert, evaluation, finding, handling, member

if TYPE_CHECKING:
    from bot.model import Finding
    from bot.snapshots import Store

DAY = timedelta(days=1)


def keep(store: Store, *findings: Finding, revision: int = 0, day_back: int = 0) -> bool:
    """Keeps an evaluation of a day near yesterday."""
    judged = evaluation(*findings, day=YESTERDAY - day_back * DAY)
    return store.alerts.save_evaluation(judged, revision=revision, evaluated_at=NOW)


def test_an_evaluation_comes_back_with_its_rule_and_its_findings_in_their_order(store: Store) -> None:
    held = finding(model=HAIKU, kind=Kind.NEW, status=Status.HELD, reason=Reason.BELOW_FLOOR, first_day=None)
    judged = evaluation(
        finding(), held, finding(model=OPUS), threshold_percent="12.5", floor="17.123456789", estimated=True
    )
    store.alerts.save_evaluation(judged, revision=3, evaluated_at=NOW)

    assert store.alerts.load_evaluation() == judged


def test_a_day_is_judged_once_on_the_same_data(store: Store) -> None:
    assert keep(store, finding())

    assert not keep(store, finding(workspace_id=SEARCH))
    assert store.alerts.load_evaluation() == evaluation(finding())


def test_a_restated_day_is_judged_again(store: Store) -> None:
    keep(store, finding())

    assert keep(store, revision=1)
    assert store.alerts.load_evaluation() == evaluation()


def test_the_newest_day_counts_even_if_an_older_one_was_judged_later(store: Store) -> None:
    keep(store, finding())
    keep(store, finding(workspace_id=SEARCH), revision=1, day_back=1)

    assert store.alerts.load_evaluation() == evaluation(finding())


def test_a_new_alert_gets_an_id(store: Store) -> None:
    members = (member(), member(model=OPUS, kind=Kind.NEW, first_day=None))

    saved = store.alerts.save_alert(alert(*members, id=0, message_key=None))

    assert saved == alert(*members, id=saved.id, message_key=None)
    assert saved.id > 0
    assert store.alerts.load_open_alerts() == [saved]


def test_a_saved_alert_replaces_itself(store: Store) -> None:
    saved = store.alerts.save_alert(alert(member(), member(model=OPUS), id=0))

    store.alerts.save_alert(replace(saved, members=(member(current=300),), judged_day=YESTERDAY + DAY))

    (loaded,) = store.alerts.load_open_alerts()
    assert loaded == replace(saved, members=(member(current=300),), judged_day=YESTERDAY + DAY)


def test_a_resolved_alert_is_not_open_but_remembered(store: Store) -> None:
    resolved = store.alerts.save_alert(
        alert(id=0, state=AlertState.RESOLVED, resolution=Resolution.BACK_TO_NORMAL, calm_evaluations=2)
    )

    assert store.alerts.load_open_alerts() == []
    assert store.alerts.load_alerts_since(YESTERDAY) == [resolved]
    assert store.alerts.load_alerts_since(YESTERDAY + DAY) == []


def test_an_open_alert_counts_as_recent(store: Store) -> None:
    opened = store.alerts.save_alert(alert(id=0))

    assert store.alerts.load_alerts_since(YESTERDAY + 30 * DAY) == [opened]


def test_a_workspace_cannot_have_two_open_alerts(store: Store) -> None:
    store.alerts.save_alert(alert(id=0))

    with pytest.raises(sqlite3.IntegrityError):
        store.alerts.save_alert(alert(id=0))


def test_a_workspace_can_have_an_alert_after_a_resolved_one(store: Store) -> None:
    first = store.alerts.save_alert(alert(id=0))
    store.alerts.save_alert(replace(first, state=AlertState.RESOLVED))

    second = store.alerts.save_alert(alert(id=0))

    assert second.id != first.id
    assert store.alerts.load_open_alerts() == [second]


# --- What people did ---


def handled(store: Store, *verbs: Verb, **changes: object) -> None:
    """An alert that was told, with clicks on it in this order; its workspace is free for another."""
    resolved = replace(alert(id=0, state=AlertState.RESOLVED), **changes)  # type: ignore[arg-type]
    saved = store.alerts.save_alert(resolved)
    for verb in verbs:
        store.alerts.save_handled(saved, handling(verb))


def test_a_click_is_kept_with_who_and_when(store: Store) -> None:
    saved = store.alerts.save_alert(alert(id=0))
    snoozed = replace(saved, state=AlertState.SNOOZED)
    click = handling(Verb.SNOOZE, until=NOW + DAY, last_day=TODAY, reason="Launch; 'quoted'")

    store.alerts.save_handled(snoozed, click)

    assert store.alerts.load_alert(saved.id) == replace(snoozed, handling=click)
    assert store.alerts.load_snoozed() == [replace(snoozed, handling=click)]


def test_the_last_click_is_an_alerts(store: Store) -> None:
    saved = store.alerts.save_alert(alert(id=0))

    store.alerts.save_handled(saved, handling(Verb.SNOOZE))
    store.alerts.save_handled(saved, handling(Verb.ACKNOWLEDGE))

    (loaded,) = store.alerts.load_open_alerts()
    assert loaded.handling == handling(Verb.ACKNOWLEDGE)


def test_an_expected_alert_is_closed_and_leaves_room_for_another(store: Store) -> None:
    first = store.alerts.save_alert(alert(id=0))
    store.alerts.save_handled(replace(first, state=AlertState.EXPECTED), handling(Verb.EXPECT, last_day=TODAY))

    second = store.alerts.save_alert(alert(id=0))

    assert store.alerts.load_open_alerts() == [second]
    assert store.alerts.load_alerts_since(YESTERDAY) == [second]


def test_what_is_expected_is_known_up_to_its_last_day(store: Store) -> None:
    saved = store.alerts.save_alert(alert(id=0))
    click = handling(Verb.EXPECT, last_day=TODAY)
    closed = store.alerts.save_handled(replace(saved, state=AlertState.EXPECTED), click)

    assert store.alerts.load_expected(TODAY) == [closed]
    assert store.alerts.load_expected(TODAY + DAY) == []


def test_precision_counts_the_last_word_on_each_alert_that_was_told(store: Store) -> None:
    handled(store, Verb.ACKNOWLEDGE)
    handled(store, Verb.NOISE, Verb.ACKNOWLEDGE, Verb.SNOOZE)
    handled(store, Verb.ACKNOWLEDGE, Verb.NOISE)
    handled(store, Verb.SNOOZE)
    handled(store)
    handled(store, Verb.EXPECT, state=AlertState.EXPECTED)
    handled(store, Verb.NOISE, message_key=None)
    handled(store, Verb.NOISE, opened_day=TODAY)

    assert store.alerts.load_feedback(Interval(YESTERDAY, TODAY)) == Feedback(alerts=6, real=3, noise=1)


def test_the_books_that_hold_an_alert_are_found_by_its_number(store: Store) -> None:
    saved = store.alerts.save_alert(alert(id=0))
    store.save_organization(Organization("org_other", "Other"), seen_at=NOW)

    holding = store.holding_alert(saved.id)

    assert holding is not None
    assert holding.alerts.load_alert(saved.id) == saved
    assert store.alerts.load_alert(saved.id) is None
    assert store.holding_alert(saved.id + 1) is None
