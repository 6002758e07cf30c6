"""Anomalies: which workspaces, and which models in them, breach the contract on a day, and what becomes of each.

Two rules look at every scope: the week against the week before (`weekly_rule`), and the newest day against the 28
before it (`daily_rule`). A scope has one finding at most: the week's if it is to be told, else the day's, else the
week's with the reason that keeps it from the channel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.daily_rule import DailyRule
from bot.analysis.monthly import is_day_like_last_month, is_week_like_last_month
from bot.analysis.scopes import by_workspace
from bot.analysis.swing import usual_swing
from bot.analysis.weekly_rule import WeeklyRule
from bot.model import Finding, Kind, Reason, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from bot.analysis.contract import Levels, Terms
    from bot.analysis.coverage import Known
    from bot.analysis.scopes import Scopes
    from bot.model import NanoUsd, Spike, WeeklySpend

    LikeLastMonth: TypeAlias = Callable[..., bool]

FEWEST_PAIRS = 5
"""Weekdays that must be known in both weeks for them to be compared."""


def find_anomalies(
    spend: Sequence[WeeklySpend],
    *,
    known: Known,
    levels: Levels,
    open_alerts: Collection[str],
) -> list[Finding]:
    """Every breach, largest rise first: a workspace as a whole (model None) or one model in it.

    Args:
        spend: Five weeks of each workspace × model; cost of no model counts for its workspace only.
        known: The day judged as the newest, and what can be compared; with too few weekdays nothing is judged, and
            every workspace says so.
        levels: Threshold, floor and the like of each scope.
        open_alerts: Ids of workspaces whose alert is open.
    """
    rules = Rules(
        weekly=WeeklyRule(day=known.day, known_weeks=known.weeks),
        daily=DailyRule(day=known.day, known=known.days),
        can_judge_day=known.is_day_compared,
        newest=known.newest,
        levels=levels,
        open_alerts=frozenset(open_alerts),
    )
    find = rules.find_in if len(known.compared) >= FEWEST_PAIRS else not_judged
    found = [finding for scopes in by_workspace(spend).values() for finding in find(scopes)]
    return sorted(found, key=largest_rise_first)


def largest_rise_first(finding: Finding) -> tuple[NanoUsd, str, str]:
    """A sort key that leaves no two findings equal."""
    return -finding.increase, finding.workspace_id, finding.model or ""


def not_judged(scopes: Scopes) -> Iterator[Finding]:
    """That too few weekdays are known in both weeks."""
    scope = scopes.workspace
    yield Finding(
        workspace_id=scope.workspace_id,
        model=None,
        previous=scope.previous,
        current=scope.current,
        kind=Kind.NOT_JUDGED,
        status=Status.HELD,
        reason=Reason.DAYS_MISSING,
        first_day=scope.first_day,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Both rules on one day."""

    weekly: WeeklyRule
    daily: DailyRule
    can_judge_day: bool
    newest: date
    levels: Levels
    open_alerts: frozenset[str]

    def find_in(self, scopes: Scopes) -> Iterator[Finding]:
        """The breaches of a workspace and its models."""
        terms_of, is_weekly_breach = self.levels.of, self.weekly.is_breach
        may_be_breach = self.daily.may_be_breach if self.can_judge_day and self.daily.can_judge else never
        for scope in scopes:
            terms = terms_of(scope.workspace_id, scope.model)
            is_weekly = is_weekly_breach(scope, terms)
            spike = self.daily.find(scope, terms) if may_be_breach(scope) else None
            if is_weekly or spike is not None:
                yield self.judge(Breach(scope, scopes, terms, spike, is_weekly=is_weekly, amounts=scope.amounts()))

    def judge(self, breach: Breach) -> Finding:
        """One breach, with where it stands and why."""
        swing = usual_swing(breach.amounts, self.daily.known)
        reason_of_day = self.reason_to_hold_day(breach)
        if breach.is_weekly:
            reason = self.reason_to_hold_week(breach, swing)
            if reason is None:
                week = breach if reason_of_day is None else replace(breach, spike=None)
                return self.told(week, self.weekly.kind_of(breach.scope), swing)
            if breach.spike is None or reason_of_day is not None:
                return self.held(replace(breach, spike=None), self.weekly.kind_of(breach.scope), reason, swing)
        if reason_of_day is None:
            return self.told(breach, Kind.DAY, swing)
        return self.held(breach, Kind.DAY, reason_of_day, swing)

    def reason_to_hold_week(self, breach: Breach, swing: Decimal | None) -> Reason | None:
        """Why a week is kept from the channel, None if it is not."""
        if breach.terms.is_muted:
            return Reason.MUTED
        reason = self.weekly.reason_to_hold(breach.scope, breach.scopes, breach.terms, swing)
        return reason or self.reason_of_last_month(breach, is_week_like_last_month)

    def reason_to_hold_day(self, breach: Breach) -> Reason | None:
        """Why its newest day is, None if that is to be told or is no breach."""
        if breach.spike is None:
            return None
        if breach.terms.is_muted:
            return Reason.MUTED
        if breach.scope.model is not None and self.daily.is_model_shift(breach.scope, breach.scopes):
            return Reason.MODEL_SHIFT
        return self.reason_of_last_month(breach, is_day_like_last_month)

    def reason_of_last_month(self, breach: Breach, is_like: LikeLastMonth) -> Reason | None:
        """That the same came a month before, if it did."""
        threshold = breach.terms.threshold
        like = is_like(breach.amounts, self.daily.known, day=self.newest, threshold=threshold)
        return Reason.LIKE_LAST_MONTH if like else None

    def told(self, breach: Breach, kind: Kind, swing: Decimal | None) -> Finding:
        """A breach that passes: due, unless its workspace's alert is open."""
        if breach.scope.workspace_id in self.open_alerts:
            return breach.finding(kind, Status.OPEN, Reason.OPEN_ALERT, swing)
        reason = {Kind.NEW: Reason.NO_BASELINE, Kind.DAY: Reason.ONE_DAY}.get(kind, Reason.ABOVE_THRESHOLD)
        return breach.finding(kind, Status.DUE, reason, swing)

    def held(self, breach: Breach, kind: Kind, reason: Reason, swing: Decimal | None) -> Finding:
        """A breach that does not."""
        return breach.finding(Kind.MODEL_SHIFT if reason is Reason.MODEL_SHIFT else kind, Status.HELD, reason, swing)


def never(_scope: WeeklySpend) -> bool:
    """No day is a breach while too few are known."""
    return False


@dataclass(frozen=True, slots=True)
class Breach:
    """A scope that is over the threshold by its week, its newest day, or both."""

    scope: WeeklySpend
    scopes: Scopes
    terms: Terms
    spike: Spike | None
    is_weekly: bool
    amounts: Sequence[NanoUsd]

    def finding(self, kind: Kind, status: Status, reason: Reason, swing: Decimal | None) -> Finding:
        """What is kept of it."""
        scope, spike = self.scope, self.spike
        is_day = spike is not None and (kind is Kind.DAY or not self.is_weekly)
        previous, current = (spike.usual, spike.amount) if spike and is_day else (scope.previous, scope.current)
        return Finding(
            workspace_id=scope.workspace_id,
            model=scope.model,
            previous=previous,
            current=current,
            kind=kind,
            status=status,
            reason=reason,
            first_day=scope.first_day,
            spike=spike,
            usual_swing=swing,
        )
