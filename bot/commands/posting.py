"""What was queued goes to Slack now."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.commands.errors import NotSaid
from bot.messages.numbers import counted, moment
from bot.snapshots import LEFT_OVER_AFTER
from bot.snapshots.threads import with_store
from bot.wiring import build_deliverer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.settings import Settings
    from bot.snapshots import Store

    Now = Callable[[], datetime]


log = logging.getLogger(__name__)


async def deliver(settings: Settings, *, now: Now) -> None:
    """Takes the outbox to Slack. Raises `NotSaid` when something did not get there."""
    deliverer = replace(build_deliverer(settings, now=now), lease=LEFT_OVER_AFTER)
    await deliverer.hurry()
    unsent = await deliverer.deliver()
    await with_store(deliverer.open_store, lambda store: note_held(store, now=now()))
    if unsent:
        raise NotSaid(unsent)


def note_held(store: Store, *, now: datetime) -> None:
    """Whoever posts by hand is not to wonder where it is."""
    held = store.outbox.load_held(now)
    if held.until is not None:
        what, until = counted(held.postings, "message"), moment(held.until)
        log.info("%s held for the quiet hours until %s; the running bot posts what is due then", what, until)
