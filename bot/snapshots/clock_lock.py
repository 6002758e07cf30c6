"""The clock lock: of several processes on one database, one pulls, checks and posts on the clock."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.snapshots.errors import DatabaseUnusable

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_HOLDER = 500


class ClockLock:
    """An advisory lock on "<database>.lock". The kernel frees it when its holder dies, however it dies.

    The file stays when the lock is released: removing it would let two processes lock two files of one name.
    """

    def __init__(self, database: Path) -> None:
        resolved = database.resolve()
        self.path = resolved.with_name(resolved.name + ".lock")
        self.held: int | None = None

    def acquire(self, holder: str) -> bool:
        """Takes the lock and writes down who holds it; False if someone else does. Raises `DatabaseUnusable`."""
        if self.held is not None:
            return True
        try:
            file = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            is_full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            mend = "make room" if is_full else "make its folder writable for the user the bot runs as"
            raise DatabaseUnusable(f"the lock file {self.path} cannot be opened ({error.strerror}); {mend}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self.held = file
        self.write_down(holder)
        return True

    def holder(self) -> str:
        """Who took the lock last; the one who holds it while somebody does."""
        with suppress(FileNotFoundError):
            return self.path.read_text(encoding="utf-8", errors="replace")
        return ""

    def release(self) -> None:
        """Frees the lock, if it is held here."""
        if self.held is None:
            return
        self.write_down("")
        os.close(self.held)
        self.held = None

    def write_down(self, holder: str) -> None:
        """Replaces the file's text, if there is room for it: it is the lock that counts, not what is written there."""
        if self.held is not None:
            with suppress(OSError):
                os.ftruncate(self.held, 0)
                os.pwrite(self.held, holder.encode()[:LONGEST_HOLDER], 0)
