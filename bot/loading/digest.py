"""A week or a month as its digest tells it: of everything, or of a part of the bill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.digest import Digest, DigestSpend, by_organization, feedback_of_all, find_digest
from bot.analysis.forecast import DAYS_BEFORE
from bot.analysis.month import DAYS_BEHIND, in_days
from bot.analysis.month_pace import MonthPace, find_month_pace
from bot.analysis.organizations import (
    OrganizationPart,
    add_up,
    all_names,
    found_by_all,
    freshness_of_all,
    known_by_all,
    lacking_days,
    names_beside,
    own_alert,
    own_id,
    unpriced_of_all,
)
from bot.analysis.ownership import Ownership, WrongRules
from bot.analysis.reconcile import DRIFT_PERCENT
from bot.analysis.restated import find_restated, first_known, restated_together
from bot.analysis.schedule import every_of, parse_period, period_of
from bot.analysis.units import find_report
from bot.analysis.why import explain
from bot.loading.alerts import told_floor
from bot.loading.budgets import added
from bot.loading.digest_budgets import load_budgets_told
from bot.loading.owners import load_ownership
from bot.loading.reconcile import load_reconciliations
from bot.loading.savings import savings_of_all
from bot.loading.scope import load_shared, looking_at, scope_of
from bot.loading.units import NO_UNITS
from bot.messages.digest import digest_message, nothing_called
from bot.model import Interval, team_of
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from bot.analysis.budget import Budget, BudgetNow
    from bot.analysis.contract import Contract
    from bot.analysis.movers import Mover
    from bot.analysis.ownership import Team
    from bot.analysis.prices import PriceTable
    from bot.analysis.reconcile import Reconciliation
    from bot.analysis.restated import Restated
    from bot.analysis.schedule import DigestPeriod
    from bot.analysis.units import UnitReport
    from bot.loading.scope import Scope
    from bot.loading.units import Units
    from bot.model import Alert, FetchedDay, Finding, Message, NanoUsd, WorkspaceLines
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

DAY = timedelta(days=1)

FEEDBACK = timedelta(weeks=4)
"""Whether alerts were real is told over so long: one week has too few of them."""

BEFORE = timedelta(days=DAYS_BEFORE + DAYS_BEHIND)
"""How far back a forecast looks."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What one organisation's periods were told to be; `estimated` are those not all from the bill."""

    amounts: Mapping[str, NanoUsd]
    estimated: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A digest, the message that says it, and what it says of each organisation by its number.

    The digest is None where nothing is called as what it is to be about.
    """

    digest: Digest | None
    message: Message
    totals: Mapping[int, Totals]


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Tells periods. What was held is told by the rule of the `contract` where nothing was judged yet.

    Without `prices` it says nothing of how well the bill matches its tokens. `teams` are those of the configuration.
    `units` are told where a digest is of everything, as they are themselves of all organisations; a team's, where it
    is of the team. Of `budgets` it tells those that are about nothing else than it is.
    """

    contract: Contract
    prices: Callable[[], PriceTable] | None
    drift_percent: Decimal = DRIFT_PERCENT
    teams: Sequence[Team] = ()
    units: Units = NO_UNITS
    budgets: Sequence[Budget] = ()

    def tell(
        self,
        parts: Sequence[Part],
        period: DigestPeriod,
        *,
        today: date,
        workspaces: Sequence[str] = (),
        series: str = "",
        unheard: tuple[str, ...] = (),
    ) -> Told:
        """What is to be said of a period, from the books of one organisation or of several.

        `workspaces` are ids, names or patterns, and `team:search` for a team's, as things are owned on its last day.
        `series` is the one that has told what earlier periods came to.

        Raises `WrongRules` for a team's while nobody can say whose something is.
        """
        scope, shared = None, None
        ownership = self.load_owners(parts[0].store, workspaces)
        if workspaces:
            known = Interval(period.before().interval.since, max(today, period.interval.until))
            day, stores = period.interval.until - DAY, [part.store for part in parts]
            scope = scope_of(stores, workspaces, known, ownership or Ownership(), day=day)
            if not scope.lenses:
                return Told(digest=None, message=nothing_called(period, workspaces), totals={})
            if ownership is not None and scope.teams:
                shared = sum(load_shared(each, scope.teams, period.interval, ownership, day=day) for each in stores)
        told = self.units if scope is None else self.units.of_teams(scope.teams)
        units = tuple(load_unit_reports(parts, told, period, ownership))
        budgets = self.load_budgets(parts, period, scope=scope, today=today, ownership=ownership)
        with looking_at(parts, scope) as own:
            digest = load_digest(own, period, scope=scope, series=series, today=today)
            digest = replace(digest, unheard=unheard, shared=shared, units=units, budgets=tuple(budgets))
            if self.prices is not None:
                digest = replace(digest, reconciliation=self.reconcile(own, period, self.prices()))
            return Told(
                digest=digest,
                message=render_digest(own, digest, contract=self.contract),
                totals={part.store.session.organization_id: totals_told(part.store, digest, series) for part in own},
            )

    def load_owners(self, store: Store, workspaces: Sequence[str]) -> Ownership | None:
        """Who owns what; None where nobody can say, which is told by itself.

        Raises `WrongRules` where one of the words is a team, of which nothing can be told then.
        """
        try:
            return load_ownership(store, self.teams)
        except WrongRules:
            if any(team_of(word) for word in workspaces):
                raise
            return None

    def load_budgets(
        self,
        parts: Sequence[Part],
        period: DigestPeriod,
        *,
        scope: Scope | None,
        today: date,
        ownership: Ownership | None,
    ) -> list[BudgetNow]:
        """How its budgets stand; none where not all organisations are told of, or nobody can say whose something is."""
        store = parts[0].store
        if ownership is None or len(parts) < len(parts_of(store)) or not is_current(period, today):
            return []
        return load_budgets_told(store, self.budgets, ownership, period.interval, scope=scope, today=today)

    def reconcile(self, parts: Sequence[Part], period: DigestPeriod, prices: PriceTable) -> Reconciliation:
        """How well the period's bill matches its tokens."""
        return load_reconciliations(parts, period.interval, prices, drift_percent=self.drift_percent)


