"""What a period will have cost by its end, how far off that may be, and how it stands against an even line.

With T the newest day that is known whole, and of each weekday d₁ … d₄ its days among the 28 up to T, newest first,

    F = spent + Σ over the days not known whole of  ½ · x̃(d₁) + ½ · mean x̃(d₁ … d₄)

where x̃ is capped at the 95th percentile of these 28 days, so that one spike does not come back every week. A day that
is under way, or that was fetched too early, counts by the larger of that and what is known of it. A day that was never
fetched is forecast like one to come: it cost something, nobody knows what. There is no forecast where fewer than 14 of
the 28 days, or no day of some weekday, are known.

The band is what the same forecaster was off by: from each of the last 84 days it is asked for as many days as are
forecast now, and held against what these cost. The band reaches from the 10th to the 90th percentile of that, and at
least 5 % of what is forecast to either side. With fewer than five such errors it is rough: 40 % to either side.

It is about any days and any scope: whoever asks adds up the days of what is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from bot.model import Interval, NanoUsd, change_percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

Weekdays: TypeAlias = Mapping[int, NanoUsd]
"""What a day of each weekday comes to; Monday is 0."""

DAY = timedelta(days=1)
WEEK = 7
DAYS_LOOKED_AT = 28
FEWEST_DAYS = 14
CAP_PERCENT = 95

DAYS_OF_ERRORS = 84
FEWEST_ERRORS = 5
TENTH = Fraction(1, 10)
LEAST_BAND = Fraction(1, 20)
ROUGH_BAND = Fraction(2, 5)

DAYS_BEFORE = DAYS_OF_ERRORS + DAYS_LOOKED_AT
"""How many days before today a forecast rests on."""

NEWEST_DAYS = 3
"""Over how many days the newest level is taken: one alone is noise."""


@dataclass(frozen=True, slots=True)
class DailySpend:
    """What each day of some scope cost: `whole` days, and what is known of `begun` ones. Others are unknown."""

    whole: Mapping[date, NanoUsd]
    begun: Mapping[date, NanoUsd]

    def before(self, today: date) -> DailySpend:
        """The same without whole days that are not over."""
        if max(self.whole, default=date.min) < today:
            return self
        return DailySpend({day: amount for day, amount in self.whole.items() if day < today}, self.begun)

    def without(self, others: Iterable[DailySpend]) -> DailySpend:
        """The same less what parts of it cost."""
        each = list(others)
        return DailySpend(
            {day: amount - sum(other.whole.get(day, 0) for other in each) for day, amount in self.whole.items()},
            {day: amount - sum(other.begun.get(day, 0) for other in each) for day, amount in self.begun.items()},
        )


@dataclass(frozen=True, slots=True)
class Band:
    """How far off a forecast may be, as parts of what it adds to what is spent; `errors` are those it rests on."""

    low: Fraction
    high: Fraction
    errors: int

    @property
    def is_rough(self) -> bool:
        """Whether it is no more than a rule of thumb."""
        return self.errors < FEWEST_ERRORS


NO_BAND = Band(Fraction(0), Fraction(0), 0)
"""Where none was asked for, of a period that is over, or of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A period's dollars, spent and to come.

    `spent` is that of its days known whole, `known_days`, None where there are none. `expected` has a forecast for each
    other day: those to come, today, and the `missing_days` before it of which nothing, or not all, is known. It is None
    where too little is known for one.
    """

    period: Interval
    spent: NanoUsd | None
    known_days: tuple[date, ...]
    missing_days: tuple[date, ...]
    expected: Mapping[date, NanoUsd] | None
    band: Band

    @property
    def to_come(self) -> NanoUsd | None:
        """What is forecast on top of what is spent."""
        return None if self.expected is None else sum(self.expected.values())

    @property
    def total(self) -> NanoUsd | None:
        """What the period will have cost."""
        return self.off_by(Fraction(0))

    @property
    def low(self) -> NanoUsd | None:
        """The least of it."""
        return self.off_by(self.band.low)

    @property
    def high(self) -> NanoUsd | None:
        """The most of it."""
        return self.off_by(self.band.high)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be forecast."""
        return self.expected is not None and not self.expected

    def off_by(self, part: Fraction) -> NanoUsd | None:
        """The total if what is to come were so much more or less."""
        if self.to_come is None:
            return None
        return (self.spent or 0) + round(self.to_come + abs(self.to_come) * part)


