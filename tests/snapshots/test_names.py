"""Names: the last one stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.model import DEFAULT_WORKSPACE, ApiKey, Workspace
from tests.builders import CHECKOUT, CI_KEY, NOW, SEARCH

if TYPE_CHECKING:
    from bot.snapshots import Store

LATER = NOW + timedelta(hours=1)


def test_the_default_workspace_always_has_a_name(store: Store) -> None:
    assert store.names.load_names().workspace(DEFAULT_WORKSPACE) == "Default workspace"


def test_the_default_workspace_takes_the_name_it_is_given(store: Store) -> None:
    store.names.save_workspaces([Workspace(DEFAULT_WORKSPACE, "Main")], seen_at=NOW)

    assert store.names.load_names().workspace(DEFAULT_WORKSPACE) == "Main"


def test_a_renamed_workspace_has_its_latest_name(store: Store) -> None:
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout")], seen_at=NOW)
    store.names.save_workspaces([Workspace(CHECKOUT, "payments")], seen_at=LATER)

    assert store.names.load_names().workspace(CHECKOUT) == "payments"


def test_an_archived_workspace_keeps_its_name(store: Store) -> None:
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout")], seen_at=NOW)
    store.names.save_workspaces([Workspace(CHECKOUT, "", archived=True)], seen_at=LATER)

    assert store.names.load_names().workspaces[CHECKOUT] == Workspace(CHECKOUT, "checkout", archived=True)


def test_a_workspace_missing_from_the_list_keeps_its_name(store: Store) -> None:
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout")], seen_at=NOW)
    store.names.save_workspaces([Workspace(SEARCH, "search")], seen_at=LATER)

    assert store.names.load_names().workspace(CHECKOUT) == "checkout"


def test_a_key_keeps_its_name_and_takes_its_latest_state(store: Store) -> None:
    store.names.save_api_keys([ApiKey(CI_KEY, "ci", "active", CHECKOUT)], seen_at=NOW)
    store.names.save_api_keys([ApiKey(CI_KEY, "ci", "archived", SEARCH)], seen_at=LATER)
    store.names.save_api_keys([], seen_at=LATER)

    assert store.names.load_names().api_keys == {CI_KEY: ApiKey(CI_KEY, "ci", "archived", SEARCH)}
