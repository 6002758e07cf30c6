"""What stands in for the bill on the days that it does not cover yet: tokens × price, in line with the last bills."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.analysis.calibration import DAYS_CALIBRATED, find_calibration
from bot.analysis.coverage import runs
from bot.analysis.estimate import estimate_cost
from bot.analysis.uncovered import days_covered, days_in_doubt, stand_in
from bot.jobs.bill import Bill
from bot.model import Interval, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from bot.admin_api import Buckets
    from bot.analysis.calibration import Calibration
    from bot.analysis.estimate import Estimate
    from bot.analysis.prices import PriceTable
    from bot.model import CostLine, FetchedDay, UsageLine
    from bot.snapshots.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """Completes bills. `known` are the days as they were stored before the sync."""

    prices: PriceTable
    known: Mapping[date, FetchedDay]

    def complete(
        self, store: Store, usage: Buckets[UsageLine], bills: Sequence[Bill], *, fetched_at: datetime
    ) -> list[Bill]:
        """The bills, each with the days alone that it covers, and an estimate of the other days with usage.

        A day that was over when its bill was stored stays as it is: an estimate never replaces that.
        """
        lines = [line for bill in bills for line in bill.lines]
        answered = {day for bill in bills for day in bill.days}
        doubtful = days_in_doubt(usage.days, answered, lines, fetched_at=fetched_at)
        if not doubtful:
            return within(bills, usage.days)
        estimate = self.estimate(usage, doubtful)
        covered = days_covered(usage.days, answered, lines, estimate.cost, fetched_at=fetched_at)
        missing = frozenset(day for day in usage.days - covered if not self.was_billed(day))
        if not bills:
            warn_of_unpriced(estimate)
        cost = stand_in(lines, estimate.cost, self.calibrate(store, usage, lines, covered), days=missing)
        return [*within(bills, covered), estimated_bill(usage, missing, cost)]

    def estimate(self, usage: Buckets[UsageLine], days: Collection[date]) -> Estimate:
        """What the tokens of some days cost by their prices."""
        return estimate_cost((line for line in usage.lines if line.day in days), self.prices)

    def was_billed(self, day: date) -> bool:
        """Whether a day was over when its bill was stored."""
        known = self.known.get(day)
        return known is not None and known.is_billed and known.is_over

    def calibrate(
        self, store: Store, usage: Buckets[UsageLine], lines: Sequence[CostLine], covered: Collection[date]
    ) -> Calibration:
        """What prices are to be multiplied by, from the newest settled bills: just fetched, or stored before."""
        newest = max(usage.days)
        stored = {day for day, known in self.known.items() if known.is_billed and known.is_settled and day < newest}
        days = sorted({*covered, *stored})[-DAYS_CALIBRATED:]
        fresh = {day for day in days if day in covered}
        billed = [line for line in lines if line.day in fresh]
        used = [line for line in usage.lines if line.day in fresh]
        for interval in runs(day for day in days if day not in fresh):
            billed += store.ledger.load_cost_lines(interval)
            used += store.ledger.load_usage_lines(interval)
        return find_calibration(billed, estimate_cost(used, self.prices).cost)


def within(bills: Sequence[Bill], days: frozenset[date]) -> list[Bill]:
    """The bills, with no other day."""
    return [replace(bill, days=bill.days & days) for bill in bills]


def estimated_bill(usage: Buckets[UsageLine], days: frozenset[date], cost: list[CostLine]) -> Bill:
    """An estimate as what it stands for."""
    asked = Interval(min(usage.days), max(usage.days))
    return Bill(source=Source.ESTIMATE, endpoint=usage.endpoint, asked=asked, days=days, lines=cost)


def warn_of_unpriced(estimate: Estimate) -> None:
    """Says what is left out of dollars that no bill will ever correct."""
    for model in estimate.unpriced:
        log.warning("no price is known for %s: %d tokens are unpriced", model.model, model.tokens)
