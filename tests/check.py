"""Every check and test, in the order in which they fail fastest: what people and CI run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import click

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Each test process would otherwise compile every test and its assertions again."""
CHECKS = {
    "format": ("ruff", "format", "--check", "--quiet"),
    "lint": ("ruff", "check", "--quiet"),
    "import contracts": ("lint-imports", "--no-logo"),
    "README tables": ("cog", "--check", "-P", "README.md"),
    "types": ("mypy",),
    "tests": ("pytest", "-q", "-n", "3", "--dist", "worksteal", "--durations", "5"),
}


def main() -> int:
    """Runs all checks, says which failed and how long each took; 1 if any did."""
    failed = [name for name, (program, *words) in CHECKS.items() if not passes(name, BIN / program, words)]
    click.echo(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def passes(name: str, program: Path, words: list[str]) -> bool:
    """Runs one check and shows what it has to say."""
    click.echo(f"== {name}")
    started = time.monotonic()
    done = subprocess.run([program, *words], cwd=ROOT, check=False, env=ENVIRONMENT)  # noqa: S603 -- named above
    click.echo(f"   {time.monotonic() - started:.1f} s")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
