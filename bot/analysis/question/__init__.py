"""What a person asks, from text to a period and its groupings: one language for Slack and the terminal.

The understood question written out (`str`) parses to itself on the same day.
"""

from bot.analysis.question.errors import LONGEST_WORD, PEOPLE_ARE_OFF, NotUnderstood, PeopleOff
from bot.analysis.question.parse import LANGUAGE, Question, allowed, parse_question
from bot.analysis.question.periods import Period
from bot.analysis.question.writing import in_one_form, quoted

__all__ = [
    "LANGUAGE",
    "LONGEST_WORD",
    "PEOPLE_ARE_OFF",
    "NotUnderstood",
    "PeopleOff",
    "Period",
    "Question",
    "allowed",
    "in_one_form",
    "parse_question",
    "quoted",
]
