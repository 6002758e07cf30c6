"""Budgets: what was told, taken on and raised comes back as it was kept."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.model import Raise, SaidLevel
from bot.snapshots.budgets import Acknowledgement
from tests.builders import NOW

if TYPE_CHECKING:
    from bot.snapshots import Store

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
HALF, MOST = Decimal(50), Decimal("80.5")


def test_levels_are_told_in_their_period(store: Store) -> None:
    store.budgets.save_said("search", NOVEMBER, [SaidLevel(MOST, 100), SaidLevel(HALF, 100)])

    assert store.budgets.load_said("search", NOVEMBER) == [SaidLevel(HALF, 100), SaidLevel(MOST, 100)]
    assert store.budgets.load_said("search", DECEMBER) == []
    assert store.budgets.load_said("ads", NOVEMBER) == []


def test_what_becomes_of_a_level_replaces_what_it_was(store: Store) -> None:
    store.budgets.save_said("search", NOVEMBER, [SaidLevel(HALF, 100)])
    freed = SaidLevel(HALF, 100, holds=False)
    store.budgets.save_said("search", NOVEMBER, [freed])

    assert store.budgets.load_said("search", NOVEMBER) == [freed]


def test_every_raise_is_kept(store: Store) -> None:
    first = Raise(budget="search", since=NOVEMBER, amount=2, user="U0ALICE01", reason="launch", at=NOW)
    second = Raise(budget="search", since=NOVEMBER, amount=3, user="U0BOB0001", reason="", at=NOW)
    store.budgets.save_raise(first)
    store.budgets.save_raise(second)

    assert store.budgets.load_raises() == [first, second]


def test_whoever_takes_a_level_on_first_stays(store: Store) -> None:
    first = store.budgets.acknowledge("search", NOVEMBER, HALF, user="U0ALICE01", at=NOW)
    second = store.budgets.acknowledge("search", NOVEMBER, HALF, user="U0BOB0001", at=NOW + timedelta(minutes=1))

    assert first == second == Acknowledgement("U0ALICE01", NOW)
    assert store.budgets.load_acknowledgements("search", NOVEMBER) == {HALF: first}
