"""Sync: fetches once, and reads what units count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.commands.apis import admin_apis
from bot.jobs.feed import sync_each
from bot.wiring import build_counter, build_feeds, build_open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.jobs.sync import Progress
    from bot.model import Synced
    from bot.settings import Settings

    Now = Callable[[], datetime]
    Told = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedAll:
    """What was fetched of each organisation, and a sentence for each that failed while others did not.

    `of` is how many there are; `exit_code` is that of what failed.
    """

    synced: tuple[Synced, ...]
    failed: tuple[str, ...]
    exit_code: int
    of: int


async def sync_once(settings: Settings, *, now: Now, progress: Told) -> SyncedAll:
    """One sync of each organisation. Raises what went wrong where that is all there is to tell."""
    async with admin_apis(settings, now=now) as apis:
        feeds = build_feeds(settings, apis, now=now, progress=progress)
        outcomes = await sync_each(build_open_store(settings), feeds)
    await build_counter(settings, now=now).count()
    errors = [outcome.error for outcome in outcomes if outcome.error]
    if len(outcomes) == 1 and errors:
        raise errors[0]
    return SyncedAll(
        synced=tuple(outcome.synced for outcome in outcomes if outcome.synced),
        failed=tuple(outcome.sentence for outcome in outcomes if outcome.error),
        exit_code=max((error.exit_code for error in errors), default=0),
        of=len(outcomes),
    )
