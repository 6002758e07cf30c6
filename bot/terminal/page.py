"""An answer for a terminal: a line on top, a table, small print. In a pipe the table is tab-separated lines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.analysis.report import one_or_all
from bot.messages.layout import clip
from bot.model import dollars

if TYPE_CHECKING:
    from decimal import Decimal

    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table

    from bot.analysis.report import KnownKey, Row
    from bot.model import NanoUsd

LONGEST_CELL = 120
"""A name on a terminal: more would push the numbers off the screen. In a pipe a cell is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a subcommand answers. `align` has a letter a column, `l` or `r`. `str` of it is what a pipe gets."""

    title: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    align: str = ""
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        table = (self.header, *self.rows) if self.rows else ()
        lines = [self.title, *("\t".join(row) for row in table), *self.notes]
        return "\n".join(one_line(line) for line in lines if line)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Drawn where a terminal shows it."""
        from rich.text import Text

        yield Text(one_line(self.title), style="bold")
        if self.rows:
            yield self._table()
        yield from (Text(one_line(note), style="dim") for note in self.notes if note)

    def _table(self) -> Table:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE, pad_edge=False)
        for title, side in zip(self.header, self.align, strict=True):
            table.add_column(title, justify="right" if side == "r" else "left", no_wrap=side == "r")
        for row in self.rows:
            table.add_row(*(Text(clip(one_line(cell), LONGEST_CELL)) for cell in row))
        return table


def one_line(text: str) -> str:
    r"""Text that cannot leave its line or steer the terminal; tabs separate cells and stay.

    >>> one_line("pro\x1b[2Jd\n")
    'pro [2Jd '
    """
    if text.isprintable():  # nearly always, and an export asks of millions
        return text
    return "".join(character if character.isprintable() or character == "\t" else " " for character in text)


# --- The fixed JSON shapes ---


def written(answer: dict[str, Any]) -> str:
    """An answer as JSON."""
    return json.dumps(answer, indent=2, ensure_ascii=False)


def exact(amount: NanoUsd | None) -> str | None:
    """Dollars, exact and not rounded; null where they are unknown.

    >>> exact(1_237_891_200), exact(40_000_000_000), exact(None)
    ('1.2378912', '40', None)
    """
    return None if amount is None else format(dollars(amount), "f")


def percent_or_null(change: Decimal | None) -> str | None:
    """A percentage as it was computed; null where there is none."""
    return None if change is None else format(change, "f")


def row_as_json(row: Row) -> dict[str, Any]:
    """A line of a breakdown; with two groupings its id and label are lists. Rows of keys say what is known of them."""
    return {
        "id": row.id,
        "label": one_or_all(row.labels),
        "spend": exact(row.spend),
        "previous": exact(row.previous),
        "change_percent": percent_or_null(row.change_percent),
        **({"not_compared": exact(row.uncompared)} if row.uncompared else {}),
        **({} if row.key is None else key_as_json(row.key)),
    }


def key_as_json(key: KnownKey) -> dict[str, str | None]:
    """What is known of an API key."""
    return {"status": key.status, "first_seen": key.first_seen.isoformat() if key.first_seen else None}
