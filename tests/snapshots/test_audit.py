"""Who asked what: kept for as long as it is said to be, and asked for by time and person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.model import AuditedQuestion, Outcome
from tests.builders import NOW

if TYPE_CHECKING:
    from bot.snapshots import Store

DAY = timedelta(days=1)


def question(user: str = "U1", *, at: datetime = NOW, channel: str = "C1") -> AuditedQuestion:
    return AuditedQuestion(at=at, user=user, channel=channel, question="7d", outcome=Outcome.ANSWERED, rows=2)


def save(store: Store, *questions: AuditedQuestion) -> None:
    for each in questions:
        store.audit.save(each, kept_for=30 * DAY)


def test_what_was_noted_is_loaded_oldest_first(store: Store) -> None:
    newer, older = question(), question("U2", at=NOW - DAY)
    save(store, older, newer)

    assert store.audit.load(since=NOW - 2 * DAY, until=NOW + DAY) == [older, newer]
    assert store.audit.load(since=NOW - 2 * DAY, until=NOW) == [older]
    assert store.audit.load(since=NOW - 2 * DAY, until=NOW + DAY, user="U1") == [newer]


def test_notes_that_are_too_old_go_with_the_next_one(store: Store) -> None:
    save(store, question(at=NOW - 31 * DAY), question())

    assert store.audit.load(since=NOW - 99 * DAY, until=NOW + DAY) == [question()]


def test_the_channels_somebody_asked_in(store: Store) -> None:
    save(store, question(), question(channel="C2"), question("U2", channel="C3"))

    assert store.audit.load_channels("U1", ["C1", "C3"], since=NOW - DAY) == {"C1"}
    assert store.audit.load_channels("U1", ["C1"], since=NOW + DAY) == frozenset()
