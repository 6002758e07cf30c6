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

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4 * 2**30

if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
    ENVIRONMENT.setdefault("TMPDIR", str(MEMORY))  # on a disk, each database that is closed waits for it

TESTS = ("pytest", "-q", "-p", "no:inline_snapshot", "-p", "no:cacheprovider", "--durations", "3")
BY_THEMSELVES = ("tests/e2e/trouble", "tests/e2e", "tests/jobs", "tests/listeners")
"""Folders whose tests take long enough for a process of their own."""


def run_tests(folder: str) -> tuple[str, ...]:
    """Runs a folder's tests, for none all of them, but for those of the folders in it that are run by themselves."""
    others = [each for each in BY_THEMSELVES if each != folder and each.startswith(folder)]
    return (*TESTS, *([folder] if folder else []), *(f"--ignore={each}" for each in others))


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
        **{folder: run_tests(folder) for folder in BY_THEMSELVES},
        "all other tests": run_tests(""),
    },
)
"""What runs together, each with its output when it has ended."""


def main() -> int:
    """Runs all checks, says which failed and how long each took; 1 if any did."""
    with ThreadPoolExecutor(max_workers=max(map(len, STAGES))) as pool:
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
