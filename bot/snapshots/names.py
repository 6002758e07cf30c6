"""What workspaces and keys are called: the last name each was seen under, kept when it is archived or gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import DEFAULT_WORKSPACE, ApiKey, Names, Workspace
from bot.snapshots.columns import instant_text
from bot.snapshots.first_days import load_first_days
from bot.snapshots.organizations import OrganizationBook

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.snapshots.database import Session

SAVE_WORKSPACE = """
INSERT INTO workspace (organization_id, external_id, name, archived, first_seen_at, seen_at)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    name = coalesce(nullif(excluded.name, ''), name),
    archived = excluded.archived,
    seen_at = excluded.seen_at
"""

SAVE_API_KEY = """
INSERT INTO api_key (organization_id, external_id, name, status, workspace_id, first_seen_at, seen_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    name = coalesce(nullif(excluded.name, ''), name),
    status = excluded.status,
    workspace_id = excluded.workspace_id,
    seen_at = excluded.seen_at
"""

LOAD_WORKSPACES = "SELECT external_id, name, archived FROM workspace WHERE organization_id = :organization_id"

LOAD_API_KEYS = "SELECT external_id, name, status, workspace_id FROM api_key WHERE organization_id = :organization_id"


@dataclass(frozen=True, slots=True)
class NameBook:
    """The names of one organisation."""

    session: Session

    def save_workspaces(self, workspaces: Iterable[Workspace], *, seen_at: datetime) -> None:
        """Keeps the latest names; a workspace missing from the list keeps its own."""
        organization_id, at = self.session.organization_id, instant_text(seen_at)
        rows = [(organization_id, each.id, each.name, each.archived, at, at) for each in workspaces]
        with self.session.writing():
            self.session.execute_many(SAVE_WORKSPACE, rows)

    def save_api_keys(self, api_keys: Iterable[ApiKey], *, seen_at: datetime) -> None:
        """Keeps the latest names and states; a key missing from the list keeps its own."""
        organization_id, at = self.session.organization_id, instant_text(seen_at)
        rows = [(organization_id, each.id, each.name, each.status, each.workspace_id, at, at) for each in api_keys]
        with self.session.writing():
            self.session.execute_many(SAVE_API_KEY, rows)

    def load_names(self) -> Names:
        """All names; the default workspace is always among them. With them, since when each key is used."""
        workspaces = {DEFAULT_WORKSPACE: Workspace(DEFAULT_WORKSPACE, "Default workspace")}
        for row in self.session.query(LOAD_WORKSPACES):
            workspaces[row["external_id"]] = Workspace(row["external_id"], row["name"], bool(row["archived"]))
        api_keys = {
            row["external_id"]: ApiKey(row["external_id"], row["name"], row["status"], row["workspace_id"])
            for row in self.session.query(LOAD_API_KEYS)
        }
        return Names(
            workspaces=workspaces,
            api_keys=api_keys,
            first_days=load_first_days(self.session),
            organization=OrganizationBook(self.session).load_called(),
        )
