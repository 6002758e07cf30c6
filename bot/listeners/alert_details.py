"""The button "Details": what is behind an alert, from the snapshots as they are now."""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.analysis.ask_why import WhyQuestion
from bot.analysis.organizations import named_with
from bot.analysis.question import parse_question
from bot.listeners.why import Place, explain_at
from bot.loading.alerts import load_daily, load_lines
from bot.loading.owners import load_ownership
from bot.messages.alert_views import details_view
from bot.model import WHOLE_ORGANIZATION, Interval, Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.analysis.explanation import Explanation
    from bot.analysis.ownership import Ownership, Team
    from bot.model import Alert
    from bot.snapshots.store import Store

WEEK = timedelta(days=7)


def load_details(store: Store, alert: Alert, *, subject: str, teams: Sequence[Team] = ()) -> dict[str, Any]:
    """The window of an alert of this organisation: the week judged last against the one before.

    `teams` are those of the configuration.
    """
    until = alert.judged_day + timedelta(days=1)
    with store.reading():
        ownership = load_ownership(store, teams)
        return details_view(
            alert,
            load_explanation(store, alert, until, ownership),
            subject=subject,
            week=Interval(until - WEEK, until),
            daily=load_daily(store, alert, Interval(until - 2 * WEEK, until), ownership),
        )


def load_explanation(store: Store, alert: Alert, until: date, ownership: Ownership) -> Explanation | None:
    """Why the workspace or the team cost what it did; None for an alert about all of them."""
    if alert.workspace_id == WHOLE_ORGANIZATION:
        return None
    names, several = store.names.load_names(), store.called is not None
    name = named_with(names.workspace(alert.workspace_id), store.organization if several else None)
    asked = WhyQuestion(workspace=name, question=parse_question("7d", today=until), today=until)
    lines = functools.partial(load_lines, store, alert, ownership=ownership)
    return explain_at(Place(store=store, workspace=Workspace(alert.workspace_id, name), load_lines=lines), asked)
