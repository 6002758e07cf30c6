"""Pages of cost_report → lines of the bill."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from bot.admin_api.parse import CostParser
from bot.admin_api.parse_json import NotAsDocumented
from bot.model import DEFAULT_WORKSPACE, NO_MODEL, CostLine, CostSeries, Interval
from tests.admin_api.stand_in import COST_ROW, DAY, ONE_DAY, bucket, cost_row, encoded, page

if TYPE_CHECKING:
    from bot.admin_api.parse import ReportPage


def parsed(*buckets: object, window: Interval = ONE_DAY) -> ReportPage[CostLine]:
    return CostParser().page(encoded(page(*buckets)), window)


def lines(*rows: object) -> list[CostLine]:
    return parsed(bucket(*rows)).items


def test_a_row_is_a_line_of_the_bill() -> None:
    series = CostSeries(
        workspace_id="wrkspc_search",
        model="claude-opus-5-5",
        cost_type="tokens",
        token_type="uncached_input_tokens",
        service_tier="standard",
        context_window="0-200k",
        inference_geo="global",
        description="Claude Opus 5.5 Usage - Input Tokens",
    )
    assert lines(COST_ROW) == [CostLine(DAY, series, 1_237_891_200)]


def test_a_null_workspace_is_the_default_one() -> None:
    assert lines(cost_row(workspace_id=None))[0].series.workspace_id == DEFAULT_WORKSPACE


def test_the_default_workspaces_real_id_is_the_default_one_too() -> None:
    body = encoded(page(bucket(cost_row(workspace_id=None), cost_row(workspace_id="wrkspc_real"))))
    (line,) = CostParser("wrkspc_real").page(body, ONE_DAY).items
    assert (line.series.workspace_id, line.amount) == (DEFAULT_WORKSPACE, 2_475_782_400)


def test_cost_without_tokens_has_no_model() -> None:
    (line,) = lines(cost_row(model=None, cost_type="code_execution", token_type=None, service_tier=None))
    assert (line.series.model, line.series.cost_type) == (NO_MODEL, "code_execution")


def test_a_cost_type_nobody_knows_yet_is_kept() -> None:
    assert lines(cost_row(cost_type="quantum_usage"))[0].series.cost_type == "quantum_usage"


def test_fields_nobody_knows_yet_are_ignored() -> None:
    assert lines(cost_row(list_amount="200", moon_phase={"full": True})) == lines(COST_ROW)


def test_rows_of_one_series_are_summed() -> None:
    (line,) = lines(cost_row(amount="1"), cost_row(amount="-3"), cost_row(amount="0.5"))
    assert line.amount == -15_000_000


def test_equal_series_are_one_object() -> None:
    parser = CostParser()
    first, second = (parser.page(encoded(page(bucket(COST_ROW))), ONE_DAY).items[0] for _ in range(2))
    assert first.series is second.series


def test_a_day_without_rows_is_a_day_nonetheless() -> None:
    answer = parsed(bucket())
    assert (answer.items, answer.days, answer.fullest) == ([], (DAY,), 0)


@pytest.mark.parametrize(
    "starting_at", ["2026-11-21T00:00:00Z", "2026-11-21T02:00:00+02:00", "2026-11-21T00:00:00.000+00:00", "2026-11-21"]
)
def test_a_bucket_belongs_to_its_utc_day(starting_at: str) -> None:
    assert parsed({"starting_at": starting_at, "results": [COST_ROW]}).items[0].day == DAY


def test_hourly_buckets_of_a_gateway_make_a_day() -> None:
    (line,) = parsed(
        {"starting_at": "2026-11-21T00:00:00Z", "results": [COST_ROW]},
        {"starting_at": "2026-11-21T23:00:00Z", "results": [COST_ROW]},
    ).items
    assert (line.day, line.amount) == (DAY, 2_475_782_400)


def test_another_currency_is_refused() -> None:
    with pytest.raises(NotAsDocumented, match='in "EUR"; only USD'):
        lines(cost_row(currency="EUR"))


@pytest.mark.parametrize("field", ["amount", "currency", "workspace_id", "model", "cost_type", "token_type"])
def test_a_missing_field_is_an_error_and_no_zero(field: str) -> None:
    with pytest.raises(NotAsDocumented, match=f"a row lacks '{field}'"):
        lines({name: value for name, value in COST_ROW.items() if name != field})


@pytest.mark.parametrize("field", ["workspace_id", "model", "cost_type", "token_type", "service_tier", "description"])
@pytest.mark.parametrize("value", [7, True, ["a"], {"a": 1}, 1.5])
def test_a_dimension_of_another_type_is_refused(field: str, value: object) -> None:
    with pytest.raises(NotAsDocumented):
        lines(cost_row(**{field: value}))


@pytest.mark.parametrize("row", [None, 7, "row", ["amount"]])
def test_a_row_that_is_none_is_refused(row: object) -> None:
    with pytest.raises(NotAsDocumented, match="wrong type"):
        lines(row)


def test_half_a_surrogate_pair_cannot_stop_the_bill() -> None:
    assert lines(cost_row(description="emoji \ud83d"))[0].series.description == "emoji ?"


@pytest.mark.parametrize("day", [date(2026, 11, 20), date(2026, 11, 22)])
def test_a_bucket_outside_the_question_is_refused(day: date) -> None:
    with pytest.raises(NotAsDocumented, match=f"a bucket of {day} is no answer"):
        parsed(bucket(COST_ROW, day=day))


def test_a_bucket_that_comes_twice_is_refused() -> None:
    with pytest.raises(NotAsDocumented, match="2026-11-21 00:00 is there twice"):
        parsed(bucket(COST_ROW), bucket(COST_ROW))


@pytest.mark.parametrize("starting_at", [None, 7, "", "yesterday", "0001-01-01T00:00:00+12:00", ["2026-11-21"]])
def test_a_bucket_without_a_readable_start_is_refused(starting_at: object) -> None:
    with pytest.raises(NotAsDocumented, match="is no time"):
        parsed({"starting_at": starting_at, "results": []})


@pytest.mark.parametrize(
    "broken",
    [
        {"results": []},
        {"starting_at": "2026-11-21T00:00:00Z"},
        {"starting_at": "2026-11-21T00:00:00Z", "results": None},
        "bucket",
        None,
    ],
)
def test_a_broken_bucket_is_refused(broken: object) -> None:
    with pytest.raises(NotAsDocumented):
        parsed(broken)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ({"has_more": False}, '"data" is missing'),
        ({"data": None, "has_more": False}, '"data" is null'),
        ({"data": {}, "has_more": False}, '"data" is an object'),
        ({"data": []}, '"has_more" is missing'),
        ({"data": [], "has_more": None}, '"has_more" is null'),
        ({"data": [], "has_more": "false"}, '"has_more" is "false"'),
        ({"data": [], "has_more": True}, '"next_page" does not say where'),
        ({"data": [], "has_more": True, "next_page": None}, '"next_page" does not say where'),
        ({"data": [], "has_more": True, "next_page": ""}, '"next_page" does not say where'),
        ({"data": [], "has_more": True, "next_page": 2}, '"next_page" does not say where'),
        ([], "a list stands where"),
        (None, "null stands where"),
    ],
)
def test_an_answer_that_is_no_page_is_refused(answer: Any, complaint: str) -> None:
    with pytest.raises(NotAsDocumented, match=complaint):
        CostParser().page(encoded(answer), ONE_DAY)


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b'{"data": [', b"\xff\xfe\x00", b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(NotAsDocumented, match="not JSON"):
        CostParser().page(body, ONE_DAY)
