"""Dollars per unit on the command line."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.analysis.question import NotUnderstood
from bot.commands.unit import answer_by_unit, answer_unit
from bot.model import WrongUsage
from bot.settings.units import UnitTable
from bot.terminal.units import unit_as_text, units_as_json, units_as_text
from tests.builders import TODAY, YESTERDAY, last_days

if TYPE_CHECKING:
    from tests.loopback import World


@pytest.fixture
def counted(synced: World) -> World:
    synced.change(claudecost_units=[UnitTable(name="deploys", unit="deploy", csv=Path("d.csv"))])
    counts = dict.fromkeys(last_days(35).days()[:-1], Decimal(500))
    with synced.open_store() as store:
        store.units.save_counts("deploys", counts, at=synced.clock())
    return synced


async def test_the_shape_has_what_is_known_and_names_what_is_not(counted: World) -> None:
    (found,) = json.loads(units_as_json(answer_unit(counted.settings, "deploys", today=TODAY)))["units"]

    assert Decimal(found["per_unit"]) == round(Decimal(found["spend"]) / Decimal(found["count"]), 12)
    assert (found["known_days"], found["count"], found["scope"]) == (6, "3000", "all spend")
    assert found["uncounted_days"] == [str(YESTERDAY)]
    assert found["daily"][-1]["per_unit"] is None
    assert found["previous"]["count"] == "3500"


async def test_text_is_what_slack_shows(counted: World) -> None:
    reports = answer_unit(counted.settings, "", today=TODAY)

    assert "per deploy" in str(units_as_text(reports))
    assert "15–21 Nov" in str(unit_as_text(reports[0], today=TODAY))


async def test_other_days_are_asked_for_by_unit(counted: World) -> None:
    (report,) = answer_by_unit(counted.settings, "14d", today=TODAY)

    assert report.current.interval == last_days(14)


async def test_an_unknown_one_is_named(counted: World) -> None:
    with pytest.raises(NotUnderstood, match="units are deploys"):
        answer_unit(counted.settings, "tickets", today=TODAY)


async def test_without_any_it_says_how(world: World) -> None:
    with pytest.raises(WrongUsage, match=r"add \[\[units\]\] to claudecost\.toml"):
        answer_unit(world.settings, "", today=TODAY)
