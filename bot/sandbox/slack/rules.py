"""Small rules to check JSON with; each yields the faults it finds, in the words Slack uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple, TypeAlias


class BlockError(NamedTuple):
    """One fault, and the JSON pointer to it.

    >>> str(BlockError("must be less than 151 characters", "/blocks/0/text/text"))
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]'
    """

    message: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


Rule: TypeAlias = Callable[[Any, str], Iterator[BlockError]]


def anything(_value: Any, _pointer: str) -> Iterator[BlockError]:
    return iter(())


def boolean(value: Any, pointer: str) -> Iterator[BlockError]:
    if not isinstance(value, bool):
        yield BlockError("must be a boolean", pointer)


def number(value: Any, pointer: str) -> Iterator[BlockError]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield BlockError("must be a number", pointer)


def positive(value: Any, pointer: str) -> Iterator[BlockError]:
    wrong = list(number(value, pointer))
    yield from wrong
    if not wrong and value <= 0:
        yield BlockError("must be greater than 0", pointer)


def mapping(value: Any, pointer: str) -> Iterator[BlockError]:
    if not isinstance(value, dict):
        yield BlockError("must be an object", pointer)


def string(most: int, *, least: int = 1) -> Rule:
    def check(value: Any, pointer: str) -> Iterator[BlockError]:
        if not isinstance(value, str):
            yield BlockError("must be a string", pointer)
        elif len(value) > most:
            yield BlockError(f"must be less than {most + 1} characters", pointer)
        elif len(value) < least:
            yield BlockError(f"must be more than {least - 1} characters", pointer)

    return check


def choice(*values: str) -> Rule:
    def check(value: Any, pointer: str) -> Iterator[BlockError]:
        if value not in values:
            yield BlockError(f"must be one of: {', '.join(values)}", pointer)

    return check


def list_of(rule: Rule, *, most: int, least: int = 1) -> Rule:
    def check(value: Any, pointer: str) -> Iterator[BlockError]:
        if not isinstance(value, list):
            yield BlockError("must be an array", pointer)
            return
        if len(value) > most:
            yield BlockError(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            yield BlockError(f"no fewer than {least} items allowed", pointer)
        for index, item in enumerate(value):
            yield from rule(item, f"{pointer}/{index}")

    return check


def object_of(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with these properties and no others, but for `type`, which `by_type` has looked at."""
    known = {"type": anything, **required, **(optional or {})}

    def check(value: Any, pointer: str) -> Iterator[BlockError]:
        if not isinstance(value, dict):
            yield BlockError("must be an object", pointer)
            return
        for name in required:
            if name not in value:
                yield BlockError(f"missing required field: {name}", pointer)
        for name, item in value.items():
            if name not in known:
                yield BlockError(f"invalid additional property: {name}", pointer)
            else:
                yield from known[name](item, f"{pointer}/{name}")

    return check


def by_type(rules: Mapping[str, Rule]) -> Rule:
    def check(value: Any, pointer: str) -> Iterator[BlockError]:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind is None:
            yield BlockError("missing required field: type", pointer)
        elif not isinstance(kind, str) or kind not in rules:
            yield BlockError(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            yield from rules[kind](value, pointer)

    return check


def all_of(*rules: Rule) -> Rule:
    def check(value: Any, pointer: str) -> Iterator[BlockError]:
        return chain.from_iterable(rule(value, pointer) for rule in rules)

    return check


def plain_text(most: int) -> Rule:
    return by_type({"plain_text": object_of({"text": string(most)}, {"emoji": boolean})})


def any_text(most: int) -> Rule:
    return by_type(
        {
            "plain_text": object_of({"text": string(most)}, {"emoji": boolean}),
            "mrkdwn": object_of({"text": string(most)}, {"verbatim": boolean}),
        }
    )
