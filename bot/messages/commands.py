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
    runs: bool = False
    """Whether help has a button for it: it changes nothing, and no name in it is made up."""

    @property
    def command(self) -> str:
        """The whole line as it is typed."""
        return f"{COMMAND} {self.typed}".rstrip()


class Topic(NamedTuple):
    """Lines that belong together; `word` is what help calls it, `more` is mrkdwn below them."""

    word: str
    title: str
    lines: tuple[Line, ...]
    more: str = ""


TOPICS = (
    Topic(
        "spend",
        "What was spent",
        (
            Line("", "the last 7 complete days against the 7 before, by workspace", runs=True),
            Line("30d by model", f"any number of days, by {', '.join(GROUPINGS[:-1])} or {GROUPINGS[-1]}", runs=True),
            Line("7d by workspace key", "two of these at once", runs=True),
            Line("explore", "a window to choose all of it in; also a shortcut under /"),
            Line(
                "today",
                "also `yesterday`, `last week`, `month`, `2026-10`, `12 Nov`, `since 1 Nov`, `1 Nov..15 Nov`",
                runs=True,
            ),
        ),
        more=(
            "`7d` and the like are complete days, held against as many before them. Days are UTC days, as on "
            "the bill; `today` is an estimate until the bill is there. The menus and buttons under an answer go"
            " on from it: another grouping, other days, every row, CSV."
        ),
    ),
    Topic(
        "why",
        "Why it changed",
        (
            Line("why", "what drove the change of the last 7 days, and which keys", runs=True),
            Line("why checkout", "the same of a workspace; `why checkout 30d` for other days"),
            Line("why opus -batch", "or of whatever filters leave, as in any question"),
        ),
        more=(
            "Workspaces, models, keys, teams and so on, by their names or parts of them, and a period, in any order. A "
            "word that could be several things is a workspace first. What drove the change adds up to it: the number "
            "of tokens, which models they went to, how long outputs were, how much came from the cache, prices, and "
            "cost without tokens."
        ),
    ),
    Topic(
        "forecast",
        "What the month comes to",
        (
            Line("month", "the month so far, its forecast and the month before, by workspace", runs=True),
            Line(
                "forecast",
                "what the month will have cost, how sure that is, and with an open alert: if it goes on, if not",
                runs=True,
            ),
            Line("forecast checkout", "the same of what filters leave; also `month team:search -batch`"),
        ),
        more=(
            "A forecast is of this month. `month` with a grouping, `vs` or `top` is a report: `month by model`, "
            "`month vs last month`. An open alert has its two numbers where all that it is about is asked for."
        ),
    ),
    Topic(
        "budgets",
        "Budgets",
        (Line("budget", "how every budget stands; `budget search` shows one, with its chart and its forecast"),),
    ),
    Topic(
        "units",
        "What one of many costs",
        (
            Line("unit", "dollars per ticket, deploy or whatever is counted; `30d by unit` for other days", runs=True),
            Line("unit tickets", "one of them: the last two weeks as a line, four weeks as a table"),
        ),
        more=(
            "What is counted, and where, is set under `[[units]]` in `claudecost.toml`. A day counts where both its "
            "dollars and its count are known; one that is missing is named, and never taken for zero."
        ),
    ),
    Topic(
        "savings",
        "What could be saved",
        (
            Line(
                "savings",
                "where the last 28 days cost more than they had to, with the arithmetic and what it assumes",
                runs=True,
            ),
        ),
    ),
    Topic(
        "alerts",
        "Alerts",
        (
            Line("alerts", "open alerts, who has taken them on, and what was kept back and why", runs=True),
            Line("tune", "how many alerts other thresholds would have sent in the last 90 days", runs=True),
        ),
        more=(
            "An alert says that a workspace, or a model in it, spent much more than in the week before, or far "
            "more than usual on one day. It has one message, which is edited as it changes.\n*Acknowledge*: "
            "somebody has it; no more reminders unless the rise doubles. *Snooze*: silence for days. "
            "*Expected…*: closed, with a reason and a last day. *This was noise* counts in the digest.\nIt ends"
            " by itself when spend is calm for two days."
        ),
    ),
    Topic(
        "data",
        "The bot and its data",
        (
            Line(
                "digest",
                "the last digest of this channel, or the weekly one; `digest monthly`, `digest checkout pay-*`",
                runs=True,
            ),
            Line("digest subscribe", "this channel gets one: `digest subscribe monthly checkout pay-*`; for admins"),
            Line("digest unsubscribe", "ends that"),
            Line("status", "how current the data is, the key in use, what runs next", runs=True),
            Line("help", "all of this; `help alerts` for one part of it"),
        ),
        more=(
            "The bot answers from a daily snapshot of what Anthropic's Admin API reports. Every hour it reads "
            "the last days again, because bills are restated. An answer says when its data was fetched, which "
            "of its days are estimated, and which were never fetched: no data and no spend are told apart."
        ),
    ),
)

LINES = tuple(line for topic in TOPICS for line in topic.lines)

FIRST = (
    Line("7d", "what the last 7 days cost, against the 7 before, and why", runs=True),
    Line("30d by workspace model", "by one thing or two: workspace, model, key, day, type of cost or token", runs=True),
    Line("forecast", "what the month will have cost, and how sure that is", runs=True),
    Line("savings", "where it cost more than it had to", runs=True),
    Line("alerts", "what is far above the week before", runs=True),
)
"""What help begins with."""


def find_topic(words: str) -> Topic | None:
    """The topic that some words name: its own, or the first of one of its lines.

    >>> [topic and topic.word for topic in map(find_topic, ("Alerts", "tune", "7d by model", "colours"))]
    ['alerts', 'alerts', 'spend', None]
    """
    wanted = " ".join(words.lower().split())
    by_word = {topic.word: topic for topic in TOPICS}
    by_line = {line.typed.split(" ")[0]: topic for topic in reversed(TOPICS) for line in topic.lines}
    return by_word.get(wanted) or by_line.get(wanted.split(" ")[0])
