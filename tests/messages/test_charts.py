"""A chart has few points, and none that is a guess."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.messages.charts import DailySpend, daily_chart
from bot.model import Interval, usd
from tests.builders import TODAY, last_days

if TYPE_CHECKING:
    from slackblocks import Block


def spend(interval: Interval, *, dollars: int = 10, without: tuple[date, ...] = ()) -> DailySpend:
    return DailySpend(interval, {day: usd(dollars) for day in interval.days() if day not in without})


def drawn(block: Block | None) -> dict[str, Any]:
    assert block is not None
    chart: dict[str, Any] = block._resolve()["chart"]
    return {one["name"]: {point["label"]: point["value"] for point in one["data"]} for one in chart["series"]}


def chart(current: DailySpend, previous: DailySpend) -> dict[str, Any]:
    return drawn(daily_chart(current, previous, unit="USD"))


def weeks() -> tuple[Interval, Interval]:
    return last_days(7), last_days(7, until=TODAY - timedelta(days=7))


def test_a_week_is_drawn_by_weekday_over_the_one_before() -> None:
    this_week, week_before = weeks()
    lines = chart(spend(this_week), spend(week_before))
    assert list(lines) == ["15–21 Nov", "8–14 Nov"]
    assert list(lines["15–21 Nov"]) == ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]


def test_a_day_unknown_in_either_week_is_left_out_of_both() -> None:
    this_week, week_before = weeks()
    lines = chart(spend(this_week, without=(date(2026, 11, 18),)), spend(week_before, without=(date(2026, 11, 9),)))
    assert [list(line) for line in lines.values()] == [["Sun", "Tue", "Thu", "Fri", "Sat"]] * 2


def test_a_week_before_that_is_mostly_unknown_is_not_drawn() -> None:
    this_week, week_before = weeks()
    lines = chart(spend(this_week), spend(week_before, without=week_before.days()[:4]))
    assert list(lines) == ["15–21 Nov"]
    assert len(lines["15–21 Nov"]) == 7


@pytest.mark.parametrize("days", [7, 300])
def test_the_same_days_of_two_years_are_two_lines(days: int) -> None:
    until = date(2026, 11, 29)
    this_year, year_before = last_days(days, until=until), last_days(days, until=until.replace(year=2025))
    lines = chart(spend(this_year), spend(year_before))
    assert [name[-4:] for name in lines] == ["2026", "2025"]


def test_one_known_day_is_no_line() -> None:
    this_week, week_before = weeks()
    assert daily_chart(spend(this_week, without=this_week.days()[1:]), spend(week_before), unit="USD") is None


def test_nothing_known_is_no_line() -> None:
    this_week, week_before = weeks()
    assert daily_chart(DailySpend(this_week, {}), DailySpend(week_before, {}), unit="USD") is None


@pytest.mark.parametrize("days", [2, 7, 8, 13, 14, 26, 30, 31, 90, 91, 92, 182, 365, 366, 400])
def test_any_period_has_at_most_thirteen_points_under_short_distinct_labels(days: int) -> None:
    interval = last_days(days)
    lines = chart(spend(interval), spend(interval.shifted(-days)))
    for line in lines.values():
        assert 1 < len(line) <= 13
        assert max(map(len, line)) <= 20
    assert max(map(len, lines)) <= 20


def test_a_step_shows_the_average_of_the_days_that_are_known() -> None:
    interval = last_days(30)
    first, second, *_ = interval.days()
    current = DailySpend(interval, {day: usd(9) for day in interval.days() if day != second} | {first: usd(3)})
    assert next(iter(chart(current, spend(interval.shifted(-30)))["23 Oct – 21 Nov"].values())) == 6.0


def test_a_month_that_is_longer_than_the_one_before_is_drawn_as_far_as_both_go() -> None:
    lines = chart(
        spend(Interval(date(2026, 3, 1), date(2026, 3, 13))), spend(Interval(date(2026, 2, 1), date(2026, 2, 11)))
    )
    assert [len(line) for line in lines.values()] == [10, 10]
