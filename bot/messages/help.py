"""What can be asked, and what of a question was not understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.groupings import GROUPINGS
from bot.messages.layout import build_message, code, escape, headline, label, paragraph, small_print

if TYPE_CHECKING:
    from bot.analysis.question import NotUnderstood
    from bot.model import Message

COMMANDS = (
    ("/claudecost", "the last 7 complete days against the 7 before, by workspace"),
    ("/claudecost 30d by model", f"any number of days, by {', '.join(GROUPINGS[:-1])} or {GROUPINGS[-1]}"),
    ("/claudecost 7d by workspace key", "two of these at once"),
    ("/claudecost today", "also `yesterday`, `week`, `month`, `last month`, `2026-10`"),
    ("/claudecost why checkout", "what drove a workspace's change, and which keys; `why checkout 30d` for other days"),
    ("/claudecost alerts", "open alerts, who has taken them on, and what was kept back and why"),
    ("/claudecost tune", "how many alerts other thresholds would have sent in the last 90 days"),
    ("/claudecost status", "how current the data is, the key in use, what runs next"),
)


def help_answer(not_understood: NotUnderstood | None) -> Message:
    """What can be asked; first of all what was not understood and the mend, if there was such a word."""
    lines = [f"`{command}`\n{meaning}" for command, meaning in COMMANDS]
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
