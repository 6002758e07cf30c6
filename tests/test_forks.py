"""Tests in forked processes: each is run once, whatever becomes of the process that ran it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = """
import os, signal

def test_that_passes():
    print("of no interest")

def test_that_fails():
    print("what it said")
    assert 1 + 1 == 3

def test_that_kills_its_process():
    os.kill(os.getpid(), signal.SIGKILL)

def test_that_never_began():
    pass
"""


def test_what_each_process_did_is_told_in_one_report(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "tests.forks", "--forks", "2", "-rA", "test_some.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "200"}

    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, env=environment)  # noqa: S603 -- this very Python

    assert done.returncode == 1
    for line in (
        "PASSED test_some.py::test_that_passes",
        "what it said",
        "FAILED test_some.py::test_that_fails - assert (1 + 1) == 3",
        "FAILED test_some.py::test_that_kills_its_process - the process that ran it ended with -9",
        "FAILED test_some.py::test_that_never_began - it was run 0 times",
    ):
        assert line in done.stdout
