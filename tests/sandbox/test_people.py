"""The people of the simulated organisation, as its Admin API tells of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.sandbox.admin_api.answers import Refused
from bot.sandbox.admin_api.reports import Reports
from bot.sandbox.admin_api.variants import REFERENCE
from bot.sandbox.organization import simulated_organization
from bot.sandbox.people import ADA, BEN, CLAUDE_CODE, EMAILS, ZOE, cents_of, open_claude_code

TODAY = date(2026, 11, 18)
DAY = date(2026, 11, 17)
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
COUNTS = ("uncached_input_tokens", "output_tokens", "cache_read_input_tokens")


@pytest.fixture(scope="module")
def reports() -> Reports:
    """The endpoints of an organisation that uses Claude Code."""
    organization = simulated_organization(today=TODAY, days=20)
    open_claude_code(organization)
    return Reports(organization, REFERENCE)


def ask(reports: Reports, name: str, now: datetime = NOON, **parameters: object) -> dict[str, Any]:
    endpoint = reports.endpoint(name)
    assert endpoint is not None
    pairs = [(key.replace("group_by", "group_by[]"), str(value)) for key, value in parameters.items()]
    return dict(httpx.Response(200, content=endpoint(pairs, now)).json())


def usage(reports: Reports, *dimensions: str) -> list[dict[str, Any]]:
    endpoint = reports.endpoint("usage_report/messages")
    assert endpoint is not None
    pairs = [("starting_at", f"{DAY}T00:00:00Z"), ("limit", "1"), *(("group_by[]", name) for name in dimensions)]
    return list(httpx.Response(200, content=endpoint(pairs, NOON)).json()["data"][0]["results"])


def code(reports: Reports, now: datetime = NOON, **parameters: object) -> dict[str, Any]:
    return ask(reports, "usage_report/claude_code", now, **{"starting_at": DAY, **parameters})


def test_users_are_listed_page_by_page(reports: Reports) -> None:
    first = ask(reports, "users", limit=2)
    rest = ask(reports, "users", limit=2, after_id=first["last_id"])

    assert [user["id"] for user in (*first["data"], *rest["data"])] == [ADA, BEN, ZOE]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert set(first["data"][0]) == {"id", "type", "email", "name", "role", "added_at"}
    assert [user["id"] for user in ask(reports, "users", email=EMAILS[ZOE])["data"]] == [ZOE]


def test_accounts_add_up_to_the_tokens(reports: Reports) -> None:
    (whole,), by_account = usage(reports), usage(reports, "account_id")

    assert {row["account_id"] for row in by_account} == {None, ADA, BEN, ZOE}
    for count in COUNTS:
        assert sum(row[count] for row in by_account) == whole[count]


def test_usage_with_a_key_has_no_account(reports: Reports) -> None:
    rows = usage(reports, "account_id", "api_key_id")
    assert {row["account_id"] for row in rows if row["api_key_id"]} == {None}


def test_without_the_grouping_there_is_no_account(reports: Reports) -> None:
    assert {row["account_id"] for row in usage(reports, "workspace_id")} == {None}


def test_claude_code_knows_whose_the_rest_is(reports: Reports) -> None:
    records = code(reports)["data"]

    assert [record["actor"].get("email_address") for record in records] == [
        EMAILS[ADA],
        EMAILS[BEN],
        EMAILS[ZOE],
        EMAILS[BEN],
        None,
    ]
    assert [record["customer_type"] for record in records] == ["api", "api", "api", "subscription", "api"]
    estimated = sum(entry["estimated_cost"]["amount"] for record in records[:3] for entry in record["model_breakdown"])
    organization: Any = reports.organization
    of_code = [row for row in organization.usage_on(DAY) if row.workspace_id == CLAUDE_CODE]
    assert estimated == pytest.approx(float(sum(map(cents_of, of_code))), abs=5)


def test_a_page_of_claude_code_ends_where_the_next_begins(reports: Reports) -> None:
    whole = code(reports)["data"]
    first = code(reports, limit=2)
    second = code(reports, limit=2, page=first["next_page"])
    third = code(reports, limit=2, page=second["next_page"])

    assert [*first["data"], *second["data"], *third["data"]] == whole
    assert (third["has_more"], third["next_page"]) == (False, None)


def test_claude_code_is_an_hour_behind(reports: Reports) -> None:
    assert code(reports, datetime(2026, 11, 17, 0, 30, tzinfo=UTC))["data"] == []
    assert code(reports, starting_at=DAY + timedelta(days=30))["data"] == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"starting_at": "2026-11-17T00:00:00Z"},
        {"starting_at": "20261117"},
        {"limit": 1001},
        {"ending_at": "2026-11-18"},
        {"page": "page_of_another_query"},
    ],
)
def test_what_the_reference_does_not_name_is_refused(reports: Reports, parameters: dict[str, object]) -> None:
    with pytest.raises(Refused):
        code(reports, NOON, **parameters)
