"""The answer to "why" rests on the days that are known, and says which are not."""

from __future__ import annotations

from datetime import timedelta

from bot.model import Source, Unpriced, usd
from tests.builders import NOW, TODAY, YESTERDAY, fetched_day, fetched_days, last_days, tokens, usage_line
from tests.changes import BEFORE, broken_cache, explanation, used, workspace_lines


def test_days_that_are_known_are_compared() -> None:
    answer = explanation(*broken_cache())
    assert answer.comparable
    assert (answer.total, answer.previous_total) == (answer.why.current, answer.why.previous)
    assert answer.change == answer.why.increase


def test_a_side_that_was_never_fetched_is_unknown_and_not_zero() -> None:
    answer = explanation(used(output=1), fetched=fetched_days(last_days(3)))
    assert (answer.total, answer.previous_total) == (usd(25), None)
    assert answer.previous_missing_days == (BEFORE,)


def test_a_key_is_not_called_new_where_days_before_are_unknown() -> None:
    fetched = fetched_days(last_days(8))
    assert [key.first_seen for key in explanation(used(output=1), period="7d", fetched=fetched).why.keys] == [None]


def test_an_estimated_day_on_either_side_makes_an_estimate() -> None:
    for day in (BEFORE, YESTERDAY):
        fetched = fetched_days(last_days(20)) | {day: fetched_day(day, source=Source.ESTIMATE)}
        assert explanation(used(output=1), fetched=fetched).estimated
    assert not explanation(used(output=1)).estimated


def test_tokens_without_a_price_are_told_on_estimated_days_alone() -> None:
    unknown = workspace_lines(usage=[usage_line(tokens(output=7), model="claude-next")])
    estimated = fetched_days(last_days(20)) | {YESTERDAY: fetched_day(YESTERDAY, source=Source.ESTIMATE)}
    assert explanation(used(output=1), unknown, fetched=estimated).unpriced == (Unpriced("claude-next", 7),)
    assert explanation(used(output=1), unknown).unpriced == ()


def test_a_day_that_is_not_over_is_no_fair_comparison() -> None:
    fetched = fetched_days(last_days(20)) | {TODAY: fetched_day(TODAY, fetched_at=NOW)}
    answer = explanation(used(TODAY, output=1), period="today", fetched=fetched)
    assert answer.partial_days == (TODAY,)
    assert not answer.may_stay


def test_a_change_of_long_ago_is_not_carried_on() -> None:
    assert explanation(used(output=1), period="last month", fetched=fetched_days(last_days(100))).may_stay is False
    assert explanation(used(output=1)).may_stay


def test_a_day_that_may_still_grow_is_told() -> None:
    early = fetched_day(YESTERDAY, fetched_at=fetched_day(YESTERDAY).fetched_at - timedelta(hours=3))
    answer = explanation(used(output=1), fetched=fetched_days(last_days(20)) | {YESTERDAY: early})
    assert answer.unsettled_days == (YESTERDAY,)
