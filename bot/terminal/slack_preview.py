"""A Slack message drawn for a terminal, roughly as Slack shows it."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.messages.numbers import plotted
from bot.messages.plain import plain_message
from bot.terminal.page import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.console import JustifyMethod, RenderableType

    from bot.model import Message

Block = dict[str, Any]

WIDTH = 78
BAR_CELLS = 32
SENDER = "Claude cost"
MRKDWN = re.compile(
    r"```\n?(?P<listing>.+?)\n?```|`(?P<code>[^`\n]+)`"
    r"|(?<!\w)\*(?P<bold>[^*\n]+)\*(?!\w)|(?<!\w)_(?P<italic>[^_\n]+)_(?!\w)|(?<!\w)~(?P<strike>[^~\n]+)~(?!\w)"
    r"|<(?P<link>[^>\n]+)>",
    re.DOTALL,
)
STYLES = {"listing": "cyan", "code": "cyan", "bold": "bold", "italic": "italic", "strike": "strike"}


@dataclass(frozen=True, slots=True)
class Preview:
    """A message to be drawn in a frame `width` cells wide; `str` of it is its words alone, for a pipe."""

    message: Message
    width: int = WIDTH

    def __str__(self) -> str:
        return mrkdwn(plain_message(self.message).text).plain

    def __rich__(self) -> Panel:
        """Drawn where a terminal shows it."""
        drawn = [block for block in map(_drawn, self.message.blocks) if block is not None]
        content = Group(*_spaced(drawn)) if drawn else mrkdwn(self.message.text)
        return Panel(content, title=SENDER, title_align="left", width=self.width, box=box.ROUNDED)


def preview(message: Message, *, width: int = WIDTH) -> Preview:
    """The message as Slack would show it, for `rich` to print."""
    return Preview(message, width)


def preview_as_text(message: Message, *, width: int = WIDTH) -> str:
    """The same drawing without colours."""
    sheet = io.StringIO()
    Console(file=sheet, width=width, color_system=None, legacy_windows=False).print(preview(message, width=width))
    return "\n".join(line.rstrip() for line in sheet.getvalue().splitlines())


def _spaced(blocks: Sequence[RenderableType]) -> list[RenderableType]:
    return [Padding(block, (0, 0, 0 if block is blocks[-1] else 1, 0)) for block in blocks]


def _drawn(block: Block) -> RenderableType | None:
    drawer = DRAWERS.get(block["type"])
    return None if drawer is None else drawer(block)


def _header(block: Block) -> Text:
    return Text(one_line(block["text"]["text"]), style="bold")


def _section(block: Block) -> RenderableType:
    if "text" not in block:
        return _facts(block["fields"])
    drawn = mrkdwn(block["text"]["text"])
    return drawn.append(f"  {_element(block['accessory'])}", style="bold blue") if "accessory" in block else drawn


def _context(block: Block) -> Text:
    return mrkdwn(" ".join(element["text"] for element in block["elements"]), style="dim")


def _actions(block: Block) -> Text:
    return Text(" ".join(_element(element) for element in block["elements"]), style="bold blue")


def _element(element: Block) -> str:
    """A button, a menu with what is chosen or what it is for, or one that only shows dots."""
    if "text" in element:
        return f"[ {element['text']['text']} ]"
    if "initial_option" in element:
        return f"[ {element['initial_option']['text']['text']} ▾ ]"
    return f"[ {element['placeholder']['text']} ▾ ]" if "placeholder" in element else "[ ⋯ ]"


# --- Text ---


def mrkdwn(text: str, style: str = "") -> Text:
    """Slack's markup as styled text.

    >>> mrkdwn("*+$533* in `R&amp;D`").plain
    '+$533 in R&D'
    """
    drawn = Text(style=style)
    for words, word_style in _pieces(text):
        drawn.append(words, style=word_style)
    return drawn


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    for match in MRKDWN.finditer(text):
        yield _shown(text[position : match.start()]), ""
        kind = str(match.lastgroup)
        yield (_linked(match["link"]), "underline") if kind == "link" else (_styled(kind, match[kind]), STYLES[kind])
        position = match.end()
    yield _shown(text[position:]), ""


def _styled(kind: str, text: str) -> str:
    """What a styled run says: code as it stands, anything else without the marks inside it."""
    return _shown(text) if kind in {"listing", "code"} else "".join(words for words, _ in _pieces(text))


def _linked(link: str) -> str:
    """A date's, a channel's or an address's words."""
    return _shown(link.rpartition("|")[2] if "|" in link else link)


def _shown(text: str) -> str:
    return "\n".join(one_line(line) for line in unescape(text).split("\n"))


def _facts(fields: Sequence[Mapping[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 4), pad_edge=False)
    cells = [mrkdwn(field["text"]) for field in fields]
    for first in range(0, len(cells), 2):
        grid.add_row(*cells[first : first + 2])
    return grid


# --- Tables and charts ---


def _table(block: Block) -> Table:
    header, *rows = [[one_line(cell["text"]) for cell in row] for row in block["rows"]]
    table = Table(box=box.ROUNDED, border_style="dim")
    for title, settings in zip(header, block.get("column_settings") or [{}] * len(header), strict=True):
        table.add_column(Text(title), justify=_side(settings), no_wrap=settings.get("align") == "right")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _side(settings: Mapping[str, str]) -> JustifyMethod:
    return "right" if settings.get("align") == "right" else "left"


def _visualization(block: Block) -> Group:
    return Group(Text(one_line(block["title"]), style="bold"), *_chart(block["chart"]))


def _chart(chart: Mapping[str, Any]) -> Iterator[RenderableType]:
    """A bar a category for the first series, a mark where the second one is."""
    series = [{point["label"]: float(point["value"]) for point in one["data"]} for one in chart["series"]]
    names = [one_line(one["name"]) for one in chart["series"]]
    unit = chart["axis_config"].get("y_label", "")
    yield Text("  ".join(f"{sign} {name}" for sign, name in zip("█│", names, strict=False)), style="dim")
    largest = max((abs(value) for one in series for value in one.values()), default=0) or 1
    grid = Table.grid(padding=(0, 1))
    for category in chart["axis_config"]["categories"]:
        values = [one[category] for one in series]
        shown = plotted(values[0], unit=unit)
        grid.add_row(Text(one_line(category)), _bar(values, largest), Text(shown, justify="right"))
    yield grid


def _bar(values: Sequence[float], largest: float) -> Text:
    lengths = [round(max(value, 0) / largest * BAR_CELLS) for value in values[:2]]
    cells = ["█" if cell < lengths[0] else " " for cell in range(BAR_CELLS + 1)]
    if len(lengths) > 1:
        cells[lengths[1]] = "│"
    return Text("".join(cells), style="cyan")


DRAWERS: dict[str, Callable[[Block], RenderableType]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "table": _table,
    "data_visualization": _visualization,
}
