"""Run: until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.analysis.ownership import WrongRules
from bot.commands.run import serve
from bot.model import TeamSheet
from bot.sandbox.admin_api import SANDBOX_KEY
from bot.sandbox.scenario import INGEST
from bot.settings import WrongSettings
from bot.settings.teams import OwnsTable, TeamTable
from tests.e2e.warm import inherited

if TYPE_CHECKING:
    from pathlib import Path

    from tests.loopback import World


NEVER_USED = ("rich", "pygments", "genai_prices", "prometheus_client")
"""What other commands draw with; what is loaded once an estimate is made, and once somebody wants metrics."""

LOADED = f"""
import asyncio, os, signal, sys
from bot.cli import configured, now
from bot.commands.run import serve_until_signalled

async def main():
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
    await serve_until_signalled(configured(), now=now)

asyncio.run(main())
print([name for name in {("httpx", "slack_bolt.async_app", *NEVER_USED)} if name in sys.modules])
"""

SETTINGS = {
    "ANTHROPIC_ADMIN_KEY": SANDBOX_KEY,
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "CLAUDECOST_CHANNEL": "C0COSTS01",
}


def test_run_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", LOADED]
    environment = inherited() | SETTINGS | {"PYTHONPATH": os.pathsep.join(sys.path)}

    done = subprocess.run(arguments, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment)  # noqa: S603 -- this very Python

    assert done.stdout == "['httpx', 'slack_bolt.async_app']\n"


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
