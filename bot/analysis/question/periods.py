"""The days asked about, as people say them, and the days they are compared with. All are UTC days.

A period that names a week, a month, … has all of it; while it lasts, what there is of it: its complete days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.analysis.calendar import (
    MONTHS,
    WEEKDAYS,
    day_of,
    months_later,
    moved,
    name_of,
    number_of,
    start_of,
    whole,
)
from bot.analysis.question.errors import NotUnderstood
from bot.analysis.question.writing import phrase
from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.analysis.calendar import Unit

    Meaning: TypeAlias = Callable[[str, date], "Period"]

DAYS_A_WEEK = 7
MOST_DAYS = 400
MOST_WEEKS = MOST_DAYS // DAYS_A_WEEK
MOST_MONTHS = 13
FIRST_DAY = date(2023, 1, 1)  # before it there was no Claude API, and so no bill
YEARS_BACK = 8  # within which every date comes again, the 29th of February too
MONTHS_A_YEAR = 12

PERIODS_HINT = (
    'a period is "7d", "today", "yesterday", "last week", "month", "2026-10", "W47", "12 Nov", "since 1 Nov" '
    'or "1 Nov..15 Nov"'
)

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days asked about and the days they are compared with; `name` is how to ask for them again.

    `unit` is there where they are a week, a month, …, or what there is of one. `alike` is whether both sides are of one
    length, so that a change has a percentage.
    """

    name: str
    current: Interval
    previous: Interval
    unit: Unit | None = None
    alike: bool = True


# --- Days back from today ---


def parse_days_back(words: str, today: date) -> Period:
    """`7d`, `7 days`, `last 7 days`: complete days, against as many before them."""
    return days_back(count_in(words, f'1 to {MOST_DAYS} days, for example "30d"', most=MOST_DAYS), today)


def days_back(days: int, today: date) -> Period:
    """The last `days` complete days, against as many before them."""
    return beside_as_many(f"{days}d", Interval(today - days * DAY, today))


def parse_weeks_back(words: str, today: date) -> Period:
    """`4w`, `last 4 weeks`: seven complete days each."""
    weeks = count_in(words, f'1 to {MOST_WEEKS} weeks, for example "4w"', most=MOST_WEEKS)
    return beside_as_many(f"{weeks}w", Interval(today - weeks * DAYS_A_WEEK * DAY, today))


def parse_months_back(words: str, today: date) -> Period:
    """`3m`, `last 3 months`: since the same day of the month, against as many months before."""
    months = count_in(words, f'1 to {MOST_MONTHS} months, for example "3m"', most=MOST_MONTHS)
    since, before = months_later(today, -months), months_later(today, -2 * months)
    return Period(name=f"{months}m", current=Interval(since, today), previous=Interval(before, since))


def count_in(words: str, asked: str, *, most: int) -> int:
    """The number in a phrase."""
    digits = "".join(re.findall("[0-9]", words)).lstrip("0")
    if not digits or len(digits) > len(str(most)) or int(digits) > most:
        raise NotUnderstood(words, f"ask for {asked}")
    return int(digits)


def beside_as_many(name: str, current: Interval) -> Period:
    """Days against as many directly before them."""
    return Period(name=name, current=current, previous=current.shifted(-len(current)))


# --- One day, against the same weekday a week earlier ---


def parse_today(_words: str, today: date) -> Period:
    """The day so far."""
    return one_day("today", today)


def parse_yesterday(_words: str, today: date) -> Period:
    """The last complete day."""
    return one_day("yesterday", today - DAY)


def parse_iso_day(words: str, today: date) -> Period:
    """`2026-11-12`."""
    return named_day(words, day_of(*map(int, words.split("-"))), today)


def parse_day_of_month(words: str, today: date) -> Period:
    """`12 Nov`, `Nov 12th`, `12 November 2025`; without a year the newest one."""
    (number,) = re.findall(ONE_OR_TWO_DIGITS, words)
    return named_day(words, newest(lambda year: day_of(year, month_in(words), int(number)), words, today), today)


def parse_weekday(words: str, today: date) -> Period:
    """`mon`, `last Monday`: the newest one before today."""
    weekday = number_of(words.rsplit(maxsplit=1)[-1], WEEKDAYS) - 1
    back = (today.weekday() - weekday - 1) % DAYS_A_WEEK + 1
    return named_day(words, today - back * DAY, today)


def named_day(words: str, day: date | None, today: date) -> Period:
    """A day that was named; `day` is None where there is no such a one."""
    if day is None:
        raise NotUnderstood(words, 'there is no such day; write it like "12 Nov" or "2026-11-12"')
    if not FIRST_DAY <= day <= today:
        raise NotUnderstood(words, f"ask for a day from {FIRST_DAY} to {today}")
    return one_day(day.isoformat(), day)


