"""Daily spend as a picture: one line for the period, one for the period before it, few enough points for a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.messages.layout import CHART_LABEL_LENGTH, CHART_POINTS, line_chart
from bot.messages.numbers import dated_range, day_range, short_day, weekday

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from slackblocks import Block

    from bot.model import Interval, NanoUsd

DAYS_A_WEEK = 7
STEPS = (1, 2, 3, 7, 14, 28, 35)
"""How many days one point may stand for; the longest answer is 400 days."""


@dataclass(frozen=True, slots=True)
class DailySpend:
    """The spend of each day of an interval that is known; a day left out is unknown, not zero."""

    interval: Interval
    amounts: Mapping[date, NanoUsd]

    def averages(self, step: int) -> list[NanoUsd | None]:
        """The average of the known days in each run of `step` days, None where none is known."""
        days = self.interval.days()
        return [self._average(days[first : first + step]) for first in range(0, len(days), step)]

    def _average(self, days: Sequence[date]) -> NanoUsd | None:
        known = [self.amounts[day] for day in days if day in self.amounts]
        return sum(known) // len(known) if known else None


def daily_chart(
    current: DailySpend, previous: DailySpend, *, unit: str, of: str = "", step: int | None = None
) -> Block | None:
    """The period's days over those of the period before, position by position; None if there is no line to draw.

    Slack needs a value for each point, so a day unknown in either is left out of both; where that would cost more than
    half of the points, the period before is left out instead. `unit` is `USD`, or says that dollars are estimated;
    `of` says whose spend it is, where that needs saying; `step` how many days a point is to stand for.
    """
    step = step or _step(len(current.interval))
    lines = _drawable(_by_category(current, previous, step))
    if len(next(iter(lines.values()))) <= 1:
        return None
    return line_chart(_title(step, unit=unit, of=of), lines)


def trend_chart(lines: Mapping[str, DailySpend], *, unit: str) -> Block | None:
    """The days of one period, a line for each of what spent most in it; None if there is no line to draw."""
    first = next(iter(lines.values()))
    step = _step(len(first.interval))
    labels = _labels(first.interval, step)
    points = {name: _known(dict(zip(labels, line.averages(step), strict=True))) for name, line in lines.items()}
    if len(points[next(iter(points))]) <= 1:
        return None
    return line_chart(_title(step, unit=unit), points)


def _title(step: int, *, unit: str, of: str = "") -> str:
    return f"Daily spend{of}, {unit}" if step == 1 else f"Average a day, {step}-day steps, {unit}"


def _by_category(current: DailySpend, previous: DailySpend, step: int) -> dict[str, dict[str, NanoUsd | None]]:
    labels = _labels(current.interval, step)
    now, before = current.averages(step), previous.averages(step)
    before += [None] * (len(now) - len(before))
    this_one, one_before = series_names(current.interval, previous.interval)
    return {
        this_one: dict(zip(labels, now, strict=True)),
        one_before: dict(zip(labels, before[: len(now)], strict=True)),
    }


def _drawable(lines: Mapping[str, Mapping[str, NanoUsd | None]]) -> dict[str, dict[str, NanoUsd]]:
    current, previous = (_known(line) for line in lines.values())
    both = [category for category in current if category in previous]
    current_name, previous_name = lines
    if len(both) * 2 <= len(current):
        return {current_name: current}
    return {
        current_name: {category: current[category] for category in both},
        previous_name: {category: previous[category] for category in both},
    }


def _known(line: Mapping[str, NanoUsd | None]) -> dict[str, NanoUsd]:
    return {category: amount for category, amount in line.items() if amount is not None}


def _step(days: int) -> int:
    return next((step for step in STEPS if days <= step * CHART_POINTS), STEPS[-1])


def _labels(interval: Interval, step: int) -> list[str]:
    if len(interval) <= DAYS_A_WEEK:
        return [weekday(day) for day in interval.days()]
    labels = [short_day(day) for day in interval.days()[::step]]
    # Over more than a year the first days come round again.
    return [f"{text} {day.year}" if labels.count(text) > 1 else text for text, day in _dated(interval, step)]


def _dated(interval: Interval, step: int) -> list[tuple[str, date]]:
    return [(short_day(day), day) for day in interval.days()[::step]]


def series_names(current: Interval, previous: Interval) -> tuple[str, str]:
    """What a chart calls the days of a period and those before it: with their years, if those are not the same."""
    in_words = day_range if current.since.year == previous.since.year else dated_range
    names = in_words(current), in_words(previous)
    return names if max(map(len, names)) <= CHART_LABEL_LENGTH else ("This period", "The one before")
