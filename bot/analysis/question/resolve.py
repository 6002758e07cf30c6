"""Which things the names in a question mean, among those there are for whoever asks.

Names are compared without capitals: a whole name wins over how one begins, that over a part of one, that over a slip of
the keyboard. Things that share a name are meant together; a word that several names fit is asked back.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from bot.analysis.groupings import CONSOLE, NO_MODEL_ROW, NO_TIER, NO_TOKENS, NO_TYPE, NOT_ATTRIBUTABLE
from bot.analysis.question.errors import NotUnderstood
from bot.analysis.question.filters import Filter
from bot.analysis.question.parse import TWO_WAYS, VOCABULARY, hint_for
from bot.analysis.question.writing import as_typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bot.analysis.question.filters import Kind
    from bot.analysis.question.parse import By, Question

OFFERED = 5
NEARBY = 3
ALIKE = 0.8
"""How like a name a word has to be to be a slip of it, as difflib has it."""

LIKEST = 0.5
SHORTEST_SLIP = 4
CLAUDE = "claude-"
WHOSE = " · "
"""What stands between a name that several organisations have and whose it is."""


class Thing(NamedTuple):
    """What a name can mean: `id` is what rows call it, `word` what the bill does."""

    kind: Kind
    id: str
    name: str
    word: str

    @property
    def written(self) -> str:
        """Its name in a line."""
        return as_typed(self.name)


class Meant(NamedTuple):
    """A filter, and what it means."""

    filter: Filter
    things: tuple[Thing, ...]

    @property
    def named(self) -> Filter:
        """The filter by a name, also where it was asked for by an id."""
        is_id = len(self.things) == 1 and self.filter.name == self.things[0].id
        return replace(self.filter, name=self.things[0].written) if is_id else self.filter


class Candidate(NamedTuple):
    """What a word could mean: what to call it, and the question that asks for it."""

    label: str
    question: str


class Form(NamedTuple):
    """A kind of question: how it is written, and what a word means first that could be several things."""

    write: Callable[[Question], str] = str
    first: Kind | None = None


REPORT = Form()


@dataclass(frozen=True, slots=True)
class Resolution:
    """A question all of whose names are known, and what each of its filters means."""

    question: Question
    meant: tuple[Meant, ...]


class Ambiguous(NotUnderstood):
    """A word that could mean several things: the likeliest of them as questions, and how many more there are."""

    def __init__(self, word: str, candidates: Sequence[Candidate]) -> None:
        self.candidates = tuple(candidates[:OFFERED])
        named = [candidate.label for candidate in self.candidates]
        more = len(candidates) - len(named)
        listed = f"{', '.join(named)} and {more} more" if more else " or ".join(part for part in in_two(named) if part)
        super().__init__(word, f"it could be {listed}; write more of it")


def in_two(named: Sequence[str]) -> tuple[str, str]:
    """All but the last as a list, and the last."""
    return ", ".join(named[:-1]), named[-1]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that can be named, the likeliest first."""

    things: tuple[Thing, ...]

    def of(self, kind: Kind | None) -> list[Thing]:
        """The things of a kind, or all. A team is often called like its workspace: only `team:` means it."""
        return [thing for thing in self.things if kind == thing.kind or (kind is None and thing.kind != "team")]


def resolve(question: Question, catalogue: Catalogue, form: Form = REPORT) -> Resolution:
    """The question with each name as what it means. A word that is asked back is so in that form.

    Raises:
        Ambiguous: for a word that several names fit.
        NotUnderstood: for one that none does.
    """
    typed = joined(question.filters, catalogue)
    found = [find(one, catalogue, AskingBack(question, place, typed, form)) for place, one in enumerate(typed)]
    meant = tuple([each for each in found if each.filter.kind != "org"])
    if "person" in question.by and (keys := [each for each in meant if each.filter.kind in {"key", "team"}]):
        raise NotUnderstood(str(keys[0].filter), TWO_WAYS)
    for each in found:
        question = of_organization(question, each) if each.filter.kind == "org" else question
    filters = tuple(dict.fromkeys(each.filter for each in meant))
    return Resolution(replace(question, filters=filters, by=fitting_by(question, meant)), meant)


@dataclass(frozen=True, slots=True)
class AskingBack:
    """A question of which one name is not clear."""

    question: Question
    place: int
    filters: Sequence[Filter]
    form: Form

    def candidate(self, meant: Filter) -> Candidate:
        """The question with that name meaning something."""
        filters = (*self.filters[: self.place], meant, *self.filters[self.place + 1 :])
        asked = self.form.write(replace(self.question, filters=filters))
        return Candidate(str(replace(meant, excluded=False)), asked)

    def likeliest(self, meanings: Sequence[Filter]) -> Sequence[Filter]:
        """Those meanings of a word that are to be told apart: one alone where the form has a kind for that."""
        first = [each for each in meanings if each.kind == self.form.first]
        return first if len({name_alone(each) for each in first}) == 1 else meanings


