"""Databases at no cost: migrating an empty one takes 20 ms, a first sync half a second, and copying one takes none."""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.snapshots import open_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest


def lay_empty_database(path: Path) -> None:
    """Puts there what opening a store puts where nothing is."""
    path.write_bytes(empty_database())
    path.chmod(0o600)


@functools.cache
def empty_database() -> bytes:
    """The file, once for all tests of this process."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "claudecost.db"
        with open_store(path):
            pass
        return path.read_bytes()


async def made_once(name: str, make: Callable[[Path], Awaitable[Path]], *, among: pytest.TempPathFactory) -> Path:
    """The database that `make` returns, made in a folder of its own by whichever worker needs it first."""
    folder = folder_of_all(among) / name
    made = folder / "made"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            folder.mkdir()
            shutil.copy(await make(folder), made)
    return made


def folder_of_all(among: pytest.TempPathFactory) -> Path:
    """One that all workers share: each has its own within it."""
    own = among.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
