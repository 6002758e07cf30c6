"""What can be asked, and what of a question was not understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.commands import LINES
from bot.messages.layout import build_message, code, escape, headline, label, paragraph, small_print

if TYPE_CHECKING:
    from bot.analysis.question import NotUnderstood
    from bot.model import Message


def help_answer(not_understood: NotUnderstood | None) -> Message:
    """What can be asked; first of all what was not understood and the mend, if there was such a word."""
    lines = [f"`{line.command}`\n{line.meaning}" for line in LINES]
    rules = small_print("Days are UTC days", "only you see an answer until you share it")
    if not_understood is None:
        return build_message("What you can ask", headline("What you can ask"), paragraph("commands", *lines), rules)
    word = label(not_understood.word)
    return build_message(
        f'I did not understand "{word}": {not_understood.hint}',
        headline(f"I did not understand “{word}”"),
        paragraph("hint", f"{code(not_understood.word)}: {escape(not_understood.hint)}"),
        paragraph("commands", *lines),
        rules,
    )
