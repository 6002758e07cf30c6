"""What a reconciliation comes to: rows whose causes add up to their difference."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.model import NanoUsd, Unpriced

DRIFT_PERCENT = Decimal(2)
"""What of a bill may stay unexplained where nothing else is set."""

WHOLE = Decimal(100)


class Cause(StrEnum):
    """Why a line of the bill is not tokens × price."""

    UNPRICED_MODEL = "unpriced_model"
    PRIORITY_TIER = "priority_tier"
    TIER_OR_CONTEXT = "tier_or_context"
    CODE_EXECUTION = "code_execution"
    SESSIONS = "sessions"
    WEB_SEARCH = "web_search"
    OTHER_COST = "other_cost"
    DISCOUNT = "discount"
    RESTATED = "restated"
    ROUNDING = "rounding"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A day's workspace × model; `causes` add up to the difference."""

    day: date
    workspace_id: str
    model: str
    billed: NanoUsd
    expected: NanoUsd
    causes: Mapping[Cause, NanoUsd]

    @property
    def difference(self) -> NanoUsd:
        """What was billed beyond tokens × price; negative where it was less."""
        return self.billed - self.expected

    @property
    def reason(self) -> Cause | None:
        """The cause of the greatest part of the difference."""
        return max(self.causes, key=lambda cause: abs(self.causes[cause]), default=None)


class KeyDifference(NamedTuple):
    """A key's dollars as the bill tells them, and as they would be if its lines were shared by tokens."""

    api_key_id: str
    billed: NanoUsd
    shared: NanoUsd

    @property
    def difference(self) -> NanoUsd:
        """What was billed beyond the key's share."""
        return self.billed - self.shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """An interval's bill against its tokens. `unpriced` are models without a price: their tokens expect nothing.

    `left_out` are days of the interval that no whole bill is known of. With more than `drift_percent` of it unexplained
    the bill does not match.
    `keys` are those of the days on which the bill tells dollars by key, the largest difference first.
    """

    interval: Interval
    rows: tuple[Row, ...]
    unpriced: tuple[Unpriced, ...]
    left_out: tuple[date, ...] = ()
    keys: tuple[KeyDifference, ...] = ()
    drift_percent: Decimal = DRIFT_PERCENT

    @property
    def billed(self) -> NanoUsd:
        """What the bill says."""
        return sum(row.billed for row in self.rows)

    @property
    def expected(self) -> NanoUsd:
        """Tokens × price."""
        return sum(row.expected for row in self.rows)

    @property
    def difference(self) -> NanoUsd:
        """What was billed beyond tokens × price."""
        return self.billed - self.expected

    @property
    def causes(self) -> dict[Cause, NanoUsd]:
        """The difference by cause, the largest part first."""
        totals: defaultdict[Cause, NanoUsd] = defaultdict(int)
        for row in self.rows:
            for cause, amount in row.causes.items():
                totals[cause] += amount
        return dict(sorted(totals.items(), key=lambda part: -abs(part[1])))

    def before(self, day: date) -> Reconciliation:
        """The days before `day` alone, without their keys; models without a price stay."""
        rows = tuple(row for row in self.rows if row.day < day)
        left_out = tuple(each for each in self.left_out if each < day)
        return replace(self, interval=Interval(self.interval.since, day), rows=rows, left_out=left_out, keys=())

    @property
    def is_known(self) -> bool:
        """Whether there is a whole bill of any of the days; without one nothing is known, which is not zero."""
        return bool(self.rows) or len(self.left_out) < len(self.interval)

    @property
    def unexplained(self) -> NanoUsd:
        """The unexplained dollars, whichever way they differ in each row."""
        return sum(abs(row.causes.get(Cause.UNEXPLAINED, 0)) for row in self.rows)

    @property
    def explained_percent(self) -> Decimal | None:
        """100 less the unexplained dollars, whichever way they differ in each row, in percent of those billed.

        A credit makes no bill smaller that tokens are compared with: rows below zero are not set off. Rounded down to
        two decimals, so that 100 means all; never below 0. None where nothing was billed or expected.
        """
        whole = sum(max(row.billed, 0) for row in self.rows) or abs(self.billed) or abs(self.expected)
        if not whole:
            return None
        explained = WHOLE - Decimal(self.unexplained) * 100 / whole
        return max(explained, Decimal(0)).quantize(Decimal("0.01"), rounding=ROUND_FLOOR)

    @property
    def drifts(self) -> bool:
        """Whether too much of it is unexplained; no bill drifts."""
        explained = self.explained_percent
        return explained is not None and WHOLE - explained > self.drift_percent


class Unexplained(NamedTuple):
    """Dollars of a workspace × model that nothing explains: what was `over` tokens × price on some days, `under` it."""

    workspace_id: str
    model: str
    over: NanoUsd
    under: NanoUsd


def find_unexplained(reconciliation: Reconciliation) -> list[Unexplained]:
    """Where the unexplained dollars are, most first, both ways counted."""
    over: Counter[tuple[str, str]] = Counter()
    under: Counter[tuple[str, str]] = Counter()
    for row in reconciliation.rows:
        amount = row.causes.get(Cause.UNEXPLAINED, 0)
        over[row.workspace_id, row.model] += max(amount, 0)
        under[row.workspace_id, row.model] += min(amount, 0)
    found = (Unexplained(*scope, over[scope], under[scope]) for scope in over if over[scope] or under[scope])
    return sorted(found, key=lambda each: (each.under - each.over, each))
