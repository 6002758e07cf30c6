"""The Admin API of each organisation."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from bot.wiring import build_admin_api, credentials

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from bot.admin_api import AdminApi
    from bot.settings import Settings

    Now = Callable[[], datetime]


@asynccontextmanager
async def admin_apis(settings: Settings, *, now: Now) -> AsyncIterator[list[AdminApi]]:
    """A client for each organisation, in the order of the settings. Raises `WrongSettings` where a key is missing."""
    settings.require_keys()
    async with AsyncExitStack() as stack:
        apis = [build_admin_api(access, credentials(access), now=now) for access in settings.accesses()]
        yield [await stack.enter_async_context(api) for api in apis]
