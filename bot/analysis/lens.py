"""A lens: which lines of the bill are looked at, by what they are about. A filter is one, and what somebody may see.

Lenses combine like sets of lines: `within` has what both have, `beside` what either has, `opposite` what it has not.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from bot.analysis.attribution import shares_by_line
from bot.analysis.groupings import CONSOLE
from bot.analysis.keyed import as_billed, row_of
from bot.model import BILLED_TOKENS, CostLine, KeyCostLine, Tokens, UsageLine, WorkspaceLines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.analysis.keyed import Shared
    from bot.model import CostSeries, KeyCostSeries, NanoUsd, UsageSeries

Facet: TypeAlias = Literal["workspace", "model", "key", "cost_type", "token_type", "service_tier"]
"""What a lens chooses by, in the bill's own words; a key is its row: its id, `console` or `not_attributable`."""

TOKENS = "tokens"
WEB_SEARCH = "web_search"
NO_TOKENS = ""

USED_FOR = {kind: (TOKENS, token_type) for token_type, kind in BILLED_TOKENS.items()} | {
    "web_searches": (WEB_SEARCH, NO_TOKENS)
}
"""The cost type and the token type that each count of usage is billed under."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Some words of a facet, or all but some."""

    words: frozenset[str] = frozenset()
    all_but: bool = False

    def has(self, word: str) -> bool:
        """Whether a word is chosen."""
        return (word in self.words) is not self.all_but

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be chosen."""
        return not (self.words or self.all_but)

    @property
    def opposite(self) -> Choice:
        """Every word that is not chosen."""
        return Choice(self.words, all_but=not self.all_but)

    def within(self, other: Choice) -> Choice:
        """What both choose.

        >>> Choice(frozenset("ab")).within(Choice(frozenset("bc"), all_but=True)).words
        frozenset({'a'})
        """
        if self.all_but and other.all_but:
            return Choice(self.words | other.words, all_but=True)
        if self.all_but:
            return Choice(other.words - self.words)
        return Choice(self.words - other.words if other.all_but else self.words & other.words)


ANY = Choice(all_but=True)


class Cut(NamedTuple):
    """The lines that every one of these choices has."""

    workspace: Choice = ANY
    model: Choice = ANY
    key: Choice = ANY
    cost_type: Choice = ANY
    token_type: Choice = ANY
    service_tier: Choice = ANY

    def within(self, other: Cut) -> Cut:
        """What both have."""
        return Cut._make([own.within(its) for own, its in zip(self, other, strict=True)])

    @property
    def is_empty(self) -> bool:
        """Whether no line can be in it."""
        return any(choice.is_empty for choice in self)

    @property
    def opposite(self) -> Lens:
        """Every line that is not in it."""
        chosen = zip(self._fields, self, strict=True)
        return Lens.of(Cut(**{facet: choice.opposite}) for facet, choice in chosen)

    def has(self, **words: str) -> bool:
        """Whether it has what is about these words, whatever else that is about."""
        return all(getattr(self, facet).has(word) for facet, word in words.items())

    def has_series(self, series: CostSeries) -> bool:
        """Whether it has a line of the bill, or some keys' part of it: asked of each, so without detours."""
        return (
            self.workspace.has(series.workspace_id)
            and self.model.has(series.model)
            and self.cost_type.has(series.cost_type)
            and self.token_type.has(series.token_type)
            and self.service_tier.has(series.service_tier)
        )

    def has_kind(self, kind: str) -> bool:
        """Whether it has a count of usage, by what that is billed under."""
        cost_type, token_type = USED_FOR[kind]
        return self.has(cost_type=cost_type, token_type=token_type)


