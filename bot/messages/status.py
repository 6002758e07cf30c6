"""How the bot is: how current its data is, which key it uses, what it does next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.messages.layout import (
    TEXT_LENGTH,
    build_message,
    clip,
    code,
    escape,
    facts,
    headline,
    instant,
    paragraph,
    small_print,
)
from bot.messages.numbers import day_range
from bot.model import Freshness, Interval, Message

if TYPE_CHECKING:
    from datetime import datetime

    from slackblocks import Block


TROUBLE_LENGTH = 200
TROUBLES_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NextJob:
    """Something the clock will do: `name` as people call it ("sync", "check", "digest"), and when."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the running process knows of itself. `organization` is None before the first sync.

    `key_in_use` is the name of a setting, never the key. `troubles` are notices still raised, a sentence each.
    """

    organization: str | None
    version: str
    freshness: Freshness
    estimated: bool
    key_in_use: str
    next_jobs: tuple[NextJob, ...]
    open_alerts: int
    troubles: tuple[str, ...] = ()


def status_answer(status: Status) -> Message:
    """Data as of, days stored, key in use, next jobs, version, and what is wrong at the moment."""
    subject = _subject(status)
    return build_message(
        subject,
        headline(subject),
        _more_troubles(status),
        facts(
            Data_as_of=_as_of(status.freshness),
            Days_stored=_days_stored(status.freshness),
            Dollars="est. from tokens at list prices" if status.estimated else "from Anthropic's bill",
            Open_alerts=f"{status.open_alerts:,}",
        ),
        paragraph("next", *_next_jobs(status)),
        small_print(
            f"key in use: {code(status.key_in_use)}",
            f"organisation: {code(status.organization)}" if status.organization else "",
            f"claudecost {status.version}",
        ),
    )


def _subject(status: Status) -> str:
    if status.troubles:
        return f"⚠️ {status.troubles[0]}"
    return "✅ All well" if status.freshness.data_as_of else "⏳ Waiting for the first sync"


def _more_troubles(status: Status) -> Block | None:
    """Those that the headline has no room for, whole."""
    cut_short = status.troubles[:1] if len(_subject(status)) > TEXT_LENGTH else ()
    more = [f"⚠️ {escape(clip(trouble, TROUBLE_LENGTH))}" for trouble in (*cut_short, *status.troubles[1:])]
    return paragraph("troubles", *more[:TROUBLES_NAMED]) if more else None


def _as_of(freshness: Freshness) -> str:
    return instant(freshness.data_as_of) if freshness.data_as_of else "no sync yet"


def _days_stored(freshness: Freshness) -> str:
    if freshness.oldest_day is None or freshness.newest_day is None:
        return "none yet"
    return day_range(Interval(freshness.oldest_day, freshness.newest_day + timedelta(days=1)))


def _next_jobs(status: Status) -> list[str]:
    lines = [f"Next {job.name}: {instant(job.at)}" for job in sorted(status.next_jobs, key=lambda job: job.at)]
    return lines or ["Another process runs the clock; this one only answers."]
