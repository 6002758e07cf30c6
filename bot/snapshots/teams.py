"""Teams: the spreadsheet that was imported, and what people said in Slack of keys that nobody owned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import Claim, TeamSheet
from bot.snapshots.columns import day_number, day_of, instant_of, instant_text

if TYPE_CHECKING:
    from bot.snapshots.database import Session

SAVE_SHEET = "INSERT INTO team_sheet (organization_id, name, text, imported_at) VALUES (?, ?, ?, ?)"

LOAD_SHEET = """
SELECT name, text, imported_at FROM team_sheet
WHERE organization_id = :organization_id
ORDER BY id DESC
LIMIT 1
"""

SAVE_CLAIM = """
INSERT INTO claim (organization_id, workspace_id, key_id, team, since, given_by, given_at) VALUES (?, ?, ?, ?, ?, ?, ?)
"""

LOAD_CLAIMS = """
SELECT workspace_id, key_id, team, since, given_by, given_at FROM claim
WHERE organization_id = :organization_id
ORDER BY id
"""


def question_key(workspace_id: str, key_id: str) -> str:
    """Under which the question is posted that asks whose a key in a workspace is, once."""
    return f"whose:{workspace_id}:{key_id}"


@dataclass(frozen=True, slots=True)
class TeamBook:
    """What was said of teams, beside `claudecost.toml`; each import and each claim is kept, the newest one counts."""

    session: Session

    def save_sheet(self, sheet: TeamSheet) -> None:
        """From now on this is the spreadsheet in force."""
        with self.session.writing():
            own = (self.session.organization_id, sheet.name, sheet.text, instant_text(sheet.imported_at))
            self.session.execute(SAVE_SHEET, own)

    def load_sheet(self) -> TeamSheet | None:
        """The spreadsheet in force; None before the first import."""
        for row in self.session.query(LOAD_SHEET):
            return TeamSheet(row["name"], row["text"], instant_of(row["imported_at"]))
        return None

    def save_claim(self, claim: Claim) -> None:
        """Keeps what somebody said, with when and who it was."""
        said = (claim.workspace_id, claim.key_id, claim.team, day_number(claim.since), claim.given_by)
        with self.session.writing():
            self.session.execute(SAVE_CLAIM, (self.session.organization_id, *said, instant_text(claim.given_at)))

    def load_claims(self) -> list[Claim]:
        """What was said of each key in each workspace, in the order it was said."""
        return [
            Claim(
                workspace_id=row["workspace_id"],
                key_id=row["key_id"],
                team=row["team"],
                since=day_of(row["since"]),
                given_by=row["given_by"],
                given_at=instant_of(row["given_at"]),
            )
            for row in self.session.query(LOAD_CLAIMS)
        ]
