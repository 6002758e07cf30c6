"""What a person asks, from text to days, groupings and filters: one language for Slack and the terminal.

`parse_question` reads it, whatever there is; `resolve` finds out what its names mean among what there is. The
understood question written out (`str`) parses to itself on the same day.
"""

from bot.analysis.question.errors import LONGEST_WORD, PEOPLE_ARE_OFF, NotUnderstood, PeopleOff
from bot.analysis.question.filters import Filter
from bot.analysis.question.parse import Question, allowed, parse_question
from bot.analysis.question.periods import Period, is_period
from bot.analysis.question.resolve import (
    REPORT,
    Ambiguous,
    Candidate,
    Catalogue,
    Form,
    Meant,
    Resolution,
    Thing,
    resolve,
    with_organization,
)
from bot.analysis.question.writing import in_one_form, quoted

__all__ = [
    "LONGEST_WORD",
    "PEOPLE_ARE_OFF",
    "REPORT",
    "Ambiguous",
    "Candidate",
    "Catalogue",
    "Filter",
    "Form",
    "Meant",
    "NotUnderstood",
    "PeopleOff",
    "Period",
    "Question",
    "Resolution",
    "Thing",
    "allowed",
    "in_one_form",
    "is_period",
    "parse_question",
    "quoted",
    "resolve",
    "with_organization",
]
