"""What asynchronous code asks of the store, the event loop never waits for."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.snapshots import open_store
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.snapshots import Store

PATIENCE = 5


async def test_the_event_loop_goes_on_while_the_store_is_opened_used_and_closed(path: Path) -> None:
    steps = {name: threading.Event() for name in ("open", "use", "close")}
    waited: list[str] = []

    def wait_for(step: str) -> None:
        assert steps[step].wait(PATIENCE), "the event loop stands still"
        waited.append(step)

    @contextmanager
    def open_slowly() -> Iterator[Store]:
        wait_for("open")
        with open_store(path) as store:
            yield store
        wait_for("close")

    using = asyncio.create_task(with_store(open_slowly, lambda _: wait_for("use")))
    for step in steps.values():
        await asyncio.sleep(0)
        step.set()
    await using

    assert waited == ["open", "use", "close"]


async def test_several_are_used_at_the_same_time(path: Path) -> None:
    both = threading.Barrier(2, timeout=PATIENCE)

    places = await asyncio.gather(*(with_store(lambda: open_store(path), lambda _: both.wait()) for _ in range(2)))

    assert sorted(places) == [0, 1]
