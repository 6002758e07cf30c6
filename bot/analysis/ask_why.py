"""Why, the forecast and the month, asked: of which part of the bill, and why also of which days.

Each is a question about spend without a grouping: the same words, the same names, the same order that does not matter.
A word that could be several things is a workspace, where it can be one of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.analysis.question import Form, NotUnderstood, is_period, parse_question
from bot.analysis.question.parse import BY

if TYPE_CHECKING:
    from datetime import date

    from bot.analysis.question import Question

WHY = "why"
FORECAST = "forecast"
MONTH = "month"

WHY_HINT = 'why takes what it is about and days, for example "why checkout 30d"'
FORECAST_HINT = 'a forecast is of this month, by workspace; say of what, for example "forecast checkout", or nothing'


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyQuestion:
    """The days asked about and those they are compared with, and what of the bill; `today` is when."""

    question: Question
    today: date

    def __str__(self) -> str:
        return written_why(self.question)


def parse_why(text: str, *, today: date) -> WhyQuestion:
    """What stands after "why"; without days, the last 7.

    >>> from datetime import date
    >>> str(parse_why("of checkout, opus last month", today=date(2026, 11, 22)))
    'why checkout opus last month'

    Raises:
        NotUnderstood: for a grouping, a number of rows and the like, or a period that cannot be.
    """
    question = parse_question(text, today=today)
    if is_of_rows(question):
        raise NotUnderstood(text, WHY_HINT)
    return WhyQuestion(question=question, today=today)


def written_why(question: Question) -> str:
    """How it is typed."""
    return " ".join([WHY, *question.scope, question.period.name, *question.compared])


WHY_FORM = Form(write=written_why, first="workspace")


def parse_forecast(text: str, *, today: date) -> Question:
    """What stands after "forecast": the question about this month that it is about. Raises `NotUnderstood`.

    >>> from datetime import date
    >>> written_forecast(parse_forecast("for checkout, not batch", today=date(2026, 11, 22)))
    'forecast checkout -batch'
    """
    try:
        question = parse_question(f"{MONTH} {text}", today=today)
    except NotUnderstood as puzzle:
        raise NotUnderstood(puzzle.word, FORECAST_HINT) if is_period(puzzle.word) else puzzle from None
    if is_of_rows(replace(question, grouped=question.by != BY)) or question.versus:
        raise NotUnderstood(text, FORECAST_HINT)
    return question


def parse_month(text: str, *, today: date) -> Question | None:
    """A question that begins with "month"; None where it is a report, with a grouping or rows. Raises `NotUnderstood`.

    >>> from datetime import date
    >>> written_month(parse_month("month so far of checkout", today=date(2026, 11, 22)))
    'month checkout'
    >>> parse_month("month by model", today=date(2026, 11, 22)) is None
    True
    """
    question = parse_question(text, today=today)
    return None if is_of_rows(question) or question.versus or question.period.name != MONTH else question


def is_of_rows(question: Question) -> bool:
    """Whether somebody said what to group by, how many rows, or for a spreadsheet."""
    return question.grouped or question.top is not None or question.as_csv


def written_forecast(question: Question) -> str:
    """How it is typed."""
    return " ".join([FORECAST, *question.scope])


def written_month(question: Question) -> str:
    """How it is typed."""
    return " ".join([MONTH, *question.scope])


FORECAST_FORM = Form(write=written_forecast, first="workspace")
MONTH_FORM = Form(write=written_month, first="workspace")
