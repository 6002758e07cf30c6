"""What somebody typed, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A slash command's words, and who typed them in which channel (Slack ids)."""

    text: str
    user: str
    channel: str

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
