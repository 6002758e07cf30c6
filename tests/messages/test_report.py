"""An answer gives the number, what moved it, and what it rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from bot.messages.answer_buttons import PERIODS, WITHOUT_PEOPLE
from bot.messages.report import report_answer
from bot.model import ApiKey, Interval, Names, Person, Source, Unpriced
from bot.terminal.slack_preview import preview_as_text
from tests.builders import (
    CHECKOUT,
    SEARCH,
    TODAY,
    YESTERDAY,
    fetched_day,
    fetched_days,
    kept_answer,
    last_days,
    names,
    question,
    report,
)
from tests.messages.test_cross import table_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.model import FetchedDay, Message

SPEND: dict[str, str | int] = {
    "prod": "1773.40",
    "batch & <nightly>": "812.10",
    "research": 402,
    "staging": "84.20",
    "old": 0,
    **{f"small-{number}": number for number in range(1, 9)},
}
BEFORE: dict[str, str | int] = {**SPEND, "prod": "1240.20", "staging": 0, "old": "22.10"}


def kinds(blocks: tuple[dict[str, object], ...]) -> list[object]:
    return [block["type"] for block in blocks]


def test_a_week_by_workspace() -> None:
    message = kept_answer(report(spend=SPEND, previous=BEFORE), answer_id="answer-1")
    assert message.text == snapshot("$3,108 in 7 days, up 24 % (+$595); most: prod $1,773 (57 %)")
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $3,108 in 7 days, up 24 % (+$595)                                          │
│                                                                            │
│ What moved: prod +$533.20, staging +$84.20                                 │
│                                                                            │
│ Largest, USD                                                               │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ prod         ██████████████████████│█████████   $1,773                     │
│ batch & <ni… ███████████████│                  $812.10                     │
│ research     ███████│                          $402.00                     │
│ staging      │█                                 $84.20                     │
│ small-8      │                                   $8.00                     │
│ small-7      │                                   $7.00                     │
│                                                                            │
│ ╭─────────────────┬─────────┬────────┬─────────╮                           │
│ │ Workspace       │   Spend │ Change │  Before │                           │
│ ├─────────────────┼─────────┼────────┼─────────┤                           │
│ │ prod            │  $1,773 │  +43 % │  $1,240 │                           │
│ │ batch & <night… │ $812.10 │    0 % │ $812.10 │                           │
│ │ research        │ $402.00 │    0 % │ $402.00 │                           │
│ │ staging         │  $84.20 │    new │   $0.00 │                           │
│ │ small-8         │   $8.00 │    0 % │   $8.00 │                           │
│ │ small-7         │   $7.00 │    0 % │   $7.00 │                           │
│ │ small-6         │   $6.00 │    0 % │   $6.00 │                           │
│ │ small-5         │   $5.00 │    0 % │   $5.00 │                           │
│ │ small-4         │   $4.00 │    0 % │   $4.00 │                           │
│ │ +4 more         │   $6.00 │  −79 % │  $28.10 │                           │
│ ╰─────────────────┴─────────┴────────┴─────────╯                           │
│                                                                            │
│ [ By workspace ▾ ] [ 7 days ▾ ] [ Details ] [ CSV ] [ Share in channel ]   │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · complete days · from the bill · │
│ data as of 22 Nov 09:30 UTC · understood as 7d by workspace                │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_the_table_adds_up_to_the_total() -> None:
    spend = {f"wrkspc_{number:04}": number + 1 for number in range(1000)}
    message = report_answer(report(spend=spend, previous=spend))
    table = next(block for block in message.blocks if block["type"] == "table")
    amounts = [row[1]["text"].removeprefix("$").replace(",", "") for row in table["rows"][1:]]
    assert len(amounts) == 10
    assert sum(map(float, amounts)) == sum(spend.values())


def test_without_an_id_there_is_no_button() -> None:
    assert "actions" not in kinds(report_answer(report()).blocks)


def test_the_buttons_carry_an_id_and_no_data() -> None:
    (actions,) = (block for block in kept_answer(report(), answer_id="a1").blocks if block["type"] == "actions")
    by, period, *buttons = actions["elements"]
    assert {button["value"] for button in buttons} == {"a1"}
    assert [option["value"] for option in (*by["options"], *period["options"])] == [
        f"a1:{choice}" for choice in (*WITHOUT_PEOPLE, *PERIODS)
    ]
    assert by["initial_option"]["value"] == "a1:workspace"


def test_many_days_become_few_points_and_the_earlier_ones_one_row() -> None:
    message = report_answer(report("30d by day"))
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $119.00 in 30 days, up 6.3 % (+$7.00)                                      │
│                                                                            │
│ Average a day, 3-day steps, USD                                            │
│ █ 23 Oct – 21 Nov  │ 23 Sep – 22 Oct                                       │
│ Oct 23 ██████████████████████████████│█  $3.97                             │
│ Oct 26 ██████████████████████████████│█  $3.97                             │
│ Oct 29 ██████████████████████████████│█  $3.97                             │
│ Nov 1  ██████████████████████████████│█  $3.97                             │
│ Nov 4  ██████████████████████████████│█  $3.97                             │
│ Nov 7  ██████████████████████████████│█  $3.97                             │
│ Nov 10 ██████████████████████████████│█  $3.97                             │
│ Nov 13 ██████████████████████████████│█  $3.97                             │
│ Nov 16 ██████████████████████████████│█  $3.97                             │
│ Nov 19 ██████████████████████████████│█  $3.97                             │
│                                                                            │
│ ╭─────────────────┬────────┬────────┬───────────────╮                      │
│ │ UTC day         │  Spend │ Change │ A week before │                      │
│ ├─────────────────┼────────┼────────┼───────────────┤                      │
│ │ 21 earlier days │ $83.30 │ +2.0 % │        $81.67 │                      │
│ │ Fri 13 Nov      │  $3.97 │    0 % │         $3.97 │                      │
│ │ Sat 14 Nov      │  $3.97 │    0 % │         $3.97 │                      │
│ │ Sun 15 Nov      │  $3.97 │    0 % │         $3.97 │                      │
│ │ Mon 16 Nov      │  $3.97 │    0 % │         $3.97 │                      │
│ │ Tue 17 Nov      │  $3.97 │    0 % │         $3.97 │                      │
│ │ Wed 18 Nov      │  $3.97 │    0 % │         $3.97 │                      │
│ │ Thu 19 Nov      │  $3.97 │    0 % │         $3.97 │                      │
│ │ Fri 20 Nov      │  $3.97 │    0 % │         $3.97 │                      │
│ │ Sat 21 Nov      │  $3.97 │    0 % │         $3.97 │                      │
│ ╰─────────────────┴────────┴────────┴───────────────╯                      │
│                                                                            │
│ UTC days 23 Oct – 21 Nov 2026 against 23 Sep – 22 Oct · complete days ·    │
│ from the bill · data as of 22 Nov 09:30 UTC · understood as 30d by day     │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_today_is_not_compared_with_a_whole_day() -> None:
    day_before = TODAY - timedelta(days=7)
    fetched = {
        TODAY: fetched_day(TODAY, fetched_at=datetime(2026, 11, 22, 9, tzinfo=UTC)),
        day_before: fetched_day(day_before),
    }
    message = report_answer(report("today", fetched=fetched))
    assert message.text == snapshot(
        "$119.00 on Sun 22 Nov so far; all of Sun 15 Nov was $112.00; most: checkout $84.00 (71 %)"
    )
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $119.00 on Sun 22 Nov so far; all of Sun 15 Nov was $112.00                │
│                                                                            │
│ Largest, USD                                                               │
│ █ Spend                                                                    │
│ checkout ████████████████████████████████  $84.00                          │
│ search   █████████████                     $35.00                          │
│                                                                            │
│ ╭───────────┬────────┬────────╮                                            │
│ │ Workspace │  Spend │ Before │                                            │
│ ├───────────┼────────┼────────┤                                            │
│ │ checkout  │ $84.00 │ $70.00 │                                            │
│ │ search    │ $35.00 │ $42.00 │                                            │
│ ╰───────────┴────────┴────────╯                                            │
│                                                                            │
│ UTC day Sun 22 Nov 2026 against Sun 15 Nov · not complete yet: Sun 22 Nov  │
│ · from the bill · data as of 22 Nov 09:30 UTC · understood as today by     │
│ workspace                                                                  │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


@pytest.mark.parametrize(("asked", "called"), [("yesterday", "A week earlier"), ("1d", "Fri 20 Nov")])
def test_the_picture_names_the_day_that_one_day_is_held_against(asked: str, called: str) -> None:
    assert f"│ {called} " in preview_as_text(report_answer(report(asked)))


def test_a_name_formats_nothing_where_it_moved() -> None:
    called = Names(people={"user_1": Person("user_1", "<!channel> *Ada* `Lovelace`", "")})
    message = report_answer(
        report("7d by person", spend={"user_1": 84, "b": 1}, previous={"user_1": 70, "b": 1}, names=called)
    )
    (why,) = [block for block in message.blocks if block["block_id"] == "why"]
    assert "!channel&gt; *Ada* 'Lovelace'` +$14.00" in str(why)
    assert "<!channel>" not in str(why)


def test_what_moved_by_less_than_a_hundredth_is_not_named() -> None:
    moved = report(spend={CHECKOUT: 84, SEARCH: "42.50"}, previous={CHECKOUT: 70, SEARCH: 42})
    message = report_answer(moved)
    (why,) = [block["text"]["text"] for block in message.blocks if block["block_id"] == "why"]
    assert why == "*What moved:* `checkout` +$14.00"


def test_an_estimate_says_so_beside_each_number() -> None:
    days = Interval(date(2026, 11, 8), TODAY)
    estimated = report(
        "7d by model",
        fetched=fetched_days(days, source=Source.ESTIMATE),
        unpriced=[Unpriced("claude-next", 1_234_567)],
    )
    message = report_answer(estimated)
    assert message.text == snapshot("$119.00 est. in 7 days, up 6.3 % (+$7.00); most: wrkspc_checkout $84.00 (71 %)")
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $119.00 est. in 7 days, up 6.3 % (+$7.00)                                  │
│                                                                            │
│ What moved: wrkspc_checkout +$14.00, wrkspc_search −$7.00                  │
│                                                                            │
│ Largest, USD est.                                                          │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ wrkspc_chec… ███████████████████████████│████  $84.00                      │
│ wrkspc_sear… █████████████   │                 $35.00                      │
│                                                                            │
│ ╭─────────────────┬────────┬────────┬─────────────╮                        │
│ │ Model           │   Est. │ Change │ Est. before │                        │
│ ├─────────────────┼────────┼────────┼─────────────┤                        │
│ │ wrkspc_checkout │ $84.00 │  +20 % │      $70.00 │                        │
│ │ wrkspc_search   │ $35.00 │  −17 % │      $42.00 │                        │
│ ╰─────────────────┴────────┴────────┴─────────────╯                        │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · complete days · est.: tokens ×  │
│ price, not the bill · unpriced: 1 model, 1.2M tokens, not in the dollars:  │
│ claude-next 1.2M · data as of 22 Nov 09:30 UTC · understood as 7d by model │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_days_never_fetched_are_unknown_and_not_zero() -> None:
    message = kept_answer(report("last month", fetched={}), answer_id="answer-1")
    assert message.text == snapshot("No data for 1–31 Oct yet: these days were never fetched")
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ No data for 1–31 Oct yet                                                   │
│                                                                            │
│ These days were never fetched, so what they cost is unknown, not zero.     │
│ /claudecost status shows which days there are and when the next sync runs. │
│                                                                            │
│ [ By workspace ▾ ] [ Last month ▾ ] [ Details ] [ CSV ] [ Share in channel │
│ ]                                                                          │
│                                                                            │
│ understood as last month by workspace · data as of 22 Nov 09:30 UTC        │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_without_the_week_before_there_is_no_change() -> None:
    only_now = fetched_days(Interval(date(2026, 11, 15), TODAY))
    message = report_answer(report(fetched=only_now))
    assert message.blocks[0]["text"]["text"] == snapshot("$119.00 in 7 days")
    assert "not fetched, so not counted: 8–14 Nov" in message.blocks[-1]["elements"][0]["text"]


def in_part(text: str) -> Message:
    """An answer of 30 days, of the 30 before which only the newest ten are known."""
    days = last_days(40)
    return report_answer(report(text, fetched=fetched_days(days)))


def test_days_before_that_are_known_in_part_are_drawn_beside_nothing() -> None:
    message = in_part("30d by workspace")

    (chart,) = [block["chart"] for block in message.blocks if block["type"] == "data_visualization"]
    assert [series["name"] for series in chart["series"]] == ["23 Oct – 21 Nov"]
    assert table_of(message)[0][2:] == ["Before, 10 days"]


def test_earlier_days_that_are_beside_unknown_ones_are_beside_nothing() -> None:
    header, earlier, *_ = table_of(in_part("28d by day"))

    assert header[3] == "Before"
    assert (earlier[0], earlier[3]) == ("19 earlier days", "–")


def test_days_are_told_beside_the_same_weekdays() -> None:
    header, earlier, *_, newest = table_of(in_part("30d by day"))

    assert header[3] == "A week before"
    assert earlier[2:] == ["+2.0 %", "$81.67"]
    assert newest == ["Sat 21 Nov", "$3.97", "0 %", "$3.97"]


def headline_of(question: str) -> str:
    return str(report_answer(report(question)).blocks[0]["text"]["text"])


def test_each_period_is_named_as_people_say_it() -> None:
    periods = ("7d", "1d", "yesterday", "week", "month", "last month", "2026-09")
    assert [headline_of(period) for period in periods] == snapshot(
        [
            "$119.00 in 7 days, up 6.3 % (+$7.00)",
            "$119.00 on Sat 21 Nov, up 6.3 % (+$7.00)",
            "$119.00 on Sat 21 Nov, up 6.3 % (+$7.00)",
            "$119.00 this week so far, up 6.3 % (+$7.00)",
            "$119.00 this month so far, up 6.3 % (+$7.00)",
            "$119.00 in Oct 2026, up 6.3 % (+$7.00)",
            "$119.00 in Sep 2026, up 6.3 % (+$7.00)",
        ]
    )


def test_credits_do_not_get_a_share() -> None:
    message = report_answer(report(spend={"prod": -5}, previous={"prod": 10}))
    assert message.text == snapshot("−$5.00 in 7 days, down 150 % (−$15.00)")


def test_an_empty_period_that_was_fetched_is_a_true_zero() -> None:
    message = report_answer(report(spend={}, previous={}))
    assert message.text == snapshot("$0.00 in 7 days")


def test_a_day_cut_short_inside_a_period_is_named() -> None:
    cut_short = replace(report(), partial_days=(date(2026, 11, 21),))
    small_print = report_answer(cut_short).blocks[-1]["elements"][0]["text"]
    assert "not complete yet: Sat 21 Nov" in small_print


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("7d", "$119.00 on 5 of 7 days"),
        ("last month", "$119.00 on 29 of 31 days of Oct 2026"),
        ("2026-09", "$119.00 on 28 of 30 days of Sep 2026"),
        ("month", "$119.00 on 19 of 21 days of this month so far"),
    ],
)
def test_a_total_of_a_part_of_the_days_says_so(text: str, told: str) -> None:
    period = report(text).question.period
    fetched = {**fetched_days(period.previous), **fetched_days(period.current)}
    for day in period.current.days()[:2]:
        del fetched[day]
    assert report_answer(report(text, fetched=fetched)).text.partition(";")[0] == told


def small_print_by_key(known: Names, fetched: Mapping[date, FetchedDay] | None = None) -> str:
    answer = report("7d by key", spend=dict.fromkeys(known.api_keys, 1), previous={}, names=known, fetched=fetched)
    return str(report_answer(answer).blocks[-1]["elements"][0]["text"])


def test_keys_that_are_no_longer_active_are_named() -> None:
    keys = {
        id_: ApiKey(id_, id_, status, "w") for id_, status in {"a": "archived", "b": "active", "c": "expired"}.items()
    }
    assert " · no longer active: `a` archived, `c` expired · " in small_print_by_key(Names(api_keys=keys))


def test_keys_used_for_the_first_time_are_named_where_the_days_before_are_known() -> None:
    known = replace(names(), first_days={"apikey_ci": date(2026, 11, 18)})
    assert " · first used: `ci` Wed 18 Nov · " in small_print_by_key(known)
    assert "first used" not in small_print_by_key(replace(known, first_days={"apikey_ci": date(2026, 11, 14)}))
    assert "first used" not in small_print_by_key(known, fetched_days(question("7d").period.current))


def test_days_without_a_bill_are_named_in_the_small_print() -> None:
    fetched = {**fetched_days(last_days(14)), YESTERDAY: fetched_day(YESTERDAY, source=Source.ESTIMATE)}
    message = report_answer(report(fetched=fetched))
    small_print = message.blocks[-1]["elements"][0]["text"]
    assert "est. until the bill is there: Sat 21 Nov (tokens × price, in line with the last bills)" in small_print
    assert message.text.startswith("$119.00 est. in 7 days")


def test_an_estimate_in_the_week_before_is_no_estimate_of_this_one() -> None:
    early = date(2026, 11, 10)
    fetched = {**fetched_days(last_days(14)), early: fetched_day(early, source=Source.ESTIMATE)}
    message = report_answer(report(fetched=fetched))
    assert message.text.startswith("$119.00 in 7 days")
    assert "est. until the bill is there: Tue 10 Nov" in message.blocks[-1]["elements"][0]["text"]


def test_a_day_that_has_not_settled_may_still_grow() -> None:
    lately = replace(report(), unsettled_days=(date(2026, 11, 21),))
    small_print = report_answer(lately).blocks[-1]["elements"][0]["text"]
    assert "Sat 21 Nov may still grow" in small_print
    assert "complete days" not in small_print
