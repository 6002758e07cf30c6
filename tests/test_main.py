"""The process before the command line is there: what ends it while it is importing."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

INTERRUPTED = """
import os, runpy, sys

class Interrupter:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), int(sys.argv[2]))

sys.meta_path.insert(0, Interrupter())
runpy.run_module("bot", run_name="__main__")
"""


def interrupted(command: str, number: int) -> tuple[int, str]:
    """The exit code and the standard error of a process that got a signal while it was importing."""
    arguments = [sys.executable, "-c", INTERRUPTED, command, str(int(number))]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, timeout=30)  # noqa: S603 -- this very Python
    return done.returncode, done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_stopped_before_it_has_begun_ends_well(number: int) -> None:
    assert interrupted("run", number) == (0, "")


def test_any_other_command_is_interrupted_without_a_traceback() -> None:
    assert interrupted("report", signal.SIGINT) == (2, "")
