from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.snapshots import open_store
from tests.builders import NOW, ORGANIZATION
from tests.loopback import loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bot.snapshots import Store
    from tests.loopback import World


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that works for an organisation."""
    with open_store(tmp_path / "claudecost.db") as opened:
        opened.save_organization(ORGANIZATION, seen_at=NOW)
        yield opened


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Stand-ins on loopback, and an empty database."""
    async with loopback(tmp_path) as made:
        yield made
