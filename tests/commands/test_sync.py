"""Sync, once: what is fetched, and what is said where it fails."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.admin_api import KeyRefused
from bot.commands.sync import sync_once
from bot.settings import WrongSettings
from bot.settings.units import UnitTable
from tests.builders import YESTERDAY, last_days

if TYPE_CHECKING:
    from pathlib import Path

    from tests.loopback import World


async def test_sync_fetches_the_backfill(world: World) -> None:
    synced = await sync_once(world.settings, now=world.clock, progress=lambda _: None)

    (organization,) = synced.synced
    assert organization.saved.days == world.settings.claudecost_backfill_days + 1


async def test_sync_needs_a_key(world: World) -> None:
    world.change(anthropic_admin_key=None)

    with pytest.raises(WrongSettings, match="ANTHROPIC_ADMIN_KEY: is not set"):
        await sync_once(world.settings, now=world.clock, progress=lambda _: None)


async def test_sync_reads_what_units_count(world: World, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(f"day,count\n{YESTERDAY},41\n")
    units = [UnitTable(name="tickets", unit="ticket", csv=path)]
    world.change(claudecost_units=units, claudecost_backfill_days=1)

    await sync_once(world.settings, now=world.clock, progress=lambda _: None)

    with world.open_store() as store:
        assert store.units.load_counts("tickets", last_days(35)) == {YESTERDAY: Decimal(41)}


async def test_sync_raises_what_the_admin_api_says(world: World) -> None:
    world.admin_api.keys.clear()

    with pytest.raises(KeyRefused):
        await sync_once(world.settings, now=world.clock, progress=lambda _: None)
