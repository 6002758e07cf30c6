"""What `claudecost reconcile` prints, and the sentence of the digest."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from bot.analysis.prices import PriceTable
from bot.analysis.reconcile import Reconciliation, reconcile
from bot.messages.reconcile import matches_the_bill
from bot.terminal.reconcile import reconciliation_as_json, reconciliation_as_text
from tests.builders import SEARCH, cost_line, key_cost_line, last_days, names, other_cost_line, tokens, usage_line

if TYPE_CHECKING:
    from bot.model import CostLine, UsageLine

MILLION = tokens(output=10**6)


def compare(cost: list[CostLine], usage: list[UsageLine]) -> Reconciliation:
    return reconcile(last_days(7), cost=cost, usage=usage, prices=PriceTable.build({}))


def some_differences() -> Reconciliation:
    return compare(
        [
            cost_line(20),
            cost_line(3, model="claude-next"),
            other_cost_line("12.40"),
            cost_line("20.05", workspace_id=SEARCH),
        ],
        [usage_line(MILLION), usage_line(MILLION, model="claude-next"), usage_line(MILLION, workspace_id=SEARCH)],
    )


def test_json() -> None:
    assert json.loads(reconciliation_as_json(some_differences())) == snapshot(
        {
            "since": "2026-11-15",
            "until": "2026-11-22",
            "billed": "55.45",
            "expected": "40",
            "difference": "15.45",
            "explained_percent": "99.90",
            "rows": [
                {
                    "day": "2026-11-21",
                    "workspace_id": "wrkspc_checkout",
                    "model": None,
                    "billed": "12.4",
                    "expected": "0",
                    "difference": "12.4",
                    "reason": "code_execution",
                },
                {
                    "day": "2026-11-21",
                    "workspace_id": "wrkspc_checkout",
                    "model": "claude-next",
                    "billed": "3",
                    "expected": "0",
                    "difference": "3",
                    "reason": "unpriced_model",
                },
                {
                    "day": "2026-11-21",
                    "workspace_id": "wrkspc_checkout",
                    "model": "claude-opus-5-5",
                    "billed": "20",
                    "expected": "20",
                    "difference": "0",
                    "reason": None,
                },
                {
                    "day": "2026-11-21",
                    "workspace_id": "wrkspc_search",
                    "model": "claude-opus-5-5",
                    "billed": "20.05",
                    "expected": "20",
                    "difference": "0.05",
                    "reason": "unexplained",
                },
            ],
            "unpriced": [{"model": "claude-next", "tokens": 1000000}],
        }
    )


def test_what_each_reason_comes_to_is_there_if_asked_for() -> None:
    told = json.loads(reconciliation_as_json(some_differences(), causes=True))
    assert told["causes"] == {"code_execution": "12.4", "unpriced_model": "3", "unexplained": "0.05"}


def test_a_page_shows_what_differs_largest_first() -> None:
    assert str(reconciliation_as_text(some_differences(), names())) == snapshot("""\
15–21 Nov: billed $55.45, tokens × price $40.00
Workspace	Model	Days	Billed	Expected	Difference	Reason
checkout	no model	1	$12.40	$0.00	+$12.40	code execution
checkout	claude-next	1	$3.00	unpriced	+$3.00	unpriced model
search	claude-opus-5-5	1	$20.05	$20.00	+$0.05	unexplained
difference +$15.45: code execution +$12.40, unpriced model +$3.00, unexplained +$0.05
matches the bill: 99.9 % explained
no price is known for claude-next: 1M tokens\
""")


def test_a_page_adds_up_days_and_names_each_reason() -> None:
    discounted = [cost_line(18, day=day, workspace_id=place) for day in last_days(3).days() for place in ("a", "b")]
    usage = [usage_line(MILLION, day=day, workspace_id=place) for day in last_days(3).days() for place in ("a", "b")]
    contract = usage_line(MILLION, workspace_id="b", service_tier="priority")
    found = replace(compare(discounted, [*usage, contract]), left_out=(date(2026, 11, 18),))
    assert str(reconciliation_as_text(found, names())) == snapshot("""\