def find_forecast(spend: DailySpend, period: Interval, *, today: date) -> Forecast:
    """What `period` will have cost, as seen on `today`, which is not over.

    >>> week = Interval(date(2026, 11, 16), date(2026, 11, 23))
    >>> known = {date(2026, 10, 19) + timedelta(days=back): 100 for back in range(33)}
    >>> forecast = find_forecast(DailySpend(known, {date(2026, 11, 21): 130}), week, today=date(2026, 11, 21))
    >>> forecast.spent, forecast.total, forecast.band.is_rough
    (500, 730, False)
    """
    found = forecast_without_band(spend, period, today=today)
    if not found.expected:
        return found
    whole = spend.before(today).whole
    return replace(found, band=find_band(whole, max(whole), days=len(found.expected)))


def forecast_without_band(spend: DailySpend, period: Interval, *, today: date) -> Forecast:
    """The same, which takes a hundredth of the time."""
    spend = spend.before(today)
    known = tuple([day for day in period.days() if day in spend.whole])
    waiting = [day for day in period.days() if day not in spend.whole]
    usual = find_usual(spend.whole, max(spend.whole, default=today)) if waiting else None
    return Forecast(
        period=period,
        spent=sum([spend.whole[day] for day in known]) if known else None,
        known_days=known,
        missing_days=tuple([day for day in waiting if day < today]),
        expected=expected_on(waiting, spend, usual) if usual is not None or not waiting else None,
        band=NO_BAND,
    )


def expected_on(days: Iterable[date], spend: DailySpend, usual: Weekdays | None) -> dict[date, NanoUsd]:
    """What days that are not known whole will have cost: no less than what is known of them."""
    of_weekday = usual or {}
    return {day: max(of_weekday[day.weekday()], spend.begun.get(day, of_weekday[day.weekday()])) for day in days}


def find_usual(whole: Mapping[date, NanoUsd], newest: date) -> Weekdays | None:
    """What a day of each weekday comes to, by the 28 days up to `newest`; None where too little of them is known."""
    week = usual_week([whole.get(day) for day in days_up_to(newest)])
    return None if week is None else {(newest.weekday() - back) % WEEK: amount for back, amount in enumerate(week)}


def usual_week(newest_first: Sequence[NanoUsd | None]) -> list[NanoUsd] | None:
    """What the newest seven of some weeks' days usually come to, by all of them; None where too little is known."""
    known = [amount for amount in newest_first if amount is not None]
    if len(known) < FEWEST_DAYS:
        return None
    cap = percentile(known, CAP_PERCENT)
    weekdays = [[min(amount, cap) for amount in newest_first[back::WEEK] if amount is not None] for back in range(WEEK)]
    return [half_and_half(amounts) for amounts in weekdays] if all(weekdays) else None


@lru_cache(maxsize=256)
def days_up_to(newest: date) -> tuple[date, ...]:
    """The days that are looked at, the newest first."""
    return tuple([newest - back * DAY for back in range(DAYS_LOOKED_AT)])


def half_and_half(newest_first: Sequence[NanoUsd]) -> NanoUsd:
    """The newest and the mean of all, in equal parts, to the nano-dollar.

    >>> half_and_half([200, 100, 100, 100])
    162
    """
    count = len(newest_first)
    down, rest = divmod(newest_first[0] * count + sum(newest_first), 2 * count)
    return down + (rest > count or (rest == count and down % 2))


