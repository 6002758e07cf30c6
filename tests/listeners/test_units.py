"""Dollars per unit, asked in Slack."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.analysis.access import Grant, Sight
from bot.listeners.access import seen_through
from bot.listeners.alerts import answer_alerts
from bot.listeners.asked import Asked
from bot.listeners.home import Homes
from bot.listeners.units import answer_by_unit, answer_unit
from bot.loading.units import Units
from bot.model import Source, TeamSheet, UnitRise
from bot.settings.units import UnitTable
from bot.snapshots.threads import with_store
from bot.wiring import build_units
from tests.builders import SEARCH, cost_line, last_days
from tests.listeners.conftest import build_answers, listening

if TYPE_CHECKING:
    from bot.analysis.ownership import Ownership
    from bot.analysis.units import UnitDays
    from bot.model import Interval, Message
    from bot.snapshots import Store
    from tests.loopback import World

ASSISTANT = "wrkspc_01SupportAssistant"
SUPPORT = Sight((Grant(workspaces=("Support assistant",)),))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedMeanwhile(Units):
    """Units in a world where a sync saves other dollars of yesterday after each of their loads; what was loaded."""

    world: World
    loaded: list[Interval] = field(default_factory=list)

    def load(self, store: Store, interval: Interval, ownership: Ownership | None = None) -> list[UnitDays]:
        found = Units.load(self, store, interval, ownership)
        self.loaded.extend([interval] if found else [])
        cost = [cost_line(1_000 * len(self.loaded), workspace_id=workspace_id) for workspace_id in (ASSISTANT, SEARCH)]
        with self.world.open_store() as other:
            other.ledger.save_days(
                last_days(1), cost=cost, usage=[], source=Source.COST_REPORT, fetched_at=self.world.clock()
            )
        return found


async def ask(world: World, text: str, sight: Sight | None = None, units: Units | None = None) -> Message:
    asked = Asked(text=text, user="U1", channel="C1")
    if sight is not None:
        asked = Asked(text=text, user="U1", channel="C1", sight=sight)
    seen = seen_through(world.open_store, asked.sight)
    units = units or build_units(world.settings)
    if text == "alerts":
        return await answer_alerts(seen, asked, units=units, whole=world.open_store, now=world.clock)
    if text.startswith("unit"):
        return await answer_unit(world.open_store, asked, units=units, now=world.clock)
    return await answer_by_unit(world.open_store, asked, text, units=units, now=world.clock)


def spend(store: Store) -> Decimal:
    lines = store.ledger.load_spend(last_days(7), ["workspace"])
    return Decimal(lines[ASSISTANT,]) / 10**9


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
    message = await ask(counted, "unit", SUPPORT)

    assert "tickets" in str(message.blocks)
    assert "deploy" not in str(message.blocks)


async def test_what_somebody_may_see_is_of_one_moment_and_read_once(counted: World) -> None:
    """Else a unit of theirs is missing while days are saved: what they see was another moment's than what there is."""
    units = SyncedMeanwhile(all=build_units(counted.settings).all, world=counted)

    message = await ask(counted, "unit", SUPPORT, units)

    assert "tickets" in str(message.blocks)
    assert "deploy" not in str(message.blocks)
    assert [each.since < last_days(35).since for each in units.loaded] == [False, True]


async def test_a_unit_that_cost_nothing_lately_is_whose_it_was_when_it_did(counted: World) -> None:
    with counted.open_store() as store:
        store.ledger.save_days(last_days(35), cost=[], usage=[], source=Source.COST_REPORT, fetched_at=counted.clock())

    message = await ask(counted, "unit", SUPPORT)

    assert "tickets" in str(message.blocks)
    assert "deploy" not in str(message.blocks)


async def test_a_unit_that_never_cost_anything_is_not_shown_to_whoever_sees_a_part(counted: World) -> None:
    tables = [UnitTable(name="launches", unit="launch", csv=Path("l.csv"), workspace="No such place")]
    counted.change(claudecost_units=[*counted.settings.claudecost_units, *tables])

    assert "launches" in str((await ask(counted, "unit")).blocks)
    assert "launches" not in str((await ask(counted, "unit", SUPPORT)).blocks)


@pytest.fixture
def rising(counted: World) -> World:
    """Both of them rise."""
    with counted.open_store() as store:
        for name in ("tickets", "deploys"):
            store.units.begin_rise(name, UnitRise(counted.clock(), Decimal("0.01")))
    return counted


async def test_what_rises_is_among_the_open_alerts_of_whoever_may_see_all_of_it(rising: World) -> None:
    everything, support = await ask(rising, "alerts"), await ask(rising, "alerts", SUPPORT)

    assert re.findall(r"🔴 `(\w+)` up ", str(everything.blocks)) == ["tickets", "deploys"]
    assert re.findall(r"🔴 `(\w+)` up ", str(support.blocks)) == ["tickets"]


async def test_what_rises_is_on_home(rising: World) -> None:
    asked = Asked(text="", user="U1", channel="", sight=SUPPORT)

    view = str(await Homes(build_answers(rising)).view(asked))

    assert "🔴 `tickets` up " in view
    assert "deploys" not in view


async def test_where_teams_contradict_each_other_an_open_rise_is_told_without_figures(rising: World) -> None:
    with rising.open_store() as store:
        store.teams.save_sheet(TeamSheet("teams.csv", "nonsense", rising.clock()))

    everything, support = await ask(rising, "alerts"), await ask(rising, "alerts", SUPPORT)

    assert "🔴 `tickets` from $0.0100 per `ticket`, firing since " in str(everything.blocks)
    assert "tickets" not in str(support.blocks)


async def test_it_is_asked_by_the_command(counted: World) -> None:
    async with listening(counted) as bot:
        for text in ("unit tickets", "30d by unit", "unit"):
            assert (await bot.ask(text)).text.startswith("tickets: $")
        assert "units are tickets and deploys" in str((await bot.ask("unit lambdas")).blocks)
