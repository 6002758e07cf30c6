"""From text to a question: phrases, each with what it means, in any order."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from bot.analysis.calendar import start_of, stretches, whole
from bot.analysis.groupings import GROUPINGS, GROUPS, OWNED, time_in
from bot.analysis.question.errors import NotUnderstood, PeopleOff
from bot.analysis.question.filters import (
    ANY_KIND,
    COST,
    FILLERS,
    FILTER,
    KINDS,
    PLURALS,
    Filter,
    Filters,
    is_said,
    parse_filters,
)
from bot.analysis.question.periods import ANY_PERIOD, PATTERNS, PERIODS_HINT, Period, days_back
from bot.analysis.question.versus import held_against
from bot.analysis.question.writing import BETWEEN, NAME, as_typed, phrase, quoted, unquoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from bot.analysis.calendar import Unit
    from bot.analysis.groupings import Grouping
    from bot.analysis.question.writing import Words
    from bot.model import Interval, Privacy

By: TypeAlias = "tuple[Grouping, ...]"
Said: TypeAlias = "Period | Groupings | Word | OrganizationNamed | Top | Versus | Csv | OwnedOn | Filters | None"
"""What a phrase says; None for nothing."""

Meaning: TypeAlias = "Callable[[str, date], Said]"
One = TypeVar("One")

MOST_GROUPINGS = 2
TWO_WAYS = "keys (and whose they are) and people are two ways to share the same dollars; ask for one of them"
MOST_ROWS = 1000
TOP = 5
DAYS = 7
BY: By = ("workspace",)

SAYINGS = (
    ("by model", f"one or two of {', '.join(GROUPINGS)}; also `models`, `per day`, `weekly`"),
    ("top 5", "so many of the largest, and what the others come to"),
    ("vs last month", "what to compare with: any of these days, `vs last year` for the same days a year earlier"),
    ("as of today's teams", "as if everything had always been whose it is today, instead of whose it was on each day"),
    ("csv", "a table for a spreadsheet"),
)
"""What else can be said, for people."""

GROUPINGS_HINT = 'group with "by {}", or two of them: "by workspace key"'.format('", "by '.join(GROUPINGS))
VOCABULARY = (
    *("today", "yesterday", "week", "month", "quarter", "year"),
    *(f"last {unit}" for unit in ("week", "month", "quarter", "year")),
    *(f"by {grouping}" for grouping in GROUPINGS),
)


class Groupings(NamedTuple):
    """What to break spend down by."""

    by: By


class Word(NamedTuple):
    """`workspace` alone: a grouping, or before a name what that is of."""

    grouping: Grouping


class OrganizationNamed(NamedTuple):
    """Whose spend is asked for: an organisation's name or id, as it was typed."""

    name: str


class Top(NamedTuple):
    """How many rows."""

    rows: int


class Versus(NamedTuple):
    """The period to compare with; None for the one that is usual."""

    period: Period | None


class Csv(NamedTuple):
    """As a table for a spreadsheet."""


