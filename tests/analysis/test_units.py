"""Dollars per unit: what counts, what is missing, and when a rise is one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from bot.analysis.contract import Threshold
from bot.analysis.question import NotUnderstood
from bot.analysis.units import Unit, UnitDays, Verdict, find_report, judge, last_week, parse_by_unit
from bot.model import Source, usd
from tests.builders import TODAY, YESTERDAY, fetched_day, last_days
from tests.laws import numbered

UNIT = Unit(name="tickets", unit="ticket")
FORTNIGHT = last_days(14).days()
WEEK, BEFORE = last_week(TODAY), last_week(TODAY).shifted(-7)
DAY = timedelta(days=1)


def days_of(
    spend: dict[date, int],
    counts: dict[date, int],
    *,
    fetched: tuple[date, ...] = FORTNIGHT,
    source: Source = Source.COST_REPORT,
) -> UnitDays:
    return UnitDays(
        unit=UNIT,
        spend={day: usd(amount) for day, amount in spend.items()},
        counts={day: Decimal(count) for day, count in counts.items()},
        fetched={day: fetched_day(day, source=source) for day in fetched},
    )


def two_weeks(before: int, now: int, *, counted_before: int = 10, counted_now: int = 10) -> UnitDays:
    """So many dollars and units a day in each of two weeks."""
    spend = dict.fromkeys(BEFORE.days(), before) | dict.fromkeys(WEEK.days(), now)
    counts = dict.fromkeys(BEFORE.days(), counted_before) | dict.fromkeys(WEEK.days(), counted_now)
    return days_of(spend, counts)


def verdict(days: UnitDays, *, floor: int = 1) -> Verdict | None:
    return judge(days, YESTERDAY, threshold=Threshold.of(Decimal(25)), floor=usd(floor))


def test_dollars_and_counts_are_of_the_same_days() -> None:
    first, second = FORTNIGHT[-2:]
    days = days_of({first: 10, second: 90}, {first: 4})

    found = days.stretch(WEEK)

    assert (found.per_unit, found.days) == (Decimal("2.5"), (first,))
    assert second in found.uncounted


def test_a_day_that_was_never_fetched_is_missing() -> None:
    days = days_of({}, dict.fromkeys(FORTNIGHT, 5), fetched=FORTNIGHT[:-1])

    assert days.stretch(WEEK).missing == (YESTERDAY,)


def test_nothing_counted_gives_no_dollars_per_unit() -> None:
    found = days_of({YESTERDAY: 5}, {YESTERDAY: 0}).stretch(WEEK)

    assert (found.per_unit, found.days) == (None, (YESTERDAY,))


def test_a_day_without_spend_is_free() -> None:
    assert days_of({}, {YESTERDAY: 4}).stretch(WEEK).per_unit == 0


def test_days_that_are_not_from_the_bill_are_told() -> None:
    assert days_of({YESTERDAY: 5}, {YESTERDAY: 5}, source=Source.ESTIMATE).stretch(WEEK).estimated


def test_the_change_is_that_of_the_rate() -> None:
    report = find_report(two_weeks(10, 10, counted_before=10, counted_now=8), WEEK, BEFORE)

    assert report.change_percent == Decimal("25.00")


# --- The rule ---


@pytest.mark.parametrize(
    ("now", "counted", "rises"),
    [(10, 10, False), (125, 100, False), (126, 100, True), (10, 7, True), (20, 20, False)],
)
def test_it_rises_where_a_unit_is_dearer_by_more_than_the_threshold(now: int, counted: int, *, rises: bool) -> None:
    found = verdict(two_weeks(10, now, counted_now=counted))

    assert found is not None
    assert found.rises is rises


def test_the_effect_is_what_the_week_was_dearer_by() -> None:
    found = verdict(two_weeks(10, 20))

    assert found is not None
    assert found.effect == usd(70)


def test_a_rise_below_the_floor_is_none() -> None:
    found = verdict(two_weeks(10, 20), floor=71)

    assert found is not None
    assert not found.rises


@pytest.mark.parametrize("known", [4, 5])
def test_too_few_days_are_not_judged(known: int) -> None:
    days = two_weeks(10, 20)
    counts = {day: count for day, count in days.counts.items() if day not in WEEK.days()[known:]}

    assert (verdict(UnitDays(unit=UNIT, spend=days.spend, counts=counts, fetched=days.fetched)) is None) is (known < 5)


def test_only_weekdays_known_in_both_weeks_are_compared() -> None:
    days = two_weeks(10, 10)
    weekend_off = {day: count for day, count in days.counts.items() if day != BEFORE.since}

    found = verdict(UnitDays(unit=UNIT, spend=days.spend, counts=weekend_off, fetched=days.fetched))

    assert found is not None
    assert WEEK.since not in found.report.current.days


@pytest.mark.parametrize(("before", "counted"), [(0, 10), (10, 0)])
def test_what_was_free_or_never_counted_is_not_judged(before: int, counted: int) -> None:
    assert verdict(two_weeks(before, 20, counted_before=counted)) is None


@pytest.mark.parametrize(("now", "calm"), [(110, True), (111, False)])
def test_it_is_calm_within_a_tenth(now: int, *, calm: bool) -> None:
    found = verdict(two_weeks(100, now))

    assert found is not None
    assert found.is_calm is calm


BY_DAY = numbered(FORTNIGHT, 0, 50).map(dict)


@given(BY_DAY, BY_DAY)
def test_two_weeks_together_are_what_they_are_apart(spend: dict[date, int], counts: dict[date, int]) -> None:
    days = days_of(spend, counts)

    both = days.stretch(last_days(14))
    apart = [days.stretch(WEEK), days.stretch(BEFORE)]

    assert both.amount == sum(each.amount for each in apart)
    assert both.count == sum(each.count for each in apart)


# --- Asking ---


def test_by_unit_takes_days() -> None:
    assert parse_by_unit("30d", today=TODAY).current == last_days(30)


@pytest.mark.parametrize("rest", ["30d by model", "30d workspace:prod", "top 5", "7d by workspace"])
def test_by_unit_takes_nothing_else(rest: str) -> None:
    with pytest.raises(NotUnderstood, match="by unit there are days alone"):
        parse_by_unit(rest, today=TODAY)
