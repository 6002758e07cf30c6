"""How budgets stand, which levels they reach, and what is told of that once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from bot.analysis.budget import Budget, Level, On, Period, at_night, find_changes, find_standing, window_of
from bot.analysis.forecast import DailySpend
from bot.model import Interval, Raise, SaidLevel
from tests.laws import lists_of, numbered, one_of_each

TODAY = date(2026, 11, 22)
BUDGET = Budget(name="search", amount=1000)


def days(amount: int, *, since: date, until: date = TODAY) -> DailySpend:
    return DailySpend(dict.fromkeys(Interval(since, until).days(), amount), {})


def raise_to(amount: int, *, since: date = date(2026, 11, 1), hour: int = 9) -> Raise:
    at = datetime(2026, 11, 20, hour, tzinfo=UTC)
    return Raise(budget="search", since=since, amount=amount, user="U0ALICE01", reason="launch", at=at)


@pytest.mark.parametrize(
    ("period", "since", "until"),
    [
        (Period.WEEK, date(2026, 12, 28), date(2027, 1, 4)),
        (Period.MONTH, date(2026, 12, 1), date(2027, 1, 1)),
        (Period.QUARTER, date(2026, 10, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_is_the_one_the_day_is_in(period: Period, since: date, until: date) -> None:
    assert window_of(period, date(2026, 12, 31)) == Interval(since, until)


def test_a_project_has_its_own_days() -> None:
    project = Interval(date(2026, 10, 15), date(2026, 12, 24))

    assert replace(BUDGET, period=Period.PROJECT, days=project).window(TODAY) == project


def test_only_days_of_the_period_count() -> None:
    standing = find_standing(BUDGET, days(10, since=date(2026, 10, 1)), today=TODAY)

    assert standing.spent == 210


def test_no_data_is_not_no_spend() -> None:
    unknown, nothing = (
        find_standing(BUDGET, spend, today=TODAY) for spend in (DailySpend({}, {}), days(0, since=TODAY - timedelta(3)))
    )

    assert (unknown.spent, unknown.percent) == (None, None)
    assert (nothing.spent, nothing.percent, nothing.reached) == (0, Decimal(0), ())


def test_a_day_under_way_counts_as_far_as_it_is_known() -> None:
    spend = DailySpend({TODAY - timedelta(1): 300}, {TODAY: 200})

    standing = find_standing(BUDGET, spend, today=TODAY)

    assert (standing.spent, standing.begun, standing.reached) == (500, 200, (Decimal(50),))


def test_levels_never_swallow_one_another() -> None:
    assert find_standing(BUDGET, days(50, since=date(2026, 11, 1)), today=TODAY).reached == tuple(
        map(Decimal, (50, 80, 100))
    )


def test_a_month_that_starts_over_has_reached_nothing() -> None:
    spend = days(50, since=date(2026, 11, 1), until=date(2026, 12, 1))

    assert find_standing(BUDGET, spend, today=date(2026, 12, 1)).spent is None


def test_a_raise_holds_in_its_period_alone() -> None:
    spend = days(10, since=date(2026, 11, 1))
    raises = [raise_to(2000), raise_to(3000, hour=11), raise_to(9000, since=date(2026, 10, 1))]

    standing = find_standing(BUDGET, spend, today=TODAY, raises=raises)

    assert (standing.allowed, standing.raise_in_force, standing.budget.amount) == (3000, raises[1], 1000)


def test_a_forecast_reaches_a_level_on_two_days_running() -> None:
    forecast = replace(BUDGET, on=On.FORECAST, levels=(Level(Decimal(100)),))
    steady = days(35, since=date(2026, 10, 1))
    jumped = DailySpend({**days(33, since=date(2026, 10, 1)).whole, TODAY - timedelta(1): 200}, {})

    assert find_standing(forecast, steady, today=TODAY).reached == (Decimal(100),)
    assert find_standing(forecast, jumped, today=TODAY).reached == ()
    assert find_standing(forecast, jumped, today=TODAY).forecast.total > 1000  # type: ignore[operator]


def test_the_day_all_of_it_is_spent_is_forecast() -> None:
    standing = find_standing(BUDGET, days(40, since=date(2026, 10, 1)), today=TODAY)

    assert standing.gone_on == date(2026, 11, 26)
    assert find_standing(BUDGET, days(10, since=date(2026, 10, 1)), today=TODAY).gone_on is None


def test_the_even_line_counts_the_days_that_have_begun() -> None:
    standing = find_standing(replace(BUDGET, amount=3000), days(1, since=date(2026, 11, 1)), today=TODAY)

    assert (standing.even, standing.days_left) == (2200, 8)


steps = numbered([1000, 1000, 1000, 2000, 500], 0, 120, max_size=12)


@given(steps)
def test_a_level_is_told_once_for_what_is_allowed(moves: list[tuple[int, int]]) -> None:
    """However spend and budget move, a level is told again only after more was allowed."""
    said: dict[Decimal, SaidLevel] = {}
    told: list[SaidLevel] = []
    for allowed, amount in moves:
        standing = find_standing(replace(BUDGET, amount=allowed), days(amount, since=date(2026, 11, 1)), today=TODAY)
        changes = find_changes(standing, said.values())
        told += [each for each in changes if each.holds]
        said |= {each.percent: each for each in changes}
        assert {each.percent for each in said.values() if each.holds} >= set(standing.reached)
        assert find_changes(standing, said.values()) == []
    for percent in said:
        turns = [each.turn for each in told if each.percent == percent]
        assert turns == list(range(len(turns)))


LEVELS = lists_of(
    one_of_each(
        Level,
        percent=[Decimal(percent) for percent in (50, 80, 90, 100, 120)],
        channel=[None, "C0ALARM01"],
        mention=[None, "U0BOSS001"],
    ),
    min_size=1,
).map(lambda levels: list({level.percent: level for level in levels}.values()))
LOOKS = numbered([False, True], 0, 400, max_size=8)
"""Whether each look was at night, and what more was spent then."""


@given(levels=LEVELS, looks=LOOKS)
def test_quiet_hours_swallow_no_level_and_tell_none_twice(levels: list[Level], looks: list[tuple[bool, int]]) -> None:
    budget = replace(BUDGET, levels=tuple(levels))
    said: dict[Decimal, SaidLevel] = {}
    told: list[Decimal] = []
    spent = 0
    for is_night, more in [*looks, (False, 0)]:
        spent += more
        standing = find_standing(budget, DailySpend({}, {TODAY: spent}), today=TODAY)
        changes = find_changes(standing, said.values())
        kept = at_night(budget, changes) if is_night else changes
        said |= {each.percent: each for each in kept}
        told += [each.percent for each in kept]
        assert {percent for percent in standing.reached if percent >= 100} <= set(told), "at once, at night too"

    assert sorted(told) == sorted(standing.reached)
