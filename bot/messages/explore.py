"""The window "Explore": a question asked by choosing, and the same question as it is typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from slackblocks import InputBlock, Option, PlainTextInput, StaticSelectMenu

from bot.analysis.groupings import GROUPS
from bot.messages.answer_buttons import PERIODS
from bot.messages.commands import COMMAND
from bot.messages.layout import build_message, build_modal, code, option, paragraph, small_print
from bot.messages.numbers import MONTHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from slackblocks import Element

    from bot.analysis.groupings import Grouping
    from bot.analysis.question import NotUnderstood
    from bot.model import Message

EXPLORE_VIEW = "explore"
EXPLORE_SHORTCUT = "explore"
DAYS, BY, THEN, WORDS = "days", "by", "then", "words"
MONTHS_OFFERED = 12
LONGEST_QUESTION = 200
LONGEST_ERROR = 150


def explore_view(*, groupings: Sequence[Grouping], today: date, carries: str) -> dict[str, Any]:
    """Days, one grouping, another one, and whatever else can be typed; it `carries` the channel's id."""
    things: dict[str, str] = {grouping: GROUPS[grouping].title for grouping in groupings}
    return build_modal(
        "Explore Claude cost",
        choice(DAYS, "Days", PERIODS | dict(months_before(today)), initial="7d"),
        choice(BY, "Group by", things, initial="workspace"),
        choice(THEN, "And by", things),
        InputBlock(
            label="Anything else",
            element=PlainTextInput(
                action_id=WORDS,
                max_length=LONGEST_QUESTION,
                placeholder="What you would type after /claudecost",
            ),
            block_id=WORDS,
            optional=True,
            hint="Days named here replace those chosen above.",
        ),
        small_print("Only you see the answer", "days are UTC days"),
        callback_id=EXPLORE_VIEW,
        submit="Show",
        carries=carries,
    )


def choice(name: str, title: str, choices: Mapping[str, str], *, initial: str | None = None) -> InputBlock:
    """One menu; it may be left empty if nothing is chosen in it at first."""
    options = {value: option(text, value) for value, text in choices.items()}
    chosen = None if initial is None else options[initial]
    menu: Element = StaticSelectMenu(action_id=name, options=list[Option](options.values()), initial_option=chosen)
    return InputBlock(label=title, element=menu, block_id=name, optional=initial is None)


def months_before(today: date) -> Iterator[tuple[str, str]]:
    """The whole months of a year back, as they are typed and as people say them.

    >>> from datetime import date
    >>> [*months_before(date(2026, 2, 3))][:2]
    [('2026-01', 'Jan 2026'), ('2025-12', 'Dec 2025')]
    """
    for back in range(1, MONTHS_OFFERED + 1):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        yield f"{year}-{month + 1:02}", f"{MONTHS[month]} {year}"


def chosen_words(values: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> tuple[str, str]:
    """What was chosen in a window, as it is typed: the days, and everything else."""
    days, by, then = (selected(values[name][name]) for name in (DAYS, BY, THEN))
    return days, " ".join(in_words([f"by {by}", then, str(values[WORDS][WORDS].get("value") or "")]))


def selected(state: Mapping[str, Any]) -> str:
    """The choice of a menu; empty for none."""
    return str((state.get("selected_option") or {}).get("value") or "")


def in_words(words: Iterable[str]) -> list[str]:
    """Without what is empty."""
    return [word for word in words if word.strip()]


def not_understood(puzzle: NotUnderstood) -> dict[str, str]:
    """What stands under the input that asks again."""
    return {WORDS: str(puzzle)[:LONGEST_ERROR]}


def with_text_form(message: Message, question: str) -> Message:
    """The same answer, with what to type for it the next time."""
    (typed,) = build_message(
        "", paragraph("typed", f"To type it: {code(f'{COMMAND} {question}', LONGEST_QUESTION)}")
    ).blocks
    return replace(message, blocks=(*message.blocks, typed))
