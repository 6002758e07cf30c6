"""Whose a key in a workspace was on a day: the most specific rule says it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cached_property
from math import lcm
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.analysis.patterns import WILDCARDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from bot.analysis.lens import Choice
    from bot.analysis.ownership.rules import Rank, Rule, Team
    from bot.model import Interval, Names

Thing: TypeAlias = tuple[str, str]
"""A workspace id and the row id of a key in it."""


class Owner(NamedTuple):
    """Whom dollars are of, in every way ownership tells; empty words where it does not."""

    team: str = ""
    cost_center: str = ""
    service: str = ""
    product: str = ""
    environment: str = ""

    def word(self, grouping: str) -> str:
        """What he is called in a grouping; nothing for nobody, and a row of its own where nobody says.

        >>> Owner("search").word("team"), Owner("search").word("service"), UNOWNED.word("service")
        ('search', 'no_service', '')
        """
        word: str = getattr(self, grouping)
        return word or (f"no_{grouping}" if self.team else "")


UNOWNED = Owner()
"""Whom dollars are of that no rule is about, or that two rules claim equally: a line of its own, never left out."""


class Part(NamedTuple):
    """An owner, and a whole number that says how much of a thing is his, compared with the other parts of it."""

    owner: Owner
    weight: int


NOBODYS = (Part(UNOWNED, 1),)


class Hands(NamedTuple):
    """From which days on a thing is whose, in order, and whether several ever have it together."""

    days: list[date]
    parts: list[tuple[Part, ...]]
    is_shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """All the rules there are, of `teams` in their order."""

    teams: tuple[Team, ...] = ()
    rules: tuple[Rule, ...] = field(init=False)
    by_name: dict[str, Team] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(rule for team in self.teams for rule in team.owns))
        object.__setattr__(self, "by_name", {team.name: team for team in self.teams})

    def on(self, day: date, names: Names) -> Owners:
        """Whose what is on a day."""
        return Owners(self, [rule for rule in self.rules if rule.holds_on(day)], names)

    def with_children(self, team: str) -> frozenset[str]:
        """A team and all below it, by name; empty if there is no such team."""
        if team not in self.by_name:
            return frozenset()
        children = [each.name for each in self.teams if each.parent == team]
        return frozenset({team}).union(*map(self.with_children, children))

    def words(self, what: str, name: str) -> frozenset[str]:
        """What owners are told by who are so called: a team's name and those of all below it, or a product as written.

        Upper and lower case are the same; empty where nothing is called so.
        """
        if what == "team":
            called = [team.name for team in self.teams if team.name.casefold() == name.casefold()]
            return frozenset[str]().union(*map(self.with_children, called))
        return frozenset(word for word in self.all_words(what) if word.casefold() == name.casefold())

    def all_words(self, what: str) -> frozenset[str]:
        """All that teams, products and the like are called."""
        if what == "team":
            return frozenset(self.by_name)
        return frozenset(word for rule in self.rules if (word := getattr(self.owner(rule), what)))

    def with_parents(self, team: str) -> list[str]:
        """A team and all above it, by name; empty if there is no such team."""
        known = self.by_name.get(team)
        return [] if known is None else [team, *(self.with_parents(known.parent) if known.parent else ())]

    def chosen(self, teams: Choice) -> frozenset[str]:
        """The teams of a choice, by name; whatever is nobody's has none."""
        return frozenset(filter(teams.has, (*self.by_name, UNOWNED.team)))

    def owner(self, rule: Rule) -> Owner:
        """Whom a rule gives dollars to."""
        return Owner(rule.team, self.cost_center(rule.team), rule.service, rule.product, rule.environment)

    def channel(self, team: str | None) -> str | None:
        """Where a team is told things: in its own channel, or that of the nearest team above it; None for no such."""
        while team is not None and (known := self.by_name.get(team)) is not None:
            if known.channel:
                return known.channel
            team = known.parent
        return None

    def cost_center(self, team: str | None) -> str:
        """What a team's dollars are booked on: its own cost centre, or that of the nearest team above it."""
        while team is not None and (known := self.by_name.get(team)) is not None:
            if known.cost_center:
                return known.cost_center
            team = known.parent
        return ""


