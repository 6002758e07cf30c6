"""What the users asked for: how large a rise must be to be worth a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.anomaly import floor_for

if TYPE_CHECKING:
    from decimal import Decimal

    from bot.model import NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A rise of more than `threshold_percent` and at least `min_increase`; None leaves the floor to the bot."""

    threshold_percent: Decimal
    min_increase: NanoUsd | None

    def floor(self, previous_total: NanoUsd) -> NanoUsd:
        """The smallest rise worth a message in an organisation that spent `previous_total` the week before."""
        return floor_for(previous_total, self.min_increase)
