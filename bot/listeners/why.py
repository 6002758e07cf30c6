"""`/claudecost why`: find out what part of the bill is meant, load it from the snapshots, explain, render."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.ask_why import WHY_FORM, WhyQuestion, parse_why
from bot.analysis.explanation import About, find_explanation
from bot.analysis.lens import ANY
from bot.analysis.organizations import all_names, freshness_of_all, known_by_all, unpriced_of_all
from bot.analysis.question.parse import BY
from bot.analysis.why import added_up
from bot.listeners.asked import rest_of
from bot.listeners.keep import keep_for_sharing
from bot.loading.asking import asking, days_of
from bot.loading.why import count_lines_to_share, load_spent, load_spent_without_keys
from bot.messages.scope import BESIDE, of_what
from bot.messages.why import why_answer
from bot.model import team_id
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from bot.analysis.explanation import Explanation
    from bot.analysis.ownership import Team
    from bot.analysis.question import Meant
    from bot.analysis.why import Side
    from bot.listeners.asked import Asked
    from bot.loading.asking import Asking
    from bot.model import Interval, Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore


MOST_LINES_SHARED = 40_000
"""Lines of the bill that are shared among keys while somebody waits: two weeks of the largest organisation."""


async def answer_why(
    open_store: OpenStore,
    asked: Asked,
    *,
    whole: OpenStore,
    now: Callable[[], datetime],
    teams: Sequence[Team] = (),
) -> Message:
    """The answer to "why", kept in the `whole` store for a while so that its asker can share it.

    Raises `Ambiguous`, `NotUnderstood`.
    """
    question = parse_why(rest_of(asked.text), today=now().date())
    explanation = await with_store(
        open_store, lambda store: load_explanation(store, question, teams, most_lines=MOST_LINES_SHARED)
    )
    kept = await keep_for_sharing(
        whole, asked, question=str(explanation.asked), message=why_answer(explanation, share_id=None), at=now()
    )
    return why_answer(explanation, share_id=kept)


def load_explanation(
    store: Store, asked: WhyQuestion, teams: Sequence[Team] = (), *, most_lines: float = math.inf
) -> Explanation:
    """The answer from the snapshots alone, all of one moment. Raises `Ambiguous`, `NotUnderstood` and `WrongRules`.

    `teams` are those of the configuration. Keys are left out where more lines than that have to be shared among them.
    """
    with asking(store, asked.question, teams, form=WHY_FORM) as found:
        return explain(found, today=asked.today, most_lines=most_lines)


def explain(found: Asking, *, today: date, most_lines: float) -> Explanation:
    """The answer, of books that have only what was asked about."""
    period, parts = found.question.period, found.parts
    both = [period.previous, period.current]
    tells_keys = sum(count_lines_to_share(part.store, days) for part in parts for days in both) <= most_lines
    before, now = (side_of(found, days) if tells_keys else side_without_keys(found, days) for days in both)
    explanation = find_explanation(
        WhyQuestion(question=replace(found.question, by=BY), today=today),
        about(found),
        before=before,
        now=now,
        fetched=known_by_all([part.store.ledger.load_fetched_days(days_of(period)) for part in parts]),
        names=all_names([(part.beside, part.store.names.load_names()) for part in parts]),
        unpriced=unpriced_of_all(part.store.ledger.load_unpriced(period.current) for part in parts),
        data_as_of=freshness_of_all([part.store.ledger.load_freshness() for part in parts]).data_as_of,
    )
    organizations = tuple(part.beside.name for part in parts if part.beside is not None)
    return replace(explanation, organizations=organizations, unheard=found.unheard, tells_keys=tells_keys)


def side_of(found: Asking, days: Interval) -> Side:
    """What was spent on some days, of all organisations asked about."""
    return added_up([load_spent(part, days, whose) for part, whose in zip(found.parts, found.whose, strict=True)])


def side_without_keys(found: Asking, days: Interval) -> Side:
    """The same in a time that no line is shared in, unless a team has parts of things."""
    each = [
        load_spent_without_keys(part, days) if whose.teams == ANY else load_spent(part, days, whose)
        for part, whose in zip(found.parts, found.whose, strict=True)
    ]
    return replace(added_up(each), keys={})


def about(found: Asking) -> About:
    """What is asked about: one workspace or team by its name, else whatever filters leave, else all there is."""
    whose = [] if found.question.organization is None else [found.question.organization]
    match found.meant:
        case (one,) if len(one.things) == 1 and not one.filter.excluded:
            id_, name = about_one(one)
            return About(id_, BESIDE.join([name, *whose]))
        case ():
            return About(None, *(whose or ["All spend"]))
    return About(None, BESIDE.join([of_what([each.named for each in found.meant]), *whose]))


def about_one(meant: Meant) -> About:
    """One thing."""
    (thing,) = meant.things
    ids = {"workspace": thing.id, "team": team_id(thing.id)}
    return About(ids.get(thing.kind), of_what([meant.named]))
