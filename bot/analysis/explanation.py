"""The answer to "why": what changed in a part of the bill between two periods, and what that rests on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.comparison import Comparison
from bot.analysis.coverage import missing_days, partial_days
from bot.analysis.estimate import most_first
from bot.analysis.why import find_why, side_of

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping
    from datetime import date, datetime

    from bot.analysis.ask_why import WhyQuestion
    from bot.analysis.question import Period
    from bot.analysis.why import Side, Why
    from bot.model import FetchedDay, Interval, Names, Unpriced, WorkspaceLines

RECENT = timedelta(days=7)
"""A change that ended longer ago is not carried on to the end of the month."""


class About(NamedTuple):
    """A part of the bill: its id where it is one workspace or one team, else None, and what to call it."""

    id: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Comparison):
    """Why a part of the bill cost what it did. `names` knows its keys, `about` is what it is called.

    `known_days` are those of both periods that were fetched; for `estimated_days` among them tokens × price stands in
    for the bill. `unsettled_days` may still grow. `organizations` are whose it is where there are several, `unheard`
    those of which nothing is in it. What keys spent can be left out: `tells_keys`.
    """

    asked: WhyQuestion
    about: About
    why: Why
    names: Names
    known_days: tuple[date, ...]
    estimated_days: tuple[date, ...]
    data_as_of: datetime | None
    unpriced: tuple[Unpriced, ...]
    unsettled_days: tuple[date, ...] = ()
    organizations: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    tells_keys: bool = True

    @property
    def period(self) -> Period:
        """The days asked about and those they are compared with."""
        return self.asked.question.period

    @property
    def estimated(self) -> bool:
        """Whether any amount is not from the bill."""
        return bool(self.estimated_days)

    @property
    def may_stay(self) -> bool:
        """Whether it makes sense to ask what the change costs if it stays."""
        return self.comparable and self.asked.today - self.period.current.until < RECENT


def find_explanation(
    asked: WhyQuestion,
    about: About,
    *,
    before: Side,
    now: Side,
    fetched: Mapping[date, FetchedDay],
    names: Names,
    unpriced: Collection[Unpriced],
    data_as_of: datetime | None,
) -> Explanation:
    """The answer, from what was spent on the fetched days of both periods; others are left out."""
    period = asked.question.period
    known, known_before = known_in(period.current, fetched), known_in(period.previous, fetched)
    unknown_before = missing_days(period.previous, fetched)
    first_days = {} if unknown_before else names.first_days  # else nobody can tell whether a key is new
    why = find_why(
        before=before, now=now, first_seen={key: day for key, day in first_days.items() if day in set(known)}
    )
    return Explanation(
        asked=asked,
        about=about,
        why=why,
        names=names,
        total=why.current if known else None,
        previous_total=why.previous if known_before else None,
        missing_days=missing_days(period.current, fetched),
        previous_missing_days=unknown_before,
        partial_days=partial_days(known, fetched),
        unsettled_days=tuple(day for day in known if fetched[day].is_over and not fetched[day].is_settled),
        unpriced=tuple(unpriced),
        known_days=(*known_before, *known),
        estimated_days=tuple(day for day in (*known_before, *known) if not fetched[day].is_billed),
        data_as_of=data_as_of,
    )


def explain_lines(
    asked: WhyQuestion,
    about: About,
    lines: WorkspaceLines,
    *,
    fetched: Mapping[date, FetchedDay],
    names: Names,
    data_as_of: datetime | None,
) -> Explanation:
    """The same from lines of a workspace or a team over both periods."""
    period = asked.question.period
    known, known_before = known_in(period.current, fetched), known_in(period.previous, fetched)
    return find_explanation(
        asked,
        about,
        before=side_of(lines, known_before),
        now=side_of(lines, known),
        fetched=fetched,
        names=names,
        unpriced=unpriced_in(lines, {day for day in known if not fetched[day].source.is_billed}),
        data_as_of=data_as_of,
    )


def unpriced_in(lines: WorkspaceLines, estimated_days: Container[date]) -> list[Unpriced]:
    """Tokens that cost nothing because no price is known for them: models without any cost on an estimated day."""
    priced = {(line.day, line.series.model) for line in lines.cost}
    tokens: defaultdict[str, int] = defaultdict(int)
    for day, series, counts, _ in lines.usage:
        if day in estimated_days and (day, series.model) not in priced:
            tokens[series.model] += sum(counts)
    return [model for model in most_first(tokens) if model.tokens]


def known_in(interval: Interval, fetched: Mapping[date, FetchedDay]) -> tuple[date, ...]:
    """The days of an interval that were fetched."""
    return tuple(day for day in interval.days() if day in fetched)
