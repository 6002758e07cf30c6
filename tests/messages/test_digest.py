"""The digest tells a finished week against the one before."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from bot.analysis.prices import PriceTable
from bot.analysis.reconcile import reconcile
from bot.messages.digest import digest_message
from bot.model import NO_MODEL, Feedback, Kind, Reason, Status, usd
from bot.terminal.slack_preview import preview_as_text
from tests.builders import (
    CHECKOUT,
    HAIKU,
    OPUS,
    SEARCH,
    alert,
    cost_line,
    digest,
    fetched_days,
    finding,
    names,
    other_cost_line,
    restated_week,
    tokens,
    usage_line,
)

if TYPE_CHECKING:
    from bot.analysis.digest import Digest
    from bot.model import Message


def say(told: Digest) -> Message:
    return digest_message(told, names=names(), threshold_percent=Decimal(25), floor=usd(12))


def test_a_week_with_everything_in_it() -> None:
    told = digest(
        spend={
            (CHECKOUT, OPUS): "1224.10",
            (CHECKOUT, HAIKU): 60,
            (SEARCH, OPUS): 402,
            (SEARCH, NO_MODEL): "3.50",
            ("wrkspc_new", OPUS): "84.20",
        },
        previous={
            (CHECKOUT, OPUS): 760,
            (CHECKOUT, HAIKU): 20,
            (SEARCH, OPUS): 398,
            (SEARCH, NO_MODEL): "3.20",
            ("wrkspc_old", OPUS): "22.10",
        },
        alerts=[alert(previous="780", current="1284.10")],
        findings=[
            *(
                finding(workspace_id=f"small-{number}", status=Status.HELD, reason=Reason.BELOW_FLOOR)
                for number in "abcd"
            ),
            finding(model=HAIKU, status=Status.HELD, reason=Reason.MODEL_SHIFT, kind=Kind.MODEL_SHIFT),
            finding(workspace_id="wrkspc_holes", status=Status.HELD, reason=Reason.DAYS_MISSING, kind=Kind.NOT_JUDGED),
        ],
    )
    message = say(told)
    assert message.text == snapshot("Week 47: $1,774, up 47 % (+$571); checkout claude-opus-5-5 +$464")
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ Week 47: $1,774, up 47 % (+$571)                                           │
│                                                                            │
│ What moved most                                                            │
│ checkout claude-opus-5-5 +$464: $760 → $1,224                              │
│ checkout claude-haiku-4-5 +$40.00: $20.00 → $60.00                         │
│ search +$4.30: $401.20 → $405.50                                           │
│ New: wrkspc_new $84.20                                                     │
│ Stopped: wrkspc_old was $22.10 a week                                      │
│                                                                            │
│ 1 open alert                                                               │
│ 🔴 checkout up 65 %: $780 → $1,284, firing since Sat 21 Nov                │
│ Over 25 % but not announced: 4 under the $12 floor and 1 moved between     │
│ models. Not judged for missing days: 1 workspace.                          │
│                                                                            │
│ Daily spend, USD                                                           │
│ █ 16–22 Nov  │ 9–15 Nov                                                    │
│ Mon ██████████████████████│█████████  $253.40                              │
│ Tue ██████████████████████│█████████  $253.40                              │
│ Wed ██████████████████████│█████████  $253.40                              │
│ Thu ██████████████████████│█████████  $253.40                              │
│ Fri ██████████████████████│█████████  $253.40                              │
│ Sat ██████████████████████│█████████  $253.40                              │
│ Sun ██████████████████████│█████████  $253.40                              │
│                                                                            │
│ ╭────────────┬─────────┬─────────┬─────────╮                               │
│ │ Workspace  │   Spend │  Before │  Change │                               │
│ ├────────────┼─────────┼─────────┼─────────┤                               │
│ │ checkout   │  $1,284 │ $780.00 │   +65 % │                               │
│ │ search     │ $405.50 │ $401.20 │  +1.1 % │                               │
│ │ wrkspc_new │  $84.20 │   $0.00 │     new │                               │
│ │ wrkspc_old │   $0.00 │  $22.10 │ stopped │                               │
│ ╰────────────┴─────────┴─────────┴─────────╯                               │
│                                                                            │
│ By model                                                                   │
│ claude-opus-5-5 $1,710, before $1,180 (+45 %)                              │
│ claude-haiku-4-5 $60.00, before $20.00 (+200 %)                            │
│ No model (code execution, search, …) $3.50, before $3.20 (+9.4 %)          │
│                                                                            │
│ UTC days 16–22 Nov 2026 against 9–15 Nov · from the bill · data as of 22   │
│ Nov 09:30 UTC                                                              │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_quiet_week_says_that_nothing_is_open() -> None:
    assert preview_as_text(say(digest(previous={(CHECKOUT, OPUS): 84, (SEARCH, HAIKU): 35}))) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ Week 47: $119.00, unchanged ($0.00)                                        │
│                                                                            │
│ ✅ No open alerts                                                          │
│                                                                            │
│ Daily spend, USD                                                           │
│ █ 16–22 Nov  │ 9–15 Nov                                                    │
│ Mon ████████████████████████████████│ $17.00                               │
│ Tue ████████████████████████████████│ $17.00                               │
│ Wed ████████████████████████████████│ $17.00                               │
│ Thu ████████████████████████████████│ $17.00                               │
│ Fri ████████████████████████████████│ $17.00                               │
│ Sat ████████████████████████████████│ $17.00                               │
│ Sun ████████████████████████████████│ $17.00                               │
│                                                                            │
│ ╭───────────┬────────┬────────┬────────╮                                   │
│ │ Workspace │  Spend │ Before │ Change │                                   │
│ ├───────────┼────────┼────────┼────────┤                                   │
│ │ checkout  │ $84.00 │ $84.00 │    0 % │                                   │
│ │ search    │ $35.00 │ $35.00 │    0 % │                                   │
│ ╰───────────┴────────┴────────┴────────╯                                   │
│                                                                            │
│ By model                                                                   │
│ claude-opus-5-5 $84.00, before $84.00 (0 %)                                │
│ claude-haiku-4-5 $35.00, before $35.00 (0 %)                               │
│                                                                            │
│ UTC days 16–22 Nov 2026 against 9–15 Nov · from the bill · data as of 22   │
│ Nov 09:30 UTC                                                              │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_the_first_week_has_nothing_to_be_compared_with() -> None:
    first = digest(fetched=fetched_days(digest().interval))
    assert say(first).text == snapshot("Week 47: $119.00")


def test_a_week_without_data_is_not_a_week_without_spend() -> None:
    assert say(digest(fetched={})).text == snapshot("Week 47: no data for 16–22 Nov")


def test_a_week_that_changed_after_it_was_told_is_told_again() -> None:
    message = preview_as_text(say(digest(restated=[restated_week(70, "84.50")])))

    assert "The bill of earlier weeks changed" in message
    assert "Week 46 +$14.50: $70.00 → $84.50" in message


def test_what_did_not_change_is_not_mentioned() -> None:
    assert "changed after" not in preview_as_text(say(digest()))


def test_it_says_how_well_the_bill_matches_its_tokens() -> None:
    cost = [cost_line(20), other_cost_line("12.40")]
    usage = [usage_line(tokens(output=10**6))]
    found = reconcile(digest().interval, cost=cost, usage=usage, prices=PriceTable.build({}))
    printed = str(say(replace(digest(), reconciliation=found)).blocks)
    assert "matches the bill: 100 % explained; $12.40 code execution has no tokens" in printed


def test_a_week_that_is_known_in_part_says_so() -> None:
    whole = digest()
    fetched = {**fetched_days(whole.previous_interval), **fetched_days(whole.interval)}
    del fetched[whole.interval.since]
    assert say(digest(fetched=fetched)).text == snapshot("Week 47: $119.00 on 6 of 7 days")


def precision(alerts: int, real: int, noise: int) -> str:
    told = say(replace(digest(), feedback=Feedback(alerts=alerts, real=real, noise=noise)))
    (block,) = (block for block in told.blocks if block["block_id"] == "alerts")
    return str(block["text"]["text"]).splitlines()[-1]


def test_it_says_how_many_alerts_were_real() -> None:
    assert precision(5, 4, 1) == "Last 4 weeks: 5 alerts, 4 real, 1 noise."
    assert precision(1, 0, 0) == "Last 4 weeks: 1 alert, 0 real, 0 noise, 1 not marked."


def test_weeks_without_alerts_have_no_such_line() -> None:
    assert precision(0, 0, 0) == "✅ *No open alerts*"
