"""What is behind an answer: a window with every row, and each day. A window shows neither tables nor charts."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from bot.messages.breakdown import change_in_words, cut, in_a_cell
from bot.messages.cross import day_label
from bot.messages.layout import build_modal, code_block, distinct_labels, escape, headline, paragraph, small_print
from bot.messages.numbers import money
from bot.messages.plain import as_text, padded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slackblocks import Block

    from bot.analysis.report import Report, Row
    from bot.model import Message

DETAILS_VIEW = "answer_details"
MOST_ROWS = 200
MOST_DAYS = 62
NAME_LENGTH = 20
CHARACTERS = 2900
"""Of a section's 3,000, with the ticks around them."""


def answer_details(report: Report, answer: Message) -> dict[str, Any]:
    """The window of an answer that was told as `answer`."""
    parts = {block["block_id"]: block for block in answer.blocks}
    return build_modal(
        "Details",
        *([headline(parts["headline"]["text"]["text"])] if "headline" in parts else []),
        *([paragraph("why", parts["why"]["text"]["text"])] if "why" in parts else []),
        *listing("rows", "All of it", row_lines(report)),
        *listing("days", "By UTC day", day_lines(report)),
        small_print(as_text(parts["small_print"])),
        callback_id=DETAILS_VIEW,
        carries="",
    )


def listing(name: str, title: str, lines: Sequence[str]) -> list[Block]:
    """Lines in as many paragraphs as they take; none without lines."""
    first, *rest = pages(lines) if lines else [[]]
    if not first:
        return []
    return [
        paragraph(name, f"*{title}*", code_block(first)),
        *(paragraph(f"{name}_{number}", code_block(page)) for number, page in enumerate(rest, start=2)),
    ]


def pages(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines in runs that fit into a paragraph each."""
    page: list[str] = []
    taken = 0
    for line in lines:
        length = len(escape(line)) + 1
        if page and taken + length > CHARACTERS:
            yield page
            page, taken = [], 0
        page.append(line)
        taken += length
    yield page


def row_lines(report: Report) -> list[str]:
    """Every row of things, the cheapest together where they are very many; days are told by themselves."""
    rows: Sequence[Row] = report.rows
    if "day" in report.question.by or not rows:
        return []
    shown = cut(rows, MOST_ROWS)
    names = distinct_labels([" · ".join(map(in_a_cell, row.labels)) for row in shown], NAME_LENGTH)
    cells = [(name, money(row.spend), change_in_words(row)) for name, row in zip(names, shown, strict=True)]
    return padded([("", "Spend", "Change"), *cells])


def day_lines(report: Report) -> list[str]:
    """The newest days beside those at the same place in the period before; a dash where one is unknown."""
    period = report.question.period
    days, before = period.current.days(), period.previous.days()
    both = list(zip_longest(days, before[: len(days)]))[-MOST_DAYS:]
    if len(both) <= 1:
        return []
    cells = [
        (day_label(report, day), money(report.daily.get(day)), money(report.previous_daily.get(earlier)))
        for day, earlier in both
    ]
    return padded([("", "Spend", "Before"), *cells])
