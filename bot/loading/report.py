"""A report: load what a question asks for from the snapshots, and analyse it."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bot.analysis.cache import add_up_use, find_cache_use
from bot.analysis.calendar import stretches
from bot.analysis.groupings import GROUPS, NO_TYPE, time_in
from bot.analysis.hours import find_reached, find_under_way
from bot.analysis.lens import ANY
from bot.analysis.organizations import (
    OrganizationPart,
    add_up,
    all_names,
    freshness_of_all,
    known_by_all,
    lacking_days,
    own_id,
    places_of_ids,
    unpriced_of_all,
)
from bot.analysis.people import by_person, claude_code_workspaces
from bot.analysis.report import find_report, without_counterpart
from bot.analysis.summed import METERED, Summed, explain_sums
from bot.analysis.uncovered import is_estimated
from bot.loading.asking import asking
from bot.loading.keys import spend_by_key
from bot.loading.owners import spend_owned
from bot.model import Interval, Names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import date, datetime

    from bot.analysis.cache import CacheUse
    from bot.analysis.groupings import Grouping
    from bot.analysis.ownership import Team
    from bot.analysis.question import Period, Question
    from bot.analysis.report import Report
    from bot.analysis.why import Why
    from bot.loading.asking import Asking
    from bot.loading.owners import Whose
    from bot.model import Dimension, FetchedDay, Freshness, NanoUsd, Organization, Unpriced
    from bot.snapshots.ledger import Ledger
    from bot.snapshots.part_of_day import Counts
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

    class SpendShared(Protocol):
        """Dollars by dimensions, in their order, then by what lines are shared among."""

        def __call__(
            self, store: Store, interval: Interval, *, within: Sequence[Dimension]
        ) -> dict[tuple[str, ...], NanoUsd]: ...


WORTH_A_REASON = 3
"""Percent by which the whole has to change before it is asked why."""

MOST_LINES_EXPLAINED = 40_000
"""Lines of the bill that are read to say why: two weeks of the largest organisation, a tenth of a second."""


def load_answer(store: Store, question: Question, teams: Sequence[Team] = ()) -> Report:
    """The answer to a question with what drove the change, where that can be found while somebody waits."""
    with asking(store, question, teams) as asked:
        report = load_asked(asked)
        return replace(report, why=load_reason(asked)) if changed_enough(report) else report


def changed_enough(report: Report) -> bool:
    """Whether there is a change to give a reason for, between sides that are alike."""
    change = report.change_percent if report.up_to is None else None
    return change is not None and abs(change) >= WORTH_A_REASON


def load_reason(asked: Asking, *, most_lines: int = MOST_LINES_EXPLAINED) -> Why | None:
    """What drove the change of the whole; None where too much would have to be read."""
    current, previous = asked.question.period.current, asked.question.period.previous
    books = [part.store.ledger for part in asked.parts]
    if (
        asked.shares_many()
        or sum(book.count_lines(days) for book in books for days in (current, previous)) > most_lines
    ):
        return None
    return explain_sums(
        before=(load_sums(book, previous) for book in books),
        now=(load_sums(book, current) for book in books),
        day=current.since,
    )


def load_sums(book: Ledger, interval: Interval) -> Summed:
    """What drivers are found from."""
    return Summed(book.load_spend(interval, METERED), book.load_tokens_by_meter(interval))


def load_report(
    store: Store, question: Question, *, as_of: datetime | None = None, teams: Sequence[Team] = ()
) -> Report:
    """The answer to a question, from the snapshots alone, and all of one moment: now, or as it was at `as_of`.

    `teams` are those of the configuration. Raises `Ambiguous` and `NotUnderstood` for names that several things have,
    or none, and `WrongRules` for teams that contradict each other.
    """
    with asking(store, question, teams) as asked:
        return load_asked(asked, as_of=as_of)


def load_asked(asked: Asking, *, as_of: datetime | None = None) -> Report:
    """The same, of books that have only what was asked for."""
    question, parts = asked.question, asked.parts
    up_to = [] if as_of is not None else known_up_to(parts, question.period)
    loaded = [
        load_part(part, question, as_of=as_of, until=until, whose=whose)
        for (part, whose), until in zip_longest(zip(parts, asked.whose, strict=True), up_to)
    ]
    report = find_report(
        question,
        current=add_up([(each.beside, each.current) for each in loaded], places=places_of_ids(question.by)),
        previous=add_up([(each.beside, each.previous) for each in loaded], places=places_of_ids(question.by)),
        daily=daily_totals(loaded),
        fetched=known_by_all([each.fetched for each in loaded]),
        names=replace(all_names([(each.beside, each.names) for each in loaded]), organizations=owners(parts)),
        unpriced=unpriced_of_all(each.unpriced for each in loaded),
        data_as_of=freshness_of_all([each.freshness for each in loaded]).data_as_of,
        up_to=min(up_to, default=None),
    )
    if report.up_to is not None:
        left_out = add_up([(each.beside, each.left_out.spend) for each in loaded], places=places_of_ids(question.by))
        report = without_counterpart(report, left_out, named=(name for each in loaded for name in each.left_out.named))
    report = replace(
        report,
        unheard=asked.unheard,
        people_unknown=tuple(sorted({day for each in loaded for day in each.people_unknown})),
    )
    caches = [each.caches for each in loaded if each.caches]
    if not caches:
        return replace(report, organizations=organizations_in(loaded, question))
    cache, previous_cache = (add_up_use(uses) for uses in zip(*caches, strict=True))
    return replace(report, organizations=organizations_in(loaded, question), cache=cache, previous_cache=previous_cache)


def owners(parts: Sequence[Part]) -> dict[str, str]:
    """The names of the organisations that are asked about, by id."""
    each = [part.store.organization for part in parts]
    return {one.id: one.name for one in each if one is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one organisation has to say to a question; `caches` are those of the period and of the one before.

    `people_unknown` are the days asked about, if people were, of which it is not known who spent.
    """

    beside: Organization | None
    current: dict[tuple[str, ...], NanoUsd]
    previous: dict[tuple[str, ...], NanoUsd]
    fetched: dict[date, FetchedDay]
    names: Names
    unpriced: list[Unpriced]
    freshness: Freshness
    caches: tuple[CacheUse, CacheUse] | None
    people_unknown: tuple[date, ...]
    left_out: LeftOut


