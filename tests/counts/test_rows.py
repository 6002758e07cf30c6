"""Counts out of text: what is missing stays missing, what is wrong is named with its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot.counts.errors import CountsUnreadable
from bot.counts.prometheus import value_of
from bot.counts.rows import parse_csv
from bot.model import Interval

NOVEMBER = Interval(date(2026, 11, 1), date(2026, 12, 1))


def parsed(*lines: str) -> dict[date, Decimal]:
    return parse_csv("\n".join(lines), NOVEMBER)


def test_columns_are_found_by_their_names() -> None:
    assert parsed("region,Count,Day", "eu,41.5,2026-11-20T00:00:00Z") == {date(2026, 11, 20): Decimal("41.5")}


def test_a_spreadsheet_may_write_semicolons() -> None:
    assert parsed("day;count", "2026-11-20;41") == {date(2026, 11, 20): Decimal(41)}


def test_an_empty_count_is_missing_and_a_zero_is_zero() -> None:
    assert parsed("day,count", "2026-11-20,", "2026-11-21,0", "2026-11-22", "") == {date(2026, 11, 21): Decimal(0)}


def test_other_days_are_left_alone() -> None:
    assert parsed("day,count", "2026-10-31,4", "2026-12-01,4") == {}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((), "no columns day and count"),
        (("x" * 140_000,), "line 1 is not CSV"),
        (("2026-11-20,41",), "no columns day and count"),
        (("day,count", "yesterday,41"), "line 2 has no day"),
        (("day,count", "2026-11-20,many"), "line 2 has no count"),
        (("day,count", "2026-11-20,-1"), "line 2 has no count"),
        (("day,count", "2026-11-20,inf"), "line 2 has no count"),
        (("day,count", "2026-11-20,1e99"), "line 2 has no count"),
        (("day,count", "2026-11-20,1", "2026-11-20,2"), "line 3 has 2026-11-20 again"),
    ],
)
def test_what_cannot_be_read_is_a_line_with_the_mend(lines: tuple[str, ...], says: str) -> None:
    with pytest.raises(CountsUnreadable, match=says) as refused:
        parsed(*lines)

    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ('{"data": {"resultType": "vector", "result": []}}', None),
        ('{"data": {"resultType": "vector", "result": [{"value": [1, "NaN"]}]}}', None),
        ('{"data": {"resultType": "scalar", "result": [1, "3.5"]}}', "3.5"),
    ],
)
def test_no_sample_is_missing(answer: str, value: str | None) -> None:
    assert value_of(answer) == value


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("<html>", "not Prometheus's"),
        ("[]", "not Prometheus's"),
        ('{"data": {"resultType": "vector", "result": [{"value": [1, "1"]}, {"value": [1, "2"]}]}}', "gives 2 series"),
    ],
)
def test_an_answer_that_is_none_is_named(answer: str, says: str) -> None:
    with pytest.raises(CountsUnreadable, match=says):
        value_of(answer)
