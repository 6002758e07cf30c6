"""Why the database cannot be used, in one line for the person who can mend it."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.model import OutsideFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REASONS = {
    sqlite3.SQLITE_NOTADB: "is not a SQLite database; move it away, or point CLAUDECOST_DATABASE at another file",
    sqlite3.SQLITE_CORRUPT: (
        "is damaged; restore a backup, or move it away to start anew: bills come back, what was said in Slack does not"
    ),
    sqlite3.SQLITE_READONLY: "cannot be written; make the file and its folder writable for the user the bot runs as",
    sqlite3.SQLITE_PERM: "may not be opened; make the file and its folder readable for the user the bot runs as",
    sqlite3.SQLITE_AUTH: "may not be opened; make the file and its folder readable for the user the bot runs as",
    sqlite3.SQLITE_FULL: "has no room to grow, the disk is full; make room, what was stored is unharmed",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and is writable",
    sqlite3.SQLITE_IOERR: "cannot be read or written, the disk reports an error; check the disk, then restart",
    sqlite3.SQLITE_BUSY: "was locked by another process for over 5 seconds; stop that process, then try again",
    sqlite3.SQLITE_LOCKED: "was locked by another process for over 5 seconds; stop that process, then try again",
    sqlite3.SQLITE_PROTOCOL: "cannot be locked; keep it on a local disk, not on a network share",
    sqlite3.SQLITE_NOLFS: "is too large for its file system; move it to another disk",
}
"""By SQLite's primary result code (https://www.sqlite.org/rescode.html); others are faults of this program."""

PRIMARY_CODE = 0xFF
LEAST_FREE_BYTES = 1 << 20
"""With less than that free, SQLite cannot make the files beside the database, and calls it an I/O error."""


class DatabaseUnusable(OutsideFailed):
    """The database cannot be used; the text is one line, with the mend."""


@contextmanager
def told_in_words(path: Path) -> Iterator[None]:
    """Turns what SQLite or the disk refuses into `DatabaseUnusable`; faults of this program pass unchanged."""
    try:
        yield
    except sqlite3.Error as error:
        reason = reason_of(error, free_bytes=free_bytes(path))
        if reason is None:
            raise
        raise unusable(path, reason) from error


def reason_of(error: sqlite3.Error, *, free_bytes: int) -> str | None:
    """What is wrong and the mend, on a disk with so much room; None for a fault of this program."""
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE
    if code == sqlite3.SQLITE_IOERR and free_bytes < LEAST_FREE_BYTES:
        code = sqlite3.SQLITE_FULL
    return REASONS.get(code)


def reason_not_created(error: OSError) -> str:
    """Why there is no file yet, and the mend.

    >>> reason_not_created(OSError(errno.ENOSPC, "No space left on device"))
    'cannot be created, the disk is full; make room'
    >>> reason_not_created(OSError(errno.EACCES, "Permission denied"))
    'cannot be created (Permission denied); check that its folder exists and is writable'
    """
    if error.errno == errno.ENOSPC:
        return "cannot be created, the disk is full; make room"
    return f"cannot be created ({error.strerror}); check that its folder exists and is writable"


def free_bytes(path: Path) -> int:
    """The room left on the disk of a file; enough where that cannot be told."""
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return LEAST_FREE_BYTES


def unusable(path: Path, reason: str) -> DatabaseUnusable:
    """One line about one file; a folder in its place is the commonest cause, so it is named first."""
    if path.is_dir():
        reason = "is a folder; point CLAUDECOST_DATABASE at a file in it"
    return DatabaseUnusable(f"the database {path} {reason}")
