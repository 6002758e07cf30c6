"""Where Slack refuses blocks, the words and the numbers still arrive."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from bot.messages.digest import digest_message
from bot.messages.notices import could_not_answer
from bot.messages.plain import plain_message
from bot.messages.report import report_answer
from bot.model import Message, usd
from tests.builders import CHECKOUT, SEARCH, digest, kept_answer, names, report

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBER = re.compile(r"\d[\d,.]*")
DOLLARS = st.integers(min_value=0, max_value=10**9)


def numbers_in(message: Message) -> Iterator[str]:
    for block in message.blocks:
        for text in texts_in(block):
            yield from NUMBER.findall(text)


def texts_in(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if part.get("type") == "actions":
            return
        yield from (value for key, value in part.items() if key in {"text", "name", "label"} and isinstance(value, str))
        for value in part.values():
            yield from texts_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from texts_in(value)


def test_tables_and_charts_become_padded_code() -> None:
    text = plain_message(kept_answer(report(), answer_id="answer-1")).text
    assert text.rpartition("\n")[0] == snapshot("""\
*$119.00 in 7 days, up 6.3 % (+$7.00)*
*What moved:* `checkout` +$14.00, `search` −$7.00
*Largest, USD*
```
          15–21 Nov  8–14 Nov
checkout     $84.00    $70.00
search       $35.00    $42.00
```
```
Workspace   Spend  Change  Before
checkout   $84.00   +20 %  $70.00
search     $35.00   −17 %  $42.00
```\
""")


@given(DOLLARS, DOLLARS)
def test_every_number_of_an_answer_is_kept(now: int, before: int) -> None:
    message = kept_answer(report(spend={CHECKOUT: now, SEARCH: 3}, previous={CHECKOUT: before}), answer_id="a")
    plain = plain_message(message).text
    assert [number for number in numbers_in(message) if number not in plain] == []


def test_every_number_of_a_digest_is_kept() -> None:
    message = digest_message(digest(), names=names(), threshold_percent=Decimal(25), floor=usd(12))
    plain = plain_message(message).text
    assert [number for number in numbers_in(message) if number not in plain] == []


def test_each_point_of_a_chart_is_kept() -> None:
    message = report_answer(report(spend={CHECKOUT: "8.4"}, previous={CHECKOUT: "7.77"}))
    plain = plain_message(message).text
    assert "Mon      $1.20     $1.11" in plain


def test_a_message_without_blocks_is_its_text() -> None:
    assert plain_message(Message("Hello")) == Message("Hello")


def test_a_sentence_stays_a_sentence() -> None:
    assert plain_message(could_not_answer("Nothing <works>.")).text == "⚠️ Nothing &lt;works&gt;."
