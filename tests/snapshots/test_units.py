"""Counts, readings and told rises, kept."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.model import Taken, UnitRise
from bot.snapshots.units import Reading
from tests.builders import NOW, YESTERDAY, last_days

if TYPE_CHECKING:
    from bot.snapshots import Store

RISE = UnitRise(NOW, Decimal("0.4200000001"))


def test_a_count_is_as_it_was_read(store: Store) -> None:
    store.units.save_counts("tickets", {YESTERDAY: Decimal("41.50")}, at=NOW)

    assert store.units.load_counts("tickets", last_days(7)) == {YESTERDAY: Decimal("41.50")}
    assert store.units.load_readings() == {"tickets": Reading(NOW, None)}


def test_a_later_reading_replaces_a_day_and_leaves_the_others(store: Store) -> None:
    before = YESTERDAY - timedelta(days=1)
    store.units.save_counts("tickets", {before: Decimal(1), YESTERDAY: Decimal(2)}, at=NOW)
    store.units.save_counts("tickets", {YESTERDAY: Decimal(3)}, at=NOW)

    assert store.units.load_counts("tickets", last_days(7)) == {before: Decimal(1), YESTERDAY: Decimal(3)}


def test_units_are_apart(store: Store) -> None:
    store.units.save_counts("tickets", {YESTERDAY: Decimal(1)}, at=NOW)

    assert store.units.load_counts("deploys", last_days(7)) == {}


def test_a_reading_that_failed_leaves_what_is_known(store: Store) -> None:
    store.units.save_counts("tickets", {YESTERDAY: Decimal(1)}, at=NOW)
    store.units.save_reading("tickets", Reading(NOW, "it cannot be read"))

    assert store.units.load_counts("tickets", last_days(7)) == {YESTERDAY: Decimal(1)}
    assert store.units.load_readings()["tickets"].trouble == "it cannot be read"


def test_a_rise_begins_once_and_ends_once(store: Store) -> None:
    later = UnitRise(NOW + timedelta(days=1), Decimal(9))

    assert [store.units.begin_rise("tickets", each) for each in (RISE, later)] == [True, False]
    assert [store.units.end_rise("tickets") for _ in range(2)] == [RISE, None]


def test_who_takes_a_rise_on_first_has_taken_it(store: Store) -> None:
    store.units.begin_rise("tickets", RISE)
    for user in ("U0ALICE01", "U0BOB0001"):
        store.units.take_rise("tickets", Taken(user, NOW))

    assert store.units.load_rise("tickets") == RISE._replace(taken=Taken("U0ALICE01", NOW))
    assert store.units.end_rise("tickets") == RISE._replace(taken=Taken("U0ALICE01", NOW))
    assert store.units.load_rise("tickets") is None
