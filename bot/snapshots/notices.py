"""Notices: what is wrong right now and was said, so that it is said once, and once when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.snapshots.columns import instant_of, instant_text

if TYPE_CHECKING:
    from datetime import datetime

    from bot.snapshots.database import Session

RAISE = "INSERT INTO notice (organization_id, kind, since, detail) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"

CLEAR = "DELETE FROM notice WHERE organization_id = ? AND kind = ? RETURNING since"

LOAD_NOTICES = "SELECT kind, since, detail FROM notice WHERE organization_id = :organization_id ORDER BY since, kind"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that is wrong, since when, and what there is to know of it."""

    kind: str
    since: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class Notices:
    """The notices of one organisation."""

    session: Session

    def raise_notice(self, kind: str, *, since: datetime, detail: str) -> bool:
        """True the first time; False while it lasts, and then the first `since` and `detail` stay."""
        values = (self.session.organization_id, kind, instant_text(since), detail)
        with self.session.writing():
            return self.session.execute(RAISE, values).rowcount > 0

    def clear_notice(self, kind: str) -> datetime | None:
        """Since when it had lasted; None if it was not raised."""
        with self.session.writing():
            rows = self.session.execute(CLEAR, (self.session.organization_id, kind)).fetchall()
        return instant_of(rows[0][0]) if rows else None

    def load_notices(self) -> dict[str, Notice]:
        """What is raised, by its kind, oldest first."""
        return {
            row["kind"]: Notice(row["kind"], instant_of(row["since"]), row["detail"])
            for row in self.session.query(LOAD_NOTICES)
        }
