"""Two groupings in one table that a phone can show and that adds up: pairs with their change, or days across."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.groupings import GROUPS
from bot.analysis.report import totals_of
from bot.messages.breakdown import change_in_words, in_a_cell, others
from bot.messages.layout import CLAUDE, TABLE_ROWS, distinct_labels, short_model, table
from bot.messages.numbers import day_name, money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from slackblocks import Block

    from bot.analysis.groupings import Grouping
    from bot.analysis.report import Report, Row
    from bot.model import NanoUsd

NAME_LENGTH = 10
"""A name in one of two columns, with two more for figures: what a phone is wide."""

COLUMN_LENGTH = 9
"""A name above a column of dollars."""

COLUMNS = 3


def pairs_table(rows: Sequence[Row], *, by: Sequence[Grouping], estimated: bool) -> Block:
    """Both names of each, its spend and its change: with two names there is no room for what it was before."""
    shown = rows if len(rows) <= TABLE_ROWS else rows[: TABLE_ROWS - 1]
    columns = [names(shown, place, grouping=grouping, length=NAME_LENGTH) for place, grouping in enumerate(by)]
    cells = [
        (*(column[id_] for column, id_ in zip(columns, row.ids, strict=True)), money(row.spend), change_in_words(row))
        for row in shown
    ]
    if len(shown) < len(rows):
        rest = others(rows[len(shown) :])
        cells.append((rest.label, "", money(rest.spend), change_in_words(rest)))
    titles = (GROUPS[grouping].title for grouping in by)
    return table((*titles, "Est." if estimated else "Spend", "Change"), cells, align="llrr")


def names(rows: Iterable[Row], place: int, *, grouping: Grouping, length: int) -> dict[str, str]:
    """Short names by id, apart from each other, each the same wherever it comes again; all models are Claude's."""
    labels = {row.ids[place]: in_a_cell(short_model(row.labels[place])) for row in rows}
    told = [label.removeprefix(CLAUDE) if grouping == "model" else label for label in labels.values()]
    return dict(zip(labels, distinct_labels(told, length), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What spent most, or all the others, over the days."""

    title: str
    ids: tuple[str, ...]

    def spent(self, days: Sequence[date], spend: Mapping[tuple[str, str], NanoUsd]) -> NanoUsd:
        """What it came to on some days."""
        return sum(spend.get((day.isoformat(), id_), 0) for day in days for id_ in self.ids)


def days_table(report: Report) -> Block:
    """A row for each of the newest days, the earlier ones as one above them; a column for what spent most."""
    place = report.question.by.index("day")
    spend = {(row.ids[place], row.ids[1 - place]): row.spend or 0 for row in report.rows}
    columns = columns_of(report.rows, 1 - place, grouping=report.question.by[1 - place])
    rows = [
        (name, *(money(column.spent(days, spend)) if known_of(days, report) else "" for column in columns))
        for name, days in newest_days(report)
    ]
    header = (f"UTC day{', est.' if report.total_estimated else ''}", *(column.title for column in columns))
    return table(header, rows, align="l" + "r" * len(columns))


def columns_of(rows: Sequence[Row], place: int, *, grouping: Grouping) -> list[Column]:
    """A column for each of what spent most, the last for all the others if they are several."""
    largest = sorted(totals_of(rows, place).items(), key=lambda spent: (-spent[1], spent[0]))
    ids = [id_ for id_, _ in largest]
    shown = len(ids) if len(ids) <= COLUMNS else COLUMNS - 1
    named = [row for row in rows if row.ids[place] in ids[:shown]]
    called = names(named, place, grouping=grouping, length=COLUMN_LENGTH)
    columns = [Column(title=called[id_], ids=(id_,)) for id_ in ids[:shown]]
    rest = tuple(ids[shown:])
    return [*columns, Column(title=f"+{len(rest):,} more", ids=rest)] if rest else columns


def newest_days(report: Report) -> list[tuple[str, Sequence[date]]]:
    """Days with their names, the earlier ones together."""
    days = report.question.period.current.days()
    shown = days if len(days) <= TABLE_ROWS else days[1 - TABLE_ROWS :]
    earlier = days[: len(days) - len(shown)]
    named: list[tuple[str, Sequence[date]]] = [(day_label(report, day), (day,)) for day in shown]
    return [(f"{len(earlier)} earlier days", earlier), *named] if earlier else named


def day_label(report: Report, day: date) -> str:
    """A day's name, and whether it is over."""
    return f"{day_name(day)} so far" if day in report.partial_days else day_name(day)


def known_of(days: Sequence[date], report: Report) -> bool:
    """Whether anything is known of the days."""
    return any(day in report.daily for day in days)
