"""What the last complete days could have cost less."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.coverage import missing_days
from bot.analysis.groupings import CONSOLE
from bot.analysis.meter import Meter
from bot.analysis.organizations import all_names, freshness_of_all, known_by_all, own_id
from bot.analysis.savings import Savings, find_savings, largest_first
from bot.model import Interval
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from bot.analysis.savings import Saving
    from bot.model import Dimension
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

DAYS = 28
"""Long enough for a month's habits, short enough to be about now."""

METER: tuple[Dimension, ...] = ("workspace", "model", "service_tier", "context_window", "token_type")


def load_savings(store: Store, *, today: date) -> Savings:
    """What could have been saved in the last 28 complete days, from the snapshots alone, all of one moment."""
    with store.reading():
        return savings_of_all(parts_of(store), today=today)


def savings_of_all(parts: Sequence[Part], *, today: date) -> Savings:
    """The same from these books."""
    interval = Interval(today - timedelta(days=DAYS), today)
    fetched = known_by_all([part.store.ledger.load_fetched_days(interval) for part in parts])
    return Savings(
        interval=interval,
        savings=tuple(sorted((each for part in parts for each in savings_of(part, interval)), key=largest_first)),
        spend=sum(known.total for known in fetched.values()) if fetched else None,
        names=all_names([(part.beside, part.store.names.load_names()) for part in parts]),
        estimated=any(not known.is_billed for known in fetched.values()),
        missing_days=missing_days(interval, fetched),
        data_as_of=freshness_of_all([part.store.ledger.load_freshness() for part in parts]).data_as_of,
    )


def savings_of(part: Part, interval: Interval) -> Iterator[Saving]:
    """One organisation's, under ids that no other has."""
    ledger = part.store.ledger
    spend = {Meter._make(words): amount for words, amount in ledger.load_spend(interval, METER).items()}
    for saving in find_savings(ledger.load_usage(interval), spend):
        yield replace(
            saving,
            workspace_id=own_id(saving.workspace_id, part.beside),
            key=None if saving.key is None else own_id(saving.key or CONSOLE, part.beside),
        )
