"""A period's total against the period before, and whether the two may be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import change_percent

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from bot.model import NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two totals, None where no day was ever fetched; `missing_days` never were, `partial_days` before their end.

    `uncompared` are dollars of the total that have no counterpart in the previous one, and count in no change.
    """

    total: NanoUsd | None
    previous_total: NanoUsd | None
    missing_days: tuple[date, ...]
    previous_missing_days: tuple[date, ...]
    partial_days: tuple[date, ...] = ()
    uncompared: NanoUsd = 0

    @property
    def compared(self) -> NanoUsd | None:
        """What of the total is held against the previous one, None where it is unknown."""
        return None if self.total is None else self.total - self.uncompared

    @property
    def comparable(self) -> bool:
        """Whether every day on both sides was fetched, and fetched whole."""
        return not (self.missing_days or self.previous_missing_days or self.partial_days)

    @property
    def change(self) -> NanoUsd | None:
        """Dollars above the previous period, None where a side is unknown."""
        return None if self.compared is None or self.previous_total is None else self.compared - self.previous_total

    @property
    def change_percent(self) -> Decimal | None:
        """None without a baseline, or where days are unknown."""
        return change_percent(previous=self.previous_total, current=self.compared) if self.comparable else None
