"""What somebody wants to know of digests, or have of them, from the words they typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analysis.digest_plan import Plan
    from bot.analysis.schedule import Every

Verb: TypeAlias = Literal["show", "subscribe", "unsubscribe"]

EVERY: dict[str, Every] = {"weekly": "week", "week": "week", "monthly": "month", "month": "month"}
VERBS: dict[str, Verb] = {"subscribe": "subscribe", "unsubscribe": "unsubscribe"}
FILLERS = frozenset({"of", "for"})
ONE_FORM = str.maketrans(dict.fromkeys("“”„", '"'))
WORD = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestWords:
    """What is to be done with which digest; `every` is None where nothing says how often, no workspaces are all."""

    verb: Verb
    every: Every | None
    workspaces: tuple[str, ...]

    def means(self, plan: Plan) -> bool:
        """Whether a digest is meant: what was not said may be anything."""
        asked = {word.casefold() for word in self.workspaces}
        is_of_these = not asked or asked == {word.casefold() for word in plan.workspaces}
        return is_of_these and self.every in {None, plan.every}


def split_words(text: str) -> list[str]:
    """What somebody typed in Slack, which escapes three characters, as words; what is in quotes is one.

    >>> split_words('“Data science” monthly'), split_words("R&amp;D")
    (['Data science', 'monthly'], ['R&D'])
    """
    typed = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return [quoted or plain for quoted, plain in WORD.findall(typed.translate(ONE_FORM))]


def parse_digest(words: Sequence[str]) -> DigestWords:
    """A verb, how often, and workspaces, each where it is said; the first two in any order.

    >>> parse_digest(["monthly", "of", "checkout", "pay-*"])
    DigestWords(verb='show', every='month', workspaces=('checkout', 'pay-*'))
    >>> parse_digest(["Subscribe", "search"])
    DigestWords(verb='subscribe', every=None, workspaces=('search',))
    """
    rest = [word.strip(",") for word in words]
    verb: Verb = "show"
    every: Every | None = None
    while rest and rest[0].lower() in {*VERBS, *EVERY}:
        known = rest.pop(0).lower()
        verb, every = VERBS.get(known, verb), EVERY.get(known, every)
    return DigestWords(verb=verb, every=every, workspaces=tuple(word for word in rest if word.lower() not in FILLERS))
