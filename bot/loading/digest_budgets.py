"""Budgets that a digest tells of: those about nothing else than it is, as they stand, or as they ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.budget import most_urgent_first, told_with
from bot.analysis.lens import NOTHING
from bot.loading.budgets import ids_called, load_budgets, owners_meant
from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from bot.analysis.budget import Budget, BudgetNow
    from bot.analysis.budget import Scope as OfBudget
    from bot.analysis.ownership import Ownership
    from bot.loading.scope import Scope
    from bot.snapshots.store import Store

DAY = timedelta(days=1)


def load_budgets_told(
    store: Store,
    budgets: Iterable[Budget],
    ownership: Ownership,
    interval: Interval,
    *,
    scope: Scope | None,
    today: date,
) -> list[BudgetNow]:
    """The budgets of whoever tells of some days of a scope, the most urgent first; all of them where there is none."""
    stores = list(store.each())
    lately = Interval(interval.since, max(today + DAY, interval.until))
    own = [each for each in budgets if scope is None or is_within(each.scope, scope, stores, ownership, lately)]
    looked_at = [told for each in own if (told := told_with(each, interval, today=today)) is not None]
    return most_urgent_first(load_budgets(store, looked_at, ownership=ownership))


def is_within(
    budget: OfBudget, scope: Scope, stores: Sequence[Store], ownership: Ownership, interval: Interval
) -> bool:
    """Whether all that a budget is about is in a scope, by its teams, its workspaces or its keys."""
    by_owner = bool(budget.owned) and owned_by(budget, ownership) <= scope.teams
    return by_owner or any(
        pattern is not None and all_called(what, pattern, scope, stores, interval)
        for what, pattern in (("workspace", budget.workspace), ("key", budget.key))
    )


def owned_by(budget: OfBudget, ownership: Ownership) -> frozenset[str]:
    """The teams that have something of what a budget is about; the team itself, whatever it has."""
    if budget.team is not None:
        return ownership.words("team", budget.team) or frozenset({budget.team})
    is_meant = owners_meant(ownership, budget)
    owners = frozenset(rule.team for rule in ownership.rules if is_meant(ownership.owner(rule)))
    return owners or frozenset({str(budget)})


def all_called(what: str, pattern: str, scope: Scope, stores: Sequence[Store], interval: Interval) -> bool:
    """Whether something is called so, and all of it is in a scope."""
    found = [(store, ids) for store in stores if (ids := ids_called(store, what, pattern, interval))]
    return bool(found) and all(has_whole(scope, store, what, ids) for store, ids in found)


def has_whole(scope: Scope, store: Store, what: str, ids: Iterable[str]) -> bool:
    """Whether a scope has all of some workspaces or keys."""
    lens = scope.lenses.get(store.session.organization_id, NOTHING)
    whole = frozenset[str]().union(*(cut.workspace.words for cut in lens.cuts if cut == type(cut)(cut.workspace)))
    if what == "workspace":
        return whole.issuperset(ids)
    keys = store.names.load_names().api_keys
    return all(id_ in keys and lens.has(workspace=keys[id_].workspace_id, key=id_) for id_ in ids)