def one_day(name: str, day: date) -> Period:
    """One day against the same weekday a week earlier."""
    current = Interval(day, day + DAY)
    return Period(name=name, current=current, previous=current.shifted(-DAYS_A_WEEK))


# --- A week, a month, a quarter, a year ---


def parse_so_far(words: str, today: date) -> Period:
    """`month`, `this month`, `month to date`, `mtd`: its complete days, against as many of the one before."""
    unit = unit_in(words)
    return so_far(unit, unit, today)


def so_far(name: str, unit: Unit, today: date) -> Period:
    """What there is of the current one, against as many days of the one before, capped at its end."""
    start = start_of(unit, today)
    current, before = complete_days(start, today), moved(unit, start, -1)
    return Period(
        name=name, current=current, previous=Interval(before, min(before + len(current) * DAY, start)), unit=unit
    )


def complete_days(start: date, today: date) -> Interval:
    """Complete days since `start`; on the first day there are none, and today stands alone."""
    return Interval(start, today if today > start else today + DAY)


def parse_last(words: str, today: date) -> Period:
    """`last month`, `previous quarter`: all of the one before this one, against all of the one before that."""
    unit = unit_in(words)
    return all_of(f"last {unit}", unit, moved(unit, start_of(unit, today), -1))


def all_of(name: str, unit: Unit, start: date) -> Period:
    """A whole one, against the one before."""
    return Period(name=name, current=whole(unit, start), previous=whole(unit, moved(unit, start, -1)), unit=unit)


def unit_in(words: str) -> Unit:
    """Which of them a phrase is about, by its first letter.

    >>> unit_in("last quarter"), unit_in("mtd")
    ('quarter', 'month')
    """
    word = re.sub("^(?:this|current|last|previous|prev|past) ", "", words)
    return UNITS[word[0]]


UNITS: dict[str, Unit] = {"w": "week", "m": "month", "q": "quarter", "y": "year"}


def parse_iso_month(words: str, today: date) -> Period:
    """`2026-10`."""
    year, month = map(int, words.split("-"))
    return named(words, "month", day_of(year, month, 1), today)


def parse_month(words: str, today: date) -> Period:
    """`oct`, `last October`, `oct 2025`; without a year the newest one."""
    return named(words, "month", newest(lambda year: day_of(year, month_in(words), 1), words, today), today)


def month_in(words: str) -> int:
    """The month that is named in a phrase."""
    return number_of(re.findall(MONTH, words)[0], MONTHS)


def parse_week(words: str, today: date) -> Period:
    """`W47`, `2026-W47`, `week 47`; without a year the newest one."""
    (number,) = re.findall(ONE_OR_TWO_DIGITS, words)
    return named(words, "week", newest(lambda year: monday_of(year, int(number)), words, today), today)


def monday_of(year: int, week: int) -> date | None:
    """The first day of an ISO week, if the year has it."""
    try:
        return date.fromisocalendar(year, week, 1)
    except ValueError:
        return None


def parse_quarter(words: str, today: date) -> Period:
    """`Q3`, `2026-Q3`; without a year the newest one."""
    quarter = int(re.findall("q([1-4])", words)[0])
    return named(words, "quarter", newest(lambda year: day_of(year, quarter * 3 - 2, 1), words, today), today)


def parse_year(words: str, today: date) -> Period:
    """`2025`."""
    return named(words, "year", day_of(int(words), 1, 1), today)


def newest(start_in: Callable[[int], date | None], words: str, today: date) -> date | None:
    """What starts in the year that a phrase names; without one, the newest that has begun. None where there is none."""
    if years := re.findall("[0-9]{4}", words):
        return start_in(int(years[0]))
    starts = (start_in(year) for year in range(today.year + 1, today.year - YEARS_BACK, -1))
    return next((start for start in starts if start is not None and start <= today), None)


def named(words: str, unit: Unit, start: date | None, today: date) -> Period:
    """A week, a month, … that was named, and starts then; while it lasts, what there is of it."""
    bounds = f"ask for a {unit} from {name_of(unit, FIRST_DAY)} to {name_of(unit, today)}"
    if start is None or moved(unit, start, 1) <= FIRST_DAY:
        raise NotUnderstood(words, bounds)
    if start > today:
        raise NotUnderstood(words, f"that {unit} has not begun; {bounds}")
    name = name_of(unit, start)
    return so_far(name, unit, today) if start == start_of(unit, today) else all_of(name, unit, start)


