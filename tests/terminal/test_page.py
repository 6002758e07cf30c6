"""A page is a table on a terminal and tab-separated lines in a pipe; nothing outside steers the terminal."""

from __future__ import annotations

import io

from inline_snapshot import snapshot
from rich.console import Console

from bot.terminal.page import Page

PAGE = Page(
    title="7d by workspace",
    header=("Workspace", "Spend"),
    rows=(("prod\x1b[31m\n[bold]", "$1,773"), ("search", "$9.00")),
    align="lr",
    notes=("UTC days", ""),
)


def drawn(page: Page) -> str:
    sheet = io.StringIO()
    Console(file=sheet, width=60, color_system=None).print(page)
    return "\n".join(line.rstrip() for line in sheet.getvalue().splitlines())


def test_on_a_terminal() -> None:
    assert drawn(PAGE) == snapshot("""\
7d by workspace

 Workspace           Spend
 ─────────────────────────
 prod [31m [bold]   $1,773
 search              $9.00

UTC days\
""")


def test_in_a_pipe() -> None:
    assert str(PAGE).splitlines() == snapshot(
        ["7d by workspace", "Workspace\tSpend", "prod [31m [bold]\t$1,773", "search\t$9.00", "UTC days"]
    )


def test_an_endless_name_is_cut_on_a_terminal_and_whole_in_a_pipe() -> None:
    page = Page(title="All", header=("Workspace", "Spend"), rows=(("x" * 5_000, "$1"),), align="lr")
    assert drawn(page).count("x") < 120
    assert str(page).count("x") == 5_000


def test_without_rows_there_is_no_table() -> None:
    assert drawn(Page(title="All well", header=("What",), align="l")) == "All well"
