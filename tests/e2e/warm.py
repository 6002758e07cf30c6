"""Children that need not load the bot's modules first: they are forked from a Python that has.

    pid = warm_python().fork(["-m", "bot", "report"], folder=…, environment=…, files=(out, err, ended))

Such a child is a process like any other: its arguments, environment, folder, output, signals and exit code are its own,
and it runs what `python -m bot report` runs. It takes a tenth of the time, nearly all of which is loading.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import socket
import subprocess
import sys
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Files = tuple[int, int, int]

LONGEST_ORDER = 65_536
INHERITED = ("PATH", "PYTHONPATH", "SSL_CERT_DIR")
LOADED_LATER = (
    "anyio._backends._asyncio",
    "apscheduler.executors.asyncio",
    "genai_prices.data",
    "genai_prices.decompose",
    "genai_prices.validation",
    "httpcore",
    "slack_bolt.listener_matcher.async_builtins",
    "sniffio",
    "tzdata.zoneinfo",
)
"""What the bot's modules load only when they are used, and nearly every child uses."""


# --- In the process of the tests ---


class WarmPython:
    """A Python with the bot's modules loaded, for as long as the tests run."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.orders, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 -- this very Python
                [sys.executable, __file__, str(theirs.fileno())],
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def fork(self, words: Sequence[str], *, folder: Path, environment: Mapping[str, str], files: Files) -> int:
        """The id of a process that runs `python …`.

        It writes to the first two files; its exit code appears in the third, less than zero for a signal.
        """
        order = {"words": words, "folder": str(folder), "environment": environment}
        socket.send_fds(self.orders, [json.dumps(order).encode()], files)
        return int(self.orders.recv(LONGEST_ORDER))

    def close(self) -> None:
        """Ends it; what it forked goes on."""
        self.orders.close()
        self.process.wait()


@functools.cache
def warm_python() -> WarmPython:
    """One for all tests of this process, from the first that wants it on."""
    return WarmPython(inherited())


def inherited() -> dict[str, str]:
    """What a child needs of this process's environment: where programs and certificates are, and what is measured."""
    return {name: value for name, value in os.environ.items() if name in INHERITED or name.startswith("COVERAGE_")}


# --- In the process that forks ---


def load_modules() -> None:
    """Loads all of the bot but its door, which is entered by each child."""
    import bot

    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in LOADED_LATER:
        importlib.import_module(name)
    assert threading.active_count() == 1, "a fork takes only one thread along"


def serve(orders: socket.socket) -> None:
    """Forks as it is told, one order at a time, until nobody is there to give any."""
    while True:
        order, files, _, _ = socket.recv_fds(orders, LONGEST_ORDER, 3)
        reap()
        if not order:
            return
        if not os.fork():
            out, err, ended = files
            keep(orders, json.loads(order), (out, err, ended))
        for file in files:
            os.close(file)


def reap() -> None:
    """Lets go of the keepers that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def keep(orders: socket.socket, order: dict[str, Any], files: Files) -> None:
    """Forks the child, says its id, and tells its end: only a parent learns an exit code."""
    *outputs, ended = files
    child = os.fork()
    if not child:
        orders.close()
        os.close(ended)
        become(order, outputs)
    orders.send(str(child).encode())
    for file in outputs:
        os.close(file)
    os.write(ended, str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
    os._exit(0)


def become(order: dict[str, Any], outputs: Sequence[int]) -> None:
    """Runs what it is told to as `python …` does, to its end."""
    for standard, file in enumerate(outputs, start=1):
        os.dup2(file, standard)
        os.close(file)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    try:
        run(*order["words"])
    except SystemExit as end:
        leave(end.code)


def run(first: str, *rest: str) -> None:
    """What Python does with its arguments."""
    if first == "-m":
        sys.argv = list(rest)
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [first, *rest]
        runpy.run_path(first, run_name="__main__")
    sys.exit()


def leave(code: object) -> NoReturn:
    """Ends as Python does, but leaves what was there before the fork alone: to take that apart takes 50 ms."""
    assert code is None or isinstance(code, int), code
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    load_modules()
    gc.collect()
    gc.freeze()
    with closing(socket.socket(fileno=int(sys.argv[1]))) as orders:
        serve(orders)
