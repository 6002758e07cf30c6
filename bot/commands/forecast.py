"""Forecast: what the month comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.month import find_month
from bot.commands.errors import NothingYet
from bot.commands.parts import chosen_parts
from bot.listeners.forecast import load_part
from bot.wiring import build_open_store

if TYPE_CHECKING:
    from datetime import date

    from bot.analysis.month import Month
    from bot.settings import Settings


def answer_forecast(settings: Settings, *, organization: str | None, today: date) -> Month:
    """The month of `today`, of one organisation or of all. Raises `NothingYet`, `NotUnderstood` for an unknown one."""
    with build_open_store(settings)() as store, store.reading():
        parts = [load_part(part, today=today) for part in chosen_parts(store, organization)]
    month = find_month(parts, today=today)
    if month.data_as_of is None:
        raise NothingYet
    return month
