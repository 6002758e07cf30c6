"""What can be typed after `/claudecost`: help, the README's chapter and the tests read it here.

Which listener answers a word is the table in `listeners/claudecost.py`; a test holds the two together.
"""

from __future__ import annotations

from typing import NamedTuple

from bot.analysis.groupings import GROUPINGS

COMMAND = "/claudecost"


class Line(NamedTuple):
    """Something to type after the command, and what it answers, in mrkdwn that Markdown takes too."""

    typed: str
    meaning: str

    @property
    def command(self) -> str:
        """The whole line as it is typed."""
        return f"{COMMAND} {self.typed}".rstrip()


class Topic(NamedTuple):
    """Lines that belong together; `word` is what help calls it."""

    word: str
    title: str
    lines: tuple[Line, ...]


TOPICS = (
    Topic(
        "spend",
        "What was spent",
        (
            Line("", "the last 7 complete days against the 7 before, by workspace"),
            Line("30d by model", f"any number of days, by {', '.join(GROUPINGS[:-1])} or {GROUPINGS[-1]}"),
            Line("7d by workspace key", "two of these at once"),
            Line("explore", "a window to choose all of it in; also a shortcut under /"),
            Line(
                "today", "also `yesterday`, `last week`, `month`, `2026-10`, `12 Nov`, `since 1 Nov`, `1 Nov..15 Nov`"
            ),
        ),
    ),
    Topic(
        "why",
        "Why it changed",
        (Line("why checkout", "what drove a workspace's change, and which keys; `why checkout 30d` for other days"),),
    ),
    Topic(
        "forecast",
        "What the month comes to",
        (
            Line("month", "the month so far, its forecast and the month before, by workspace"),
            Line(
                "forecast",
                "what the month will have cost, how sure that is, and with an open alert: if it goes on, if not",
            ),
        ),
    ),
    Topic(
        "savings",
        "What could be saved",
        (
            Line(
                "savings", "where the last 28 days cost more than they had to, with the arithmetic and what it assumes"
            ),
        ),
    ),
    Topic(
        "alerts",
        "Alerts",
        (
            Line("alerts", "open alerts, who has taken them on, and what was kept back and why"),
            Line("tune", "how many alerts other thresholds would have sent in the last 90 days"),
        ),
    ),
    Topic(
        "data",
        "The bot and its data",
        (
            Line("status", "how current the data is, the key in use, what runs next"),
            Line("help", "all of this"),
        ),
    ),
)

LINES = tuple(line for topic in TOPICS for line in topic.lines)