# --- What a name means ---


def find(typed: Filter, catalogue: Catalogue, asking: AskingBack) -> Meant:
    """The things that a filter means, and the filter as it is written then."""
    known = catalogue.of(typed.kind)
    fitting = matching(typed.name, known) or teams_called(typed, catalogue) or slips(typed, known)
    if not fitting:
        raise NotUnderstood(typed.name, hint_for_unknown(typed, known))
    meanings = asking.likeliest(list(dict.fromkeys(written(typed, thing, fitting) for thing in fitting)))
    if len(meanings) > 1:
        raise Ambiguous(typed.name, [asking.candidate(meaning) for meaning in (*of_all(meanings), *meanings)])
    (meaning,) = meanings
    return Meant(meaning, tuple(matching(meaning.name, catalogue.of(meaning.kind))))


def of_all(meanings: Iterable[Filter]) -> Iterator[Filter]:
    """For each name that several organisations have, the filter that means all of them."""
    called: defaultdict[tuple[Kind | None, str], list[Filter]] = defaultdict(list)
    for each in meanings:
        called[each.kind, name_alone(each)].append(each)
    for (_, name), alike in called.items():
        if len(alike) > 1:
            yield replace(alike[0], name=f"{name}{WHOSE}*")


def name_alone(meaning: Filter) -> str:
    """A name without whose it is.

    >>> name_alone(Filter(name="Default · Europe", kind="workspace"))
    'Default'
    """
    return meaning.name.rpartition(WHOSE)[0] or meaning.name


def teams_called(typed: Filter, catalogue: Catalogue) -> list[Thing]:
    """The team that a word is the whole name of, where nothing else is called so."""
    word = folded(typed.name)
    return [team for team in catalogue.of("team") if typed.kind is None and folded(team.name) == word]


def matching(name: str, known: Sequence[Thing]) -> list[Thing]:
    """The things that fit a name best: all that fit a pattern, else by the strictest way in which any does."""
    word = folded(name)
    if "*" in word:
        fits = re.compile(".*".join(map(re.escape, word.split("*")))).fullmatch
        return [thing for thing in known if any(map(fits, names_of(thing)))]
    if exact := [thing for thing in known if name in {thing.written, thing.id, everywhere(thing)}]:
        return exact
    found = ([thing for thing in known if any(way(word, called) for called in names_of(thing))] for way in WAYS)
    return next((things for things in found if things), [])


def everywhere(thing: Thing) -> str | None:
    """What stands for no key, of whatever organisation: by that name all of them are meant together.

    >>> everywhere(Thing("key", "console@org_eu", "Console and logins · Europe", "console@org_eu"))
    'console'
    """
    row, _, _ = thing.id.partition("@")
    return row if thing.kind == "key" and row in {CONSOLE, NOT_ATTRIBUTABLE} else None


def called_like(typed: str, known: Iterable[Thing]) -> list[Thing]:
    """All things whose name or id has what was typed: those that begin so first, then by their names."""
    word = folded(typed)
    fitting = [thing for thing in known if any(word in name for name in names_of(thing))]
    return sorted(fitting, key=lambda thing: (not folded(thing.name).startswith(word), folded(thing.name), thing.id))


def names_of(thing: Thing) -> tuple[str, ...]:
    """What a thing is called, in one form; models also without whose they are."""
    name = folded(thing.name)
    return name, folded(thing.id), name.removeprefix(CLAUDE)


def folded(name: str) -> str:
    """A name as it is compared."""
    return as_typed(name).casefold()


WAYS: tuple[Callable[[str, str], bool], ...] = (
    lambda word, name: word == name,
    lambda word, name: name.startswith(word),
    lambda word, name: word in name,
)
"""From the strictest on."""


def slips(typed: Filter, known: Sequence[Thing]) -> list[Thing]:
    """The things whose names a word is likely a slip of, unless it is one of a word of the language."""
    word = folded(typed.name)
    if len(word) < SHORTEST_SLIP or typed.is_pattern or (typed.kind is None and is_like(word, VOCABULARY)):
        return []
    by_name = {name: thing for thing in known for name in names_of(thing)}
    near = difflib.get_close_matches(word, by_name, n=OFFERED, cutoff=ALIKE)
    return list(dict.fromkeys(by_name[name] for name in near))


def is_like(word: str, others: Iterable[str]) -> bool:
    """Whether a word is a slip of one of others."""
    return bool(difflib.get_close_matches(word, others, n=1, cutoff=ALIKE))


def written(typed: Filter, thing: Thing, fitting: Sequence[Thing]) -> Filter:
    """How to ask for a thing: by its name, its pattern, or the family of models it is of; by its id where that was."""
    if typed.is_pattern:
        return replace(typed, kind=thing.kind)
    if is_family(typed.name, thing, fitting):
        return replace(typed, kind=thing.kind, name=f"*{folded(typed.name)}*")
    is_id = typed.name in {thing.id, everywhere(thing)}
    return replace(typed, kind=thing.kind, name=typed.name if is_id else thing.written)


