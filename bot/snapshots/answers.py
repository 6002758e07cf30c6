"""Answers: what was told to one person, kept for a while so that it can be shared as it was told, or gone on from."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.snapshots.columns import instant_of, instant_text, message_of, message_text

if TYPE_CHECKING:
    from bot.model import Message
    from bot.snapshots.database import Session

KEPT_FOR = timedelta(days=30)

ID_BYTES = 12

SAVE_ANSWER = """
INSERT INTO answer (organization_id, id, asked_by, channel, question, message, answered_at, sight)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""

LOAD_ANSWER = """
SELECT asked_by, question, message, answered_at, sight FROM answer
WHERE organization_id = :organization_id AND id = :id
"""

LOAD_QUESTIONS = """
SELECT question FROM answer
WHERE organization_id = :organization_id AND asked_by = :user AND answered_at >= :since ORDER BY answered_at
"""


class Answer(NamedTuple):
    """Who asked, what was understood, what they were told and when; `sight` stands for what they could see then."""

    user: str
    question: str
    message: Message
    at: datetime
    sight: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one organisation."""

    session: Session

    def save_answer(
        self, *, user: str, channel: str, question: str, message: Message, at: datetime, sight: str = ""
    ) -> str:
        """Keeps an answer for 30 days; its id, which cannot be guessed."""
        answer_id = secrets.token_urlsafe(ID_BYTES)
        kept = (user, channel, question, message_text(message), instant_text(at), sight)
        with self.session.writing():
            self.session.execute("DELETE FROM answer WHERE answered_at < ?", (instant_text(at - KEPT_FOR),))
            self.session.execute(SAVE_ANSWER, (self.session.organization_id, answer_id, *kept))
        return answer_id

    def load_answer(self, answer_id: str) -> Answer | None:
        """The answer of an id; None if there is none or it was too old to keep."""
        for row in self.session.query(LOAD_ANSWER, id=answer_id):
            message, at = message_of(row["message"]), instant_of(row["answered_at"])
            return Answer(row["asked_by"], row["question"], message, at, row["sight"])
        return None

    def load_questions(self, user: str, *, since: datetime) -> list[str]:
        """What somebody asked and was answered, in order; no answer is kept for more than 30 days."""
        rows = self.session.query(LOAD_QUESTIONS, user=user, since=instant_text(since))
        return [row["question"] for row in rows]
