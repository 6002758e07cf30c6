"""`/claudecost why`: find the workspace or team that is meant, load its lines from the snapshots, explain, render."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.ask_why import UnknownWorkspace, find_workspace, parse_why, split_words
from bot.analysis.explanation import find_explanation
from bot.analysis.organizations import choose, named_with, own_id
from bot.listeners.keep import keep_for_sharing
from bot.loading.owners import load_ownership, teams_in_sight
from bot.loading.team_lines import load_team_lines
from bot.messages.notices import could_not_answer
from bot.messages.why import why_answer
from bot.model import Interval, Names, Workspace, team_id
from bot.snapshots.parts import parts_of
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from bot.analysis.ask_why import WhyQuestion
    from bot.analysis.explanation import Explanation
    from bot.analysis.ownership import Team
    from bot.listeners.asked import Asked
    from bot.model import Message, WorkspaceLines
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore


WHY = "why"


async def answer_why(
    open_store: OpenStore, asked: Asked, *, now: Callable[[], datetime], teams: Sequence[Team] = ()
) -> Message:
    """The answer to "why", kept for a while so that its asker can share it. Raises `NotUnderstood`."""
    question = parse_why(split_words(asked.text)[1:], today=now().date())
    try:
        explanation = await with_store(open_store, lambda store: load_explanation(store, question, teams))
    except UnknownWorkspace as unknown:
        return could_not_answer(str(unknown))
    kept = await keep_for_sharing(
        open_store, asked, question=asked.text, message=why_answer(explanation, share_id=None), at=now()
    )
    return why_answer(explanation, share_id=kept)


def load_explanation(store: Store, asked: WhyQuestion, teams: Sequence[Team] = ()) -> Explanation:
    """The answer from the snapshots alone, all of one moment. Raises `UnknownWorkspace`, `NotUnderstood`.

    `teams` are those of the configuration.
    """
    with store.reading():
        places = [*find_teams(store, asked, teams), *find_places(store, asked)]
        workspace = find_workspace(asked.workspace, [place.workspace for place in places])
        return explain_at(next(place for place in places if place.workspace is workspace), asked)


def explain_at(place: Place, asked: WhyQuestion) -> Explanation:
    """The answer for what is meant."""
    ledger = place.store.ledger
    both = Interval(asked.question.period.previous.since, asked.question.period.current.until)
    return find_explanation(
        asked,
        place.workspace,
        place.load_lines(both),
        fetched=ledger.load_fetched_days(both),
        names=place.store.names.load_names(),
        data_as_of=ledger.load_freshness().data_as_of,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A workspace or a team that can be asked about: what it is called here, and its lines.

    Where there are several organisations, that tells which one's it is.
    """

    store: Store
    workspace: Workspace
    load_lines: Callable[[Interval], WorkspaceLines]


def find_teams(store: Store, asked: WhyQuestion, teams: Sequence[Team]) -> Iterator[Place]:
    """Every team, where one is asked about; as things are owned on each day."""
    if not asked.workspace.casefold().startswith("team"):
        return
    ownership = load_ownership(store, teams)
    named = teams_in_sight(store, ownership)
    for part in chosen_parts(store, asked):
        for team in named:
            id_ = team_id(team)
            own = id_ if part.beside is None else f"{id_}@{part.beside.id}"
            yield Place(
                store=part.store,
                workspace=Workspace(own, named_with(Names().workspace(id_), part.beside)),
                load_lines=functools.partial(load_team_lines, part.store, team, ownership=ownership),
            )


def chosen_parts(store: Store, asked: WhyQuestion) -> list[Part]:
    """The books of the organisations that are asked about."""
    organization = asked.question.organization
    return parts_of(store, choose(organization, store.organizations(), retired=store.retired_organizations()))


def find_places(store: Store, asked: WhyQuestion) -> Iterator[Place]:
    """Every workspace that has a name or spent something in the days asked about, what spent most first."""
    question = asked.question
    for part in chosen_parts(store, asked):
        names = part.store.names.load_names()
        spend = {
            id_: amount
            for (id_,), amount in part.store.ledger.load_spend(question.period.current, ["workspace"]).items()
        }
        for id_ in sorted(names.workspaces.keys() | spend.keys(), key=lambda id_: (-spend.get(id_, 0), id_)):
            archived = id_ in names.workspaces and names.workspaces[id_].archived
            name = named_with(names.workspace(id_), part.beside)
            workspace = Workspace(own_id(id_, part.beside), name, archived=archived)
            load_lines = functools.partial(part.store.ledger.load_workspace, id_)
            yield Place(store=part.store, workspace=workspace, load_lines=load_lines)
