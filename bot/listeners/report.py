"""A report: parse the question, load what it asks for from the snapshots, analyse, render."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.question import allowed, parse_question
from bot.listeners.csv_file import told_as_csv
from bot.listeners.keep import keep_for_sharing
from bot.loading.groupings import offered_groupings
from bot.loading.report import load_answer
from bot.messages.answer_buttons import with_buttons
from bot.messages.layout import unescape
from bot.messages.report import report_answer
from bot.model import NOBODY
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.analysis.ownership import Team
    from bot.analysis.question import Question
    from bot.listeners.asked import Asked
    from bot.model import Message, Privacy
    from bot.snapshots.threads import OpenStore


async def answer_report(
    open_store: OpenStore,
    asked: Asked,
    *,
    whole: OpenStore,
    now: Callable[[], datetime],
    privacy: Privacy = NOBODY,
    teams: Sequence[Team] = (),
) -> Message:
    """The answer to what was typed, kept in the `whole` store, whatever of it `open_store` shows.

    Raises `NotUnderstood`, or `PeopleOff` for one about people that may not be answered.
    """
    question = parse_question(unescape(asked.text), today=now().date())
    return await answer_question(open_store, asked, question, whole=whole, at=now(), privacy=privacy, teams=teams)


async def answer_question(
    open_store: OpenStore,
    asked: Asked,
    question: Question,
    *,
    whole: OpenStore,
    at: datetime,
    privacy: Privacy,
    teams: Sequence[Team] = (),
) -> Message:
    """The answer to a question, kept for a while so that its asker can share it and go on from it. Raises the same."""
    answerable = allowed(question, privacy)
    report, groupings = await with_store(
        open_store, lambda store: (load_answer(store, answerable, teams), offered_groupings(store, privacy, teams))
    )
    asked.notes.rows = len(report.rows)
    answer = report_answer(report)
    kept = await keep_for_sharing(whole, asked, question=str(report.question), message=answer, at=at)
    if report.question.as_csv:
        return await told_as_csv(asked, report, on=at.date())
    if kept is None:
        return answer
    return with_buttons(answer, report.question, answer_id=kept, groupings=groupings, shared=asked.is_alone)
