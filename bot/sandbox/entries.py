"""Workspaces and API keys as the Admin API lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceEntry:
    """A workspace under its real id. Reports call the default one null; this list calls it by the id it has."""

    id: str
    name: str
    created_at: datetime
    archived_at: datetime | None = None
    is_default: bool = False

    def as_json(self) -> dict[str, Any]:
        """One item of `GET …/workspaces`."""
        return {
            "id": self.id,
            "type": "workspace",
            "name": self.name,
            "created_at": rfc3339(self.created_at),
            "archived_at": rfc3339(self.archived_at) if self.archived_at else None,
            "display_color": "#6C5BB9",
            "data_residency": {"workspace_geo": "us", "default_inference_geo": "global"},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyEntry:
    """An API key and the workspace it belongs to."""

    id: str
    name: str
    status: str
    workspace: WorkspaceEntry
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """One item of `GET …/api_keys`: the old `workspace_id`, null for the default one, beside the new `scope`."""
        return {
            "id": self.id,
            "type": "api_key",
            "name": self.name,
            "status": self.status,
            "workspace_id": None if self.workspace.is_default else self.workspace.id,
            "scope": {"type": "workspace", "workspace_id": self.workspace.id},
            "created_at": rfc3339(self.created_at),
            "created_by": {"id": "user_01Sandbox", "type": "user"},
            "expires_at": None,
            "partial_key_hint": f"sk-ant-api03-{self.id[-3:]}...{self.id[-4:]}",
        }


def rfc3339(moment: datetime) -> str:
    """An instant as the API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
