"""Entries of the configuration that are about several things at once, and which of those that fit one thing wins.

An entry names things by their ids, their names, or a pattern of either. The most specific one that says something
wins: whole words before patterns, longer patterns before shorter ones.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Protocol, TypeVar

from bot.model import WrongUsage, team_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.model import Names

    class Entry(Protocol):
        """A table of the configuration. `entry` is how it is written there, for whoever has to find it."""

        @property
        def entry(self) -> str: ...
        @property
        def rank(self) -> tuple[int, ...]: ...


V = TypeVar("V")

WILDCARDS = frozenset("*?[")


class EquallySpecific(WrongUsage):
    """Two entries fit the same thing equally well and say different things of it."""

    def __init__(self, one: Entry, other: Entry, *, what: str) -> None:
        super().__init__(f"{one.entry} and {other.entry} both set {what} of the same alerts; make one more specific")


def matches(pattern: str, word: str) -> bool:
    """Whether a word is, or fits, a pattern; upper and lower case are the same.

    >>> matches("Prod-*", "prod-eu"), matches("prod", "prod-eu")
    (True, False)
    """
    if not WILDCARDS.intersection(pattern):
        return pattern.casefold() == word.casefold()
    return fnmatchcase(word.casefold(), pattern.casefold())


def means(pattern: str, some_id: str, names: Names) -> bool:
    """Whether a pattern is about a workspace, by its id or its name, or about a team: that is meant by its id alone.

    >>> from bot.model import Names
    >>> means("*", "wrkspc_1", Names()), means("*", "team:search", Names()), means("team:*", "team:search", Names())
    (True, False, True)
    """
    if team_of(some_id) is not None:
        return team_of(pattern.casefold()) is not None and matches(pattern, some_id)
    return matches(pattern, some_id) or matches(pattern, names.workspace(some_id))


def specificity(pattern: str | None) -> tuple[int, int]:
    """How much a pattern says: nothing, some letters, or a whole word.

    >>> specificity(None), specificity("prod-*"), specificity("prod")
    ((0, 0), (1, 5), (2, 0))
    """
    if pattern is None:
        return 0, 0
    letters = sum(letter not in WILDCARDS for letter in pattern)
    return (1, letters) if letters < len(pattern) else (2, 0)


def chosen(what: str, said: Iterable[tuple[Entry, V | None]], otherwise: V) -> V:
    """What the most specific entry that says anything says. Raises `EquallySpecific` if two of them differ.

    Args:
        what: What they say, in a word.
        said: Entries that fit, in any order, and what each says; None for nothing.
        otherwise: What holds where none says anything.
    """
    saying = [(entry, value) for entry, value in said if value is not None]
    if not saying:
        return otherwise
    best, value = max(saying, key=lambda each: each[0].rank)
    for other, another in saying:
        if other.rank == best.rank and another != value:
            raise EquallySpecific(best, other, what=what)
    return value