class Index:
    """Rules by the words they name: whole ones are looked up, patterns are tried where their first letters fit.

    So thousands of keys find theirs among hundreds of rules in the time of a few.
    """

    def __init__(self, named: Iterable[tuple[str, Rule]]) -> None:
        self.whole: defaultdict[str, list[Rule]] = defaultdict(list)
        self.patterns: defaultdict[str, list[tuple[re.Pattern[str], Rule]]] = defaultdict(list)
        for pattern, rule in named:
            word = pattern.casefold()
            letters = first_letters(word)
            if letters == word:
                self.whole[word].append(rule)
            else:
                self.patterns[letters].append((re.compile(translate(word)), rule))
        self.lengths = sorted({len(letters) for letters in self.patterns})

    def left(self, named: Mapping[str, str]) -> frozenset[str]:
        """Those of some ids that no rule names, by the id or by the name beside it: most, so they are told fast."""
        whole = self.whole.keys()
        left = {id_ for id_, name in named.items() if id_.casefold() not in whole and name.casefold() not in whole}
        if not self.lengths:
            return frozenset(left)
        return frozenset(id_ for id_ in left if not self.about((id_, named[id_])))

    def about(self, words: Iterable[str]) -> list[Rule]:
        """The rules that name any of these words, each once."""
        folded = [word.casefold() for word in words]
        found = [rule for word in folded for rule in self.whole.get(word, ())]
        if self.lengths:
            found += [rule for word in folded for rule in self.fitting(word)]
        return list(dict.fromkeys(found)) if found else found

    def fitting(self, word: str) -> Iterator[Rule]:
        """The rules whose pattern a word fits."""
        for length in self.lengths:
            for pattern, rule in self.patterns.get(word[:length], ()) if length <= len(word) else ():
                if pattern.match(word):
                    yield rule


def first_letters(pattern: str) -> str:
    """A pattern up to its first wildcard.

    >>> first_letters("ci-*"), first_letters("prod")
    ('ci-', 'prod')
    """
    return next((pattern[:place] for place, letter in enumerate(pattern) if letter in WILDCARDS), pattern)


class Owners(dict[Thing, tuple[Part, ...]]):
    """Whose each thing is on one day, found out once. `conflicts` has two rules for each thing claimed equally."""

    def __init__(self, ownership: Ownership, rules: Sequence[Rule], names: Names) -> None:
        self.ownership = ownership
        self.names = names
        self.conflicts: dict[Thing, tuple[Rule, Rule]] = {}
        self.of_keys = Index((rule.key, rule) for rule in rules if rule.key is not None)
        self.of_workspaces = Index((rule.workspace or "", rule) for rule in rules if rule.key is None)

    @cached_property
    def unnamed(self) -> frozenset[str]:
        """The listed keys that no key's rule is about."""
        return self.of_keys.left({id_: key.name for id_, key in self.names.api_keys.items()})

    def __missing__(self, thing: Thing) -> tuple[Part, ...]:
        rules = self.most_specific(thing)
        parts = self[thing] = self.parts(rules) if rules else NOBODYS
        return parts

    def most_specific(self, thing: Thing) -> list[Rule]:
        """The rule that says whose a thing is, or those that share it; none where nobody's, or two claim it equally."""
        best = most_specific(self.fitting(thing))
        rival = rival_of(best)
        if rival is None:
            return best
        self.conflicts[thing] = (best[0], rival)
        return []

    def fitting(self, thing: Thing) -> list[Rule]:
        """The rules about a thing, each once: those of its key, or else those of its workspace."""
        return self.about_key(thing) or self.about_workspace(thing)

    def about(self, thing: Thing) -> list[Rule]:
        """All the rules that name a thing, also those that give way."""
        return [*self.about_key(thing), *self.about_workspace(thing)]

    def about_key(self, thing: Thing) -> list[Rule]:
        """The rules about a thing's key, each once."""
        if thing[1] in self.unnamed:
            return []
        found = self.of_keys.about((thing[1], self.names.api_key(thing[1])))
        return [rule for rule in found if rule.is_in_workspace(self.words_of_workspace(thing))] if found else found

    def about_workspace(self, thing: Thing) -> list[Rule]:
        """The rules about all of a thing's workspace, each once."""
        return self.of_workspaces.about(self.words_of_workspace(thing))

    def words_of_workspace(self, thing: Thing) -> tuple[str, str]:
        """What a thing's workspace is called."""
        return thing[0], self.names.workspace(thing[0])

    def parts(self, rules: Sequence[Rule]) -> tuple[Part, ...]:
        """Owners, with whole weights in proportion to their shares."""
        common = lcm(*(rule.share.as_integer_ratio()[1] for rule in rules))
        return tuple(Part(self.ownership.owner(rule), int(rule.share * common)) for rule in rules)


def most_specific(rules: Iterable[Rule]) -> list[Rule]:
    """The most specific of some rules: more than one where they share, or claim the same thing equally."""
    by_rank: defaultdict[Rank, list[Rule]] = defaultdict(list)
    for rule in rules:
        by_rank[rule.rank].append(rule)
    return by_rank[max(by_rank)] if by_rank else []


