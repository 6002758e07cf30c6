"""The answer to a question about spend."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

from bot.analysis.groupings import GROUPS
from bot.messages import basis
from bot.messages.breakdown import breakdown_table, others
from bot.messages.charts import DailySpend, daily_chart
from bot.messages.cross import day_label, days_table, pairs_table
from bot.messages.layout import (
    BAR_LABEL_LENGTH,
    HEADLINE_NAME_LENGTH,
    TABLE_ROWS,
    bar_chart,
    build_message,
    button,
    code,
    distinct_labels,
    headline,
    label,
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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slackblocks import Block

    from bot.analysis.report import Report, Row
    from bot.model import Message, NanoUsd

SHARE_ANSWER = "share_answer"
"""The action of the "Share in channel" button; its value is the id of the stored answer."""

MOVERS = 3
BARS = 6


def report_answer(report: Report, *, share_id: str | None) -> Message:
    """What was spent, against the period before. Without a `share_id` there is no button to share it."""
    if report.total is None:
        return _nothing_known(report)
    subject = _subject(report)
    return build_message(
        f"{subject}{_largest(report)}",
        headline(subject),
        _why(report),
        _chart(report),
        _table(report),
        None if share_id is None else button("Share in channel", action_id=SHARE_ANSWER, value=share_id),
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
        small_print(f"understood as {code(str(report.question))}", basis.as_of(report.data_as_of)),
    )


# --- The headline, and what moved it ---


def _subject(report: Report) -> str:
    spent = f"{money(report.total)}{basis.mark(estimated=report.total_estimated)} {_when(report)}"
    if _is_beside_a_whole_day(report):
        return f"{spent}{_whole_day_before(report)}"
    if report.change is None or report.change_percent is None:
        return spent
    return f"{spent}, {up_or_down(report.change_percent)} {_compared(report)}"


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
    if "day" in report.question.by or not report.rows or not report.total or report.total < 0:
        return ""
    row = report.rows[0]
    share = percent(Decimal(row.spend or 0) * 100 / report.total)
    return f"; most: {label(_short(row), HEADLINE_NAME_LENGTH)} {money(row.spend)} ({share})"


def _short(row: Row) -> str:
    return " · ".join(map(short_model, row.labels))


def _why(report: Report) -> Block | None:
    moved = [row for row in report.rows if abs(row.change or 0) >= _worth_naming(report)]
    if (
        "day" in report.question.by
        or not report.comparable
        or _is_beside_a_whole_day(report)
        or not moved
        or not report.previous_total
    ):
        return None
    largest = sorted(moved, key=lambda row: -abs(row.change or 0))[:MOVERS]
    named = ", ".join(f"{code(row.label)} {money_change(row.change)}" for row in largest)
    return paragraph("why", f"*What moved:* {named}")


def _worth_naming(report: Report) -> NanoUsd:
    """What has to have moved to be named: a hundredth of the larger total, and anything at all."""
    return max(abs(report.total or 0), abs(report.previous_total or 0)) // 100 or 1


# --- The picture and the table ---


def _chart(report: Report) -> Block | None:
    period = report.question.period
    unit = f"USD{basis.mark(estimated=report.estimated)}"
    if len(period.current) > 1:
        current = DailySpend(period.current, report.daily)
        return daily_chart(current, DailySpend(period.previous, report.previous_daily), unit=unit)
    earlier = "A week earlier" if report.up_to is None else f"A week ago by {time_of_day(report.up_to)}"
    return None if "day" in report.question.by else _ranking(report.rows, unit, earlier=earlier)


def _ranking(rows: Sequence[Row], unit: str, *, earlier: str) -> Block | None:
    some_before = any(row.previous is not None for row in rows)
    with_both = (row for row in rows if row.previous is not None or not some_before)
    spent = list(islice((row for row in with_both if row.spend and row.spend > 0), BARS))
    if len(spent) <= 1:
        return None
    names = distinct_labels([_short(row) for row in spent], BAR_LABEL_LENGTH)
    bars = {"Spend": {name: row.spend or 0 for name, row in zip(names, spent, strict=True)}}
    if all(row.previous is not None for row in spent):
        bars[earlier] = {name: row.previous or 0 for name, row in zip(names, spent, strict=True)}
    return bar_chart(f"Largest, {unit}", bars)


def _table(report: Report) -> Block | None:
    by = report.question.by
    if not report.rows:
        return None
    if "day" in by and len(by) > 1:
        return days_table(report)
    rows = _days(report) if "day" in by else report.rows
    if _is_beside_a_whole_day(report):
        rows = [replace(row, comparable=False) for row in rows]
    if len(by) > 1:
        return pairs_table(rows, by=by, estimated=report.total_estimated)
    return breakdown_table(
        rows,
        title=GROUPS[by[0]].title,
        estimated=report.total_estimated,
        estimated_before=report.previous_estimated,
    )


def _days(report: Report) -> Sequence[Row]:
    """The newest days, the earlier ones as one row above them."""
    days = report.question.period.current.days()
    named = [replace(row, labels=(day_label(report, day),)) for row, day in zip(report.rows, days, strict=True)]
    if len(named) <= TABLE_ROWS:
        return named
    earlier = named[: 1 - TABLE_ROWS]
    return [replace(others(earlier), labels=(f"{len(earlier)} earlier days",)), *named[1 - TABLE_ROWS :]]


# --- The small print ---


def _small_print(report: Report) -> list[str]:
    period = report.question.period
    unknown = [*report.missing_days, *report.previous_missing_days]
    return [
        basis.days_compared(current=period.current, previous=period.previous, up_to=report.up_to),
        basis.not_compared(report, named=code),
        "" if report.up_to else basis.completeness(report),
        basis.days_unknown(unknown),
        *basis.organizations(report.organizations, unknown=unknown, named=code),
        *basis.people(report),
        basis.sources(report),
        basis.left_unpriced(report.unpriced),
        *basis.cache(report),
        *basis.keys(report),
        basis.as_of(report.data_as_of),
        f"understood as {code(str(report.question))}",
    ]
