"""What can go wrong between the bot and the Admin API; each name says who must act.

AdminApiError
├── KeyRefused         401: an organisation admin makes a new key, the operator puts it into the setting named
├── NotAllowed         403: an organisation admin gives the key the right it lacks
├── NotFound           404: nobody, where a gateway simply has no such endpoint; else the operator checks URL and path
├── BadRequest         any other 4xx, or an address that cannot be used: the operator, or this program is wrong
│   └── CursorExpired  410: nobody; the window is read again from its first page
├── Unavailable        network, 429 or 5xx after every retry: nobody; the next sync tries again
└── Nonsense           a 200 that cannot be trusted: whoever runs the gateway, or Anthropic. Nothing of it is stored

The text of each is one line for people and ends with the endpoint and, where it is known, Anthropic's request id.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.model import OutsideFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_QUOTE = 200
SECRET = re.compile(r"sk-ant-[\w-]+")


class AdminApiError(OutsideFailed):
    """A question to the Admin API that got no usable answer.

    `endpoint` is the request's method and path, `request_id` Anthropic's name for the exchange, None when unknown.
    """

    def __init__(self, sentence: str, *, endpoint: str, request_id: str | None = None) -> None:
        where = f"{endpoint}, request {request_id}" if request_id else endpoint
        super().__init__(f"{sentence} ({where})")
        self.sentence = sentence
        self.endpoint = endpoint
        self.request_id = request_id


class KeyRefused(AdminApiError):
    """401 for every key there is, or a key of another organisation. `settings` names those to change."""

    def __init__(self, sentence: str, *, settings: Sequence[str], endpoint: str, request_id: str | None = None) -> None:
        super().__init__(sentence, endpoint=endpoint, request_id=request_id)
        self.settings = tuple(settings)


class NotAllowed(AdminApiError):
    """403: the key is good, but not for this."""


class NotFound(AdminApiError):
    """404: nothing answers there."""


class BadRequest(AdminApiError):
    """Anthropic does not accept the request, and would not accept it a second time."""


class CursorExpired(BadRequest):
    """410: a page token outlived its query."""


class Unavailable(AdminApiError):
    """No answer, or none but 429 and 5xx, however often it was asked."""


class Nonsense(AdminApiError):
    """An answer that would make a wrong bill."""


def quoted(text: str) -> str:
    r"""Somebody else's words as a short single line without anything that looks like a key.

    >>> quoted("invalid key: sk-ant-admin01-abc\n")
    'invalid key: sk-ant-…'
    """
    line = SECRET.sub("sk-ant-…", " ".join(text.split()))
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"
