"""Which dollars a monitoring system reads: the window, what is billed and what is not, how many lines."""

from __future__ import annotations

from datetime import timedelta

from bot.analysis.metrics import MOST, THE_OTHERS, Basis, Part, Window, find_spent, last_complete_day
from bot.model import Source, start_of
from tests.builders import TODAY, YESTERDAY, fetched_day

DAY = timedelta(days=1)
BILLED = {YESTERDAY: fetched_day(YESTERDAY)}
FIRST = TODAY.replace(day=1)


def test_what_is_billed_and_what_is_estimated_are_apart() -> None:
    today = fetched_day(TODAY, fetched_at=start_of(TODAY), source=Source.ESTIMATE)
    spend = {("a", str(YESTERDAY)): 5, ("a", str(TODAY)): 2}

    assert find_spent(spend, {**BILLED, TODAY: today}, today=TODAY) == {
        Part("a", Window.MONTH_TO_DATE, Basis.BILLED): 5,
        Part("a", Window.MONTH_TO_DATE, Basis.ESTIMATED): 2,
        Part("a", Window.LAST_COMPLETE_DAY, Basis.BILLED): 5,
    }


def test_days_of_the_month_before_are_in_no_month_to_date() -> None:
    before = FIRST - DAY

    assert find_spent({("a", str(before)): 5}, {before: fetched_day(before)}, today=FIRST) == {
        Part("a", Window.LAST_COMPLETE_DAY, Basis.BILLED): 5
    }


def test_a_day_that_was_fetched_before_its_end_is_not_complete() -> None:
    begun = fetched_day(YESTERDAY, fetched_at=start_of(YESTERDAY))
    before = YESTERDAY - DAY

    assert last_complete_day({before: fetched_day(before), YESTERDAY: begun}, TODAY) == before


def test_a_complete_day_of_long_ago_is_none() -> None:
    long_ago = TODAY - 9 * DAY

    assert last_complete_day({long_ago: fetched_day(long_ago)}, TODAY) is None


def test_only_so_many_things_have_a_line_of_their_own_and_nothing_is_lost() -> None:
    spend = {(f"key_{number:04}", str(YESTERDAY)): number for number in range(MOST + 50)}

    found = find_spent(spend, BILLED, today=TODAY)

    month = {part.id: amount for part, amount in found.items() if part.window is Window.MONTH_TO_DATE}
    assert len(month) == MOST + 1
    assert month[THE_OTHERS] == sum(range(50))
    assert sum(month.values()) == sum(spend.values())
