"""Other processes: the bot, the Admin API's stand-in, a bare echo; each started by the bench and stopped by it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from bot.sandbox.admin_api.server import SANDBOX_KEY

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping, Sequence

    from bot.sandbox.slack.local import LocalSlack
    from tests.bench.big import Bench

ROOT = Path(__file__).parents[2]
CLAUDECOST = Path(sysconfig.get_path("scripts")) / "claudecost"
NEEDED = ("PATH", "HOME", "LANG", "TMPDIR")
PATIENCE_SECONDS = 120.0
STOPPING_SECONDS = 15.0
LOG_SHOWN = 4_000


@contextlib.asynccontextmanager
async def running(
    command: Sequence[str | Path], *, folder: Path, settings: Mapping[str, str]
) -> AsyncIterator[Process]:
    """A process with these settings and no others; stopped at the end, its log in the folder."""
    with (folder / "log.txt").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment(settings), stdout=asyncio.subprocess.PIPE, stderr=log
        )
    try:
        yield process
    except TimeoutError as error:
        error.add_note(f"the processes' log:\n{(folder / 'log.txt').read_text()[-LOG_SHOWN:]}")
        raise
    finally:
        await stop(process)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings, what any program needs, and this checkout before an installed one."""
    return (
        {name: os.environ[name] for name in NEEDED if name in os.environ} | {"PYTHONPATH": str(ROOT)} | dict(settings)
    )


async def stop(process: Process) -> None:
    """Asks a process to end, and makes it."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOPPING_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def bot(bench: Bench, slack: LocalSlack, *, database: Path, admin_api: str) -> AsyncIterator[Process]:
    """`claudecost run` on a database."""
    settings = {
        "ANTHROPIC_ADMIN_KEY": SANDBOX_KEY,
        "ANTHROPIC_BASE_URL": admin_api,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "CLAUDECOST_CHANNEL": slack.channel,
        "CLAUDECOST_DATABASE": str(database),
        "CLAUDECOST_BACKFILL_DAYS": str(bench.scale.days),
    }
    async with running([CLAUDECOST, "run"], folder=bench.folder, settings=settings) as process:
        yield process


@contextlib.asynccontextmanager
async def echo(bench: Bench, slack: LocalSlack) -> AsyncIterator[Process]:
    """The least a Bolt app does: acknowledge, and give the words back."""
    settings = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
    }
    command = [sys.executable, "-m", "tests.bench.echo"]
    async with running(command, folder=bench.folder, settings=settings) as process:
        yield process


@contextlib.asynccontextmanager
async def admin_api(bench: Bench) -> AsyncIterator[str]:
    """The big organisation's Admin API in a process of its own; its address."""
    scale = bench.scale
    figures = [bench.today, scale.workspaces, scale.models, scale.keys, scale.days]
    command = [sys.executable, "-m", "tests.bench.admin_api", *map(str, figures)]
    async with running(command, folder=bench.folder, settings={}) as process:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            address = await process.stdout.readline()
        yield address.decode().strip()
