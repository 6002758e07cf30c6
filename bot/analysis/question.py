"""What a person asks, from text to a period and its groupings: one language for Slack and the terminal.

The understood question written out (`str`) parses to itself on the same day.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from bot.analysis.groupings import GROUPINGS
from bot.model import Interval, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.analysis.groupings import Grouping
    from bot.model import Privacy

By: TypeAlias = "tuple[Grouping, ...]"
Meaning: TypeAlias = "Callable[[str, date], Period | By | OrganizationNamed]"

One = TypeVar("One", "Period", "OrganizationNamed")

MOST_GROUPINGS = 2
MOST_DAYS = 400
FIRST_YEAR = 2023  # before it there was no Claude API, and so no bill
LONGEST_WORD = 40  # what is quoted back; people paste whole messages

PERIODS_HINT = 'a period is "7d", "today", "yesterday", "week", "month", "last month" or a month such as "2026-10"'
GROUPINGS_HINT = 'group with "by {}", or two of them: "by workspace key"'.format('", "by '.join(GROUPINGS))
VOCABULARY = ("today", "yesterday", "week", "month", "last month", *(f"by {grouping}" for grouping in GROUPINGS))


PEOPLE_ARE_OFF = (
    'nothing about people is kept here; "by person" needs people = true under [privacy] in claudecost.toml, then a sync'
)


class PeopleOff(WrongUsage):
    """Somebody asked who spent it, where nothing about people may be fetched, stored or told."""

    def __init__(self) -> None:
        super().__init__(PEOPLE_ARE_OFF)


class NotUnderstood(WrongUsage):
    """A question with a word that means nothing here: `word` as typed (cut when long) and `hint`, the mend."""

    def __init__(self, word: str, hint: str) -> None:
        super().__init__(word, hint)
        self.word = word if len(word) <= LONGEST_WORD else f"{word[:LONGEST_WORD]}…"
        self.hint = hint

    def __str__(self) -> str:
        return f'"{self.word}" was not understood; {self.hint}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days asked about and the days they are compared with; `name` is how to ask for them again."""

    name: str
    current: Interval
    previous: Interval


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


def quoted(name: str) -> str:
    """A name as it is typed: in quotes where it has blanks.

    >>> quoted("Acme Europe"), quoted("acme")
    ("'Acme Europe'", 'acme')
    """
    if " " not in name:
        return name
    return f'"{name}"' if "'" in name else f"'{name}'"


def in_one_form(text: str) -> str:
    """Text as it is read: without capitals, commas, curly quotes or double blanks.

    >>> in_one_form("By  models, ORG:“Acme”")
    'by models org:"acme"'
    """
    return as_typed(text).lower()


def as_typed(text: str) -> str:
    """The same with its capitals."""
    return " ".join(text.translate(ONE_FORM).split())


ONE_FORM = str.maketrans({",": " ", **dict.fromkeys("“”„", '"'), **dict.fromkeys("‘’", "'")})