def percentile(values: Iterable[NanoUsd], percent: int) -> NanoUsd:
    """The smallest of them that so many percent do not exceed.

    >>> percentile(range(1, 29), 95)
    27
    """
    ordered = sorted(values)
    return ordered[-(-len(ordered) * percent // 100) - 1]


# --- How far off it may be ---


def find_band(whole: Mapping[date, NanoUsd], newest: date, *, days: int) -> Band:
    """From the errors of forecasts of so many days, made on each of the last 84."""
    errors = sorted(past_errors(whole, newest, days=days))
    if len(errors) < FEWEST_ERRORS:
        return Band(-ROUGH_BAND, ROUGH_BAND, len(errors))
    last = len(errors) - 1
    low, high = errors[int(last * TENTH)], errors[last - int(last * TENTH)]
    return Band(min(low, -LEAST_BAND), max(high, LEAST_BAND), len(errors))


def past_errors(whole: Mapping[date, NanoUsd], newest: date, *, days: int) -> Iterator[Fraction]:
    """By what part each forecast of so many days was below what they cost; without those of days not all known.

    A forecast of nothing has no such part, unless nothing is what the days cost.
    """
    amounts = [whole.get(newest - back * DAY) for back in range(DAYS_BEFORE)]
    for back in range(days, DAYS_OF_ERRORS + 1):
        asked = [amount for amount in amounts[back - days : back] if amount is not None]
        week = usual_week(amounts[back : back + DAYS_LOOKED_AT]) if len(asked) == days else None
        if week is None:
            continue
        forecast, actual = sum([week[-ahead % WEEK] for ahead in range(1, days + 1)]), sum(asked)
        if forecast > 0:
            yield Fraction(actual - forecast, forecast)
        elif forecast == actual:
            yield Fraction(0)


# --- While an alert is open: if it goes on, and if it stops ---


@dataclass(frozen=True, slots=True)
class Rise:
    """Part of a scope that has an open alert: its days, what they came to `before`, and by how much more they do now.

    `before` is by weekday, as the forecaster saw it before the week that breached; `excess` is dollars a day.
    """

    spend: DailySpend
    before: Weekdays
    excess: NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A forecast; while an alert is open, also if the newest level goes on, and if it is as before from now on.

    Both have the band of the forecast, as parts of what they add to what is spent.
    """

    forecast: Forecast
    continues: Forecast | None = None
    stops: Forecast | None = None


def find_rise(spend: DailySpend, *, opened_day: date, spike_day: date | None, today: date) -> Rise | None:
    """What an alert that opened on `opened_day` may carry on with; None where too little is known, or it is over.

    The newest level is that of the last three days known, or of those since a day that was an alert by itself.
    """
    spend = spend.before(today)
    before = find_usual(spend.whole, opened_day - WEEK * DAY)
    newest = max(spend.whole, default=None)
    if before is None or newest is None:
        return None
    since = max(newest - (NEWEST_DAYS - 1) * DAY, spike_day or date.min)
    above = [amount - before[day.weekday()] for day, amount in spend.whole.items() if since <= day <= newest]
    excess = sum(above) // len(above) if above else 0
    return Rise(spend, before, excess) if excess > 0 else None


def find_outlook(spend: DailySpend, period: Interval, *, today: date, rises: Sequence[Rise] = ()) -> Outlook:
    """The forecast of a scope, of which `rises` are parts that have nothing in common."""
    forecast = find_forecast(spend, period, today=today)
    if forecast.expected is None or not forecast.expected or not rises:
        return Outlook(forecast=forecast)
    spend = spend.before(today)
    rest = find_usual(spend.without(rise.spend for rise in rises).whole, max(spend.whole))
    if rest is None:
        return Outlook(forecast=forecast)
    stopped = {weekday: rest[weekday] + sum(rise.before[weekday] for rise in rises) for weekday in rest}
    excess = sum(rise.excess for rise in rises)
    going_on = {weekday: amount + excess for weekday, amount in stopped.items()}
    return Outlook(
        forecast=forecast,
        continues=replace(forecast, expected=expected_on(forecast.expected, spend, going_on)),
        stops=replace(forecast, expected=expected_on(forecast.expected, spend, stopped)),
    )


# --- Pace ---


@dataclass(frozen=True, slots=True)
class Pace:
    """What was spent, and what the even line to `target` had come to after as many of the period's days."""

    target: NanoUsd
    even: NanoUsd
    spent: NanoUsd

    @property
    def ahead(self) -> NanoUsd:
        """Dollars above the line."""
        return self.spent - self.even

    @property
    def ahead_percent(self) -> Decimal | None:
        """The same in percent of the line; None where there is none."""
        return change_percent(previous=self.even, current=self.spent)


def find_pace(forecast: Forecast, *, target: NanoUsd) -> Pace | None:
    """How the days known stand against as many of an even line to `target`; None while none is known.

    >>> days = Interval(date(2026, 11, 1), date(2026, 12, 1))
    >>> spend = DailySpend({date(2026, 11, day): 10 for day in range(1, 16)}, {})
    >>> find_pace(find_forecast(spend, days, today=date(2026, 11, 16)), target=200)
    Pace(target=200, even=100, spent=150)
    """
    if forecast.spent is None:
        return None
    return Pace(target, target * len(forecast.known_days) // len(forecast.period), forecast.spent)