def is_family(name: str, thing: Thing, fitting: Sequence[Thing]) -> bool:
    """Whether a name is what several models have in common: `opus`, `opus-5`."""
    models = [one for one in fitting if one.kind == "model"]
    return thing.kind == "model" and len(models) > 1 and all(f"-{folded(name)}-" in f"-{one.id}-" for one in models)


def hint_for_unknown(typed: Filter, known: Sequence[Thing]) -> str:
    """What there is nearby: a word of the language, or names."""
    if typed.kind is None and is_like(folded(typed.name), VOCABULARY):
        return hint_for(folded(typed.name))
    known = [thing for thing in known if thing.name not in OF_NOTHING]
    by_name = {word: thing for thing in reversed(known) for name in names_of(thing) for word in (name, *name.split())}
    near = difflib.get_close_matches(folded(typed.name), by_name, n=NEARBY, cutoff=LIKEST)
    things = list(dict.fromkeys(by_name[name] for name in near)) or known[:NEARBY]
    named = ", ".join(str(Filter(name=thing.written, kind=thing.kind)) for thing in things)
    what = "nothing here is" if typed.kind is None else f"no {WHAT.get(typed.kind, typed.kind)} here is"
    fits = "like that" if typed.is_pattern else "called so"
    return f"{what} {fits}; there is {named}" if named else f"{what} {fits}"


OF_NOTHING = frozenset({NO_MODEL_ROW, NO_TIER, NO_TOKENS, NO_TYPE})
"""Nobody means these by a word that is like them."""

WHAT: dict[Kind, str] = {"org": "organisation", "type": "type of cost", "token": "kind of tokens"}


# --- Names of several words, organisations, what to group by ---


def joined(filters: Sequence[Filter], catalogue: Catalogue) -> list[Filter]:
    """The filters, where words that are one name together as one: `data science`, `workspace:data science`."""
    left, found = list(filters), list[Filter]()
    while left:
        end = next((end for end in range(words_in_a_row(left), 1, -1) if is_one(left[:end], catalogue)), 1)
        found.append(replace(left[0], name=" ".join(one.name for one in left[:end])))
        left = left[end:]
    return found


def words_in_a_row(filters: Sequence[Filter]) -> int:
    """How many of the first filters can be one name: the first, and plain words after it."""
    rest = (place for place, one in enumerate(filters) if place and (one.kind or one.excluded))
    return next(rest, len(filters))


def is_one(words: Sequence[Filter], catalogue: Catalogue) -> bool:
    """Whether words are one name: all of it, or a part of one where they are not names one by one."""
    name, known = " ".join(one.name for one in words), catalogue.of(words[0].kind)
    together = [thing for thing in matching(name, known) if "*" not in name]
    if any(folded(name) in names_of(thing) for thing in together):
        return True
    return bool(together) and not all(is_name(one, catalogue) for one in words)


def is_name(typed: Filter, catalogue: Catalogue) -> bool:
    """Whether a word is a whole name by itself."""
    return any(folded(typed.name) in names_of(thing) for thing in catalogue.of(typed.kind))


def with_organization(question: Question, catalogue: Catalogue) -> Question:
    """The question about the organisation that one of its words names, so that the others mean what is in that."""
    typed = joined(question.filters, catalogue)
    for place, one in enumerate(typed):
        fitting = [] if one.excluded or one.is_pattern else matching(one.name, catalogue.of(one.kind))
        if len(fitting) == 1 and fitting[0].kind == "org" and question.organization is None:
            others = (*typed[:place], *typed[place + 1 :])
            return replace(question, filters=others, organization=fitting[0].written)
    return question


def of_organization(question: Question, found: Meant) -> Question:
    """The question about one organisation that a word named."""
    if found.filter.excluded:
        raise NotUnderstood(found.filter.name, 'ask for one organisation, for example "org:acme", or for all')
    if found.filter.is_pattern or question.organization not in {None, found.filter.name}:
        raise NotUnderstood(found.filter.name, 'ask for one organisation at a time, for example "org:acme"')
    return replace(question, organization=found.filter.name)


def fitting_by(question: Question, meant: Sequence[Meant]) -> By:
    """What to group by where nobody said so: what is compared, else the first thing that is not only one.

    A key is of one workspace.
    """
    asked = Counter(thing.kind for each in meant if not each.filter.excluded for thing in each.things)
    if question.grouped or not asked:
        return question.by
    compared = [grouping for grouping in COMPARED if asked[grouping] > 1]
    only = {kind for kind, count in asked.items() if count == 1}
    left = [grouping for grouping in SPLIT if grouping not in only | ({"workspace"} if "key" in only else set())]
    return ([*compared, *left][0],)


COMPARED: tuple[Literal["team", "key", "model", "workspace", "type", "token"], ...] = (
    "team",
    "key",
    "model",
    "workspace",
    "type",
    "token",
)
SPLIT: By = ("workspace", "model", "key", "day")
