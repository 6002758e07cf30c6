"""One process keeps the clock; a dead one does not."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from bot.snapshots import ClockLock, DatabaseUnusable
from tests.scripts import ended, line_of, running_code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.e2e.harness import Process

HOLD = """
import sys, time
from pathlib import Path
from bot.snapshots.clock_lock import ClockLock

assert ClockLock(Path(sys.argv[1])).acquire("the other process")
print("held", flush=True)
time.sleep(60)
"""

HOLD_WITHOUT_ROOM = """
import resource, sys
from pathlib import Path
from bot.snapshots.clock_lock import ClockLock

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
lock = ClockLock(Path(sys.argv[1]))
assert lock.acquire("this process") and not ClockLock(Path(sys.argv[1])).acquire("another one")
lock.release()
print("held", flush=True)
"""


@pytest.fixture
async def other_process(tmp_path: Path, path: Path) -> AsyncIterator[Process]:
    """A process that holds the lock."""
    async with running_code(HOLD, str(path), folder=tmp_path) as process:
        assert await line_of(process) == "held"
        yield process


async def test_the_second_process_is_told_who_holds_the_lock(path: Path, other_process: Process) -> None:
    assert other_process.returncode is None
    lock = ClockLock(path)

    assert not lock.acquire("this process")
    assert lock.holder() == "the other process"


async def test_a_killed_process_does_not_keep_the_lock(path: Path, other_process: Process) -> None:
    lock = ClockLock(path)
    assert not lock.acquire("this process")

    other_process.kill()
    await other_process.wait()

    assert lock.acquire("this process")
    assert lock.holder() == "this process"


def test_a_released_lock_is_free_and_held_by_nobody(path: Path) -> None:
    first, second = ClockLock(path), ClockLock(path)
    first.acquire("first")
    assert not second.acquire("second")

    first.release()

    assert second.holder() == ""
    assert second.acquire("second")


def test_the_holder_can_acquire_again(path: Path) -> None:
    lock = ClockLock(path)

    assert lock.acquire("first")
    assert lock.acquire("first")


def test_releasing_what_is_not_held_does_nothing(path: Path) -> None:
    ClockLock(path).release()

    assert ClockLock(path).holder() == ""


def test_the_lock_is_one_whatever_the_way_to_the_file(tmp_path: Path, path: Path) -> None:
    link = tmp_path / "link.db"
    path.touch()
    link.symlink_to(path)
    ClockLock(path)
    holder = ClockLock(path)
    holder.acquire("first")

    assert not ClockLock(link).acquire("second")
    holder.release()


def test_the_lock_file_is_its_owners_alone(path: Path) -> None:
    lock = ClockLock(path)
    lock.acquire("first")

    assert stat.S_IMODE(lock.path.stat().st_mode) == 0o600
    lock.release()


async def test_the_lock_is_taken_where_nothing_can_be_written_down(tmp_path: Path, path: Path) -> None:
    async with running_code(HOLD_WITHOUT_ROOM, str(path), folder=tmp_path) as process:
        assert await ended(process) == (0, "held\n", "")


def test_a_missing_folder_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match=r"cannot be opened \(No such file or directory\); make its folder"):
        ClockLock(tmp_path / "missing" / "claudecost.db").acquire("first")
