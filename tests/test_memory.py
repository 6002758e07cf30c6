"""Memory: one arena for all threads, and what is free given back, where the C library can."""

from __future__ import annotations

import subprocess
import sys

from bot.memory import give_back, keep_one_arena

THREADS = """
import sys, threading
from bot.memory import c_library, keep_one_arena

if sys.argv[1] == "kept":
    keep_one_arena(c_library())
all_are_there = threading.Barrier(4)

def allocate():
    kept = bytes(10_000)
    all_are_there.wait()

threads = [threading.Thread(target=allocate) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
getattr(c_library(), "malloc_stats", int)()
"""


def arenas_of_threads(kept: str) -> int:
    """How many arenas the C library tells of in a process with four threads; 0 where it tells of none."""
    arguments = [sys.executable, "-c", THREADS, kept]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=30)  # noqa: S603 -- this very Python
    return done.stderr.count("Arena ")


class Heard:
    """A C library that is told what glibc's can be told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int]] = []

    def mallopt(self, what: int, value: int) -> int:
        self.calls.append(("mallopt", what, value))
        return 1

    def malloc_trim(self, pad: int) -> int:
        self.calls.append(("malloc_trim", pad, 0))
        return 1


def test_threads_share_an_arena_where_each_had_its_own() -> None:
    assert arenas_of_threads("kept") == min(1, arenas_of_threads("as it is"))


def test_the_library_is_told() -> None:
    library = Heard()

    keep_one_arena(library)
    give_back(library)

    assert library.calls == [("mallopt", -8, 1), ("malloc_trim", 0, 0)]


def test_a_library_that_knows_neither_is_left_alone() -> None:
    for library in (object(), None):
        keep_one_arena(library)
        give_back(library)


def test_a_python_that_cannot_call_libraries_asks_none() -> None:
    code = "import sys; sys.modules['ctypes'] = None; from bot.memory import c_library; print(c_library())"

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30)  # noqa: S603 -- this very Python

    assert done.stdout == "None\n"
