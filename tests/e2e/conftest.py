"""Worlds for the tests: fresh ones, and ones whose bot has stored its first days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.e2e.harness import stand_ins

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.e2e.harness import World


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Nothing has happened yet."""
    async with stand_ins(tmp_path) as fresh:
        yield fresh


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def synced_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `claudecost sync` stores of the simulated organisation."""
    async with stand_ins(tmp_path_factory.mktemp("synced")) as world:
        finished = await world.command("sync")
        assert finished.code == 0, finished.err
        return world.database


@pytest.fixture
def synced(world: World, synced_database: Path) -> World:
    """The days are stored, and nothing was said yet."""
    world.adopt(synced_database)
    return world
