"""Empty databases at no cost: migrating one takes 20 ms, and copying it takes none."""

from __future__ import annotations

import functools
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.snapshots import open_store


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
