"""Run: until it is told to stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.commands.run import serve
from bot.settings import WrongSettings

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
