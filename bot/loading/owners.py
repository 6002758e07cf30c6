"""Dollars by owner: what each key spent, given to whoever it belonged to on the day."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from operator import add, itemgetter
from typing import TYPE_CHECKING

from bot.analysis.coverage import runs
from bot.analysis.groupings import GROUPS, OWNED
from bot.analysis.lens import ANY
from bot.analysis.ownership import History, Ownership, joined, read_teams, shared_out
from bot.loading.keys import spend_by_key
from bot.snapshots.keys import KEPT
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from bot.analysis.groupings import Grouping, Words
    from bot.analysis.lens import Choice
    from bot.analysis.ownership import Owner, Team, Thing
    from bot.analysis.ownership.owners import Hands
    from bot.model import Dimension, Interval, Names, NanoUsd
    from bot.snapshots.keys import KeyDimension
    from bot.snapshots.store import Store

MOVED = ("workspace", "day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose what is, and what of it is asked about.

    `as_of` is the day whose owners have had it all along; None for those of each day. `teams` are those whose dollars
    count, beside what the books that are looked at have left out already.
    """

    ownership: Ownership = field(default_factory=Ownership)
    as_of: date | None = None
    teams: Choice = ANY
    history: History | None = field(default=None, compare=False, repr=False)

    def on(self, interval: Interval, names: Names) -> Whose:
        """The same, found out once for some days."""
        return replace(self, history=History(self.ownership, names, interval, as_of=self.as_of))

    def is_needed(self, by: Sequence[Grouping]) -> bool:
        """Whether dollars by some groupings depend on it."""
        return self.teams != ANY or not set(OWNED).isdisjoint(by)


def load_ownership(store: Store, configured: Sequence[Team]) -> Ownership:
    """Who owns what: the configuration, with what was imported and said. Raises `WrongRules`."""
    return joined(configured, store.teams.load_sheet(), store.teams.load_claims())


def teams_in_sight(store: Store, ownership: Ownership) -> list[str]:
    """The teams that may be named: of whoever does not see everything, those that ever owned anything in their sight.

    Those above them count as well.
    """
    if not store.hides_names:
        return list(ownership.by_name)
    organizations = [*store.organizations(), *store.retired_organizations()]
    own = {team for part in parts_of(store, organizations) for team in owners_of_all(part.store, ownership)}
    seen = {above for team in own for above in ownership.with_parents(team)}
    return [team for team in ownership.by_name if team in seen]


def owners_of_all(store: Store, ownership: Ownership) -> set[str]:
    """The teams that ever owned anything that one organisation's lines are of."""
    days = store.ledger.load_freshness().days
    if days is None:
        return set()
    history = History(ownership, store.names.load_names(), days)
    return {part.owner.team for thing in store.load_things() for part in history.ever(thing)}


def load_channels(store: Store) -> frozenset[str]:
    """The channels of the teams that were imported."""
    sheet = store.teams.load_sheet()
    teams = () if sheet is None else read_teams(sheet.text, name=sheet.name)
    return frozenset(team.channel for team in teams if team.channel)


def spend_owned(store: Store, interval: Interval, whose: Whose, *, by: Sequence[Grouping]) -> dict[Words, NanoUsd]:
    """Dollars by the values of some groupings, by what ownership says among them."""
    history = whose.history or History(whose.ownership, store.names.load_names(), interval, as_of=whose.as_of)
    within: list[KeyDimension] = [GROUPS[grouping].dimension or "key" for grouping in by if grouping not in OWNED]
    totals: defaultdict[Words, NanoUsd] = defaultdict(int)
    for (owner, words), amount in owned_spend(store, interval, history, within=within).items():
        if whose.teams.has(owner.team):
            rest = iter(words)
            totals[tuple([owner.word(grouping) if grouping in OWNED else next(rest) for grouping in by])] += amount
    return dict(totals)


