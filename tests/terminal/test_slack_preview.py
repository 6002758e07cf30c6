"""A message on a terminal reads as it does in Slack."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bot.model import Message
from bot.terminal.slack_preview import mrkdwn, preview, preview_as_text
from tests.builders import kept_answer, report


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* and _slanted_ and ~gone~", "bold and slanted and gone"),
        ("*`prod` +$5*", "prod +$5"),
        ("`*not bold*` `a &amp; b`", "*not bold* a & b"),
        ("R&amp;D &lt;lab&gt; &amp;lt;", "R&D <lab> &lt;"),
        ("<!date^1795316700^{date_short_pretty} {time}|22 Nov 03:05 UTC>", "22 Nov 03:05 UTC"),
        ("<https://example.com|the log>", "the log"),
        ("<@U123|bob> <#C1|spend> <https://example.com>", "bob spend https://example.com"),
        ("```\n2 * 3\n```", "2 * 3"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
        ("\x1b[31mred", " [31mred"),
    ],
)
def test_markup_becomes_words(text: str, shown: str) -> None:
    assert mrkdwn(text).plain == shown


def test_markup_becomes_style() -> None:
    assert [(str(span.style)) for span in mrkdwn("*bold* `code`").spans] == ["bold", "cyan"]


@given(st.integers(min_value=40, max_value=160))
def test_no_line_is_wider_than_asked(width: int) -> None:
    text = preview_as_text(kept_answer(report(), answer_id="a"), width=width)
    assert max(map(cell_len, text.splitlines())) <= width


def test_in_a_pipe_a_preview_is_its_words() -> None:
    words = str(preview(kept_answer(report(), answer_id="a")))
    assert words.startswith("$119.00 in 7 days")
    assert "╭" not in words


def test_a_terminal_gets_the_frame_and_the_buttons() -> None:
    sheet = io.StringIO()
    Console(file=sheet, width=80, color_system=None).print(preview(kept_answer(report(), answer_id="a")))
    assert "[ Share in channel ]" in sheet.getvalue()


def test_a_message_without_blocks_is_its_text() -> None:
    assert "Hello" in preview_as_text(Message("Hello"))


def test_a_block_nobody_draws_is_left_out() -> None:
    assert "divider" not in preview_as_text(Message("Hello", ({"type": "divider"},)))
