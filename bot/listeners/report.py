"""A report: parse the question, load what it asks for from the snapshots, analyse, render."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.attribution import by_key
from bot.analysis.cache import find_cache_use
from bot.analysis.groupings import GROUPS
from bot.analysis.question import parse_question
from bot.analysis.report import find_report
from bot.messages.report import report_answer
from bot.model import Interval
from bot.snapshots import DatabaseUnusable
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.analysis.cache import CacheUse
    from bot.analysis.groupings import Grouping
    from bot.analysis.question import Question
    from bot.analysis.report import Report
    from bot.listeners.asked import Asked
    from bot.model import Dimension, Message, NanoUsd
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)


async def answer_report(open_store: OpenStore, asked: Asked, *, now: Callable[[], datetime]) -> Message:
    """The answer to a question, kept for a while so that its asker can share it. Raises `NotUnderstood`."""
    question = parse_question(asked.text, today=now().date())
    report = await with_store(open_store, lambda store: load_report(store, question))
    return report_answer(report, share_id=await keep_for_sharing(open_store, asked, report, at=now()))


async def keep_for_sharing(open_store: OpenStore, asked: Asked, report: Report, *, at: datetime) -> str | None:
    """Keeps the answer to be shared as it was told; None on a disk that takes nothing: the answer matters more."""

    def keep(store: Store) -> str:
        return store.answers.save_answer(
            user=asked.user,
            channel=asked.channel,
            question=str(report.question),
            message=report_answer(report, share_id=None),
            at=at,
        )

    try:
        return await with_store(open_store, keep)
    except DatabaseUnusable as error:
        log.warning("an answer cannot be shared: %s", error)
        return None


def load_report(store: Store, question: Question, *, as_of: datetime | None = None) -> Report:
    """The answer to a question, from the snapshots alone, and all of one moment: now, or as it was at `as_of`."""
    current, previous = question.period.current, question.period.previous
    both = Interval(previous.since, current.until)
    with store.reading() if as_of is None else store.reading_as_of(as_of, both):
        fetched = store.ledger.load_fetched_days(both)
        report = find_report(
            question,
            current=spend_by(store, current, question.by),
            previous=spend_by(store, previous, question.by),
            daily={day: known.total for day, known in fetched.items()},
            fetched=fetched,
            names=store.names.load_names(),
            unpriced=store.ledger.load_unpriced(current),
            data_as_of=store.ledger.load_freshness().data_as_of,
        )
        if "token" not in question.by:
            return report
        return replace(report, cache=cache_use(store, current), previous_cache=cache_use(store, previous))


def spend_by(store: Store, interval: Interval, by: Sequence[Grouping]) -> dict[tuple[str, ...], NanoUsd]:
    """Dollars by the values of what was asked for.

    Nothing by day alone: the fetched days themselves say what they came to.
    """
    dimensions = {grouping: GROUPS[grouping].dimension for grouping in by}
    own = [dimension for dimension in dimensions.values() if dimension is not None]
    if own == ["day"] and len(by) == 1:
        return {}
    if len(own) == len(by):
        return store.ledger.load_spend(interval, own)
    spend = spend_by_key(store, interval, within=own)
    place = list(by).index("key")
    return {(*values[:-1][:place], values[-1], *values[:-1][place:]): amount for values, amount in spend.items()}


def spend_by_key(store: Store, interval: Interval, *, within: Sequence[Dimension]) -> dict[tuple[str, ...], NanoUsd]:
    """Dollars by dimensions, then by key: the bill's own, or its lines shared among the keys that used them."""
    return by_key(
        store.ledger.load_shared_cost_lines(interval),
        store.ledger.load_shared_usage_lines(interval),
        sole=store.ledger.load_sole_spend(interval, within),
        billed=store.ledger.load_key_spend(interval, [*within, "key"]),
        within=within,
    )


def cache_use(store: Store, interval: Interval) -> CacheUse:
    """What caching did in some days."""
    spend = store.ledger.load_spend(interval, ["model", "service_tier", "context_window", "token_type"])
    return find_cache_use(
        {(model, tier, window, kind): amount for (model, tier, window, kind), amount in spend.items()},
        store.ledger.load_tokens_by_meter(interval),
    )
