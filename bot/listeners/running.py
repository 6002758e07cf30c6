"""Answers under way, so that a stopping process can let them finish."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from typing import Any


class Running:
    """Counts answers under way."""

    def __init__(self) -> None:
        self.count = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self.behind: set[asyncio.Task[None]] = set()

    def go_on(self, work: Coroutine[Any, Any, None]) -> None:
        """Something that nobody waits for, and that a stopping process lets finish as well."""
        self.begin()
        task = asyncio.get_running_loop().create_task(work)
        self.behind.add(task)
        task.add_done_callback(self.finish)

    def finish(self, task: asyncio.Task[None]) -> None:
        """What nobody waited for is over."""
        self.behind.discard(task)
        self.end()

    @contextlib.contextmanager
    def answer(self) -> Iterator[None]:
        """One answer, from its acknowledgement to its last word."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    def begin(self) -> None:
        """One more is under way."""
        self.count += 1
        self.idle.clear()

    def end(self) -> None:
        """One is over."""
        self.count -= 1
        if not self.count:
            self.idle.set()

    async def finished(self, *, within: float) -> bool:
        """Waits for all answers to end; False if some still run after `within` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.idle.wait(), timeout=within)
        return self.idle.is_set()
