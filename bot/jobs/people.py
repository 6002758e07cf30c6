"""Who spent it: fetched after the bill where `[privacy] people` is on, forgotten where it is off.

The bill never waits for this and never fails with it: what cannot be fetched is logged, without a name, and tried again
by the next sync.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from bot.admin_api import AdminApiError, BadRequest, Nonsense, NotAllowed, NotFound
from bot.analysis.bill import answered_days
from bot.analysis.coverage import USUAL_DAYS, days_at_once, days_to_fetch_once, newest_stretch, runs
from bot.analysis.people import Actors, claude_code_workspaces, untold_days
from bot.model import Interval, Source
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from bot.admin_api import AdminApi
    from bot.admin_api.people import PeopleApi
    from bot.model import Names, PersonCostLine, PersonLine, PersonWeight, Privacy, Synced
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)


async def sync_with_people(
    sync: Callable[[], Awaitable[Synced]],
    *,
    privacy: Privacy,
    api: AdminApi,
    open_store: OpenStore,
    now: Callable[[], datetime],
    backfill_days: int,
) -> Synced:
    """A sync, then who spent it; first of all people are forgotten, unless they are wanted. Raises what `sync` does."""
    await forget_people(privacy, open_store=open_store)
    synced = await sync()
    await sync_people(privacy, api=api, open_store=open_store, now=now, backfill_days=backfill_days)
    return synced


async def forget_people(privacy: Privacy, *, open_store: OpenStore) -> None:
    """Deletes what is stored about people, unless it is wanted."""
    if not privacy.people and await with_store(open_store, lambda store: store.people.forget()):
        log.info("what was stored about people is deleted, because [privacy] people is off")


async def sync_people(
    privacy: Privacy, *, api: AdminApi, open_store: OpenStore, now: Callable[[], datetime], backfill_days: int
) -> None:
    """Fetches who spent it, if that is wanted. Raises nothing that the Admin API is the reason of."""
    if not privacy.people:
        return
    try:
        await PeopleSync(api=api.people, open_store=open_store, now=now).sync(backfill_days=backfill_days)
    except AdminApiError as error:
        log.warning("who spent it was not fetched, the bill itself was: %s", error)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSync:
    """One sync of people, after the names of workspaces and keys were refreshed."""

    api: PeopleApi
    open_store: OpenStore
    now: Callable[[], datetime]

    async def sync(self, *, backfill_days: int) -> None:
        """Fetches the missing days and re-reads the newest, newest first; each stretch is saved at once."""
        await self.sync_names()
        today = self.now().astimezone(UTC).date()
        span = Interval(today - timedelta(days=backfill_days), today + timedelta(days=1))
        fetched = await with_store(self.open_store, lambda store: store.people.load_days(span))
        left, days = days_to_fetch_once(fetched, today=today, backfill_days=backfill_days), USUAL_DAYS
        while left:
            interval, left = newest_stretch(left, days=days)
            days = days_at_once(interval, lines=await self.sync_stretch(interval))

    async def sync_names(self) -> None:
        """Refreshes what people are called; without that list their ids stand for them."""
        try:
            people = await self.api.fetch_people()
        except (NotFound, NotAllowed) as error:
            log.warning("the names of people were not refreshed: %s", error)
            return
        await with_store(self.open_store, lambda store: store.people.save_people(people))

    async def sync_stretch(self, interval: Interval) -> int:
        """Saves the days of a stretch that were answered; how many lines they had."""
        fetched_at = self.now()
        usage = await self.api.fetch_usage(interval)
        cost = await self.fetch_cost(interval)
        weights = await self.fetch_weights(usage.lines)

        def save(store: Store) -> None:
            with store.transaction():
                for part in runs(sorted(usage.days)):
                    lines = (line for line in usage.lines if part.since <= line.day < part.until)
                    billed = (line for line in cost if part.since <= line.day < part.until)
                    store.people.save_days(part, usage=lines, cost=billed, weights=weights, fetched_at=fetched_at)

        await with_store(self.open_store, save)
        return len(usage.lines) + len(cost)

    async def fetch_cost(self, interval: Interval) -> list[PersonCostLine]:
        """The bill's own dollars by person, of the days on which it told them by key; without them tokens will do."""
        stored = await with_store(self.open_store, lambda store: store.ledger.load_fetched_days(interval))
        cost: list[PersonCostLine] = []
        for part in runs(day for day, known in stored.items() if known.source is Source.ANALYTICS):
            try:
                lines, refreshed_at = await self.api.fetch_actor_cost(part)
            except (NotFound, NotAllowed, BadRequest, Nonsense) as error:
                log.warning("no dollars per person this time, tokens share the bill instead: %s", error)
                return cost
            days = answered_days(part, refreshed_at=refreshed_at, now=self.now())
            cost += [line for line in lines if line.day in days]
        return cost

    async def fetch_weights(self, lines: Sequence[PersonLine]) -> list[PersonWeight]:
        """What Claude Code's users did, asked for on those days only on which it would say something new."""
        names = await with_store(self.open_store, load_names)
        workspaces = claude_code_workspaces(names)
        actors = Actors(names.people, names.api_keys.values(), workspaces)
        weights: list[PersonWeight] = []
        for day in untold_days(lines, workspaces):
            try:
                weights += actors.weights(day, await self.api.fetch_claude_code(day))
            except (NotFound, NotAllowed) as error:
                log.warning("Claude Code's report was not read: %s", error)
                return weights
        return weights


def load_names(store: Store) -> Names:
    """All names, those of people among them."""
    return store.people.named(store.names.load_names())
