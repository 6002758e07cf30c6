"""A report: load what a question asks for from the snapshots, and analyse it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.attribution import by_key
from bot.analysis.report import find_report
from bot.model import Interval

if TYPE_CHECKING:
    from datetime import date

    from bot.analysis.question import Question
    from bot.analysis.report import Report
    from bot.model import NanoUsd
    from bot.snapshots.store import Store


def load_report(store: Store, question: Question) -> Report:
    """The answer to a question, from the snapshots alone."""
    current, previous = question.period.current, question.period.previous
    return find_report(
        question,
        current=spend_by(store, current, question.by),
        previous=spend_by(store, previous, question.by),
        daily=daily_spend(store, current),
        previous_daily=daily_spend(store, previous),
        fetched=store.ledger.load_fetched_days(Interval(previous.since, current.until)),
        names=store.names.load_names(),
        unpriced=store.ledger.load_unpriced(current),
        data_as_of=store.ledger.load_freshness().data_as_of,
    )


def spend_by(store: Store, interval: Interval, by: str) -> dict[str, NanoUsd]:
    """Dollars by what was asked for; by key they are the bill's lines shared among the keys that used them."""
    if by == "key":
        return by_key(store.ledger.load_cost_lines(interval), store.ledger.load_usage_lines(interval))
    return {key: amount for (key,), amount in store.ledger.load_spend(interval, [by]).items()}


def daily_spend(store: Store, interval: Interval) -> dict[date, NanoUsd]:
    """Dollars of each fetched day of an interval; days never fetched are left out."""
    fetched = store.ledger.load_fetched_days(interval)
    return {day: known.total for day, known in sorted(fetched.items())}
