"""The answer to "why": the change first, then what drove it, who, what to look at, and what it rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from bot.analysis.question import Filter
from bot.messages.why import why_answer
from bot.model import Source
from bot.terminal.slack_preview import preview_as_text
from tests.builders import (
    HAIKU,
    NOW,
    TODAY,
    YESTERDAY,
    fetched_day,
    fetched_days,
    last_days,
    other_cost_line,
)
from tests.changes import BEFORE, broken_cache, explanation, used, workspace_lines

BESIDE = (
    used(BEFORE, model=HAIKU, key="apikey_third", times="0.2", output=2),
    used(model=HAIKU, key="apikey_third", times="0.2", output=3),
    workspace_lines([other_cost_line(4)]),
)


def test_an_answer() -> None:
    message = why_answer(explanation(*broken_cache(), *BESIDE), share_id="1")
    assert message.text == snapshot(
        "checkout up 197 % on Sat 21 Nov: $300.00 → $891.50 (+$591.50); cache hit rate 90 % → 43 % +$568.00"
    )
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ checkout up 197 % on Sat 21 Nov: $300.00 → $891.50 (+$591.50)              │
│                                                                            │
│ Why: cache hit rate 90 % → 43 % +$568.00, more tokens +$16.31, all else    │
│ +$7.19. Key ingest-prod +$842.50 (first seen 21 Nov); 3 others −$251.00.   │
│                                                                            │
│ Look at: claude-opus-5-5 writes to the cache what it used to read: look    │
│ for a date or an id that changes early in the prompt.                      │
│ If it stays: +$5,324 est. by 30 Nov.                                       │
│                                                                            │
│ ╭────────────────┬──────────┬─────────┬─────────╮                          │
│ │ What drove it  │   Change │  Before │     Now │                          │
│ ├────────────────┼──────────┼─────────┼─────────┤                          │
│ │ Tokens         │  +$16.31 │    206M │    217M │                          │
│ │ Mix of models  │   +$3.19 │       – │       – │                          │
│ │ Cache hit rate │ +$568.00 │    90 % │    43 % │                          │
│ │ Without tokens │   +$4.00 │   $0.00 │   $4.00 │                          │
│ │ By model       │ +$591.50 │ $300.00 │ $891.50 │                          │
│ │ opus-5-5       │ +$582.50 │ $290.00 │ $872.50 │                          │
│ │ haiku-4-5      │   +$5.00 │  $10.00 │  $15.00 │                          │
│ │ No model       │   +$4.00 │   $0.00 │   $4.00 │                          │
│ │ By key         │ +$591.50 │ $300.00 │ $891.50 │                          │
│ │ ingest-prod    │ +$842.50 │   $0.00 │ $842.50 │                          │
│ │ 3 others       │ −$251.00 │ $300.00 │  $49.00 │                          │
│ ╰────────────────┴──────────┴─────────┴─────────╯                          │
│                                                                            │
│ [ Share in channel ]                                                       │
│                                                                            │
│ UTC day Sat 21 Nov 2026 against Sat 14 Nov · complete days · from the bill │
│ · data as of 22 Nov 09:30 UTC · understood as why checkout yesterday       │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_days_that_were_never_fetched_are_no_zero() -> None:
    message = why_answer(explanation(used(output=1), fetched=fetched_days(last_days(3))), share_id=None)
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ No data for Sat 14 Nov yet                                                 │
│                                                                            │
│ These days were never fetched, so there is nothing to compare. /claudecost │
│ status shows more.                                                         │
│                                                                            │
│ data as of 22 Nov 09:30 UTC                                                │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_where_nothing_was_spent_it_says_no_more() -> None:
    message = why_answer(explanation(), share_id="1")
    assert message.text == "checkout: nothing spent on Sat 21 Nov, nor before"
    assert "Nothing was spent on it: UTC day Sat 21 Nov 2026 against Sat 14 Nov." in preview_as_text(message)


def test_of_some_kinds_of_tokens_shares_are_among_them() -> None:
    told = explanation(*broken_cache())
    asked = replace(told.asked, question=replace(told.asked.question, filters=(Filter(name="output", kind="token"),)))
    for each, says in ((told, False), (replace(told, asked=asked), True)):
        message = why_answer(each, share_id=None)
        assert ("cache hit rate are among the tokens asked about" in str(message.blocks[-1])) is says


def test_sides_that_are_not_alike_have_no_hint() -> None:
    message = why_answer(explanation(*broken_cache(), period="14d", fetched=fetched_days(last_days(15))), share_id=None)
    shown = preview_as_text(message)
    assert "Not alike: 13 days of the two periods were never fetched" in shown
    assert "Look at" not in shown
    assert "If it stays" not in shown


def test_a_day_that_is_not_over_is_no_fair_comparison() -> None:
    fetched = fetched_days(last_days(20)) | {TODAY: fetched_day(TODAY, fetched_at=NOW)}
    message = why_answer(explanation(used(TODAY, output=1), period="today", fetched=fetched), share_id=None)
    assert message.text == snapshot("checkout on Sun 22 Nov so far: $0.00 → $25.00 (+$25.00)")
    assert "Sun 22 Nov is not over" in preview_as_text(message)


def test_an_estimate_says_so() -> None:
    fetched = fetched_days(last_days(20)) | {YESTERDAY: fetched_day(YESTERDAY, source=Source.ESTIMATE)}
    message = why_answer(explanation(*broken_cache(), fetched=fetched), share_id=None)
    assert "(+$582.50) est." in message.text
    assert "est. until the bill is there: Sat 21 Nov (tokens × price" in str(message.blocks[-1])


@pytest.mark.parametrize(
    ("period", "words"),
    [("30d", "in 30 days"), ("week", "this week so far"), ("last month", "in Oct 2026"), ("2026-10", "in Oct 2026")],
)
def test_the_headline_says_which_days(period: str, words: str) -> None:
    message = why_answer(explanation(*broken_cache(), period=period), share_id=None)
    assert words in message.text
