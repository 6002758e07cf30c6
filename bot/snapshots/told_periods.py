"""Told periods: what digests said that weeks and months came to, so that a later change can be told beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Container, Mapping

    from bot.model import NanoUsd
    from bot.snapshots.database import Session

SAVE = """
INSERT INTO told_period (organization_id, series, digest, period, total, estimated) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""

# `max` takes the total from its row: what was said last
LOAD = """
SELECT period, max(digest), total, estimated FROM told_period
WHERE organization_id = ? AND series = ? AND digest < ?
GROUP BY period
"""


@dataclass(frozen=True, slots=True)
class ToldPeriods:
    """What one organisation's periods were told to be, by each `series` of digests; that of the weekly one is empty.

    A period is written as ISO 8601 does, `2026-W47` or `2026-10`; a series has weeks alone, or months.
    """

    session: Session

    def save(
        self, digest: str, totals: Mapping[str, NanoUsd], *, estimated: Container[str] = (), series: str = ""
    ) -> None:
        """Keeps what the digest of a period said each of these came to, and which were not all from the bill."""
        own = self.session.organization_id
        with self.session.writing():
            rows = [(own, series, digest, period, total, period in estimated) for period, total in totals.items()]
            self.session.execute_many(SAVE, rows)

    def load(self, *, before: str, series: str = "") -> dict[str, NanoUsd]:
        """What each period came to when it was told last, by the digests of the periods before one."""
        return {period: total for period, _, total, _ in self.rows(series, before)}

    def load_estimated(self, *, before: str, series: str = "") -> frozenset[str]:
        """Those of them that were not all from the bill when they were told last."""
        return frozenset(period for period, _, _, estimated in self.rows(series, before) if estimated)

    def rows(self, series: str, before: str) -> sqlite3.Cursor:
        """Rows (period, digest, total, whether it was estimated)."""
        return self.session.execute(LOAD, (self.session.organization_id, series, before))
