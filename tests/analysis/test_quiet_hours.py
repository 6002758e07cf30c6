"""Quiet hours: when they end, whatever the local clock does."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.quiet_hours import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(since=time(22), until=time(7), timezone=BERLIN)


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November in Berlin, as an instant."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (berlin(21, 21, 59), None),
        (berlin(21, 22), berlin(22, 7)),
        (berlin(22, 4, 2), berlin(22, 7)),
        (berlin(22, 6, 59), berlin(22, 7)),
        (berlin(22, 7), None),
    ],
)
def test_they_go_over_midnight_by_the_local_clock(now: datetime, end: datetime | None) -> None:
    assert NIGHT.end_after(now) == end


def test_they_can_lie_within_a_day() -> None:
    noon = QuietHours(since=time(12), until=time(13, 30), timezone=BERLIN)
    assert noon.end_after(berlin(22, 13)) == berlin(22, 13, 30)
    assert noon.end_after(berlin(22, 13, 30)) is None
    assert noon.end_after(berlin(22, 11, 59)) is None


def test_a_night_in_which_clocks_are_set_back_ends_at_the_second_of_two_equal_times() -> None:
    early = QuietHours(since=time(22), until=time(2, 30), timezone=BERLIN)
    second_ten_past_two = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert early.end_after(second_ten_past_two) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_they_are_said_with_their_zone() -> None:
    assert str(NIGHT) == "22:00 to 07:00 Europe/Berlin"


@given(
    since=st.times(),
    until=st.times(),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 -- hypothesis
)
def test_the_end_lies_ahead_and_not_further_than_a_day(since: time, until: time, zone: str, now: datetime) -> None:
    end = QuietHours(since=since, until=until, timezone=ZoneInfo(zone)).end_after(now)
    assert end is None or timedelta() < end - now <= timedelta(hours=25)