def load_unit_reports(
    parts: Sequence[Part], units: Units, period: DigestPeriod, ownership: Ownership | None
) -> list[UnitReport]:
    """What one of many cost; nothing where not all organisations are told of, or nobody can say whose something is."""
    store, both = parts[0].store, Interval(period.before().interval.since, period.interval.until)
    if ownership is None or len(parts) < len(parts_of(store)):
        return []
    return [find_report(each, period.interval, period.before().interval) for each in units.load(store, both, ownership)]


def load_digest(
    parts: Sequence[Part],
    period: DigestPeriod,
    *,
    scope: Scope | None = None,
    series: str = "",
    today: date | None = None,
) -> Digest:
    """What is to be said of a period, without how well its bill matches; inside of the scope's lenses.

    What is about the day it is told on, `today`, is there only for the newest period that is over, or one under way.
    """
    both = Interval(period.before().interval.since, period.interval.until)
    each = [part.store.ledger.load_fetched_days(both) for part in parts]
    fetched = known_by_all(each)
    digest = find_digest(
        period,
        spend=DigestSpend(
            current=spend_of(parts, period.interval),
            previous=spend_of(parts, period.before().interval),
            daily={day: known.total for day, known in fetched.items()},
            fetched=fetched,
            unpriced=unpriced_of_all(part.store.ledger.load_unpriced(period.interval) for part in parts),
            data_as_of=freshness_of_all([part.store.ledger.load_freshness() for part in parts]).data_as_of,
            restated=restated_together(load_restated(part.store, period, series) for part in parts),
        ),
        names=all_names([(part.beside, part.store.names.load_names()) for part in parts]),
        alerts=open_alerts(parts, scope),
        findings=findings_of(parts, scope),
    )
    digest = replace(digest, movers=tuple(explained(digest.movers, parts, period)))
    if today is not None and is_current(period, today):
        digest = replace(digest, pace=load_pace(parts, today=today), savings=savings_of_all(parts, today=today))
    if scope is None:
        judged = Interval(period.interval.until - FEEDBACK, period.interval.until)
        digest = replace(digest, feedback=feedback_of_all(part.store.alerts.load_feedback(judged) for part in parts))
    else:
        digest = replace(digest, scope=scope.name, unmatched=scope.unmatched)
    if len(parts) == 1:
        return digest
    return replace(
        digest,
        organizations=tuple(
            organization_part(part, days, both)
            for part, days in zip(parts, lacking_days(each, both.days()), strict=True)
        ),
        by_organization=by_organization(
            [(part.beside, known) for part, known in zip(parts, each, strict=True) if part.beside], period
        ),
    )


def is_current(period: DigestPeriod, today: date) -> bool:
    """Whether it is the newest that is over, or under way."""
    this_one = period_of(every_of(period), today)
    return period in {this_one, this_one.before()}


# --- What drove it, and how the month stands ---


def explained(movers: Sequence[Mover], parts: Sequence[Part], period: DigestPeriod) -> Iterator[Mover]:
    """Each with what drove it."""
    now, before = period.interval, period.before().interval
    both = Interval(before.since, now.until)
    lines: dict[str, WorkspaceLines] = {}
    for mover in movers:
        if mover.workspace_id not in lines:
            lines[mover.workspace_id] = load_lines(parts, mover.workspace_id, both)
        why = explain(
            lines[mover.workspace_id],
            previous=frozenset(before.days()),
            current=frozenset(now.days()),
            first_days={},
            model=mover.model,
        )
        yield replace(mover, why=why)


def load_lines(parts: Sequence[Part], workspace_id: str, interval: Interval) -> WorkspaceLines:
    """The lines of a workspace, whichever organisation it is of."""
    store, own = next(
        (part.store, own)
        for part in parts
        for (own,) in part.store.ledger.load_spend(interval, ["workspace"])
        if own_id(own, part.beside) == workspace_id
    )
    return store.ledger.load_workspace(own, interval)


