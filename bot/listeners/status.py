"""`/claudecost status`: how the bot is, as far as whoever asks may see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.organizations import freshness_of_all
from bot.messages.status import SOMETHING_IS_WRONG, status_answer
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.listeners.asked import Asked
    from bot.messages.status import Status
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore


async def answer_status(open_store: OpenStore, asked: Asked, status: Callable[[], Awaitable[Status]]) -> Message:
    """Data as of, key in use, next jobs, version."""
    found = await status()
    if asked.sight.is_everything:
        return status_answer(found)
    return status_answer(await with_store(open_store, lambda store: in_sight(store, found)))


def in_sight(store: Store, status: Status) -> Status:
    """What of it is about organisations and alerts that the store shows, and that something is wrong, but not what."""
    seen = {organization.name for organization in store.organizations()}
    retired = {organization.name for organization in store.retired_organizations()}
    organizations = tuple(replace(each, key_in_use="") for each in status.organizations if each.name in seen)
    billed = [each.billed_up_to for each in organizations if each.billed_up_to]
    status = replace(
        status,
        open_alerts=sum(len(each.alerts.load_open_alerts()) for each in store.each()),
        troubles=(SOMETHING_IS_WRONG,) if status.troubles else (),
        organizations=organizations,
        retired=tuple(name for name in status.retired if name in retired),
        key_in_use="",
        alert_delays=(),
        held=0,
        held_levels=0,
        digests=(),
    )
    if not organizations:
        return status
    freshness = freshness_of_all([each.freshness for each in organizations])
    return replace(status, freshness=freshness, billed_up_to=min(billed, default=None))
