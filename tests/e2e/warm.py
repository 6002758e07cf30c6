"""Children that need not load the bot's modules first: they are forked from a Python that has.

    warm_python().fork(["-m", "bot", "report"], folder=…, environment=…, files=(out, err, ended))

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
import selectors
import socket
import subprocess
import sys
import threading
from contextlib import closing, suppress
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Files = tuple[int, int, int]

CAN_FORK = sys.platform == "linux"  # macOS's own libraries do not outlive a fork
LONGEST_ORDER = 65_536
STANDARD_FILES, MOST_FILES = 3, 1_024
READY = "CLAUDECOST_TESTS_ORDERS"
"""In the environment where a Python takes orders already: the number of the socket on which it does."""

INHERITED = ("PATH", "PYTHONPATH", "SSL_CERT_DIR")
LOADED_LATER = (
    "anyio._backends._asyncio",
    "apscheduler.executors.asyncio",
    "ctypes",
    "genai_prices.decompose",
    "genai_prices.validation",
    "httpcore",
    "slack_bolt.listener_matcher.async_builtins",
    "sniffio",
    "tzdata.zoneinfo",
)
"""What the bot's modules load only when they are used, and nearly every child uses."""

SOME_DAY = date(2026, 11, 22)


# --- In the process of the tests ---


class WarmPython:
    """A Python with the bot's modules loaded, for as long as the tests run.

    `orders` is how it is told; `process` is there if this process has started it.
    """

    def __init__(self, orders: socket.socket, process: subprocess.Popen[bytes] | None = None) -> None:
        self.orders = orders
        self.process = process

    @classmethod
    def start(cls, environment: Mapping[str, str]) -> WarmPython:
        """One that loads them first."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(  # noqa: S603 -- this very Python
                [sys.executable, __file__, str(theirs.fileno())],
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        return cls(ours, process)

    def fork(self, words: Sequence[str], *, folder: Path, environment: Mapping[str, str], files: Files) -> None:
        """Starts a process that runs `python …`.

        It writes to the first two files. In the third appears a line with its id, and at its end its exit code, less
        than zero for a signal.
        """
        order = {"words": words, "folder": str(folder), "environment": environment}
        socket.send_fds(self.orders, [json.dumps(order).encode()], files)

    def close(self) -> None:
        """Ends it, once nothing that it forked runs any more."""
        self.orders.close()
        if self.process is not None:
            self.process.wait()


@functools.cache
def warm_python() -> WarmPython:
    """One for all tests of this process, from the first that wants it on, if there is none yet."""
    ready = os.environ.get(READY)
    return WarmPython.start(inherited()) if ready is None else WarmPython(socket.socket(fileno=int(ready)))


def run_to_its_end(words: Sequence[str], *, folder: Path, settings: dict[str, str], output: int) -> tuple[int, str]:
    """The exit code and the standard error of a process that runs `python …` and writes to `output`."""
    environment = inherited() | settings
    if not CAN_FORK:
        command = [sys.executable, *words]
        done = subprocess.run(  # noqa: S603 -- this very Python
            command, cwd=folder, env=environment, check=False, stdout=output, stderr=subprocess.PIPE, text=True
        )
        return done.returncode, done.stderr
    (said, err), (end, ended) = os.pipe(), os.pipe()
    warm_python().fork(words, folder=folder, environment=environment, files=(output, err, ended))
    os.close(err)
    os.close(ended)
    with os.fdopen(said) as errors, os.fdopen(end) as told:
        _, code = told.read().split()
        return int(code), errors.read()


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
    importlib.import_module("bot.admin_api.connection").user_agent()
    importlib.import_module("bot.analysis.prices").listed_models()
    importlib.import_module("bot.settings").load_what_is_right()
    importlib.import_module("bot.analysis.question").parse_question("all words are looked for", today=SOME_DAY)
    assert threading.active_count() == 1, "a fork takes only one thread along"


class Forks:
    """What was forked and has not ended."""

    def __init__(self, orders: socket.socket) -> None:
        self.orders = orders
        self.ready = selectors.DefaultSelector()
        self.ready.register(orders, selectors.EVENT_READ)

    def serve(self) -> None:
        """Forks as it is told, until nobody is there to tell it."""
        while True:
            for key, _ in self.ready.select():
                if key.fileobj is not self.orders:
                    self.tell_end(key)
                elif not self.take_order():
                    return

    def take_order(self) -> bool:
        """Forks a child and says its id; false if there is no order and will be none."""
        order, files, _, _ = socket.recv_fds(self.orders, LONGEST_ORDER, 3)
        if not order:
            return False
        out, err, ended = files
        child = os.fork()
        if not child:
            become(json.loads(order), (out, err))
        os.close(out)
        os.close(err)
        os.write(ended, f"{child}\n".encode())
        self.ready.register(os.pidfd_open(child), selectors.EVENT_READ, (child, ended))
        return True

    def tell_end(self, key: selectors.SelectorKey) -> None:
        """Says the exit code of a child: only its parent learns that."""
        child, ended = key.data
        _, status = os.waitpid(child, 0)
        self.ready.unregister(key.fileobj)
        os.close(key.fd)
        with suppress(BrokenPipeError), os.fdopen(ended, "w") as told:
            told.write(str(os.waitstatus_to_exitcode(status)))


def fork_ready() -> int:
    """Forks one that takes orders from this process, which has loaded all, and from its other forks; its id.

    It ends once none of them can give any more.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child:
        theirs.close()
        os.environ[READY] = str(ours.detach())
        return child
    ours.close()
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nowhere, standard)
    gc.enable()
    Forks(theirs).serve()
    os._exit(0)


def become(order: dict[str, Any], outputs: Sequence[int]) -> None:
    """Runs what it is told to as `python …` does, to its end."""
    for standard, file in enumerate(outputs, start=1):
        os.dup2(file, standard)
    os.closerange(STANDARD_FILES, MOST_FILES)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
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
    gc.disable()  # what is loaded makes no garbage
    load_modules()
    gc.freeze()
    gc.enable()
    with closing(socket.socket(fileno=int(sys.argv[1]))) as orders:
        Forks(orders).serve()
