"""`/claudecost tune`: replay the last 90 days under several levels, in a thread, and show what each would have said."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.replay import Tally, tunings
from bot.jobs.replay import replay
from bot.messages.tune import tune_answer
from bot.model import Interval
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from datetime import date

    from bot.analysis.contract import Contract
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

TUNE = "tune"
DAYS_REPLAYED = 90


async def answer_tune(open_store: OpenStore, contract: Contract, *, today: date) -> Message:
    """What other levels would have said."""
    interval = Interval(today - timedelta(days=DAYS_REPLAYED), today)
    return await with_store(open_store, lambda store: load_tuning(store, contract, interval))


def load_tuning(store: Store, contract: Contract, interval: Interval) -> Message:
    """Every organisation's days under every contract, read once."""
    contracts = tunings(contract)
    tallies = [Tally() for _ in contracts]
    for each in store.each():
        for day, judged in replay(each, interval, contracts):
            for tally, said in zip(tallies, judged, strict=True):
                tally.add(day, said)
    summaries = [tally.summary() for tally in tallies]
    return tune_answer(list(zip(contracts, summaries, strict=True)), interval=interval, in_force=contract)
