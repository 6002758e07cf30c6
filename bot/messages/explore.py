"""The window "Explore": a question asked by choosing, and the same question as it is typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from slackblocks import InputBlock, Option, PlainTextInput, StaticMultiSelectMenu, StaticSelectMenu

from bot.analysis.groupings import GROUPS
from bot.analysis.question.filters import Filter
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
    from bot.analysis.question.filters import Kind
    from bot.model import Message

EXPLORE_VIEW = "explore"
EXPLORE_SHORTCUT = "explore"
DAYS, BY, THEN, WORKSPACES, MODELS, WORDS = "days", "by", "then", "workspaces", "models", "words"
OPTIONS = 100
LONGEST_OPTION = 75
MONTHS_OFFERED = 12
LONGEST_QUESTION = 200
LONGEST_ERROR = 150


Values: TypeAlias = "Mapping[str, Mapping[str, Mapping[str, Any]]]"
"""What was chosen in a window, as Slack says it: by block, then by element."""


class Choices(NamedTuple):
    """What can be chosen by its name, the largest first."""

    workspaces: Sequence[str] = ()
    models: Sequence[str] = ()


def explore_view(*, groupings: Sequence[Grouping], choices: Choices, today: date, carries: str) -> dict[str, Any]:
    """Days, one grouping, another one, names, and whatever else can be typed; it `carries` the channel's id."""
    things: dict[str, str] = {grouping: GROUPS[grouping].title for grouping in groupings}
    return build_modal(
        "Explore Claude cost",
        choice(DAYS, "Days", PERIODS | dict(months_before(today)), initial="7d"),
        choice(BY, "Group by", things, initial="workspace"),
        choice(THEN, "And by", things),
        *names_to_choose(WORKSPACES, "Only these workspaces", choices.workspaces),
        *names_to_choose(MODELS, "Only these models", choices.models),
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


def names_to_choose(name: str, title: str, names: Iterable[str]) -> Iterator[InputBlock]:
    """A menu of names, as many as one takes; none without two of them to choose from.

    A name that is too long for a line of it has to be typed.
    """
    fitting = [known for known in dict.fromkeys(names) if known.strip() and len(known) <= LONGEST_OPTION][:OPTIONS]
    if len(fitting) > 1:
        options = [option(known, str(number)) for number, known in enumerate(fitting)]
        menu = StaticMultiSelectMenu(action_id=name, options=list[Option](options), placeholder="All")
        yield InputBlock(label=title, element=menu, block_id=name, optional=True)


def months_before(today: date) -> Iterator[tuple[str, str]]:
    """The whole months of a year back, as they are typed and as people say them.

    >>> from datetime import date
    >>> [*months_before(date(2026, 2, 3))][:2]
    [('2026-01', 'Jan 2026'), ('2025-12', 'Dec 2025')]
    """
    for back in range(1, MONTHS_OFFERED + 1):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        yield f"{year}-{month + 1:02}", f"{MONTHS[month]} {year}"


def chosen_words(values: Values) -> tuple[str, str]:
    """What was chosen in a window, as it is typed: the days, and everything else."""
    days, by, then = (selected(values[name][name]) for name in (DAYS, BY, THEN))
    filters = [*filters_of(values, WORKSPACES, "workspace"), *filters_of(values, MODELS, "model")]
    typed = str(values[WORDS][WORDS].get("value") or "")
    return days, " ".join(in_words([f"by {by}", then, *map(str, filters), typed]))


def filters_of(values: Values, name: str, kind: Kind) -> Iterator[Filter]:
    """The names chosen in a menu; none where there was no menu."""
    chosen = values.get(name, {}).get(name, {}).get("selected_options") or []
    return (Filter(name=str(each["text"]["text"]), kind=kind) for each in chosen)


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
