"""What is said of sight that is limited: on every answer, and to whoever sees nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.messages.answer_buttons import SHARE
from bot.messages.layout import build_message, paragraph
from bot.model import Message

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from bot.analysis.access import Sight

BLOCK_ID = "sight"

SHOWN_NOTHING = "Nothing of the bill is shown to you."
NOT_HERE = "I answer members of this Slack workspace who are in a channel that I am in."
MOST_NAMED = 3


def of_what_may_be_seen(message: Message, *, by: str | None = None) -> Message:
    """An answer that says it is of what its asker may see: `by` a user, or by whoever reads it."""
    who = "you" if by is None else f"<@{by}>"
    place = 1 if message.blocks and message.blocks[0]["type"] == "header" else 0
    blocks = (*message.blocks[:place], note(f"of what {who} may see"), *message.blocks[place:])
    text = "of what you may see" if by is None else "of what its asker may see"
    return Message(f"{message.text} ({text})", blocks if message.blocks else ())


def seen_message(message: Message, sight: Sight) -> Message:
    """An answer for somebody with this sight."""
    return message if sight.is_everything else of_what_may_be_seen(message)


def asked_before_sharing(message: Message, sight: Sight) -> Message:
    """The same; whoever shares it is asked first, for others in the channel may see less than they do."""
    shown = "all of the bill" if sight.is_everything else "what you may see, and says so"
    told = f"Everybody in this channel will see this answer. It is of {shown}; some of them may be allowed to see less."
    words = {"title": "Share in channel?", "text": told, "confirm": "Share", "deny": "Cancel"}
    dialog = {place: {"type": "plain_text", "text": text} for place, text in words.items()}
    return replace(message, blocks=tuple(with_dialog(block, dialog) for block in message.blocks))


def with_dialog(block: Mapping[str, Any], dialog: Mapping[str, Any]) -> dict[str, Any]:
    """A block whose button to share with has a dialog."""
    elements = [
        {**each, "confirm": dialog} if each.get("action_id") == SHARE else each for each in block.get("elements", ())
    ]
    return {**block, "elements": elements} if elements else {**block}


def seen_line(line: str, sight: Sight) -> str:
    """A line of mrkdwn for somebody with this sight."""
    return line if sight.is_everything else f"_of what you may see:_ {line}"


def seen_view(view: dict[str, Any], sight: Sight) -> dict[str, Any]:
    """A window or a Home tab for somebody with this sight."""
    if sight.is_everything:
        return view
    place = 1 if view["blocks"] and view["blocks"][0]["type"] == "header" else 0
    blocks = [*view["blocks"][:place], note("of what you may see"), *view["blocks"][place:]]
    return {**view, "blocks": blocks}


def note(text: str) -> dict[str, Any]:
    """One dim line."""
    return {"type": "context", "block_id": BLOCK_ID, "elements": [{"type": "mrkdwn", "text": text}]}


def sees_nothing(*, own_channels: Collection[str], admins: Collection[str], by_rules: bool) -> Message:
    """The answer to somebody who may see nothing: whom to ask, or where."""
    said = shared_with_nobody(admins) if by_rules else ask_there(own_channels)
    return build_message(SHOWN_NOTHING if by_rules else NOT_HERE, paragraph("sorry", said))


def shared_with_nobody(admins: Collection[str]) -> str:
    """Where the configuration says who may see what."""
    asked = " or ".join(
        f"<!subteam^{id_}>" if id_.startswith("S") else f"<@{id_}>" for id_ in sorted(admins)[:MOST_NAMED]
    )
    return f"{SHOWN_NOTHING} Ask {asked or 'whoever runs this bot'}."


def ask_there(own_channels: Collection[str]) -> str:
    """Where everybody in the bot's channels sees everything."""
    places = " or ".join(f"<#{id_}>" for id_ in sorted(own_channels)[:MOST_NAMED])
    return f"{NOT_HERE} Ask me in {places or 'the channel that I post in'}."
