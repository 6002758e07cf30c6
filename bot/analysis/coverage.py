"""Which days are known, which must be fetched, and which day is ready to be judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from bot.model import Interval, end_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from bot.model import FetchedDay


class Fetched(Protocol):
    """A day of which something was fetched, and when."""

    @property
    def day(self) -> date: ...

    @property
    def fetched_at(self) -> datetime: ...


LONGEST_WINDOW = 31  # days; the reports' own limit for daily buckets

USUAL_DAYS = 8
"""Today and the seven days before it, which every sync reads."""

LINES_AT_ONCE = 40_000
"""What is fetched lies in memory until it is saved: so many lines take 12 MB."""


def days_to_fetch(
    fetched: Mapping[date, FetchedDay], *, today: date, backfill_days: int, reread_days: int = 7
) -> list[Interval]:
    """The windows a sync asks for, newest first, each of at most 31 days.

    Those are the days never fetched, today, and the last `reread_days`, because the bill restates them; once a day all
    of this month and the last, because that is what an invoice is compared with, and a bill can come late. A day whose
    last fetch came too early to count as re-read (the process was down meanwhile) is asked for once more.
    """
    wanted = days_kept(today=today, backfill_days=max(backfill_days, reread_days))
    return newest_first(
        day
        for day in wanted
        if is_needed(fetched.get(day), day, today=today, reread_days=reread_days)
        or is_to_be_read_daily(fetched[day], today=today)
    )


def days_to_fetch_once(
    fetched: Mapping[date, Fetched], *, today: date, backfill_days: int, reread_days: int = 7
) -> list[Interval]:
    """The same for what no invoice is compared with: months are not read again once a day."""
    wanted = days_kept(today=today, backfill_days=max(backfill_days, reread_days))
    return newest_first(day for day in wanted if is_needed(fetched.get(day), day, today=today, reread_days=reread_days))


def days_kept(*, today: date, backfill_days: int) -> tuple[date, ...]:
    """The days before today that are asked about, and today."""
    return Interval(today - timedelta(days=backfill_days), today + timedelta(days=1)).days()


def newest_first(days: Iterable[date]) -> list[Interval]:
    """Days, given in order, as windows."""
    return [window for run in reversed(runs(days)) for window in windows(run)]


def is_needed(known: Fetched | None, day: date, *, today: date, reread_days: int) -> bool:
    """Whether a day was never fetched, or may have changed since."""
    return day >= today - timedelta(days=reread_days) or not is_final(known, reread_days=reread_days)


def is_final(day: Fetched | None, *, reread_days: int) -> bool:
    """Whether a day was fetched late enough that its restatements have been seen."""
    return day is not None and day.fetched_at >= end_of(day.day) + timedelta(days=reread_days - 1)


def is_to_be_read_daily(day: FetchedDay, *, today: date) -> bool:
    """Whether a day of this month or the last has not been read yet since today began."""
    end_of_last_month = today.replace(day=1) - timedelta(days=1)
    return day.day >= end_of_last_month.replace(day=1) and day.fetched_at < end_of(today - timedelta(days=1))


def runs(days: Iterable[date]) -> list[Interval]:
    """Consecutive days, given in order, as intervals.

    >>> from datetime import date
    >>> [len(run) for run in runs([date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 5)])]
    [2, 1]
    """
    found: list[Interval] = []
    for day in days:
        after = day + timedelta(days=1)
        if found and found[-1].until == day:
            found[-1] = Interval(found[-1].since, after)
        else:
            found.append(Interval(day, after))
    return found


def newest_stretch(left: Sequence[Interval], *, days: int) -> tuple[Interval, list[Interval]]:
    """What is fetched and saved next of the intervals left, newest first: their newest days; and what is left then.

    >>> from datetime import date
    >>> stretch, left = newest_stretch([Interval(date(2026, 11, 1), date(2026, 11, 4))], days=2)
    >>> len(stretch), [len(interval) for interval in left]
    (2, [1])
    """
    newest, *older = left
    since = max(newest.since, newest.until - timedelta(days=days))
    rest = [Interval(newest.since, since)] if newest.since < since else []
    return Interval(since, newest.until), [*rest, *older]


def days_at_once(stretch: Interval, *, lines: int, most: int = LINES_AT_ONCE) -> int:
    """How many days the next stretch is to have, after one of so many lines, to have about as many as `most`.

    >>> from datetime import date
    >>> week = Interval(date(2026, 11, 16), date(2026, 11, 23))
    >>> [days_at_once(week, lines=lines) for lines in (0, 14_000, 700_000)]
    [31, 20, 1]
    """
    return max(1, min(most * len(stretch) // max(1, lines), LONGEST_WINDOW))


def windows(interval: Interval) -> list[Interval]:
    """An interval cut into windows the reports accept, newest first."""
    found = []
    until = interval.until
    while until > interval.since:
        since = max(interval.since, until - timedelta(days=LONGEST_WINDOW))
        found.append(Interval(since, until))
        until = since
    return found


def missing_days(interval: Interval, fetched: Container[date]) -> tuple[date, ...]:
    """Days of the interval that were never fetched: unknown, not zero."""
    return tuple(day for day in interval.days() if day not in fetched)


def partial_days(days: Iterable[date], fetched: Mapping[date, FetchedDay]) -> tuple[date, ...]:
    """Those of the days, all fetched, that had not ended when they were."""
    return tuple(day for day in days if not fetched[day].is_over)


def newest_judgeable_day(fetched: Mapping[date, FetchedDay], today: date) -> date | None:
    """The newest day that was fetched at least three hours after its end; None while there is none.

    Never today: with a partial day in the window a third of the true breaches would hide. Nor a day that is only
    estimated, where there is a bill at all: an alert is about the bill.
    """
    settled = [known for day, known in fetched.items() if day < today and known.is_settled]
    judgeable = billed if (billed := [known for known in settled if known.is_billed]) else settled
    return max((known.day for known in judgeable), default=None)


def are_alike(one: FetchedDay | None, other: FetchedDay | None) -> bool:
    """Whether two days can be held against each other: both settled, and both billed or both estimated."""
    if one is None or other is None:
        return False
    return one.is_settled and other.is_settled and one.is_billed is other.is_billed


# --- What can be held against the judged day, its week and the weeks before ---

WEEK = timedelta(days=7)
WEEKS = 5
BASELINE_DAYS = 28
DAYS_LOOKED_AT = 38
"""The judged day and those before it that are loaded: a week a month before, and the five weeks inside of it."""
"""The judged week, the one before, and three more for the median."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What of five weeks can be held against the judged day and its week.

    `compared` are the weekdays known in its week and the one before; `weeks` says of the judged week and the four
    before it whether all of those are; `days` of the newest compared day and each of the 37 before it.
    """

    day: date
    compared: tuple[date, ...]
    weeks: tuple[bool, ...]
    days: tuple[bool, ...]

    @classmethod
    def of(cls, day: date, fetched: Mapping[date, FetchedDay]) -> Known:
        """From the days that were fetched, five weeks up to the judged one."""
        compared = comparable_days(day, fetched)
        newest = max(compared, default=day)
        return cls(
            day=day,
            compared=compared,
            weeks=find_known_weeks(compared, fetched),
            days=find_known_days(newest, fetched),
        )

    @property
    def newest(self) -> date:
        """The newest compared day."""
        return max(self.compared, default=self.day)

    @property
    def is_day_compared(self) -> bool:
        """Whether the judged day is the newest one compared."""
        return self.day in self.compared

    @property
    def baseline(self) -> tuple[date, ...]:
        """Those of the 28 days before the newest compared one that can be held against it, newest first."""
        newest = self.newest
        known = enumerate(self.days[: BASELINE_DAYS + 1])
        return tuple(newest - timedelta(days=back) for back, is_known in known if back and is_known)


def comparable_days(day: date, fetched: Mapping[date, FetchedDay]) -> tuple[date, ...]:
    """The days of the week ending with `day` that are as settled as their weekday a week earlier, and of one kind."""
    week = (day - timedelta(days=back) for back in reversed(range(7)))
    return tuple(one for one in week if are_alike(fetched.get(one), fetched.get(one - WEEK)))


def find_known_weeks(days: Sequence[date], fetched: Mapping[date, FetchedDay]) -> tuple[bool, ...]:
    """Of the judged week and the four before it, which can be held against each of `days`; none can, without days."""
    return tuple(
        bool(days) and all(are_alike(fetched.get(day), fetched.get(day - week * WEEK)) for day in days)
        for week in range(WEEKS)
    )


def find_known_days(day: date, fetched: Mapping[date, FetchedDay]) -> tuple[bool, ...]:
    """Of a day and the 37 before it, the newest first, which can be held against that day."""
    judged = fetched.get(day)
    return tuple(are_alike(judged, fetched.get(day - timedelta(days=back))) for back in range(DAYS_LOOKED_AT))
