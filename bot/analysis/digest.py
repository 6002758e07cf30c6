"""A finished ISO week or month against the one before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.comparison import Comparison
from bot.analysis.coverage import missing_days, partial_days
from bot.analysis.movers import Breakdowns, Mover
from bot.analysis.report import Row, known_days, largest_first
from bot.model import Alert, Feedback, Finding, Interval, NanoUsd, Reason, Status, end_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from bot.analysis.budget import BudgetNow
    from bot.analysis.month_pace import MonthPace
    from bot.analysis.organizations import OrganizationPart
    from bot.analysis.reconcile import Reconciliation
    from bot.analysis.restated import Restated
    from bot.analysis.savings import Savings
    from bot.analysis.schedule import DigestPeriod
    from bot.analysis.units import UnitReport
    from bot.model import FetchedDay, Names, Organization, Unpriced

MOST_MOVERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest(Comparison):
    """A week or a month, told. Rows add up to the totals, largest first.

    `daily` holds the fetched days of both periods, `estimated_days` those of them that are not from the bill. `movers`,
    `started` and `stopped` share no series. `held` are breaches kept from the channel, by reason.
    `feedback` is what people made of the alerts of four weeks. Where several `organizations` are told of,
    `by_organization` has a row for each; nothing is known of those `unheard`. `scope` is what of the bill it is about,
    empty for all of it, and `unmatched` are words in it that nothing is called; what a team of it has of shared things
    is `shared`, and in no other figure but in `budgets`; None where there is no team in it. `pace`, `savings` and
    `budgets`, the most urgent first, are of the day it is told on.
    """

    period: DigestPeriod
    by_workspace: tuple[Row, ...]
    by_model: tuple[Row, ...]
    movers: tuple[Mover, ...]
    started: tuple[Mover, ...]
    stopped: tuple[Mover, ...]
    daily: Mapping[date, NanoUsd]
    open_alerts: tuple[Alert, ...]
    held: Mapping[Reason, tuple[Finding, ...]]
    estimated_days: tuple[date, ...]
    unpriced: tuple[Unpriced, ...]
    data_as_of: datetime | None
    reconciliation: Reconciliation | None = None
    restated: tuple[Restated, ...]
    organizations: tuple[OrganizationPart, ...] = ()
    unheard: tuple[str, ...] = ()
    by_organization: tuple[Row, ...] = ()
    feedback: Feedback | None = None
    scope: str = ""
    unmatched: tuple[str, ...] = ()
    shared: NanoUsd | None = None
    pace: MonthPace | None = None
    savings: Savings | None = None
    units: tuple[UnitReport, ...] = ()
    budgets: tuple[BudgetNow, ...] = ()

    @property
    def estimated(self) -> bool:
        """Whether any amount is not from the bill."""
        return bool(self.estimated_days)

    @property
    def known_days(self) -> tuple[date, ...]:
        """The days of both periods that were fetched."""
        return tuple(self.daily)

    @property
    def total_estimated(self) -> bool:
        """Whether the period's own total is not all from the bill."""
        return any(day in self.estimated_days for day in self.interval.days())

    @property
    def previous_estimated(self) -> bool:
        """Whether that of the period before is not."""
        return any(day in self.estimated_days for day in self.previous_interval.days())

    @property
    def interval(self) -> Interval:
        """The period's days."""
        return self.period.interval

    @property
    def previous_interval(self) -> Interval:
        """The days of the period before."""
        return self.period.before().interval

    @property
    def is_over(self) -> bool:
        """Whether no day of the period was still to end when the data was fetched."""
        as_of = self.data_as_of
        to_come = [day for day in self.missing_days if as_of is not None and end_of(day) > as_of]
        return not self.partial_days and not to_come

    @property
    def is_in_part(self) -> bool:
        """Whether days of the period are not known whole for the only reason that an organisation lacks them."""
        lacking = {day for part in self.organizations for day in part.missing_days}
        return bool(self.partial_days) and lacking.issuperset(self.partial_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSpend:
    """What a digest is made from: spend by (workspace id, model) of its period and the one before, and by day of both.

    `restated` are earlier periods, beside what was told of them.
    """

    current: Mapping[tuple[str, str], NanoUsd]
    previous: Mapping[tuple[str, str], NanoUsd]
    daily: Mapping[date, NanoUsd]
    fetched: Mapping[date, FetchedDay]
    unpriced: Sequence[Unpriced] = ()
    data_as_of: datetime | None = None
    restated: Sequence[Restated] = ()


def find_digest(
    period: DigestPeriod, *, spend: DigestSpend, names: Names, alerts: Iterable[Alert], findings: Iterable[Finding]
) -> Digest:
    """The digest of `period`, with the alerts that are open and the findings of the newest evaluation."""
    now, before = period.interval, period.before().interval
    known = known_days(now, spend.daily, spend.fetched)
    known_before = known_days(before, spend.daily, spend.fetched)
    missing, missing_before = missing_days(now, spend.fetched), missing_days(before, spend.fetched)
    partial = partial_days(known, spend.fetched)
    compared = Breakdowns(
        current=spend.current if known else None,
        previous=spend.previous if known_before else None,
        names=names,
        comparable=not (missing or missing_before or partial),
    )
    moved = compared.find_movers()
    return Digest(
        period=period,
        total=sum(spend.current.values()) if known else None,
        previous_total=sum(spend.previous.values()) if known_before else None,
        by_workspace=compared.rows("workspace"),
        by_model=compared.rows("model"),
        movers=tuple(mover for mover in moved if mover.spend and mover.previous)[:MOST_MOVERS],
        started=tuple(mover for mover in moved if not mover.previous),
        stopped=tuple(mover for mover in moved if not mover.spend),
        daily=known_before | known,
        open_alerts=tuple(alert for alert in alerts if alert.state.is_open),
        held=held_by_reason(findings),
        estimated_days=tuple(day for day in (*known_before, *known) if not spend.fetched[day].is_billed),
        unpriced=tuple(spend.unpriced),
        data_as_of=spend.data_as_of,
        missing_days=missing,
        previous_missing_days=missing_before,
        restated=tuple(each for each in spend.restated if each.is_worth_telling),
        partial_days=partial,
    )


def feedback_of_all(parts: Iterable[Feedback]) -> Feedback:
    """What people made of the alerts of several organisations."""
    known = list(parts)
    return Feedback(
        alerts=sum(part.alerts for part in known),
        real=sum(part.real for part in known),
        noise=sum(part.noise for part in known),
    )


def by_organization(
    parts: Iterable[tuple[Organization, Mapping[date, FetchedDay]]], period: DigestPeriod
) -> tuple[Row, ...]:
    """A row for each organisation, from its fetched days of both periods; compared where it has all of them whole."""
    rows = [organization_row(organization, fetched, period) for organization, fetched in parts]
    return tuple(sorted(rows, key=largest_first))


def organization_row(organization: Organization, fetched: Mapping[date, FetchedDay], period: DigestPeriod) -> Row:
    """One organisation's period."""
    intervals = (period.interval, period.before().interval)
    sides = [[fetched[day] for day in interval.days() if day in fetched] for interval in intervals]
    spend, previous = (sum(known.total for known in side) if side else None for side in sides)
    return Row(
        ids=(organization.id,),
        labels=(organization.name,),
        spend=spend,
        previous=previous,
        comparable=all(
            len(side) == len(interval) and all(known.is_over for known in side)
            for side, interval in zip(sides, intervals, strict=True)
        ),
    )


def held_by_reason(findings: Iterable[Finding]) -> dict[Reason, tuple[Finding, ...]]:
    """Breaches kept from the channel, under the reason for it."""
    held: defaultdict[Reason, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.status is Status.HELD:
            held[finding.reason].append(finding)
    return {reason: tuple(held[reason]) for reason in Reason if reason in held}
