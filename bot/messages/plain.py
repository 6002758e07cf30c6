"""The fallback when Slack refuses blocks: the same message as text alone, tables and charts as padded code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.messages.layout import code_block, escape
from bot.messages.numbers import plotted
from bot.model import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Block = dict[str, Any]


def plain_message(message: Message) -> Message:
    """The message without blocks: nothing is left that Slack could refuse. Every number stays, buttons go."""
    parts = [text for block in message.blocks if (text := as_text(block))]
    return Message("\n".join(parts) or message.text)


def as_told(message: Message) -> Iterator[Message]:
    """A message, and for where Slack refuses its blocks the same without them."""
    yield message
    yield plain_message(message)


def as_text(block: Block) -> str:
    """One block as mrkdwn; empty for what cannot be read."""
    match block["type"]:
        case "header":
            return bold(block["text"]["text"])
        case "section":
            texts = [block["text"]] if "text" in block else block["fields"]
            return "\n".join(
                text["text"].replace("*\n", ":* ") if "fields" in block else text["text"] for text in texts
            )
        case "context":
            return "\n".join(element["text"] for element in block["elements"])
        case "table":
            return code_block(padded([[cell["text"] for cell in row] for row in block["rows"]]))
        case "data_visualization":
            return f"*{escape(block['title'])}*\n{code_block(padded(chart_rows(block['chart'])))}"
        case _:
            return ""


def bold(text: str) -> str:
    """Text in heavy type, unless a star in it would end that early.

    >>> bold("Week 47 of R&D"), bold("Week 47 of pay-*")
    ('*Week 47 of R&amp;D*', 'Week 47 of pay-*')
    """
    return escape(text) if "*" in text else f"*{escape(text)}*"


def _one_line(fact: Mapping[str, str]) -> str:
    return fact["text"].replace("*\n", ":* ", 1)


def chart_rows(chart: Mapping[str, Any]) -> list[list[str]]:
    """A chart as a table: a line a category, a column a series."""
    series = chart["series"]
    unit = chart["axis_config"].get("y_label", "")
    points = [{point["label"]: plotted(point["value"], unit=unit) for point in one["data"]} for one in series]
    rows = [[category, *(of_one[category] for of_one in points)] for category in chart["axis_config"]["categories"]]
    return [["", *(one["name"] for one in series)], *rows]


def padded(rows: Sequence[Sequence[str]]) -> list[str]:
    """Cells in columns: names to the left, everything else to the right.

    >>> padded([["", "Spend"], ["prod", "$1,773"]])
    ['       Spend', 'prod  $1,773']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_padded_row(row, widths) for row in rows]


def _padded_row(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = row
    cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
    return "  ".join(cells).rstrip()
