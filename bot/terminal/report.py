"""What `claudecost report` prints."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from bot.analysis.groupings import in_words
from bot.analysis.report import one_or_all
from bot.messages import basis
from bot.messages.breakdown import change_in_words, others
from bot.messages.numbers import moment, money, percent_change, time_of_day, tokens
from bot.terminal.export import write_csv
from bot.terminal.page import Page, exact, percent_or_null, row_as_json, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analysis.cache import CacheUse
    from bot.analysis.groupings import Grouping
    from bot.analysis.report import Report, Row


WITH_IDS: tuple[Grouping, ...] = ("workspace", "key", "person")


def report_as_json(report: Report) -> str:
    """The fixed shape of `report --json`."""
    period = report.question.period
    return written(
        {
            "since": period.current.since.isoformat(),
            "until": period.current.until.isoformat(),
            "previous_since": period.previous.since.isoformat(),
            "by": one_or_all(report.question.by),
            "currency": "USD",
            "total": exact(report.total),
            "previous_total": exact(report.previous_total),
            "change_percent": percent_or_null(report.change_percent),
            "estimated": report.estimated,
            **estimate_as_json(report),
            "data_as_of": report.data_as_of.isoformat() if report.data_as_of else None,
            **({} if not report.organizations else {"organizations": [each.name for each in report.organizations]}),
            **question_as_json(report),
            "rows": [_row_as_json(row, report) for row in report.top_rows],
            **({} if report.cache is None else {"cache": cache_as_json(report.cache)}),
        }
    )


def _row_as_json(row: Row, report: Report) -> dict[str, Any]:
    whose = {"organization": report.organization_of(row)} if report.organizations else {}
    return {**row_as_json(row), **whose}


def question_as_json(report: Report) -> dict[str, Any]:
    """What was asked beyond a period and groupings, as it was understood; nothing where that is nothing.

    `filters` are what rows and totals are of, `previous_until` is there where somebody said what to compare with, and
    `rest` is what the rows come to that were not asked for.
    """
    question = report.question
    if not (question.filters or question.top or question.versus):
        return {}
    until = {"previous_until": question.period.previous.until.isoformat()} if question.versus else {}
    found: dict[str, Any] = {"question": str(question), "filters": [str(each) for each in question.filters], **until}
    if question.top:
        rest = others(report.rest)
        found["rest"] = {"rows": len(report.rest), "spend": exact(rest.spend), "previous": exact(rest.previous)}
    return found


def estimate_as_json(report: Report) -> dict[str, Any]:
    """Which days are not from the bill, up to when one under way is known and compared, and dollars that are not.

    Nothing where there are none of them.
    """
    days = {"estimated_days": [day.isoformat() for day in sorted(report.estimated_days)]} if report.estimated else {}
    beside_nothing = {"not_compared": exact(report.uncompared)} if report.not_compared else {}
    return days | ({"up_to": report.up_to.isoformat()} if report.up_to else {}) | beside_nothing


def cache_as_json(use: CacheUse) -> dict[str, Any]:
    """What caching did: the part of the input read from the cache, and dollars below the price without it."""
    return {
        "hit_percent": percent_or_null(use.hit_percent),
        "saved": exact(use.saved),
        "not_compared_tokens": use.unpriced,
    }


def report_as_csv(report: Report) -> str:
    """Every row with exact dollars, for a spreadsheet; nothing in a field means unknown."""
    output = io.StringIO()
    write_csv(output, csv_columns(report.question.by), (csv_row(row, report.question.by) for row in report.top_rows))
    return output.getvalue()


def csv_columns(by: Sequence[Grouping]) -> tuple[str, ...]:
    """The names of a row's fields: what has ids has a field for them too.

    >>> csv_columns(["day", "workspace"])
    ('day', 'workspace_id', 'workspace', 'usd', 'usd_before')
    """
    about = [name for grouping in by for name in ([f"{grouping}_id"] if grouping in WITH_IDS else []) + [grouping]]
    return *about, "usd", "usd_before"


def csv_row(row: Row, by: Sequence[Grouping]) -> tuple[str | None, ...]:
    """A row as `csv_columns` names it."""
    about = [
        word
        for grouping, id_, label in zip(by, row.ids, row.labels, strict=True)
        for word in ([id_, label] if grouping in WITH_IDS else [label])
    ]
    return *about, exact(row.spend), exact(row.previous)


def report_as_text(report: Report) -> Page:
    """Every row, with what the numbers rest on."""
    spend = f"Spend{basis.mark(estimated=report.total_estimated)}"
    before = f"Before{basis.mark(estimated=report.previous_estimated)}"
    known = ("Status", "First seen") if "key" in report.question.by else ()
    return Page(
        title=f"{report.question}: {_told(report)}, {_before(report)}",
        header=(*map(in_words, report.question.by), *known, spend, before, "Change"),
        rows=(*map(row_as_cells, report.top_rows), *_rest(report)),
        align="l" * (len(report.question.by) + len(known)) + "rrr",
        notes=_notes(report),
    )


def _rest(report: Report) -> list[tuple[str, ...]]:
    """What the rows come to that were not asked for, in a line."""
    if not report.rest:
        return []
    label, *amounts = row_as_cells(others(report.rest))
    return [(label, *[""] * (len(row_as_cells(report.rest[0])) - 1 - len(amounts)), *amounts)]


def _told(report: Report) -> str:
    spent = f"{money(report.total)}{basis.mark(estimated=report.total_estimated)}"
    if report.up_to is not None:
        return f"{spent} so far (to {time_of_day(report.up_to)} UTC)"
    return f"{spent} {basis.known_part(report.question.period.current, report.missing_days)}".rstrip()


def _before(report: Report) -> str:
    part = basis.known_part(report.question.period.previous, report.previous_missing_days)
    then = "" if report.up_to is None else f"to {time_of_day(report.up_to)}"
    before = f"before {money(report.previous_total)} {part or then}".rstrip()
    return before if report.change_percent is None else f"{before} ({percent_change(report.change_percent)})"


def row_as_cells(row: Row) -> tuple[str, ...]:
    """A line of a breakdown."""
    known = () if row.key is None else (row.key.status or "–", str(row.key.first_seen or "–"))
    return *row.labels, *known, money(row.spend), money(row.previous), change_in_words(row)


def _notes(report: Report) -> tuple[str, ...]:
    period = report.question.period
    unknown = [*report.missing_days, *report.previous_missing_days]
    unpriced = [f"{each.model} {tokens(each.tokens)}" for each in report.unpriced]
    return (
        *basis.cache(report),
        basis.days_compared(current=period.current, previous=period.previous, up_to=report.up_to),
        basis.uneven(report),
        basis.not_compared(report, named=str),
        basis.sources(report),
        f"data as of {moment(report.data_as_of)}" if report.data_as_of else "no data yet",
        f"not fetched: {basis.days_named(unknown)}" if unknown else "",
        *basis.organizations(report.organizations, unknown=unknown, named=str),
        basis.unheard(report.unheard, named=str),
        *basis.people(report),
        "" if report.up_to or basis.completeness(report) == basis.COMPLETE else basis.completeness(report),
        f"{basis.unpriced_total(report.unpriced)}, not in the dollars: {', '.join(unpriced)}" if unpriced else "",
    )
