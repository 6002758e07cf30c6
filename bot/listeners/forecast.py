"""`/claudecost forecast` and `/claudecost month`: load the days, forecast the month, render."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.month import MonthPart, days_looked_at, find_month
from bot.analysis.organizations import choose
from bot.analysis.question import NotUnderstood, parse_question
from bot.listeners.keep import keep_for_sharing
from bot.messages.forecast import forecast_answer, month_answer
from bot.snapshots.parts import parts_of
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from bot.analysis.month import Month
    from bot.analysis.question import Question
    from bot.listeners.asked import Asked
    from bot.model import Message
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

FORECAST = "forecast"
MONTH = "month"
BY_WORKSPACE = ("workspace",)
HINT = 'a forecast is of this month, by workspace; type "forecast" alone, or "forecast org:NAME"'


async def answer_forecast(open_store: OpenStore, asked: Asked, *, now: Callable[[], datetime]) -> Message:
    """What the month comes to, kept for a while so that its asker can share it. Raises `NotUnderstood`."""
    return await answer_with(forecast_answer, open_store, asked, now=now)


async def answer_month(open_store: OpenStore, asked: Asked, *, now: Callable[[], datetime]) -> Message:
    """The month so far by workspace, kept for a while as well."""
    return await answer_with(month_answer, open_store, asked, now=now)


async def answer_with(
    render: Callable[..., Message], open_store: OpenStore, asked: Asked, *, now: Callable[[], datetime]
) -> Message:
    """The month as `render` tells it."""
    today = now().date()
    word, _, rest = asked.text.strip().partition(" ")
    question = parse_forecast(rest, today=today)
    month = await with_store(open_store, lambda store: load_month(store, question, today=today))
    kept = await keep_for_sharing(
        open_store, asked, question=f"{word.lower()} {rest}".strip(), message=render(month, share_id=None), at=now()
    )
    return render(month, share_id=kept)


def parse_forecast(words: str, *, today: date) -> Question:
    """Whose month is asked for. Raises `NotUnderstood` for another period or grouping."""
    question = parse_question(f"{MONTH} {words}", today=today)
    if question.by != BY_WORKSPACE:
        raise NotUnderstood(words, HINT)
    return question


def load_month(store: Store, question: Question, *, today: date) -> Month:
    """The month from the snapshots alone, all of one moment. Raises `NotUnderstood` for an unknown organisation."""
    chosen = choose(question.organization, store.organizations(), retired=store.retired_organizations())
    with store.reading():
        return find_month([load_part(part, today=today) for part in parts_of(store, chosen)], today=today)


def load_part(part: Part, *, today: date) -> MonthPart:
    """One organisation's part of it."""
    days, ledger = days_looked_at(today), part.store.ledger
    return MonthPart(
        beside=part.beside,
        spend=ledger.load_spend(days, ["day", "workspace"]),
        fetched=ledger.load_fetched_days(days),
        names=part.store.names.load_names(),
        alerts=part.store.alerts.load_open_alerts(),
        freshness=ledger.load_freshness(),
    )