class OwnedOn(NamedTuple):
    """Whose something is, is what it is on that day."""

    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked, understood; `by` has one grouping or two.

    `organization` is the name or id of the only one asked about, None for all there are. `top` is how many rows,
    `versus` the name of the period compared with where that is not the usual one. `owned_on` is the day whose teams
    have had everything all along; None for those of each day. `grouped` says whether somebody said what to group by.
    """

    period: Period
    by: By = BY
    filters: tuple[Filter, ...] = ()
    organization: str | None = None
    top: int | None = None
    versus: str | None = None
    as_csv: bool = False
    owned_on: date | None = None
    grouped: bool = field(default=True, compare=False, repr=False)

    @property
    def time(self) -> Grouping | None:
        """The grouping whose rows are days, weeks or months."""
        return time_in(self.by)

    def stretches(self, interval: Interval) -> dict[str, Interval]:
        """Days cut as that grouping has it, by the ids of their rows."""
        return stretches(self.unit, interval)

    def length_of(self, days: Interval) -> int:
        """How many days there are in the whole week, month, … that some days are of."""
        return len(whole(self.unit, start_of(self.unit, days.since)))

    @property
    def unit(self) -> Unit:
        """What that grouping cuts days into; a day where there is none."""
        return (GROUPS[self.time].unit if self.time else None) or "day"

    @property
    def scope(self) -> tuple[str, ...]:
        """What it is of, as that is typed; nothing for everything."""
        whose = () if self.organization is None else (f"org:{quoted(self.organization)}",)
        teams = () if self.owned_on is None else (TODAYS_TEAMS,)
        return (*map(str, self.filters), *whose, *teams)

    @property
    def compared(self) -> tuple[str, ...]:
        """What it is compared with, as that is typed; nothing for the usual."""
        return () if self.versus is None else (f"vs {self.versus}",)

    def __str__(self) -> str:
        words = [
            f"{self.period.name} by {' '.join(self.by)}",
            *self.scope,
            *([] if self.top is None else [f"top {self.top}"]),
            *self.compared,
            *(["csv"] if self.as_csv else []),
        ]
        return " ".join(words)


def parse_question(text: str, *, today: date) -> Question:
    """The question in `text`: everything optional, in any order and case.

    >>> from datetime import date
    >>> today = date(2026, 11, 22)
    >>> str(parse_question("", today=today))
    '7d by workspace'
    >>> str(parse_question("By  Models, keys LAST month", today=today))
    'last month by model key'
    >>> str(parse_question("top 3 keys of prod and 'Data science', not batch, in October vs sept", today=today))
    "2026-10 by key prod 'Data science' -batch top 3 vs 2026-09"

    Raises:
        NotUnderstood: for a second period or organisation, a third grouping, days that have not begun and the like. A
            word without another meaning is a name: `resolve` says whether there is anything of it.
    """
    parts = Parts()
    for said, meaning in phrases(text):
        parts.add(meaning(said, today), said=said)
    return parts.question(today)


@dataclass(slots=True)
class Parts:
    """What was said so far; `word` is one whose meaning hangs on what comes next."""

    period: Period | None = None
    by: By = ()
    filters: tuple[Filter, ...] = ()
    organization: OrganizationNamed | None = None
    top: Top | None = None
    versus: Versus | None = None
    csv: Csv | None = None
    owned_on: OwnedOn | None = None
    word: Word | None = None

    def add(self, found: Said, *, said: str) -> None:
        """Takes what a phrase says."""
        word, self.word = self.word, None
        match found:
            case Period():
                self.period = only_one(found, self.period, said=said, what="period")
            case Groupings():
                self.by = at_most_two((*self.by, *found.by), said=said)
            case Word():
                self.word = found
            case OrganizationNamed():
                self.organization = only_one(found, self.organization, said=said, what="organisation")
            case Top():
                self.top = only_one(found, self.top, said=said, what="number of rows")
            case Versus():
                self.versus = only_one(found, self.versus, said=said, what="period to compare with")
            case Csv() | OwnedOn():
                self.note(found)
            case Filters():
                self.filters = (*self.filters, *of_kind(found, word))
        if word is not None and not isinstance(found, Filters):
            self.by = at_most_two((*self.by, word.grouping), said=said or word.grouping)

    def note(self, found: Csv | OwnedOn) -> None:
        """Takes what can be said again without saying more."""
        match found:
            case Csv():
                self.csv = found
            case OwnedOn():
                self.owned_on = found

    def question(self, today: date) -> Question:
        """All of it."""
        self.add(None, said="")
        period = self.period or days_back(DAYS, today)
        other = self.versus.period if self.versus else None
        return Question(
            period=held_against(period, other, today=today) if other else period,
            by=self.by or BY,
            filters=tuple(dict.fromkeys(self.filters)),
            organization=self.organization.name if self.organization else None,
            top=self.top.rows if self.top else None,
            versus=other.name if other else None,
            as_csv=self.csv is not None,
            owned_on=self.owned_on.day if self.owned_on else None,
            grouped=bool(self.by),
        )


def of_kind(filters: Filters, word: Word | None) -> Filters:
    """The filters; after `workspace` and the like, of that kind."""
    kind = None if word is None else next((kind for kind in KINDS if kind == word.grouping), None)
    return filters if kind is None else Filters(replace(one, kind=one.kind or kind) for one in filters)


def phrases(text: str) -> Iterator[tuple[str, Meaning]]:
    """The text cut into phrases, each with the function that says what it means; names alone keep their capitals."""
    rest = as_typed(text)
    while rest := SKIPPED.sub("", rest):
        said, meaning = first_phrase(rest)
        rest = rest[len(said) :]
        yield said if meaning in OF_NAMES else plain(said), meaning


def plain(said: str) -> str:
    """A phrase with nothing between its words but blanks."""
    return " ".join(re.sub(f"[{BETWEEN}]+", " ", said).lower().split())


def first_phrase(text: str) -> tuple[str, Meaning]:
    """The phrase at the start of `text`; a list of names that are of one kind is one, `workspace:prod,staging`."""
    for pattern, meaning in LANGUAGE:
        if found := pattern.match(text):
            return (whole_list(text, found.end()) if LIST.match(found[0]) else found[0]), meaning
    return text.split(" ", 1)[0], parse_filters


def whole_list(text: str, end: int) -> str:
    """The text up to the last name that follows directly on a comma, unless it says something else."""
    while (found := NEXT.match(text, end)) and not is_said(found[1]):
        end = found.end()
    return text[:end]


def hint_for(word: str) -> str:
    """The nearest thing that can be said, or all of it."""
    if near := difflib.get_close_matches(word, VOCABULARY, n=1, cutoff=0.7):
        return f'did you mean "{near[0]}"?'
    return f"{PERIODS_HINT}; {GROUPINGS_HINT}"


def only_one(found: One, before: One | None, *, said: str, what: str) -> One:
    """`found`, unless another one of its kind was said before."""
    if before is not None and before != found:
        raise NotUnderstood(said, f"ask for one {what} at a time")
    return found


def at_most_two(by: By, *, said: str) -> By:
    """The groupings, each once, unless they are too many."""
    distinct = tuple(dict.fromkeys(by))
    if len(distinct) > MOST_GROUPINGS:
        raise NotUnderstood(said, 'group by one thing or two at a time, for example "by workspace key"')
    if "person" in distinct and not {"key", *OWNED}.isdisjoint(distinct):
        raise NotUnderstood(said, TWO_WAYS)
    if len([grouping for grouping in distinct if GROUPS[grouping].unit]) > 1:
        raise NotUnderstood(said, "days, weeks and months are the same time; ask for one of them")
    return distinct


def allowed(question: Question, privacy: Privacy) -> Question:
    """The question, unless it is about people and nobody decided that it may be. Raises `PeopleOff`."""
    if "person" in question.by and not privacy.people:
        raise PeopleOff
    return question


# --- What each phrase means; `today` is the UTC day it is asked on ---


def parse_groupings(words: str, _today: date) -> Groupings:
    """`by model`, `by models`, `by workspace key`, `by workspace and key`, `per day`; also `keys` alone."""
    named = [PLURALS.get(word, word) for word in re.sub(COST_CENTER, COST, words).split()]
    return Groupings(tuple([grouping for word in named for grouping in GROUPINGS if grouping == word]))


def parse_word(words: str, _today: date) -> Word:
    """`workspace`."""
    return Word(next(grouping for grouping in GROUPINGS if grouping == words))


def parse_organization(said: str, _today: date) -> OrganizationNamed:
    """`org:acme`, `org:"acme europe"`."""
    name = unquoted(said.partition(":")[2].strip())
    if not name:
        raise NotUnderstood(said, 'name an organisation, for example "org:acme"')
    return OrganizationNamed(name)


def parse_top(words: str, _today: date) -> Top:
    """`top 5`, `top`."""
    rows = int(words.rsplit(maxsplit=1)[-1]) if words[-1].isdigit() else TOP
    if not 1 <= rows <= MOST_ROWS:
        raise NotUnderstood(words, f'ask for the top 1 to {MOST_ROWS}, for example "top 5"')
    return Top(rows)


def parse_versus(words: str, today: date) -> Versus:
    """`vs last month`, `compared to 2026-09`; `vs previous` is the usual comparison."""
    named = re.sub(rf"^(?:{VERSUS}) ", "", words).removeprefix("the ")
    if re.fullmatch(USUAL, named):
        return Versus(None)
    meaning = next(meaning for pattern, meaning in PATTERNS if pattern.fullmatch(named))
    return Versus(meaning(named, today))


def parse_owned_on(_words: str, today: date) -> OwnedOn:
    """`as of today's teams`."""
    return OwnedOn(today)


def parse_csv(_words: str, _today: date) -> Csv:
    """`csv`, `as csv`."""
    return Csv()


def refuse_grouping(words: str, _today: date) -> Groupings:
    """`by colour`, or `by` alone."""
    raise NotUnderstood(words, GROUPINGS_HINT)


def refuse_future(words: str, _today: date) -> Period:
    """`next month`, `tomorrow`."""
    raise NotUnderstood(words, 'these days have not begun; "forecast" says what this month will have cost')


def skip(_words: str, _today: date) -> None:
    """`show me`, `spend`, `for the`, `-` between words."""


TODAYS_TEAMS = "as of today's teams"
COST_CENTER = "cost[ _-]cent(?:er|re)s?"
ANY_GROUPING = f"(?:{'|'.join([*PLURALS, *GROUPINGS])})"
AND_ANOTHER = f"(?: (?:and )?{ANY_GROUPING})"
VERSUS = r"vs\.?|versus|against|compared (?:to|with)"
USUAL = "previous(?: (?:period|one))?|before|usual"
SKIPPED = re.compile(f"^[{BETWEEN}]+")
LIST = re.compile(rf"[^\"']*?{ANY_KIND}:", re.IGNORECASE)
NEXT = re.compile(f",({NAME})")

LANGUAGE: tuple[tuple[Words, Meaning], ...] = (
    (phrase("(?:(?:as of|with|by) )?today'?s teams|ownership today"), parse_owned_on),
    (phrase(f"(?:by|per) {ANY_GROUPING}{AND_ANOTHER}?(?:(?! (?:week|month)){AND_ANOTHER})*"), parse_groupings),
    (phrase(r"(?:by|per)(?: \S+)?"), refuse_grouping),
    (phrase(rf"org(?:ani[sz]ation)?: ?(?:{NAME})?"), parse_organization),
    (phrase(rf"(?:{VERSUS}) (?:the )?(?:{USUAL}|{ANY_PERIOD})"), parse_versus),
    *PATTERNS,
    (phrase("next (?:day|week|month|quarter|year)|tomorrow"), refuse_future),
    (phrase(r"top(?: [0-9]+)?"), parse_top),
    (phrase("(?:as )?csv"), parse_csv),
    (phrase("|".join(PLURALS)), parse_groupings),
    (phrase("|".join(GROUPINGS)), parse_word),
    (phrase("|".join(FILLERS)), skip),
    (phrase(rf"{VERSUS}|[-–—&+/|.!:()·]"), skip),
    (phrase(FILTER), parse_filters),
)

OF_NAMES = {parse_filters, parse_organization}
