"""Metrics, loaded from the snapshots: a light look each time, sums only when what they are of has changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.analysis.coverage import missing_days, newest_judgeable_day
from bot.analysis.groupings import GROUPS, NO_MODEL_ROW
from bot.analysis.metrics import (
    THE_OTHERS,
    Gap,
    Metrics,
    OrganizationMetrics,
    Window,
    days_looked_at,
    find_spent,
    last_complete_day,
    windows_of,
)
from bot.analysis.units import find_report, last_week
from bot.loading.budgets import load_budgets
from bot.loading.keys import spend_by_key
from bot.loading.owners import load_ownership, spend_by_owner
from bot.loading.reconcile import load_reconciliation, week_up_to
from bot.loading.units import NO_UNITS
from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from bot.analysis.budget import Budget
    from bot.analysis.metrics import Thing
    from bot.analysis.ownership import Ownership, Team
    from bot.analysis.prices import PriceTable
    from bot.analysis.units import UnitReport
    from bot.loading.units import Units
    from bot.model import Names, NanoUsd, Raise
    from bot.snapshots.store import Store
    from bot.snapshots.units import Reading

UNOWNED = "Unowned"


@dataclass(frozen=True, slots=True)
class State:
    """What the sums depend on: while it stays, so do they."""

    today: date
    fetched_at: tuple[datetime | None, ...]
    ownership: Ownership
    raises: tuple[Raise, ...]
    readings: tuple[tuple[str, Reading], ...]


@dataclass(kw_only=True)
class MetricsLoader:
    """Loads metrics. `things` are what spend is told by; `known` is what was loaded last, and of which state."""

    budgets: Sequence[Budget]
    teams: Sequence[Team]
    prices: Callable[[], PriceTable]
    things: Sequence[Thing]
    units: Units = NO_UNITS
    known: tuple[State, Metrics] | None = field(default=None)

    def load(self, store: Store, *, today: date) -> Metrics:
        """What there is to tell, all of one moment. Raises `WrongRules` where nobody can say whose something is."""
        with store.reading():
            stores = store.each() if store.organizations() else []
            state = state_of(store, stores, self.teams, today=today)
            if self.known is None or self.known[0] != state:
                self.known = state, self.load_sums(store, stores, state)
            metrics = self.known[1]
            alerts = count_open(store, stores)
        return replace(
            metrics,
            organizations=[
                replace(each, alerts=count) for each, count in zip(metrics.organizations, alerts, strict=True)
            ],
        )

    def load_sums(self, store: Store, stores: Sequence[Store], state: State) -> Metrics:
        """All but what a click changes."""
        called = names_of(stores)
        return Metrics(
            organizations=[self.load_organization(own, name, state) for own, name in zip(stores, called, strict=True)],
            budgets=load_budgets(
                store,
                [(budget, state.today) for budget in self.budgets],
                ownership=state.ownership,
                raises=state.raises,
            ),
            units=self.load_units(store, last_week(state.today), state.ownership),
        )

    def load_units(self, store: Store, week: Interval, ownership: Ownership) -> list[UnitReport]:
        """What one of many cost in a week, beside the week before."""
        before = week.shifted(-len(week))
        loaded = self.units.load(store, Interval(before.since, week.until), ownership)
        return [find_report(each, week, before) for each in loaded]

    def load_organization(self, store: Store, called: str, state: State) -> OrganizationMetrics:
        """One organisation's."""
        today, interval = state.today, days_looked_at(state.today)
        fetched = store.ledger.load_fetched_days(interval)
        names = store.names.load_names()
        spent = {
            thing: find_spent(load_by[thing](store, interval, state.ownership), fetched, today=today)
            for thing in self.things
            if thing != "team" or state.ownership.teams
        }
        month = windows_of(fetched, today)[Window.MONTH_TO_DATE]
        return OrganizationMetrics(
            called=called,
            spent=spent,
            names={
                thing: {part.id: name_of(thing, part.id, names) for part in parts} for thing, parts in spent.items()
            },
            last_sync=store.ledger.load_freshness().data_as_of,
            last_day=last_complete_day(fetched, today),
            missing=len(missing_days(Interval(month.since, today), fetched)),
            unpriced=store.ledger.load_unpriced(month),
            gap=load_gap(store, self.prices, newest_judgeable_day(fetched, today)),
        )


