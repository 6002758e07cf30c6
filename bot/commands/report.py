"""Report: answers a question about spend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.question import allowed
from bot.commands.errors import NothingThen, NothingYet
from bot.loading.report import load_report
from bot.wiring import build_open_store, build_privacy, build_teams

if TYPE_CHECKING:
    from datetime import datetime

    from bot.analysis.question import Question
    from bot.analysis.report import Report
    from bot.settings import Settings


def answer_report(settings: Settings, question: Question, *, as_of: datetime | None = None) -> Report:
    """The answer to a question, now or as it was.

    Raises `PeopleOff` for one about people that may not be answered, `NothingYet` before the first sync, `NothingThen`.
    """
    allowed(question, build_privacy(settings))
    with build_open_store(settings)() as store:
        report = load_report(store, question, as_of=as_of, teams=build_teams(settings))
    if report.data_as_of is None:
        raise NothingYet if as_of is None else NothingThen(as_of)
    return report
