"""How Slack says no."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why Slack refuses a call: its error word, a line for each fault, and what else stands in the answer."""

    error: str
    messages: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def answer(self) -> dict[str, Any]:
        """The JSON body, as the Web API gives it."""
        body: dict[str, Any] = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            body["errors"] = list(self.messages)
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body


class MethodRefusedError(Exception):
    """A Web API method did nothing and says why."""

    def __init__(self, refusal: Refusal | str) -> None:
        self.refusal = Refusal(refusal) if isinstance(refusal, str) else refusal
        super().__init__(self.refusal.error)