def rival_of(best: Sequence[Rule]) -> Rule | None:
    """One of the most specific rules that does not name the very same as the first, if there is any."""
    return next((rule for rule in best if rule.selector != best[0].selector), None)


class Wholly(dict[Thing, "Owner | None"]):
    """Whom a thing is of, alone and on all of some days, found out once; None for any other."""

    def __init__(self, history: History) -> None:
        self.history = history

    def __missing__(self, thing: Thing) -> Owner | None:
        _, parts, is_shared = self.history.hands(thing)
        owner = self[thing] = None if is_shared or len(parts) > 1 else parts[0][0].owner
        return owner


class History:
    """Whose each thing is on each of some days, and of which things that changes; each found out once.

    With `as_of` it is what it is on that day all along.
    """

    def __init__(self, ownership: Ownership, names: Names, interval: Interval, *, as_of: date | None = None) -> None:
        rules = [rule for rule in ownership.rules if overlaps(rule, interval, as_of)]
        self.owners = Owners(ownership, rules, names)
        self.interval = interval
        self.as_of = as_of
        self.workspaces: dict[str, Hands] = {}
        self.known: dict[Thing, Hands] = {}
        self.wholly = Wholly(self)
        self.of_workspaces: dict[str, list[Rule]] = {}

    def of(self, thing: Thing, interval: Interval) -> tuple[Part, ...] | None:
        """Whose a thing is on all of some of the days; None where it changes hands on them."""
        days, parts, _ = self.hands(thing)
        if len(parts) == 1:
            return parts[0]
        first, after = bisect_right(days, interval.since), bisect_left(days, interval.until)
        return parts[first - 1] if first == after else None

    def on(self, thing: Thing, day: date) -> tuple[Part, ...]:
        """Whose a thing is on one of the days."""
        days, parts, _ = self.hands(thing)
        return parts[bisect_right(days, day) - 1]

    def ever(self, thing: Thing) -> list[Part]:
        """Whose a thing is on any of the days, one after the other."""
        return [part for each in self.hands(thing).parts for part in each]

    def hands(self, thing: Thing) -> Hands:
        """The days from which on a thing is whose, in order."""
        hands = self.known.get(thing)
        if hands is None:
            of_key = self.owners.about_key(thing)
            found = self.find_hands(of_key, self.about_workspace(thing)) if of_key else self.hands_of_workspace(thing)
            hands = self.known[thing] = found
        return hands

    def hands_of_workspace(self, thing: Thing) -> Hands:
        """The same for whatever in a workspace no key's rule is about, found out once."""
        hands = self.workspaces.get(thing[0])
        if hands is None:
            hands = self.workspaces[thing[0]] = self.find_hands((), self.about_workspace(thing))
        return hands

    def find_hands(self, of_key: Sequence[Rule], of_workspace: Sequence[Rule]) -> Hands:
        """The same from the rules about a thing."""
        since, until = self.interval.since, self.interval.until
        if len(of_key) == 1 and self.holds_throughout(of_key[0]):  # as most that name a key do
            return Hands([since], [self.owners.parts(of_key)])
        ends = {day for rule in (*of_key, *of_workspace) for day in (rule.since, rule.until) if day is not None}
        changes = [] if self.as_of else sorted(day for day in ends if since < day < until)
        found: dict[date, tuple[Part, ...]] = {}
        before = None
        for day in (since, *changes):
            holding = [[rule for rule in each if rule.holds_on(self.as_of or day)] for each in (of_key, of_workspace)]
            best = most_specific(holding[0] or holding[1])
            parts = self.owners.parts(best) if best and rival_of(best) is None else NOBODYS
            if parts != before:
                before = found[day] = parts
        return Hands([*found], [*found.values()], any(len(parts) > 1 for parts in found.values()))

    def holds_throughout(self, rule: Rule) -> bool:
        """Whether a rule, which is in force on some of the days, is on all of them."""
        days = self.interval
        begins, ends = rule.since or days.since, rule.until or days.until
        return self.as_of is not None or (begins <= days.since and days.until <= ends)

    def about_workspace(self, thing: Thing) -> list[Rule]:
        """The rules about all of a thing's workspace, whenever they hold."""
        rules = self.of_workspaces.get(thing[0])
        if rules is None:
            rules = self.of_workspaces[thing[0]] = self.owners.about_workspace(thing)
        return rules


def overlaps(rule: Rule, interval: Interval, as_of: date | None) -> bool:
    """Whether a rule holds on the day `as_of`, or without that on any of some days."""
    if as_of is not None:
        return rule.holds_on(as_of)
    return (rule.since is None or rule.since < interval.until) and (rule.until is None or interval.since < rule.until)
