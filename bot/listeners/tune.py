"""`/claudecost tune`: replay the last 90 days under several levels, in a thread, and show what each would have said."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.replay import Tally, tunings
from bot.messages.tune import tune_answer
from bot.model import Interval
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from bot.analysis.contract import Contract
    from bot.analysis.replay import Said
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

TUNE = "tune"
DAYS_REPLAYED = 90

Replay: TypeAlias = "Callable[[Store, Interval, Sequence[Contract]], Iterator[tuple[date, list[list[Said]]]]]"
"""What each of some contracts would have said, day by day."""


async def answer_tune(open_store: OpenStore, contract: Contract, *, replay: Replay, today: date) -> Message:
    """What other levels would have said."""
    interval = Interval(today - timedelta(days=DAYS_REPLAYED), today)
    return await with_store(open_store, lambda store: load_tuning(store, contract, interval, replay))


def load_tuning(store: Store, contract: Contract, interval: Interval, replay: Replay) -> Message:
    """Every organisation's days under every contract, read once."""
    contracts = tunings(contract)
    tallies = [Tally() for _ in contracts]
    for each in store.each():
        for day, judged in replay(each, interval, contracts):
            for tally, said in zip(tallies, judged, strict=True):
                tally.add(day, said)
    summaries = [tally.summary() for tally in tallies]
    return tune_answer(list(zip(contracts, summaries, strict=True)), interval=interval, in_force=contract)
