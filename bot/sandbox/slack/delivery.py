"""What goes from Slack to the app, whichever way it goes, and what comes back within three seconds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

ACK_SECONDS = 3.0
"""How long Slack waits for an acknowledgement before it tells the person that the app did not respond."""


class EnvelopeType(StrEnum):
    """The three kinds of envelopes of Socket Mode."""

    COMMAND = "slash_commands"
    INTERACTIVE = "interactive"
    EVENT = "events_api"


@dataclass(frozen=True, slots=True)
class Retry:
    """An event sent again: how often before, and why (`timeout`, `http_error`, `connection_failed`, …)."""

    attempt: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One payload on its way to the app."""

    type: EnvelopeType
    payload: Mapping[str, Any]
    accepts_response: bool = False
    retry: Retry | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


class NotAcknowledgedError(Exception):
    """The app did not take a payload in time; a person would see `operation_timeout` or `dispatch_failed`."""


class Transport(Protocol):
    """A way to the app."""

    async def deliver(self, envelope: Envelope, *, within: float) -> dict[str, Any] | None:
        """The payload of the acknowledgement, None for a bare one.

        Raises:
            NotAcknowledgedError: There was none within that many seconds.
        """
        ...
