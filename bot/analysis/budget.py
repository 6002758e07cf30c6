"""Budgets: what may be spent in a period, how much of it is, which levels that reaches, and when the rest is gone.

A budget is of the organisation, or of a part of it: a workspace, a key, a model, what a team or a product owns. What
it allows in a period is what the configuration says, or what somebody raised it to. Spend counts as far as it is known,
estimates too: a warning that waits for the bill comes a day late.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from bot.analysis.forecast import DailySpend, find_forecast
from bot.analysis.groupings import OWNED
from bot.model import Interval, NanoUsd, Raise, SaidLevel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.analysis.forecast import Forecast
    from bot.model import FetchedDay

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MONTHS_A_QUARTER = 3
MONTHS_A_YEAR = 12


REFERENCE_LENGTH = 12


class Period(StrEnum):
    """How often a budget begins anew; a project has its own days, once."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    PROJECT = "project"


class On(StrEnum):
    """What reaches a level: dollars spent, or dollars forecast for the end of the period."""

    ACTUAL = "actual"
    FORECAST = "forecast"


@dataclass(frozen=True, slots=True)
class Level:
    """So many percent of a budget, and who else is told: a channel, and somebody mentioned there."""

    percent: Decimal
    channel: str | None = None
    mention: str | None = None


DEFAULT_LEVELS = (Level(Decimal(50)), Level(Decimal(80)), Level(Decimal(100)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose dollars count: those that all of these say; the whole organisation's where none does."""

    team: str | None = None
    cost_center: str | None = None
    service: str | None = None
    product: str | None = None
    environment: str | None = None
    workspace: str | None = None
    key: str | None = None
    model: str | None = None

    def __str__(self) -> str:
        return ", ".join(in_words(what, name) for what, name in self.named) or "all spend"

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """What each part of it is, and is called."""
        return tuple((each.name, name) for each in fields(self) if (name := getattr(self, each.name)) is not None)

    @property
    def owned(self) -> tuple[tuple[str, str], ...]:
        """Those parts of it that no bill knows."""
        return tuple((what, name) for what, name in self.named if what in OWNED)


def in_words(what: str, name: str) -> str:
    """A part of a scope as people say it.

    >>> in_words("cost_center", "CC-7")
    'cost center CC-7'
    """
    return f"{what.replace('_', ' ')} {name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be spent. `days` are a project's own, or those of one period alone.

    `channel` is where it is told, None for where its scope is.
    """

    name: str
    amount: NanoUsd
    period: Period = Period.MONTH
    days: Interval | None = None
    scope: Scope = Scope()
    levels: tuple[Level, ...] = DEFAULT_LEVELS
    on: On = On.ACTUAL
    channel: str | None = None

    def reference(self, since: date) -> str:
        """What its period that begins on `since` is known by: an id without the name, which may be anything.

        >>> Budget(name="search", amount=1).reference(date(2026, 11, 1))
        '2026-11-01:241932906782'
        """
        return f"{since}:{sha256(self.name.encode()).hexdigest()[:REFERENCE_LENGTH]}"

    def window(self, today: date) -> Interval:
        """The days that count on a day: the period it is in, of a project always its own."""
        return self.days or window_of(self.period, today)


def told_with(budget: Budget, interval: Interval, *, today: date) -> tuple[Budget, date] | None:
    """A budget, and the day to look at it on, for whoever tells of some days: as it ended, or as it stands today.

    None where it has nothing to do with them: a project of other days.

    >>> month, week = Budget(name="all", amount=1), Interval(date(2026, 11, 23), date(2026, 11, 30))
    >>> [str(told_with(month, week, today=date(2026, *day))[1]) for day in ((11, 30), (12, 2))]
    ['2026-11-30', '2026-12-01']
    """
    window = budget.window(interval.until - DAY)
    if window.since >= interval.until or window.until <= interval.since:
        return None
    return (budget, today) if today < window.until else (replace(budget, days=window), window.until)


def window_of(period: Period, day: date) -> Interval:
    """The period a day is in.

    >>> window_of(Period.QUARTER, date(2026, 11, 22))
    Interval(since=datetime.date(2026, 10, 1), until=datetime.date(2027, 1, 1))
    >>> window_of(Period.WEEK, date(2026, 11, 22))
    Interval(since=datetime.date(2026, 11, 16), until=datetime.date(2026, 11, 23))
    """
    if period is Period.WEEK:
        monday = day - day.weekday() * DAY
        return Interval(monday, monday + WEEK)
    length = MONTHS_A_QUARTER if period is Period.QUARTER else 1
    first = (day.month - 1) // length * length + 1
    return Interval(date(day.year, first, 1), months_later(date(day.year, first, 1), length))


def months_later(first: date, months: int) -> date:
    """The first day of the month so many months later."""
    years, month = divmod(first.month - 1 + months, MONTHS_A_YEAR)
    return date(first.year + years, month + 1, 1)


def raised(budget: Budget, raises: Iterable[Raise], window: Interval) -> Raise | None:
    """The last raise of a budget in a period; None where what the configuration says holds."""
    own = [each for each in raises if each.budget == budget.name and each.since == window.since]
    return max(own, key=lambda each: each.at, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a budget stands: `spent` is what is known of its days, None where nothing is.

    `begun` is the part of it that is of days not known whole; `daily` has each day of which anything is known, and
    `allowed` is what may be spent, raised or not.
    `reached` are the percentages that spend, or the forecast on two days running, has come to, in order.
    """

    budget: Budget
    window: Interval
    allowed: NanoUsd
    spent: NanoUsd | None
    begun: NanoUsd
    forecast: Forecast
    reached: tuple[Decimal, ...]
    daily: Mapping[date, NanoUsd]
    today: date
    raise_in_force: Raise | None = None

    @property
    def missing_days(self) -> tuple[date, ...]:
        """The days of the period before today of which nothing is known."""
        return tuple(day for day in self.window.days() if day < self.today and day not in self.daily)

    @property
    def percent(self) -> Decimal | None:
        """How much of it is spent; None where nothing is known."""
        return None if self.spent is None else percent_of(self.spent, self.allowed)

    @property
    def forecast_percent(self) -> Decimal | None:
        """How much of it will be, by the forecast."""
        return None if self.forecast.total is None else percent_of(self.forecast.total, self.allowed)

    @property
    def even(self) -> NanoUsd:
        """What an even line to all of it has come to after the days that have begun."""
        begun = min(max((self.today - self.window.since).days + 1, 0), len(self.window))
        return self.allowed * begun // len(self.window)

    @property
    def days_left(self) -> int:
        """Days of the period after today."""
        return max(0, min((self.window.until - self.today).days - 1, len(self.window)))

    @property
    def has_ended(self) -> bool:
        """Whether no day of the period is left, today among them."""
        return self.today >= self.window.until

    @property
    def is_over(self) -> bool:
        """Whether more was spent than allowed."""
        return self.spent is not None and self.spent > self.allowed

    @property
    def will_be_over(self) -> bool:
        """Whether more will have been spent than allowed, by the forecast."""
        return self.forecast.total is not None and self.forecast.total > self.allowed

    @property
    def gone_on(self) -> date | None:
        """The day on which all of it will be spent, by the forecast; None if not in this period."""
        left = self.allowed - (self.forecast.spent or 0)
        for day, amount in sorted((self.forecast.expected or {}).items()):
            left -= amount
            if left < 0:
                return day
        return None


def percent_of(amount: NanoUsd, allowed: NanoUsd) -> Decimal:
    """An amount in percent of what is allowed, to two decimals; all of nothing is reached by anything.

    >>> percent_of(87, 200)
    Decimal('43.50')
    """
    return (Decimal(amount) * 100 / Decimal(allowed or 1)).quantize(Decimal("0.01"))


def find_standing(budget: Budget, spend: DailySpend, *, today: date, raises: Sequence[Raise] = ()) -> Standing:
    """How a budget stands on `today`, which is not over; `spend` is that of its scope.

    >>> spend = DailySpend({date(2026, 11, day): 10 for day in range(1, 22)}, {date(2026, 11, 22): 5})
    >>> standing = find_standing(Budget(name="all", amount=400), spend, today=date(2026, 11, 22))
    >>> standing.spent, standing.percent, standing.reached, standing.even
    (215, Decimal('53.75'), (Decimal('50'),), 293)
    """
    window = budget.window(today)
    last = raised(budget, raises, window)
    allowed = last.amount if last else budget.amount
    begun = spent_in(spend.begun, window)
    forecast = find_forecast(spend, window, today=today)
    spent = None if begun is None and forecast.spent is None else (begun or 0) + (forecast.spent or 0)
    counts = [spent] if budget.on is On.ACTUAL else [forecast.total, forecast_before(spend, window, today=today)]
    return Standing(
        budget=budget,
        window=window,
        allowed=allowed,
        spent=spent,
        begun=begun or 0,
        forecast=forecast,
        reached=reached(budget.levels, counts, allowed=allowed),
        daily=within({**spend.begun, **spend.whole}, window),
        today=today,
        raise_in_force=last,
    )


def within(spend: Mapping[date, NanoUsd], window: Interval) -> dict[date, NanoUsd]:
    """The days of a period, in order."""
    return {day: spend[day] for day in sorted(spend) if window.since <= day < window.until}


def spent_in(spend: Mapping[date, NanoUsd], window: Interval) -> NanoUsd | None:
    """What days in a period cost; None where none is known."""
    known = within(spend, window)
    return sum(known.values()) if known else None


def forecast_before(spend: DailySpend, window: Interval, *, today: date) -> NanoUsd | None:
    """What was forecast a day earlier for the same period; None on its first day, and where too little was known."""
    yesterday = today - DAY
    if yesterday < window.since:
        return None
    return find_forecast(DailySpend(spend.before(yesterday).whole, {}), window, today=yesterday).total


def reached(levels: Iterable[Level], counts: Sequence[NanoUsd | None], *, allowed: NanoUsd) -> tuple[Decimal, ...]:
    """The percentages that every one of some amounts has come to; none while one of them is unknown."""
    known = [amount for amount in counts if amount is not None]
    if len(known) < len(counts):
        return ()
    return tuple(sorted(level.percent for level in levels if min(known) * 100 >= level.percent * allowed))


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetNow:
    """A budget as it stands, and what that rests on.

    `unmatched` names what the budget is about and nothing is called, in words; `drivers` what most of it went to, by
    name, the largest first; `unpriced` are models of which tokens of its period have no price; `unheard` are
    organisations of which nothing was ever fetched.
    """

    standing: Standing
    fetched: Mapping[date, FetchedDay]
    data_as_of: datetime | None
    unmatched: tuple[str, ...] = ()
    drivers: tuple[tuple[str, NanoUsd], ...] = ()
    unpriced: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()

    @property
    def estimated_days(self) -> tuple[date, ...]:
        """The known days of its period that are not from the bill."""
        window = self.standing.window
        return tuple(day for day in window.days() if day in self.fetched and not self.fetched[day].is_billed)


def most_urgent_first(budgets: Iterable[BudgetNow]) -> list[BudgetNow]:
    """Those that are over, that will be, of which nothing can be known, and the others; the most percent first."""
    return sorted(budgets, key=urgency)


def urgency(now: BudgetNow) -> tuple[int, Decimal, str]:
    """What a budget is put in order by."""
    standing = now.standing
    most = max(standing.percent or Decimal(0), standing.forecast_percent or Decimal(0))
    kinds = (standing.is_over, standing.will_be_over, bool(now.unmatched), True)
    return kinds.index(True), -most, standing.budget.name


# --- What was said of it ---

URGENT = Decimal(100)
"""From so many percent on a level is told in quiet hours, too."""


def find_changes(standing: Standing, said: Iterable[SaidLevel]) -> list[SaidLevel]:
    """What becomes of the levels that were told: those that hold now and did not are to be told.

    >>> def reaching(*percents, allowed):
    ...     levels = tuple(map(Decimal, percents))
    ...     found = find_standing(Budget(name="a", amount=allowed), DailySpend({}, {}), today=date(2026, 11, 22))
    ...     return replace(found, reached=levels)
    >>> (told,) = find_changes(reaching(50, allowed=100), [])
    >>> find_changes(reaching(50, allowed=100), [told]), find_changes(reaching(allowed=100), [told])
    ([], [])
    >>> (freed,) = find_changes(reaching(allowed=300), [told])
    >>> find_changes(reaching(50, allowed=300), [freed])
    [SaidLevel(percent=Decimal('50'), allowed=300, turn=1, holds=True)]
    """
    last = {each.percent: each for each in said}
    freed = [
        replace(each, holds=False)
        for percent, each in last.items()
        if each.holds and percent not in standing.reached and standing.allowed > each.allowed
    ]
    new = [
        SaidLevel(percent, standing.allowed, last[percent].turn + 1 if percent in last else 0)
        for percent in standing.reached
        if percent not in last or not last[percent].holds
    ]
    return [*freed, *new]


def at_night(budget: Budget, changes: Sequence[SaidLevel]) -> list[SaidLevel]:
    """Those of some changes that quiet hours hold for nobody: levels of all of a budget or more, and what is no news.

    The levels below, reached with such a one, are told with it, unless they tell somebody who is not told of it.

    >>> budget = Budget(name="a", amount=1, levels=(*DEFAULT_LEVELS, Level(Decimal(90), mention="U1")))
    >>> [str(each.percent) for each in at_night(budget, [SaidLevel(Decimal(level), 1) for level in (80, 90)])]
    []
    >>> [str(each.percent) for each in at_night(budget, [SaidLevel(Decimal(level), 1) for level in (80, 90, 100)])]
    ['80', '100']
    """
    levels = {level.percent: level for level in budget.levels}
    urgent = [levels[each.percent] for each in changes if each.holds and each.percent >= URGENT]
    told = {(None, None), *((level.channel, level.mention) for level in urgent)} if urgent else set()
    return [
        each
        for each in changes
        if not each.holds
        or each.percent >= URGENT
        or (levels[each.percent].channel, levels[each.percent].mention) in told
    ]
