"""The window "Explore": a question asked by choosing, and the same question as it is typed."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from slackblocks import (
    DatePicker,
    ExternalMultiSelectMenu,
    InputBlock,
    Option,
    PlainTextInput,
    StaticMultiSelectMenu,
    StaticSelectMenu,
)

from bot.analysis.groupings import GROUPS
from bot.analysis.question import Filter, NotUnderstood, parse_question
from bot.messages.answer_buttons import PERIODS
from bot.messages.commands import COMMAND
from bot.messages.layout import (
    LONGEST_QUESTION,
    build_message,
    build_modal,
    code,
    label,
    option,
    paragraph,
    small_print,
)
from bot.messages.numbers import MONTHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from slackblocks import Element

    from bot.analysis.groupings import Grouping
    from bot.analysis.question.filters import Kind
    from bot.model import Message

EXPLORE_VIEW = "explore"
EXPLORE_SHORTCUT = "explore"
DAYS, SINCE, UNTIL, BY, THEN = "days", "since", "until", "by", "then"
WORKSPACES, MODELS, KEYS, WORDS = "workspaces", "models", "explore_keys", "words"
OTHER_DATES = "dates"
OPTIONS = 100
LONGEST_OPTION = 75
LONGEST_VALUE = 150
FEWEST_LETTERS = 2
"""So many are typed before keys are looked for."""

MONTHS_OFFERED = 12
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
        days_to_choose(today),
        choice(BY, "Group by", things, initial="workspace"),
        choice(THEN, "And by", things),
        *names_to_choose(WORKSPACES, "Only these workspaces", choices.workspaces),
        *names_to_choose(MODELS, "Only these models", choices.models),
        InputBlock(
            label="Only these API keys",
            element=ExternalMultiSelectMenu(
                action_id=KEYS, min_query_length=FEWEST_LETTERS, placeholder="All; type to find some"
            ),
            block_id=KEYS,
            optional=True,
        ),
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


def days_to_choose(today: date) -> InputBlock:
    """The menu of days, which says at once what was chosen: for other dates two calendars come below it."""
    periods = {**PERIODS, OTHER_DATES: "Other dates…", **dict(months_before(today))}
    menu = choice(DAYS, "Days", periods, initial="7d")
    menu.dispatch_action = True
    return menu


def with_dates(view: Mapping[str, Any], days: str) -> dict[str, Any] | None:
    """The window with the calendars that the days chosen in it need, or without; None where it is so already."""
    blocks = list(view["blocks"])
    others = [block for block in blocks if block["block_id"] not in {SINCE, UNTIL}]
    if (days == OTHER_DATES) is (len(others) < len(blocks)):
        return None
    dates = build_message("", *days_between()).blocks if days == OTHER_DATES else ()
    place = 1 + next(place for place, block in enumerate(others) if block["block_id"] == DAYS)
    return {name: view[name] for name in OF_A_VIEW} | {"blocks": [*others[:place], *dates, *others[place:]]}


OF_A_VIEW = ("type", "title", "submit", "close", "callback_id", "private_metadata")


def days_between() -> tuple[InputBlock, InputBlock]:
    """Two calendars; the second may be left alone."""
    since, until = (DatePicker(action_id=name, placeholder="Choose a day") for name in (SINCE, UNTIL))
    return (
        InputBlock(label="From", element=since, block_id=SINCE),
        InputBlock(
            label="To",
            element=until,
            block_id=UNTIL,
            hint="Both days are included. Without the second it is all complete days since.",
            optional=True,
        ),
    )


class KeyChoice(NamedTuple):
    """A key to choose: what it is called, where it is, and what to type for it."""

    name: str
    workspace: str
    typed: str


def key_options(keys: Iterable[KeyChoice]) -> list[dict[str, Any]]:
    """Keys as the lines of a menu, as many as one takes."""
    return [
        {
            "text": {"type": "plain_text", "text": label(key.name, LONGEST_OPTION)},
            "description": {"type": "plain_text", "text": label(key.workspace, LONGEST_OPTION)},
            "value": key.typed,
        }
        for key in islice((key for key in keys if len(key.typed) <= LONGEST_VALUE), OPTIONS)
    ]


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


class WrongDates(Exception):
    """Dates that cannot be; `errors` say why, beside the input that asks for them."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(why)
        self.errors = {where: why[:LONGEST_ERROR]}


def chosen_days(values: Values, *, today: date) -> str:
    """The days that were chosen, as they are typed. Raises `WrongDates`."""
    days = selected(values[DAYS][DAYS])
    if days != OTHER_DATES:
        return days
    since, until = (str(values.get(name, {}).get(name, {}).get("selected_date") or "") for name in (SINCE, UNTIL))
    if not since:
        raise WrongDates(DAYS, "Choose the first day below, or days from this menu.")
    dates = f"{since}..{until}" if until else f"since {since}"
    try:
        parse_question(dates, today=today)
    except NotUnderstood as puzzle:
        raise WrongDates(UNTIL if until else SINCE, f"{puzzle.hint[:1].upper()}{puzzle.hint[1:]}.") from None
    return dates


def chosen_words(values: Values) -> str:
    """Everything else that was chosen, as it is typed."""
    by, then = (selected(values[name][name]) for name in (BY, THEN))
    filters = [
        *filters_of(values, WORKSPACES, "workspace"),
        *filters_of(values, MODELS, "model"),
        *(Filter(name=str(each["value"]), kind="key") for each in chosen_in(values, KEYS)),
    ]
    typed = str(values[WORDS][WORDS].get("value") or "")
    return " ".join(in_words([f"by {by}", then, *map(str, filters), typed]))


def filters_of(values: Values, name: str, kind: Kind) -> Iterator[Filter]:
    """The names chosen in a menu."""
    return (Filter(name=str(each["text"]["text"]), kind=kind) for each in chosen_in(values, name))


def chosen_in(values: Values, name: str) -> Sequence[Mapping[str, Any]]:
    """What was chosen in a menu of several; nothing where there was no menu."""
    chosen: Sequence[Mapping[str, Any]] = values.get(name, {}).get(name, {}).get("selected_options") or []
    return chosen


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
