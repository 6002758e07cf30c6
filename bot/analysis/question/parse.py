"""From text to a question: phrases, each with what it means, in any order."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from bot.analysis.groupings import GROUPINGS
from bot.analysis.question.errors import NotUnderstood, PeopleOff
from bot.analysis.question.periods import PATTERNS, PERIODS_HINT, Period, days_back
from bot.analysis.question.writing import BETWEEN, as_typed, phrase, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from bot.analysis.groupings import Grouping
    from bot.model import Privacy

By: TypeAlias = "tuple[Grouping, ...]"
Meaning: TypeAlias = "Callable[[str, date], Period | By | OrganizationNamed]"

One = TypeVar("One", "Period", "OrganizationNamed")

MOST_GROUPINGS = 2

GROUPINGS_HINT = 'group with "by {}", or two of them: "by workspace key"'.format('", "by '.join(GROUPINGS))
VOCABULARY = (
    *("today", "yesterday", "week", "month", "quarter", "last week", "last month", "last quarter"),
    *(f"by {grouping}" for grouping in GROUPINGS),
)


@dataclass(frozen=True, slots=True)
class OrganizationNamed:
    """Whose spend is asked for: an organisation's name or id, as it was typed."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked, understood; `by` has one grouping or two.

    `organization` is the name or id of the only one asked about, None for all there are.
    """

    period: Period
    by: By = ("workspace",)
    organization: str | None = None

    def __str__(self) -> str:
        whose = "" if self.organization is None else f" org:{quoted(self.organization)}"
        return f"{self.period.name} by {' '.join(self.by)}{whose}"


def parse_question(text: str, *, today: date) -> Question:
    """The question in `text`: a period, one or two groupings, an organisation, all optional, in any order and case.

    >>> from datetime import date
    >>> today = date(2026, 11, 22)
    >>> str(parse_question("", today=today))
    '7d by workspace'
    >>> str(parse_question("By  Models, keys LAST month", today=today))
    'last month by model key'
    >>> str(parse_question("org:'Acme Europe' 30d", today=today))
    "30d by workspace org:'Acme Europe'"

    Raises:
        NotUnderstood: for a word without a meaning, a second period or organisation, a third grouping, or days that
            have not begun.
    """
    period: Period | None = None
    by: By = ()
    whose: OrganizationNamed | None = None
    for said, meaning in phrases(text):
        found = meaning(said, today)
        if isinstance(found, Period):
            period = only_one(found, before=period, said=said)
        elif isinstance(found, OrganizationNamed):
            whose = only_one(found, before=whose, said=said)
        else:
            by = at_most_two((*by, *found), said=said)
    return Question(
        period=period or days_back(7, today), by=by or ("workspace",), organization=whose.name if whose else None
    )


def phrases(text: str) -> Iterator[tuple[str, Meaning]]:
    """The text cut into phrases, each with the function that says what it means; names alone keep their capitals."""
    rest = as_typed(text)
    while rest := SKIPPED.sub("", rest, count=1):
        said, meaning = first_phrase(rest)
        rest = rest[len(said) :]
        yield said if meaning is parse_organization else plain(said), meaning


def plain(said: str) -> str:
    """A phrase with nothing between its words but blanks."""
    return " ".join(re.sub(f"[{BETWEEN}]+", " ", said).lower().split())


def first_phrase(text: str) -> tuple[str, Meaning]:
    """The longest phrase known at the start of `text`."""
    for pattern, meaning in LANGUAGE:
        match = pattern.match(text)
        if match:
            return match[0], meaning
    word = text.split(" ", 1)[0].lower()
    raise NotUnderstood(word, hint_for(word))


def hint_for(word: str) -> str:
    """The nearest thing that can be said, or all of it."""
    if near := difflib.get_close_matches(word, VOCABULARY, n=1, cutoff=0.7):
        return f'did you mean "{near[0]}"?'
    if word.removesuffix("s") in GROUPINGS:
        return f'did you mean "by {word.removesuffix("s")}"?'
    return f"{PERIODS_HINT}; {GROUPINGS_HINT}"


def only_one(found: One, *, before: One | None, said: str) -> One:
    """`found`, unless another one of its kind was said before."""
    if before is not None and before != found:
        what = "period" if isinstance(found, Period) else "organisation"
        raise NotUnderstood(said, f"ask for one {what} at a time")
    return found


def at_most_two(by: By, *, said: str) -> By:
    """The groupings, each once, unless they are too many."""
    distinct = tuple(dict.fromkeys(by))
    if len(distinct) > MOST_GROUPINGS:
        raise NotUnderstood(said, 'group by one thing or two at a time, for example "by workspace key"')
    if {"key", "person"} <= set(distinct):
        raise NotUnderstood(said, "keys and people are two ways to share the same dollars; ask for one of them")
    return distinct


def allowed(question: Question, privacy: Privacy) -> Question:
    """The question, unless it is about people and nobody decided that it may be. Raises `PeopleOff`."""
    if "person" in question.by and not privacy.people:
        raise PeopleOff
    return question


# --- What each phrase means; `today` is the UTC day it is asked on ---


def parse_groupings(words: str, _today: date) -> By:
    """`by model`, `by models`, `by workspace key`, `by workspace and key`, `by people`."""
    named = [PLURALS.get(word, word.removesuffix("s")) for word in words.split() if word not in {"by", "and"}]
    return tuple([grouping for word in named for grouping in GROUPINGS if grouping == word])


def parse_organization(words: str, _today: date) -> OrganizationNamed:
    """`org:acme`, `org:"acme europe"`."""
    name = words.partition(":")[2].strip().strip("\"'").strip()
    if not name:
        raise NotUnderstood(words, 'name an organisation, for example "org:acme"')
    return OrganizationNamed(name)


def refuse_grouping(words: str, _today: date) -> By:
    """`by colour`, or `by` alone."""
    raise NotUnderstood(words, GROUPINGS_HINT)


PLURALS = {"people": "person"}
ANY_GROUPING = f"(?:(?:{'|'.join(GROUPINGS)})s?|{'|'.join(PLURALS)})"
SKIPPED = re.compile(f"^[{BETWEEN}]+")

LANGUAGE: tuple[tuple[re.Pattern[str], Meaning], ...] = (
    (phrase(rf"by {ANY_GROUPING}(?: (?:and )?{ANY_GROUPING})*"), parse_groupings),
    (phrase(r"by(?: \S+)?"), refuse_grouping),
    (phrase(r"""org: ?(?:"[^"]*"|'[^']*'|\S*)"""), parse_organization),
    *PATTERNS,
)
