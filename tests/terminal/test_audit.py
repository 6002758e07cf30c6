"""What `claudecost audit` prints."""

from __future__ import annotations

import json

from bot.model import AuditedQuestion, Outcome
from bot.terminal.audit import audit_as_json, audit_as_text
from tests.builders import NOW

ANSWERED = AuditedQuestion(
    at=NOW, user="U0ALICE01", channel="C0COSTS01", question="7d by workspace", outcome=Outcome.ANSWERED, rows=3
)
REFUSED = AuditedQuestion(at=NOW, user="U0BOB0001", channel="", question="", outcome=Outcome.REFUSED, is_limited=True)


def test_each_question_is_a_line() -> None:
    lines = str(audit_as_text([ANSWERED, REFUSED])).splitlines()

    assert lines[0] == "2 questions asked in Slack"
    assert lines[2].split("\t")[1:] == ["U0ALICE01", "C0COSTS01", "7d by workspace", "3", "answered", "everything"]
    assert lines[3].split("\t")[1:] == ["U0BOB0001", "–", "–", "–", "refused", "a part"]


def test_nobody_asked_anything() -> None:
    assert str(audit_as_text([])) == "Nobody asked anything"


def test_json_has_nulls_for_what_was_not_kept() -> None:
    (question,) = json.loads(audit_as_json([REFUSED]))["questions"]

    assert question == {
        "at": NOW.isoformat(),
        "user": "U0BOB0001",
        "channel": None,
        "question": None,
        "rows": None,
        "outcome": "refused",
        "limited": True,
    }
