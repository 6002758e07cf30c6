"""Why a workspace cost what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.analysis.ask_why import parse_why
from bot.analysis.question import NotUnderstood, parse_question
from bot.commands.errors import NothingYet
from bot.commands.report import answer_report
from bot.commands.why import answer_why
from tests.builders import TODAY

if TYPE_CHECKING:
    from tests.loopback import World


async def test_why_explains_what_a_report_says_of_the_workspace(synced: World) -> None:
    ingest = synced.organization.stories.broken_cache

    found = answer_why(synced.settings, parse_why("Ingest pipeline", today=TODAY))
    (row,) = (
        row for row in answer_report(synced.settings, parse_question("7d", today=TODAY)).rows if row.ids == (ingest,)
    )

    assert (found.about.id, found.total, found.previous_total) == (ingest, row.spend, row.previous)
    assert found.why.drivers.increase == row.change
    assert found.why.drivers.cache * 100 > found.why.increase * 95
    assert sum(key.increase for key in found.why.keys) == row.change
    assert sum(model.increase for model in found.why.models) == row.change


async def test_why_needs_days_on_both_sides(synced: World) -> None:
    with pytest.raises(NothingYet, match="or those before, were never fetched"):
        answer_why(synced.settings, parse_why("ingest 2026-10", today=TODAY))


async def test_why_names_what_is_nearby(synced: World) -> None:
    with pytest.raises(NotUnderstood, match="there is workspace:'Ingest pipeline'"):
        answer_why(synced.settings, parse_why("workspace:pipelyn", today=TODAY))
