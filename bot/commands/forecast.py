"""Forecast: what the month comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands.errors import NothingYet
from bot.listeners.forecast import load_month
from bot.wiring import build_open_store, build_teams

if TYPE_CHECKING:
    from datetime import date

    from bot.analysis.month import Month
    from bot.analysis.question import Question
    from bot.settings import Settings


def answer_forecast(settings: Settings, question: Question, *, today: date) -> Month:
    """The month of `today`, of whatever the question leaves of it.

    Raises `NothingYet`, and `NotUnderstood` for names that are not there.
    """
    with build_open_store(settings)() as store:
        month = load_month(store, question, today=today, teams=build_teams(settings))
    if month.data_as_of is None:
        raise NothingYet
    return month
