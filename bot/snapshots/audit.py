"""The audit: who asked what and when. What they were told is not in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import AuditedQuestion, Outcome
from bot.snapshots.columns import instant_of, instant_text

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from bot.snapshots.database import Session

SAVE = """
INSERT INTO audit (organization_id, at, user, channel, question, outcome, rows, is_limited)
VALUES (:organization_id, :at, :user, :channel, :question, :outcome, :rows, :is_limited)
"""

LOAD = """
SELECT at, user, channel, question, outcome, rows, is_limited FROM audit
WHERE organization_id = :organization_id AND at >= :since AND at < :until AND (:user = '' OR user = :user)
ORDER BY at, id
"""

LOAD_CHANNELS = (
    "SELECT DISTINCT channel FROM audit WHERE organization_id = :organization_id AND user = :user AND at >= :since"
)

FORGET = "DELETE FROM audit WHERE organization_id = ? AND at < ?"


@dataclass(frozen=True, slots=True)
class AuditBook:
    """The questions of everybody, whichever organisation they were about."""

    session: Session

    def save(self, question: AuditedQuestion, *, kept_for: timedelta) -> None:
        """Notes a question, and forgets those that are older than `kept_for`."""
        with self.session.writing():
            self.session.execute(FORGET, (self.session.organization_id, instant_text(question.at - kept_for)))
            values = {
                "organization_id": self.session.organization_id,
                "at": instant_text(question.at),
                "user": question.user,
                "channel": question.channel,
                "question": question.question,
                "outcome": question.outcome.value,
                "rows": question.rows,
                "is_limited": question.is_limited,
            }
            self.session.execute(SAVE, values)

    def load(self, *, since: datetime, until: datetime, user: str = "") -> list[AuditedQuestion]:
        """The questions of a time, oldest first; everybody's unless a user is named."""
        rows = self.session.query(LOAD, since=instant_text(since), until=instant_text(until), user=user)
        return [
            AuditedQuestion(
                at=instant_of(row["at"]),
                user=row["user"],
                channel=row["channel"],
                question=row["question"],
                outcome=Outcome(row["outcome"]),
                rows=row["rows"],
                is_limited=bool(row["is_limited"]),
            )
            for row in rows
        ]

    def load_channels(self, user: str, channels: Collection[str], *, since: datetime) -> frozenset[str]:
        """Those of some channels that somebody asked in since then."""
        rows = self.session.query(LOAD_CHANNELS, user=user, since=instant_text(since))
        return frozenset(channels).intersection(row["channel"] for row in rows)
