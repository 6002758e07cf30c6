"""Rule A: which workspaces, and which models in them, spent over the threshold more than the week before.

`C7` is the week that ends with the judged day, `P7` the one before. A breach is `C7 > 1.25 × P7`, strictly. It is due
in the channel if it is also worth a message (the floor), not a return to normal (the median of the last four weeks),
not money moving between models, and its workspace has no open alert. What is kept back is kept with its reason.
Comparisons are made in integers: exactly 25 % is no breach.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.coverage import are_alike
from bot.model import NO_MODEL, Finding, Kind, NanoUsd, Reason, Status, usd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from bot.model import FetchedDay, WeeklySpend

WEEK = timedelta(days=7)
WEEKS = 5
"""The judged week, the one before, and three more for the median."""

FEWEST_PAIRS = 5
"""Weekdays that must be known in both weeks for them to be compared."""

YOUNG = timedelta(days=14)
"""A series with less history than two weeks has no percentage."""

LOWEST_FLOOR, HIGHEST_FLOOR = usd(1), usd(50)


def floor_for(previous_total: NanoUsd, setting: NanoUsd | None) -> NanoUsd:
    """The smallest rise worth a message: what the user set, else 0.5 % of the organisation's previous 7 days.

    >>> floor_for(usd(4_000), None) == usd(20)
    True
    >>> floor_for(usd(90_000), None) == usd(50)
    True
    """
    if setting is not None:
        return setting
    return max(LOWEST_FLOOR, min(HIGHEST_FLOOR, previous_total * 5 // 1000))


def comparable_days(day: date, fetched: Mapping[date, FetchedDay]) -> tuple[date, ...]:
    """The days of the week ending with `day` that are as settled as their weekday a week earlier, and of one kind."""
    week = (day - timedelta(days=back) for back in reversed(range(7)))
    return tuple(one for one in week if are_alike(fetched.get(one), fetched.get(one - WEEK)))


def find_known_weeks(days: Sequence[date], fetched: Mapping[date, FetchedDay]) -> tuple[bool, ...]:
    """Of the judged week and the four before it, which can be held against each of `days`; none can, without days."""
    return tuple(
        bool(days) and all(are_alike(fetched.get(day), fetched.get(day - week * WEEK)) for day in days)
        for week in range(WEEKS)
    )


def find_anomalies(
    spend: Sequence[WeeklySpend],
    *,
    day: date,
    threshold_percent: Decimal,
    floor: NanoUsd,
    open_alerts: Collection[str],
    known_weeks: Sequence[bool],
    pairs: int,
) -> list[Finding]:
    """Every breach, largest rise first: a workspace as a whole (model None) or one model in it.

    Args:
        spend: Five weeks of each workspace × model; cost of no model counts for its workspace only.
        day: The newest day judged.
        threshold_percent: How much more than the week before is a breach.
        floor: The smallest rise worth a message.
        open_alerts: Ids of workspaces whose alert is open.
        known_weeks: Which of the five weeks were fetched; the others are no baseline.
        pairs: Weekdays compared; below five nothing is judged, and every workspace says so.
    """
    rule = Rule(
        day=day,
        threshold=Threshold.of(threshold_percent),
        floor=floor,
        open_alerts=frozenset(open_alerts),
        known_weeks=tuple(known_weeks),
    )
    find = rule.find_in if pairs >= FEWEST_PAIRS else not_judged
    found = [finding for scopes in by_workspace(spend).values() for finding in find(scopes)]
    return sorted(found, key=largest_rise_first)


def largest_rise_first(finding: Finding) -> tuple[NanoUsd, str, str]:
    """A sort key that leaves no two findings equal."""
    return -finding.increase, finding.workspace_id, finding.model or ""


# --- Scopes: what is judged ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A workspace (model None) or one of its models over five weeks, the judged one first."""

    workspace_id: str
    model: str | None
    weeks: tuple[NanoUsd, ...]
    first_day: date | None

    @property
    def current(self) -> NanoUsd:
        """`C7`."""
        return self.weeks[0]

    @property
    def previous(self) -> NanoUsd:
        """`P7`."""
        return self.weeks[1]

    @property
    def baseline(self) -> NanoUsd:
        """`P7`, or zero where credits outweighed the spend: nothing can be over a percentage of less than nothing."""
        return max(self.previous, 0)


@dataclass(frozen=True, slots=True)
class Scopes:
    """A workspace as a whole, and its models."""

    workspace: Scope
    models: tuple[Scope, ...]


def by_workspace(spend: Iterable[WeeklySpend]) -> dict[str, Scopes]:
    """Each workspace's scopes."""
    lines: defaultdict[str, list[WeeklySpend]] = defaultdict(list)
    for line in spend:
        lines[line.workspace_id].append(line)
    return {
        workspace_id: Scopes(
            whole(workspace_id, of_workspace), tuple(one_model(line) for line in of_workspace if line.model != NO_MODEL)
        )
        for workspace_id, of_workspace in lines.items()
    }


def whole(workspace_id: str, lines: Sequence[WeeklySpend]) -> Scope:
    """All of a workspace's lines as one scope."""
    return Scope(
        workspace_id=workspace_id,
        model=None,
        weeks=tuple(sum(week) for week in zip(*(line.weeks for line in lines), strict=True)),
        first_day=min((line.first_day for line in lines if line.first_day is not None), default=None),
    )


