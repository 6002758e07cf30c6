"""Breakdowns of a period against the one before."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from hypothesis import given

from bot.analysis.groupings import CONSOLE, NO_MODEL_ROW, NOT_ATTRIBUTABLE
from bot.analysis.report import Row, find_report
from bot.model import NO_MODEL, Interval, Source, Unpriced, end_of, usd
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    NOW,
    OPUS,
    SEARCH,
    TODAY,
    YESTERDAY,
    cross_report,
    fetched_day,
    fetched_days,
    last_days,
    names,
    question,
    report,
)
from tests.laws import numbered

FORTNIGHT = fetched_days(last_days(14))


def test_rows_come_largest_first_and_add_up_to_the_total() -> None:
    found = report(spend={SEARCH: 35, CHECKOUT: "84.50"}, previous={CHECKOUT: 70})
    assert [(row.label, row.spend) for row in found.rows] == [("checkout", usd("84.50")), ("search", usd(35))]
    assert found.total == usd("119.50")


def test_a_change_is_told_for_the_total_and_each_row() -> None:
    found = report(spend={CHECKOUT: 84, SEARCH: 35}, previous={CHECKOUT: 70, SEARCH: 42})
    assert found.change == usd(7)
    assert found.change_percent == Decimal("6.25")
    assert [row.change for row in found.rows] == [usd(14), usd(-7)]
    assert [row.change_percent for row in found.rows] == [Decimal("20.00"), Decimal("-16.67")]


def test_what_spent_only_before_keeps_its_row() -> None:
    found = report(spend={CHECKOUT: 84}, previous={SEARCH: 42})
    assert [(row.id, row.spend, row.previous) for row in found.rows] == [(CHECKOUT, usd(84), 0), (SEARCH, 0, usd(42))]


def test_what_never_spent_has_none() -> None:
    assert [row.id for row in report(spend={CHECKOUT: 84, SEARCH: 0}, previous={}).rows] == [CHECKOUT]


def test_a_row_with_much_that_has_no_counterpart_has_no_percentage() -> None:
    row = Row(ids=("wrkspc",), labels=("R&D",), spend=usd("1.14"), previous=usd("1.12"))
    assert row.change_percent == Decimal("1.79")
    assert row.without_counterpart(usd("0.01")).change_percent == Decimal("0.89")
    assert row.without_counterpart(usd("0.05")).change_percent is None


def test_a_row_without_a_week_before_has_no_percentage() -> None:
    assert report(spend={CHECKOUT: 84}, previous={}).rows[0].change_percent is None


def test_a_workspace_is_known_by_its_id_even_if_two_share_a_name() -> None:
    same = names(workspaces={CHECKOUT: "prod", SEARCH: "prod"})
    assert [(row.id, row.label) for row in report(names=same).rows] == [(CHECKOUT, "prod"), (SEARCH, "prod")]


def test_the_default_workspace_has_a_name_for_people() -> None:
    assert report(spend={"default": 1}, previous={}).rows[0].label == "Default workspace"


def test_cost_of_no_model_has_a_row_that_says_so() -> None:
    found = report("by model", spend={NO_MODEL: 3, OPUS: 5}, previous={})
    assert [(row.id, row.label) for row in found.rows] == [
        (OPUS, OPUS),
        (NO_MODEL_ROW, "No model (code execution, search, …)"),
    ]


def test_by_key_names_keys_the_console_and_what_belongs_to_none() -> None:
    found = report("by key", spend={CI_KEY: 9, CONSOLE: 5, NOT_ATTRIBUTABLE: 1, "apikey_lost": "0.5"}, previous={})
    assert [row.label for row in found.rows] == ["ci", "Console and logins", "Not attributable to a key", "apikey_lost"]


def test_by_day_pairs_each_day_with_the_one_at_the_same_place_before() -> None:
    found = find_report(
        question("month by day", today=date(2026, 3, 31)),
        current={},
        previous={},
        daily={date(2026, 3, 2): usd(9), date(2026, 2, 2): usd(6)},
        fetched=fetched_days(Interval(date(2026, 2, 1), date(2026, 3, 31))),
        names=names(),
        unpriced=(),
        data_as_of=NOW,
    )
    assert [row.id for row in found.rows][:2] == ["2026-03-01", "2026-03-02"]
    assert (found.rows[1].spend, found.rows[1].previous) == (usd(9), usd(6))
    assert (found.rows[29].id, found.rows[29].spend, found.rows[29].previous) == ("2026-03-30", 0, None)
    assert (found.total, found.previous_total) == (usd(9), usd(6))


def test_a_cross_with_days_pairs_each_with_the_day_at_its_place_before() -> None:
    found = cross_report(
        "2d by day workspace",
        spend={("2026-11-20", SEARCH): 1, ("2026-11-20", CHECKOUT): 2, ("2026-11-21", SEARCH): 3},
        previous={("2026-11-18", SEARCH): 4, ("2026-11-19", CHECKOUT): 5},
    )
    assert [(row.ids, row.spend, row.previous) for row in found.rows] == [
        (("2026-11-20", CHECKOUT), usd(2), 0),
        (("2026-11-20", SEARCH), usd(1), usd(4)),
        (("2026-11-21", SEARCH), usd(3), 0),
        (("2026-11-21", CHECKOUT), 0, usd(5)),
    ]


def test_with_the_day_second_the_days_of_the_largest_come_first() -> None:
    spend: dict[tuple[str, ...], str | int] = {
        (SEARCH, "2026-11-20"): 1,
        (CHECKOUT, "2026-11-20"): 2,
        (SEARCH, "2026-11-21"): 9,
    }
    found = cross_report("2d by workspace day", spend=spend, previous={})
    assert [row.ids for row in found.rows] == [
        (SEARCH, "2026-11-20"),
        (SEARCH, "2026-11-21"),
        (CHECKOUT, "2026-11-20"),
    ]


def test_in_a_cross_a_day_never_fetched_has_no_spend() -> None:
    fetched = {day: known for day, known in FORTNIGHT.items() if day != YESTERDAY}
    found = cross_report("1d by day workspace", spend={}, previous={("2026-11-20", SEARCH): 4}, fetched=fetched)
    assert [(row.ids, row.spend, row.previous) for row in found.rows] == [(("2026-11-21", SEARCH), None, usd(4))]


def test_a_fetched_day_without_spend_is_a_true_zero() -> None:
    found = report(spend={}, previous={})
    assert (found.total, found.rows) == (0, ())
    assert found.daily == dict.fromkeys(last_days(7).days(), 0)


def test_days_never_fetched_are_no_zero() -> None:
    found = report(spend={}, previous={}, fetched={})
    assert (found.total, found.previous_total, found.change, found.rows) == (None, None, None, ())
    assert found.missing_days == last_days(7).days()


def test_a_hole_leaves_the_sum_of_what_is_known_and_no_percentage() -> None:
    holed = {day: known for day, known in FORTNIGHT.items() if day != date(2026, 11, 10)}
    found = report(fetched=holed)
    assert found.previous_missing_days == (date(2026, 11, 10),)
    assert found.previous_total == usd(112)
    assert found.change_percent is None
    assert {row.change_percent for row in found.rows} == {None}


def test_with_nothing_known_of_the_days_before_a_row_has_no_previous() -> None:
    found = report(previous={}, fetched=fetched_days(last_days(7)))
    assert found.previous_total is None
    assert {row.previous for row in found.rows} == {None}


def test_a_day_that_was_missing_has_an_empty_row() -> None:
    found = report("7d by day", fetched={day: known for day, known in FORTNIGHT.items() if day != YESTERDAY})
    assert (found.rows[-1].id, found.rows[-1].spend) == ("2026-11-21", None)
    assert YESTERDAY not in found.daily


def test_a_day_fetched_before_its_end_is_partial() -> None:
    found = report("today", fetched={**FORTNIGHT, TODAY: fetched_day(TODAY, fetched_at=NOW)})
    assert found.partial_days == (TODAY,)


def test_one_estimated_day_on_either_side_marks_the_report() -> None:
    before = YESTERDAY - timedelta(days=10)
    assert not report().estimated
    assert report(fetched={**FORTNIGHT, before: fetched_day(before, source=Source.ESTIMATE)}).estimated


def test_unpriced_usage_stays_with_the_report() -> None:
    assert report(unpriced=[Unpriced("claude-next", 12)]).unpriced == (Unpriced("claude-next", 12),)


IDS = ["".join(letters) for size in (1, 2, 3) for letters in product("abc", repeat=size)]
AMOUNTS = numbered(IDS, -(10**15), 10**15).map(dict)


@given(current=AMOUNTS, previous=AMOUNTS)
def test_rows_always_add_up_to_the_totals(current: dict[str, int], previous: dict[str, int]) -> None:
    found = find_report(
        question(),
        current={(id_,): amount for id_, amount in current.items()},
        previous={(id_,): amount for id_, amount in previous.items()},
        daily={},
        fetched=FORTNIGHT,
        names=names(),
        unpriced=(),
        data_as_of=NOW,
    )
    assert sum(row.spend or 0 for row in found.rows) == found.total
    assert sum(row.previous or 0 for row in found.rows) == found.previous_total


def test_a_day_that_is_not_over_has_no_percentage() -> None:
    now = question("today").period
    fetched = {
        **fetched_days(now.previous),
        TODAY: fetched_day(TODAY, fetched_at=NOW),
    }
    answer = report("today", fetched=fetched)

    assert answer.partial_days == (TODAY,)
    assert answer.change_percent is None
    assert {row.change_percent for row in (*answer.rows, *report("today by day", fetched=fetched).rows)} == {None}


def test_a_day_has_settled_three_hours_after_its_end() -> None:
    now = question("yesterday").period
    fetched = {**fetched_days(now.previous), YESTERDAY: fetched_day(YESTERDAY)}
    early = fetched_day(YESTERDAY, fetched_at=end_of(YESTERDAY) + timedelta(hours=2))

    assert report("yesterday", fetched=fetched).unsettled_days == ()
    assert report("yesterday", fetched={**fetched, YESTERDAY: early}).unsettled_days == (YESTERDAY,)


def test_days_that_are_not_from_the_bill_are_named_on_the_side_they_are_on() -> None:
    fetched = fetched_days(last_days(14)) | fetched_days(last_days(1), source=Source.ESTIMATE)
    answer = report(fetched=fetched)

    assert answer.estimated_days == (YESTERDAY,)
    assert (answer.total_estimated, answer.previous_estimated) == (True, False)
