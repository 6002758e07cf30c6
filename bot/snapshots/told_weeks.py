"""Told weeks: what digests said that weeks came to, so that a later change can be told beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.model import NanoUsd
    from bot.snapshots.database import Session

SAVE = "INSERT INTO told_week (organization_id, digest, week, total) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"

# `max` takes the total from its row: what was said last
LOAD = """
SELECT week, max(digest), total FROM told_week
WHERE organization_id = ? AND digest < ?
GROUP BY week
"""


@dataclass(frozen=True, slots=True)
class ToldWeeks:
    """The weeks one organisation was told. A week is written as ISO 8601 does, `2026-W47`."""

    session: Session

    def save(self, digest: str, totals: Mapping[str, NanoUsd]) -> None:
        """Keeps what the digest of a week said each of these weeks came to."""
        with self.session.writing():
            rows = [(self.session.organization_id, digest, week, total) for week, total in totals.items()]
            self.session.execute_many(SAVE, rows)

    def load(self, *, before: str) -> dict[str, NanoUsd]:
        """What each week came to when it was told last, by the digests of the weeks before one."""
        rows = self.session.execute(LOAD, (self.session.organization_id, before))
        return {week: total for week, _, total in rows}
