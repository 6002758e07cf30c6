"""One process keeps the clock; a dead one does not."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.snapshots import ClockLock, DatabaseUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
def other_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- this very Python
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_process_is_told_who_holds_the_lock(path: Path, other_process: subprocess.Popen[str]) -> None:
    assert other_process.poll() is None
    lock = ClockLock(path)

    assert not lock.acquire("this process")
    assert lock.holder() == "the other process"


def test_a_killed_process_does_not_keep_the_lock(path: Path, other_process: subprocess.Popen[str]) -> None:
    lock = ClockLock(path)
    assert not lock.acquire("this process")

    other_process.send_signal(signal.SIGKILL)
    other_process.wait(timeout=10)

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


def test_the_lock_is_taken_where_nothing_can_be_written_down(path: Path) -> None:
    command = [sys.executable, "-c", HOLD_WITHOUT_ROOM, str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)  # noqa: S603 -- this very Python

    assert (done.stdout, done.returncode) == ("held\n", 0), done.stderr


def test_a_missing_folder_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match=r"cannot be opened \(No such file or directory\); make its folder"):
        ClockLock(tmp_path / "missing" / "claudecost.db").acquire("first")
