"""The hours of the day that today is compared with: fetched once, and kept for as long as they are."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.admin_api import AdminApiError, KeyRefused
from bot.analysis.estimate import estimate_by_scope
from bot.analysis.hours import DAYS_BACK
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.admin_api import AdminApi
    from bot.analysis.hours import Scope
    from bot.analysis.prices import PriceTable
    from bot.model import NanoUsd, UsageLine
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)

KEPT = timedelta(days=DAYS_BACK + 1)
"""Yesterday is still compared when nothing was fetched since it ended."""


async def sync_hours(*, api: AdminApi, open_store: OpenStore, prices: PriceTable, today: date) -> None:
    """Keeps what each hour of the same weekday a week earlier should have cost. Without it, whole days are compared.

    Raises `KeyRefused` and `DatabaseUnusable`; any other failure costs no more than that comparison.
    """
    day = today - timedelta(days=DAYS_BACK)
    if await with_store(open_store, lambda store: store.hours.has(day)):
        return
    try:
        hours = await api.fetch_hours(day)
    except KeyRefused:
        raise
    except AdminApiError as error:
        log.warning("today is compared with a whole day, because hours are not to be had: %s", error)
        return
    expected = await asyncio.to_thread(expected_by_hour, hours, prices)

    def save(store: Store) -> None:
        with store.transaction():
            store.hours.save(day, expected)
            store.hours.forget(before=today - KEPT)

    await with_store(open_store, save)


def expected_by_hour(hours: Mapping[int, list[UsageLine]], prices: PriceTable) -> list[dict[Scope, NanoUsd]]:
    """What each hour's usage costs by its prices, midnight first."""
    return [estimate_by_scope(hours[hour], prices) for hour in sorted(hours)]
