"""Worlds for tests of the edges: fresh ones, and ones whose days are stored already."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.snapshots import open_store
from tests.builders import NOW, ORGANIZATION
from tests.loopback import loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bot.snapshots import Store
    from tests.loopback import World

gc.set_threshold(20_000)  # as the program does: what is loaded makes no garbage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "claudecost.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A store that works for an organisation."""
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
    async with loopback(tmp_path_factory.mktemp("loopback")) as made:
        await made.sync()
        return made.settings.claudecost_database


@pytest.fixture
def synced(world: World, synced_database: Path) -> World:
    """The same world after its first sync; nothing was judged or said."""
    world.adopt(synced_database)
    return world
