"""Connections that are kept while a module of tests runs, for whoever opens the same database next.

To open one takes 1 ms, nearly all of it to read what fifty tables are; jobs and listeners do it five times in a test. A
kept connection is as a new one: whoever leaves something behind on it, or does something to the file meanwhile, gets a
new one. `tests/snapshots` and `tests/e2e` open theirs each time, as the program does.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from bot.snapshots import database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT_AT_MOST = 4

connect = database.connect

LEFT_BEHIND = "SELECT count(*) FROM temp.sqlite_master"
CANNOT_WRITE = "PRAGMA query_only"
WAIT_FOR_NOBODY = "PRAGMA busy_timeout = 0"
BRING_HOME = "PRAGMA wal_checkpoint(TRUNCATE)"
"""Writes what is in the log into the file, as the last connection does. It says 1 while others read."""
WAIT = f"PRAGMA busy_timeout = {round(database.BUSY_TIMEOUT_SECONDS * 1000)}"


class File(NamedTuple):
    """A file as it was last seen: whoever writes to it, locks it away or puts another in its place changes that."""

    device: int
    number: int
    mode: int
    size: int
    written_at: int

    @classmethod
    def at(cls, path: Path) -> File:
        """What is there. Raises `OSError` where nothing is."""
        found = os.stat(path)  # noqa: PTH116 -- three times as fast as the path's own
        return cls(found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns)


class KeptConnection(sqlite3.Connection):
    """A connection that is put away where it would be closed, and used by one thread after the other."""

    kept: KeptConnections
    path: Path

    def __init__(self, path: Path, **choices: Any) -> None:
        super().__init__(path, **{**choices, "check_same_thread": False})

    def close(self) -> None:
        """Puts it away if it is as good as new."""
        if not self.kept.put_away(self):
            self.end()

    def end(self) -> None:
        """Closes it."""
        super().close()

    def is_as_new(self) -> bool:
        """Whether nothing is begun or left behind on it, and all that was written is in the file."""
        if self.in_transaction or self.says(LEFT_BEHIND) or self.says(CANNOT_WRITE):
            return False
        self.execute(WAIT_FOR_NOBODY)
        others_read = self.says(BRING_HOME)
        self.execute(WAIT)
        return not others_read

    def says(self, question: str) -> Any:
        """The first word of the answer."""
        return self.execute(question).fetchone()[0]


@dataclass(slots=True)
class KeptConnections:
    """Those that nobody uses at the moment, the one that was used last at the end."""

    idle: list[tuple[KeptConnection, File]] = field(default_factory=list)
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def connect(self, path: Path) -> sqlite3.Connection:
        """A kept one, else a new one."""
        return self.take(path) or self.open(path)

    def take(self, path: Path) -> KeptConnection | None:
        """One that is put away, unless something has happened to its file."""
        while found := self.pop(path):
            connection, file = found
            with suppress(OSError):
                if file == File.at(path):
                    return connection
            connection.end()
        return None

    def pop(self, path: Path) -> tuple[KeptConnection, File] | None:
        """The first one that is put away, and its file as it was then."""
        with self.one_at_a_time:
            found = next((one for one in self.idle if one[0].path == path), None)
            if found is not None:
                self.idle.remove(found)
            return found

    def open(self, path: Path) -> KeptConnection:
        """A new one."""
        connection = connect(path, KeptConnection)
        assert isinstance(connection, KeptConnection)
        connection.kept, connection.path = self, path
        return connection

    def put_away(self, connection: KeptConnection) -> bool:
        """Whether that was possible."""
        try:
            if not connection.is_as_new():
                return False
            file = File.at(connection.path)
        except (OSError, sqlite3.Error):
            return False
        with self.one_at_a_time:
            self.idle.append((connection, file))
            ending = self.idle[:-KEPT_AT_MOST]
            del self.idle[:-KEPT_AT_MOST]
        for old, _ in ending:
            old.end()
        return True

    def end(self) -> None:
        """Closes all."""
        while self.idle:
            connection, _ = self.idle.pop()
            connection.end()


@contextmanager
def keeping_connections() -> Iterator[KeptConnections]:
    """Inside, whoever opens a store gets a kept connection where there is one."""
    kept = KeptConnections()
    try:
        with pytest.MonkeyPatch.context() as instead:
            instead.setattr(database, "connect", kept.connect)
            yield kept
    finally:
        kept.end()
