"""Worlds after their first pull: what it stored, and what it said; and one whose bill tells dollars per key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.sandbox.admin_api import ANALYTICS
from tests.at_once import without_threads
from tests.kept import keeping_connections
from tests.loopback import SECOND_KEY, SECOND_SETTING, beside_another, loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.loopback import Past, Two, World

KEYED_DAYS, STORED_DAYS = 8, 12
"""Days of an organisation whose bill tells dollars per key: those that a test fetches, and those that are stored."""


@pytest.fixture(scope="module", autouse=True)
def spared() -> Iterator[None]:
    """Connections are kept, and no work is handed to a thread, for as long as a module's tests run."""
    with keeping_connections(), without_threads():
        yield


async def pull(world: World) -> Past:
    """One pull, and what it leaves behind."""
    await world.build_clock().pull()
    return world.past


def go_on(world: World, pulled: Past) -> None:
    """From here on, only the last week is read again: that the last two months are, once a day, is the sync's fact."""
    world.go_on_from(pulled)
    world.change(claudecost_backfill_days=7)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def first_pull(tmp_path_factory: pytest.TempPathFactory, synced_database: Path) -> Past:
    """Of the simulated organisation, whose days are stored and were never judged."""
    async with loopback(tmp_path_factory.mktemp("pulled")) as world:
        world.adopt(synced_database)
        return await pull(world)


@pytest.fixture
def pulled(world: World, first_pull: Past) -> World:
    """A world after its first pull, as a process finds it that starts after it."""
    go_on(world, first_pull)
    return world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def first_pull_of_two(tmp_path_factory: pytest.TempPathFactory, database_of_two: Path) -> Past:
    """Of two organisations whose days are stored."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(SECOND_SETTING, SECOND_KEY)
        async with loopback(tmp_path_factory.mktemp("pulled of two")) as world, beside_another(world) as made:
            made.world.adopt(database_of_two)
            return await pull(made.world)


@pytest.fixture
def both_pulled(two: Two, first_pull_of_two: Past) -> Two:
    """Two organisations after their first pull."""
    go_on(two.world, first_pull_of_two)
    return two


@pytest.fixture
async def keyed(tmp_path: Path) -> AsyncIterator[World]:
    """An organisation with `analytics/cost`, nothing fetched yet."""
    async with loopback(tmp_path, variant=ANALYTICS) as world:
        world.change(claudecost_backfill_days=KEYED_DAYS)
        yield world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def keyed_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a sync stores of it, days among it that no later one reads again."""
    async with loopback(tmp_path_factory.mktemp("keyed"), variant=ANALYTICS) as world:
        world.change(claudecost_backfill_days=STORED_DAYS)
        await world.sync()
        return world.settings.claudecost_database


@pytest.fixture
def billed(keyed: World, keyed_database: Path) -> World:
    """The same organisation after its first sync."""
    keyed.adopt(keyed_database)
    return keyed
