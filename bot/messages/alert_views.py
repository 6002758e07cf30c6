"""The windows that an alert's buttons open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from slackblocks import DatePicker, InputBlock, PlainTextInput

from bot.messages.alert_state import REASON_LENGTH, state_block
from bot.messages.layout import build_modal, code_block, dim, escape, headline, paragraph
from bot.messages.numbers import NOTHING, day_name, money_alike
from bot.messages.plain import as_text, padded
from bot.messages.why import why_answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from slackblocks import Block

    from bot.analysis.explanation import Explanation
    from bot.model import Alert, Interval, Message, NanoUsd

EXPECTED_VIEW = "alert_expected"
REASON, UNTIL = "reason", "until"
USUALLY_EXPECTED = timedelta(days=7)
WEEK = 7
SECTION_LENGTH = 3000
UNTIL_HINT = (
    "The last day, in UTC. While such a day is in the week that is compared, nobody is told of it again, unless the "
    "rise grows to twice what it is now."
)


def expected_view(subject: str, *, today: date, carries: str) -> dict[str, Any]:
    """Why a rise is expected, and until when. `subject` is the alert's headline; the view `carries` ids."""
    return build_modal(
        "Expected",
        paragraph("subject", f"*{escape(subject)}*"),
        InputBlock(
            label="What is it?",
            element=PlainTextInput(action_id=REASON, max_length=REASON_LENGTH, focus_on_load=True),
            block_id=REASON,
            hint="For example: launch of the new search. Everybody in the channel can read it.",
        ),
        InputBlock(
            label="Until when?",
            element=DatePicker(action_id=UNTIL, initial_date=(today + USUALLY_EXPECTED).isoformat()),
            block_id=UNTIL,
            hint=UNTIL_HINT,
        ),
        callback_id=EXPECTED_VIEW,
        submit="Close the alert",
        carries=carries,
    )


def details_view(
    alert: Alert, explanation: Explanation | None, *, subject: str, week: Interval, daily: Mapping[date, NanoUsd]
) -> dict[str, Any]:
    """What drove an alert's rise, the models and keys behind it, and its two weeks by day.

    A window shows neither tables nor charts, so that they are text here. Without an `explanation` it is about no single
    workspace.
    """
    answer = None if explanation is None else why_answer(explanation, share_id=None)
    return build_modal(
        "Details",
        headline(subject),
        state_block(alert),
        *explained(answer),
        paragraph("days", "*By day*", code_block(padded(day_rows(week, daily)))),
        *small_prints(answer),
        callback_id="alert_details",
        carries="",
    )


def explained(answer: Message | None) -> list[Block]:
    """The paragraphs and tables of an answer, without its headline."""
    texts = [as_text(block) for block in answer.blocks if block["type"] in {"section", "table"}] if answer else []
    return [paragraph(f"part_{number}", text[:SECTION_LENGTH]) for number, text in enumerate(texts)]


def small_prints(answer: Message | None) -> list[Block]:
    """What an answer rests on, and whose sight it is of."""
    if answer is None:
        return []
    return [dim(block["block_id"], as_text(block)) for block in answer.blocks if block["type"] == "context"]


def day_rows(week: Interval, daily: Mapping[date, NanoUsd]) -> Sequence[Sequence[str]]:
    """The days of a week beside those of the week before; a dash where a day is unknown."""
    rows = [(day, daily.get(day - timedelta(days=WEEK)), daily.get(day)) for day in week.days()]
    return [("", "Week before", "This week"), *(day_cells(*row) for row in rows)]


def day_cells(day: date, before: NanoUsd | None, now: NanoUsd | None) -> tuple[str, str, str]:
    """One weekday."""
    shown = iter(money_alike(*(amount for amount in (before, now) if amount is not None)))
    cells = [NOTHING if amount is None else next(shown) for amount in (before, now)]
    return day_name(day), cells[0], cells[1]
