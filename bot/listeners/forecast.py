"""`/claudecost forecast` and `/claudecost month`: load the days of a part of the bill, forecast the month, render."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from bot.analysis.ask_why import FORECAST_FORM, MONTH_FORM, parse_forecast, parse_month
from bot.analysis.catalogue import lens_of
from bot.analysis.lens import ANY
from bot.analysis.month import MonthPart, alerts_within, days_looked_at, find_month
from bot.analysis.question.parse import BY
from bot.listeners.asked import rest_of
from bot.listeners.keep import keep_for_sharing
from bot.loading.asking import asking
from bot.loading.owners import Whose, spend_owned
from bot.messages.forecast import forecast_answer, month_answer
from bot.messages.layout import unescape
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from bot.analysis.month import Month
    from bot.analysis.ownership import Team
    from bot.analysis.question import Form, Question
    from bot.listeners.asked import Asked
    from bot.loading.asking import Asking
    from bot.model import Message
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore


BY_DAY: tuple[Literal["day"], Literal["workspace"]] = ("day", "workspace")


async def answer_forecast(
    open_store: OpenStore,
    asked: Asked,
    *,
    whole: OpenStore,
    now: Callable[[], datetime],
    teams: Sequence[Team] = (),
) -> Message:
    """What the month comes to, kept in the `whole` store for a while so that its asker can share it.

    Raises `Ambiguous`, `NotUnderstood`.
    """
    question = parse_forecast(rest_of(asked.text), today=now().date())
    return await answer_with(
        forecast_answer, open_store, asked, question, FORECAST_FORM, whole=whole, at=now(), teams=teams
    )


async def answer_month(
    open_store: OpenStore,
    asked: Asked,
    *,
    whole: OpenStore,
    now: Callable[[], datetime],
    teams: Sequence[Team] = (),
) -> Message | None:
    """The month so far by workspace, kept for a while as well; None where a report is asked for. Raises the same."""
    question = parse_month(unescape(asked.text), today=now().date())
    if question is None:
        return None
    return await answer_with(month_answer, open_store, asked, question, MONTH_FORM, whole=whole, at=now(), teams=teams)


async def answer_with(
    render: Callable[..., Message],
    open_store: OpenStore,
    asked: Asked,
    question: Question,
    form: Form,
    *,
    whole: OpenStore,
    at: datetime,
    teams: Sequence[Team],
) -> Message:
    """The month as `render` tells it."""
    month = await with_store(
        open_store, lambda store: load_month(store, question, today=at.date(), teams=teams, form=form)
    )
    kept = await keep_for_sharing(
        whole, asked, question=form.write(month.question or question), message=render(month, share_id=None), at=at
    )
    return render(month, share_id=kept)


def load_month(
    store: Store, question: Question, *, today: date, teams: Sequence[Team] = (), form: Form = FORECAST_FORM
) -> Month:
    """The month from the snapshots alone, all of one moment. Raises `Ambiguous`, `NotUnderstood` and `WrongRules`.

    `teams` are those of the configuration.
    """
    with asking(store, question, teams, form=form, days=days_looked_at(today)) as found:
        parts = [
            load_part_asked(part, found, whose, today) for part, whose in zip(found.parts, found.whose, strict=True)
        ]
        return replace(find_month(parts, today=today), question=replace(found.question, by=BY), unheard=found.unheard)


def load_part_asked(part: Part, found: Asking, whose: Whose, today: date) -> MonthPart:
    """What a question leaves of one organisation's part."""
    loaded = load_part(part, today=today, whose=whose)
    owner = part.store.organization
    alerts = alerts_within(
        loaded.alerts,
        found.meant,
        lens_of(found.meant, owner.id if owner else ""),
        spent={workspace_id for _, workspace_id in loaded.spend},
    )
    is_of_team = any(each.filter.kind == "team" for each in found.meant)
    return replace(loaded, alerts=alerts.told, left_out=alerts.left_out, is_of_team=is_of_team)


def load_part(part: Part, *, today: date, whose: Whose | None = None) -> MonthPart:
    """One organisation's part of it; with `whose`, what is some teams'."""
    days, ledger = days_looked_at(today), part.store.ledger
    return MonthPart(
        beside=part.beside,
        spend=ledger.load_spend(days, BY_DAY)
        if whose is None or whose.teams == ANY
        else spend_owned(part.store, days, whose, by=BY_DAY),
        fetched=ledger.load_fetched_days(days),
        names=part.store.names.load_names(),
        alerts=part.store.alerts.load_open_alerts(),
        freshness=ledger.load_freshness(),
    )
