"""Audit: who asked what in Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.wiring import build_open_store

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model import AuditedQuestion
    from bot.settings import Settings


def load_questions(settings: Settings, *, since: datetime, until: datetime, user: str | None) -> list[AuditedQuestion]:
    """The questions of some time, oldest first; one person's, or everybody's."""
    with build_open_store(settings)() as store:
        return store.audit.load(since=since, until=until, user=user or "")
