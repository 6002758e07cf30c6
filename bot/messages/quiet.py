"""What can wait until the quiet hours are over waits, and says that it did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from slackblocks import ContextBlock, Markdown

from bot.messages.layout import build_message, escape, instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from bot.analysis.quiet_hours import QuietHours
    from bot.model import Message, Posting


NOTE = "held"


def held(posting: Posting, quiet: QuietHours | None, *, now: datetime) -> Posting:
    """A posting as it is to be queued: in quiet hours it waits for their end. None for no such hours."""
    until = quiet.end_after(now) if quiet else None
    if quiet is None or until is None:
        return posting
    return replace(posting, held_until=until, message=with_note(posting.message, quiet, found_at=now))


def noted_as(message: Message, other: Message) -> Message:
    """A message that says of its waiting what another one says."""
    return replace(message, blocks=(*message.blocks, *(block for block in other.blocks if is_note(block))))


def is_note(block: Mapping[str, Any]) -> bool:
    """Whether a block says that its message was held."""
    return block.get("block_id") == NOTE


def with_note(message: Message, quiet: QuietHours, *, found_at: datetime) -> Message:
    """The same message, saying that it was held and since when."""
    note = f"🌙 held since {instant(found_at)} for the quiet hours, {escape(str(quiet))}"
    (block,) = build_message("", ContextBlock([Markdown(note)], block_id=NOTE)).blocks
    return replace(message, blocks=(*message.blocks, block))
