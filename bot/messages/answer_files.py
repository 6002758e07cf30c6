"""An answer as a file, or as much of one as a message holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.messages.answer_details import pages
from bot.messages.layout import build_message, code, code_block, escape, headline, paragraph, small_print
from bot.messages.numbers import counted

if TYPE_CHECKING:
    from datetime import date

    from bot.model import Message

LONGEST_NAME = 60
NOT_IN_A_NAME = re.compile(r"[^a-z0-9-]+")


def file_name(question: str, *, on: date) -> str:
    """What the file of a question asked on some day is called.

    >>> from datetime import date
    >>> file_name("7d by model org:'Acme Europe'", on=date(2026, 11, 22))
    'claudecost-7d-by-model-org-acme-europe-2026-11-22.csv'
    """
    words = NOT_IN_A_NAME.sub("-", question.lower()).strip("-")[:LONGEST_NAME].rstrip("-")
    return f"claudecost-{words}-{on}.csv"


def file_line(question: str, *, rows: int) -> str:
    """What is said above the file, as mrkdwn."""
    return f"{code(question, LONGEST_NAME)} as CSV, {counted(rows, 'row')}, exact dollars:"


def file_sent(name: str) -> Message:
    """Where the file is."""
    return build_message(
        f"{name} is in your direct messages with me",
        paragraph("sent", f"{code(name, 2 * LONGEST_NAME)} is in your direct messages with me."),
    )


def csv_in_a_message(csv: str, *, question: str, refused: str = "") -> Message:
    """The first lines as they stand, and how to get all of them; `refused` says why there is no file."""
    lines = csv.splitlines()
    shown = next(pages(lines))
    more = len(lines) - len(shown)
    return build_message(
        f"{counted(len(lines) - 1, 'row')} as CSV",
        headline(f"{counted(len(lines) - 1, 'row')} as CSV"),
        paragraph("csv", code_block(shown)),
        paragraph(
            "file",
            *([f"_+{counted(more, 'more row')}_"] if more else []),
            in_a_file(f"claudecost report {question} csv", refused),
        ),
        small_print("exact dollars", "nothing in a field means unknown"),
    )


def in_a_file(command: str, refused: str) -> str:
    """How to have a file, as mrkdwn, or why there is none."""
    run = f"run {code(command, 2 * LONGEST_NAME)} where the bot is"
    if refused:
        return f"The file could not be sent: {escape(refused)}. For all of it {run}."
    return f"As a file: {run}, or give the app the scope `files:write` and it sends one."
