"""How budgets stand: each one's days, loaded from the snapshots and added up over what it is about."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.budget import BudgetNow, find_standing, in_words
from bot.analysis.forecast import DAYS_BEFORE, DailySpend
from bot.analysis.groupings import CONSOLE, GROUPS, NO_MODEL_ROW
from bot.analysis.lens import Lens
from bot.analysis.month import DAYS_BEHIND, in_days
from bot.analysis.organizations import all_names, freshness_of_all, known_by_all, own_id
from bot.analysis.ownership import History
from bot.analysis.patterns import matches
from bot.loading.owners import spend_by_owner
from bot.model import Dimension, Interval
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from bot.analysis.budget import Budget, Scope
    from bot.analysis.groupings import Words
    from bot.analysis.ownership import Owner, Ownership
    from bot.model import Names, NanoUsd, Raise
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

BEFORE = timedelta(days=DAYS_BEFORE + DAYS_BEHIND)
"""How far back a forecast looks."""


def load_budget(
    store: Store, budget: Budget, *, ownership: Ownership, today: date, raises: Sequence[Raise] | None = None
) -> BudgetNow:
    """How one budget stands, all of one moment."""
    (found,) = load_budgets(store, [(budget, today)], ownership=ownership, raises=raises)
    return found


def load_budgets(
    store: Store,
    looked_at: Iterable[tuple[Budget, date]],
    *,
    ownership: Ownership,
    raises: Sequence[Raise] | None = None,
) -> list[BudgetNow]:
    """How budgets stand, each on a day, all of one moment."""
    with store.reading():
        books = Books(parts_of(store), ownership)
        known = store.budgets.load_raises() if raises is None else raises
        return [find_budget(store, budget, books, today=today, raises=known) for budget, today in looked_at]


def find_budget(store: Store, budget: Budget, books: Books, *, today: date, raises: Sequence[Raise]) -> BudgetNow:
    """How one of many stands."""
    window, parts = budget.window(today), books.parts
    interval = Interval(min(window.since, today - BEFORE), today + timedelta(days=1))
    fetched = known_by_all([part.store.ledger.load_fetched_days(interval) for part in parts])
    found = [book.load(budget.scope) for book in books[interval, window, driver_of(budget.scope)]]
    unknown = unmatched([each.unmatched for each in found])
    spend = DailySpend({}, {}) if unknown else in_days(added(each.days for each in found), fetched)
    names = all_names([(part.beside, part.store.names.load_names()) for part in parts])
    return BudgetNow(
        standing=find_standing(budget, spend, today=today, raises=raises),
        fetched=fetched,
        data_as_of=freshness_of_all([part.store.ledger.load_freshness() for part in parts]).data_as_of,
        unmatched=unknown,
        drivers=by_name(
            added(drivers_of(part, each, window) for part, each in zip(parts, found, strict=True)),
            names,
            budget.scope,
        ),
        unpriced=tuple(sorted(frozenset[str]().union(*(each.unpriced for each in found)))),
        unheard=store.unheard_organizations(),
    )


class Told(NamedTuple):
    """Which levels of a budget's period hold as told, and who (a Slack id) has taken which of them on."""

    levels: tuple[Decimal, ...]
    taken: dict[Decimal, str]


def load_told(store: Store, found: BudgetNow) -> Told:
    """What was told of a budget in its period, and is still so."""
    name, since, reached = found.standing.budget.name, found.standing.window.since, found.standing.reached
    said = store.budgets.load_said(name, since)
    levels = tuple(each.percent for each in said if each.holds and each.percent in reached)
    return Told(
        levels, {percent: each.user for percent, each in store.budgets.load_acknowledgements(name, since).items()}
    )


@dataclass(frozen=True, slots=True)
class ScopeSpend:
    """One organisation's dollars of a scope by words that end in the ISO day; what of it nothing there is called.

    `unpriced` are the models without a price that it used.
    """

    spend: Mapping[Words, NanoUsd]
    unmatched: frozenset[str] = frozenset()
    unpriced: frozenset[str] = frozenset()

    @property
    def days(self) -> dict[str, NanoUsd]:
        """Dollars by ISO day."""
        return added({words[-1]: amount} for words, amount in self.spend.items())


