"""The button "Details": what is behind an alert, from the snapshots as they are now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.analysis.ask_why import WhyQuestion
from bot.analysis.explanation import About, explain_lines
from bot.analysis.organizations import named_with
from bot.analysis.question import parse_question
from bot.loading.alerts import load_daily, load_lines, load_names_of
from bot.loading.owners import load_ownership
from bot.messages.alert_views import details_view
from bot.model import WHOLE_ORGANIZATION, Interval, team_of

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
    is_one_of_several = store.called is not None and team_of(alert.workspace_id) is None
    names = load_names_of(store, alert.workspace_id)
    name = named_with(names.workspace(alert.workspace_id), store.organization if is_one_of_several else None)
    asked = WhyQuestion(question=parse_question("7d", today=until), today=until)
    both = Interval(asked.question.period.previous.since, until)
    return explain_lines(
        asked,
        About(alert.workspace_id, name),
        load_lines(store, alert, both, ownership),
        fetched=store.ledger.load_fetched_days(both),
        names=names,
        data_as_of=store.ledger.load_freshness().data_as_of,
    )
