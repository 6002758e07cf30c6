"""The blocks our messages are made of, within Slack's limits, and the way outside names enter them.

Every block has a fixed id, so that the same findings give the same message to the letter. Outside strings (names of
workspaces, models, keys; what people typed) come in by one of three doors: `label` for plain-text blocks, table cells
and charts, which take them as they are; `name` for mrkdwn; `code` for mrkdwn between ticks.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count, takewhile
from typing import TYPE_CHECKING

from slackblocks import (
    ActionsBlock,
    AxisConfig,
    BarChart,
    Block,
    Button,
    ColumnSettings,
    ContextBlock,
    DataPoint,
    DataSeries,
    DataVisualizationBlock,
    Element,
    HeaderBlock,
    LineChart,
    Markdown,
    ModalView,
    Option,
    PlainText,
    RawText,
    SectionBlock,
    TableBlock,
    Text,
)

from bot.messages.numbers import CENT, NOTHING, counted, moment
from bot.model import Message, dollars

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from bot.model import NanoUsd

TEXT_LENGTH = 150
"""A notification's length; the first 40 characters are what a phone shows."""

NAME_LENGTH = 40
"""A name inside a sentence."""

HEADLINE_NAME_LENGTH = 28
"""A name in a headline, short enough for the number to be seen on a phone."""

LONGEST_QUESTION = 200
"""An understood question, which is there to be copied."""

CELL_NAME_LENGTH = 15
"""A name in a table's first column: with three more columns, what a phone is wide."""

CHART_LABEL_LENGTH = 20
BAR_LABEL_LENGTH = 12
"""Six longer names run into each other under their bars."""

CHART_POINTS = 13
TABLE_ROWS = 10
VIEW_TITLE_LENGTH = 24
ELLIPSIS = "…"
BETWEEN = " · "

SLACK_USER = re.compile(r"[UW][A-Z0-9]{2,30}")
SLACK_GROUP = re.compile(r"S[A-Z0-9]{2,30}")
CLAUDE = "claude-"
"""How every model's name begins, left out where there is no room for it."""

SNAPSHOT_DATE = re.compile(r"^(claude-.+)-20\d{6}$")

# Invisible or direction-changing characters would let one name rewrite how the rest of the line reads.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\s]+")


# Slack parses no plain text; should it ever, a name still mentions nobody.
MENTION = re.compile("<(?=[!@#])")


def clip(text: str, length: int) -> str:
    """At most that many characters, the last an ellipsis if some were left out.

    >>> clip("production-europe-west", 18)
    'production-europe…'
    """
    return text if len(text) <= length else text[: length - 1].rstrip() + ELLIPSIS


def label(outside: str, length: int = NAME_LENGTH) -> str:
    r"""An outside name on one line, for text that Slack takes literally; a name of nothing is a dash.

    >>> label("prod\n\u202eeu"), label("   ")
    ('prod eu', '–')
    """
    return MENTION.sub("<\u2060", clip(UNPRINTABLE.sub(" ", outside).strip(), length)) or NOTHING