# --- From a day on, and from one to another ---


def parse_since(words: str, today: date) -> Period:
    """`since 1 Nov`, `since Monday`, `from 2026-10`: complete days since then, against as many directly before."""
    start = parse_period(words.split(" ", 1)[1], today).current.since
    return stretch(words, f"since {start}", complete_days(start, today))


def parse_range(words: str, today: date) -> Period:
    """`1 Nov..15 Nov`, `2026-11-01 to 2026-11-15`, `oct until nov`: both ends are in it."""
    found = RANGE.fullmatch(words)
    first, last = (end for end in (found.groups() if found else ()) if end)
    return between(words, first, last, today)


def parse_days_of_month(words: str, today: date) -> Period:
    """`1-15 Nov`, `Nov 1 to 15`, `1..15 Nov 2025`."""
    first, last = re.findall(ONE_OR_TWO_DIGITS, words)
    month = " ".join(re.findall(f"{MONTH}|[0-9]{{4}}", words))
    return between(words, f"{first} {month}", f"{last} {month}", today)


def between(words: str, first: str, last: str, today: date) -> Period:
    """From the beginning of one period to the end of another, as far as it has come.

    Where only one end has a year, the other is the nearest on its side; without any, the first is the newest one.
    """
    if has_no_year(first) and not has_no_year(last):
        since = parse_period(first, parse_period(last, today).current.until - DAY).current.since
    else:
        since = parse_period(first, today).current.since
    end = end_of(last, since=since, today=today)
    if end.since > today:
        raise NotUnderstood(words, f'{last} has not come yet; "since {since}" is what there is')
    until = end.until if end.until <= today or len(end) == 1 else complete_days(end.since, today).until
    if until <= since and re.fullmatch(WEEKDAY, first):
        since -= DAYS_A_WEEK * DAY
    if until <= since:
        raise NotUnderstood(words, f"it ends before it begins; {since} is after {until - DAY}")
    return stretch(words, f"{since}..{until - DAY}", Interval(since, until))


def end_of(last: str, *, since: date, today: date) -> Interval:
    """The period that a range ends with: without a year, the first one that does not come before its beginning."""
    if not has_no_year(last):
        return parse_period(last, today).current
    return parse_period(last, months_later(since, MONTHS_A_YEAR) - DAY).current


def has_no_year(words: str) -> bool:
    """Whether a phrase names a month, a week or a quarter, but not of which year."""
    return bool(re.search(f"{MONTH}|w[0-9]|week [0-9]|q[1-4]", words)) and not re.search("[0-9]{4}", words)


def stretch(words: str, name: str, current: Interval) -> Period:
    """Days that were named by their ends, against as many directly before them."""
    if current.since < FIRST_DAY:
        raise NotUnderstood(words, f"ask for days from {FIRST_DAY} on")
    if len(current) > MOST_DAYS:
        raise NotUnderstood(words, f"ask for at most {MOST_DAYS} days at a time")
    return beside_as_many(name, current)


# --- What is no period, but looks like one ---


def refuse_hours(words: str, _today: date) -> Period:
    """`24h`."""
    raise NotUnderstood(words, 'the bill knows days, not hours; ask for "today" or "yesterday"')


def refuse_numbers(words: str, today: date) -> Period:
    """`11/12`: the 11th of December to some, the 12th of November to others."""
    raise NotUnderstood(words, f'that can be read in two ways; write "12 Nov" or "{today:%Y-%m-%d}"')


def refuse_until(words: str, _today: date) -> Period:
    """`until 15 Nov`."""
    raise NotUnderstood(words, 'say from which day on, for example "1 Nov..15 Nov"')


def refuse_since(words: str, _today: date) -> Period:
    """`since the launch`."""
    raise NotUnderstood(words, 'say since which day, for example "since 1 Nov"')


# --- What each of them looks like ---


class Phrase(NamedTuple):
    """A way to say something: what it looks like, what it means, and for people an example and a line about it."""

    looks: str
    meaning: Meaning
    example: str = ""
    says: str = ""


MONTH = "(?:" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS) + "|sept)"
WEEKDAY = "(?:mon|tues?|wed(?:nes)?|thu(?:rs|r)?|fri|sat(?:ur)?|sun)(?:day)?"
UNIT = "(?:week|month|quarter|year)"
NUMBER = "[0-9]{1,2}(?:st|nd|rd|th)?"
YEAR = "(?: [0-9]{4})?"
ONE_OR_TWO_DIGITS = "(?<![0-9])[0-9]{1,2}(?![0-9])"

