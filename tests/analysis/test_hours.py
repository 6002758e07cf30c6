"""How far a day had come by a time of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.hours import Hourly, find_reached, find_under_way, known_up_to
from bot.model import usd
from tests.builders import CHECKOUT, HAIKU, OPUS, SEARCH, TODAY, YESTERDAY, fetched_day, question
from tests.laws import numbered

SCOPES = list(product([CHECKOUT, SEARCH], [OPUS, HAIKU]))
SPENT = numbered(list(product(range(24), [None, *SCOPES])), 0, 10**15)


def at(hour: int, minute: int = 0) -> datetime:
    """A time of today."""
    return datetime.combine(TODAY, time(hour, minute), UTC)


def by_hour(spent: list[tuple[tuple[int, tuple[str, str] | None], int]]) -> Hourly:
    """Dollars by hour and scope; without a scope an hour is known and nothing more."""
    hours: dict[int, dict[tuple[str, str], int]] = {}
    for (hour, scope), amount in spent:
        hours.setdefault(hour, {}).update({scope: amount} if scope else {})
    return hours


def evenly(**hours: int) -> Hourly:
    """Dollars of one scope by hour (`h9=3`)."""
    return {int(hour[1:]): {(CHECKOUT, OPUS): usd(amount)} for hour, amount in hours.items()}


def test_hours_that_have_passed_count_whole_and_the_present_one_in_part() -> None:
    reached = find_reached(evenly(h1=1, h9=2, h20=1), until=at(9, 30))
    assert reached.share(CHECKOUT, OPUS) == Fraction(1 + 1, 4)


def test_each_scope_goes_by_its_own_hours() -> None:
    hours = {1: {(CHECKOUT, OPUS): usd(1)}, 22: {(CHECKOUT, HAIKU): usd(3)}}
    reached = find_reached(hours, until=at(12))
    assert [reached.share(CHECKOUT, model) for model in (OPUS, HAIKU)] == [1, 0]


def test_what_has_no_tokens_goes_by_its_workspace_and_then_by_all() -> None:
    hours = {1: {(CHECKOUT, OPUS): usd(1)}, 22: {(CHECKOUT, HAIKU): usd(3)}}
    reached = find_reached(hours, until=at(12))
    assert reached.share(CHECKOUT, "") == Fraction(1, 4)
    assert reached.share(SEARCH, "") == Fraction(1, 4)


def test_a_day_without_tokens_goes_by_the_clock() -> None:
    assert find_reached({}, until=at(6)).share(CHECKOUT, OPUS) == Fraction(1, 4)


@given(st.builds(lambda some, more: by_hour(some + more), SPENT, SPENT), st.sampled_from(SCOPES), st.integers(0, 1438))
def test_a_part_grows_from_nothing_to_less_than_all(hours: Hourly, scope: tuple[str, str], minute: int) -> None:
    shares = [
        find_reached(hours, until=at(0) + timedelta(minutes=minutes)).share(*scope)
        for minutes in (0, minute, minute + 1)
    ]
    assert shares[0] == 0
    assert 0 <= shares[1] <= shares[2] <= 1


def test_usage_is_known_up_to_a_little_before_it_was_fetched() -> None:
    assert known_up_to(TODAY, at(14, 2)) == at(13, 57)
    assert known_up_to(TODAY, at(0, 2)) == at(0)


@pytest.mark.parametrize(
    ("text", "fetched_at", "up_to"),
    [
        ("today", at(14, 2), at(13, 57)),
        ("today", at(0, 34), None),  # it has hardly begun
        ("7d", at(14, 2), None),
        ("yesterday", at(14, 2), None),  # it is over
    ],
)
def test_only_a_day_that_is_under_way_is_held_against_part_of_another(
    text: str, fetched_at: datetime, up_to: datetime | None
) -> None:
    fetched = {day: fetched_day(day, fetched_at=fetched_at) for day in (YESTERDAY, TODAY)}
    assert find_under_way(question(text).period, fetched) == up_to


def test_a_day_that_was_never_fetched_is_not_under_way() -> None:
    assert find_under_way(question("today").period, {}) is None
