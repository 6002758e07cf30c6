"""What `claudecost audit` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.numbers import NOTHING, counted, number
from bot.terminal.page import Page, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import AuditedQuestion

HEADER = ("When (UTC)", "Who", "Where", "Asked", "Rows", "Outcome", "Saw")


def audit_as_text(questions: Sequence[AuditedQuestion]) -> Page:
    """A line a question, oldest first."""
    return Page(
        title=f"{counted(len(questions), 'question')} asked in Slack" if questions else "Nobody asked anything",
        header=HEADER,
        rows=tuple(row_of(question) for question in questions),
        align="llllrll",
    )


def row_of(question: AuditedQuestion) -> tuple[str, ...]:
    """One question; what was not understood was not kept."""
    return (
        f"{question.at:%Y-%m-%d %H:%M:%S}",
        question.user,
        question.channel or NOTHING,
        question.question or NOTHING,
        NOTHING if question.rows is None else number(question.rows),
        question.outcome.replace("_", " "),
        "a part" if question.is_limited else "everything",
    )


def audit_as_json(questions: Sequence[AuditedQuestion]) -> str:
    """The fixed shape of `audit --json`."""
    return written(
        {
            "questions": [
                {
                    "at": question.at.isoformat(),
                    "user": question.user,
                    "channel": question.channel or None,
                    "question": question.question or None,
                    "rows": question.rows,
                    "outcome": question.outcome.value,
                    "limited": question.is_limited,
                }
                for question in questions
            ]
        }
    )
