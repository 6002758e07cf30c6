"""Why a database cannot be used: SQLite's codes, and what the disk has to say to them."""

from __future__ import annotations

import sqlite3

from bot.snapshots.errors import LEAST_FREE_BYTES, reason_of


def failed(code: int) -> sqlite3.Error:
    """SQLite's error of an extended code."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


def test_an_io_error_on_a_disk_without_room_is_a_full_disk() -> None:
    error = failed(sqlite3.SQLITE_IOERR | 19 << 8)  # SQLITE_IOERR_SHMSIZE
    assert "the disk is full; make room" in str(reason_of(error, free_bytes=LEAST_FREE_BYTES - 1))


def test_an_io_error_on_a_disk_with_room_is_the_disks() -> None:
    assert "check the disk" in str(reason_of(failed(sqlite3.SQLITE_IOERR), free_bytes=LEAST_FREE_BYTES))


def test_a_fault_of_this_program_has_no_reason() -> None:
    assert reason_of(failed(sqlite3.SQLITE_CONSTRAINT), free_bytes=LEAST_FREE_BYTES) is None
