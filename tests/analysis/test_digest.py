"""The week's digest, and when it is due."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given

from bot.analysis.restated import find_restated
from bot.analysis.weeks import IsoWeek
from bot.model import NO_MODEL, AlertState, Reason, Source, Status, usd
from tests.builders import (
    CHECKOUT,
    HAIKU,
    OPUS,
    SEARCH,
    SONNET,
    alert,
    digest,
    fetched_day,
    fetched_days,
    finding,
    last_days,
    restated_week,
)
from tests.laws import numbered

MONDAY = date(2026, 11, 23)
BOTH_WEEKS = fetched_days(last_days(14, until=MONDAY))
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


# --- What it says ---


def test_the_week_is_told_against_the_one_before() -> None:
    told = digest()
    assert (told.total, told.previous_total, told.change) == (usd(119), usd(112), usd(7))
    assert told.change_percent == Decimal("6.25")
    assert [(row.label, row.spend) for row in told.by_workspace] == [("checkout", usd(84)), ("search", usd(35))]
    assert [row.label for row in told.by_model] == [OPUS, HAIKU]


def test_workspaces_and_models_sum_their_lines() -> None:
    told = digest(
        spend={(CHECKOUT, OPUS): 5, (CHECKOUT, SONNET): 3, (SEARCH, OPUS): 1, (SEARCH, NO_MODEL): "0.5"}, previous={}
    )
    assert [row.spend for row in told.by_workspace] == [usd(8), usd("1.5")]
    assert [(row.id, row.spend) for row in told.by_model] == [
        (OPUS, usd(6)),
        (SONNET, usd(3)),
        ("no_model", usd("0.5")),
    ]


def test_the_chart_has_fourteen_days() -> None:
    told = digest()
    assert tuple(told.daily) == (*told.previous_interval.days(), *told.interval.days())


def test_the_five_that_moved_most_are_named_up_or_down() -> None:
    moved = {f"model-{number}": 100 + 10 * number for number in range(7)}
    told = digest(
        spend={(CHECKOUT, model): amount for model, amount in moved.items()} | {(CHECKOUT, HAIKU): 20},
        previous=dict.fromkeys([(CHECKOUT, model) for model in moved], 100) | {(CHECKOUT, HAIKU): 75},
    )
    assert [(mover.model, mover.change) for mover in told.movers] == [
        ("model-6", usd(60)),
        (HAIKU, usd(-55)),
        ("model-5", usd(50)),
        ("model-4", usd(40)),
        ("model-3", usd(30)),
    ]


def test_what_started_and_what_stopped_are_told_apart_from_what_moved() -> None:
    told = digest(
        spend={(CHECKOUT, OPUS): 30, (CHECKOUT, SONNET): 50},
        previous={(CHECKOUT, SONNET): 45, (CHECKOUT, HAIKU): 20},
    )
    assert [(mover.model, mover.spend) for mover in told.started] == [(OPUS, usd(30))]
    assert [(mover.model, mover.previous) for mover in told.stopped] == [(HAIKU, usd(20))]
    assert [mover.model for mover in told.movers] == [SONNET]


def test_a_workspace_that_stopped_is_one_line() -> None:
    told = digest(spend={(CHECKOUT, OPUS): 30}, previous={(CHECKOUT, OPUS): 30, (SEARCH, OPUS): 8, (SEARCH, HAIKU): 4})
    assert [(mover.workspace, mover.model, mover.previous) for mover in told.stopped] == [("search", None, usd(12))]


def test_money_that_moved_between_a_workspaces_models_is_not_news() -> None:
    told = digest(
        spend={(CHECKOUT, OPUS): 300, (CHECKOUT, SONNET): 20, (SEARCH, OPUS): 40},
        previous={(CHECKOUT, SONNET): 310, (SEARCH, OPUS): 30},
    )
    assert [(mover.workspace, mover.model, mover.change) for mover in told.movers] == [
        ("checkout", None, usd(10)),
        ("search", OPUS, usd(10)),
    ]
    assert told.started == ()


def test_less_than_a_dollar_is_not_worth_a_line() -> None:
    told = digest(spend={(CHECKOUT, OPUS): "0.99"}, previous={(SEARCH, HAIKU): "0.02"})
    assert (told.movers, told.started, told.stopped) == ((), (), ())


def test_while_a_day_is_unknown_nothing_started_or_stopped() -> None:
    holed = {day: known for day, known in BOTH_WEEKS.items() if day != date(2026, 11, 12)}
    told = digest(spend={(CHECKOUT, OPUS): 30}, previous={}, fetched=holed)
    assert (told.started, told.change_percent, told.previous_missing_days) == ((), None, (date(2026, 11, 12),))


def test_a_week_of_which_nothing_is_known_has_no_total() -> None:
    told = digest(previous={}, fetched=fetched_days(last_days(7, until=MONDAY)))
    assert (told.total, told.previous_total, told.change) == (usd(119), None, None)


def test_only_open_alerts_are_listed() -> None:
    told = digest(alerts=[alert(id=1), alert(id=2, state=AlertState.RESOLVED)])
    assert [one.id for one in told.open_alerts] == [1]


def test_held_breaches_are_grouped_by_their_reason() -> None:
    small = finding(status=Status.HELD, reason=Reason.BELOW_FLOOR)
    rebound = finding(status=Status.HELD, reason=Reason.RETURN_TO_NORMAL)
    told = digest(findings=[rebound, small, finding(), small])
    assert told.held == {Reason.BELOW_FLOOR: (small, small), Reason.RETURN_TO_NORMAL: (rebound,)}


def test_an_estimated_day_marks_the_digest() -> None:
    day = date(2026, 11, 18)
    assert digest(fetched={**BOTH_WEEKS, day: fetched_day(day, source=Source.ESTIMATE)}).estimated
    assert not digest().estimated


LINES = numbered(list(product(["a", "b"], [OPUS, SONNET, NO_MODEL])), 0, 9_999).map(dict)


@given(spend=LINES, previous=LINES)
def test_both_breakdowns_add_up_to_the_bill(
    spend: dict[tuple[str, str], str | int], previous: dict[tuple[str, str], str | int]
) -> None:
    told = digest(spend=spend, previous=previous)
    for rows in (told.by_workspace, told.by_model):
        assert sum(row.spend or 0 for row in rows) == told.total
        assert sum(row.previous or 0 for row in rows) == told.previous_total


@pytest.mark.parametrize(
    ("told", "total", "tells"),
    [(100, "101.01", True), (100, 101, False), (100, "98.90", True), (50, "50.90", False), (0, 2, True), (0, 1, False)],
)
def test_a_closed_week_is_told_again_if_it_changed_by_more_than_a_percent_and_a_dollar(
    told: int, total: str | int, *, tells: bool
) -> None:
    assert bool(digest(restated=[restated_week(told, total)]).restated) is tells


def test_a_week_is_restated_to_what_its_days_come_to_now() -> None:
    week = IsoWeek.parse("2026-W46")
    days = {day: fetched_day(day, total=10) for day in week.interval.days()}

    assert find_restated({"2026-W46": usd(60), "2026-W40": usd(1)}, days) == [restated_week(60, 70)]
