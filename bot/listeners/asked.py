"""What somebody typed, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.analysis.access import SEES_EVERYTHING
from bot.messages.layout import unescape
from bot.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from typing import Any, Protocol

    from bot.analysis.access import Sight

    class SendFile(Protocol):
        """Says a line to whoever asked, directly, and a file below it. Raises `SlackError`."""

        def __call__(self, *, said: str, name: str, content: str) -> Awaitable[None]: ...


@dataclass(slots=True)
class Notes:
    """What is noted of a question while it is answered: what was understood, and how many rows the answer has."""

    understood: str = ""
    rows: int | None = None
    outcome: Outcome = Outcome.ANSWERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A slash command's words, who typed them in which channel (Slack ids), and what they may see.

    An admin may also change what channels are told. The store that answers are loaded from shows no more than they may
    see. Of a question asked `in_window` the channel is what the window carried: Slack does not say they are in it.
    `may_see_less` is whether others in it may be allowed to see less than they do. `send_file` is None where the bot
    may send no files.
    """

    text: str
    user: str
    channel: str
    sight: Sight = SEES_EVERYTHING
    is_admin: bool = False
    in_window: bool = False
    may_see_less: bool = False
    send_file: SendFile | None = field(default=None, compare=False, repr=False)
    notes: Notes = field(default_factory=Notes, compare=False)

    @property
    def is_alone(self) -> bool:
        """Whether there is no channel with others in it: a direct message, a shortcut."""
        return not self.channel or self.channel.startswith("D")

    @classmethod
    def of(cls, command: Mapping[str, Any]) -> Asked:
        """Out of Slack's payload."""
        return cls(text=command.get("text") or "", user=command["user_id"], channel=command["channel_id"])

    @classmethod
    def of_click(cls, body: Mapping[str, Any], text: str) -> Asked:
        """Words that a click stands for; a window is in no channel."""
        return cls(text=text, user=body["user"]["id"], channel=(body.get("channel") or {}).get("id", ""))


def rest_of(text: str) -> str:
    """What stands after the first word of something typed in Slack, which escapes three characters.

    >>> rest_of(" why R&amp;D  30d")
    'R&D  30d'
    """
    return "".join(unescape(text).split(maxsplit=1)[1:])
