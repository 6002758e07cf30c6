"""What is said beside numbers whose own shape has no room for it: that they are not whole, or not from the bill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.messages import basis

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from bot.analysis.month import Month
    from bot.model import Unpriced


class RestsOn(Protocol):
    """What an answer rests on."""

    @property
    def missing_days(self) -> Sequence[date]:
        """Days asked for that were never fetched."""

    @property
    def known_days(self) -> Collection[date]:
        """Days whose dollars are in it."""

    @property
    def estimated_days(self) -> Sequence[date]:
        """Those of them for which tokens × price stands in for the bill."""

    @property
    def unpriced(self) -> Sequence[Unpriced]:
        """Usage no price is known for."""


def caveats(answer: RestsOn, *, unheard: Sequence[str] = ()) -> list[str]:
    """A line for each reason why the numbers are not the whole bill; none where they are.

    Of the organisations that are `unheard` there is nothing in them.
    """
    missing, unpriced = len(answer.missing_days), basis.unpriced_total(answer.unpriced)
    return [
        *([basis.unheard(unheard, named=str)] if unheard else []),
        *([f"{missing} of the days asked for were never fetched, and are left out"] if missing else []),
        *([basis.sources(answer)] if answer.estimated_days else []),
        *([f"{unpriced}, not in the dollars"] if unpriced else []),
    ]


def caveats_of_month(month: Month) -> list[str]:
    """The same of a month, whose forecast stands for days that are not known."""
    missing = len(month.missing_days)
    return [
        *([f"{missing} of the days of this month were not fetched whole, and are forecast"] if missing else []),
        *([basis.sources(month)] if month.estimated else []),
    ]
