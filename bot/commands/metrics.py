"""Metrics: what `/metrics` answers, for whoever collects text files, or wants to see it first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands.errors import NothingYet
from bot.metrics.exposition import exposition
from bot.wiring import build_metrics_loader, build_open_store

if TYPE_CHECKING:
    from datetime import date

    from bot.settings import Settings


def answer_metrics(settings: Settings, *, today: date) -> str:
    """OpenMetrics text. Raises `NothingYet`."""
    with build_open_store(settings)() as store:
        found = build_metrics_loader(settings).load(store, today=today)
    if not found.organizations:
        raise NothingYet
    text, _ = exposition(found)
    return text.decode()
