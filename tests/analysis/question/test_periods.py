"""The days that each kind of phrase means."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.question import NotUnderstood, parse_question
from bot.analysis.question.periods import PERIODS, Period
from bot.model import Interval

SUNDAY = date(2026, 11, 22)
DAY = timedelta(days=1)


def period(text: str, today: date = SUNDAY) -> Period:
    return parse_question(text, today=today).period


def days(since: str, until: str) -> Interval:
    return Interval(date.fromisoformat(since), date.fromisoformat(until))


@pytest.mark.parametrize(
    ("text", "name", "since", "until", "previous_since"),
    [
        ("4w", "4w", "2026-10-25", "2026-11-22", "2026-09-27"),
        ("last 4 weeks", "4w", "2026-10-25", "2026-11-22", "2026-09-27"),
        ("3m", "3m", "2026-08-22", "2026-11-22", "2026-05-22"),
        ("past 3 months", "3m", "2026-08-22", "2026-11-22", "2026-05-22"),
        ("last week", "last week", "2026-11-09", "2026-11-16", "2026-11-02"),
        ("quarter", "quarter", "2026-10-01", "2026-11-22", "2026-07-01"),
        ("last quarter", "last quarter", "2026-07-01", "2026-10-01", "2026-04-01"),
        ("previous month", "last month", "2026-10-01", "2026-11-01", "2026-09-01"),
        ("month to date", "month", "2026-11-01", "2026-11-22", "2026-10-01"),
        ("MTD", "month", "2026-11-01", "2026-11-22", "2026-10-01"),
        ("year", "year", "2026-01-01", "2026-11-22", "2025-01-01"),
        ("last year", "last year", "2025-01-01", "2026-01-01", "2024-01-01"),
        ("2025", "2025", "2025-01-01", "2026-01-01", "2024-01-01"),
        ("oct", "2026-10", "2026-10-01", "2026-11-01", "2026-09-01"),
        ("October", "2026-10", "2026-10-01", "2026-11-01", "2026-09-01"),
        ("sept", "2026-09", "2026-09-01", "2026-10-01", "2026-08-01"),
        ("last december", "2025-12", "2025-12-01", "2026-01-01", "2025-11-01"),
        ("Nov", "2026-11", "2026-11-01", "2026-11-22", "2026-10-01"),
        ("oct 2025", "2025-10", "2025-10-01", "2025-11-01", "2025-09-01"),
        ("W46", "2026-W46", "2026-11-09", "2026-11-16", "2026-11-02"),
        ("2026-W47", "2026-W47", "2026-11-16", "2026-11-22", "2026-11-09"),
        ("week 48", "2025-W48", "2025-11-24", "2025-12-01", "2025-11-17"),
        ("Q3", "2026-Q3", "2026-07-01", "2026-10-01", "2026-04-01"),
        ("2025-Q4", "2025-Q4", "2025-10-01", "2026-01-01", "2025-07-01"),
        ("q4", "2026-Q4", "2026-10-01", "2026-11-22", "2026-07-01"),
        ("since 1 Nov", "since 2026-11-01", "2026-11-01", "2026-11-22", "2026-10-11"),
        ("from Nov 1st", "since 2026-11-01", "2026-11-01", "2026-11-22", "2026-10-11"),
        ("since monday", "since 2026-11-16", "2026-11-16", "2026-11-22", "2026-11-10"),
        ("since october", "since 2026-10-01", "2026-10-01", "2026-11-22", "2026-08-10"),
        ("since today", "since 2026-11-22", "2026-11-22", "2026-11-23", "2026-11-21"),
        ("1 Nov..15 Nov", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-16", "2026-10-17"),
        ("Nov 1 to Nov 15", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-16", "2026-10-17"),
        ("1st of november - 15 november", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-16", "2026-10-17"),
        ("1 nov–15 nov", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-16", "2026-10-17"),
        ("from 1 nov until 15 nov", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-16", "2026-10-17"),
        ("between Nov 1 and Nov 15", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-16", "2026-10-17"),
        ("2026-11-01..2026-11-15", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-16", "2026-10-17"),
        ("2026-11-01 to 2026-11-15", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-16", "2026-10-17"),
        ("1-15 Nov", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-16", "2026-10-17"),
        ("Nov 1 – 15, 2025", "2025-11-01..2025-11-15", "2025-11-01", "2025-11-16", "2025-10-17"),
        ("1 Nov..15 Nov 2025", "2025-11-01..2025-11-15", "2025-11-01", "2025-11-16", "2025-10-17"),
        ("1 Nov 2025..15 Nov", "2025-11-01..2025-11-15", "2025-11-01", "2025-11-16", "2025-10-17"),
        ("20 Dec..10 Jan", "2025-12-20..2026-01-10", "2025-12-20", "2026-01-11", "2025-11-28"),
        ("sep..oct", "2026-09-01..2026-10-31", "2026-09-01", "2026-11-01", "2026-07-02"),
        ("oct to nov", "2026-10-01..2026-11-21", "2026-10-01", "2026-11-22", "2026-08-10"),
        ("2026-09..2026-10", "2026-09-01..2026-10-31", "2026-09-01", "2026-11-01", "2026-07-02"),
        ("W45..W46", "2026-11-02..2026-11-15", "2026-11-02", "2026-11-16", "2026-10-19"),
        ("20 nov to today", "2026-11-20..2026-11-22", "2026-11-20", "2026-11-23", "2026-11-17"),
        ("mon to wed", "2026-11-16..2026-11-18", "2026-11-16", "2026-11-19", "2026-11-13"),
        ("12 Nov", "2026-11-12", "2026-11-12", "2026-11-13", "2026-11-05"),
        ("Nov 12th", "2026-11-12", "2026-11-12", "2026-11-13", "2026-11-05"),
        ("12 november 2025", "2025-11-12", "2025-11-12", "2025-11-13", "2025-11-05"),
        ("Nov 12, 2025", "2025-11-12", "2025-11-12", "2025-11-13", "2025-11-05"),
        ("2026-11-12", "2026-11-12", "2026-11-12", "2026-11-13", "2026-11-05"),
        ("25 nov", "2025-11-25", "2025-11-25", "2025-11-26", "2025-11-18"),
        ("29 feb", "2024-02-29", "2024-02-29", "2024-03-01", "2024-02-22"),
        ("mon", "2026-11-16", "2026-11-16", "2026-11-17", "2026-11-09"),
        ("last Monday", "2026-11-16", "2026-11-16", "2026-11-17", "2026-11-09"),
        ("Thursday", "2026-11-19", "2026-11-19", "2026-11-20", "2026-11-12"),
        ("sun", "2026-11-15", "2026-11-15", "2026-11-16", "2026-11-08"),
    ],
)
def test_a_phrase_means_days(text: str, name: str, since: str, until: str, previous_since: str) -> None:
    found = period(text)
    assert (found.name, found.current) == (name, days(since, until))
    assert found.previous.since == date.fromisoformat(previous_since)


def test_what_runs_is_held_against_as_many_days() -> None:
    assert period("quarter").previous == days("2026-07-01", "2026-08-22")
    assert period("last quarter").previous == days("2026-04-01", "2026-07-01")


def test_weekdays_that_would_end_before_they_begin_are_those_of_the_week_before() -> None:
    assert period("mon..fri", today=date(2026, 11, 25)).current == days("2026-11-16", "2026-11-21")


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("58w", "58w", "ask for 1 to 57 weeks"),
        ("14 months", "14 months", "ask for 1 to 13 months"),
        ("31 nov", "31 nov", "there is no such day"),
        ("2026-11-31", "2026-11-31", "there is no such day"),
        ("2026-11-23", "2026-11-23", "a day from 2023-01-01 to 2026-11-22"),
        ("2022", "2022", "a year from 2023 to 2026"),
        ("2027", "2027", "that year has not begun"),
        ("2026-W54", "2026-w54", "a week from 2022-W52 to 2026-W47"),
        ("W53", "w53", "a week from 2022-W52 to 2026-W47"),
        ("2026-W48", "2026-w48", "that week has not begun"),
        ("2027-Q1", "2027-q1", "that quarter has not begun"),
        ("15 Nov..30 Nov", "15 nov..30 nov", '30 nov has not come yet; "since 2026-11-15" is what there is'),
        ("2026-11-15..2026-11-01", "2026-11-15..2026-11-01", "it ends before it begins"),
        ("oct 2024 to nov 2026", "oct 2024 to nov 2026", "at most 400 days"),
        ("since 2025", "since 2025", "at most 400 days"),
        ("since the launch", "since the", "say since which day"),
        ("until 15 nov", "until 15 nov", "say from which day on"),
        ("24h", "24h", "days, not hours"),
        ("11/12", "11/12", 'read in two ways; write "12 Nov"'),
        ("12.11.2026", "12.11.2026", "read in two ways"),
    ],
)
def test_days_that_cannot_be_come_back_with_a_hint(text: str, word: str, hint: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        period(text)
    assert refused.value.word == word
    assert hint in refused.value.hint


@pytest.mark.parametrize("example", [each.example for each in PERIODS if each.example])
def test_every_documented_example_is_understood(example: str) -> None:
    assert period(example).current.until <= SUNDAY + DAY


TODAYS = st.dates(min_value=date(2024, 3, 1), max_value=date(2030, 12, 31))


@given(today=TODAYS, example=st.sampled_from([each.example for each in PERIODS if each.example]))
def test_a_period_written_out_is_the_same_period(today: date, example: str) -> None:
    example = example.replace("2026", str(today.year - 1)).replace("2025", str(today.year - 1))
    with suppress(NotUnderstood):  # on some days, some of them have not come yet
        found = period(example, today=today)
        assert period(found.name, today=today) == found


@given(today=TODAYS, data=st.data())
def test_a_range_has_both_the_days_it_names(today: date, data: st.DataObject) -> None:
    last = data.draw(st.dates(today - timedelta(days=300), today))
    first = data.draw(st.dates(last - timedelta(days=90), last))
    found = period(f"{first:%d %b %Y} to {last:%b %d, %Y}", today=today)
    assert found.current == Interval(first, last + DAY)
    assert found.previous.until == first
    assert len(found.previous) == len(found.current)
    assert period(f"{first}..{last}", today=today) == found


@given(today=TODAYS, back=st.integers(0, 360))
def test_without_a_year_a_day_is_the_newest_such_one(today: date, back: int) -> None:
    day = today - timedelta(days=back)
    assert period(f"{day.day} {day:%B}", today=today).current == Interval(day, day + DAY)
