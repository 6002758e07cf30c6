"""PURE: the Admin API's lists and single objects → values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.admin_api.parse import known_workspace
from bot.admin_api.parse_json import NotAsDocumented, decoded, envelope, optional_text, required, required_text
from bot.model import DEFAULT_WORKSPACE, ApiKey, Organization, Workspace

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Item]):
    """One page of a list. `next_page` is None on the last one."""

    items: list[Item]
    next_page: str | None


def parse_organization(body: bytes) -> Organization:
    """`/me`."""
    answer = decoded(body)
    return Organization(id=required_text(answer, "id"), name=required_text(answer, "name"))


def parse_workspaces(body: bytes) -> ListPage[Workspace]:
    """A page of workspaces under the API's own ids; a null id is the default workspace."""
    data, next_page = envelope(body, token="last_id")  # noqa: S106 -- the name of a field, no secret
    return ListPage([workspace_of(entry) for entry in data], next_page)


def workspace_of(entry: Any) -> Workspace:
    """One entry of the workspaces list."""
    id_or_null = optional_text(required(entry, "id"))
    name = optional_text(required(entry, "name"))
    return Workspace(id_or_null or DEFAULT_WORKSPACE, name, archived=entry.get("archived_at") is not None)


def parse_api_keys(body: bytes, default_workspace_id: str | None) -> ListPage[ApiKey]:
    """A page of API keys. A key of the whole organisation has no workspace: its `workspace_id` is empty."""
    data, next_page = envelope(body, token="last_id")  # noqa: S106 -- the name of a field, no secret
    return ListPage([api_key_from(entry, default_workspace_id) for entry in data], next_page)


def api_key_from(entry: object, default_workspace_id: str | None) -> ApiKey:
    """One entry of the keys list."""
    return ApiKey(
        id=required_text(entry, "id"),
        name=optional_text(required(entry, "name")),
        status=optional_text(required(entry, "status")),
        workspace_id=workspace_of_key(entry, default_workspace_id),
    )


def workspace_of_key(entry: object, default_workspace_id: str | None) -> str:
    """Where a key belongs: `scope` in the new shape, which names even the default workspace, else `workspace_id`."""
    scope = entry.get("scope") if isinstance(entry, dict) else None
    if scope is None:
        return known_workspace(required(entry, "workspace_id"), default_workspace_id)
    if required(scope, "type") != "workspace":
        return ""
    return known_workspace(required(scope, "workspace_id"), default_workspace_id)


def parse_error(body: bytes) -> tuple[str, str | None]:
    """An error body's message and request id; empty and None when it is not one of Anthropic's."""
    try:
        answer = decoded(body)
        error = answer.get("error")
        message = error.get("message") if isinstance(error, dict) else error
        request_id = answer.get("request_id")
    except (NotAsDocumented, AttributeError):
        return "", None
    return message if isinstance(message, str) else "", request_id if isinstance(request_id, str) else None
