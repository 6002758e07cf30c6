"""The parts of the README that are generated (by cog) from what they describe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from bot.analysis.question.filters import EXAMPLES
from bot.analysis.question.parse import SAYINGS
from bot.analysis.question.periods import PERIODS
from bot.cli import claudecost
from bot.messages.commands import LINES
from bot.settings import TABLES, Settings, shown_default
from bot.terminal.slack_preview import preview_as_text
from tests.messages.test_anomaly import RISE, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SAMPLE_WIDTH = 80
LEFT_OUT_OF_THE_SAMPLE = {"facts", "chart"}


def alert_sample() -> str:
    """An alert as the terminal draws it: the one its test shows, without what would fill the first screen."""
    message = say(RISE)
    blocks = tuple(block for block in message.blocks if block["block_id"] not in LEFT_OUT_OF_THE_SAMPLE)
    return preview_as_text(replace(message, blocks=blocks), width=SAMPLE_WIDTH)


def slack_table() -> str:
    """What can be typed in Slack, from the help's own list."""
    return table(("In Slack", ""), ((f"`{line.command}`", line.meaning) for line in LINES))


def language_table() -> str:
    """How a question is said, from what the parser reads."""
    days = ((f"`{each.example}`", each.says) for each in PERIODS if each.example)
    filters = ((f"`{example}`", says) for example, says in EXAMPLES)
    more = ((f"`{example}`", says) for example, says in SAYINGS)
    return table(("In a question", ""), [*days, *more, *filters])


def command_line_table() -> str:
    """The subcommands and their options, from the command line itself."""
    rows = ((usage(name, command), command.get_short_help_str(200)) for name, command in commands_of(claudecost))
    return table(("Command", ""), sorted(rows))


def commands_of(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    """The subcommands of a group as they are typed, with those of the groups in it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, *before, name)
        else:
            yield " ".join((*before, name)), command


def usage(name: str, command: click.Command) -> str:
    """A subcommand with its options."""
    words = " ".join(word(parameter) for parameter in command.params)
    return f"`claudecost {name}`" + (f" {words}" if words else "")


def word(parameter: click.Parameter) -> str:
    """An option or argument as it is typed."""
    if isinstance(parameter, click.Argument):
        return f"`{parameter.metavar}`" if parameter.metavar else f"`[{parameter.human_readable_name}]`"
    metavar = "" if getattr(parameter, "is_flag", False) else f" {parameter.metavar or parameter.type.name.upper()}"
    shown = f"{parameter.opts[0]}{metavar}"
    return f"`{shown}`" if parameter.required else f"`[{shown}]`"


def settings_table() -> str:
    """Every setting with its default, from the settings themselves."""
    rows = []
    for name, field in Settings.model_fields.items():
        if name not in TABLES.values():
            default = shown_default(name)
            rows.append((f"`{name.upper()}`", "–" if default == "none" else f"`{default}`", field.description or ""))
    return table(("Setting", "Default", ""), rows)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar in a cell is escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
