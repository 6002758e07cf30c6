"""Dollars per unit, asked in Slack."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.analysis.access import Grant, Sight
from bot.listeners.access import seen_through
from bot.listeners.asked import Asked
from bot.listeners.units import answer_by_unit, answer_unit
from bot.settings.units import UnitTable
from bot.snapshots.threads import with_store
from bot.wiring import build_units
from tests.builders import last_days
from tests.listeners.conftest import listening

if TYPE_CHECKING:
    from bot.model import Message
    from bot.snapshots import Store
    from tests.loopback import World


@pytest.fixture
def counted(synced: World) -> World:
    """The simulated organisation, which answers tickets with one of its workspaces and deploys with all of them."""
    tables = [
        UnitTable(name="tickets", unit="ticket", csv=Path("t.csv"), workspace="Support assistant"),
        UnitTable(name="deploys", unit="deploy", csv=Path("d.csv")),
    ]
    synced.change(claudecost_units=tables)
    with synced.open_store() as store:
        for table in tables:
            store.units.save_counts(table.name, dict.fromkeys(last_days(35).days(), Decimal(500)), at=synced.clock())
    return synced


async def ask(world: World, text: str, sight: Sight | None = None) -> Message:
    asked = Asked(text=text, user="U1", channel="C1")
    if sight is not None:
        asked = Asked(text=text, user="U1", channel="C1", sight=sight)
    seen = seen_through(world.open_store, asked.sight)
    units = build_units(world.settings)
    if text.startswith("unit"):
        return await answer_unit(seen, asked, units=units, whole=world.open_store, now=world.clock)
    return await answer_by_unit(seen, asked, text, units=units, whole=world.open_store, now=world.clock)


def spend(store: Store) -> Decimal:
    lines = store.ledger.load_spend(last_days(7), ["workspace"])
    return Decimal(lines["wrkspc_01SupportAssistant",]) / 10**9


async def test_one_unit_is_its_workspaces_dollars_by_its_counts(counted: World) -> None:
    message = await ask(counted, "unit Tickets")

    dollars = await with_store(counted.open_store, spend)
    assert message.text.startswith(f"tickets: ${dollars / 3500:.3f} per ticket")


async def test_all_of_them_are_rows(counted: World) -> None:
    table = next(block for block in (await ask(counted, "unit")).blocks if block["type"] == "table")

    assert [row[0]["text"] for row in table["rows"]] == ["Per unit", "tickets", "deploys"]


async def test_other_days_can_be_asked_for(counted: World) -> None:
    assert "UTC days 8–21 Nov 2026 against 25 Oct – 7 Nov" in str((await ask(counted, "14d")).blocks)


async def test_only_units_all_of_whose_dollars_may_be_seen_are_shown(counted: World) -> None:
    support = Sight((Grant(workspaces=("Support assistant",)),))

    message = await ask(counted, "unit", support)

    assert "tickets" in str(message.blocks)
    assert "deploy" not in str(message.blocks)


async def test_it_is_asked_by_the_command(counted: World) -> None:
    async with listening(counted) as bot:
        for text in ("unit tickets", "30d by unit", "unit"):
            assert (await bot.ask(text)).text.startswith("tickets: $")
        assert "units are tickets and deploys" in str((await bot.ask("unit lambdas")).blocks)
