"""The store from asynchronous code: one connection per operation, opened, used and closed in a thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bot.snapshots.store import Store

    OpenStore: TypeAlias = Callable[[], AbstractContextManager[Store]]

T = TypeVar("T")


async def with_store(open_store: OpenStore, use: Callable[[Store], T]) -> T:
    """What `use` makes of the store; the event loop never waits for the disk."""

    def work() -> T:
        with open_store() as store:
            return use(store)

    return await asyncio.to_thread(work)