class LeftOut(NamedTuple):
    """What an estimate cannot know of a day under way: the bill's dollars for it so far, and its names in words."""

    spend: dict[tuple[str, ...], NanoUsd]
    named: frozenset[str]


NOTHING_LEFT_OUT = LeftOut({}, frozenset())
TOKENS = "tokens"


def load_part(
    part: Part, question: Question, *, as_of: datetime | None, until: datetime | None, whose: Whose
) -> Loaded:
    """One organisation's part of an answer; with `until`, the day before is looked at up to the same time only."""
    store = part.store
    current, previous = question.period.current, question.period.previous
    both = Interval(min(previous.since, current.since), max(previous.until, current.until))
    with store.reading() if as_of is None else store.reading_as_of(as_of, both):
        names = store.people.named(store.names.load_names())
        whose = whose.on(both, names) if whose.is_needed(question.by) else whose
        fetched = store.ledger.load_fetched_days(both)
        unpriced = store.ledger.load_unpriced(current)
        counts = partial(is_estimated, unpriced={each.model for each in unpriced})
        left_out = NOTHING_LEFT_OUT if until is None else load_left_out(store, question, counts, whose)
        fetched = owned_days(store, both, fetched, whose)
        with part_of_previous(store, previous, until, counts):
            spent_before = spend_asked(store, whose, previous, question.by)
            if until is not None:
                fetched[previous.since] = in_part(store, fetched[previous.since], whose)
        return Loaded(
            beside=part.beside,
            current=spend_asked(store, whose, current, question.by),
            previous=spent_before,
            fetched=fetched,
            names=names,
            unpriced=unpriced,
            freshness=store.ledger.load_freshness(),
            caches=(cache_use(store, current), cache_use(store, previous)) if tells_caches(question, whose) else None,
            people_unknown=days_of_nobody(store, both) if "person" in question.by else (),
            left_out=left_out,
        )


