"""What can be asked, each with a button that asks it, and what of a question was not understood."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from slackblocks import Button, Markdown, SectionBlock

from bot.messages.commands import FIRST, TOPICS
from bot.messages.layout import actions, build_message, clip, code, escape, headline, label, paragraph, small_print

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slackblocks import Block

    from bot.analysis.question import Ambiguous, Candidate, NotUnderstood
    from bot.messages.commands import Line, Topic
    from bot.model import Message

RUN, TOPIC, EXPLORE, CANDIDATE = "help_run", "help_topic_", "help_explore", "help_candidate_"
"""What the listeners know the buttons by; a topic's ends with its word, a candidate's with its number."""

WHAT_YOU_CAN_ASK = "What you can ask"
BUTTON_LENGTH = 60
CHARACTERS_OF_BUTTONS = 4000
"""What a message has room for besides; whoever has longer names types more of one."""

HINT_LENGTH = 400


def help_answer(not_understood: NotUnderstood | None) -> Message:
    """What can be asked; first of all what was not understood and the mend, if there was such a word."""
    if not_understood is None:
        return build_message(WHAT_YOU_CAN_ASK, headline(WHAT_YOU_CAN_ASK), *first_lines())
    word = label(not_understood.word)
    return build_message(
        f'I did not understand "{word}": {not_understood.hint}',
        headline(f"I did not understand “{word}”"),
        paragraph("hint", f"{code(not_understood.word)}: {escape(not_understood.hint)}"),
        *first_lines(),
    )


def ask_back(puzzle: Ambiguous) -> Message:
    """Which of several things a word means, a button each; whoever asked is answered in place of it."""
    word, hint = label(puzzle.word), clip(puzzle.hint, HINT_LENGTH)
    buttons = [
        Button(label(each.label, BUTTON_LENGTH), action_id=f"{CANDIDATE}{number}", value=each.question)
        for number, each in enumerate(few_enough(puzzle.candidates))
    ]
    return build_message(
        f'Which "{word}"? {hint}',
        headline(f"Which “{word}” do you mean?"),
        paragraph("hint", f"{code(puzzle.word)}: {escape(hint)}."),
        actions(*buttons) if buttons else None,
    )


def few_enough(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """The likeliest of them that a message has room for."""
    taken = 0
    for each in candidates:
        taken += len(json.dumps([label(each.label, BUTTON_LENGTH), each.question]))
        if taken > CHARACTERS_OF_BUTTONS:
            return
        yield each


def first_lines() -> Iterator[Block]:
    """Five examples, and everything else behind buttons."""
    yield from lines_with_buttons(FIRST)
    yield actions(
        Button("Explore…", action_id=EXPLORE, value=EXPLORE, style="primary"),
        *(Button(topic.title, action_id=f"{TOPIC}{topic.word}", value=topic.word) for topic in TOPICS),
    )
    yield small_print("Days are UTC days", "only you see an answer until you share it")


def topic_answer(topic: Topic) -> Message:
    """All of one topic."""
    return build_message(
        topic.title,
        headline(topic.title),
        *lines_with_buttons(topic.lines),
        *([paragraph("more", topic.more)] if topic.more else []),
        actions(Button("All topics", action_id=TOPIC, value="all")),
        small_print("Days are UTC days", "only you see an answer until you share it"),
    )


def lines_with_buttons(lines: Iterable[Line]) -> Iterator[Block]:
    """What to type and what it answers, with a button where that needs no typing."""
    for number, line in enumerate(lines, start=1):
        button = Button("Show", action_id=RUN, value=line.typed or "7d") if line.runs else None
        text = Markdown(f"`{line.command}`\n{line.meaning}")
        yield SectionBlock(text, block_id=f"line_{number}", accessory=button)
