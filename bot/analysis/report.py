"""What was spent in a period, against the period before, by one grouping or two.

No data and zero spend are different facts: a total is None when none of its days was ever fetched, and there is no
percentage while a day on either side is unknown.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from typing import TYPE_CHECKING

from bot.analysis.comparison import Comparison
from bot.analysis.coverage import missing_days, partial_days
from bot.analysis.groupings import OWNED, UNOWNED_ROW, labelled, row_ids
from bot.analysis.organizations import owner_of
from bot.model import Interval, NanoUsd, change_percent

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from bot.analysis.cache import CacheUse
    from bot.analysis.groupings import Grouping, Words
    from bot.analysis.organizations import OrganizationPart
    from bot.analysis.question import Question
    from bot.analysis.why import Why
    from bot.model import FetchedDay, Names, Unpriced


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """What is known of an API key: its status as listed last, and the first stored day on which it was used.

    Both are None for what is no key, and for what nobody has told or stored.
    """

    status: str | None
    first_seen: date | None


NO_DAYS = Interval(date.min, date.min)
FEWEST_WITHOUT_COUNTERPART = 100
"""A row has no percentage once one part in so many of it has nothing to stand beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a breakdown. Amounts are None where nothing is known of the days they would sum.

    `ids` and `labels` have a word for each grouping. `comparable` is whether every day on both sides was fetched
    whole; without that a change has no percentage. `uncompared` are dollars of the spend that have no counterpart, and
    count in no change. `key` is there where rows are about keys.
    """

    ids: Words
    labels: Words
    spend: NanoUsd | None
    previous: NanoUsd | None
    comparable: bool = True
    uncompared: NanoUsd = 0
    key: KnownKey | None = None

    @property
    def id(self) -> str | Words:
        """The id where there is one grouping, otherwise all of them."""
        return one_or_all(self.ids)

    @property
    def label(self) -> str:
        """What the row is called, in one line."""
        return " · ".join(self.labels)

    @property
    def change(self) -> NanoUsd | None:
        """Dollars above the previous period, None where a side is unknown."""
        return None if self.compared is None or self.previous is None else self.compared - self.previous

    @property
    def compared(self) -> NanoUsd | None:
        """What of the spend is held against that of the previous period, None where it is unknown."""
        return None if self.spend is None else self.spend - self.uncompared

    @property
    def change_percent(self) -> Decimal | None:
        """None without a baseline, where days are unknown, or where it would contradict the amounts beside it."""
        if not self.comparable or abs(self.uncompared) * FEWEST_WITHOUT_COUNTERPART >= abs(self.spend or 1):
            return None
        return change_percent(previous=self.previous, current=self.compared)

    def without_counterpart(self, amount: NanoUsd) -> Row:
        """The same, of which some dollars have none; beside nothing else the previous ones are unknown."""
        previous = None if self.spend == amount and not self.previous else self.previous
        return replace(self, uncompared=amount, previous=previous)


def one_or_all(words: Words) -> str | Words:
    """A word alone as itself, several as they are.

    >>> one_or_all(("prod",)), one_or_all(("prod", "ci"))
    ('prod', ('prod', 'ci'))
    """
    return words[0] if len(words) == 1 else words


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Comparison):
    """An answered question. `rows` add up to the total; they come largest first, by day in the order of days.

    `daily` and `previous_daily` hold the days that were fetched, zeros included. `unsettled_days` had ended when they
    were, but so lately that they may still grow; `estimated_days`, of both periods, are those for which tokens × price
    stands in for the bill. `up_to` is there for one day that is not over: up to then it is known, and all amounts of
    the day before it are those up to the same time, without what an estimate cannot know, `not_compared` in words.
    `organizations` are those the answer adds up, where there are several, `unheard` those it has nothing of. `why` is
    there where it was asked what drove the change. `cache` and `previous_cache` are there when tokens were asked about.
    `people_unknown` are the days asked about of which it is not known who spent.
    """

    question: Question
    rows: tuple[Row, ...]
    daily: Mapping[date, NanoUsd]
    previous_daily: Mapping[date, NanoUsd]
    estimated_days: tuple[date, ...]
    unpriced: tuple[Unpriced, ...]
    data_as_of: datetime | None
    unsettled_days: tuple[date, ...] = ()
    up_to: datetime | None = None
    cache: CacheUse | None = None
    previous_cache: CacheUse | None = None
    people_unknown: tuple[date, ...] = ()
    organizations: tuple[OrganizationPart, ...] = ()
    unheard: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()
    why: Why | None = None

    def organization_of(self, row: Row) -> str | None:
        """The name of the organisation that a row belongs to, where there are several; None if it is of all."""
        return owner_of(row.ids, self.organizations)

    @property
    def top_rows(self) -> tuple[Row, ...]:
        """The rows asked for: all, or so many of the largest; of times and something else, so many of the other.

        What nobody owns comes on top of them.
        """
        rows, time = self.rows, self.question.time
        if self.question.top is None:
            return rows
        if time is None or len(self.question.by) == 1:
            largest_rows = sorted(rows, key=largest_first)
            nobodys = filter(self.is_unowned, largest_rows[self.question.top :])
            return (*largest_rows[: self.question.top], *nobodys)
        place = 1 - self.question.by.index(time)
        totals = sorted(totals_of(rows, place).items(), key=lambda total: (-total[1], total[0]))
        largest = {id_ for id_, _ in totals[: self.question.top]}
        return tuple(row for row in rows if row.ids[place] in largest or self.is_unowned(row))

    def is_unowned(self, row: Row) -> bool:
        """Whether a row is of what nobody owns, where that was asked: such are never left out."""
        return any(
            id_ == UNOWNED_ROW and grouping in OWNED for id_, grouping in zip(row.ids, self.question.by, strict=True)
        )

    @property
    def rest(self) -> tuple[Row, ...]:
        """The rows that were not asked for."""
        shown = {row.ids for row in self.top_rows}
        return tuple(row for row in self.rows if row.ids not in shown)

    @property
    def estimated(self) -> bool:
        """Whether any amount is not from the bill."""
        return bool(self.estimated_days)

    @property
    def known_days(self) -> tuple[date, ...]:
        """The days of both periods that were fetched."""
        return (*self.daily, *self.previous_daily)

    @property
    def total_estimated(self) -> bool:
        """Whether the period's own total is not all from the bill."""
        return not self.daily.keys().isdisjoint(self.estimated_days)

    @property
    def previous_estimated(self) -> bool:
        """Whether that of the period before is not."""
        return not self.previous_daily.keys().isdisjoint(self.estimated_days)

    @property
    def comparable(self) -> bool:
        """Whether both sides are known for as long as each other."""
        unknown = self.missing_days or self.previous_missing_days
        return not unknown and self.question.period.alike and (self.up_to is not None or not self.partial_days)


