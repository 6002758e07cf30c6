"""The answer to a question about spend."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from heapq import nlargest
from itertools import islice
from typing import TYPE_CHECKING

from bot.analysis.groupings import GROUPS
from bot.messages import basis
from bot.messages.breakdown import before_title, breakdown_table, others
from bot.messages.charts import DailySpend, daily_chart, series_names, trend_chart
from bot.messages.cross import (
    Cross,
    Times,
    cross_table,
    earlier_ones,
    find_cross,
    find_times,
    narrower,
    pairs_table,
    time_label,
    times_of,
    times_table,
)
from bot.messages.drivers import driver_words
from bot.messages.layout import (
    BAR_LABEL_LENGTH,
    CHART_POINTS,
    HEADLINE_NAME_LENGTH,
    LONGEST_QUESTION,
    TABLE_ROWS,
    bar_chart,
    build_message,
    code,
    distinct_labels,
    facts,
    headline,
    label,
    line_chart,
    paragraph,
    short_model,
    small_print,
)
from bot.messages.numbers import (
    day_name,
    day_range,
    money,
    money_change,
    money_change_alike,
    percent,
    time_of_day,
    up_or_down,
)
from bot.messages.periods import period_in_words, period_named
from bot.messages.scope import of_whom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slackblocks import Block

    from bot.analysis.report import Report, Row
    from bot.model import Interval, Message, NanoUsd

WEEK = 7
MOVERS = 3
BARS = 6


def report_answer(report: Report) -> Message:
    """What was spent, against the period before."""
    return _nothing_known(report) if report.total is None else _answer(report)


def _answer(report: Report) -> Message:
    subject = _subject(report)
    return build_message(
        f"{subject}{_largest(report)}",
        headline(subject),
        _why(report),
        *_shape(report),
        small_print(*_small_print(report)),
    )


def _nothing_known(report: Report) -> Message:
    days = day_range(report.question.period.current)
    subject = f"No data for {days} yet"
    return build_message(
        f"{subject}: these days were never fetched",
        headline(subject),
        paragraph(
            "why",
            "These days were never fetched, so what they cost is unknown, not zero. "
            "`/claudecost status` shows which days there are and when the next sync runs.",
        ),
        small_print(f"understood as {code(str(report.question), LONGEST_QUESTION)}", basis.as_of(report.data_as_of)),
    )


# --- The headline, and what moved it ---


def _subject(report: Report) -> str:
    spent = f"{_of_what(report)}{money(report.total)}{basis.mark(estimated=report.total_estimated)} {_when(report)}"
    if _is_beside_a_whole_day(report):
        return f"{spent}{_whole_day_before(report)}"
    if report.change is None or report.change_percent is None:
        return spent
    return f"{spent}, {up_or_down(report.change_percent)} {_compared(report)}"


def _of_what(report: Report) -> str:
    """What filters leave, so that nobody takes it for everything; empty without any."""
    words = of_whom(report.question)
    return f"{label(words, HEADLINE_NAME_LENGTH)}: " if words else ""


def _is_beside_a_whole_day(report: Report) -> bool:
    """Whether this is one day that is not over: beside a whole day it would always seem to fall."""
    return len(report.question.period.current) == 1 and bool(report.partial_days) and report.up_to is None


def _compared(report: Report) -> str:
    """By how many dollars it changed; of a day under way what it is held against, the same time of the one before."""
    if report.up_to is None:
        return f"({_change(report)})"
    return f"against {money(report.previous_total)} by then on {day_name(report.question.period.previous.since)}"


def _whole_day_before(report: Report) -> str:
    if report.previous_total is None:
        return ""
    return f"; all of {day_name(report.question.period.previous.since)} was {money(report.previous_total)}"


def _change(report: Report) -> str:
    return money_change_alike(report.change or 0, beside=[report.total or 0])


def _when(report: Report) -> str:
    period = report.question.period
    if len(period.current) == 1:
        return _on_the_day(report)
    if report.missing_days:
        part, whole = basis.known_part(period.current, report.missing_days), period_named(period)
        return f"{part} of {whole}" if whole else part
    return period_in_words(period)


def _on_the_day(report: Report) -> str:
    period = report.question.period
    day = day_name(period.current.since)
    if not report.partial_days:
        return f"on {day}"
    named = "so far today" if period.name == "today" else f"on {day} so far"
    return f"on {day} so far" if report.up_to is None else f"{named} (to {time_of_day(report.up_to)} UTC)"


def _largest(report: Report) -> str:
    """The row with most of it, for the notification."""
    if report.question.time or not report.rows or not report.total or report.total < 0:
        return ""
    row = report.rows[0]
    share = percent(Decimal(row.spend or 0) * 100 / report.total)
    return f"; most: {label(_short(row), HEADLINE_NAME_LENGTH)} {money(row.spend)} ({share})"


def _short(row: Row) -> str:
    return " · ".join(map(short_model, row.labels))


def _in_a_bar(report: Report, row: Row) -> str:
    """What belongs to something else is told without it: under a bar there is room for one name."""
    by = report.question.by
    return short_model(row.labels[by.index(narrower(by) or by[0])])


def _why(report: Report) -> Block | None:
    lines = [line for line in (_drivers(report), _moved(report)) if line]
    return paragraph("why", *lines) if lines else None


def _drivers(report: Report) -> str:
    words = driver_words(report.why) if report.why and report.previous_total else ""
    return f"*Why:* {words}" if words else ""


def _moved(report: Report) -> str:
    if (
        report.question.time
        or len(report.rows) <= 1
        or not report.comparable
        or _is_beside_a_whole_day(report)
        or not report.previous_total
    ):
        return ""
    largest = nlargest(MOVERS, report.rows, key=lambda row: abs(row.change or 0))
    least = _worth_naming(report)
    named = [f"{code(row.label)} {money_change(row.change)}" for row in largest if abs(row.change or 0) >= least]
    return f"*What moved:* {', '.join(named)}" if named else ""


def _worth_naming(report: Report) -> NanoUsd:
    """What has to have moved to be named: a hundredth of the larger total, and anything at all."""
    return max(abs(report.total or 0), abs(report.previous_total or 0)) // 100 or 1


# --- The shapes: one number, a ranking, a trend, a cross of two groupings ---


def _shape(report: Report) -> tuple[Block | None, Block | None]:
    """The picture and the table that a question of its kind is answered with."""
    by, time = report.question.by, report.question.time
    if by == (time,):
        return _trend(report), _times_table(report)
    if time:
        times = find_times(report, time)
        return _trends(report, times), times_table(report, times, title=GROUPS[time].title)
    if len(report.rows) <= 1:
        return _trend(report), _number(report)
    if len(by) == 1 or narrower(by):
        return _ranking(report), _ranking_table(report)
    cross = find_cross(report)
    return _cross_chart(report, cross), _cross_table(report, cross)


def _unit(*, estimated: bool) -> str:
    return f"USD{basis.mark(estimated=estimated)}"


def _trend(report: Report) -> Block | None:
    period = report.question.period
    if len(period.current) == 1 or not (report.total or report.previous_total):
        return None
    current = DailySpend(period.current, report.daily)
    before = DailySpend(period.previous, report.previous_daily)
    return daily_chart(current, before, unit=_unit(estimated=report.estimated))


def _trends(report: Report, times: Times) -> Block | None:
    if len(times.spend) <= 1 or not times.across:
        return None
    unit = _unit(estimated=report.total_estimated)
    if report.question.unit == "day":
        return trend_chart(
            {
                part.title: DailySpend(
                    report.question.period.current,
                    {date.fromisoformat(day): amounts[place] for day, amounts in times.spend.items()},
                )
                for place, part in enumerate(times.across)
            },
            unit=unit,
        )
    known = {name: days for name, days in times_of(report).items() if name in times.spend}
    whole = [name for name, days in known.items() if _is_whole(report, days)]
    names = (whole if len(whole) > 1 else list(known))[-CHART_POINTS:]
    lines = {
        part.title: {time_label(report, known[name]): times.spend[name][place] for name in names}
        for place, part in enumerate(times.across)
    }
    return line_chart(f"Spend a {report.question.unit}, {unit}", lines)


def _is_whole(report: Report, days: Interval) -> bool:
    """Whether days are all there is of their week or month."""
    return len(days) == report.question.length_of(days)


def _number(report: Report) -> Block | None:
    """What one number is made of; nothing where that says no more than the headline."""
    period, known = report.question.period, report.daily
    told = {} if not report.rows else {GROUPS[report.question.by[0]].title: code(report.rows[0].label)}
    if report.previous_total is not None and not _is_beside_a_whole_day(report):
        told["Before"] = money(report.previous_total)
    if len(period.current) > 1 and len(known) > 1 and report.total:
        highest = max(known, key=lambda day: (known[day], day))
        told["A_day"] = money(report.total // len(known))
        told["Highest_day"] = f"{money(known[highest])} on {day_name(highest)}"
    return facts(**told) if told else None


def _ranking(report: Report) -> Block | None:
    """The largest rows beside what they were; those that have nothing to stand beside are left out of both."""
    some_before = any(row.previous is not None for row in report.top_rows)
    with_both = (row for row in report.top_rows if row.previous is not None or not some_before)
    spent_most = list(islice((row for row in with_both if row.spend and row.spend > 0), BARS))
    if len(spent_most) <= 1:
        return None
    names = distinct_labels([_in_a_bar(report, row) for row in spent_most], BAR_LABEL_LENGTH)
    bars = {_this_one(report): {name: row.spend or 0 for name, row in zip(names, spent_most, strict=True)}}
    if report.question.period.alike and all(row.comparable and row.previous is not None for row in spent_most):
        bars[_earlier(report)] = {name: row.previous or 0 for name, row in zip(names, spent_most, strict=True)}
    return bar_chart(f"Largest, {_unit(estimated=report.estimated)}", bars)


def _this_one(report: Report) -> str:
    period = report.question.period
    return "Spend" if len(period.current) == 1 else series_names(period.current, period.previous)[0]


def _earlier(report: Report) -> str:
    if report.up_to is not None:
        return f"A week ago by {time_of_day(report.up_to)}"
    period = report.question.period
    if len(period.current) == 1:
        is_weekday = period.previous == period.current.shifted(-7)
        return "A week earlier" if is_weekday else day_name(period.previous.since)
    return series_names(period.current, period.previous)[1]


def _cross_chart(report: Report, cross: Cross) -> Block | None:
    """The lines of the table as bars, without that of all others: beside it the largest would be hard to see."""
    largest = [(part.title, line) for part, line in zip(cross.down, cross.lines, strict=True) if len(part.ids) == 1]
    if len(largest) <= 1:
        return None
    bars = {part.title: {name: line[place] for name, line in largest} for place, part in enumerate(cross.across)}
    return bar_chart(f"Largest, {_unit(estimated=report.total_estimated)}", bars)


def _cross_table(report: Report, cross: Cross) -> Block:
    title = GROUPS[report.question.by[0]].title
    return cross_table(cross, title=f"{title}{', est.' if report.total_estimated else ''}")


def _ranking_table(report: Report) -> Block:
    by = report.question.by
    if len(by) > 1:
        return pairs_table(_compared_rows(report, report.rows), by=by, estimated=report.total_estimated)
    return _breakdown(report, _top(report))


def _times_table(report: Report) -> Block:
    return _breakdown(report, _top(report) if report.question.top else _times(report))


def _top(report: Report) -> Sequence[Row]:
    """The rows that were asked for, and what the others come to."""
    return [*report.top_rows, others(report.rest)] if report.rest else report.rows


def _compared_rows(report: Report, rows: Sequence[Row]) -> Sequence[Row]:
    """Rows without a change where what they are beside is a whole day."""
    return [replace(row, comparable=False) for row in rows] if _is_beside_a_whole_day(report) else rows


def _breakdown(report: Report, rows: Sequence[Row]) -> Block:
    return breakdown_table(
        _compared_rows(report, rows),
        title=GROUPS[report.question.by[0]].title,
        before=_before(report),
        estimated=report.total_estimated,
    )


def _before(report: Report) -> str:
    """What stands above what was before; a row of days, weeks or months tells itself how many are known."""
    if _is_beside_other_weekdays(report):
        return "A week before"
    missing = () if report.question.time else report.previous_missing_days
    return before_title(report.question.period.previous, missing, estimated=report.previous_estimated)


def _times(report: Report) -> Sequence[Row]:
    """The newest days, weeks or months, the earlier ones as one row above them."""
    rows = _a_week_apart(report) if _is_beside_other_weekdays(report) else report.rows
    times = list(zip(rows, times_of(report).values(), strict=True))
    shown = times if len(times) <= TABLE_ROWS else times[1 - TABLE_ROWS :]
    named = [replace(row, labels=(time_label(report, days),)) for row, days in shown]
    earlier = rows[: len(times) - len(shown)]
    return [_earlier_as_one(report, earlier), *named] if earlier else named


def _is_beside_other_weekdays(report: Report) -> bool:
    """Whether days are told beside others that are not the same weekdays: most would rise or fall for that alone."""
    question, days = report.question, len(report.question.period.current)
    told_by_day = question.by == ("day",) and question.top is None and question.versus is None
    return told_by_day and days > 1 and days % WEEK > 0


def _a_week_apart(report: Report) -> Sequence[Row]:
    """The days beside those a week before."""
    known = {**report.previous_daily, **report.daily}
    whole = known.keys() - set(report.partial_days)
    before = [day - timedelta(days=WEEK) for day in report.question.period.current.days()]
    return [
        replace(row, previous=known.get(day), comparable={day, day + timedelta(days=WEEK)} <= whole)
        for row, day in zip(report.rows, before, strict=True)
    ]


def _earlier_as_one(report: Report, rows: Sequence[Row]) -> Row:
    """Rows of times as one, beside nothing where it is not known what all of them are beside."""
    one = replace(others(rows), labels=(earlier_ones(report, len(rows)),))
    return one if all(row.previous is not None for row in rows) else replace(one, previous=None)


# --- The small print ---


def _small_print(report: Report) -> list[str]:
    period = report.question.period
    unknown = [*report.missing_days, *report.previous_missing_days]
    return [
        basis.days_compared(current=period.current, previous=period.previous, up_to=report.up_to),
        basis.uneven(report),
        basis.not_compared(report, named=code),
        "" if report.up_to else basis.completeness(report),
        basis.days_unknown(unknown),
        *basis.organizations(report.organizations, unknown=unknown, named=code),
        basis.unheard(report.unheard, named=code),
        *basis.people(report),
        basis.sources(report),
        basis.left_unpriced(report.unpriced),
        *basis.cache(report),
        *basis.keys(report),
        basis.as_of(report.data_as_of),
        f"understood as {code(str(report.question), LONGEST_QUESTION)}",
    ]
