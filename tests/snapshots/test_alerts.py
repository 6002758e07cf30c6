"""Evaluations are kept once; alerts as they are now."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model import AlertState, Kind, Reason, Resolution, Status
from tests.builders import HAIKU, NOW, OPUS, SEARCH, YESTERDAY, alert, evaluation, finding, member

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
