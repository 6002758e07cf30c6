"""Two groupings in one table that a phone can show and that adds up.

What spent most of both is down and across, with their sums: five lines and two columns, with one each for the others,
are what fits on a phone. Where the things of one grouping belong to those of the other, as keys do to workspaces, most
of such a table would be empty: pairs with their change are told instead. Days are down, in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.calendar import name_of
from bot.analysis.groupings import GROUPS, OWNED, UNOWNED_ROW, Grouping
from bot.analysis.report import totals_of
from bot.messages.breakdown import change_in_words, cut, in_a_cell
from bot.messages.layout import CLAUDE, TABLE_ROWS, distinct_labels, short_model, table
from bot.messages.numbers import MONTHS, day_name, money, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from slackblocks import Block

    from bot.analysis.report import Report, Row
    from bot.model import Interval, NanoUsd

NAME_LENGTH = 12
"""A name in the first column, with four more for figures: what a phone is wide."""

PAIR_LENGTH = 10
"""A name in one of two columns, with two more for figures."""

COLUMN_LENGTH = 10
"""A name above a column of dollars."""

COLUMNS = 3
LINES = 5
"""The largest rows of a table of two names; the others are one more."""

ALL = "All"

BELONGS: tuple[tuple[Grouping, Grouping], ...] = (
    ("key", "workspace"),
    ("key", "team"),
    ("team", "cost_center"),
    ("token", "type"),
)
"""Groupings of which each thing of the one is in one thing of the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What spent most, or all the others, of one of two groupings."""

    title: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cross:
    """The largest of two groupings, and what each of one spent on each of the other, a line each."""

    down: Sequence[Part]
    across: Sequence[Part]
    lines: Sequence[Sequence[NanoUsd]]


def narrower(by: Sequence[Grouping]) -> Grouping | None:
    """The grouping whose things belong to those of the other; None where they meet each other."""
    return next((one for one, other in BELONGS if {one, other} == set(by)), None)


def find_cross(report: Report) -> Cross:
    """The largest of both, each with one part for all its others: five and one down, two and one across."""
    one, other = report.question.by
    down = parts_of(report.rows, 0, grouping=one, most=LINES, length=NAME_LENGTH)
    across = parts_of(report.rows, 1, grouping=other, most=COLUMNS - 1, length=COLUMN_LENGTH)
    places = [{id_: place for place, part in enumerate(parts) for id_ in part.ids} for parts in (down, across)]
    lines = [[0] * len(across) for _ in down]
    for row in report.rows:
        lines[places[0][row.ids[0]]][places[1][row.ids[1]]] += row.spend or 0
    return Cross(down=down, across=across, lines=lines)


def cross_table(cross: Cross, *, title: str) -> Block:
    """Dollars where the two meet, with what each line and each column comes to; the first is what a phone shows."""
    header = (title, ALL, *(part.title for part in cross.across))
    rows = [
        (part.title, money(sum(line)), *(money(amount or None) for amount in line))
        for part, line in zip(cross.down, cross.lines, strict=True)
    ]
    sums = [sum(column) for column in zip(*cross.lines, strict=True)]
    last = (ALL, money(sum(sums)), *map(money, sums))
    return table(header, [*rows, last], align="l" + "r" * (len(header) - 1))


def pairs_table(rows: Sequence[Row], *, by: Sequence[Grouping], estimated: bool) -> Block:
    """Both names of each, its spend and its change: with two names there is no room for what it was before."""
    shown = cut(rows, TABLE_ROWS)
    pairs = [row for row in shown if len(row.ids) > 1]
    columns = [names(pairs, place, grouping=grouping, length=PAIR_LENGTH) for place, grouping in enumerate(by)]
    told = [
        (*(column[id_] for column, id_ in zip(columns, row.ids, strict=True)),) if row in pairs else (row.label, "")
        for row in shown
    ]
    cells = [(*names, money(row.spend), change_in_words(row)) for names, row in zip(told, shown, strict=True)]
    titles = (GROUPS[grouping].title for grouping in by)
    return table((*titles, "Est." if estimated else "Spend", "Change"), cells, align="llrr")


def names(rows: Iterable[Row], place: int, *, grouping: Grouping, length: int) -> dict[str, str]:
    """Short names by id, apart from each other, each the same wherever it comes again; all models are Claude's."""
    labels = {row.ids[place]: in_a_cell(short_model(row.labels[place])) for row in rows}
    told = [label.removeprefix(CLAUDE) if grouping == "model" else label for label in labels.values()]
    return dict(zip(labels, distinct_labels(told, length), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What spent most beside days, weeks or months: for each known one, by its row's id, what each part came to."""

    across: Sequence[Part]
    spend: Mapping[str, Sequence[NanoUsd]]


def find_times(report: Report, time: Grouping) -> Times:
    """Two parts, and one for all others if they are several."""
    place = report.question.by.index(time)
    grouping = report.question.by[1 - place]
    across = parts_of(report.rows, 1 - place, grouping=grouping, most=COLUMNS - 1, length=COLUMN_LENGTH)
    columns = {id_: column for column, part in enumerate(across) for id_ in part.ids}
    times = times_of(report).items()
    spend = {name: [0] * len(across) for name, days in times if any(day in report.daily for day in days.days())}
    for row in report.rows:
        if row.ids[place] in spend:
            spend[row.ids[place]][columns[row.ids[1 - place]]] += row.spend or 0
    return Times(across=across, spend=spend)


def times_of(report: Report) -> Mapping[str, Interval]:
    """The days, weeks or months of the period, by the ids of their rows."""
    return report.question.stretches(report.question.period.current)


def times_table(report: Report, found: Times, *, title: str) -> Block:
    """A row for each of the newest, the earlier ones as one above them; a column for what spent most."""
    unknown = [""] * len(found.across)
    rows = []
    for called, names in newest_times(report):
        lines = [found.spend[name] for name in names if name in found.spend]
        rows.append((called, *map(money, map(sum, zip(*lines, strict=True)))) if lines else (called, *unknown))
    header = (f"{title}{', est.' if report.total_estimated else ''}", *(part.title for part in found.across))
    return table(header, rows, align="l" + "r" * len(found.across))


def parts_of(rows: Sequence[Row], place: int, *, grouping: Grouping, most: int, length: int) -> list[Part]:
    """What spent most, and all the others as one if they are several."""
    largest = sorted(totals_of(rows, place).items(), key=lambda spent: (-spent[1], spent[0]))
    every = [id_ for id_, _ in largest]
    shown = len(every) if len(every) <= most + 1 else most
    ids = unowned_among(every, shown) if grouping in OWNED else every
    named = [row for row in rows if row.ids[place] in ids[:shown]]
    called = names(named, place, grouping=grouping, length=length)
    parts = [Part(title=called[id_], ids=(id_,)) for id_ in ids[:shown]]
    rest = tuple(ids[shown:])
    return [*parts, Part(title=f"+{number(len(rest))} more", ids=rest)] if rest else parts


def unowned_among(ids: Sequence[str], shown: int) -> Sequence[str]:
    """The ids with that of what nobody owns among the first.

    >>> unowned_among(["a", "b", "c", "unowned"], 2)
    ['a', 'unowned', 'b', 'c']
    """
    if UNOWNED_ROW not in ids[shown:]:
        return ids
    others = [id_ for id_ in ids if id_ != UNOWNED_ROW]
    return [*others[: shown - 1], UNOWNED_ROW, *others[shown - 1 :]]


def newest_times(report: Report) -> list[tuple[str, Sequence[str]]]:
    """Days, weeks or months with what they are called, the earlier ones together."""
    times = times_of(report)
    names = list(times)
    shown = names if len(names) <= TABLE_ROWS else names[1 - TABLE_ROWS :]
    earlier = names[: len(names) - len(shown)]
    named: list[tuple[str, Sequence[str]]] = [(time_label(report, times[name]), (name,)) for name in shown]
    return [(earlier_ones(report, len(earlier)), earlier), *named] if earlier else named


def earlier_ones(report: Report, count: int) -> str:
    """The days, weeks or months that have no row of their own."""
    return f"{count} earlier {report.question.unit}s"


def time_label(report: Report, days: Interval) -> str:
    """What a day, a week or a month is called, and how much of it that is where it is not over."""
    unit, name = report.question.unit, name_of(report.question.unit, days.since)
    if unit == "day":
        return day_label(report, days.since)
    over = sum(day in report.daily and day not in report.partial_days for day in days.days())
    whole = report.question.length_of(days)
    called = f"W{name[-2:]}" if unit == "week" else MONTHS[days.since.month - 1]
    year = "" if name[:4] == str(report.question.period.current.until.year) else f" {name[:4]}"
    return f"{called}{year}" if over == whole else f"{called}{year}, {over}/{whole} days"


def day_label(report: Report, day: date) -> str:
    """A day's name, and whether it is over."""
    return f"{day_name(day)} so far" if day in report.partial_days else day_name(day)
