"""Which days are fetched, known and ready."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import cycle
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.coverage import (
    LINES_AT_ONCE,
    days_at_once,
    days_to_fetch,
    missing_days,
    newest_first,
    newest_judgeable_day,
    newest_stretch,
)
from bot.model import Interval, Source, end_of
from tests.builders import TODAY, YESTERDAY, fetched_day, fetched_days, last_days

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.model import FetchedDay

DAY = timedelta(days=1)
LONG_AFTER = timedelta(days=70)
TOMORROW = TODAY + timedelta(days=1)


def final(days: Iterable[date]) -> dict[date, FetchedDay]:
    """Days that were fetched long after their end."""
    return {day: fetched_day(day, fetched_at=end_of(day) + LONG_AFTER) for day in days}


def test_the_first_sync_fetches_everything_newest_first_in_windows_the_reports_accept() -> None:
    assert days_to_fetch({}, today=TODAY, backfill_days=90) == [
        Interval(date(2026, 10, 23), date(2026, 11, 23)),
        Interval(date(2026, 9, 22), date(2026, 10, 23)),
        Interval(date(2026, 8, 24), date(2026, 9, 22)),
    ]


def test_later_ones_fetch_the_last_seven_days_and_today() -> None:
    known = final(last_days(90).days())
    assert days_to_fetch(known, today=TODAY, backfill_days=90) == [Interval(date(2026, 11, 15), TOMORROW)]


def test_a_hole_is_fetched_too() -> None:
    known = final(last_days(90).days())
    del known[date(2026, 10, 4)], known[date(2026, 10, 5)]
    assert days_to_fetch(known, today=TODAY, backfill_days=90) == [
        Interval(date(2026, 11, 15), TOMORROW),
        Interval(date(2026, 10, 4), date(2026, 10, 6)),
    ]


def test_a_day_that_was_partial_when_the_process_went_down_is_fetched_again() -> None:
    known = final(last_days(90).days())
    half_way = date(2026, 11, 1)
    known[half_way] = fetched_day(half_way, fetched_at=end_of(half_way) - timedelta(hours=5))
    assert Interval(half_way, half_way + timedelta(days=1)) in days_to_fetch(known, today=TODAY, backfill_days=90)


def test_a_day_older_than_that_is_read_again_once_a_day_to_the_end_of_the_next_month() -> None:
    known = final(last_days(90).days())
    midnight = end_of(YESTERDAY)
    for day in (date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31)):
        known[day] = fetched_day(day, fetched_at=midnight - timedelta(seconds=1))
    known[date(2026, 10, 2)] = fetched_day(date(2026, 10, 2), fetched_at=midnight)
    assert days_to_fetch(known, today=TODAY, backfill_days=90) == [
        Interval(date(2026, 11, 15), TOMORROW),
        Interval(date(2026, 10, 31), date(2026, 11, 1)),
        Interval(date(2026, 10, 1), date(2026, 10, 2)),
    ]


def test_a_day_before_that_is_never_read_again_once_its_restatements_were_seen() -> None:
    known = final(last_days(90).days())
    old = date(2026, 9, 30)
    known[old] = fetched_day(old, fetched_at=end_of(old) + timedelta(days=6, minutes=1))
    assert days_to_fetch(known, today=TODAY, backfill_days=90) == [Interval(date(2026, 11, 15), TOMORROW)]


def test_days_before_the_backfill_are_left_alone() -> None:
    assert sum(len(window) for window in days_to_fetch({}, today=TODAY, backfill_days=10)) == 11


@given(backfill=st.integers(1, 400), holes=st.sets(st.integers(1, 400)))
def test_windows_hold_every_missing_day_once(backfill: int, holes: set[int]) -> None:
    all_days = Interval(TODAY - timedelta(days=400), TODAY).days()
    known = final(day for day in all_days if (TODAY - day).days not in holes)
    windows = days_to_fetch(known, today=TODAY, backfill_days=backfill)
    asked = [day for window in windows for day in window.days()]
    assert len(asked) == len(set(asked))
    assert all(1 <= len(window) <= 31 for window in windows)
    assert set(missing_days(Interval(TODAY - timedelta(days=backfill), TODAY), known)) <= set(asked)


@given(holes=st.sets(st.integers(1, 60), min_size=1), lengths=st.lists(st.integers(1, 31), min_size=1))
def test_stretches_hold_every_day_once_newest_first(holes: set[int], lengths: list[int]) -> None:
    wanted = [TODAY - back * DAY for back in sorted(holes)]
    left, days = newest_first(reversed(wanted)), cycle(lengths)
    asked: list[date] = []
    while left:
        stretch, left = newest_stretch(left, days=next(days))
        asked += reversed(stretch.days())
    assert asked == wanted


@given(rows_a_day=st.integers(0, 100_000), length=st.integers(1, 31))
def test_a_stretch_is_no_longer_than_memory_and_the_reports_allow(rows_a_day: int, length: int) -> None:
    days = days_at_once(Interval(TODAY - length * DAY, TODAY), lines=rows_a_day * length)
    assert 1 <= days <= 31
    assert days == 1 or days * rows_a_day <= LINES_AT_ONCE


def test_a_day_without_a_row_is_known_and_a_day_never_fetched_is_missing() -> None:
    known = fetched_days(last_days(3))
    del known[YESTERDAY]
    assert missing_days(last_days(3), known) == (YESTERDAY,)


def test_yesterday_is_judged_once_it_was_fetched_three_hours_after_its_end() -> None:
    known = fetched_days(last_days(14))
    known[YESTERDAY] = fetched_day(YESTERDAY, fetched_at=end_of(YESTERDAY) + timedelta(hours=3))
    assert newest_judgeable_day(known, TODAY) == YESTERDAY


def test_before_that_the_day_before_is_the_newest() -> None:
    known = fetched_days(last_days(14))
    known[YESTERDAY] = fetched_day(YESTERDAY, fetched_at=end_of(YESTERDAY) + timedelta(hours=2, minutes=59))
    assert newest_judgeable_day(known, TODAY) == YESTERDAY - timedelta(days=1)


def test_today_is_never_judged_even_if_the_clock_jumped() -> None:
    known = {TODAY: fetched_day(TODAY, fetched_at=end_of(TODAY) + LONG_AFTER)}
    assert newest_judgeable_day(known, TODAY) is None


def test_without_data_no_day_is_judged() -> None:
    assert newest_judgeable_day({}, TODAY) is None


def test_an_estimated_day_is_not_judged_where_there_is_a_bill() -> None:
    known = fetched_days(last_days(7)) | fetched_days(last_days(2), source=Source.ESTIMATE)
    assert newest_judgeable_day(known, TODAY) == TODAY - timedelta(days=3)


def test_without_any_bill_an_estimated_day_is_judged() -> None:
    assert newest_judgeable_day(fetched_days(last_days(7), source=Source.ESTIMATE), TODAY) == YESTERDAY
