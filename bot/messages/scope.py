"""What filters leave of the bill, in words."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.analysis.groupings import LABELS, UNOWNED_ROW
from bot.analysis.question.resolve import WHOSE
from bot.messages.answer_buttons import in_a_sentence
from bot.messages.numbers import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.analysis.question import Filter, Question
    from bot.analysis.question.filters import Kind

BESIDE = " · "
OF_EACH = f"{WHOSE}*"
"""How a name ends that is asked for of every organisation that has it."""

IN_OUR_WORDS: frozenset[Kind | None] = frozenset({"team", "type", "tier", "token"})
"""Kinds whose names are no names of the organisation's own, and begin a line with a capital."""


def of_whom(question: Question) -> str:
    """What a question is of, and whose that is if it says so; empty for everything."""
    words = [of_what(question.filters), question.organization or ""]
    return BESIDE.join(filter(None, words))


def of_what(filters: Sequence[Filter]) -> str:
    """What filters leave, as the beginning of a line of plain text; empty for everything.

    >>> from bot.analysis.question import Filter
    >>> prod, opus = Filter(name="prod", kind="workspace"), Filter(name="*opus*", kind="model")
    >>> of_what([prod, Filter(name="eu", kind="workspace"), opus, Filter(name="Batch", kind="tier", excluded=True)])
    'prod and eu · opus without batch'
    >>> of_what([Filter(name="Batch", kind="tier", excluded=True)]), of_what([Filter(name="search", kind="team"), opus])
    ('All but batch', 'Team search · opus')
    """
    named = [each for each in filters if not each.excluded]
    left_out = listed([in_words(each) for each in filters if each.excluded])
    if not named:
        return f"All but {left_out}" if filters else ""
    words = BESIDE.join(by_kind(named))
    begun = f"{words[:1].upper()}{words[1:]}" if named[0].kind in IN_OUR_WORDS else words
    return f"{begun} without {left_out}" if len(named) < len(filters) else begun


def by_kind(filters: Iterable[Filter]) -> Iterator[str]:
    """The names of each kind, either of which it is."""
    names: defaultdict[Kind | None, list[str]] = defaultdict(list)
    for each in filters:
        names[each.kind].append(in_words(each))
    return map(listed, names.values())


def in_words(one: Filter) -> str:
    """One name: a family of models and what several have without its marks, a row of nothing as tables call it.

    >>> from bot.analysis.question import Filter
    >>> [in_words(Filter(name=name, kind=kind)) for name, kind in (("ci-*", "key"), ("search", "team"))]
    ['ci-*', 'team search']
    >>> [in_words(Filter(name=name, kind=kind)) for name, kind in (("console", "key"), ("Unowned", "team"))]
    ['Console and logins', 'unowned']
    """
    name = one.name.strip("*") if one.kind == "model" else one.name.removesuffix(OF_EACH)
    name = LABELS.get(name, name)
    if one.kind == "team" and name != LABELS[UNOWNED_ROW]:
        return f"team {name}"
    return in_a_sentence(name) if one.kind in IN_OUR_WORDS else name