SINGLE = (
    Phrase("(?:last |past )?[0-9]+ ?d(?:ays?)?", parse_days_back, "7d", "complete days, up to yesterday"),
    Phrase("(?:last |past )?[0-9]+ ?w(?:ee)?(?:ks?)?", parse_weeks_back, "4w", "as many times seven of them"),
    Phrase("(?:last |past )?[0-9]+ ?m(?:os?|onths?)?", parse_months_back, "3m", "since that day of the month"),
    Phrase("today", parse_today, "today", "the day so far, beside the same weekday a week earlier"),
    Phrase("yesterday", parse_yesterday, "yesterday", "beside the same weekday a week earlier"),
    Phrase("[0-9]{4}-[0-9]{2}-[0-9]{2}", parse_iso_day, "2026-11-12", "one day, likewise"),
    Phrase(
        f"(?:{NUMBER}(?: of)? {MONTH}|{MONTH} {NUMBER}){YEAR}",
        parse_day_of_month,
        "12 Nov",
        "the newest one, or `12 Nov 2025`",
    ),
    Phrase(f"(?:last )?{WEEKDAY}", parse_weekday, "mon", "the last Monday before today"),
    Phrase(
        f"(?:[0-9]{{4}}-?)?w[0-9]{{1,2}}{YEAR}|week [0-9]{{1,2}}{YEAR}",
        parse_week,
        "W47",
        "that ISO week, or `2026-W47`",
    ),
    Phrase(
        f"(?:this |current )?{UNIT}(?: to date| so far)?|[wmqy]td",
        parse_so_far,
        "month",
        "its complete days so far; also `week`, `quarter`, `year`",
    ),
    Phrase(
        f"(?:last|previous|prev|past) {UNIT}",
        parse_last,
        "last month",
        "all of it; also `last week`, `last quarter`, `last year`",
    ),
    Phrase("[0-9]{4}-[0-9]{2}", parse_iso_month, "2026-10", "that month"),
    Phrase(f"(?:last )?{MONTH}{YEAR}", parse_month, "oct", "the newest October, or `oct 2025`"),
    Phrase(f"(?:[0-9]{{4}}-?)?q[1-4]{YEAR}", parse_quarter, "Q3", "that quarter, or `2026-Q3`"),
    Phrase("20[0-9]{2}", parse_year, "2025", "that year"),
)
"""Everything that names days by itself."""

ANY = "|".join(f"(?:{single.looks})" for single in SINGLE)
TO = r"(?: ?(?:\.\.\.?|…|–|—) ?|(?<=[a-z])-| (?:-|to|till?|until|through) )"
RANGE_OF_TWO = f"(?:from )?({ANY}){TO}({ANY})|between ({ANY}) and ({ANY})"
IN_A_MONTH = f"{NUMBER}(?: ?(?:\\.\\.\\.?|…|–|—|-) ?| to ){NUMBER}"

PERIODS = (
    Phrase(RANGE_OF_TWO, parse_range, "1 Nov..15 Nov", "both days and those between; also `to`, `until`, `oct..nov`"),
    Phrase(f"{IN_A_MONTH} {MONTH}{YEAR}|{MONTH} {IN_A_MONTH}{YEAR}", parse_days_of_month, "1-15 Nov", "the same"),
    Phrase(f"(?:since|from) (?:{ANY})", parse_since, "since 1 Nov", "complete days since then; also `since Monday`"),
    *SINGLE,
    Phrase("[0-9]+ ?h(?:ours?)?", refuse_hours),
    Phrase("[0-9]{1,2}[/.][0-9]{1,2}(?:[/.][0-9]{2,4})?", refuse_numbers),
    Phrase(f"(?:until|till?) (?:{ANY})", refuse_until),
    Phrase(r"since(?: \S+)?", refuse_since),
)
"""All that is read as a period, the longer phrases first."""

ANY_PERIOD = "|".join(f"(?:{each.looks})" for each in PERIODS if each.example)
PATTERNS = tuple((phrase(each.looks), each.meaning) for each in PERIODS)
ONE = tuple((phrase(each.looks), each.meaning) for each in SINGLE)
RANGE = phrase(RANGE_OF_TWO)


def parse_period(words: str, today: date) -> Period:
    """What a phrase without blanks around it means by itself. Raises `NotUnderstood`."""
    for pattern, meaning in ONE:
        if pattern.fullmatch(words):
            return meaning(words, today)
    raise NotUnderstood(words, PERIODS_HINT)


def is_period(text: str) -> bool:
    """Whether a text looks like a period, also like one that cannot be."""
    return any(pattern.fullmatch(text) for pattern, _ in PATTERNS)
