"""Each shape of question has its answer: one number, a ranking, a trend, a cross; however much or little there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from bot.analysis.summed import Summed, explain_sums
from bot.model import Interval, Tokens, usd
from bot.terminal.slack_preview import preview_as_text
from tests.builders import (
    CHECKOUT,
    HAIKU,
    OPUS,
    SONNET,
    TODAY,
    YESTERDAY,
    cross_report,
    fetched_day,
    fetched_days,
    kept_answer,
    names,
    report,
)
from tests.messages.test_limits import assert_slack_takes

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.analysis.report import Report
    from bot.model import Message

MANY = {
    f"wrkspc_{number:04}": f"Team {number:04} of the platform department, region Europe West" for number in range(1000)
}
MODELS = (OPUS, SONNET, HAIKU, "claude-opus-4-7", "claude-sonnet-4-6", "claude-haiku-3-5", "")
QUESTIONS = ("7d", "7d by model", "30d by day", "7d by workspace model", "14d by day model", "7d by workspace key")


def answered(found: Report) -> Message:
    message = kept_answer(found, answer_id="kept-1")
    assert_slack_takes(message)
    return message


def shown(found: Report) -> str:
    return preview_as_text(answered(found))


def a_thousand(text: str) -> Report:
    """Workspaces with names of sixty characters, each dearer than the one before it."""
    spend: dict[str, str | int] = {id_: number + 1 for number, id_ in enumerate(MANY)}
    before: dict[str, str | int] = {id_: (number + 1) // 2 for number, id_ in enumerate(MANY)}
    return report(text, spend=spend, previous=before, names=names(workspaces=MANY))


def crossed(text: str) -> Report:
    """The same by seven models."""
    spend: dict[tuple[str, ...], str | int] = {
        (id_, model): number * (len(MODELS) - place) + 1
        for number, id_ in enumerate(MANY)
        for place, model in enumerate(MODELS)
        if (number + place) % 3
    }
    return cross_report(text, spend=spend, previous={}, names=names(workspaces=MANY))


def test_a_ranking_of_a_thousand() -> None:
    assert shown(a_thousand("7d")) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $500,500 in 7 days, up 100 % (+$250,500)                                   │
│                                                                            │
│ Largest, USD                                                               │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Team 0999 o… ████████████████│███████████████   $1,000                     │
│ Team 0998 o… ████████████████│███████████████  $999.00                     │
│ Team 0997 o… ████████████████│███████████████  $998.00                     │
│ Team 0996 o… ████████████████│███████████████  $997.00                     │
│ Team 0995 o… ████████████████│███████████████  $996.00                     │
│ Team 0994 o… ████████████████│███████████████  $995.00                     │
│                                                                            │
│ ╭─────────────────┬──────────┬────────┬──────────╮                         │
│ │ Workspace       │    Spend │ Change │   Before │                         │
│ ├─────────────────┼──────────┼────────┼──────────┤                         │
│ │ Team 0999 of t… │   $1,000 │ +100 % │  $500.00 │                         │
│ │ Team 0998 of t… │  $999.00 │ +100 % │  $499.00 │                         │
│ │ Team 0997 of t… │  $998.00 │ +100 % │  $499.00 │                         │
│ │ Team 0996 of t… │  $997.00 │ +100 % │  $498.00 │                         │
│ │ Team 0995 of t… │  $996.00 │ +100 % │  $498.00 │                         │
│ │ Team 0994 of t… │  $995.00 │ +100 % │  $497.00 │                         │
│ │ Team 0993 of t… │  $994.00 │ +100 % │  $497.00 │                         │
│ │ Team 0992 of t… │  $993.00 │ +100 % │  $496.00 │                         │
│ │ Team 0991 of t… │  $992.00 │ +100 % │  $496.00 │                         │
│ │ +991 more       │ $491,536 │ +100 % │ $245,520 │                         │
│ ╰─────────────────┴──────────┴────────┴──────────╯                         │
│                                                                            │
│ [ By workspace ▾ ] [ 7 days ▾ ] [ Details ] [ CSV ] [ Share in channel ]   │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · complete days · from the bill · │
│ data as of 22 Nov 09:30 UTC · understood as 7d by workspace                │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_cross_of_a_thousand_and_seven() -> None:
    assert shown(crossed("7d by workspace model")) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $9,327,001 in 7 days                                                       │
│                                                                            │
│ Largest, USD                                                               │
│ █ opus-5-5  │ sonnet-5-5                                                   │
│ Team 0997 o… ████████████████████████│███      $6,980                      │
│ Team 0994 o… ████████████████████████│███      $6,959                      │
│ Team 0991 o… ████████████████████████│███      $6,938                      │
│ Team 0988 o… ████████████████████████│███      $6,917                      │
│ Team 0985 o… ████████████████████████│███      $6,896                      │
│                                                                            │
│ ╭──────────────┬────────────┬────────────┬────────────┬────────────╮       │
│ │ Workspace    │        All │   opus-5-5 │ sonnet-5-5 │    +5 more │       │
│ ├──────────────┼────────────┼────────────┼────────────┼────────────┤       │
│ │ Team 0997 o… │    $20,942 │     $6,980 │     $5,983 │     $7,979 │       │
│ │ Team 0994 o… │    $20,879 │     $6,959 │     $5,965 │     $7,955 │       │
│ │ Team 0991 o… │    $20,816 │     $6,938 │     $5,947 │     $7,931 │       │
│ │ Team 0988 o… │    $20,753 │     $6,917 │     $5,929 │     $7,907 │       │
│ │ Team 0985 o… │    $20,690 │     $6,896 │     $5,911 │     $7,883 │       │
│ │ +995 more    │ $9,222,921 │ $2,294,645 │ $1,968,932 │ $4,959,344 │       │
│ │ All          │ $9,327,001 │ $2,329,335 │ $1,998,667 │ $4,998,999 │       │
│ ╰──────────────┴────────────┴────────────┴────────────┴────────────╯       │
│                                                                            │
│ [ Group by ▾ ] [ 7 days ▾ ] [ Details ] [ CSV ] [ Share in channel ]       │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · complete days · from the bill · │
│ data as of 22 Nov 09:30 UTC · understood as 7d by workspace model          │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_one_workspace_is_one_number() -> None:
    assert shown(report(spend={CHECKOUT: 84}, previous={CHECKOUT: 70})) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $84.00 in 7 days, up 20 % (+$14.00)                                        │
│                                                                            │
│ Daily spend, USD                                                           │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun ███████████████████████████│████  $12.00                               │
│ Mon ███████████████████████████│████  $12.00                               │
│ Tue ███████████████████████████│████  $12.00                               │
│ Wed ███████████████████████████│████  $12.00                               │
│ Thu ███████████████████████████│████  $12.00                               │
│ Fri ███████████████████████████│████  $12.00                               │
│ Sat ███████████████████████████│████  $12.00                               │
│                                                                            │
│ Workspace    Before                                                        │
│ checkout     $70.00                                                        │
│ A day        Highest day                                                   │
│ $12.00       $12.00 on Sat 21 Nov                                          │
│                                                                            │
│ [ By workspace ▾ ] [ 7 days ▾ ] [ Details ] [ CSV ] [ Share in channel ]   │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · complete days · from the bill · │
│ data as of 22 Nov 09:30 UTC · understood as 7d by workspace                │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_trend() -> None:
    days: dict[tuple[str, ...], str | int] = {
        (day.isoformat(), model): 30 - place
        for day in Interval(date(2026, 11, 8), TODAY).days()
        for place, model in enumerate(MODELS)
    }
    assert shown(cross_report("14d by day model", spend=days, previous={})) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $2,646 in 14 days                                                          │
│                                                                            │
│ Average a day, 2-day steps, USD                                            │
│ █ opus-5-5  │ sonnet-5-5                                                   │
│ Nov 8  ███████│                          $30.00                            │
│ Nov 10 ███████│                          $30.00                            │
│ Nov 12 ███████│                          $30.00                            │
│ Nov 14 ███████│                          $30.00                            │
│ Nov 16 ███████│                          $30.00                            │
│ Nov 18 ███████│                          $30.00                            │
│ Nov 20 ███████│                          $30.00                            │
│                                                                            │
│ ╭────────────────┬──────────┬────────────┬─────────╮                       │
│ │ UTC day        │ opus-5-5 │ sonnet-5-5 │ +5 more │                       │
│ ├────────────────┼──────────┼────────────┼─────────┤                       │
│ │ 5 earlier days │  $150.00 │    $145.00 │ $650.00 │                       │
│ │ Fri 13 Nov     │   $30.00 │     $29.00 │ $130.00 │                       │
│ │ Sat 14 Nov     │   $30.00 │     $29.00 │ $130.00 │                       │
│ │ Sun 15 Nov     │   $30.00 │     $29.00 │ $130.00 │                       │
│ │ Mon 16 Nov     │   $30.00 │     $29.00 │ $130.00 │                       │
│ │ Tue 17 Nov     │   $30.00 │     $29.00 │ $130.00 │                       │
│ │ Wed 18 Nov     │   $30.00 │     $29.00 │ $130.00 │                       │
│ │ Thu 19 Nov     │   $30.00 │     $29.00 │ $130.00 │                       │
│ │ Fri 20 Nov     │   $30.00 │     $29.00 │ $130.00 │                       │
│ │ Sat 21 Nov     │   $30.00 │     $29.00 │ $130.00 │                       │
│ ╰────────────────┴──────────┴────────────┴─────────╯                       │
│                                                                            │
│ [ Group by ▾ ] [ Other days ▾ ] [ Details ] [ CSV ] [ Share in channel ]   │
│                                                                            │
│ UTC days 8–21 Nov 2026 against 25 Oct – 7 Nov · complete days · from the   │
│ bill · data as of 22 Nov 09:30 UTC · understood as 14d by day model        │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_one_day() -> None:
    assert shown(report("yesterday")) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $119.00 on Sat 21 Nov, up 6.3 % (+$7.00)                                   │
│                                                                            │
│ What moved: checkout +$14.00, search −$7.00                                │
│                                                                            │
│ Largest, USD                                                               │
│ █ Spend  │ A week earlier                                                  │
│ checkout ███████████████████████████│████  $84.00                          │
│ search   █████████████   │                 $35.00                          │
│                                                                            │
│ ╭───────────┬────────┬────────┬────────╮                                   │
│ │ Workspace │  Spend │ Change │ Before │                                   │
│ ├───────────┼────────┼────────┼────────┤                                   │
│ │ checkout  │ $84.00 │  +20 % │ $70.00 │                                   │
│ │ search    │ $35.00 │  −17 % │ $42.00 │                                   │
│ ╰───────────┴────────┴────────┴────────╯                                   │
│                                                                            │
│ [ By workspace ▾ ] [ Yesterday ▾ ] [ Details ] [ CSV ] [ Share in channel  │
│ ]                                                                          │
│                                                                            │
│ UTC day Sat 21 Nov 2026 against Sat 14 Nov · complete days · from the bill │
│ · data as of 22 Nov 09:30 UTC · understood as yesterday by workspace       │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_one_day_is_all_there_is() -> None:
    only = {YESTERDAY: fetched_day(YESTERDAY)}
    assert shown(report("7d", spend={CHECKOUT: 84}, previous={}, fetched=only)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $84.00 on 1 of 7 days                                                      │
│                                                                            │
│ Workspace                                                                  │
│ checkout                                                                   │
│                                                                            │
│ [ By workspace ▾ ] [ 7 days ▾ ] [ Details ] [ CSV ] [ Share in channel ]   │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · complete days · not fetched, so │
│ not counted: 8–20 Nov · from the bill · data as of 22 Nov 09:30 UTC ·      │
│ understood as 7d by workspace                                              │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_today_alone() -> None:
    only = {TODAY: fetched_day(TODAY, fetched_at=datetime(2026, 11, 22, 9, tzinfo=UTC))}
    assert shown(report("today", spend={CHECKOUT: 84}, previous={}, fetched=only)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $84.00 on Sun 22 Nov so far                                                │
│                                                                            │
│ Workspace                                                                  │
│ checkout                                                                   │
│                                                                            │
│ [ By workspace ▾ ] [ Today ▾ ] [ Details ] [ CSV ] [ Share in channel ]    │
│                                                                            │
│ UTC day Sun 22 Nov 2026 against Sun 15 Nov · not complete yet: Sun 22 Nov  │
│ · not fetched, so not counted: Sun 15 Nov · from the bill · data as of 22  │
│ Nov 09:30 UTC · understood as today by workspace                           │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_nothing_was_spent() -> None:
    assert shown(report(spend={}, previous={})) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $0.00 in 7 days                                                            │
│                                                                            │
│ Before                                                                     │
│ $0.00                                                                      │
│                                                                            │
│ [ By workspace ▾ ] [ 7 days ▾ ] [ Details ] [ CSV ] [ Share in channel ]   │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · complete days · from the bill · │
│ data as of 22 Nov 09:30 UTC · understood as 7d by workspace                │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


LITTLE: dict[str, Callable[[str], Report]] = {
    "no data": lambda text: report(text, fetched={}),
    "no spend": lambda text: report(text, spend={}, previous={}),
    "one day": lambda text: report(text, fetched={YESTERDAY: fetched_day(YESTERDAY)}),
    "today": lambda text: report(text, fetched=fetched_days(Interval(TODAY, date(2026, 11, 23)))),
}


@pytest.mark.parametrize("found", LITTLE.values(), ids=LITTLE.keys())
@pytest.mark.parametrize("text", ["7d", "7d by day", "today", "30d by model"])
def test_slack_takes_an_answer_about_little(text: str, found: Callable[[str], Report]) -> None:
    answered(found(text))


# --- Why ---


def test_the_drivers_of_the_whole_come_before_what_moved() -> None:
    meter = (OPUS, "standard", "0-200k")
    spent = (OPUS, "tokens", "output_tokens", "standard", "0-200k")
    why = explain_sums(
        before=[Summed({spent: usd(112)}, {meter: Tokens(0, 100, 0, 0, 0)})],
        now=[Summed({spent: usd(119)}, {meter: Tokens(0, 106, 0, 0, 0)})],
        day=YESTERDAY,
    )
    (block,) = [block for block in answered(replace(report(), why=why)).blocks if block["block_id"] == "why"]
    assert block["text"]["text"] == snapshot("""\
*Why:* more tokens *+$6.72*, higher prices *+$0.28*
*What moved:* `checkout` +$14.00, `search` −$7.00\
""")
