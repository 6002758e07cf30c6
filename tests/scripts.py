"""Small programs, for what only another process can show."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from tests.e2e.harness import ForkedProcess
from tests.e2e.warm import CAN_FORK, inherited

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tests.e2e.harness import Process

ROOT = Path(__file__).parents[1]
FIND_TESTS = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"


@asynccontextmanager
async def running_code(code: str, *arguments: str, folder: Path) -> AsyncIterator[Process]:
    """What runs a few lines of Python, no longer than this block."""
    script = Path(mkdtemp(dir=folder)) / "script.py"
    script.write_text(FIND_TESTS + code)
    async with running_python([str(script), *arguments], folder=folder) as process:
        yield process


@asynccontextmanager
async def running_python(words: Sequence[str], *, folder: Path) -> AsyncIterator[Process]:
    """What `python …` runs, no longer than this block."""
    process = await start_python(words, folder=folder)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def start_python(words: Sequence[str], *, folder: Path) -> Process:
    """The same, until it ends."""
    if CAN_FORK:
        return await ForkedProcess.start(words, folder=folder, environment=inherited())
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=folder, env=inherited(), stdout=pipe, stderr=pipe
    )


async def line_of(process: Process) -> str:
    """The next line that a process writes."""
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), timeout=20)).decode().strip()


async def ended(process: Process) -> tuple[int, str, str]:
    """How a process ended, and the rest of what it wrote to its output and its standard error."""
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
    return await asyncio.wait_for(process.wait(), timeout=20), out.decode(), err.decode()
