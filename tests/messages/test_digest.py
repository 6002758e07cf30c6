"""The digest tells a finished week against the one before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from bot.analysis.budget import BudgetNow, find_standing
from bot.analysis.forecast import DailySpend
from bot.analysis.month_pace import find_month_pace
from bot.analysis.prices import PriceTable
from bot.analysis.reconcile import reconcile
from bot.analysis.savings import Confidence, Saving, Savings
from bot.analysis.savings import Kind as SavingKind
from bot.analysis.schedule import parse_period
from bot.messages.digest import digest_message, nothing_called
from bot.model import NO_MODEL, Feedback, Kind, Reason, Status, dollars, usd
from bot.terminal.slack_preview import preview_as_text
from tests.builders import (
    CHECKOUT,
    HAIKU,
    NOW,
    OPUS,
    SEARCH,
    TODAY,
    alert,
    cost_line,
    digest,
    fetched_days,
    finding,
    last_days,
    names,
    other_cost_line,
    restated_week,
    tokens,
    usage_line,
)
from tests.changes import BEFORE, broken_cache, used, why
from tests.messages.test_budget import SEARCH as BUDGET
from tests.messages.test_budget import now as stands
from tests.messages.test_units import FIRING, RISEN, report_of

if TYPE_CHECKING:
    from bot.analysis.digest import Digest
    from bot.analysis.month_pace import MonthPace
    from bot.analysis.why import Why
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
│ │ Workspace  │   Spend │  Change │  Before │                               │
│ ├────────────┼─────────┼─────────┼─────────┤                               │
│ │ checkout   │  $1,284 │   +65 % │ $780.00 │                               │
│ │ search     │ $405.50 │  +1.1 % │ $401.20 │                               │
│ │ wrkspc_new │  $84.20 │     new │   $0.00 │                               │
│ │ wrkspc_old │   $0.00 │ stopped │  $22.10 │                               │
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
│ │ Workspace │  Spend │ Change │ Before │                                   │
│ ├───────────┼────────┼────────┼────────┤                                   │
│ │ checkout  │ $84.00 │    0 % │ $84.00 │                                   │
│ │ search    │ $35.00 │    0 % │ $35.00 │                                   │
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


def test_a_unit_whose_rise_is_open_is_among_the_open_alerts() -> None:
    tickets = report_of(replace(RISEN, rise=FIRING))
    (block,) = (block for block in say(replace(digest(), units=(tickets,))).blocks if block["block_id"] == "alerts")

    assert block["text"]["text"].splitlines() == [
        "*1 open alert*",
        "🔴 `tickets` up 42 %: $0.395 → $0.561 per `ticket`, firing since Sun 22 Nov",
    ]


def precision(alerts: int, real: int, noise: int) -> str:
    told = say(replace(digest(), feedback=Feedback(alerts=alerts, real=real, noise=noise)))
    (block,) = (block for block in told.blocks if block["block_id"] == "alerts")
    return str(block["text"]["text"]).splitlines()[-1]


def test_it_says_how_many_alerts_were_real() -> None:
    assert precision(5, 4, 1) == "Last 4 weeks: 5 alerts, 4 real, 1 noise."
    assert precision(1, 0, 0) == "Last 4 weeks: 1 alert, 0 real, 0 noise, 1 not marked."


def test_weeks_without_alerts_have_no_such_line() -> None:
    assert precision(0, 0, 0) == "✅ *No open alerts*"


# --- What drove it, the month, one saving ---


def movers(told: Digest) -> list[str]:
    (block,) = (block for block in say(told).blocks if block["block_id"] == "movers")
    return str(block["text"]["text"]).splitlines()


def with_reason(told: Digest, reason: Why) -> Digest:
    return replace(told, movers=tuple(replace(mover, why=reason) for mover in told.movers))


def test_a_mover_is_told_with_what_drove_it_most() -> None:
    reason = why(*broken_cache())
    told = digest(
        spend={(CHECKOUT, OPUS): str(dollars(reason.current))},
        previous={(CHECKOUT, OPUS): str(dollars(reason.previous))},
    )

    assert movers(with_reason(told, reason)) == snapshot(
        ["*What moved most*", "`checkout` `claude-opus-5-5` *+$582.50*: cache hit rate 90 % → 43 % +$568.00"]
    )


def test_a_driver_that_is_the_whole_change_has_no_amount_of_its_own() -> None:
    reason = why(used(BEFORE, output=1), used(output=3))
    told = digest(
        spend={(CHECKOUT, OPUS): str(dollars(reason.current))},
        previous={(CHECKOUT, OPUS): str(dollars(reason.previous))},
    )

    assert movers(with_reason(told, reason)) == snapshot(
        ["*What moved most*", "`checkout` `claude-opus-5-5` *+$50.00*: more tokens"]
    )


def test_what_moved_little_beside_the_first_has_no_line() -> None:
    told = digest(
        spend={(CHECKOUT, OPUS): 200, (SEARCH, OPUS): 105, (SEARCH, HAIKU): 40},
        previous={(CHECKOUT, OPUS): 100, (SEARCH, OPUS): 100, (SEARCH, HAIKU): 20},
    )

    assert movers(told) == snapshot(
        [
            "*What moved most*",
            "`checkout` `claude-opus-5-5` *+$100.00*: $100.00 → $200.00",
            "`search` `claude-haiku-4-5` *+$20.00*: $20.00 → $40.00",
            "`search` `claude-opus-5-5` *+$5.00*: $100.00 → $105.00",
        ]
    )


def pace(today: date, *, daily: int = 100, last_month: int = 80) -> MonthPace:
    known = {day: usd(daily if day.month == today.month else last_month) for day in last_days(84, until=today).days()}
    return find_month_pace(DailySpend(known, {}), fetched_days(last_days(84, until=today)), today=today)


def outlook(told: Digest) -> list[str]:
    (block,) = (block for block in say(told).blocks if block["block_id"] == "outlook")
    return str(block["text"]["text"]).splitlines()


@pytest.mark.parametrize(
    ("today", "line"),
    [
        (TODAY, snapshot("*November:* $2,100 in 21 days, *$2,978* forecast ($2,934 – $3,126), up 20 % on October")),
        (date(2026, 11, 1), snapshot("*November:* *$2,400* forecast ($2,280 – $2,520), down 3.2 % on October")),
    ],
)
def test_the_month_is_told_without_a_budget(today: date, line: str) -> None:
    assert outlook(replace(digest(), pace=pace(today))) == [line]


GUESS = Saving(
    kind=SavingKind.DEARER_MODEL,
    workspace_id=CHECKOUT,
    key=None,
    model=OPUS,
    tokens=10**7,
    paid=usd(500),
    instead=usd(100),
    confidence=Confidence.LOW,
    beside=HAIKU,
)
KNOWN = replace(GUESS, kind=SavingKind.LONG_CONTEXT, paid=usd(60), instead=usd(30), confidence=Confidence.MEDIUM)
FOUND = Savings(
    interval=last_days(28),
    savings=(GUESS, KNOWN),
    spend=usd(4000),
    names=names(),
    estimated=False,
    missing_days=(),
    data_as_of=NOW,
)


def test_one_saving_is_told_and_no_guess_while_anything_is_surer() -> None:
    guess, surer = (
        outlook(replace(digest(), savings=replace(FOUND, savings=each))) for each in ((GUESS,), (GUESS, KNOWN))
    )

    assert guess[0].endswith("a dearer model for the same kind of work (a guess worth checking)")
    assert surer == snapshot(
        ["*Could be saved in 28 days:* $30.00 `checkout`, `claude-opus-5-5`: requests over 200k tokens (fairly sure)"]
    )


def test_where_nothing_can_be_told_of_either_there_is_no_such_paragraph() -> None:
    unknown = find_month_pace(DailySpend({}, {}), {}, today=TODAY)
    told = replace(digest(), pace=unknown, savings=replace(FOUND, savings=()))

    assert [block["block_id"] for block in say(told).blocks] == [block["block_id"] for block in say(digest()).blocks]


def test_a_month_of_some_workspaces() -> None:
    told = replace(
        digest(
            "2026-10",
            spend={(CHECKOUT, OPUS): 2624, (SEARCH, HAIKU): 310},
            previous={(CHECKOUT, OPUS): 2100, (SEARCH, HAIKU): 300, ("wrkspc_old", OPUS): 90},
            restated=[replace(restated_week(2000, 2100), period=parse_period("2026-08"))],
        ),
        scope="checkout, sea*, old",
        unmatched=("shop-*",),
        pace=pace(date(2026, 11, 1)),
    )

    message = say(told)
    assert message.text == snapshot(
        "October 2026, checkout, sea*, old: $2,934, up 18 % (+$444); checkout claude-opus-5-5 +$524"
    )
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ October 2026, checkout, sea*, old: $2,934, up 18 % (+$444)                 │
│                                                                            │
│ What moved most                                                            │
│ checkout claude-opus-5-5 +$524: $2,100 → $2,624                            │
│ Stopped: wrkspc_old was $90.00 a month                                     │
│                                                                            │
│ The bill of earlier months changed                                         │
│ August 2026 +$100: $2,000 → $2,100                                         │
│                                                                            │
│ November: $2,400 forecast ($2,280 – $2,520), down 3.2 % on October         │
│                                                                            │
│ ✅ No open alerts                                                          │
│                                                                            │
│ Average a day, 7-day steps, USD                                            │
│ █ 1–31 Oct  │ 1–30 Sep                                                     │
│ Oct 1  ████████████████████████████│███  $94.65                            │
│ Oct 8  ████████████████████████████│███  $94.65                            │
│ Oct 15 ████████████████████████████│███  $94.65                            │
│ Oct 22 ████████████████████████████│███  $94.65                            │
│ Oct 29 ████████████████████████████│███  $94.65                            │
│                                                                            │
│ ╭────────────┬─────────┬─────────┬─────────╮                               │
│ │ Workspace  │   Spend │  Change │  Before │                               │
│ ├────────────┼─────────┼─────────┼─────────┤                               │
│ │ checkout   │  $2,624 │   +25 % │  $2,100 │                               │
│ │ search     │ $310.00 │  +3.3 % │ $300.00 │                               │
│ │ wrkspc_old │   $0.00 │ stopped │  $90.00 │                               │
│ ╰────────────┴─────────┴─────────┴─────────╯                               │
│                                                                            │
│ By model                                                                   │
│ claude-opus-5-5 $2,624, before $2,190 (+20 %)                              │
│ claude-haiku-4-5 $310.00, before $300.00 (+3.3 %)                          │
│                                                                            │
│ UTC days 1–31 Oct 2026 against 1–30 Sep · from the bill · no workspace is  │
│ called shop-* · data as of 22 Nov 09:30 UTC                                │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_digest_of_what_is_not_there_says_what_to_do() -> None:
    assert preview_as_text(nothing_called(parse_period("2026-W47"), ["pay-*", "chekout"])) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ Week 47: no workspace is called pay-* and chekout                          │
│                                                                            │
│ This channel's digest is of pay-* and chekout, and nothing is called so.   │
│ Change it in [[digests]], or with /claudecost digest unsubscribe here and  │
│ subscribe again.                                                           │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


# --- Budgets ---


def some_budgets(*, number: int = 6) -> tuple[BudgetNow, ...]:
    """One that is over, one that will be, one of a team that is gone, and others that last."""
    lost = find_standing(replace(BUDGET, name="lost"), DailySpend({}, {}), today=TODAY)
    return (
        stands(160, budget=replace(BUDGET, name="migration")),
        stands(95, budget=BUDGET),
        BudgetNow(standing=lost, fetched={}, data_as_of=NOW, unmatched=("team serach",)),
        *(stands(20, budget=replace(BUDGET, name=f"calm-{place}")) for place in range(number - 3)),
    )


def test_the_most_urgent_budgets_are_told() -> None:
    told = replace(digest(), budgets=some_budgets())

    assert "\n".join(block_of(say(told), "budgets")) == snapshot("""\
*Budgets*
🔴 `migration` *135 %*: $3,380 of $2,500, $1,547 above the even line, forecast 192 %, 8 days left
🟠 `search` *81 %*: $2,015 of $2,500, $182 above the even line, forecast 114 %, 8 days left
⚠️ `lost` nothing known of $2,500, as nothing is called team serach
`calm-0` *18 %*: $440 of $2,500, $1,393 below the even line, forecast 24 %, 8 days left
`calm-1` *18 %*: $440 of $2,500, $1,393 below the even line, forecast 24 %, 8 days left
_+1 more budget_\
""")


def test_without_budgets_nothing_is_said_of_them() -> None:
    assert "budgets" not in [block.get("block_id") for block in say(digest()).blocks]


def block_of(message: Message, block_id: str) -> list[str]:
    (text,) = [block["text"]["text"] for block in message.blocks if block.get("block_id") == block_id]
    return list(text.splitlines())
