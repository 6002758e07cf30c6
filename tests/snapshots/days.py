"""Saving days in tests: an hour after the day's end unless told otherwise, and nothing but what matters."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.model import Interval, Source
from tests.builders import NOW, YESTERDAY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from bot.model import CostLine, SavedDays, UsageLine
    from bot.snapshots import Store


def day_alone(day: date = YESTERDAY) -> Interval:
    """One day."""
    return Interval(day, day + timedelta(days=1))


def save(
    store: Store,
    *cost: CostLine,
    usage: Iterable[UsageLine] = (),
    interval: Interval | None = None,
    source: Source = Source.COST_REPORT,
    fetched_at: datetime = NOW,
) -> SavedDays:
    """Saves lines of yesterday."""
    return store.ledger.save_days(
        day_alone() if interval is None else interval, cost=cost, usage=usage, source=source, fetched_at=fetched_at
    )
