"""Every check and test, in the order in which they fail fastest: what people and CI run."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent
CHECKS = (
    ("format", [BIN / "ruff", "format", "--check", "--quiet"]),
    ("lint", [BIN / "ruff", "check", "--quiet"]),
    ("import contracts", [BIN / "lint-imports", "--no-logo"]),
    ("README tables", [BIN / "cog", "--check", "-P", "README.md"]),
    ("types", [BIN / "mypy"]),
    ("tests", [PYTHON, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal"]),
)


def main() -> int:
    """Runs all checks, prints what failed, and returns 1 if any did."""
    failed = []
    for name, command in CHECKS:
        print(f"== {name}", flush=True)
        started = time.monotonic()
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(name)
        print(f"   {time.monotonic() - started:.1f} s", flush=True)
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
