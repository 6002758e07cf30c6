"""Told weeks: what digests said that weeks came to, so that a later change can be told beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Container, Mapping

    from bot.model import NanoUsd
    from bot.snapshots.database import Session

SAVE = """
INSERT INTO told_week (organization_id, digest, week, total, estimated) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

# `max` takes the total from its row: what was said last
LOAD = """
SELECT week, max(digest), total, estimated FROM told_week
WHERE organization_id = ? AND digest < ?
GROUP BY week
"""


@dataclass(frozen=True, slots=True)
class ToldWeeks:
    """The weeks one organisation was told. A week is written as ISO 8601 does, `2026-W47`."""

    session: Session

    def save(self, digest: str, totals: Mapping[str, NanoUsd], *, estimated: Container[str] = ()) -> None:
        """Keeps what the digest of a week said each of these weeks came to, and which were not all from the bill."""
        with self.session.writing():
            rows = [
                (self.session.organization_id, digest, week, total, week in estimated) for week, total in totals.items()
            ]
            self.session.execute_many(SAVE, rows)

    def load(self, *, before: str) -> dict[str, NanoUsd]:
        """What each week came to when it was told last, by the digests of the weeks before one."""
        return {week: total for week, _, total, _ in self.rows(before)}

    def load_estimated(self, *, before: str) -> frozenset[str]:
        """Those of them that were not all from the bill when they were told last."""
        return frozenset(week for week, _, _, estimated in self.rows(before) if estimated)

    def rows(self, before: str) -> sqlite3.Cursor:
        """Rows (week, digest, total, whether it was estimated)."""
        return self.session.execute(LOAD, (self.session.organization_id, before))