def find_report(  # noqa: PLR0913 -- a fact each
    question: Question,
    *,
    current: Mapping[Words, NanoUsd],
    previous: Mapping[Words, NanoUsd],
    daily: Mapping[date, NanoUsd],
    fetched: Mapping[date, FetchedDay],
    names: Names,
    unpriced: Sequence[Unpriced],
    data_as_of: datetime | None,
    up_to: datetime | None = None,
) -> Report:
    """The answer to `question`.

    Args:
        question: What was asked.
        current: Spend of the period by the values of what was asked for: workspace id, model, ISO day, key, in the
            order asked. Grouped by day, week or month alone it is not looked at.
        previous: The same of the period before.
        daily: Spend by day over both periods; a fetched day that is not in it spent nothing.
        fetched: The days known, of both periods at least.
        names: What ids are called.
        unpriced: Usage of the period no price is known for.
        data_as_of: When the newest of it was fetched.
        up_to: Up to when a day under way is known, if `previous` and `daily` are of its counterpart up to that time.
    """
    now, before = question.period.current, question.period.previous
    known, known_before = known_days(now, daily, fetched), known_days(before, daily, fetched)
    if question.by == (question.time,):
        current, previous = by_time(question, now, known), by_time(question, before, known_before)
    report = Report(
        question=question,
        total=sum(current.values()) if known else None,
        previous_total=sum(previous.values()) if known_before else None,
        rows=(),
        daily=known,
        previous_daily=known_before,
        estimated_days=tuple(day for day in (*known, *known_before) if not fetched[day].is_billed),
        unpriced=tuple(unpriced),
        data_as_of=data_as_of,
        missing_days=missing_days(now, fetched),
        previous_missing_days=missing_days(before, fetched),
        partial_days=partial_days(known, fetched),
        unsettled_days=tuple(day for day in known if fetched[day].is_over and not fetched[day].is_settled),
        up_to=up_to,
    )
    current, previous = row_ids(current, question.by), row_ids(previous, question.by)
    if question.time:
        return replace(report, rows=rows_by_time(report, current, previous, names=names))
    rows = find_rows(
        current if known else None,
        previous if known_before else None,
        by=question.by,
        names=names,
        comparable=report.comparable,
    )
    return replace(report, rows=rows)


