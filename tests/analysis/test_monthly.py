"""What comes on the same days of every month is no news."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.model import Finding, Kind, Reason, Status
from tests.builders import all_known, days_spend, find

FIRST_OF_DECEMBER = date(2026, 12, 1)
"""November has 30 days, so a month before is 30 days before."""

USUAL = (10,) * 40


def batch(now: int, then: int, *, back: int = 30, usual: tuple[int, ...] = USUAL) -> Finding | None:
    """A workspace's finding on the first of the month, after a batch then and some days back."""
    days = list(usual[:38])
    days[0], days[back] = now, then
    found = find(days_spend(*days), day=FIRST_OF_DECEMBER, known=all_known(FIRST_OF_DECEMBER))
    return next((one for one in found if one.model is None), None)


def reason(found: Finding | None) -> Reason | None:
    return found.reason if found is not None else None


def test_a_batch_like_the_one_a_month_before_is_held() -> None:
    found = batch(90, 90)
    assert found is not None
    assert (found.status, found.reason) == (Status.HELD, Reason.LIKE_LAST_MONTH)


def test_a_day_that_moves_no_week_is_held_as_well() -> None:
    found = batch(25, 25)
    assert found is not None
    assert (found.kind, found.status, found.reason) == (Kind.DAY, Status.HELD, Reason.LIKE_LAST_MONTH)


def test_a_batch_a_day_earlier_or_later_is_the_same() -> None:
    assert reason(batch(25, 25, back=29)) is Reason.LIKE_LAST_MONTH
    assert reason(batch(25, 25, back=31)) is Reason.LIKE_LAST_MONTH
    assert reason(batch(90, 90, back=31)) is Reason.LIKE_LAST_MONTH


def test_two_days_off_it_is_another_thing() -> None:
    assert reason(batch(90, 90, back=32)) is Reason.ABOVE_THRESHOLD
    assert reason(batch(90, 90, back=23)) is Reason.ABOVE_THRESHOLD


def test_a_batch_larger_than_last_months_is_told() -> None:
    assert reason(batch(200, 90)) is Reason.ABOVE_THRESHOLD
    assert reason(batch(40, 25)) is Reason.ONE_DAY


def test_a_level_that_lasted_a_month_before_is_no_batch() -> None:
    high_before = (*(10,) * 28, *(30,) * 10)
    assert reason(batch(150, 30, usual=high_before)) is not Reason.LIKE_LAST_MONTH


def test_days_that_are_not_known_say_nothing_of_last_month() -> None:
    days = [25, *[10] * 37]
    days[30] = 25
    known = replace(all_known(FIRST_OF_DECEMBER), days=(*(True,) * 30, *(False,) * 8))
    found = find(days_spend(*days), day=FIRST_OF_DECEMBER, known=known)
    assert {one.reason for one in found} == {Reason.ONE_DAY}