def spend_by_owner(
    store: Store,
    interval: Interval,
    ownership: Ownership,
    *,
    within: Sequence[KeyDimension] = (),
    as_of: date | None = None,
) -> dict[tuple[Owner, Words], NanoUsd]:
    """Dollars by owner and the dimensions of `within`; they add up to the bill, to the nano-dollar.

    Whose something is, is what it was on each day; with `as_of` what it is on that day, all the time. What is shared,
    or changes hands, is shared out by day, model and key, so that an owner has the same however it is told apart.
    """
    history = History(ownership, store.names.load_names(), interval, as_of=as_of)
    return owned_spend(store, interval, history, within=within)


def owned_spend(
    store: Store, interval: Interval, history: History, *, within: Sequence[KeyDimension]
) -> dict[tuple[Owner, Words], NanoUsd]:
    """The same, of days of a history."""
    if "day" in within and {"day", *KEPT}.issuperset(billed(within)) and not store.keys.days_left(interval):
        return owned_by_day(store, interval, history, within=within)
    dimensions: list[Dimension] = ["workspace", *(each for each in billed(within) if each != "workspace")]
    in_order = picked(within, dimensions)
    totals: defaultdict[tuple[Owner, Words], NanoUsd] = defaultdict(int)
    moving: set[Thing] = set()
    shared: set[Thing] = set()
    for words, amount in spend_by_key(store, interval, within=dimensions).items():
        thing = words[0], words[-1]
        owner = history.wholly[thing]
        if owner is not None:
            totals[owner, in_order(words)] += amount
        elif history.hands(thing).is_shared:
            shared.add(thing)
        elif (parts := history.of(thing, interval)) is not None:
            totals[parts[0].owner, in_order(words)] += amount
        else:
            moving.add(thing)
    for find, things in ((moved_spend, moving), (shared_spend, shared)):
        for about, amount in find(store, interval, history, things, within=within) if things else ():
            totals[about] += amount
    return dict(totals)


def owned_by_day(
    store: Store, interval: Interval, history: History, *, within: Sequence[KeyDimension]
) -> dict[tuple[Owner, Words], NanoUsd]:
    """The same by days among others: what each owner has is added up over all days at once, not a key's day by day."""
    kept: list[Dimension] = ["workspace", *(each for each in billed(within) if each not in MOVED)]
    in_order, place = picked([each for each in within if each != "day"], kept), list(within).index("day")
    totals: defaultdict[tuple[Owner, Words], NanoUsd] = defaultdict(int)
    shared: set[Thing] = set()
    for days, columns in store.keys.load_columns(interval, kept):
        sums: dict[tuple[Owner, Words], Sequence[NanoUsd]] = {}
        for words, amounts in columns:
            thing = words[0], words[-1]
            if history.hands(thing).is_shared:
                shared.add(thing)
                continue
            for owner, own in in_turn(history, thing, days, amounts):
                about = owner, in_order(words)
                sums[about] = list(map(add, sums[about], own)) if about in sums else own
        for (owner, words), own in sums.items():
            for day, amount in zip(days, own, strict=True):
                if amount:
                    totals[owner, (*words[:place], day.isoformat(), *words[place:])] += amount
    for about, amount in shared_spend(store, interval, history, shared, within=within) if shared else ():
        totals[about] += amount
    return dict(totals)


def in_turn(
    history: History, thing: Thing, days: Sequence[date], amounts: Sequence[NanoUsd]
) -> Iterator[tuple[Owner, Sequence[NanoUsd]]]:
    """A thing's days as each owner has them, with nothing on those on which it is another's."""
    owner = history.wholly[thing]
    if owner is not None:
        yield owner, amounts
        return
    for one, first, after in turns(history.hands(thing), days):
        yield one, [*[0] * first, *amounts[first:after], *[0] * (len(days) - after)]


