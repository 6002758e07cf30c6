"""All tests: `python -m tests.parts`. A few processes side by side, forked from one that has loaded the bot and pytest.

To load them takes more than a second, and each process would do it again. So would the one from which the end-to-end
tests fork theirs (`tests/e2e/warm.py`): it is a fork of this one too.
"""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
import time
import warnings
from contextlib import ExitStack
from importlib.metadata import entry_points
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import click

from tests.e2e.warm import CAN_FORK, READY, fork_ready, load_modules

if TYPE_CHECKING:
    from collections.abc import Sequence

BY_THEMSELVES = {
    "whole processes, snapshots and stand-ins": ("tests/e2e", "tests/snapshots", "tests/sandbox"),
    "jobs and listeners": ("tests/jobs", "tests/listeners"),
}
"""What is run by itself: each about a third of the work, like all that is left.

They are one process more than the cores that there are at least: tests of whole processes wait now and then.
"""

FIRST, POLITENESS = "tests/e2e", 5
"""What goes first where a core is wanted by several, so that what waits in between does so while others work."""

PARTS = {
    **BY_THEMSELVES,
    "all other tests": tuple(f"--ignore={path}" for paths in BY_THEMSELVES.values() for path in paths),
}

LOADED_ALREADY = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
WORDS = ("-q", "-p", "no:inline_snapshot", "-p", "no:cacheprovider", "-W", LOADED_ALREADY, "--durations", "3")


def main() -> int:
    """Runs all parts at once, shows what each has to say once it has ended; 1 if any failed."""
    if not CAN_FORK:
        return run_all()
    load()
    forks = fork_ready()
    load_pytest()
    code = run_all()
    os.close(int(os.environ[READY]))
    os.waitpid(forks, 0)
    return code


def load() -> None:
    """Loads the bot; what nobody may warn of when a test loads it, nobody may here."""
    gc.disable()  # what is loaded makes no garbage
    with warnings.catch_warnings(action="error"):
        load_modules()
    gc.freeze()


def load_pytest() -> None:
    """Loads what the tests need besides, and what their laws draw from."""
    for name in ("pytest", "inline_snapshot", "yaml", "tests.loopback"):
        importlib.import_module(name)
    for plugin in entry_points(group="pytest11"):
        plugin.load()
    with warnings.catch_warnings(action="ignore"):  # that it is slow: it is so once instead of in each part
        importlib.import_module("tests.laws").look_up_what_is_drawn_from()
    gc.freeze()
    gc.enable()


def run_all() -> int:
    """1 if any part failed."""
    started = time.monotonic()
    with ExitStack() as files:
        running = {}
        for name, paths in PARTS.items():
            output = files.enter_context(TemporaryFile())  # a pipe would have to be read at each of five thousand dots
            running[start((*WORDS, *paths), output.fileno())] = name, output
        codes = set()
        while running:
            process, status = os.wait()
            if process in running:
                name, output = running.pop(process)
                output.seek(0)
                said = output.read().decode(errors="replace")
                click.echo(f"-- {name}, {time.monotonic() - started:.1f} s\n{said}".rstrip())
                codes.add(status)
    return 1 if any(codes) else 0


def start(words: Sequence[str], output: int) -> int:
    """Starts pytest, which writes to `output`; the number of its process."""
    if not CAN_FORK:
        command = [sys.executable, "-m", "pytest", *words]
        return subprocess.Popen(command, stdout=output, stderr=output).pid  # noqa: S603 -- this very Python
    process = os.fork()
    if process:
        return process
    if FIRST not in words:
        os.nice(POLITENESS)
    for standard in (1, 2):
        os.dup2(output, standard)
    code = importlib.import_module("pytest").main([*words])
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
