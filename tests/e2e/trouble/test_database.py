"""The database is private, and one that cannot be used is one clear line; the running bot outlives it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.e2e.harness import use_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.harness import Finished, World

READING = ("check", "export --since 2026-11-01 --until 2026-11-02")


async def test_it_holds_no_secret_even_when_every_secret_was_refused(synced: World) -> None:
    """That nothing leaks is seen at the end of every test; here the secrets are in errors, too."""
    synced.admin_api.keys.clear()
    synced.slack.tokens.clear()
    for words in ("sync", "run", "digest --post"):
        assert (await synced.command(*words.split())).code != 0


def write_rubbish(database: Path) -> None:
    database.write_bytes(b"these are words and no database\n" * 500)


def damage(database: Path) -> None:
    """Everything behind the first page is overwritten."""
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (database.stat().st_size - 4096))


def come_from_the_future(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 900")


def be_a_folder(database: Path) -> None:
    database.unlink()
    database.mkdir()


UNUSABLE = {
    "damaged": (damage, "is damaged; restore a backup"),
    "of a newer version": (come_from_the_future, "was written by a newer claudecost (schema 900"),
    "a folder": (be_a_folder, "is a folder; point CLAUDECOST_DATABASE at a file in it"),
}


@pytest.mark.parametrize(("spoil", "sentence"), UNUSABLE.values(), ids=UNUSABLE)
async def test_a_file_that_cannot_be_used_is_one_line_and_exit_3(
    synced: World, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(synced.database)
    finished = await synced.command("report")

    assert_one_line(finished, sentence)


def assert_one_line(finished: Finished, sentence: str) -> None:
    assert finished.code == 3
    assert finished.out == ""
    assert len(finished.lines) == 1
    assert sentence in finished.err


@pytest.mark.parametrize("words", READING)
async def test_every_subcommand_that_reads_says_so(synced: World, words: str) -> None:
    write_rubbish(synced.database)

    assert_one_line(await synced.command(*words.split()), "is not a SQLite database")


async def test_the_running_bot_lives_on_and_says_what_is_wrong(synced: World) -> None:
    use_port(synced)
    damage(synced.database)
    before = synced.database.read_bytes()
    async with synced.bot() as bot:
        await bot.until_logged("ERROR", "the database")
        answer = await synced.ask("7d")
        url = f"http://127.0.0.1:{synced.port}/healthz"
        async with aiohttp.ClientSession() as session, session.get(url) as health:
            status = health.status
        stopped = await bot.stop()

    assert "cannot be read" in answer.text
    assert status == 503
    assert "Traceback" not in stopped.err
    assert synced.database.read_bytes() == before


async def test_a_file_that_may_not_be_written_is_one_line(synced: World) -> None:
    synced.database.chmod(0o400)
    before = synced.stored_days()
    finished = await synced.command_unprivileged("sync")

    assert_one_line(finished, "cannot be written; make the file and its folder writable")
    assert synced.stored_days() == before


async def test_a_folder_that_is_not_there_is_one_line(world: World) -> None:
    finished = await world.command("report", CLAUDECOST_DATABASE="nowhere/claudecost.db")

    assert_one_line(finished, "cannot be created (No such file or directory); check that its folder exists")
