"""Filters: names that spend has to be of, or must not be of, as they are typed and written again."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from bot.analysis.groupings import GROUPINGS
from bot.analysis.question.errors import NotUnderstood
from bot.analysis.question.periods import PATTERNS
from bot.analysis.question.writing import BETWEEN, NAME, is_plain, quoted, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from bot.analysis.groupings import Grouping

Kind: TypeAlias = Literal["workspace", "model", "key", "type", "tier", "token", "org", "team"]
"""What a name can be of."""

KINDS: tuple[Kind, ...] = get_args(Kind)

COST: Grouping = "cost_center"

PLURALS: dict[str, Grouping] = {
    **{f"{grouping}s": grouping for grouping in GROUPINGS},
    "people": "person",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    **dict.fromkeys(("organisation", "organization", "organisations", "organizations"), "org"),
    **dict.fromkeys((f"cost{gap}{cent}{s}" for gap in " -_" for cent in ("center", "centre") for s in ("", "s")), COST),
}
"""Groupings as they are called where no `by` stands before them."""

ALSO_CALLED: dict[str, Kind] = {"organisation": "org", "organization": "org", "apikey": "key", "api-key": "key"}

ANY_KIND = f"(?:(?:{'|'.join([*KINDS, *ALSO_CALLED])})s?)"
NOT = r"(?:[-–—−](?=[^\s\x20-])|(?:not|no|without|except(?: for)?|exclud(?:e|ing)|minus) (?!by ))"
FILTER = rf"{NOT}?(?:{ANY_KIND}: ?)?{NAME}"

EXAMPLES = (
    ("prod", "spend of whatever is called so; part of a name is enough, `prod, staging` is either"),
    ("workspace:prod", "only a workspace; also `model:`, `key:`, `type:`, `tier:`, `token:`, `org:`"),
    ("team:search", "what is a team's, and of the teams below it; `team:unowned` is nobody's"),
    ("key:ci-*", "every name that fits; `*` stands for anything"),
    ("'data science'", "quotes, straight or curly, where a name has blanks or says something else"),
    ("-batch", "all but that; also `not batch`, `-workspace:batch`"),
)
"""What filters look like, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A name, or a pattern of names, that spend is of, or is not of if it is `excluded`.

    Without a `kind` it is a word that can be of anything. The name is one line, as `as_typed` makes it.
    """

    name: str
    kind: Kind | None = None
    excluded: bool = False

    def __str__(self) -> str:
        sign = "-" if self.excluded else ""
        if self.kind is None:
            return sign + (self.name if is_plain_alone(self.name) else quoted(self.name, always=True))
        return f"{sign}{self.kind}:{quoted(self.name)}"

    @property
    def is_pattern(self) -> bool:
        """Whether it can fit several names."""
        return "*" in self.name


def is_plain_alone(name: str) -> bool:
    """Whether a name can be typed by itself and is read as nothing else.

    >>> [is_plain_alone(name) for name in ("prod", "gpt-4", "today", "may", "key", "7d", "a:b")]
    [True, True, False, False, False, False, False]
    """
    return is_plain(name) and bool(PLAIN_ALONE.fullmatch(name)) and not is_said(name)


PLAIN_ALONE = re.compile(r"[^\W\d_][^:]*")


class Filters(tuple[Filter, ...]):
    """Some of them."""

    __slots__ = ()


def parse_filters(said: str, _today: date) -> Filters:
    """`prod`, `workspace:prod,staging`, `-key:'CI deploy'`, `not batch`."""
    found = HEAD.match(said)
    kind, excluded = (kind_named(found["kind"]), bool(found["sign"])) if found else (None, False)
    typed = list(names_in(said[found.end() if found else 0 :]))
    names = [unquoted(name) for name in typed]
    if not names or not all(names):
        raise NotUnderstood(said, f'say which, for example "{kind or "workspace"}:prod"')
    if kind is None and UNKNOWN_KIND.match(typed[0]):
        raise NotUnderstood(said, hint_for_kind(*typed[0].split(":", 1)))
    return Filters(Filter(name=name, kind=kind, excluded=excluded) for name in names)


def hint_for_kind(word: str, name: str) -> str:
    """What can stand before a colon."""
    if word.lower() in PEOPLE:
        return 'people are no filter; ask "by person"'
    near = difflib.get_close_matches(word.lower(), KINDS, n=1)
    return f'did you mean "{near[0]}:{name}"?' if near else f"a filter is {LISTED}; quote a name that has a colon"


def kind_named(word: str | None) -> Kind | None:
    """Which kind is meant by what stands before a colon."""
    if not word:
        return None
    one = word.lower().removesuffix("s")
    return ALSO_CALLED.get(one) or next(kind for kind in KINDS if kind == one)


def names_in(said: str) -> Iterator[str]:
    """The names of a list, as typed."""
    place = 0
    while found := A_NAME.match(said, place):
        yield found[0]
        place = found.end() + 1


PEOPLE = {"person", "people", "user", "users", "account", "actor"}
LISTED = ", ".join(f'"{kind}:"' for kind in KINDS)
UNKNOWN_KIND = re.compile("[A-Za-z_-]+:.")
HEAD = re.compile(
    rf"(?P<sign>{NOT.replace(' ', f'[{BETWEEN}]+')})?(?:(?P<kind>{ANY_KIND}): ?)?", re.ASCII | re.IGNORECASE
)
A_NAME = re.compile(NAME, re.ASCII)

FILLERS = (
    *("a", "all", "an", "and", "are", "at", "bill", "broken", "cost", "costs", "costing", "did", "do", "does", "down"),
    *("everything", "for", "from", "get", "give", "group", "grouped", "how", "i", "in", "is", "it", "last", "me"),
    *("much", "of", "on", "only", "or", "our", "please", "report", "show", "spend", "spending", "spends", "spent"),
    *("split", "tell", "the", "then", "to", "total", "usage", "us", "used", "was", "we", "were", "what", "with"),
)
"""Words around a question that change nothing about it."""

SAID = frozenset(
    (
        *(*FILLERS, *KINDS, *ALSO_CALLED, *GROUPINGS, *PLURALS, "csv", "as", "date", "so", "far", "before", "usual"),
        *("by", "per", "vs", "versus", "against", "compared", "previous", "prev", "past", "current", "this", "top"),
        *("not", "no", "without", "except", "exclude", "excluding", "minus", "since", "between", "until", "till"),
        *("day", "week", "month", "quarter", "year", "through", "d", "w", "m", "q", "h"),
    )
)
"""Words that begin or continue something else that can be said."""


def is_said(word: str) -> bool:
    """Whether a word by itself says something that is no name."""
    return word.lower() in SAID or any(pattern.match(word) for pattern, _ in PATTERNS)
