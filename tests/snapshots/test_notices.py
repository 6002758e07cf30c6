"""A notice is said once, and once when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.snapshots import Notice
from tests.builders import NOW

if TYPE_CHECKING:
    from bot.snapshots import Store

LATER = NOW + timedelta(hours=1)


def test_a_notice_is_new_once_while_it_lasts(store: Store) -> None:
    assert store.notices.raise_notice("stale", since=NOW, detail="first")
    assert not store.notices.raise_notice("stale", since=LATER, detail="second")

    assert store.notices.load_notices() == {"stale": Notice("stale", NOW, "first")}


def test_clearing_a_notice_tells_since_when_it_had_lasted(store: Store) -> None:
    store.notices.raise_notice("stale", since=NOW, detail="")

    assert store.notices.clear_notice("stale") == NOW
    assert store.notices.load_notices() == {}


def test_clearing_what_was_not_raised_tells_nothing(store: Store) -> None:
    assert store.notices.clear_notice("stale") is None


def test_a_notice_can_come_again(store: Store) -> None:
    store.notices.raise_notice("stale", since=NOW, detail="")
    store.notices.clear_notice("stale")

    assert store.notices.raise_notice("stale", since=LATER, detail="")