15–21 Nov: billed $108.00, tokens × price $140.00
Workspace	Model	Days	Billed	Expected	Difference	Reason
b	claude-opus-5-5	3	$54.00	$80.00	−$26.00	priority tier −$20.00, discount −$6.00
a	claude-opus-5-5	3	$54.00	$60.00	−$6.00	discount
difference −$32.00: priority tier −$20.00, discount −$12.00
matches the bill: 100 % explained
left out, without a whole bill so far: Wed 18 Nov\
""")


def test_without_a_billed_day_there_is_nothing_to_compare() -> None:
    nothing = compare([], [])
    assert json.loads(reconciliation_as_json(nothing))["explained_percent"] is None
    assert "no billed day to compare" in str(reconciliation_as_text(nothing, names()))
    assert matches_the_bill(nothing) == ""


def test_without_a_whole_bill_dollars_are_unknown_and_not_zero() -> None:
    nothing = replace(compare([], []), left_out=last_days(7).days())
    told = json.loads(reconciliation_as_json(nothing))
    assert (told["billed"], told["expected"], told["difference"]) == (None, None, None)
    assert told["left_out"] == [str(day) for day in last_days(7).days()]
    assert str(reconciliation_as_text(nothing, names())).startswith("15–21 Nov: no whole bill so far\n")


def test_days_left_out_are_named_beside_those_that_are_not() -> None:
    told = json.loads(reconciliation_as_json(replace(some_differences(), left_out=(date(2026, 11, 18),))))
    assert (told["billed"], told["left_out"]) == ("55.45", ["2026-11-18"])


def test_the_sentence() -> None:
    found = compare([cost_line(20), other_cost_line("12.40")], [usage_line(MILLION)])
    assert matches_the_bill(found) == snapshot("matches the bill: 100 % explained; $12.40 code execution has no tokens")


def test_a_bill_that_does_not_match_says_so() -> None:
    assert matches_the_bill(compare([cost_line(25)], [usage_line(MILLION)])) == snapshot(
        "does not match the bill: 80 % explained; +$5.00 unexplained"
    )


def test_what_nothing_explains_comes_first_where_it_is_too_much() -> None:
    cost = [cost_line(25), other_cost_line("12.40"), other_cost_line(40, cost_type="session_usage")]
    assert matches_the_bill(compare(cost, [usage_line(MILLION)])) == (
        "does not match the bill: 93.5 % explained; +$5.00 unexplained; $40.00 sessions have no tokens; "
        "$12.40 code execution has no tokens"
    )


def test_how_much_may_be_unexplained_is_the_settings_to_say() -> None:
    found = compare([cost_line("20.20")], [usage_line(MILLION)])

    assert matches_the_bill(found).startswith("matches the bill: 99.0 %")
    assert matches_the_bill(replace(found, drift_percent=Decimal("0.5"))).startswith("does not match the bill: 99.0 %")


def test_keys_are_told_where_the_bill_tells_them() -> None:
    keys = [key_cost_line("14.999", api_key_id="apikey_ci"), key_cost_line(5, api_key_id="")]
    keys.append(key_cost_line("0.001", api_key_id="apikey_web"))
    usage = [usage_line(tokens(output=500_000)), usage_line(tokens(output=500_000), api_key_id="")]
    found = reconcile(last_days(7), cost=[cost_line(20)], usage=usage, prices=PriceTable.build({}), keys=keys)

    assert json.loads(reconciliation_as_json(found))["keys"] == snapshot(
        [
            {"api_key_id": "console", "billed": "5", "shared": "10", "difference": "-5"},
            {"api_key_id": "apikey_ci", "billed": "14.999", "shared": "10", "difference": "4.999"},
            {"api_key_id": "apikey_web", "billed": "0.001", "shared": "0", "difference": "0.001"},
        ]
    )
    assert str(reconciliation_as_text(found, names())) == snapshot("""\
15–21 Nov: billed $20.00, tokens × price $20.00
matches the bill: 100 % explained
by key: Console and logins $5.00 on the bill, $10.00 by its tokens
by key: ci $15.00 on the bill, $10.00 by its tokens\
""")
