"""What an alert has cost in all."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.excess import days_of_excess, total_excess
from bot.model import usd
from tests.builders import YESTERDAY, alert

if TYPE_CHECKING:
    from datetime import date

DAY = timedelta(days=1)
ENDED = alert(opened_day=YESTERDAY - 7 * DAY)


def spent(before: str | int, since: str | int) -> dict[date, int]:
    days = days_of_excess(ENDED).days()
    return {day: usd(before if number < 7 else since) for number, day in enumerate(days)}


def test_it_counts_from_the_first_day_of_the_week_that_breached() -> None:
    days = days_of_excess(ENDED)

    assert (days.since, days.until) == (ENDED.opened_day - 13 * DAY, YESTERDAY + DAY)
    assert total_excess(ENDED, spent(100, 140)) == usd(14 * 40)


def test_spend_that_fell_below_the_level_before_counts_against_it() -> None:
    assert total_excess(ENDED, spent(100, 90)) == -usd(140)


def test_with_a_day_unknown_it_is_not_known() -> None:
    daily = spent(100, 140)
    del daily[YESTERDAY]

    assert total_excess(ENDED, daily) is None
