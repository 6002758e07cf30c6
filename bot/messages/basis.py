"""What the numbers of a message rest on, said in its small print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.analysis.coverage import runs
from bot.messages.layout import code, instant
from bot.messages.numbers import (
    counted,
    dated_range,
    day_name,
    day_range,
    listed,
    money,
    number,
    percent,
    time_of_day,
    tokens,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import date, datetime

    from bot.analysis.cache import CacheUse
    from bot.analysis.organizations import OrganizationPart
    from bot.analysis.report import Report
    from bot.model import Interval, NanoUsd, Unpriced

    class Settling(Protocol):
        """An answer that knows which of its days are not over or may still grow."""

        @property
        def partial_days(self) -> Sequence[date]: ...
        @property
        def unsettled_days(self) -> Sequence[date]: ...

    class Dated(Protocol):
        """An answer that knows of which days it is, and for which of them the bill is not there."""

        @property
        def known_days(self) -> Collection[date]: ...
        @property
        def estimated_days(self) -> Sequence[date]: ...


RUNS_NAMED = 3
MODELS_NAMED = 3
KEYS_NAMED = 3
ACTIVE = "active"
COMPLETE = "complete days"
BILLED = "from the bill"
ESTIMATED = " est."
"""What follows a number that is not from the bill."""


def mark(*, estimated: bool) -> str:
    """What follows a number: nothing if it is from the bill."""
    return ESTIMATED if estimated else ""


def days_named(days: Sequence[date]) -> str:
    """Days, neighbours joined, the first few runs of them.

    >>> from datetime import date
    >>> days_named([date(2026, 11, day) for day in (1, 2, 3, 8, 10, 12, 14, 15)])
    '1–3 Nov, Sun 8 Nov, Tue 10 Nov and 3 more days'
    """
    intervals = runs(sorted(days))
    shown = ", ".join(day_range(interval) for interval in intervals[:RUNS_NAMED])
    more = sum(len(interval) for interval in intervals[RUNS_NAMED:])
    return f"{shown} and {counted(more, 'more day')}" if more else shown


def days_compared(*, current: Interval, previous: Interval, up_to: datetime | None = None) -> str:
    """Which days stand against which, and up to which time of day if one is under way."""
    both = f", both up to {time_of_day(up_to)} UTC" if up_to else ""
    before = day_range(previous) if previous.since.year == current.since.year else dated_range(previous)
    return f"UTC {'day' if len(current) == 1 else 'days'} {dated_range(current)} against {before}{both}"


def known_part(interval: Interval, missing: Sequence[date]) -> str:
    """On how many of its days a total rests; empty if that is all of them.

    >>> from datetime import date
    >>> from bot.model import Interval
    >>> october = Interval(date(2026, 10, 1), date(2026, 11, 1))
    >>> known_part(october, [date(2026, 10, 1)]), known_part(october, [])
    ('on 30 of 31 days', '')
    """
    return f"on {number(len(interval) - len(missing))} of {counted(len(interval), 'day')}" if missing else ""


def completeness(report: Settling) -> str:
    """Whether the days asked for are over and their bill has settled."""
    if report.partial_days:
        return f"not complete yet: {days_named(report.partial_days)}"
    if report.unsettled_days:
        return f"{days_named(report.unsettled_days)} may still grow"
    return COMPLETE


def days_unknown(days: Sequence[date]) -> str:
    """Days of which nothing is known; empty if there are none."""
    return f"not fetched, so not counted: {days_named(days)}" if days else ""


def organizations(
    parts: Sequence[OrganizationPart], *, unknown: Sequence[date], named: Callable[[str], str]
) -> list[str]:
    """Whose spend is added up, and which days one lacks that others know; nothing where it is one's.

    The `unknown` days are told of elsewhere.
    """
    if not parts:
        return []
    lacking = [(part, [day for day in part.missing_days if day not in unknown]) for part in parts]
    return [
        f"{listed([named(part.name) for part in parts])} together",
        *(f"{named(part.name)} not fetched whole: {days_named(days)}" for part, days in lacking if days),
    ]


def unheard(names: Sequence[str], *, named: Callable[[str], str]) -> str:
    """Organisations of which nothing was ever fetched, so that no dollar of them is in it; empty if there are none.

    >>> unheard(["Europe"], named=str)
    'without Europe, of which nothing was fetched so far'
    """
    return f"without {listed([named(name) for name in names])}, of which nothing was fetched so far" if names else ""


def people(report: Report) -> tuple[str, ...]:
    """Who is nobody in person, and the days of which nobody is known; nothing unless people were asked about."""
    if "person" not in report.question.by:
        return ()
    days = report.people_unknown
    unknown = f"who spent it was not fetched, so not attributable: {days_named(days)}" if days else ""
    return "no person: API keys and service accounts", unknown


def uneven(report: Report) -> str:
    """Why there are no percentages where one side has more days, and what each comes to a day; empty otherwise."""
    if report.question.period.alike or report.total is None or report.previous_total is None:
        return ""
    now, before = (total // len(days) for total, days in _totals_and_days(report))
    return f"not as many days, so no percentages: {money(now)} a day against {money(before)}"


def _totals_and_days(report: Report) -> tuple[tuple[NanoUsd, Collection[date]], tuple[NanoUsd, Collection[date]]]:
    return (report.total or 0, report.daily), (report.previous_total or 0, report.previous_daily)


def not_compared(report: Report, *, named: Callable[[str], str]) -> str:
    """What the day before is looked at without, because an estimate cannot know it; empty if there is nothing."""
    return few("not compared, because only the bill knows it", [named(each) for each in report.not_compared])


def source(*, estimated: bool) -> str:
    """Where the dollars are from, when it is not known which days of them are estimated."""
    return "est. where there is no bill: tokens × price" if estimated else BILLED


def sources(answer: Dated) -> str:
    """Where the dollars of an answer are from; where there is a bill, an estimate goes by it and waits for it."""
    estimated_days, days = answer.estimated_days, answer.known_days
    if not estimated_days:
        return BILLED
    if len(estimated_days) == len(days):
        return "est.: tokens × price, not the bill"
    return f"est. until the bill is there: {days_named(estimated_days)} (tokens × price, in line with the last bills)"


def left_unpriced(unpriced: Sequence[Unpriced]) -> str:
    """Usage that is not in the dollars because no price is known for it; empty if there is none."""
    named = [f"{code(model.model)} {tokens(model.tokens)}" for model in unpriced[:MODELS_NAMED]]
    if len(unpriced) > MODELS_NAMED:
        named.append(counted(len(unpriced) - MODELS_NAMED, "more model"))
    return f"{unpriced_total(unpriced)}, not in the dollars: {', '.join(named)}" if named else ""


def unpriced_total(unpriced: Sequence[Unpriced]) -> str:
    """How much usage has no price; empty if there is none.

    >>> from bot.model import Unpriced
    >>> unpriced_total([Unpriced("claude-next", 1_200_000), Unpriced("claude-other", 9)])
    'unpriced: 2 models, 1.2M tokens'
    """
    total = sum(each.tokens for each in unpriced)
    return f"unpriced: {counted(len(unpriced), 'model')}, {tokens(total)} tokens" if unpriced else ""


def cache(report: Report) -> tuple[str, ...]:
    """What caching did; nothing unless tokens were asked about, or where no tokens came in."""
    if report.cache is None or report.cache.hit_percent is None:
        return ()
    rate = f"cache hit rate {percent(report.cache.hit_percent)}"
    before = None if report.previous_cache is None else report.previous_cache.hit_percent
    compared = rate if before is None else f"{rate}, before {percent(before)}"
    return compared, _saved(report.cache)


def _saved(use: CacheUse) -> str:
    if use.saved is None:
        return ""
    told = f"caching {'saved' if use.saved >= 0 else 'cost'} {money(abs(use.saved))} against uncached input"
    return f"{told} ({tokens(use.unpriced)} tokens could not be compared)" if use.unpriced else told


def keys(report: Report) -> tuple[str, ...]:
    """What to know of the keys in an answer: which can no longer be used, and which were used for the first time.

    Where days before it were never fetched, nobody can tell the first time.
    """
    if "key" not in report.question.by:
        return ()
    place = report.question.by.index("key")
    known = {row.ids[place]: (row.labels[place], row.key) for row in report.rows if row.key is not None}
    gone = [f"{code(name)} {key.status}" for name, key in known.values() if key.status not in {None, ACTIVE}]
    days = () if report.previous_missing_days else report.question.period.current.days()
    new = [f"{code(name)} {day_name(key.first_seen)}" for name, key in known.values() if key.first_seen in days]
    return few("no longer active", gone), few("first used", new)


def few(title: str, named: Sequence[str]) -> str:
    """The first of some things, and how many more there are; empty if there are none.

    >>> few("first used", ["a", "b", "c", "d"])
    'first used: a, b, c and 1 more'
    """
    more = f" and {len(named) - KEYS_NAMED} more" if len(named) > KEYS_NAMED else ""
    return f"{title}: {', '.join(named[:KEYS_NAMED])}{more}" if named else ""


def as_of(at: datetime | None) -> str:
    """How current it is; empty before the first sync."""
    return f"data as of {instant(at)}" if at else ""
