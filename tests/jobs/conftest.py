from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.snapshots import open_store
from tests.builders import NOW, ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.snapshots import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that works for an organisation."""
    with open_store(tmp_path / "claudecost.db") as opened:
        opened.save_organization(ORGANIZATION, seen_at=NOW)
        yield opened
