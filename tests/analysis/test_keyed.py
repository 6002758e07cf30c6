"""Where the bill tells dollars by key, each of its lines is shared as told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.analysis.export import export_rows
from bot.analysis.groupings import CONSOLE, NOT_ATTRIBUTABLE
from bot.analysis.keyed import row_of, shares_as_told
from bot.model import NO_KEY, CostLine, KeyCostLine, usd
from tests.builders import (
    HAIKU,
    OPUS,
    TODAY,
    YESTERDAY,
    cost_line,
    key_cost_line,
    names,
    other_cost_line,
    tokens,
    usage_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


def told(lines: Iterable[CostLine], keyed: Iterable[KeyCostLine]) -> list[dict[str, int]]:
    """The shares of each line."""
    return [dict(shares) for _, shares in shares_as_told(lines, keyed)]


def test_a_line_alone_has_the_keys_that_are_told() -> None:
    keyed = [key_cost_line(3, api_key_id="a"), key_cost_line(1, api_key_id=NO_KEY)]
    assert told([cost_line(4)], keyed) == [{"a": usd(3), CONSOLE: usd(1)}]


def test_lines_told_together_take_from_the_keys_in_proportion() -> None:
    lines = [cost_line(2), cost_line(6, service_tier="batch")]
    keyed = [key_cost_line(6, api_key_id="a"), key_cost_line(2, api_key_id="b")]
    assert told(lines, keyed) == [{"a": usd("1.5"), "b": usd("0.5")}, {"a": usd("4.5"), "b": usd("1.5")}]


def test_what_keys_do_not_add_up_to_is_nobodys() -> None:
    assert told([cost_line(4)], [key_cost_line(3, api_key_id="a")]) == [{"a": usd(3), NOT_ATTRIBUTABLE: usd(1)}]
    assert told([other_cost_line(2)], []) == [{NOT_ATTRIBUTABLE: usd(2)}]


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


LINES = st.lists(
    st.builds(cost_line, st.integers(-5, 50), model=st.sampled_from([OPUS, HAIKU]), service_tier=st.sampled_from("abc"))
)
KEYED = st.lists(
    st.builds(
        key_cost_line, st.integers(-5, 50), model=st.sampled_from([OPUS, HAIKU]), api_key_id=st.sampled_from(["", "a"])
    )
)


@settings(deadline=None)
@given(lines=LINES, keyed=KEYED)
def test_shares_add_up_to_their_line_and_to_what_is_told_of_each_key(
    lines: list[CostLine], keyed: list[KeyCostLine]
) -> None:
    models = {line.series.model for line in lines}
    keyed = [each for each in keyed if each.series.model in models]
    keys: Counter[str] = Counter()
    for line, shares in shares_as_told(lines, keyed):
        assert sum(amount for _, amount in shares) == line.amount
        for key, amount in shares:
            keys[key] += amount
    for each in keyed:
        keys[row_of(each.series)] -= each.amount
    assert {key for key, amount in keys.items() if amount} <= {NOT_ATTRIBUTABLE}