def one_model(line: WeeklySpend) -> Scope:
    """One line as a scope of its own."""
    return Scope(workspace_id=line.workspace_id, model=line.model, weeks=line.weeks, first_day=line.first_day)


def not_judged(scopes: Scopes) -> list[Finding]:
    """That too few weekdays are known in both weeks."""
    return [finding_of(scopes.workspace, kind=Kind.NOT_JUDGED, status=Status.HELD, reason=Reason.DAYS_MISSING)]


def finding_of(scope: Scope, *, kind: Kind, status: Status, reason: Reason) -> Finding:
    """What was found of a scope."""
    return Finding(
        workspace_id=scope.workspace_id,
        model=scope.model,
        previous=scope.previous,
        current=scope.current,
        kind=kind,
        status=status,
        reason=reason,
        first_day=scope.first_day,
    )


# --- The rule ---


@dataclass(frozen=True, slots=True)
class Threshold:
    """A percentage as an exact fraction: `numerator / denominator` is 1.25 for 25 %."""

    numerator: int
    denominator: int

    @classmethod
    def of(cls, percent: Decimal) -> Threshold:
        """The factor for a rise of `percent`.

        >>> from decimal import Decimal
        >>> Threshold.of(Decimal(25)).is_exceeded(current=125, baseline=100)
        False
        >>> Threshold.of(Decimal(25)).is_exceeded(current=126, baseline=100)
        True
        """
        rise, scale = percent.as_integer_ratio()
        return cls(100 * scale + rise, 100 * scale)

    def is_exceeded(self, *, current: int, baseline: int) -> bool:
        """Whether `current` lies strictly above the threshold over `baseline`."""
        return current * self.denominator > baseline * self.numerator


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Rule A on one day."""

    day: date
    threshold: Threshold
    floor: NanoUsd
    open_alerts: frozenset[str]
    known_weeks: tuple[bool, ...]

    def find_in(self, scopes: Scopes) -> list[Finding]:
        """The breaches of a workspace and its models."""
        return [self.judge(scope, scopes) for scope in (scopes.workspace, *scopes.models) if self.is_breach(scope)]

    def is_breach(self, scope: Scope) -> bool:
        """`C7 > 1.25 × P7`."""
        return scope.current > 0 and self.threshold.is_exceeded(current=scope.current, baseline=scope.baseline)

    def judge(self, scope: Scope, scopes: Scopes) -> Finding:
        """A breach, with where it stands and why."""
        reason = self.reason_to_hold(scope, scopes)
        if reason is not None:
            kind = Kind.MODEL_SHIFT if reason is Reason.MODEL_SHIFT else self.kind_of(scope)
            return finding_of(scope, kind=kind, status=Status.HELD, reason=reason)
        kind = self.kind_of(scope)
        if scope.workspace_id in self.open_alerts:
            return finding_of(scope, kind=kind, status=Status.OPEN, reason=Reason.OPEN_ALERT)
        reason = Reason.NO_BASELINE if kind is Kind.NEW else Reason.ABOVE_THRESHOLD
        return finding_of(scope, kind=kind, status=Status.DUE, reason=reason)

    def reason_to_hold(self, scope: Scope, scopes: Scopes) -> Reason | None:
        """The first of the conditions that keeps a breach from the channel."""
        if scope.current - scope.baseline < self.floor:
            return Reason.BELOW_FLOOR
        if self.is_return_to_normal(scope):
            return Reason.RETURN_TO_NORMAL
        if scope.model is not None and is_model_shift(scope, scopes):
            return Reason.MODEL_SHIFT
        return None

    def is_return_to_normal(self, scope: Scope) -> bool:
        """Whether the week is no breach of the median of the weeks before it: the rebound after a holiday."""
        before = [week for week, known in zip(scope.weeks[1:], self.known_weeks[1:], strict=True) if known]
        return bool(before) and not self.threshold.is_exceeded(current=2 * scope.current, baseline=twice_median(before))

    def kind_of(self, scope: Scope) -> Kind:
        """New without a week before, or with less than two weeks of history, where more history was looked at."""
        if scope.previous <= 0:
            return Kind.NEW
        looked_further = self.known_weeks[2]
        is_young = scope.first_day is not None and scope.first_day > self.day - YOUNG + timedelta(days=1)
        return Kind.NEW if looked_further and is_young else Kind.RISE


def twice_median(amounts: Sequence[NanoUsd]) -> NanoUsd:
    """Twice the median, because half of two amounts need not be whole.

    >>> twice_median([1, 9, 4]), twice_median([1, 9, 4, 5])
    (8, 9)
    """
    ordered = sorted(amounts)
    return ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]


def is_model_shift(scope: Scope, scopes: Scopes) -> bool:
    """Whether a model's rise is money moved from its neighbours.

    It is if the workspace is below +10 % and its other models together fell by at least 80 % of the rise.
    """
    workspace = scopes.workspace
    others = (model for model in scopes.models if model.model != scope.model)
    fall = sum(model.previous - model.current for model in others)
    is_level = workspace.current * 10 < workspace.baseline * 11
    return is_level and fall * 10 >= (scope.current - scope.baseline) * 8
