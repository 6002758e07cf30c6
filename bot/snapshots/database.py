"""One connection per operation: how it is opened, brought up to date, written through and closed."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from bot.model import FIRST_SETTING
from bot.snapshots.errors import reason_not_created, told_in_words, unusable
from bot.snapshots.looking import Looking
from bot.snapshots.schema import APPLICATION_ID, SCHEMA_VERSION, migrations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

BUSY_TIMEOUT_SECONDS = 5.0
RETRY_SECONDS = 0.02

HOME = 1
"""The number under which what was said and answered is kept, whichever organisation it is about."""

NOBODY = 0

FIND_SETTING = "SELECT id, setting FROM organization WHERE setting = ?"
FIND_FIRST = "SELECT id, setting FROM organization WHERE setting <> '' ORDER BY position, id LIMIT 1"


@dataclass(slots=True)
class Session:
    """One operation's connection and the organisation it works for; never shared between threads.

    `setting` is where the organisation's key is; `looking` is what of the stored tables is hidden at the moment.

    A connection shared between threads would let one thread's rollback undo what another had acknowledged.
    """

    db: Database
    organization_id: int
    setting: str = FIRST_SETTING
    looking: Looking = field(default_factory=Looking)

    def working_for(self, organization_id: int, setting: str) -> Session:
        """The same connection, looked through the same way, for another organisation."""
        return replace(self, organization_id=organization_id, setting=setting)

    def execute(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Cursor:
        """Runs one statement; rows come as tuples."""
        return self.db.conn.execute(sql, values)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Runs one statement for each row; how many rows it wrote."""
        return max(0, self.db.conn.executemany(sql, rows).rowcount)

    def insert(self, sql: str, values: Sequence[Any]) -> int:
        """Inserts one row; its number."""
        return self.execute(sql, values).lastrowid or 0

    def query(self, sql: str, **values: Any) -> Iterator[dict[str, Any]]:
        """Rows as dictionaries by column; `:organization_id` is always there to be named.

        `sqlite_utils` would put a savepoint around each, in case it is no question: three statements instead of one.
        """
        cursor = self.execute(sql, {"organization_id": self.organization_id, **values})
        columns = [name for name, *_ in cursor.description]
        return (dict(zip(columns, row, strict=True)) for row in cursor.fetchall())

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing. Inside another one it is a part of that; otherwise it takes the write lock at once.

        A transaction that begins with a read and then writes can fail for good while another one writes
        (SQLITE_BUSY_SNAPSHOT), however long it is willing to wait.
        """
        if self.db.conn.in_transaction:
            with self.db.atomic():
                yield
            return
        with transaction(self.db.conn, "BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Everything loaded inside is of one moment, whatever is saved meanwhile."""
        if self.db.conn.in_transaction:
            yield
            return
        with transaction(self.db.conn, "BEGIN"):
            yield


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """Commits at the end, rolls back on the way out of an error."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def open_session(path: Path, setting: str | None = None) -> Iterator[Session]:
    """Opens a session for the organisation whose key is in `setting`, by default the first one.

    Raises `DatabaseUnusable`, also for what goes wrong inside.
    """
    create_file(path)
    with told_in_words(path), closing(connect(path)) as connection:
        bring_up_to_date(connection, path)
        db = Database(connection, recursive_triggers=False, execute_plugins=False)
        yield Session(db, *find_organization(connection, setting))


def find_organization(connection: sqlite3.Connection, setting: str | None) -> tuple[int, str]:
    """The number of the organisation whose key is in `setting`, and that setting; the first one for none.

    Nobody has the number of a setting that is not known.
    """
    found = connection.execute(FIND_FIRST) if setting is None else connection.execute(FIND_SETTING, (setting,))
    row = found.fetchone()
    return (NOBODY, setting or FIRST_SETTING) if row is None else tuple(row)


def create_file(path: Path) -> None:
    """Creates the file for its owner alone; SQLite gives the files beside it the same mode.

    Never opens a file that is there: closing it again would drop the locks that this process holds on it.
    """
    try:
        if not path.exists():
            os.close(os.open(path.resolve(), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return  # another process was faster
    except OSError as error:
        raise unusable(path, reason_not_created(error)) from error


def connect(path: Path, kind: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """A connection that waits for others and keeps to the foreign keys; transactions are begun by hand."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, factory=kind)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Migrates a new or older file; refuses a newer one and another program's."""
    if version_of(connection) == SCHEMA_VERSION:
        return
    refuse_foreign(connection, path)
    use_write_ahead_log(connection)
    with transaction(connection, "BEGIN IMMEDIATE"):
        refuse_foreign(connection, path)  # again: another process may have migrated while this one waited
        migrations.apply(Database(connection, recursive_triggers=False, execute_plugins=False))
        connection.execute(f"PRAGMA application_id = {signed(APPLICATION_ID)}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def version_of(connection: sqlite3.Connection) -> int:
    """The schema's version; 0 for a file without one."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Raises `DatabaseUnusable` for a file that this version must not write to."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application_id != signed(APPLICATION_ID):
        raise unusable(path, "belongs to another program; point CLAUDECOST_DATABASE at another file")
    if version_of(connection) > SCHEMA_VERSION:
        raise unusable(
            path,
            f"was written by a newer claudecost (schema {version_of(connection)}, this one knows {SCHEMA_VERSION}); "
            "upgrade claudecost, or restore the backup from before the upgrade",
        )


def use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Readers go on while one process writes. SQLite does not wait for others at this step, so this does."""
    tries = int(BUSY_TIMEOUT_SECONDS / RETRY_SECONDS)
    for _ in range(tries):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def signed(number: int) -> int:
    """SQLite keeps the application id as a signed 32-bit number."""
    return number - (1 << 32) if number >= 1 << 31 else number
