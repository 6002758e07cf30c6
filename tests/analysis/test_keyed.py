"""Dollars that the bill gives a key, and the lines they are part of."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given

from bot.analysis.bill import merge_bill
from bot.analysis.days import by_day
from bot.analysis.export import export_rows
from bot.analysis.groupings import CONSOLE, NOT_ATTRIBUTABLE
from bot.analysis.keyed import KeyedDays, dollars_by_key, row_of
from bot.analysis.prices import PriceTable
from bot.analysis.reconcile import KeyDifference, reconcile
from bot.model import NO_KEY, KeyCostLine, usd
from tests.analysis.test_bill import KEYS, LINES
from tests.builders import (
    TODAY,
    YESTERDAY,
    cost_line,
    key_cost_line,
    last_days,
    names,
    other_cost_line,
    tokens,
    usage_line,
)
from tests.laws import one_of_a_series, one_of_each, with_output

if TYPE_CHECKING:
    from bot.model import CostLine, UsageLine

A, B = usage_line(api_key_id="a"), usage_line(api_key_id="b")


def shares(cost: list[CostLine], usage: list[UsageLine], keys: list[KeyCostLine]) -> list[tuple[str, dict[str, int]]]:
    """Each line's tier and shares, in dollars times a hundred."""
    days = KeyedDays(keys)
    found = (each for lines in by_day(cost, usage) for each in days.shares_of(lines))
    return [(line.series.service_tier, {key: amount // 10**7 for key, amount in parts}) for line, parts in found]


def test_a_line_is_shared_as_the_bill_says_and_not_by_tokens() -> None:
    keys = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id="b")]

    assert shares([cost_line(4)], [A, B], keys) == [("standard", {"a": 300, "b": 100})]


def test_a_key_stays_in_the_tier_its_tokens_are_in() -> None:
    batch = usage_line(api_key_id="c", service_tier="batch")
    keys = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id="b"), key_cost_line(2, api_key_id="c")]

    assert shares([cost_line(4), cost_line(2, service_tier="batch")], [A, B, batch], keys) == [
        ("standard", {"a": 300, "b": 100}),
        ("batch", {"c": 200}),
    ]


def test_a_key_whose_tokens_nobody_knows_gets_its_dollars() -> None:
    assert shares([cost_line(4)], [A], [key_cost_line(1, api_key_id="a"), key_cost_line(3, api_key_id="z")]) == [
        ("standard", {"a": 100, "z": 300})
    ]


def test_cost_without_tokens_is_the_keys_that_the_bill_names() -> None:
    keys = [
        key_cost_line(1, api_key_id="a", cost_type="web_search"),
        key_cost_line(2, cost_type="web_search", api_key_id=NO_KEY),
    ]

    assert shares([other_cost_line(3, cost_type="web_search")], [A], keys) == [("", {NOT_ATTRIBUTABLE: 200, "a": 100})]


def test_on_days_without_dollars_by_key_tokens_decide() -> None:
    cost, usage = [cost_line(4), cost_line(4, day=TODAY)], [A, B, A._replace(day=TODAY), B._replace(day=TODAY)]

    assert shares(cost, usage, [key_cost_line(4, api_key_id="b", day=TODAY)]) == [
        ("standard", {"a": 200, "b": 200}),
        ("standard", {"b": 400}),
    ]


def test_whose_a_row_without_a_key_is() -> None:
    assert row_of(key_cost_line(api_key_id=NO_KEY).series) == CONSOLE
    assert row_of(key_cost_line(api_key_id=NO_KEY, cost_type="session_usage").series) == NOT_ATTRIBUTABLE


def test_an_export_by_key_has_the_bills_dollars() -> None:
    keys = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id="b")]

    rows = export_rows([cost_line(4)], [A, B], keyed=keys, names=names(), by=("key",))

    assert {row.about[0]: row.amount for row in rows} == {"a": usd(3), "b": usd(1)}


def test_a_reconciliation_sets_both_beside_each_other() -> None:
    keys = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id="b")]

    found = reconcile(last_days(1), cost=[cost_line(4)], usage=[A, B], prices=PriceTable.build({}), keys=keys)

    assert found.keys == (KeyDifference("a", usd(3), usd(2)), KeyDifference("b", usd(1), usd(2)))
    assert sum(key.difference for key in found.keys) == 0


def test_a_reconciliation_without_dollars_by_key_has_no_keys() -> None:
    found = reconcile(last_days(1), cost=[cost_line(4)], usage=[A, B], prices=PriceTable.build({}))

    assert found.keys == ()


def test_what_keys_do_not_add_up_to_is_nobodys() -> None:
    assert shares([cost_line(4)], [A, B], [key_cost_line(3, api_key_id="a")]) == [
        ("standard", {"a": 300, NOT_ATTRIBUTABLE: 100})
    ]


def test_an_export_by_key_has_what_is_told_where_it_is_told_and_shares_elsewhere() -> None:
    usage = [usage_line(tokens(output=1), day=day, api_key_id=key) for day in (YESTERDAY, TODAY) for key in ("a", "b")]
    keyed = [key_cost_line(3, day=TODAY, api_key_id="a"), key_cost_line(1, day=TODAY, api_key_id="b")]
    cost = [cost_line(4, day=YESTERDAY), cost_line(4, day=TODAY)]

    rows = export_rows(cost, usage, names=names(), by=["day", "key"], keyed=keyed)

    assert [(row.about[0], row.about[1], row.amount) for row in rows] == [
        ("2026-11-21", "a", usd(2)),
        ("2026-11-21", "b", usd(2)),
        ("2026-11-22", "a", usd(3)),
        ("2026-11-22", "b", usd(1)),
    ]


USAGE = with_output(
    one_of_each(usage_line, counts=[tokens()], api_key_id=["a", "b", NO_KEY], service_tier=["standard", "batch"]),
    10**9,
    max_size=6,
).map(one_of_a_series)


@given(LINES, KEYS, USAGE)
def test_shares_come_to_their_lines_and_to_what_the_bill_gives_each_key(
    token_lines: list[CostLine], keyed: list[KeyCostLine], usage: list[UsageLine]
) -> None:
    bill = merge_bill(tokens=token_lines, in_the_us=[], keyed=keyed)
    days_told = {line.day for line in bill.keys}

    days = KeyedDays(bill.keys)
    found = [each for lines in by_day(bill.lines, sorted(usage)) for each in days.shares_of(lines)]

    totals: Counter[str] = Counter()
    for line, parts in found:
        assert sum(amount for _, amount in parts) == line.amount
        if line.day in days_told:
            totals.update(Counter(dict(parts)))
    assert {key: amount for key, amount in totals.items() if amount} == {
        key: amount for key, amount in dollars_by_key(bill.keys).items() if amount
    }
