"""Other processes: the bot, the Admin API's stand-in, a bare echo; each started by the bench and stopped by it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.sandbox.admin_api.server import SANDBOX_KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from bot.sandbox.slack.local import LocalSlack
    from tests.bench.big import Bench
    from tests.e2e.harness import Process

ROOT = Path(__file__).parents[2]
CLAUDECOST = Path(sysconfig.get_path("scripts")) / "claudecost"
NEEDED = ("PATH", "HOME", "LANG", "TMPDIR")
PATIENCE_SECONDS = 120.0
STOPPING_SECONDS = 15.0
LOG_SHOWN = 4_000


class Start(Protocol):
    """How a process is started that runs `python …` in a folder, with an environment and nothing of ours."""

    async def __call__(self, words: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> Process:
        """The process, its standard output a pipe."""


async def start_python(words: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> Process:
    """A new interpreter, as people start it; its log is in the folder."""
    with log_in(folder).open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, *words, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=log
        )


def log_in(folder: Path) -> Path:
    """What the processes write to standard error."""
    return folder / "log.txt"


@contextlib.asynccontextmanager
async def running(bench: Bench, *words: str, settings: Mapping[str, str]) -> AsyncIterator[Process]:
    """A process that runs `python …` with these settings and no others; stopped at the end."""
    process = await bench.start(words, folder=bench.folder, environment=environment(settings))
    try:
        yield process
    except TimeoutError as error:
        error.add_note(f"the processes' log:\n{log_in(bench.folder).read_text()[-LOG_SHOWN:]}")
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
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOPPING_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    for output in (process.stdout, process.stderr):
        if output is not None:
            await output.read()


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
    async with running(bench, str(CLAUDECOST), "run", settings=settings) as process:
        yield process


@contextlib.asynccontextmanager
async def echo(bench: Bench, slack: LocalSlack) -> AsyncIterator[Process]:
    """The least a Bolt app does: acknowledge, and give the words back."""
    settings = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
    }
    async with running(bench, "-m", "tests.bench.echo", settings=settings) as process:
        yield process


@contextlib.asynccontextmanager
async def admin_api(bench: Bench) -> AsyncIterator[str]:
    """The big organisation's Admin API in a process of its own; its address."""
    scale = bench.scale
    figures = [bench.today, scale.workspaces, scale.models, scale.keys, scale.days]
    async with running(bench, "-m", "tests.bench.admin_api", *map(str, figures), settings={}) as process:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            address = await process.stdout.readline()
        yield address.decode().strip()