def tells_caches(question: Question, whose: Whose) -> bool:
    """Whether caching is told of; of keys that a team shares with others nobody knows whose tokens were cached."""
    return "token" in question.by and whose.teams == ANY


def owned_days(
    store: Store, interval: Interval, fetched: dict[date, FetchedDay], whose: Whose
) -> dict[date, FetchedDay]:
    """The fetched days, with what of them is the teams' that are asked about."""
    if whose.teams == ANY:
        return fetched
    spend = spend_owned(store, interval, whose, by=["day"])
    return {day: replace(known, total=spend.get((day.isoformat(),), 0)) for day, known in fetched.items()}


def load_left_out(store: Store, question: Question, counts: Counts, whose: Whose) -> LeftOut:
    """What does not count of the day under way, and of the day before it."""
    current, previous = question.period.current, question.period.previous
    with beside_nothing(store, previous, counts):
        named = kinds_of_cost(store, previous)
    with beside_nothing(store, current, counts):
        return LeftOut(spend_within(store, whose, current, question.by), named | kinds_of_cost(store, current))


def beside_nothing(store: Store, day: Interval, counts: Counts) -> AbstractContextManager[None]:
    """Inside, a day is only what does not count."""
    return store.looking_at_part(day.since, all_of_it, counts=lambda series: not counts(series))


def kinds_of_cost(store: Store, day: Interval) -> frozenset[str]:
    """What a day was billed for, in words."""
    return frozenset(itertools.starmap(what_in_words, store.ledger.load_spend(day, ["cost_type", "model"])))


def what_in_words(cost_type: str, model: str) -> str:
    """What is not known: a kind of cost, or the model of tokens."""
    return model if cost_type == TOKENS else GROUPS["type"].label(cost_type or NO_TYPE, Names()).lower()


def all_of_it(_workspace_id: str, _model: str) -> Fraction:
    """A day that is not looked at in part."""
    return Fraction(1)


def days_of_nobody(store: Store, interval: Interval) -> tuple[date, ...]:
    """The days whose dollars are known, but not who spent them."""
    known = store.people.load_days(interval)
    return tuple(day for day in store.ledger.load_fetched_days(interval) if day not in known)


def daily_totals(loaded: Sequence[Loaded]) -> dict[date, NanoUsd]:
    """What each known day came to."""
    return {day: known.total for day, known in known_by_all([each.fetched for each in loaded]).items()}


def organizations_in(loaded: Sequence[Loaded], question: Question) -> tuple[OrganizationPart, ...]:
    """What to tell of each organisation where there are several."""
    both = (*question.period.current.days(), *question.period.previous.days())
    lacking = lacking_days([each.fetched for each in loaded], both)
    places = places_of_ids(question.by)
    return tuple(
        OrganizationPart(
            name=each.beside.name,
            missing_days=days,
            ids=frozenset(
                own_id(words[place], each.beside) for words in (*each.current, *each.previous) for place in places
            ),
        )
        for each, days in zip(loaded, lacking, strict=True)
        if each.beside is not None
    )


def known_up_to(parts: Sequence[Part], period: Period) -> list[datetime]:
    """Up to when each organisation knows the one day asked about, if it is under way.

    None is told unless each of them does, and has the hours of the day before: whole days are compared otherwise.
    """
    before = period.previous.since
    found = [
        find_under_way(period, part.store.ledger.load_fetched_days(period.current))
        if part.store.hours.has(before)
        else None
        for part in parts
    ]
    known = [up_to for up_to in found if up_to is not None]
    return known if len(known) == len(parts) else []


@contextmanager
def part_of_previous(store: Store, previous: Interval, until: datetime | None, counts: Counts) -> Iterator[None]:
    """Inside, the day that one under way is compared with is only what it had come to by the time of `until`.

    Lines that do not count are not there: today's are not known yet.
    """
    if until is None:
        yield
        return
    hours = store.hours.load(previous.since)
    with store.looking_at_part(previous.since, find_reached(hours, until=until).share, counts=counts):
        yield


