"""What `/metrics` answers, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.commands.errors import NothingYet
from bot.commands.metrics import answer_metrics
from tests.builders import TODAY

if TYPE_CHECKING:
    from tests.loopback import World


async def test_it_prints_what_would_be_scraped(synced: World) -> None:
    assert "claudecost_workspace_spend_dollars{" in answer_metrics(synced.settings, today=TODAY)


async def test_without_data_there_are_none(world: World) -> None:
    with pytest.raises(NothingYet):
        answer_metrics(world.settings, today=TODAY)
