"""Weeks and months, and when the digest of one is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.months import CalendarMonth
from bot.analysis.schedule import MonthDay, Schedule, Weekday
from bot.analysis.weeks import IsoWeek

if TYPE_CHECKING:
    from datetime import tzinfo

    from bot.analysis.schedule import DigestPeriod, Every

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


# --- Weeks ---


@pytest.mark.parametrize("text", ["2026-W47", " 2026-w47 ", "2026W47"])
def test_a_week_is_read_as_people_write_it(text: str) -> None:
    assert str(IsoWeek.parse(text)) == "2026-W47"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("last week", "is not a week; write it like 2026-W47"),
        ("2026-W00", "does not exist"),
        ("2025-W53", "does not exist"),
        ("0000-W01", "does not exist"),
    ],
)
def test_what_is_no_week_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        IsoWeek.parse(text)


@given(day=st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31)))
def test_a_week_holds_its_days_and_parses_to_itself(day: date) -> None:
    week = IsoWeek.of(day)
    assert day in week.interval.days()
    assert IsoWeek.parse(str(week)) == week
    assert week.before().interval == week.interval.shifted(-7)


# --- When it is due ---


def due(
    now: str, *, weekday: int = 0, at: str = "09:00", timezone: str = "UTC", started_at: datetime = LONG_AGO
) -> str:
    """The week whose digest is due, in words."""
    return str(
        Schedule(on=Weekday(weekday), at=time.fromisoformat(at), timezone=ZoneInfo(timezone)).latest_due(
            datetime.fromisoformat(now).astimezone(UTC), started_at=started_at
        )
    )


def test_monday_at_nine_the_finished_week_is_due() -> None:
    assert due("2026-11-23T08:59:59+00:00") == "2026-W46"
    assert due("2026-11-23T09:00:00+00:00") == "2026-W47"


def test_after_downtime_at_nine_it_is_still_due() -> None:
    assert due("2026-11-29T23:00:00+00:00") == "2026-W47"


def test_nine_is_meant_where_people_are() -> None:
    assert due("2026-11-23T16:59:00+00:00", timezone="America/Los_Angeles") == "2026-W46"
    assert due("2026-11-23T17:00:00+00:00", timezone="America/Los_Angeles") == "2026-W47"


def test_where_the_week_ends_later_than_monday_at_nine_it_waits_for_the_last_day_to_settle() -> None:
    assert due("2026-11-23T02:59:00+00:00", timezone="Pacific/Auckland") == "2026-W46"
    assert due("2026-11-23T03:00:00+00:00", timezone="Pacific/Auckland") == "2026-W47"


def test_sunday_evening_is_right_after_the_week_where_the_utc_week_is_over_by_then() -> None:
    assert due("2026-11-23T04:00:00+00:00", weekday=6, at="20:00", timezone="America/Los_Angeles") == "2026-W47"


def test_sunday_morning_is_a_week_later_where_the_week_is_not_over() -> None:
    assert due("2026-11-24T00:00:00+00:00", weekday=6) == "2026-W46"
    assert due("2026-11-29T09:00:00+00:00", weekday=6) == "2026-W47"


def test_a_digest_due_before_anything_was_running_is_not_said() -> None:
    tuesday = datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert due("2026-11-24T11:00:00+00:00", started_at=tuesday) == "None"
    assert due("2026-11-30T09:00:00+00:00", started_at=tuesday) == "2026-W48"


def test_before_the_first_sync_none_is_due() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert Schedule(on=Weekday(0), at=time(9), timezone=UTC).latest_due(now, started_at=None) is None


def test_the_next_one_is_announced_for_the_coming_monday() -> None:
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    berlin = Schedule(on=Weekday(0), at=time(9), timezone=ZoneInfo("Europe/Berlin"))
    assert berlin.next_at(now) == datetime(2026, 11, 23, 8, tzinfo=UTC)


ZONES = st.sampled_from(
    ["UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland", "Etc/GMT+12"]
)
TIMES = st.times().map(lambda at: at.replace(microsecond=0))


LAST_DAYS = {"week": 8, "month": 62}
DAYS = st.integers(0, 6).map(Weekday) | st.integers(1, 28).map(MonthDay)


@given(
    now=st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- naive bounds
    every=st.sampled_from(["week", "month"]),
    on=DAYS,
    at=TIMES,
    timezone=ZONES.map(ZoneInfo),
)
def test_when_the_next_digest_comes_due_it_is_that_of_the_period_after(
    now: datetime, every: Every, on: Weekday | MonthDay, at: time, timezone: tzinfo
) -> None:
    if every == "week" and isinstance(on, MonthDay):
        on = Weekday(on.number % 7)
    schedule = Schedule(every=every, on=on, at=at, timezone=timezone)

    def due_at(instant: datetime) -> DigestPeriod:
        period = schedule.latest_due(instant, started_at=LONG_AGO - timedelta(days=999))
        assert period is not None
        return period

    following = schedule.next_at(now)
    assert now < following <= now + timedelta(days=LAST_DAYS[every])
    assert due_at(following - timedelta(seconds=1)) == due_at(now)
    assert due_at(following).before() == due_at(now)


# --- Months ---


def monthly(now: str, *, on: Weekday | MonthDay, timezone: str = "UTC") -> str:
    """The month whose digest is due, in words."""
    schedule = Schedule(every="month", on=on, at=time(9), timezone=ZoneInfo(timezone))
    return str(schedule.latest_due(datetime.fromisoformat(now).astimezone(UTC), started_at=LONG_AGO))


def test_a_month_is_told_on_its_day_of_the_next_one() -> None:
    assert monthly("2026-11-02T08:59:00+00:00", on=MonthDay(2)) == "2026-09"
    assert monthly("2026-11-02T09:00:00+00:00", on=MonthDay(2)) == "2026-10"


def test_a_month_is_told_on_the_first_such_weekday_after_it() -> None:
    assert monthly("2026-11-02T08:59:00+00:00", on=Weekday(0)) == "2026-09"
    assert monthly("2026-11-02T09:00:00+00:00", on=Weekday(0)) == "2026-10"


def test_a_month_ends_in_utc_wherever_its_digest_is_read() -> None:
    assert monthly("2026-11-01T02:59:00+00:00", on=MonthDay(1), timezone="Pacific/Auckland") == "2026-09"
    assert monthly("2026-11-01T03:00:00+00:00", on=MonthDay(1), timezone="Pacific/Auckland") == "2026-10"


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "October", ""])
def test_what_is_no_month_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month; write it like 2026-10"):
        CalendarMonth.parse(text)