def parse_question(text: str, *, today: date) -> Question:
    """The question in `text`: a period, one or two groupings, an organisation, all optional, in any order and case.

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
    for phrase, meaning in phrases(text):
        found = meaning(phrase, today)
        if isinstance(found, Period):
            period = only_one(found, before=period, phrase=phrase)
        elif isinstance(found, OrganizationNamed):
            whose = only_one(found, before=whose, phrase=phrase)
        else:
            by = at_most_two((*by, *found), phrase=phrase)
    return Question(
        period=period or days_back(7, today), by=by or ("workspace",), organization=whose.name if whose else None
    )


def phrases(text: str) -> Iterator[tuple[str, Meaning]]:
    """The text cut into phrases, each with the function that says what it means; names alone keep their capitals."""
    rest = as_typed(text)
    while rest:
        phrase, meaning = first_phrase(rest)
        yield phrase if meaning is parse_organization else phrase.lower(), meaning
        rest = rest[len(phrase) :].lstrip()


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


def only_one(found: One, *, before: One | None, phrase: str) -> One:
    """`found`, unless another one of its kind was said before."""
    if before is not None and before != found:
        what = "period" if isinstance(found, Period) else "organisation"
        raise NotUnderstood(phrase, f"ask for one {what} at a time")
    return found


def at_most_two(by: By, *, phrase: str) -> By:
    """The groupings, each once, unless they are too many."""
    distinct = tuple(dict.fromkeys(by))
    if len(distinct) > MOST_GROUPINGS:
        raise NotUnderstood(phrase, 'group by one thing or two at a time, for example "by workspace key"')
    if {"key", "person"} <= set(distinct):
        raise NotUnderstood(phrase, "keys and people are two ways to share the same dollars; ask for one of them")
    return distinct


def allowed(question: Question, privacy: Privacy) -> Question:
    """The question, unless it is about people and nobody decided that it may be. Raises `PeopleOff`."""
    if "person" in question.by and not privacy.people:
        raise PeopleOff
    return question


# --- What each phrase means; `today` is the UTC day it is asked on ---


def parse_groupings(phrase: str, _today: date) -> By:
    """`by model`, `by models`, `by workspace key`, `by workspace and key`, `by people`."""
    words = [PLURALS.get(word, word.removesuffix("s")) for word in phrase.split() if word not in {"by", "and"}]
    return tuple([grouping for word in words for grouping in GROUPINGS if grouping == word])


def parse_organization(phrase: str, _today: date) -> OrganizationNamed:
    """`org:acme`, `org:"acme europe"`."""
    name = phrase.partition(":")[2].strip().strip("\"'").strip()
    if not name:
        raise NotUnderstood(phrase, 'name an organisation, for example "org:acme"')
    return OrganizationNamed(name)


def refuse_grouping(phrase: str, _today: date) -> By:
    """`by colour`, or `by` alone."""
    raise NotUnderstood(phrase, GROUPINGS_HINT)


def parse_days_back(phrase: str, today: date) -> Period:
    """`7d`, `7 days`, `last 7 days`: complete days, against as many before them."""
    digits = "".join(re.findall("[0-9]", phrase)).lstrip("0")
    if not digits or len(digits) > len(str(MOST_DAYS)) or int(digits) > MOST_DAYS:
        raise NotUnderstood(phrase, f'ask for 1 to {MOST_DAYS} days, for example "30d"')
    return days_back(int(digits), today)


def days_back(days: int, today: date) -> Period:
    """The last `days` complete days, against as many before them."""
    current = Interval(today - timedelta(days=days), today)
    return Period(name=f"{days}d", current=current, previous=current.shifted(-days))


def parse_today(_phrase: str, today: date) -> Period:
    """The day so far, against the same weekday a week earlier."""
    return one_day("today", today)


def parse_yesterday(_phrase: str, today: date) -> Period:
    """The last complete day, against the same weekday a week earlier."""
    return one_day("yesterday", today - timedelta(days=1))


def one_day(name: str, day: date) -> Period:
    """One day against the same weekday a week earlier."""
    current = Interval(day, day + timedelta(days=1))
    return Period(name=name, current=current, previous=current.shifted(-7))


def parse_week(_phrase: str, today: date) -> Period:
    """The ISO week so far, against the same weekdays of the week before."""
    current = so_far(today - timedelta(days=today.weekday()), today)
    return Period(name="week", current=current, previous=current.shifted(-7))


def parse_month(_phrase: str, today: date) -> Period:
    """The month so far, against as many days of the month before."""
    return month_so_far("month", today)


def month_so_far(name: str, today: date) -> Period:
    """The current month's complete days, against as many days of the month before, capped at its end."""
    start = today.replace(day=1)
    current = so_far(start, today)
    before = month_before(start)
    return Period(name=name, current=current, previous=Interval(before, min(before + timedelta(len(current)), start)))


def so_far(start: date, today: date) -> Interval:
    """Complete days since `start`; on the first day there are none, and today stands alone."""
    return Interval(start, today if today > start else today + timedelta(days=1))


def parse_last_month(_phrase: str, today: date) -> Period:
    """The whole month before this one, against the whole month before that."""
    return whole_month("last month", month_before(today.replace(day=1)))


def parse_named_month(phrase: str, today: date) -> Period:
    """`2026-10`: a whole month against the one before; the current month is what there is of it."""
    year, month = (int(part) for part in phrase.split("-"))
    if not FIRST_YEAR <= year <= today.year or not 1 <= month <= 12:  # noqa: PLR2004 -- a year has twelve
        raise NotUnderstood(phrase, f"ask for a month from {FIRST_YEAR}-01 to {today:%Y-%m}")
    start = date(year, month, 1)
    if start > today:
        raise NotUnderstood(phrase, f"that month has not begun; ask for one up to {today:%Y-%m}")
    return month_so_far(phrase, today) if start == today.replace(day=1) else whole_month(phrase, start)


def whole_month(name: str, start: date) -> Period:
    """A month, all of it, against the one before."""
    before = month_before(start)
    return Period(name=name, current=Interval(start, month_after(start)), previous=Interval(before, start))


def month_before(start: date) -> date:
    """The first day of the month before the one that starts on `start`."""
    return (start - timedelta(days=1)).replace(day=1)


def month_after(start: date) -> date:
    """The first day of the month after the one that starts on `start`."""
    return (start + timedelta(days=31)).replace(day=1)


PLURALS = {"people": "person"}
ANY_GROUPING = f"(?:(?:{'|'.join(GROUPINGS)})s?|{'|'.join(PLURALS)})"

LANGUAGE: tuple[tuple[re.Pattern[str], Meaning], ...] = tuple(
    (re.compile(rf"(?:{pattern})(?!\S)", re.ASCII | re.IGNORECASE), meaning)
    for pattern, meaning in (
        (rf"by {ANY_GROUPING}(?: (?:and )?{ANY_GROUPING})*", parse_groupings),
        (r"by(?: \S+)?", refuse_grouping),
        (r"""org: ?(?:"[^"]*"|'[^']*'|\S*)""", parse_organization),
        (r"(?:last |past )?\d+ ?d(?:ays?)?", parse_days_back),
        (r"last month", parse_last_month),
        (r"(?:this )?month", parse_month),
        (r"(?:this )?week", parse_week),
        (r"today", parse_today),
        (r"yesterday", parse_yesterday),
        (r"\d{4}-\d{2}", parse_named_month),
    )
)
