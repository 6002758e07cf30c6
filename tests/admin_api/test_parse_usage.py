"""Pages of usage_report/messages → lines of usage."""

from __future__ import annotations

import pytest

from bot.admin_api.parse import UsageParser
from bot.admin_api.parse_json import NotAsDocumented
from bot.model import DEFAULT_WORKSPACE, NO_KEY, Tokens, UsageLine, UsageSeries
from tests.admin_api.stand_in import DAY, ONE_DAY, USAGE_ROW, bucket, encoded, page, usage_row

GUIDE_ROW = {
    "workspace_id": "wrkspc_search",
    "model": "claude-opus-5-5",
    "input_tokens": 10,
    "output_tokens": 20,
    "cache_creation_input_tokens": 30,
    "cache_read_input_tokens": 40,
}


def lines(*rows: object) -> list[UsageLine]:
    return UsageParser().page(encoded(page(bucket(*rows))), ONE_DAY).items


def test_a_row_is_a_line_of_usage() -> None:
    series = UsageSeries("wrkspc_search", "apikey_ci", "claude-opus-5-5", "standard", "0-200k")
    tokens = Tokens(uncached_input=1, output=2, cache_read=3, cache_write_5m=4, cache_write_1h=5)
    assert lines(USAGE_ROW) == [UsageLine(DAY, series, tokens, web_searches=6)]


def test_a_null_key_is_the_console_or_a_login() -> None:
    assert lines(usage_row(api_key_id=None))[0].series.api_key_id == NO_KEY


def test_a_null_workspace_is_the_default_one() -> None:
    assert lines(usage_row(workspace_id=None))[0].series.workspace_id == DEFAULT_WORKSPACE


def test_rows_of_one_series_are_summed() -> None:
    (line,) = lines(USAGE_ROW, usage_row(output_tokens=100), USAGE_ROW)
    assert (line.tokens, line.web_searches) == (Tokens(3, 104, 9, 12, 15), 18)


def test_the_guides_flat_names_are_read() -> None:
    series = UsageSeries("wrkspc_search", NO_KEY, "claude-opus-5-5", "", "")
    assert lines(GUIDE_ROW) == [UsageLine(DAY, series, Tokens(10, 20, 40, 30, 0), web_searches=0)]


@pytest.mark.parametrize("field", ["workspace_id", "model", "output_tokens", "cache_read_input_tokens"])
def test_a_field_the_guides_row_lacks_is_an_error(field: str) -> None:
    with pytest.raises(NotAsDocumented, match=f"lacks '{field}'"):
        lines({name: value for name, value in GUIDE_ROW.items() if name != field})


@pytest.mark.parametrize("field", sorted(USAGE_ROW.keys() - {"service_tier", "context_window"}))
def test_a_missing_field_is_an_error_and_no_zero(field: str) -> None:
    with pytest.raises(NotAsDocumented, match=f"lacks '{field}'"):
        lines({name: value for name, value in USAGE_ROW.items() if name != field})


def test_a_missing_kind_of_cache_write_is_an_error_and_no_zero() -> None:
    with pytest.raises(NotAsDocumented, match="lacks 'ephemeral_1h_input_tokens'"):
        lines(usage_row(cache_creation={"ephemeral_5m_input_tokens": 1}))


@pytest.mark.parametrize("count", [-1, 1.0, True, "7", None, 10**16])
def test_a_count_that_counts_nothing_is_refused(count: object) -> None:
    with pytest.raises(NotAsDocumented, match="a token count is"):
        lines(usage_row(output_tokens=count))


def test_a_null_in_place_of_an_object_is_refused() -> None:
    with pytest.raises(NotAsDocumented, match="wrong type"):
        lines(usage_row(cache_creation=None))


@pytest.mark.parametrize("field", ["workspace_id", "api_key_id", "model", "service_tier", "context_window"])
@pytest.mark.parametrize("value", [7, True, ["a"], {"a": 1}])
def test_a_dimension_of_another_type_is_refused(field: str, value: object) -> None:
    with pytest.raises(NotAsDocumented):
        lines(usage_row(**{field: value}))
