"""A kept connection is as a new one, or there is a new one."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest

from bot.snapshots import open_store
from bot.snapshots.database import BUSY_TIMEOUT_SECONDS
from tests.builders import NOW, ORGANIZATION
from tests.databases import lay_empty_database
from tests.kept import keeping_connections

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.snapshots import Store

pytestmark = pytest.mark.usefixtures("_kept")


@pytest.fixture
def _kept(path: Path) -> Iterator[None]:
    """Whoever opens the database keeps it."""
    lay_empty_database(path)
    with keeping_connections():
        yield


def use(path: Path, how: Callable[[Store], object] = lambda _: None) -> sqlite3.Connection:
    """The connection that somebody gets who does something with a store."""
    with open_store(path) as store:
        how(store)
        return store.session.db.conn


def do(sql: str) -> Callable[[Store], object]:
    """What leaves something behind."""
    return lambda store: store.session.execute(sql)


def test_it_is_given_to_whoever_opens_the_same_file_next(path: Path) -> None:
    assert use(path) is use(path)


def test_two_at_once_have_one_each(path: Path) -> None:
    with open_store(path) as one, open_store(path) as two:
        assert one.session.db.conn is not two.session.db.conn


def test_another_file_has_its_own(path: Path, tmp_path: Path) -> None:
    assert use(path) is not use(tmp_path / "other.db")


@pytest.mark.parametrize(
    "left", ["BEGIN", "CREATE TEMP TABLE lens (id)", "CREATE TEMP VIEW cost AS SELECT 1", "PRAGMA query_only = ON"]
)
def test_one_with_something_left_behind_is_given_to_nobody(path: Path, left: str) -> None:
    assert use(path, do(left)) is not use(path)


def test_a_file_that_was_written_over_is_opened_anew(path: Path, tmp_path: Path) -> None:
    use(tmp_path / "other.db", lambda store: store.save_organization(ORGANIZATION, seen_at=NOW))
    before = use(path)

    shutil.copy(tmp_path / "other.db", path)

    with open_store(path) as store:
        assert store.session.db.conn is not before
        assert store.organization == ORGANIZATION


def test_a_file_that_is_gone_is_made_anew(path: Path) -> None:
    before = use(path)

    path.unlink()

    assert use(path) is not before


def test_while_somebody_reads_one_that_wrote_is_closed_at_once(path: Path) -> None:
    with open_store(path) as reader, reader.reading():
        assert reader.organization is None
        started = time.monotonic()

        wrote = use(path, lambda store: store.save_organization(ORGANIZATION, seen_at=NOW))

        assert use(path) is not wrote
        assert time.monotonic() - started < BUSY_TIMEOUT_SECONDS


def test_what_was_written_is_in_the_file_that_somebody_copies(path: Path, tmp_path: Path) -> None:
    use(path, lambda store: store.save_organization(ORGANIZATION, seen_at=NOW))

    shutil.copy(path, tmp_path / "copy.db")

    with open_store(tmp_path / "copy.db") as store:
        assert store.organization == ORGANIZATION


def test_all_are_closed_at_the_end(path: Path) -> None:
    with keeping_connections() as kept:
        use(path)
        assert kept.idle

    assert not kept.idle
    assert not path.with_name(f"{path.name}-wal").exists()
