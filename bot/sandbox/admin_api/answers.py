"""Answers as plain values, and the refusals that become them.

`Refused` carries the status, Anthropic's error type and its sentence; the server turns it into the error body with the
request's id in it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    410: "invalid_request_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers and a body; with `cut_at` the connection is dropped after that many bytes of the body."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: int | None = None


class Refused(Exception):
    """The request gets an error instead of an answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def answer(self, request_id: str) -> Answer:
        """Anthropic's error body."""
        return error_answer(self.status, self.message, request_id=request_id)


def bad_request(message: str) -> Refused:
    """A 400 with that sentence."""
    return Refused(400, message)


def error_answer(
    status: int, message: str, *, request_id: str = "req_01Fault", headers: dict[str, str] | None = None
) -> Answer:
    """An error as Anthropic words it."""
    error = {"type": ERROR_TYPES.get(status, "api_error"), "message": message}
    return Answer(status, to_json({"type": "error", "error": error, "request_id": request_id}), headers or {})


def to_json(value: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