def escape(text: str) -> str:
    """Text for mrkdwn in which nothing mentions, links or opens a code span.

    >>> escape("<!channel> R&D `x`")
    "&lt;!channel&gt; R&amp;D 'x'"
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")


def unescape(text: str) -> str:
    """Escaped text as it was, but for ticks.

    >>> unescape(escape("R&D <&lt;>"))
    'R&D <&lt;>'
    """
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def person(user: str) -> str:
    """Somebody by their Slack id, as mrkdwn that shows their name.

    >>> person("U0ALICE01"), person("<!channel>")
    ('<@U0ALICE01>', 'somebody')
    """
    return f"<@{user}>" if SLACK_USER.fullmatch(user) else "somebody"


def user_group(group: str) -> str:
    """A user group by its Slack id, as mrkdwn that calls its members.

    >>> user_group("S0ONCALL1"), user_group("<!channel>")
    ('<!subteam^S0ONCALL1>', '')
    """
    return f"<!subteam^{group}>" if SLACK_GROUP.fullmatch(group) else ""


def code(outside: str, length: int = NAME_LENGTH) -> str:
    r"""An outside name inside mrkdwn.

    >>> code("<lab>\n& `friends`")
    "`&lt;lab&gt; &amp; 'friends'`"
    """
    return f"`{escape(label(outside, length))}`"


def notification(text: str) -> str:
    """The line for the push notification and the screen reader: escaped, and never over its length.

    >>> len(notification("&" * 200)), notification("a < b")
    (146, 'a &lt; b')
    """
    escaped = escape(text)
    return next(
        shorter
        for length in count(min(len(text), TEXT_LENGTH), -1)
        if len(shorter := escape(clip(text, length)) if length < len(text) else escaped) <= TEXT_LENGTH
    )


def instant(at: datetime) -> str:
    """A moment, shown in the reader's own zone; the text after the bar is for clients that cannot.

    >>> from datetime import UTC, datetime
    >>> instant(datetime(2026, 11, 22, 3, 5, tzinfo=UTC))
    '<!date^1795316700^{date_short_pretty} {time}|22 Nov 03:05 UTC>'
    """
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{moment(at)}>"


def headline(text: str) -> Block:
    """The large first line: plain text, nothing to escape."""
    return HeaderBlock(clip(text, TEXT_LENGTH), block_id="headline")


def paragraph(block_id: str, *lines: str) -> Block:
    """Lines of mrkdwn, already escaped."""
    return SectionBlock(Markdown("\n".join(lines)), block_id=block_id)


def facts(**values: str) -> Block:
    """Up to four short facts in two columns; underscores in a keyword become spaces."""
    texts: list[str | Text] = [Markdown(f"*{title.replace('_', ' ')}*\n{value}") for title, value in values.items()]
    return SectionBlock(fields=texts, block_id="facts")


def small_print(*lines: str) -> Block:
    """What the numbers rest on, last and dim."""
    return dim("small_print", " · ".join(line for line in lines if line))


def dim(block_id: str, text: str) -> Block:
    """A line of mrkdwn that stands back."""
    return ContextBlock([Markdown(text)], block_id=block_id)


def button(text: str, *, action_id: str, value: str) -> Block:
    """One button; `value` carries an id, never data."""
    return ActionsBlock([Button(text, action_id=action_id, value=value)], block_id="buttons")


def actions(*elements: Element) -> Block:
    """Buttons and menus in a row."""
    return ActionsBlock(list(elements), block_id="buttons")


def option(text: str, value: str) -> Option:
    """One line of a menu; `value` carries an id, never data."""
    return Option(PlainText(text), value)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, align: str = "lrrr") -> Block:
    """`align` has a letter a column, `l` for names and `r` for numbers; an empty cell becomes a dash."""
    cells = [[RawText(cell or NOTHING) for cell in row] for row in (header, *rows)]
    settings = [ColumnSettings("right" if side == "r" else "left") for side in align]
    return TableBlock([list(row) for row in cells], settings, block_id="table")


def line_chart(title: str, series: Mapping[str, Mapping[str, NanoUsd]], *, block_id: str = "chart") -> Block:
    """Dollars by category, one line a series; all series have the same categories, in the same order."""
    return DataVisualizationBlock(title, LineChart(_points(series), _axis(series)), block_id=block_id)


def bar_chart(title: str, series: Mapping[str, Mapping[str, NanoUsd]], *, block_id: str = "chart") -> Block:
    """Dollars by category, one bar a series; all series have the same categories, in the same order."""
    return DataVisualizationBlock(title, BarChart(_points(series), _axis(series)), block_id=block_id)


def count_chart(title: str, counts: Mapping[str, float], *, of: str, block_id: str = "chart") -> Block:
    """Numbers that are no dollars by category, as bars."""
    points = [DataPoint(category, number) for category, number in counts.items()]
    axis = AxisConfig(list(counts), y_label=of)
    return DataVisualizationBlock(title, BarChart([DataSeries(of, points)], axis), block_id=block_id)


def code_block(lines: Iterable[str]) -> str:
    """Lines as they stand, in type of one width."""
    text = "\n".join(lines)
    return f"```\n{escape(text)}\n```"


def build_message(text: str, *blocks: Block | None) -> Message:
    """The message of these blocks, those that are None left out."""
    return Message(notification(text), tuple([written(block) for block in blocks if block is not None]))


def written(block: Block) -> dict[str, Any]:
    """As Slack's JSON, at once: a message of the library's looks at all of each block seven times to find its type."""
    return block._resolve()  # noqa: SLF001 -- the library's own messages are the only public way


def with_blocks(message: Message, text: str, *blocks: Block) -> Message:
    """The same message with another text, and with other blocks in the place of those of the same ids."""
    parts = {block["block_id"]: block for block in build_message("", *blocks).blocks}
    shown = tuple(parts.get(block.get("block_id"), block) for block in message.blocks)
    return replace(message, text=notification(text), blocks=shown)


def build_modal(
    title: str, *blocks: Block, callback_id: str, submit: str | None = None, carries: str
) -> dict[str, Any]:
    """A view of these blocks that can be sent off if `submit` says so; it `carries` ids, never data."""
    view = ModalView(
        title=clip(title, VIEW_TITLE_LENGTH),
        blocks=list(blocks),
        close="Cancel" if submit else "Close",
        submit=submit,
        private_metadata=carries,
        callback_id=callback_id,
    )
    return dict(view.to_dict())


def first_lines(lines: Sequence[str], *, limit: int, noun: str) -> list[str]:
    """The first of them and how many more there are."""
    shown = list(lines[:limit])
    return [*shown, f"_+{counted(len(lines) - limit, f'more {noun}')}_"] if len(lines) > limit else shown


def short_model(model: str) -> str:
    """A model's name without the date of its snapshot, for headlines and cells.

    >>> short_model("claude-opus-4-5-20251101"), short_model("batch-20251101")
    ('claude-opus-4-5', 'batch-20251101')
    """
    return SNAPSHOT_DATE.sub(r"\1", model)


def distinct_labels(outside: Sequence[str], length: int) -> list[str]:
    """Short labels that stay apart even where the names are alike.

    Of a part after a dot in the middle, like an organisation's, there are only as many letters as tell it apart.

    >>> distinct_labels(["claude-opus-4-5-20251101", "claude-opus-4-5-20260101", "prod"], 20)
    ['claude-opus-4-5', 'claude-opu…-20260101', 'prod']
    >>> distinct_labels(["Support assistant · Acme Europe", "Support assistant · Acme Asia", "prod · Acme"], 18)
    ['Support ass… · Eur', 'Support ass… · Asi', 'prod · Acme']
    >>> distinct_labels(["claude-sonnet-4-5", "claude-opus-5", "prod"], 15)
    ['sonnet-4-5', 'opus-5', 'prod']
    >>> distinct_labels(["prod", "prod"], 20)
    ['prod', 'prod 2']
    """
    if any(text.startswith(CLAUDE) and len(short_model(text)) > length for text in outside):
        outside = [text.removeprefix(CLAUDE) for text in map(short_model, outside)]
    short = _in_few_letters({_second(text) for text in outside if len(text) > length and _second(text)}, length)
    taken: list[str] = []
    for text in outside:
        taken.append(next(candidate for candidate in _candidates(text, length, short) if candidate not in taken))
    return taken


def _candidates(text: str, length: int, short: Mapping[str, str]) -> Iterator[str]:
    second = short.get(_second(text))
    if second is None:
        yield label(short_model(text), length)
    else:
        yield from (_both(text, second, length, clipped) for clipped in (clip, _clip_middle))
    yield _clip_middle(label(text, len(text)), length)
    yield from (f"{label(text, length - 5)} {number}" for number in count(2))


def _second(outside: str) -> str:
    """What a name says after a dot in its middle, if anything."""
    first, dot, second = label(outside, len(outside) or 1).rpartition(BETWEEN)
    return second if first and dot else ""


def _both(outside: str, second: str, length: int, clipped: Callable[[str, int], str]) -> str:
    """A name whose second part is told in few letters, unless all of it has room."""
    whole = label(outside, len(outside))
    if len(whole) <= length:
        return whole
    return f"{clipped(whole.rpartition(BETWEEN)[0], length - len(BETWEEN) - len(second))}{BETWEEN}{second}"


def _in_few_letters(names: Collection[str], length: int) -> dict[str, str]:
    """The beginnings that tell names apart, without the words that all of them begin with; at most half of a label."""
    telling = {name: name.split()[_words_in_common(names) :] for name in names}
    texts = {name: " ".join(words) for name, words in telling.items()}
    most = length // 2 - 1
    for letters in range(max(1, length // 5), most + 1):
        short = {name: text[:letters].rstrip() for name, text in texts.items()}
        if len({*short.values()}) == len(names):
            break
    return short


def _words_in_common(names: Collection[str]) -> int:
    """With how many words all of several names begin, each having more; of one alone every word tells."""
    if len(names) == 1:
        return 0
    each = [name.split()[:-1] for name in names]
    return sum(1 for _ in takewhile(lambda words: len({*words}) == 1, zip(*each, strict=False)))


def _clip_middle(text: str, length: int) -> str:
    half = length // 2
    return text if len(text) <= length else f"{text[:half]}{ELLIPSIS}{text[half + 1 - length :]}"


def _points(series: Mapping[str, Mapping[str, NanoUsd]]) -> list[DataSeries]:
    return [
        DataSeries(title, [DataPoint(category, _plotted(amount)) for category, amount in amounts.items()])
        for title, amounts in series.items()
    ]


def _axis(series: Mapping[str, Mapping[str, NanoUsd]]) -> AxisConfig:
    return AxisConfig(list(next(iter(series.values()))), y_label="USD")


def _plotted(amount: NanoUsd) -> float:
    # A point on a chart is a JSON number and a few pixels; every amount that is read or added stays exact.
    return float(dollars(amount).quantize(CENT))
