"""Run: until it is told to stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.analysis.ownership import WrongRules
from bot.commands.run import serve
from bot.model import TeamSheet
from bot.sandbox.scenario import INGEST
from bot.settings import WrongSettings
from bot.settings.teams import OwnsTable, TeamTable

if TYPE_CHECKING:
    from tests.loopback import World


async def test_run_serves_until_it_is_told_to_stop(synced: World) -> None:
    stopping = asyncio.Event()
    serving = asyncio.create_task(serve(synced.settings, now=synced.clock, stopping=stopping))
    await synced.slack.wait_until(lambda: len(synced.slack.messages()) == 2)

    stopping.set()
    await serving


async def test_run_names_everything_that_is_not_set(world: World) -> None:
    world.change(slack_bot_token=None, slack_app_token=None, claudecost_channel=None, anthropic_admin_key=None)

    with pytest.raises(WrongSettings) as wrong:
        await serve(world.settings, now=world.clock, stopping=asyncio.Event())

    assert [line.partition(":")[0] for line in wrong.value.lines] == [
        "ANTHROPIC_ADMIN_KEY",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "CLAUDECOST_CHANNEL",
    ]


async def test_run_refuses_teams_that_the_spreadsheet_in_force_contradicts(synced: World) -> None:
    with synced.open_store() as store:
        store.teams.save_sheet(TeamSheet("teams.csv", f"team,workspace,key\nother,{INGEST},\n", synced.clock()))
    synced.change(claudecost_teams=[TeamTable(name="data", owns=[OwnsTable(workspace=INGEST)])])

    with pytest.raises(WrongRules, match=r'teams.csv line 2 and \[\[teams\]\] "data", rule 1 both give all of'):
        await serve(synced.settings, now=synced.clock, stopping=asyncio.Event())
