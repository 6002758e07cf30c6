"""Notices: told once when something begins, once when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, time, timedelta
from typing import TYPE_CHECKING

from bot.analysis.quiet_hours import QuietHours
from bot.jobs.notices import Notices
from bot.model import Interval
from tests.builders import NOW, TODAY, YESTERDAY
from tests.loopback import save_bill

if TYPE_CHECKING:
    from datetime import datetime

    from bot.snapshots import Store

HOUR = timedelta(hours=1)
NOTICES = Notices(channel="C0COSTS01")
FIRST, NEXT = "ANTHROPIC_ADMIN_KEY", "ANTHROPIC_ADMIN_KEY_NEXT"


def told(store: Store) -> list[str]:
    """What is queued, taken from the outbox."""
    texts = []
    while (posting := store.outbox.claim_due(NOW)) is not None:
        assert posting.channel == "C0COSTS01"
        texts.append(posting.message.text)
    return texts


def refuse(store: Store, *, now: datetime = NOW) -> None:
    NOTICES.tell_key_refused(store, settings=[FIRST], now=now)


def accept(store: Store, setting: str = FIRST, *, now: datetime = NOW) -> None:
    NOTICES.tell_key_in_use(store, setting=setting, first=FIRST, now=now)


def fetched(store: Store, at: datetime) -> None:
    save_bill(store, [], interval=Interval(YESTERDAY, TODAY), fetched_at=at)


def test_a_refused_key_is_told_once(store: Store) -> None:
    refuse(store)
    refuse(store, now=NOW + HOUR)

    (text,) = told(store)
    assert "refuses the Admin key" in text


def test_in_quiet_hours_trouble_and_its_end_wait_for_the_morning(store: Store) -> None:
    night = QuietHours(since=time(9), until=time(10), timezone=UTC)
    notices = replace(NOTICES, quiet=night)
    notices.tell_key_refused(store, settings=[FIRST], now=NOW)
    notices.tell_key_in_use(store, setting=FIRST, first=FIRST, now=NOW)

    assert told(store) == []
    waiting = [store.outbox.claim_due(NOW + HOUR) for _ in range(2)]
    assert all("🌙 held since" in str(posting.message.blocks) for posting in waiting if posting)
    assert ["refuses" in posting.message.text for posting in waiting if posting] == [True, False]


def test_its_end_is_told_once(store: Store) -> None:
    refuse(store)
    told(store)

    accept(store)
    accept(store)

    (text,) = told(store)
    assert "works again" in text


def test_a_key_that_always_worked_is_not_spoken_of(store: Store) -> None:
    accept(store)

    assert told(store) == []


def test_a_second_refusal_is_told_again(store: Store) -> None:
    for hour in range(2):
        refuse(store, now=NOW + 2 * hour * HOUR)
        accept(store, now=NOW + (2 * hour + 1) * HOUR)

    assert len(told(store)) == 4


def test_the_key_that_took_over_is_named_once(store: Store) -> None:
    accept(store, NEXT)
    accept(store, NEXT, now=NOW + HOUR)

    (text,) = told(store)
    assert f"{FIRST} was refused, {NEXT} is in use" in text


def test_the_end_of_a_rotation_needs_no_message(store: Store) -> None:
    accept(store, NEXT)
    told(store)

    accept(store, FIRST)
    assert told(store) == []

    accept(store, NEXT, now=NOW + HOUR)
    assert len(told(store)) == 1


def test_stale_data_is_told_after_26_hours_and_once(store: Store) -> None:
    fetched(store, NOW)

    NOTICES.tell_staleness(store, now=NOW + 26 * HOUR)
    assert told(store) == []
    NOTICES.tell_staleness(store, now=NOW + 27 * HOUR)
    NOTICES.tell_staleness(store, now=NOW + 50 * HOUR)

    (text,) = told(store)
    assert "No new data for more than 26 hours" in text


def test_fresh_data_is_told_once(store: Store) -> None:
    fetched(store, NOW)
    NOTICES.tell_staleness(store, now=NOW + 27 * HOUR)
    told(store)
    fetched(store, NOW + 28 * HOUR)

    NOTICES.tell_staleness(store, now=NOW + 28 * HOUR)
    NOTICES.tell_staleness(store, now=NOW + 29 * HOUR)

    (text,) = told(store)
    assert "New data again" in text


def test_before_the_first_sync_nothing_is_stale(store: Store) -> None:
    NOTICES.tell_staleness(store, now=NOW + 100 * HOUR)

    assert told(store) == []


def test_a_refused_key_explains_the_stale_data_too(store: Store) -> None:
    fetched(store, NOW)
    refuse(store)
    told(store)

    NOTICES.tell_staleness(store, now=NOW + 27 * HOUR)

    assert told(store) == []


def test_a_week_that_cannot_be_judged_is_told_once_until_one_can(store: Store) -> None:
    NOTICES.tell_not_judged(store, missing=3, day=YESTERDAY, now=NOW)
    NOTICES.tell_not_judged(store, missing=2, day=TODAY, now=NOW + HOUR)
    (text,) = told(store)
    assert "3 days missing" in text

    NOTICES.tell_not_judged(store, missing=0, day=TODAY, now=NOW + 2 * HOUR)
    assert told(store) == []
    NOTICES.tell_not_judged(store, missing=4, day=TODAY, now=NOW + 3 * HOUR)
    assert len(told(store)) == 1