def load_pace(parts: Sequence[Part], *, today: date) -> MonthPace:
    """How the month stands."""
    interval = Interval(today - BEFORE, today + timedelta(days=1))
    fetched = known_by_all([part.store.ledger.load_fetched_days(interval) for part in parts])
    spend = in_days(added(days_of(part, interval) for part in parts), fetched)
    return find_month_pace(spend, fetched, today=today)


def days_of(part: Part, interval: Interval) -> dict[str, NanoUsd]:
    """One organisation's dollars by ISO day."""
    return {day: amount for (day,), amount in part.store.ledger.load_spend(interval, ["day"]).items()}


# --- What was found ---


def open_alerts(parts: Sequence[Part], scope: Scope | None) -> list[Alert]:
    """Those that are about it."""
    return [
        own_alert(alert, part.beside)
        for part in parts
        for alert in part.store.alerts.load_open_alerts()
        if scope is None or scope.has(part, alert)
    ]


def findings_of(parts: Sequence[Part], scope: Scope | None) -> tuple[Finding, ...]:
    """What the newest evaluations found of it."""
    evaluations = [(part, part.store.alerts.load_evaluation()) for part in parts]
    found = found_by_all(
        [
            (part.beside, each and replace(each, findings=tuple(about(scope, part, each.findings))))
            for part, each in evaluations
        ]
    )
    return () if found is None else found.findings


def about(scope: Scope | None, part: Part, findings: Sequence[Finding]) -> list[Finding]:
    """Those findings of one organisation that are about it."""
    return [finding for finding in findings if scope is None or scope.has(part, finding)]


def organization_part(part: Part, lacking: tuple[date, ...], both: Interval) -> OrganizationPart:
    """What to tell of one of several organisations."""
    spend = part.store.ledger.load_spend(both, ["workspace"])
    return OrganizationPart(
        name=part.store.called or "",
        missing_days=lacking,
        ids=frozenset(own_id(workspace_id, part.beside) for (workspace_id,) in spend),
    )


def spend_of(parts: Sequence[Part], interval: Interval) -> dict[tuple[str, str], NanoUsd]:
    """Dollars by workspace × model."""
    each = [(part.beside, part.store.ledger.load_spend(interval, ["workspace", "model"])) for part in parts]
    spend = add_up(each, places=(0,))
    return {(workspace_id, model): amount for (workspace_id, model), amount in spend.items()}


def render_digest(parts: Sequence[Part], digest: Digest, *, contract: Contract) -> Message:
    """The message that says it; what was held is told by the rule it was held by."""
    evaluations = [found for part in parts if (found := part.store.alerts.load_evaluation()) is not None]
    names = [names_beside(part.store.names.load_names(), part.beside) for part in parts]
    return digest_message(
        digest,
        names=all_names([(part.beside, named) for part, named in zip(parts, names, strict=True)]),
        threshold_percent=evaluations[0].threshold_percent if evaluations else contract.threshold_percent,
        floor=told_floor(parts[0].store, evaluations) if evaluations else contract.floor(digest.previous_total or 0),
    )


# --- What was told of earlier periods ---


def load_restated(store: Store, period: DigestPeriod, series: str = "") -> list[Restated]:
    """Earlier periods as a series told them, or first known where none told them, beside as they are."""
    oldest = store.ledger.load_freshness().oldest_day
    if oldest is None or oldest >= period.interval.since:
        return []
    earlier = Interval(oldest, period.interval.since)
    fetched = store.ledger.load_fetched_days(earlier)
    told = store.told_periods.load(before=str(period), series=series)
    estimated = store.told_periods.load_estimated(before=str(period), series=series)
    said = {one: told[one] for one in told if one not in estimated or not is_billed(one, fetched)}
    known = first_known(fetched, store.ledger.load_restated_cost(earlier), every=every_of(period))
    return find_restated(known | said, fetched)


def is_billed(period: str, fetched: Mapping[date, FetchedDay]) -> bool:
    """Whether a bill has come for any day of a period: of an estimate told before, that is no restatement."""
    return any(day in fetched and fetched[day].is_billed for day in parse_period(period).interval.days())


def totals_told(store: Store, digest: Digest, series: str) -> Totals:
    """What of the periods in a digest, its own and those it corrects, is one organisation's."""
    own = {restated.period for restated in load_restated(store, digest.period, series)}
    corrected = [restated.period for restated in digest.restated if restated.period in own]
    told = (digest.period, *corrected)
    fetched = {period: store.ledger.load_fetched_days(period.interval) for period in told}
    of_digest = fetched[digest.period].values()
    return Totals(
        amounts={str(period): sum(known.total for known in days.values()) for period, days in fetched.items() if days},
        estimated=() if all(known.is_billed for known in of_digest) else (str(digest.period),),
    )
