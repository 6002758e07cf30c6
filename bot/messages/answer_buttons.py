"""The buttons under an answer: what to look at next. Each carries the id of the kept answer, never data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from slackblocks import Button, Option, StaticSelectMenu

from bot.analysis.groupings import GROUPINGS, GROUPS, OWNED
from bot.messages.layout import actions, build_message, option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slackblocks import Element

    from bot.analysis.groupings import Grouping
    from bot.analysis.question import Question
    from bot.model import Message

BY, PERIOD, DETAILS, CSV, SHARE = "answer_by", "answer_period", "answer_details", "answer_csv", "share_answer"
"""What the listeners know the buttons by."""

WITHOUT_PEOPLE: tuple[Grouping, ...] = tuple(each for each in GROUPINGS if each not in {"person", "org", *OWNED})
"""What can be asked everywhere: people are told where they may be, organisations and teams where there are any."""

PERIODS = {
    "today": "Today",
    "yesterday": "Yesterday",
    "7d": "7 days",
    "30d": "30 days",
    "90d": "90 days",
    "month": "This month",
    "last month": "Last month",
}
"""Periods to choose from, as they are typed and as people say them."""


def with_buttons(
    message: Message, question: Question, *, answer_id: str, groupings: Sequence[Grouping], shared: bool = False
) -> Message:
    """The same message with its buttons above the small print; a shared one has none to share it with."""
    (row,) = build_message("", actions(*answer_buttons(question, answer_id, groupings=groupings, shared=shared))).blocks
    *blocks, last = message.blocks
    return replace(message, blocks=(*blocks, row, last))


def answer_buttons(
    question: Question, answer_id: str, *, groupings: Sequence[Grouping], shared: bool
) -> Sequence[Element]:
    """Another grouping, another period, what is behind it, a file, and all others."""
    by: dict[str, str] = {grouping: f"By {in_a_sentence(GROUPS[grouping].title)}" for grouping in groupings}
    return (
        menu(by, action_id=BY, answer_id=answer_id, chosen=" ".join(question.by), otherwise="Group by"),
        menu(PERIODS, action_id=PERIOD, answer_id=answer_id, chosen=question.period.name, otherwise="Other days"),
        Button("Details", action_id=DETAILS, value=answer_id),
        Button("CSV", action_id=CSV, value=answer_id),
        *(() if shared else (Button("Share in channel", action_id=SHARE, value=answer_id),)),
    )


def menu(choices: Mapping[str, str], *, action_id: str, answer_id: str, chosen: str, otherwise: str) -> Element:
    """What can be chosen, showing what is; `otherwise` where that is none of it."""
    options = {choice: option(title, f"{answer_id}:{choice}") for choice, title in choices.items()}
    return StaticSelectMenu(
        action_id=action_id,
        placeholder=otherwise,
        options=list[Option](options.values()),
        initial_option=options.get(chosen),
    )


def in_a_sentence(title: str) -> str:
    """A title as it is written after other words.

    >>> in_a_sentence("Workspace"), in_a_sentence("API key")
    ('workspace', 'API key')
    """
    return title if title[1:2].isupper() else f"{title[:1].lower()}{title[1:]}"
