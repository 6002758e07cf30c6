"""Opening: made for its owner, migrated once, refused in words."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from bot.model import usd
from bot.snapshots import DatabaseUnusable, open_store
from bot.snapshots.database import signed
from bot.snapshots.schema import APPLICATION_ID, SCHEMA_VERSION, migrations
from tests.builders import NOW, ORGANIZATION, cost_line, last_days, usage_line
from tests.scripts import ended, running_code
from tests.snapshots.days import day_alone, save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.snapshots import Store

OPEN = """
import sys
from pathlib import Path
from bot.snapshots import open_store

with open_store(Path(sys.argv[1])) as store:
    assert store.organization is None
"""


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A store in a file that was not there: here it is not copied from one that was made before."""
    with open_store(path) as opened:
        opened.save_organization(ORGANIZATION, seen_at=NOW)
        yield opened


def complaint(path: Path) -> str:
    """What is said when the file is opened and read."""
    with pytest.raises(DatabaseUnusable) as raised, open_store(path) as store:
        list(store.ledger.load_cost_lines(day_alone()))
    (line,) = str(raised.value).splitlines()
    return line.replace(str(path), "FILE")


def pragma(path: Path, name: str) -> object:
    """The value of a pragma in a connection of its own."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_the_files_are_their_owners_alone(path: Path, store: Store) -> None:
    store.save_organization(ORGANIZATION, seen_at=NOW)

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {f"claudecost.db{suffix}": 0o600 for suffix in ("", "-wal", "-shm")}


def test_a_link_to_a_file_that_is_not_there_yet_makes_it_for_its_owner_alone(tmp_path: Path, path: Path) -> None:
    path.symlink_to(tmp_path / "disk.db")

    with open_store(path):
        pass

    assert stat.S_IMODE((tmp_path / "disk.db").stat().st_mode) == 0o600


def test_the_database_is_consistent_with_its_rules(path: Path, store: Store) -> None:
    save(store, cost_line())

    assert store.session.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert store.session.execute("PRAGMA synchronous").fetchone() == (1,)
    assert store.session.execute("PRAGMA busy_timeout").fetchone() == (5000,)
    assert store.session.execute("PRAGMA foreign_key_check").fetchall() == []
    assert pragma(path, "journal_mode") == "wal"
    assert pragma(path, "integrity_check") == "ok"


def test_every_table_is_strict(store: Store) -> None:
    tables = store.session.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table'").fetchall()

    loose = {name for name, strict in tables if not strict}
    assert loose == {"sqlite_schema", "sqlite_temp_schema", "_sqlite_migrations"}


def test_every_table_but_those_reached_through_another_has_its_organization(store: Store) -> None:
    tables = store.session.execute(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE '%sqlite%' AND NOT EXISTS "
        "(SELECT 1 FROM pragma_table_info(pragma_table_list.name) AS info WHERE info.name = 'organization_id')"
    ).fetchall()

    assert {name for (name,) in tables} == {
        "organization",
        "finding",
        "alert_handling",
        "alert_member",
        "superseded_cost",
        "superseded_key_cost",
        "superseded_usage",
    }


def test_the_version_counts_the_migrations(store: Store) -> None:
    assert len(migrations.applied(store.session.db)) == SCHEMA_VERSION
    assert migrations.pending(store.session.db) == []


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.touch()

    with open_store(path) as store:
        assert store.organization is None


def test_opening_again_finds_what_was_there(path: Path) -> None:
    with open_store(path) as store:
        save(store, cost_line(7))

    with open_store(path) as store:
        assert store.ledger.load_spend(day_alone(), []) == {(): usd(7)}


def test_the_first_days_of_keys_are_found_in_what_was_stored_before(path: Path) -> None:
    with open_store(path) as store:
        for day in last_days(2).days():
            save(store, usage=[usage_line(day=day, api_key_id="a")], interval=day_alone(day))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE api_key_use")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'm009_api_key_use'")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
        connection.commit()

    with open_store(path) as store:
        assert store.names.load_names().first_days == {"a": last_days(2).since}


def test_an_older_schema_is_migrated_with_its_data(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        older = Database(connection)
        migrations.apply(older, stop_before="m003_alerts")
        connection.execute("UPDATE organization SET external_id = 'org_example', name = 'Example', seen_at = 'x'")
        connection.execute(f"PRAGMA application_id = {signed(APPLICATION_ID)}")
        connection.execute("PRAGMA user_version = 2")
        connection.commit()

    with open_store(path) as store:
        assert store.organization == ORGANIZATION
        assert store.alerts.load_open_alerts() == []


def test_a_newer_schema_is_refused_in_words(path: Path) -> None:
    with open_store(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")

    assert complaint(path) == (
        f"the database FILE was written by a newer claudecost (schema 99, this one knows {SCHEMA_VERSION}); "
        "upgrade claudecost, or restore the backup from before the upgrade"
    )


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE photo (id INTEGER)")
    before = path.read_bytes()

    assert complaint(path) == (
        "the database FILE belongs to another program; point CLAUDECOST_DATABASE at another file"
    )
    assert path.read_bytes() == before


def test_a_file_of_another_kind_is_refused(path: Path) -> None:
    path.write_text("not a database, but a text that is long enough to be read as one")

    assert complaint(path) == (
        "the database FILE is not a SQLite database; move it away, or point CLAUDECOST_DATABASE at another file"
    )


def test_a_damaged_database_is_told_in_words(path: Path) -> None:
    with open_store(path) as store:
        save(store, *[cost_line(model=f"model-{number}") for number in range(2000)])
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))

    assert complaint(path).startswith("the database FILE is damaged; restore a backup")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert complaint(tmp_path) == "the database FILE is a folder; point CLAUDECOST_DATABASE at a file in it"


def test_a_missing_folder_is_told_in_words(tmp_path: Path) -> None:
    assert complaint(tmp_path / "missing" / "claudecost.db") == (
        "the database FILE cannot be created (No such file or directory); check that its folder exists and is writable"
    )


def test_a_full_disk_leaves_the_days_as_they_were(path: Path, store: Store) -> None:
    save(store, cost_line(1))

    said = complaint_about_saving(path, "max_page_count = 1")

    assert said == ("the database FILE has no room to grow, the disk is full; make room, what was stored is unharmed")
    assert store.ledger.load_spend(day_alone(), []) == {(): usd(1)}


def test_a_database_that_cannot_be_written_is_told_in_words(path: Path) -> None:
    assert complaint_about_saving(path, "query_only = ON") == (
        "the database FILE cannot be written; make the file and its folder writable for the user the bot runs as"
    )


def test_a_database_that_stays_locked_is_told_in_words(path: Path, store: Store) -> None:
    with store.transaction():
        said = complaint_about_saving(path, "busy_timeout = 10")

    assert said == (
        "the database FILE was locked by another process for over 5 seconds; stop that process, then try again"
    )


def complaint_about_saving(path: Path, setting: str) -> str:
    """What is said when much is saved under a pragma that makes it fail."""
    lines = [cost_line(model=f"model-{number}") for number in range(5000)]
    try:
        with open_store(path) as store:
            store.session.execute(f"PRAGMA {setting}")
            save(store, *lines)
    except DatabaseUnusable as error:
        return str(error).replace(str(path), "FILE")
    return "nothing"


def test_a_fault_of_the_program_is_not_blamed_on_the_database(path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"), open_store(path) as store:
        store.session.execute("SELECT * FROM missing")


async def test_several_processes_can_open_a_new_file_at_once(tmp_path: Path, path: Path) -> None:
    async with AsyncExitStack() as stack:
        opening = [stack.enter_async_context(running_code(OPEN, str(path), folder=tmp_path)) for _ in range(4)]
        processes = await asyncio.gather(*opening)

        assert await asyncio.gather(*map(ended, processes)) == [(0, "", "")] * 4
