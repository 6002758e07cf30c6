"""Gate: whether spend is under a budget or a limit, for a pipeline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.budget import Budget, Period, in_words
from bot.analysis.gate import LIMIT, Verdict, find_gate
from bot.loading.budgets import load_budget
from bot.loading.owners import load_ownership
from bot.messages.gate import nearby
from bot.model import WrongUsage, usd
from bot.wiring import build_budgets, build_open_store, build_teams

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from decimal import Decimal

    from bot.analysis.budget import BudgetNow, Scope
    from bot.analysis.gate import Gate
    from bot.analysis.ownership import Ownership
    from bot.settings import Settings
    from bot.snapshots.store import Store

WHICH_BUDGET = 'give --budget NAME, or --limit USD with --period; "claudecost gate --help" shows how'


def find_limit(
    budgets: Sequence[Budget], *, name: str | None, limit: Decimal | None, period: str | None, scope: Scope
) -> Budget:
    """The budget that is meant, or a limit as one. Raises `WrongUsage`."""
    if (name is None) is (limit is None):
        raise WrongUsage(WHICH_BUDGET)
    if limit is not None:
        return Budget(name=LIMIT, amount=usd(limit), period=Period(period or "month"), scope=scope)
    found = next((budget for budget in budgets if budget.name.casefold() == str(name).casefold()), None)
    if found is None:
        others = nearby(str(name), [budget.name for budget in budgets])
        raise WrongUsage(f'no budget under [[budgets]] in claudecost.toml is called "{name}"; {others}')
    if period is not None:
        raise WrongUsage(f'budget "{found.name}" has its own period; leave out --period')
    return replace(found, scope=narrowed(found.scope, scope))


def narrowed(own: Scope, asked: Scope) -> Scope:
    """A budget's scope within what was asked for besides. Raises `WrongUsage` where they are two of one kind."""
    had = dict(own.named)
    for what, name in asked.named:
        if had.get(what, name) != name:
            raise WrongUsage(f"the budget is of {in_words(what, had[what])}; leave out --{what}")
    return replace(own, **dict(asked.named))


def answer_gate(
    settings: Settings,
    *,
    name: str | None,
    limit: Decimal | None,
    period: str | None,
    scope: Scope,
    by_forecast: bool,
    max_age: timedelta,
    now: datetime,
) -> Gate:
    """The verdict, by the same figures as in Slack."""
    budget = find_limit(build_budgets(settings), name=name, limit=limit, period=period, scope=scope)
    with build_open_store(settings)() as store:
        ownership = load_ownership(store, build_teams(settings))
        found = load_budget(store, budget, ownership=ownership, today=now.date())
        refuse_unknown(store, ownership, scope, found)
    return find_gate(found, now=now, max_age=max_age, by_forecast=by_forecast)


def refuse_unknown(store: Store, ownership: Ownership, asked: Scope, found: BudgetNow) -> None:
    """Raises `WrongUsage` for a name that was typed and that nothing has, once there is data to know that from."""
    for what, name in asked.named:
        if in_words(what, name) not in found.unmatched or found.data_as_of is None:
            continue
        raise WrongUsage(f'no {what} is called "{name}"; {nearby(name, names_of(store, ownership, what))}')


def names_of(store: Store, ownership: Ownership, what: str) -> set[str]:
    """What teams and the like, or workspaces, are called."""
    if what != "workspace":
        return {*ownership.all_words(what)}
    return {each.name for own in store.each() for each in own.names.load_names().workspaces.values()}


def exit_code(gate: Gate) -> int:
    """0 under, 1 over, 3 where nobody can know."""
    return {Verdict.UNDER: 0, Verdict.OVER: 1, Verdict.UNKNOWN: 3}[gate.verdict]
