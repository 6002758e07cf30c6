"""Answers are kept for a while, to be shared as they were told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.model import Message
from bot.snapshots.answers import Answer
from tests.builders import NOW

if TYPE_CHECKING:
    from datetime import datetime

    from bot.snapshots import Store

MESSAGE = Message("Spend", ({"type": "divider"},))


def keep(store: Store, *, at: datetime = NOW) -> str:
    """Keeps an answer."""
    return store.answers.save_answer(user="U1", channel="C0CLAUDE", question="7d by workspace", message=MESSAGE, at=at)


def test_an_answer_is_found_by_its_id(store: Store) -> None:
    assert store.answers.load_answer(keep(store)) == Answer("U1", "7d by workspace", MESSAGE, NOW)


def test_an_unknown_id_finds_nothing(store: Store) -> None:
    keep(store)

    assert store.answers.load_answer("guess") is None


def test_ids_differ(store: Store) -> None:
    assert keep(store) != keep(store)


def test_an_answer_is_forgotten_after_thirty_days(store: Store) -> None:
    old, kept = keep(store), keep(store, at=NOW + timedelta(days=1))

    keep(store, at=NOW + timedelta(days=30, seconds=1))

    assert store.answers.load_answer(old) is None
    assert store.answers.load_answer(kept) is not None