@dataclass(kw_only=True)
class DaysOfScopes:
    """One organisation's dollars by `within`, of one scope after the other; what is told by owner is added up once.

    What has no price is told of the days `counted`.
    """

    part: Part
    ownership: Ownership
    interval: Interval
    counted: Interval
    within: Sequence[Dimension] = ("day",)

    def load(self, scope: Scope) -> ScopeSpend:
        """What a scope cost."""
        store = self.part.store
        asked = (("workspace", scope.workspace), ("key", scope.key), ("model", scope.model))
        chosen = {what: ids_called(store, what, name, self.interval) for what, name in asked if name is not None}
        known = chosen | {what: self.ownership.words(what, name) for what, name in scope.owned}
        missing = frozenset(in_words(what, name) for what, name in scope.named if not known[what])
        if missing:
            return ScopeSpend({}, missing)
        if not chosen:
            return self.load_in_sight(scope)
        with store.looking_at(Lens.only(**chosen)):
            return replace(self).load_in_sight(scope)  # what was added up before is of more than that

    def load_in_sight(self, scope: Scope) -> ScopeSpend:
        """What of the lines that are looked at is a scope's owners'; all of it where it names none."""
        ledger = self.part.store.ledger
        if not scope.owned:
            unpriced = frozenset(each.model for each in ledger.load_unpriced(self.counted))
            return ScopeSpend(ledger.load_spend(self.interval, self.within), unpriced=unpriced)
        is_meant = owners_meant(self.ownership, scope)
        totals: defaultdict[Words, NanoUsd] = defaultdict(int)
        for (owner, words), amount in self.by_owner.items():
            if is_meant(owner):
                totals[words] += amount
        return ScopeSpend(totals, unpriced=frozenset(model for model, owner in self.unpriced if is_meant(owner)))

    @cached_property
    def by_owner(self) -> dict[tuple[Owner, Words], NanoUsd]:
        """Dollars by owner and `within`."""
        return spend_by_owner(self.part.store, self.interval, self.ownership, within=self.within)

    @cached_property
    def unpriced(self) -> frozenset[tuple[str, Owner]]:
        """The models without a price, each with everybody who has a part of what used it: it is theirs too."""
        store = self.part.store
        history = History(self.ownership, store.names.load_names(), self.counted)
        return frozenset(
            (model, part.owner)
            for day, workspace_id, key_id, model in store.ledger.load_unpriced_things(self.counted)
            for part in history.on((workspace_id, key_id or CONSOLE), day)
        )


class Books(dict[tuple[Interval, Interval, Dimension], list[DaysOfScopes]]):
    """Each organisation's dollars of some days by something and by day, made once for all budgets of these days.

    A key has the days, those of the budgets' period, and what the dollars are told by.
    """

    def __init__(self, parts: Sequence[Part], ownership: Ownership) -> None:
        self.parts = parts
        self.ownership = ownership

    def __missing__(self, about: tuple[Interval, Interval, Dimension]) -> list[DaysOfScopes]:
        interval, counted, driver = about
        books = self[about] = [
            DaysOfScopes(
                part=part, ownership=self.ownership, interval=interval, counted=counted, within=(driver, "day")
            )
            for part in self.parts
        ]
        return books


def drivers_of(part: Part, found: ScopeSpend, window: Interval) -> dict[str, NanoUsd]:
    """What a budget's dollars of some days went to, by workspace id or by model."""
    since, until = window.since.isoformat(), window.until.isoformat()
    return added(
        {own_id(id_, part.beside): amount} for (id_, day), amount in found.spend.items() if since <= day < until
    )


def driver_of(scope: Scope) -> Dimension:
    """What a budget's dollars are told by: workspaces, or models where it is about one workspace or key."""
    return "model" if scope.workspace or scope.key else "workspace"


def by_name(spend: Mapping[str, NanoUsd], names: Names, scope: Scope) -> tuple[tuple[str, NanoUsd], ...]:
    """Dollars by what people call it, the largest first."""
    label = GROUPS["model" if driver_of(scope) == "model" else "workspace"].label
    return tuple(
        (label(id_ or NO_MODEL_ROW, names), amount)
        for id_, amount in sorted(spend.items(), key=lambda each: (-each[1], each[0]))
        if amount
    )


def ids_called(store: Store, what: str, pattern: str, interval: Interval) -> frozenset[str]:
    """The ids of workspaces, keys or models that are, or are called, so."""
    names = store.names.load_names()
    if what == "model":
        return frozenset(model for (model,) in store.ledger.load_spend(interval, ["model"]) if matches(pattern, model))
    if what == "key":
        called = {id_: names.api_key(id_) for id_ in names.api_keys}
    else:
        spent = (id_ for (id_,) in store.ledger.load_spend(interval, ["workspace"]))
        called = {id_: names.workspace(id_) for id_ in (*names.workspaces, *spent)}
    return frozenset(id_ for id_, name in called.items() if matches(pattern, id_) or matches(pattern, name))


def owners_meant(ownership: Ownership, scope: Scope) -> Callable[[Owner], bool]:
    """Whether an owner is one that a scope means: in a team or one below it, of a product, and so on; all of these."""
    wanted = {what: ownership.words(what, name) for what, name in scope.owned}
    return lambda owner: all(getattr(owner, what) in words for what, words in wanted.items())


def added(parts: Iterable[Mapping[str, NanoUsd]]) -> dict[str, NanoUsd]:
    """Dollars by the same words, as one."""
    totals: defaultdict[str, NanoUsd] = defaultdict(int)
    for part in parts:
        for day, amount in part.items():
            totals[day] += amount
    return dict(totals)


def unmatched(each: Sequence[frozenset[str]]) -> tuple[str, ...]:
    """What no organisation knows."""
    return tuple(sorted(frozenset.intersection(*each))) if each else ()
