"""Work that the program does in threads, done at once while a module of tests runs.

To hand it to a thread and to be told when it is done costs a test of jobs or listeners 4 ms, an eighth of its time.
Tests of what happens at the same time ask for `threads`; `tests/snapshots`, `tests/commands` and `tests/e2e` have them
always, as the program does.
"""

from __future__ import annotations

import asyncio
import contextvars
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
T = TypeVar("T")

to_thread = asyncio.to_thread


async def done_at_once(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What a thread would make of it, after whatever else waits for its turn."""
    await asyncio.sleep(0)
    return contextvars.copy_context().run(work, *args, **kwargs)


@contextmanager
def without_threads() -> Iterator[None]:
    """Inside, whoever wants something done in a thread gets it done at once."""
    with pytest.MonkeyPatch.context() as instead:
        instead.setattr(asyncio, "to_thread", done_at_once)
        yield
