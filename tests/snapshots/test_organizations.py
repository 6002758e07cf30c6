"""Organisations: several in one file never mix."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.model import AlertState, Freshness, Organization, Workspace, usd
from bot.snapshots import open_store
from tests.builders import (
    CHECKOUT,
    NOW,
    ORGANIZATION,
    YESTERDAY,
    alert,
    cost_line,
    evaluation,
    finding,
    posting,
    usage_line,
)
from tests.snapshots.days import day_alone, save

if TYPE_CHECKING:
    from pathlib import Path

    from bot.snapshots import Store

OTHER = Organization("org_other", "Other")


def test_before_the_first_organization_everything_is_empty(path: Path) -> None:
    with open_store(path) as store:
        assert store.organization is None
        assert_is_empty(store)


def test_an_organization_does_not_see_another_ones_data(store: Store) -> None:
    fill(store)

    store.save_organization(OTHER, seen_at=NOW)

    assert_is_empty(store)


def test_an_organization_finds_its_data_again(store: Store) -> None:
    fill(store)
    store.save_organization(OTHER, seen_at=NOW)
    save(store, cost_line(5))

    store.save_organization(ORGANIZATION, seen_at=NOW)

    assert store.ledger.load_spend(day_alone(), []) == {(): usd(1)}
    assert [each.state for each in store.alerts.load_open_alerts()] == [AlertState.FIRING]


def test_the_organization_saved_last_is_the_one_that_opens(path: Path, store: Store) -> None:
    store.save_organization(OTHER, seen_at=NOW)
    store.save_organization(ORGANIZATION, seen_at=NOW - timedelta(days=400))  # the clock was set back

    with open_store(path) as later:
        assert later.organization == ORGANIZATION


def test_a_renamed_organization_keeps_its_data(store: Store) -> None:
    fill(store)

    store.save_organization(Organization(ORGANIZATION.id, "Renamed"), seen_at=NOW)

    assert store.organization == Organization(ORGANIZATION.id, "Renamed")
    assert store.ledger.load_spend(day_alone(), []) == {(): usd(1)}


def test_what_was_kept_before_the_first_organization_becomes_its_own(path: Path) -> None:
    with open_store(path) as store:
        store.notices.raise_notice("key_refused", since=NOW, detail="")

        store.save_organization(ORGANIZATION, seen_at=NOW)
        assert store.notices.clear_notice("key_refused") == NOW


def test_one_key_can_be_queued_by_two_organizations(store: Store) -> None:
    assert store.outbox.add(posting("digest:2026-W47"))

    store.save_organization(OTHER, seen_at=NOW)

    assert store.outbox.add(posting("digest:2026-W47"))


def fill(store: Store) -> None:
    """One of everything."""
    save(store, cost_line(), usage=[usage_line()])
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout")], seen_at=NOW)
    store.alerts.save_evaluation(evaluation(finding()), revision=0, evaluated_at=NOW)
    store.alerts.save_alert(alert(id=0))
    store.outbox.add(posting("alert:1"))
    store.notices.raise_notice("stale", since=NOW, detail="")


def assert_is_empty(store: Store) -> None:
    """Nothing is there of what `fill` keeps."""
    assert store.ledger.load_fetched_days(day_alone()) == {}
    assert store.ledger.load_spend(day_alone(), ["model"]) == {}
    assert store.ledger.load_weekly_spend([YESTERDAY]) == []
    assert list(store.ledger.load_cost_lines(day_alone())) == []
    assert list(store.ledger.load_usage_lines(day_alone())) == []
    assert store.ledger.load_tokens(day_alone()) == {}
    assert store.ledger.load_unpriced(day_alone()) == []
    assert store.ledger.load_restatements(day_alone()) == []
    assert store.ledger.load_freshness() == Freshness(
        data_as_of=None, first_fetched_at=None, newest_day=None, oldest_day=None
    )
    assert store.names.load_names().workspace(CHECKOUT) == CHECKOUT
    assert store.alerts.load_evaluation() is None
    assert store.alerts.load_open_alerts() == []
    assert store.alerts.load_alerts_since(YESTERDAY) == []
    assert store.outbox.claim_due(NOW) is None
    assert store.outbox.load_posting("alert:1") is None
    assert store.notices.load_notices() == {}
