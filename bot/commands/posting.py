"""What was queued goes to Slack now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.commands.errors import NotSaid
from bot.snapshots import LEFT_OVER_AFTER
from bot.wiring import build_deliverer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.settings import Settings

    Now = Callable[[], datetime]


async def deliver(settings: Settings, *, now: Now) -> None:
    """Takes the outbox to Slack. Raises `NotSaid` when something did not get there."""
    deliverer = replace(build_deliverer(settings, now=now), lease=LEFT_OVER_AFTER)
    await deliverer.hurry()
    unsent = await deliverer.deliver()
    if unsent:
        raise NotSaid(unsent)
