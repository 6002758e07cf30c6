"""Which channels asked for digests, and what each digest told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlite_utils import Database

from bot.model import Subscription
from bot.snapshots import open_store
from bot.snapshots.database import signed
from bot.snapshots.schema import APPLICATION_ID, migrations
from tests.builders import NOW, posting

if TYPE_CHECKING:
    from pathlib import Path

    from bot.snapshots import Store

PAYMENT = Subscription(channel="C0PAYMENT", every="month", workspaces=("pay-*",), user="U0ALICE01", at=NOW)


def test_a_subscription_is_kept_as_it_was_made(store: Store) -> None:
    store.subscriptions.subscribe(PAYMENT)

    assert store.subscriptions.load() == [replace(PAYMENT, id=1)]


def test_one_that_was_ended_is_not_in_force_and_stays_on_record(store: Store) -> None:
    store.subscriptions.subscribe(PAYMENT)
    store.subscriptions.unsubscribe(store.subscriptions.load(), user="U0BOB0001", at=NOW)

    assert store.subscriptions.load() == []
    assert [*store.session.query("SELECT user, ended_by FROM digest_subscription")] == [
        {"user": "U0ALICE01", "ended_by": "U0BOB0001"}
    ]


def test_a_series_is_known_since_it_was_first_noted(store: Store) -> None:
    assert store.subscriptions.note_series("C0PAYMENT", at=NOW) == NOW
    assert store.subscriptions.note_series("C0PAYMENT", at=NOW + timedelta(days=1)) == NOW


def test_what_waits_for_a_channel_that_asked_for_it_stays_for_it(store: Store) -> None:
    store.subscriptions.subscribe(PAYMENT)
    for channel in ("C0PAYMENT", "C0WRONG01"):
        store.outbox.add(posting(channel, channel=channel))

    store.outbox.readdress("C0COSTS01")

    waiting = [store.outbox.claim_due(NOW) for _ in range(2)]
    assert [each and each.channel for each in waiting] == ["C0PAYMENT", "C0COSTS01"]


def test_what_the_weekly_digest_told_is_still_known_after_an_upgrade(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        migrations.apply(Database(connection), stop_before="m022_digests")
        connection.execute("UPDATE organization SET external_id = 'org_example', name = 'Example', seen_at = 'x'")
        connection.execute("INSERT INTO told_week VALUES (1, '2026-W46', '2026-W45', 70, 1)")
        connection.execute(f"PRAGMA application_id = {signed(APPLICATION_ID)}")
        connection.execute("PRAGMA user_version = 21")
        connection.commit()

    with open_store(path) as store:
        told = store.told_periods
        assert told.load(before="2026-W47") == {"2026-W45": 70}
        assert told.load_estimated(before="2026-W47") == {"2026-W45"}
