"""Which days the bill covers, and what stands in for it on the others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.calibration import Calibration
from bot.analysis.uncovered import days_covered, days_in_doubt, stand_in
from bot.model import settled_at
from tests.builders import CHECKOUT, SEARCH, YESTERDAY, cost_line, other_cost_line

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from bot.model import CostLine

SETTLED = settled_at(YESTERDAY)
TOO_EARLY = SETTLED - timedelta(microseconds=1)


def is_covered(
    *bill: CostLine,
    tokens: CostLine | None = None,
    answered: Collection[date] = (YESTERDAY,),
    fetched_at: datetime = SETTLED,
) -> bool:
    """Whether yesterday is the bill's; `tokens` is what its usage comes to."""
    estimate = [] if tokens is None else [tokens]
    return days_covered([YESTERDAY], answered, bill, estimate, fetched_at=fetched_at) == {YESTERDAY}


def test_a_settled_day_with_tokens_on_its_bill_is_covered() -> None:
    assert is_covered(cost_line(1), tokens=cost_line(2))
    assert days_in_doubt([YESTERDAY], [YESTERDAY], [cost_line(1)], fetched_at=SETTLED) == frozenset()


def test_a_day_is_not_covered_before_it_has_settled() -> None:
    assert not is_covered(cost_line(1), fetched_at=TOO_EARLY)


def test_a_bill_without_tokens_covers_no_day_on_which_they_were_used() -> None:
    assert not is_covered(other_cost_line(1), tokens=cost_line(2))


def test_a_bill_without_tokens_covers_a_day_without_any_that_have_a_price() -> None:
    assert is_covered()
    assert is_covered(other_cost_line(1), tokens=other_cost_line(1, cost_type="web_search"))


def test_a_day_the_bill_says_nothing_of_is_not_covered() -> None:
    assert not is_covered(answered=())


def test_other_cost_that_the_bill_knows_already_comes_along() -> None:
    cost = stand_in([cost_line(1), other_cost_line(5)], [cost_line(2)], Calibration(), days=[YESTERDAY])
    assert cost == [cost_line(2), other_cost_line(5)]


def test_searches_are_counted_once() -> None:
    searches, billed = other_cost_line(2, cost_type="web_search"), other_cost_line(1, cost_type="web_search")
    elsewhere = other_cost_line(3, cost_type="web_search", workspace_id=SEARCH)
    cost = stand_in([billed, elsewhere], [searches], Calibration(), days=[YESTERDAY])
    assert {line.series.workspace_id: line.amount for line in cost} == {
        CHECKOUT: searches.amount,
        SEARCH: elsewhere.amount,
    }


def test_days_of_the_bill_are_left_alone() -> None:
    assert stand_in([cost_line(1), other_cost_line(5)], [cost_line(2)], Calibration(), days=[]) == []
