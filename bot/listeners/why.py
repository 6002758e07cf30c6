"""`/claudecost why`: find the workspace that is meant, load its lines from the snapshots, explain, render."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.ask_why import UnknownWorkspace, find_workspace, parse_why, split_words
from bot.analysis.explanation import find_explanation
from bot.analysis.organizations import choose, named_with, own_id
from bot.listeners.keep import keep_for_sharing
from bot.messages.notices import could_not_answer
from bot.messages.why import why_answer
from bot.model import Interval, Workspace
from bot.snapshots.parts import parts_of
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bot.analysis.ask_why import WhyQuestion
    from bot.analysis.explanation import Explanation
    from bot.listeners.asked import Asked
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore


WHY = "why"


async def answer_why(open_store: OpenStore, asked: Asked, *, now: Callable[[], datetime]) -> Message:
    """The answer to "why", kept for a while so that its asker can share it. Raises `NotUnderstood`."""
    question = parse_why(split_words(asked.text)[1:], today=now().date())
    try:
        explanation = await with_store(open_store, lambda store: load_explanation(store, question))
    except UnknownWorkspace as unknown:
        return could_not_answer(str(unknown))
    kept = await keep_for_sharing(
        open_store, asked, question=asked.text, message=why_answer(explanation, share_id=None), at=now()
    )
    return why_answer(explanation, share_id=kept)


def load_explanation(store: Store, asked: WhyQuestion) -> Explanation:
    """The answer from the snapshots alone, all of one moment. Raises `UnknownWorkspace`, `NotUnderstood`."""
    with store.reading():
        places = list(find_places(store, asked))
        workspace = find_workspace(asked.workspace, [place.workspace for place in places])
        return explain_at(next(place for place in places if place.workspace is workspace), asked)


def explain_at(place: Place, asked: WhyQuestion) -> Explanation:
    """The answer for the workspace that is meant."""
    ledger = place.store.ledger
    both = Interval(asked.question.period.previous.since, asked.question.period.current.until)
    return find_explanation(
        asked,
        place.workspace,
        ledger.load_workspace(place.id, both),
        fetched=ledger.load_fetched_days(both),
        names=place.store.names.load_names(),
        data_as_of=ledger.load_freshness().data_as_of,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A workspace that can be asked about: its id in the books of its organisation, and what it is called here.

    Where there are several organisations, that tells which one's it is.
    """

    store: Store
    id: str
    workspace: Workspace


def find_places(store: Store, asked: WhyQuestion) -> Iterator[Place]:
    """Every workspace that has a name or spent something in the days asked about, what spent most first."""
    question = asked.question
    chosen = choose(question.organization, store.organizations(), retired=store.retired_organizations())
    for part in parts_of(store, chosen):
        names = part.store.names.load_names()
        spend = {
            id_: amount
            for (id_,), amount in part.store.ledger.load_spend(question.period.current, ["workspace"]).items()
        }
        for id_ in sorted(names.workspaces.keys() | spend.keys(), key=lambda id_: (-spend.get(id_, 0), id_)):
            archived = id_ in names.workspaces and names.workspaces[id_].archived
            name = named_with(names.workspace(id_), part.beside)
            workspace = Workspace(own_id(id_, part.beside), name, archived=archived)
            yield Place(store=part.store, id=id_, workspace=workspace)