def moved_spend(
    store: Store, interval: Interval, history: History, things: Collection[Thing], *, within: Sequence[KeyDimension]
) -> Iterator[tuple[tuple[Owner, Words], NanoUsd]]:
    """The same of things that change hands, by their days."""
    kept: list[Dimension] = ["workspace", *(each for each in billed(within) if each != "workspace")]
    if not set(KEPT).issuperset(kept):
        yield from moved_by_day(store, interval, history, things, within=within)
        return
    in_order = picked(within, kept)
    for days, columns in store.keys.load_columns(interval, kept, keys={key_id for _, key_id in things}):
        for words, amounts in columns:
            thing = words[0], words[-1]
            if thing in things:
                for owner, amount in in_hands(history.hands(thing), days, amounts):
                    yield (owner, in_order(words)), amount
    for left in runs(store.keys.days_left(interval)):
        yield from moved_by_day(store, left, history, things, within=within)


def in_hands(hands: Hands, days: Sequence[date], amounts: Sequence[NanoUsd]) -> Iterator[tuple[Owner, NanoUsd]]:
    """What each owner has of a thing's days, one owner after the other."""
    return ((owner, sum(amounts[first:after])) for owner, first, after in turns(hands, days))


def turns(hands: Hands, days: Sequence[date]) -> Iterator[tuple[Owner, int, int]]:
    """Who has a thing from which of some days on, and up to which, by their places."""
    since = [0, *(bisect_left(days, day) for day in hands.days[1:]), len(days)]
    for parts, (first, after) in zip(hands.parts, pairwise(since), strict=True):
        if first < after:
            yield parts[0].owner, first, after


def moved_by_day(
    store: Store, interval: Interval, history: History, things: Collection[Thing], *, within: Sequence[KeyDimension]
) -> Iterator[tuple[tuple[Owner, Words], NanoUsd]]:
    """The same by days, or by what is not kept of each day."""
    dimensions: list[Dimension] = ["workspace", "day", *(each for each in billed(within) if each not in MOVED)]
    in_order = picked(within, dimensions)
    spend = spend_by_key(store, interval, within=dimensions, keys={key_id for _, key_id in things})
    days = {day.isoformat(): day for day in interval.days()}
    for words, amount in spend.items():
        thing = words[0], words[-1]
        if thing in things:
            yield (history.on(thing, days[words[1]])[0].owner, in_order(words)), amount


def shared_spend(
    store: Store, interval: Interval, history: History, things: Collection[Thing], *, within: Sequence[KeyDimension]
) -> Iterator[tuple[tuple[Owner, Words], NanoUsd]]:
    """The same of things that are ever shared, shared out by days and models."""
    cell: list[Dimension] = ["workspace", "day", "model"]
    dimensions = [*cell, *(each for each in billed(within) if each not in cell)]
    in_order = picked(within, dimensions)
    cells: defaultdict[Words, list[tuple[Words, NanoUsd]]] = defaultdict(list)
    spend = spend_by_key(store, interval, within=dimensions, keys={key_id for _, key_id in things})
    for words, amount in sorted(spend.items()):
        if (words[0], words[-1]) in things:
            cells[*words[: len(cell)], words[-1]].append((in_order(words), amount))
    for (workspace_id, day, _, key_id), told in cells.items():
        parts = history.on((workspace_id, key_id), date.fromisoformat(day))
        for (words, _), amounts in zip(told, shared_out((amount for _, amount in told), parts), strict=True):
            for part, own in zip(parts, amounts, strict=True):
                yield (part.owner, words), own


def billed(within: Sequence[KeyDimension]) -> list[Dimension]:
    """Those of some dimensions that the bill has."""
    return [each for each in within if each != "key"]


def picked(within: Sequence[KeyDimension], dimensions: Sequence[Dimension]) -> Callable[[Words], Words]:
    """Takes out of words by dimensions and key those of `within`, in its order."""
    places = [len(dimensions) if each == "key" else dimensions.index(each) for each in within]
    if len(places) > 1:
        return itemgetter(*places)
    return (lambda words: (words[places[0]],)) if places else (lambda _: ())
