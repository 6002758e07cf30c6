"""Run: the service until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from typing import TYPE_CHECKING

from bot.commands.apis import admin_apis
from bot.loading.owners import load_ownership
from bot.memory import c_library, keep_one_arena, leave_out_what_is_never_used
from bot.snapshots import DatabaseUnusable
from bot.wiring import build_open_store, build_service, build_teams, require_for_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.settings import Settings

    Now = Callable[[], datetime]


async def serve_until_signalled(settings: Settings, *, now: Now) -> None:
    """Runs the service until SIGTERM or SIGINT."""
    keep_one_arena(c_library())
    leave_out_what_is_never_used()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await serve(settings, now=now, stopping=stopping)


async def serve(settings: Settings, *, now: Now, stopping: asyncio.Event) -> None:
    """Runs the service until `stopping` is set."""
    require_for_service(settings)
    require_one_owner(settings)
    async with admin_apis(settings, now=now) as apis:
        service = build_service(settings, apis, now=now, stopping=stopping)
        gc.freeze()  # what is loaded by now stays: to look through it again and again held up answers by 30 ms
        await service.run()


def require_one_owner(settings: Settings) -> None:
    """Raises `WrongRules` where the spreadsheet in force contradicts teams that were configured after its import.

    Nothing could be judged with them. A database that does not open is told once the service tries it.
    """
    with contextlib.suppress(DatabaseUnusable), build_open_store(settings)() as store:
        load_ownership(store, build_teams(settings))