def without_counterpart(report: Report, left_out: Mapping[Words, NanoUsd], *, named: Iterable[str]) -> Report:
    """The same, where dollars of the period have none beside them, by the values of what was asked for."""
    amounts = row_ids(left_out, report.question.by)
    return replace(
        report,
        rows=tuple(row.without_counterpart(amounts[row.ids]) if row.ids in amounts else row for row in report.rows),
        uncompared=sum(left_out.values()),
        not_compared=tuple(sorted({*named})),
    )


def known_days(interval: Interval, daily: Mapping[date, NanoUsd], fetched: Container[date]) -> dict[date, NanoUsd]:
    """Spend of the days that were fetched, true zeros included."""
    return {day: daily.get(day, 0) for day in interval.days() if day in fetched}


def by_time(question: Question, interval: Interval, daily: Mapping[date, NanoUsd]) -> dict[Words, NanoUsd]:
    """Known days as what rows are about: days, weeks or months."""
    return {
        (name,): sum(daily.get(day, 0) for day in days.days()) for name, days in question.stretches(interval).items()
    }


def find_rows(
    current: Mapping[Words, NanoUsd] | None,
    previous: Mapping[Words, NanoUsd] | None,
    *,
    by: Sequence[Grouping],
    names: Names,
    comparable: bool,
) -> tuple[Row, ...]:
    """A row for whatever spent on either side, by row ids, largest first; None for a side of which no day is known."""
    now, before = current or {}, previous or {}
    labels, key = labelled(by, names), key_known(by, names)
    rows = (
        Row(
            ids=ids,
            labels=labels(ids),
            spend=None if current is None else now.get(ids, 0),
            previous=None if previous is None else before.get(ids, 0),
            comparable=comparable,
            key=key(ids),
        )
        for ids in now.keys() | before.keys()
    )
    return tuple(sorted((row for row in rows if row.spend or row.previous), key=largest_first))


class KnownKeys(dict[str, KnownKey]):
    """What is known of keys, by row id."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def __missing__(self, key_id: str) -> KnownKey:
        listed = self.names.api_keys.get(key_id)
        status = listed.status or None if listed else None
        known = self[key_id] = KnownKey(status=status, first_seen=self.names.first_days.get(key_id))
        return known


def key_known(by: Sequence[Grouping], names: Names) -> Callable[[Words], KnownKey | None]:
    """What is known of a row's key; None where no keys were asked for."""
    if "key" not in by:
        return lambda _ids: None
    place, known = by.index("key"), KnownKeys(names)
    return lambda ids: known[ids[place]]


def totals_of(rows: Iterable[Row], place: int) -> dict[str, NanoUsd]:
    """What rows that share an id at `place` spent together."""
    totals: defaultdict[str, NanoUsd] = defaultdict(int)
    for row in rows:
        totals[row.ids[place]] += row.spend or 0
    return dict(totals)


