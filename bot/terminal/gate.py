"""What `claudecost gate --json` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.gate import gate_line
from bot.terminal.page import exact, written

if TYPE_CHECKING:
    from bot.analysis.gate import Gate


def gate_as_json(gate: Gate) -> str:
    """The fixed shape; `reason` is in words."""
    return written(
        {
            "spend": exact(gate.spend),
            "limit": exact(gate.limit),
            "percent": None if gate.percent is None else str(gate.percent),
            "forecast": exact(gate.forecast),
            "since": gate.interval.since.isoformat(),
            "until": gate.interval.until.isoformat(),
            "data_as_of": None if gate.data_as_of is None else gate.data_as_of.isoformat(),
            "verdict": gate.verdict.value,
            "reason": gate_line(gate),
        }
    )
