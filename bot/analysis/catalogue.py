"""What can be named in a question: workspaces, models, keys and so on, of one organisation or of several.

And the other way round: through which lens the lines are looked at that a question's filters leave.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.groupings import (
    CONSOLE,
    GROUPS,
    LABELS,
    NO_MODEL_ROW,
    NO_TIER,
    NO_TOKENS,
    NO_TYPE,
    NOT_ATTRIBUTABLE,
    UNOWNED_ROW,
)
from bot.analysis.lens import EVERYTHING, Choice, Facet, Lens
from bot.analysis.organizations import all_names, own_id
from bot.analysis.question import Catalogue, Thing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from bot.analysis.ownership import Ownership
    from bot.analysis.question import Meant
    from bot.analysis.question.filters import Kind
    from bot.model import Names, Organization

FACETS: dict[Kind, Facet] = {
    "workspace": "workspace",
    "model": "model",
    "key": "key",
    "type": "cost_type",
    "tier": "service_tier",
    "token": "token_type",
}


WITHOUT = frozenset({NO_MODEL_ROW, NO_TIER, NO_TOKENS, NO_TYPE, CONSOLE, NOT_ATTRIBUTABLE})
"""What rows of nothing are asked for by: their labels are sentences."""


NOBODY = ""
"""The team of what is nobody's."""


class Known(NamedTuple):
    """What one organisation has, in the bill's own words."""

    beside: Organization | None
    names: Names
    workspaces: Collection[str]
    keys: Collection[str]
    models: Collection[str]
    cost_types: Collection[str]
    token_types: Collection[str]
    service_tiers: Collection[str]


def find_catalogue(
    parts: Sequence[Known], organizations: Iterable[Organization], teams: Sequence[str] = ()
) -> Catalogue:
    """Everything that can be named, each once; organisations where there are several to choose from."""
    names = all_names([(part.beside, part.names) for part in parts])
    workspaces = {own_id(word, part.beside) for part in parts for word in part.workspaces}
    keys = {own_id(word, part.beside) for part in parts for word in (*part.keys, CONSOLE, NOT_ATTRIBUTABLE)}
    return Catalogue(
        (
            *things("workspace", sorted(workspaces, key=lambda id_: (is_archived(id_, names), id_)), names),
            *things("model", sorted({word for part in parts for word in part.models}), names),
            *things("key", sorted(keys), names),
            *things("tier", sorted({word for part in parts for word in part.service_tiers}), names),
            *things("type", sorted({word for part in parts for word in part.cost_types}), names),
            *things("token", sorted({word for part in parts for word in part.token_types}), names),
            *(Thing("org", each.id, each.name, each.id) for each in organizations),
            *(Thing("team", name, name, name) for name in teams),
            *([Thing("team", UNOWNED_ROW, LABELS[UNOWNED_ROW], NOBODY)] if teams else []),
        )
    )


def is_archived(workspace_id: str, names: Names) -> bool:
    """Whether a workspace is no longer in use."""
    return workspace_id in names.workspaces and names.workspaces[workspace_id].archived


def things(kind: Kind, words: Iterable[str], names: Names) -> Iterator[Thing]:
    """What words of one kind are called, as rows of that grouping are."""
    group = GROUPS[kind]
    for word in words:
        row_id = word if kind in {"workspace", "key"} else group.row_id(word)
        name = row_id if row_id in WITHOUT else group.label(row_id, names) or row_id
        yield Thing(kind, row_id, name, word)


def lens_of(meant: Sequence[Meant], organization_id: str) -> Lens:
    """What filters leave of an organisation's lines: of each kind what is named, and nothing that is excluded."""
    lens = EVERYTHING
    for kind, facet in FACETS.items():
        own = [each for each in meant if each.filter.kind == kind]
        if named := [each for each in own if not each.filter.excluded]:
            lens = lens.within(Lens.only(**{facet: words_of(named, organization_id)}))
        if excluded := [each for each in own if each.filter.excluded]:
            lens = lens.within(Lens.all_but(**{facet: words_of(excluded, organization_id)}))
    return lens


def teams_of(meant: Sequence[Meant], ownership: Ownership) -> Choice:
    """The teams that filters leave, each with those below it: what is named, and nothing that is excluded."""
    own = [(each.filter.excluded, thing.word) for each in meant if each.filter.kind == "team" for thing in each.things]
    named, excluded = (
        frozenset[str]().union(*(ownership.with_children(team) or {team} for is_out, team in own if is_out is wanted))
        for wanted in (False, True)
    )
    is_named = any(not is_out for is_out, _ in own)
    return Choice(named).within(Choice(excluded, all_but=True)) if is_named else Choice(excluded, all_but=True)


def words_of(meant: Iterable[Meant], organization_id: str) -> list[str]:
    """What filters mean, in the words of an organisation's bill."""
    each = chain.from_iterable(one.things for one in meant)
    return [thing.word.removesuffix(f"@{organization_id}") for thing in each]
