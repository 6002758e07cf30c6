"""How values stand in columns: days as whole days since 1970-01-01, instants as UTC text, messages as JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from bot.model import Message

EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """The column value of a day; SQLite reads it back as `date(day * 86400, 'unixepoch')`.

    >>> day_number(date(2026, 11, 22))
    20779
    """
    return day.toordinal() - EPOCH


def day_of(number: int) -> date:
    """The day of a column value."""
    return date.fromordinal(number + EPOCH)


def instant_text(at: datetime) -> str:
    """The column value of an instant; always as long, so that it sorts by time.

    >>> instant_text(datetime(2026, 11, 22, 5, tzinfo=UTC))
    '2026-11-22T05:00:00.000000+00:00'
    """
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def instant_of(text: str) -> datetime:
    """The instant of a column value."""
    return datetime.fromisoformat(text)


def message_text(message: Message) -> str:
    """The column value of a message."""
    return json.dumps({"text": message.text, "blocks": message.blocks}, ensure_ascii=False)


def message_of(text: str) -> Message:
    """The message of a column value."""
    content = json.loads(text)
    return Message(content["text"], tuple(content["blocks"]))
