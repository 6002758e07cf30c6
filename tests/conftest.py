"""Worlds for tests of the edges: fresh ones, and ones whose days are stored already."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.jobs.keys import share_days
from bot.sandbox.people import open_claude_code
from bot.settings import PrivacyChoices
from bot.snapshots import open_store
from tests.builders import NOW, ORGANIZATION
from tests.databases import lay_empty_database
from tests.e2e.warm import warm_python
from tests.laws import choose_ordinary, look_up_what_is_drawn_from
from tests.loopback import SECOND_KEY, SECOND_SETTING, beside_another, loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.snapshots import Store
    from tests.loopback import Two, World

choose_ordinary()
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)  # nobody here speaks TLS, and each client loads certificates
os.environ.pop("SSL_CERT_FILE", None)  # it would be loaded instead
gc.set_threshold(20_000)  # as the program does: what is loaded makes no garbage


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is collected stays: it is not looked through for garbage again and again, at the end five times."""
    gc.freeze()
    if session.config.option.collectonly:
        look_up_what_is_drawn_from()  # while types are checked, instead of when the tests are to begin


def pytest_sessionfinish() -> None:
    """Nothing is forked any more once the tests are over."""
    if warm_python.cache_info().currsize:
        warm_python().close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "claudecost.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A store that works for an organisation."""
    lay_empty_database(path)
    with open_store(path) as opened:
        opened.save_organization(ORGANIZATION, seen_at=NOW)
        yield opened


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Stand-ins on loopback, and an empty database."""
    async with loopback(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def synced_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a sync stores of the simulated organisation."""
    async with loopback(tmp_path_factory.mktemp("synced")) as made:
        await made.sync()
        await share_days(made.open_store)
        return made.settings.claudecost_database


@pytest.fixture
def synced(world: World, synced_database: Path) -> World:
    """The same world after its first sync; nothing was judged or said."""
    world.adopt(synced_database)
    return world


@pytest.fixture
def peopled(world: World) -> World:
    """A world that uses Claude Code and wants to know about people; a week of it is fetched."""
    open_claude_code(world.organization)
    world.change(claudecost_privacy=PrivacyChoices(people=True), claudecost_backfill_days=7)
    return world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def peopled_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a sync stores of two weeks of such a world."""
    async with loopback(tmp_path_factory.mktemp("peopled")) as made:
        open_claude_code(made.organization)
        made.change(claudecost_privacy=PrivacyChoices(people=True), claudecost_backfill_days=14)
        await made.sync()
        return made.settings.claudecost_database


@pytest.fixture
def synced_people(peopled: World, peopled_database: Path) -> World:
    """The same world after its first sync."""
    peopled.adopt(peopled_database)
    return peopled


@pytest.fixture
async def two(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Two]:
    """Two organisations, and an empty database."""
    monkeypatch.setenv(SECOND_SETTING, SECOND_KEY)
    async with beside_another(world) as made:
        yield made


@pytest.fixture
def joined(two: Two, synced_database: Path) -> Two:
    """Two of which the days of the first one are stored."""
    two.world.adopt(synced_database)
    return two


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database_of_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a sync stores of two organisations."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(SECOND_SETTING, SECOND_KEY)
        async with loopback(tmp_path_factory.mktemp("two")) as world, beside_another(world) as made:
            await made.world.sync_all()
            return made.world.settings.claudecost_database


@pytest.fixture
def both(two: Two, database_of_two: Path) -> Two:
    """The same two after their first sync; nothing was judged or said."""
    two.world.adopt(database_of_two)
    return two