def count_open(store: Store, stores: Sequence[Store]) -> list[int]:
    """Open alerts of each organisation; rises per unit, which are of all together, count with the first."""
    counts = [len(own.alerts.load_open_alerts()) for own in stores]
    return [count + (0 if place else len(store.units.load_rises())) for place, count in enumerate(counts)]


def state_of(store: Store, stores: Sequence[Store], teams: Sequence[Team], *, today: date) -> State:
    """A light look."""
    return State(
        today=today,
        fetched_at=tuple(own.ledger.load_freshness().data_as_of for own in stores),
        ownership=load_ownership(store, teams),
        raises=tuple(store.budgets.load_raises()),
        readings=tuple(store.units.load_readings().items()),
    )


def names_of(stores: Sequence[Store]) -> list[str]:
    """What organisations are called, with their ids where two are called alike."""
    organizations = [own.organization for own in stores]
    known = [(each.id, own.called or each.name) for own, each in zip(stores, organizations, strict=True) if each]
    times = Counter(name for _, name in known)
    return [name if times[name] == 1 else f"{name} ({id_})" for id_, name in known]


def load_gap(store: Store, prices: Callable[[], PriceTable], day: date | None) -> Gap | None:
    """What of the week before the judged day nothing explains, as in the notice of it; None where nothing is billed."""
    if day is None:
        return None
    found = load_reconciliation(store, week_up_to(day), prices()).before(day)
    explained = found.explained_percent
    return None if explained is None else Gap(found.unexplained, 100 - explained)


# --- Dollars by thing and ISO day ---


def by_workspace(store: Store, interval: Interval, _ownership: Ownership) -> dict[tuple[str, str], NanoUsd]:
    """By workspace id."""
    return {
        (words[0], words[1]): amount
        for words, amount in store.ledger.load_spend(interval, ["workspace", "day"]).items()
    }


def by_model(store: Store, interval: Interval, _ownership: Ownership) -> dict[tuple[str, str], NanoUsd]:
    """By model; what has none together."""
    spend = store.ledger.load_spend(interval, ["model", "day"])
    return {(model or NO_MODEL_ROW, day): amount for (model, day), amount in spend.items()}


def by_team(store: Store, interval: Interval, ownership: Ownership) -> dict[tuple[str, str], NanoUsd]:
    """By team, what is nobody's included."""
    totals: defaultdict[tuple[str, str], NanoUsd] = defaultdict(int)
    for (owner, (day,)), amount in spend_by_owner(store, interval, ownership, within=["day"]).items():
        totals[owner.team or UNOWNED, day] += amount
    return dict(totals)


def by_key(store: Store, interval: Interval, _ownership: Ownership) -> dict[tuple[str, str], NanoUsd]:
    """By key."""
    return {(key, day): amount for (day, key), amount in spend_by_key(store, interval, within=["day"]).items()}


load_by: Mapping[Thing, Callable[[Store, Interval, Ownership], dict[tuple[str, str], NanoUsd]]] = {
    "workspace": by_workspace,
    "model": by_model,
    "team": by_team,
    "key": by_key,
}


def name_of(thing: Thing, id_: str, names: Names) -> str:
    """What people call something; models and teams are called what they are known by."""
    if id_ == THE_OTHERS:
        return "other"
    if thing == "workspace":
        return GROUPS["workspace"].label(id_, names)
    return GROUPS["key"].label(id_, names) if thing == "key" else id_