@dataclass(frozen=True, slots=True)
class Lens:
    """The lines that any of some cuts has."""

    cuts: frozenset[Cut]

    @classmethod
    def of(cls, cuts: Iterable[Cut]) -> Lens:
        """Without cuts that are empty."""
        return cls(frozenset(cut for cut in cuts if not cut.is_empty))

    @classmethod
    def only(cls, **words: Iterable[str]) -> Lens:
        """What is about one of these words in each of these facets."""
        return cls.of([Cut(**{facet: Choice(frozenset(chosen)) for facet, chosen in words.items()})])

    @classmethod
    def all_but(cls, **words: Iterable[str]) -> Lens:
        """What is about none of these words."""
        return cls.of([Cut(**{facet: Choice(frozenset(left), all_but=True) for facet, left in words.items()})])

    def within(self, other: Lens) -> Lens:
        """What both have."""
        return Lens.of(own.within(its) for own in self.cuts for its in other.cuts)

    def beside(self, other: Lens) -> Lens:
        """What either has."""
        return Lens(self.cuts | other.cuts)

    @property
    def opposite(self) -> Lens:
        """What it has not."""
        return reduce(Lens.within, (cut.opposite for cut in self.cuts), EVERYTHING)

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return Cut() in self.cuts

    def chooses_by(self, facet: Facet) -> bool:
        """Whether a facet decides about any line."""
        return any(getattr(cut, facet) != ANY for cut in self.cuts)

    def has(self, **words: str) -> bool:
        """Whether it has anything that is about these words, whatever else that is about."""
        return any(cut.has(**words) for cut in self.cuts)

    def keys_of(self, series: CostSeries) -> tuple[Choice, ...]:
        """Whose parts of a line are in it: what any of these chooses. Empty for no part at all."""
        return tuple([cut.key for cut in self.cuts if cut.has_series(series)])

    def look_at(self, lines: WorkspaceLines) -> WorkspaceLines:
        """What of a workspace's lines is in it: of the bill's the shares of its keys.

        Lines come in the order of days.
        """
        cost, key_cost = self.look_at_bill(lines)
        return WorkspaceLines(cost=cost, usage=list(self.look_at_usage(lines.usage)), key_cost=key_cost)

    def look_at_bill(self, lines: WorkspaceLines) -> tuple[list[CostLine], list[KeyCostLine]]:
        """The same of the bill alone, by line and by key."""
        shared = list(shares_of(lines))
        return list(self.look_at_cost(shared)), list(self.look_at_key_cost(lines.key_cost, shared))

    def look_at_cost(self, shared: Iterable[Shared]) -> Iterator[CostLine]:
        """Lines of the bill; one that none of its keys has a part of is not there."""
        for line, shares in shared:
            choices = self.keys_of(line.series)
            if ANY in choices:
                yield line
                continue
            amounts = [amount for key, amount in shares if is_chosen(key, choices)]
            if amounts:
                yield CostLine(line.day, line.series, sum(amounts))

    def look_at_usage(self, usage: Iterable[UsageLine]) -> Iterator[UsageLine]:
        """Lines of usage; kinds of tokens that are not looked at are none."""
        for day, series, tokens, web_searches in usage:
            seen = self.kinds_of(series)
            if any(seen.values()):
                counts = [count * seen[kind] for kind, count in zip(Tokens._fields, tokens, strict=True)]
                yield UsageLine(day, series, Tokens(*counts), web_searches * seen["web_searches"])

    def kinds_of(self, series: UsageSeries) -> dict[str, bool]:
        """Which counts of a line of usage are in it."""
        words = {
            "workspace": series.workspace_id,
            "model": series.model,
            "key": series.api_key_id or CONSOLE,
            "service_tier": series.service_tier,
        }
        cuts = [cut for cut in self.cuts if cut.has(**words)]
        return {kind: any(cut.has_kind(kind) for cut in cuts) for kind in USED_FOR}

    def look_at_key_cost(self, keyed: Iterable[KeyCostLine], shared: Iterable[Shared]) -> Iterator[KeyCostLine]:
        """The bill's own dollars by key. They tell no tier: chosen by that, they are the keys' parts of its lines."""
        if not self.chooses_by("service_tier"):
            yield from (line for line in keyed if self.has(**facets_of_key(line.series)))
            return
        parts = self.parts_by_key(shared)
        for line in keyed:
            if amount := parts.get((line.day, *line.series[:4], row_of(line.series))):
                yield KeyCostLine(line.day, line.series, amount)

    def parts_by_key(self, shared: Iterable[Shared]) -> Mapping[tuple[object, ...], NanoUsd]:
        """What keys have of the lines in it: by day, workspace, model, cost type, token type and row."""
        parts: defaultdict[tuple[object, ...], NanoUsd] = defaultdict(int)
        for line, shares in shared:
            choices = self.keys_of(line.series)
            for key, amount in shares:
                if is_chosen(key, choices):
                    parts[line.day, *line.series[:4], key] += amount
        return parts


EVERYTHING = Lens(frozenset({Cut()}))
NOTHING = Lens(frozenset())


def is_chosen(key: str, choices: Iterable[Choice]) -> bool:
    """Whether any of some choices has a key."""
    return any(choice.has(key) for choice in choices)


def facets_of_key(series: KeyCostSeries) -> dict[str, str]:
    """What dollars of a key are about."""
    return {
        "workspace": series.workspace_id,
        "model": series.model,
        "cost_type": series.cost_type,
        "token_type": series.token_type,
        "key": row_of(series),
    }


def shares_of(lines: WorkspaceLines) -> Iterator[Shared]:
    """Every line of the bill with its keys' shares: as the bill tells them, on other days by tokens."""
    day_of = attrgetter("day")
    usage = {day: list(group) for day, group in groupby(lines.usage, key=day_of)}
    keyed = {day: list(group) for day, group in groupby(lines.key_cost, key=day_of)}
    for day, cost in groupby(lines.cost, key=day_of):
        shared = shares_by_line(cost, usage.get(day, []))
        yield from as_billed(list(shared), keyed[day]) if day in keyed else shared
