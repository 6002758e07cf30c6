"""Units: dollars divided by what was done for them, per day and over days; what is not known is left out, never zero.

A day counts where both its dollars and its count are known. Over several days it is all their dollars by all their
counts, so that a day of few units weighs little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from bot.analysis.budget import Scope
from bot.analysis.coverage import comparable_days
from bot.analysis.question import NotUnderstood, Question, parse_question
from bot.model import NANOS_PER_USD, Interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.analysis.contract import Threshold
    from bot.analysis.question.periods import Period
    from bot.model import FetchedDay, NanoUsd, UnitRise

WEEK = timedelta(days=7)
LEAST_DAYS = 5
"""Of a week and the one before so many same weekdays must be known to be judged."""

LATELY = 3
"""Of how many days it is told where dollars per unit are by now."""

CALM = Fraction(110, 100)
"""What is at most so much of the week before is calm again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What dollars are divided by: many of a `unit`, for the dollars of a scope; `name` is what people ask for."""

    name: str
    unit: str
    scope: Scope = field(default_factory=Scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some days: the dollars and the counts of those of which both are known.

    `uncounted` are days whose dollars are known and whose count is not, `missing` those whose dollars are not.
    """

    interval: Interval
    days: tuple[date, ...]
    amount: NanoUsd
    count: Decimal
    uncounted: tuple[date, ...] = ()
    missing: tuple[date, ...] = ()
    estimated: bool = False

    @property
    def per_unit(self) -> Decimal | None:
        """Dollars per unit; None where no day is known, or nothing was counted on those that are."""
        return Decimal(self.amount) / NANOS_PER_USD / self.count if self.count else None

    @property
    def is_whole(self) -> bool:
        """Whether all of its days are known."""
        return len(self.days) == len(self.interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDays:
    """A unit's days: dollars of its scope on each day that was `fetched`, and the counts that are known.

    `unmatched` names what of its scope nothing is called; `unpriced` is whether tokens of it have no price;
    `trouble` is what was wrong with the last reading of counts, in a sentence; `rise` was told and is not over.
    """

    unit: Unit
    spend: Mapping[date, NanoUsd]
    counts: Mapping[date, Decimal]
    fetched: Mapping[date, FetchedDay]
    data_as_of: datetime | None = None
    unmatched: tuple[str, ...] = ()
    unpriced: bool = False
    trouble: str | None = None
    rise: UnitRise | None = None

    def stretch(self, interval: Interval, days: Iterable[date] | None = None) -> Stretch:
        """Some days as one; of `days` those alone."""
        asked = interval.days() if days is None else tuple(days)
        known = [day for day in asked if day in self.fetched]
        both = [day for day in known if day in self.counts]
        return Stretch(
            interval=interval,
            days=tuple(both),
            amount=sum(self.spend.get(day, 0) for day in both),
            count=sum((self.counts[day] for day in both), Decimal()),
            uncounted=tuple(day for day in known if day not in self.counts),
            missing=tuple(day for day in asked if day not in self.fetched),
            estimated=any(not self.fetched[day].is_billed for day in both),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitReport:
    """A unit over some days, beside the days before them."""

    days: UnitDays
    current: Stretch
    previous: Stretch

    @property
    def unit(self) -> Unit:
        """Which one."""
        return self.days.unit

    @property
    def change_percent(self) -> Decimal | None:
        """How dollars per unit changed, to two decimals; None where one of them is not known, or was nothing."""
        return change_between(self.previous, self.current)


def change_between(previous: Stretch, current: Stretch) -> Decimal | None:
    """The change of dollars per unit in percent.

    >>> days = Interval(date(2026, 11, 1), date(2026, 11, 8))
    >>> before = Stretch(interval=days, days=days.days(), amount=700, count=Decimal(70))
    >>> change_between(before, Stretch(interval=days, days=days.days(), amount=900, count=Decimal(60)))
    Decimal('50.00')
    """
    if not previous.count or not current.count or previous.amount <= 0:
        return None
    ratio = rate_of(current) / rate_of(previous) - 1
    return (Decimal(ratio.numerator) * 100 / ratio.denominator).quantize(Decimal("0.01"))


def rate_of(stretch: Stretch) -> Fraction:
    """Nano-dollars per unit, exactly."""
    return Fraction(stretch.amount) / Fraction(stretch.count)


def find_report(days: UnitDays, interval: Interval, before: Interval) -> UnitReport:
    """A unit over two stretches of days."""
    return UnitReport(days=days, current=days.stretch(interval), previous=days.stretch(before))


def last_week(today: date) -> Interval:
    """The seven complete days before a day that is not over."""
    return Interval(today - WEEK, today)


ANY_BY_UNIT = re.compile(r"\b(?:by|per)\s+units?\b", re.IGNORECASE)


def without_by_unit(text: str) -> str | None:
    """What else a question by unit says; None if it is none.

    >>> without_by_unit("30d by unit"), without_by_unit("30d by model")
    ('30d', None)
    """
    rest, times = ANY_BY_UNIT.subn(" ", text)
    return " ".join(rest.split()) if times else None


def parse_by_unit(rest: str, *, today: date) -> Period:
    """The days that a question by unit is about. Raises `NotUnderstood` where it says anything else."""
    question = parse_question(rest, today=today)
    plain = Question(period=question.period)
    if question != plain or (question.grouped and "by" in rest.lower().split()):
        raise NotUnderstood(rest, 'by unit there are days alone, such as "30d by unit": each unit has its own scope')
    return question.period


# --- Rule A on dollars per unit ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A week of dollars per unit against the one before, over the weekdays known in both.

    `effect` is by how many dollars the week was dearer than it would have been at the rate of the week before;
    `lately` are its newest days, which say where dollars per unit are by now.
    """

    report: UnitReport
    lately: Stretch
    effect: NanoUsd
    rises: bool
    is_calm: bool


def judge(days: UnitDays, day: date, *, threshold: Threshold, floor: NanoUsd) -> Verdict | None:
    """The week up to a day; None where too little of it is known, or nothing was counted."""
    week = Interval(day - WEEK + timedelta(days=1), day + timedelta(days=1))
    compared = [one for one in comparable_days(day, days.fetched) if one in days.counts and one - WEEK in days.counts]
    current = days.stretch(week, compared)
    previous = days.stretch(week.shifted(-len(week)), [one - WEEK for one in compared])
    if len(compared) < LEAST_DAYS or not current.count or not previous.count or previous.amount <= 0:
        return None
    at_the_rate_before = rate_of(previous) * Fraction(current.count)
    effect = int(current.amount - at_the_rate_before)
    rises = Fraction(current.amount) * threshold.denominator > at_the_rate_before * threshold.numerator
    return Verdict(
        report=UnitReport(days=days, current=current, previous=previous),
        lately=days.stretch(Interval(compared[-LATELY], week.until), compared[-LATELY:]),
        effect=effect,
        rises=rises and effect >= floor,
        is_calm=current.amount <= at_the_rate_before * CALM,
    )
