"""What `claudecost forecast` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.analysis.ask_why import written_forecast
from bot.messages import basis
from bot.messages.forecast import (
    alerts_left_out,
    days_known,
    forecasts_by_name,
    how,
    last_month_in_words,
    missing_in_words,
    month_subject,
    pace_in_words,
    within,
)
from bot.messages.numbers import listed, moment, money
from bot.terminal.page import Page, exact, percent_or_null, written
from bot.terminal.slack_preview import mrkdwn

if TYPE_CHECKING:
    from bot.analysis.forecast import Forecast
    from bot.analysis.month import Month, WorkspaceMonth


def forecast_as_json(month: Month) -> str:
    """The fixed shape of `forecast --json`."""
    forecast, outlook, pace = month.forecast, month.outlook, month.pace
    return written(
        {
            "since": forecast.period.since.isoformat(),
            "until": forecast.period.until.isoformat(),
            "currency": "USD",
            "spent": exact(forecast.spent),
            "known_days": len(forecast.known_days),
            "missing_days": [day.isoformat() for day in forecast.missing_days],
            "estimated_days": [day.isoformat() for day in month.estimated_days],
            **band_as_json(forecast),
            "rough": forecast.band.is_rough and not forecast.is_over,
            "past_errors": forecast.band.errors,
            "if_it_continues": None if outlook.continues is None else band_as_json(outlook.continues),
            "if_it_stops": None if outlook.stops is None else band_as_json(outlook.stops),
            "alerts": [alert.workspace_id for alert in month.risen],
            "last_month": exact(month.last_month.spent),
            "last_month_missing_days": [day.isoformat() for day in month.last_month.missing_days],
            "pace_percent": None if pace is None else percent_or_null(pace.ahead_percent),
            "data_as_of": month.data_as_of.isoformat() if month.data_as_of else None,
            **({} if not month.organizations else {"organizations": list(month.organizations)}),
            **question_as_json(month),
            "workspaces": [workspace_as_json(each) for each in month.workspaces],
        }
    )


def question_as_json(month: Month) -> dict[str, Any]:
    """What it is of, where that is not everything; `alerts_left_out` are open ones about more than that."""
    if month.question is None or not month.question.scope:
        return {}
    return {
        "question": written_forecast(month.question),
        "filters": [str(each) for each in month.question.filters],
        "alerts_left_out": [alert.workspace_id for alert in month.left_out],
    }


def band_as_json(forecast: Forecast) -> dict[str, str | None]:
    """A forecast and its band; null where too little is known for one."""
    return {"forecast": exact(forecast.total), "low": exact(forecast.low), "high": exact(forecast.high)}


def workspace_as_json(workspace: WorkspaceMonth) -> dict[str, Any]:
    """A workspace, forecast by itself."""
    return {
        "id": workspace.id,
        "label": workspace.label,
        "spent": exact(workspace.spent),
        "forecast": exact(workspace.total),
        "last_month": exact(workspace.last_month),
    }


def forecast_as_text(month: Month) -> Page:
    """Every workspace, with what the forecast rests on."""
    return Page(
        title=month_subject(month),
        header=("Workspace", "So far", "Forecast", "Last month"),
        rows=tuple(
            (each.label, money(each.spent), money(each.total), money(each.last_month)) for each in month.workspaces
        ),
        align="lrrr",
        notes=(
            *(f"{name}: {in_a_line(within(found))}" for name, found in forecasts_by_name(month).items()),
            f"last month: {money(month.last_month.spent)} ({last_month_in_words(month.last_month)})",
            f"pace: {in_a_line(pace_in_words(month))}",
            f"known: {days_known(month)}",
            *(mrkdwn(line).plain for line in (*how(month), *alerts_left_out(month))),
            missing_in_words(month.forecast),
            f"{listed(month.organizations)} together" if month.organizations else "",
            basis.unheard(month.unheard, named=str),
            basis.sources(month) if month.known_days else "",
            f"data as of {moment(month.data_as_of)}" if month.data_as_of else "",
            f"understood as: {written_forecast(month.question)}" if month.question and month.question.scope else "",
        ),
    )


def in_a_line(fact: str) -> str:
    r"""A fact of a message in one line, without its marks.

    >>> in_a_line("$10,124\n$9,976 – $11,972")
    '$10,124, $9,976 – $11,972'
    """
    return ", ".join(mrkdwn(line).plain for line in fact.splitlines())
