"""Asking: whose books a question is about, what its names mean there, and what its filters leave of them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.analysis.catalogue import Known, find_catalogue, lens_of, teams_of
from bot.analysis.groupings import OWNED
from bot.analysis.lens import ANY
from bot.analysis.organizations import choose
from bot.analysis.ownership import History, Ownership, find_teams_lens
from bot.analysis.question import REPORT, resolve, with_organization
from bot.loading.keys import spend_by_key
from bot.loading.owners import Whose, load_ownership, teams_in_sight
from bot.model import Interval
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.analysis.lens import Lens
    from bot.analysis.ownership import Team
    from bot.analysis.question import Catalogue, Form, Meant, Period, Question, Resolution
    from bot.model import Organization
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

ONE = 1
MOST_KEYS = 10


@dataclass(frozen=True, slots=True)
class Asking:
    """A question all of whose names are known, and the books that answer it.

    `unheard` are the organisations that should be among them, and never answered. `meant` is what its filters mean,
    `whose` for each of the books what is whose in it.
    """

    question: Question
    parts: Sequence[Part]
    unheard: tuple[str, ...]
    meant: Sequence[Meant]
    whose: Sequence[Whose]

    def shares_many(self) -> bool:
        """Whether more keys are asked about than lines are quickly shared among: of each line their parts are read."""
        keys = [each for each in self.meant if each.filter.kind == "key"]
        return (
            sum(len(each.things) for each in keys) > MOST_KEYS
            or any(each.filter.excluded for each in keys)
            or any(each.filter.kind == "team" for each in self.meant)
        )


@contextmanager
def asking(
    store: Store,
    question: Question,
    teams: Sequence[Team] = (),
    *,
    form: Form = REPORT,
    days: Interval | None = None,
) -> Iterator[Asking]:
    """Inside, the books of the organisations asked about have only what the question's filters leave.

    `teams` are those of the configuration, `days` those that are looked at where that is more than the question's
    periods. Raises `Ambiguous` and `NotUnderstood` for names that several things have,
    or none, and `WrongRules` for teams that contradict each other.
    """
    with store.reading(), ExitStack() as looking:
        ownership = load_ownership(store, teams) if is_about_teams(question) else Ownership()
        found = find_meaning(store, question, teams_in_sight(store, ownership) if question.filters else [], form)
        parts = parts_of(store, chosen(store, found.question))
        if found.meant:
            looking.enter_context(store.looking_at_each(filters_lenses(parts, found.meant)))
        unheard = () if found.question.organization else store.unheard_organizations()
        whose = Whose(ownership=ownership, as_of=found.question.owned_on, teams=teams_of(found.meant, ownership))
        looked_at = days or days_of(found.question.period)
        each = looking.enter_context(looking_at_teams(store, parts, whose, looked_at))
        yield Asking(found.question, parts, unheard, found.meant, each)


def is_about_teams(question: Question) -> bool:
    """Whether an answer can depend on who owns what: a name can be a team's."""
    can_be_teams = any(each.kind in {None, "team"} for each in question.filters)
    return can_be_teams or not set(OWNED).isdisjoint(question.by)


def days_of(period: Period) -> Interval:
    """The days of a period and of the one before, and those between."""
    return Interval(min(period.previous.since, period.current.since), max(period.previous.until, period.current.until))


def filters_lenses(parts: Sequence[Part], meant: Sequence[Meant]) -> dict[int, Lens]:
    """What filters leave of each organisation, by its number."""
    owners = {part.store.session.organization_id: part.store.organization for part in parts}
    return {number: lens_of(meant, owner.id if owner else "") for number, owner in owners.items()}


@contextmanager
def looking_at_teams(store: Store, parts: Sequence[Part], whose: Whose, days: Interval) -> Iterator[list[Whose]]:
    """Inside, each organisation's books have only what is ever the teams' that are asked about.

    What is left to be told of it is whose the dollars are where a thing is not theirs alone, or not on all of the days.
    """
    if whose.teams == ANY:
        yield [whose for _ in parts]
        return
    found = {part.store.session.organization_id: load_teams_lens(part.store, whose, days) for part in parts}
    with store.looking_at_each({number: lens for number, (lens, _) in found.items()}):
        yield [replace(whose, teams=ANY) if is_exact else whose for _, is_exact in found.values()]


def load_teams_lens(store: Store, whose: Whose, days: Interval) -> tuple[Lens, bool]:
    """What is ever some teams' of one organisation, and whether all of that is theirs alone, on all of the days."""
    names = store.names.load_names()
    things = {(words[0], words[-1]) for words in spend_by_key(store, days, within=["workspace"])}
    things |= {(key.workspace_id, key.id) for key in names.api_keys.values()}
    history = History(whose.ownership, names, days, as_of=whose.as_of)
    return find_teams_lens(things, history, whose.teams)


def find_meaning(store: Store, question: Question, teams: Sequence[str] = (), form: Form = REPORT) -> Resolution:
    """What the names in a question mean; where one of them is an organisation's, the others mean what is in that."""
    everything = load_catalogue(store, question, teams)
    within = with_organization(question, everything)
    if within == question:
        return named_organization(resolve(question, everything, form), store)
    return named_organization(resolve(within, load_catalogue(store, within, teams), form), store)


def named_organization(found: Resolution, store: Store) -> Resolution:
    """The same, of an organisation by its whole name."""
    if found.question.organization is None:
        return found
    (first, *_) = chosen(store, found.question)
    return replace(found, question=replace(found.question, organization=first.name))


def chosen(store: Store, question: Question) -> list[Organization]:
    """The organisations that a question is about."""
    return choose(question.organization, store.organizations(), retired=store.retired_organizations())


def load_catalogue(store: Store, question: Question, teams: Sequence[str] = ()) -> Catalogue:
    """What can be named, where anything is: by the books of whom it is about."""
    if not question.filters:
        return find_catalogue([], [])
    organizations = [*store.organizations(), *store.retired_organizations()]
    parts = [load_known(part) for part in parts_of(store, chosen(store, question))]
    seen = [each for each in organizations if len(organizations) > ONE and is_seen(store, each)]
    return find_catalogue(parts, seen, teams)


def is_seen(store: Store, organization: Organization) -> bool:
    """Whether anything of an organisation may be named."""
    words = store.of(organization).load_words()
    return words.all_there_is or bool(words.workspaces)


def load_known(part: Part) -> Known:
    """What one organisation has; what is only listed, and in no line, where nothing is hidden."""
    words, names = part.store.load_words(), part.store.names.load_names()
    listed = names if words.all_there_is else replace(names, workspaces={}, api_keys={})
    return Known(
        beside=part.beside,
        names=names,
        workspaces={*words.workspaces, *listed.workspaces},
        keys={*names.first_days, *listed.api_keys},
        models=words.models,
        cost_types=words.cost_types,
        token_types=words.token_types,
        service_tiers=words.service_tiers,
    )
