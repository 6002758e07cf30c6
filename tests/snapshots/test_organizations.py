"""Organisations: several in one file never mix."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from bot.model import AlertState, Freshness, Message, Organization, Workspace, usd
from bot.snapshots import open_store
from bot.snapshots.database import signed
from bot.snapshots.schema import APPLICATION_ID, migrations
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


def test_the_organization_that_its_key_named_last_is_the_one_that_opens(path: Path, store: Store) -> None:
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


def test_what_is_said_and_answered_belongs_to_no_organization(store: Store) -> None:
    assert store.outbox.add(posting("digest:2026-W47"))
    answer_id = store.answers.save_answer(user="U1", channel="C1", question="7d", message=Message("$1"), at=NOW)

    store.save_organization(OTHER, seen_at=NOW)

    assert not store.outbox.add(posting("digest:2026-W47"))
    assert store.answers.load_answer(answer_id) is not None


def test_the_key_of_a_posting_about_one_organization_is_no_other_ones(store: Store) -> None:
    assert store.own_key("backfill") == "backfill"

    store.save_organization(OTHER, seen_at=NOW)

    assert store.own_key("backfill") == "backfill@2"


# --- Several keys ---


def expect(path: Path, *settings: str) -> None:
    """These settings hold keys; what each is called is its setting in small letters."""
    with open_store(path) as store:
        store.expect_organizations({setting: setting.lower() for setting in settings})


def answered(path: Path, setting: str, organization: Organization) -> None:
    """The key in a setting tells whose it is."""
    with open_store(path, setting) as store:
        store.save_organization(organization, seen_at=NOW)


def synced(path: Path) -> list[Organization]:
    with open_store(path) as store:
        return store.organizations()


def retired(path: Path) -> list[Organization]:
    with open_store(path) as store:
        return store.retired_organizations()


def test_organizations_come_in_the_order_of_their_settings(path: Path) -> None:
    expect(path, "US_KEY", "EU_KEY")
    answered(path, "EU_KEY", OTHER)
    answered(path, "US_KEY", ORGANIZATION)
    assert synced(path) == [ORGANIZATION, OTHER]

    expect(path, "EU_KEY", "US_KEY")
    assert synced(path) == [OTHER, ORGANIZATION]


def test_a_store_opens_for_the_organization_of_a_setting_and_by_default_for_the_first(path: Path) -> None:
    expect(path, "US_KEY", "EU_KEY")
    answered(path, "US_KEY", ORGANIZATION)
    answered(path, "EU_KEY", OTHER)

    with open_store(path) as first, open_store(path, "EU_KEY") as other:
        assert (first.organization, other.organization) == (ORGANIZATION, OTHER)
        assert first.of(OTHER).organization == OTHER
        assert [each.organization for each in other.each()] == [ORGANIZATION, OTHER]


def test_the_books_of_an_organization_that_was_never_saved_cannot_be_opened(store: Store) -> None:
    with pytest.raises(LookupError):
        store.of(OTHER)


def test_an_organization_has_a_name_to_be_called_by_only_beside_others(path: Path) -> None:
    expect(path, "US_KEY")
    answered(path, "US_KEY", ORGANIZATION)
    with open_store(path) as store:
        assert store.called is None

    expect(path, "US_KEY", "EU_KEY")
    with open_store(path, "US_KEY") as store:
        assert store.called == ORGANIZATION.name
    with open_store(path, "EU_KEY") as store:
        assert store.called == "eu_key"  # it has not answered yet


def test_what_was_wrong_with_a_key_before_it_answered_becomes_its_organizations(path: Path) -> None:
    expect(path, "US_KEY", "EU_KEY")
    with open_store(path, "EU_KEY") as store:
        store.notices.raise_notice("key_refused", since=NOW, detail="EU_KEY")

    answered(path, "EU_KEY", OTHER)

    with open_store(path, "EU_KEY") as store:
        assert list(store.notices.load_notices()) == ["key_refused"]
    with open_store(path, "US_KEY") as store:
        assert store.notices.load_notices() == {}


def test_an_organization_is_found_again_under_another_setting(path: Path, store: Store) -> None:
    fill(store)
    expect(path, "EU_KEY")
    assert synced(path) == [ORGANIZATION]  # until it is known whose the new key is

    answered(path, "EU_KEY", ORGANIZATION)

    assert (synced(path), retired(path)) == ([ORGANIZATION], [])
    with open_store(path) as later:
        assert later.ledger.load_spend(day_alone(), []) == {(): usd(1)}


def test_two_keys_can_change_places(path: Path) -> None:
    expect(path, "US_KEY", "EU_KEY")
    answered(path, "US_KEY", ORGANIZATION)
    answered(path, "EU_KEY", OTHER)

    answered(path, "US_KEY", OTHER)
    answered(path, "EU_KEY", ORGANIZATION)
    expect(path, "US_KEY", "EU_KEY")

    assert synced(path) == [OTHER, ORGANIZATION]


def test_an_organization_without_a_setting_is_retired_and_keeps_its_history(path: Path, store: Store) -> None:
    fill(store)
    expect(path, "ANTHROPIC_ADMIN_KEY", "EU_KEY")
    answered(path, "EU_KEY", OTHER)

    expect(path, "EU_KEY")

    assert (synced(path), retired(path)) == ([OTHER], [ORGANIZATION])
    with open_store(path) as later:
        assert later.of(ORGANIZATION).ledger.load_spend(day_alone(), []) == {(): usd(1)}


def test_an_organization_that_comes_back_counts_again(path: Path, store: Store) -> None:
    expect(path, "ANTHROPIC_ADMIN_KEY", "EU_KEY")
    answered(path, "EU_KEY", OTHER)
    expect(path, "EU_KEY")

    expect(path, "EU_KEY", "ANTHROPIC_ADMIN_KEY")
    answered(path, "ANTHROPIC_ADMIN_KEY", ORGANIZATION)

    assert synced(path) == [OTHER, ORGANIZATION]
    assert store.organization == ORGANIZATION


def test_a_file_of_two_organizations_in_turn_keeps_what_was_said_of_the_latest(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        migrations.apply(Database(connection), stop_before="m007_settings")
        connection.execute("UPDATE organization SET external_id = 'org_other', name = 'Other', seen_at = 'x', turn = 1")
        connection.execute("INSERT INTO organization VALUES (2, 'org_example', 'Example', 'x', 2)")
        for number, keys in ((1, ("backfill", "digest:1", "old")), (2, ("backfill", "digest:1", "new"))):
            for key in keys:
                connection.execute(
                    "INSERT INTO outbox (organization_id, key, channel, message, state, attempts) "
                    "VALUES (?, ?, 'C1', '{\"text\": \"\", \"blocks\": []}', 'pending', 0)",
                    (number, key),
                )
        connection.execute(f"PRAGMA application_id = {signed(APPLICATION_ID)}")
        connection.execute("PRAGMA user_version = 6")
        connection.commit()

    with open_store(path) as store:
        assert (store.organizations(), store.retired_organizations()) == ([ORGANIZATION], [OTHER])
        states = store.session.execute("SELECT organization_id, key, state FROM outbox ORDER BY key").fetchall()
        assert states == [
            (1, "backfill", "dead"),
            (1, "backfill@2", "pending"),
            (1, "digest:1", "pending"),
            (1, "new", "pending"),
            (1, "old", "dead"),
        ]


def fill(store: Store) -> None:
    """One of everything."""
    save(store, cost_line(), usage=[usage_line()])
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout")], seen_at=NOW)
    store.alerts.save_evaluation(evaluation(finding()), revision=0, evaluated_at=NOW)
    store.alerts.save_alert(alert(id=0))
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
    assert store.notices.load_notices() == {}