def largest_first(row: Row) -> tuple[NanoUsd, NanoUsd, Words]:
    """A sort key that leaves no two rows of a report equal."""
    return -(row.spend or 0), -(row.previous or 0), row.ids


# --- By day, week or month: each beside the one at the same place in the period before ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A day, week or month of the period, and `before`, the one at the same place in the period before, by name.

    `label` says how much of it is known where that is not all; it is `comparable` if both are known whole, and are of
    one length or all there is of such a one.
    """

    name: str
    label: str
    known: bool
    before: str | None
    known_before: bool
    comparable: bool


def rows_by_time(
    report: Report, current: Mapping[Words, NanoUsd], previous: Mapping[Words, NanoUsd], *, names: Names
) -> tuple[Row, ...]:
    """Each day, week or month of the period beside the one at its place before, alone or with what spent in it.

    Alone all are there, also those in which nothing was spent. What came before without a counterpart is in no row.
    """
    by = report.question.by
    place = [grouping == report.question.time for grouping in by].index(True)
    beside = find_beside(report)
    earlier = moved(previous, place, {each.before: each.name for each in beside.values() if each.before is not None})
    called = labelled(by, replace(names, stretches={each.name: each.label for each in beside.values()}))
    key = key_known(by, names)
    rows = [
        Row(
            ids=ids,
            labels=called(ids),
            spend=current.get(ids, 0) if beside[ids[place]].known else None,
            previous=earlier.get(ids, 0) if beside[ids[place]].known_before else None,
            comparable=beside[ids[place]].comparable,
            key=key(ids),
        )
        for ids in ([(name,) for name in beside] if len(by) == 1 else current.keys() | earlier.keys())
    ]
    return tuple(rows) if len(by) == 1 else in_order_of_time(rows, place)


def find_beside(report: Report) -> dict[str, Beside]:
    """The days, weeks or months of a period, by name, each with its counterpart."""
    question, period = report.question, report.question.period
    stretches, before = question.stretches(period.current), question.stretches(period.previous)
    pairs = zip_longest(stretches.items(), list(before.items())[: len(stretches)], fillvalue=(None, NO_DAYS))
    return {name: beside(report, name, days, *counterpart) for (name, days), counterpart in pairs if name is not None}


def beside(report: Report, name: str, days: Interval, before: str | None, days_before: Interval) -> Beside:
    """What is known of a stretch of days and of its counterpart."""
    whole, whole_before = report.question.length_of(days), report.question.length_of(days_before)
    over = sum(day in report.daily and day not in report.partial_days for day in days.days())
    known_before = sum(day in report.previous_daily for day in days_before.days())
    all_known = (over == len(days) or report.up_to is not None) and known_before == len(days_before) > 0
    alike = len(days) == len(days_before) or (len(days) == whole and len(days_before) == whole_before)
    return Beside(
        name=name,
        label=name if whole in {over, 1} else f"{name} ({over}/{whole} days)",
        known=any(day in report.daily for day in days.days()),
        before=before,
        known_before=known_before > 0,
        comparable=all_known and alike,
    )


def moved(spend: Mapping[Words, NanoUsd], place: int, names: Mapping[str, str]) -> dict[Words, NanoUsd]:
    """Spend with what is at `place` called otherwise; what is called nothing is left out."""
    return {
        (*ids[:place], names[ids[place]], *ids[place + 1 :]): amount
        for ids, amount in spend.items()
        if ids[place] in names
    }


def in_order_of_time(rows: Iterable[Row], place: int) -> tuple[Row, ...]:
    """Rows of times and something else: by time with the largest of each first, or the times of the largest first."""
    spent = [row for row in rows if row.spend or row.previous]
    if place == 0:
        return tuple(sorted(spent, key=lambda row: (row.ids[0], largest_first(row))))
    totals = totals_of(spent, 0)
    return tuple(sorted(spent, key=lambda row: (-totals[row.ids[0]], row.ids)))
