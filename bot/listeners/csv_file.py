"""An answer as a spreadsheet: a file for whoever asked, where the bot may send any; else what of it a message holds."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.messages.answer_files import csv_in_a_message, file_line, file_name, file_sent
from bot.messages.sight import seen_line
from bot.slack_api import WRITES_FILES, SlackError, send_file
from bot.terminal.report import report_as_csv

if TYPE_CHECKING:
    from datetime import date

    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.analysis.report import Report
    from bot.listeners.asked import Asked, SendFile
    from bot.model import Message


def file_sender(args: AsyncArgs, user: str) -> SendFile | None:
    """What sends somebody a file; None where the app has not the scope for it."""
    granted = (args.context.authorize_result and args.context.authorize_result.bot_scopes) or ()
    return functools.partial(send_file, args.client, user=user) if WRITES_FILES in granted else None


async def told_as_csv(asked: Asked, report: Report, *, on: date) -> Message:
    """Sends the file and says where it is, or tells it; `on` is the day it was asked."""
    csv, question = report_as_csv(report), str(replace(report.question, as_csv=False))
    if asked.send_file is None:
        return csv_in_a_message(csv, question=question)
    name, line = file_name(question, on=on), file_line(question, rows=len(report.rows))
    try:
        await asked.send_file(said=seen_line(line, asked.sight), name=name, content=csv)
    except SlackError as refused:
        return csv_in_a_message(csv, question=question, refused=str(refused))
    return file_sent(name)