def in_part(store: Store, known: FetchedDay, whose: Whose) -> FetchedDay:
    """A day that is looked at in part, with what that part comes to."""
    day = Interval(known.day, known.day + timedelta(days=1))
    return replace(known, total=sum(spend_by_values(store, whose, day, []).values()))


def spend_asked(
    store: Store, whose: Whose, interval: Interval, by: Sequence[Grouping]
) -> dict[tuple[str, ...], NanoUsd]:
    """Dollars by the values of what was asked for.

    Nothing by days, weeks or months alone: the fetched days themselves say what they came to.
    """
    return {} if len(by) == 1 and time_in(by) else spend_within(store, whose, interval, by)


def spend_within(
    store: Store, whose: Whose, interval: Interval, by: Sequence[Grouping]
) -> dict[tuple[str, ...], NanoUsd]:
    """The same, by whatever is asked for: weeks and months one after the other, an organisation is the store's own."""
    for place, grouping in enumerate(by):
        rest = [*by[:place], *by[place + 1 :]]
        if grouping == "org":
            owner = store.organization
            return at_place(place, owner.id if owner else "", spend_within(store, whose, interval, rest))
        unit = GROUPS[grouping].unit
        if unit is not None and unit != "day":
            pieces = stretches(unit, interval)
            each = zip(pieces, spend_of_each(store, whose, list(pieces.values()), rest), strict=True)
            named = [at_place(place, name, spend) for name, spend in each]
            return {words: amount for spend in named for words, amount in spend.items()}
    return spend_by_values(store, whose, interval, by)


def spend_of_each(
    store: Store, whose: Whose, intervals: Sequence[Interval], by: Sequence[Grouping]
) -> list[dict[tuple[str, ...], NanoUsd]]:
    """Dollars of several intervals by the values of what was asked for."""
    own = [dimension for grouping in by if (dimension := GROUPS[grouping].dimension)]
    if len(own) < len(by) or whose.is_needed(by):
        return [spend_within(store, whose, interval, by) for interval in intervals]
    return store.ledger.load_spend_of_each(intervals, own)


def at_place(place: int, word: str, spend: dict[tuple[str, ...], NanoUsd]) -> dict[tuple[str, ...], NanoUsd]:
    """Dollars by one word more."""
    return {(*words[:place], word, *words[place:]): amount for words, amount in spend.items()}


def spend_by_values(
    store: Store, whose: Whose, interval: Interval, by: Sequence[Grouping]
) -> dict[tuple[str, ...], NanoUsd]:
    """Dollars by what lines of the bill tell, are shared among, or whose they are."""
    if whose.is_needed(by):
        return spend_owned(store, interval, whose, by=by)
    dimensions = {grouping: GROUPS[grouping].dimension for grouping in by}
    own = [dimension for dimension in dimensions.values() if dimension is not None]
    if len(own) == len(by):
        return store.ledger.load_spend(interval, own)
    (shared,) = dimensions.keys() & SHARED.keys()
    spend = SHARED[shared](store, interval, within=own)
    place = list(by).index(shared)
    if place == len(own):
        return spend
    return {(*values[:-1][:place], values[-1], *values[:-1][place:]): amount for values, amount in spend.items()}


def spend_by_person(store: Store, interval: Interval, *, within: Sequence[Dimension]) -> dict[tuple[str, ...], NanoUsd]:
    """Dollars by dimensions, then by person: the bill's lines shared among the accounts that used them."""
    return by_person(
        store.ledger.load_cost_lines(interval),
        store.people.load_lines(interval),
        weights=store.people.load_weights(interval),
        claude_code=claude_code_workspaces(store.names.load_names()),
        actors=store.people.load_cost(interval),
        within=within,
    )


SHARED: dict[Grouping, SpendShared] = {"key": spend_by_key, "person": spend_by_person}
"""The groupings that the bill does not know, and how its lines are shared among them."""


def cache_use(store: Store, interval: Interval) -> CacheUse:
    """What caching did in some days."""
    spend = store.ledger.load_spend(interval, ["model", "service_tier", "context_window", "token_type"])
    return find_cache_use(
        {(model, tier, window, kind): amount for (model, tier, window, kind), amount in spend.items()},
        store.ledger.load_tokens_by_meter(interval),
    )
