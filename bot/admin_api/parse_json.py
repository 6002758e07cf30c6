"""PURE: JSON as it must be. What is not as documented raises `NotAsDocumented`; nothing is guessed."""

from __future__ import annotations

import json
from typing import Any

LONGEST_SHOWN = 60


class NotAsDocumented(ValueError):
    """An answer that cannot be trusted; its text says what is wrong with it, `mend` what can be done."""

    mend = "whoever runs ANTHROPIC_BASE_URL must mend it"


class OtherCurrency(NotAsDocumented):
    """Money that is not in dollars."""

    mend = "no setting helps: ask Anthropic to bill this organisation in USD"

    def __init__(self, currency: object) -> None:
        super().__init__(f"an amount is in {shown(currency)}; only USD can be added up")


def envelope(body: bytes, *, token: str) -> tuple[list[Any], str | None]:
    """A page's `data`, and the token of the next page if there is more."""
    return opened(decoded(body), token=token)


def opened(answer: object, *, token: str) -> tuple[list[Any], str | None]:
    """The same of a page that was decoded before."""
    data, has_more = required_list(answer, "data"), required(answer, "has_more")
    if not isinstance(has_more, bool):
        raise NotAsDocumented(f'"has_more" is {shown(has_more)}, neither true nor false')
    if not has_more:
        return data, None
    next_page = answer.get(token) if isinstance(answer, dict) else None
    if not isinstance(next_page, str) or not next_page:
        raise NotAsDocumented(f'there is more, but "{token}" does not say where')
    return data, next_page


def decoded(body: bytes) -> Any:
    """JSON of any shape."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotAsDocumented(f"it is not JSON but {shown(body[:60].decode(errors='replace'))}") from None


def required(entry: object, name: str) -> Any:
    """A field that must be there, null or not."""
    if not isinstance(entry, dict):
        raise NotAsDocumented(f'{shown(entry)} stands where an object with "{name}" should')
    if name not in entry:
        raise NotAsDocumented(f'"{name}" is missing')
    return entry[name]


def required_list(entry: object, name: str) -> list[Any]:
    """A field that must be a list."""
    value = required(entry, name)
    if not isinstance(value, list):
        raise NotAsDocumented(f'"{name}" is {shown(value)}, not a list')
    return value


def required_text(entry: object, name: str) -> str:
    """A field that must be text, and say something."""
    value = required(entry, name)
    text = optional_text(value)
    if not text:
        raise NotAsDocumented(f'"{name}" is {shown(value)}')
    return text


def optional_text(value: object) -> str:
    """Text, with null as the empty string. Half a surrogate pair, which no database stores, becomes a question mark."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise NotAsDocumented(f"{shown(value)} stands where text should")
    return value if value.isascii() else value.encode(errors="replace").decode()


def shown(value: object) -> str:
    """A wrong value, short enough for an error.

    >>> shown("12,50")
    '"12,50"'
    >>> shown([1, 2])
    'a list'
    """
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
