"""Every check and test, in the order in which they fail fastest: what people and CI run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Each test process would otherwise compile every test and its assertions again."""

ENVIRONMENT["SSL_CERT_FILE"] = os.devnull  # nobody here speaks TLS, and to import aiohttp loads certificates twice

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4 * 2**30

if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
    ENVIRONMENT.setdefault("TMPDIR", str(MEMORY))  # on a disk, each database that is closed waits for it

STAGES = (
    {
        "format": ("ruff", "format", "--check", "--quiet"),
        "lint": ("ruff", "check", "--quiet"),
        "import contracts": ("lint-imports", "--no-logo"),
        "README tables": ("cog", "--check", "-P", "README.md"),
    },
    {
        "types": ("mypy",),
        "collection": ("pytest", "--collect-only", "-qq"),
    },
    {
        "tests": ("python", "-m", "tests.parts"),
    },
)
"""What runs together, each with its output once it and all before it have ended."""


def main() -> int:
    """Runs all checks, says which failed and how long each took; 1 if any did."""
    with ThreadPoolExecutor() as pool:
        failed = [
            name
            for stage in STAGES
            for name, passed in zip(stage, pool.map(passes, stage.items()), strict=True)
            if not passed
        ]
    click.echo(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def passes(check: tuple[str, tuple[str, ...]]) -> bool:
    """Runs one check and shows what it has to say; of a collection that is whole, nothing."""
    name, (program, *words) = check
    started = time.monotonic()
    done = subprocess.run(  # noqa: S603 -- the programs named above
        [BIN / program, *words],
        cwd=ROOT,
        check=False,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = "" if name == "collection" and not done.returncode else done.stdout.decode(errors="replace")
    click.echo(f"== {name}, {time.monotonic() - started:.1f} s\n{said}".rstrip())
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
