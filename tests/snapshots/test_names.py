"""Names: the last one stays; and since when a key is used: the first day stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.model import DEFAULT_WORKSPACE, NO_KEY, ApiKey, Source, Workspace
from tests.builders import CHECKOUT, CI_KEY, NOW, SEARCH, YESTERDAY, cost_line, key_cost_line, usage_line
from tests.snapshots.days import day_alone, save

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


def test_a_key_is_known_since_the_first_day_it_was_used_on(store: Store) -> None:
    before = YESTERDAY - timedelta(days=9)
    save(store, usage=[usage_line(api_key_id="a"), usage_line(api_key_id=NO_KEY)])
    save(store, usage=[usage_line(day=before, api_key_id="b")], interval=day_alone(before))
    assert store.names.load_names().first_days == {"a": YESTERDAY, "b": before}

    save(store, usage=[usage_line(day=before, api_key_id="a")], interval=day_alone(before))
    assert store.names.load_names().first_days == {"a": before, "b": before}


def test_a_key_that_only_the_bill_names_is_known_since_then_as_well(store: Store) -> None:
    keys = [key_cost_line(api_key_id="a"), key_cost_line(api_key_id=NO_KEY)]
    store.ledger.save_days(
        day_alone(), cost=[cost_line(2)], usage=[], keys=keys, source=Source.ANALYTICS, fetched_at=NOW
    )
    assert store.names.load_names().first_days == {"a": YESTERDAY}


def test_a_key_keeps_its_name_and_takes_its_latest_state(store: Store) -> None:
    store.names.save_api_keys([ApiKey(CI_KEY, "ci", "active", CHECKOUT)], seen_at=NOW)
    store.names.save_api_keys([ApiKey(CI_KEY, "ci", "archived", SEARCH)], seen_at=LATER)
    store.names.save_api_keys([], seen_at=LATER)

    assert store.names.load_names().api_keys == {CI_KEY: ApiKey(CI_KEY, "ci", "archived", SEARCH)}
