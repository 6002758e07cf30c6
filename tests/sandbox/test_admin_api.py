"""The Admin API's stand-in: as strict as the reference, and faulty on demand."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.model import Interval
from bot.sandbox.admin_api import (
    ANALYTICS,
    GUIDE_SHAPE,
    HONEST,
    NO_COST_REPORT,
    REFERENCE,
    SANDBOX_KEY,
    TOKEN_LIFETIME,
    AdminApiServer,
    Altered,
    Broken,
    CutOff,
    RepeatedPage,
    Slow,
    Variant,
    Without,
    error,
    rate_limited,
)
from bot.sandbox.admin_api.__main__ import VARIANTS
from bot.sandbox.big_organization import big_organization
from bot.sandbox.organization import SimulatedOrganization, simulated_organization
from tests.scripts import line_of, running_python

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TODAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
HEADERS = {"x-api-key": SANDBOX_KEY, "anthropic-version": "2023-06-01", "User-Agent": "claudecost/test"}
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading them for each test would take longer than the test
COST_GROUPS = [("group_by[]", "workspace_id"), ("group_by[]", "description")]
USAGE_GROUPS = [
    ("group_by[]", name) for name in ("workspace_id", "api_key_id", "model", "service_tier", "context_window")
]


class Client:
    """A server and a client that speaks to it; `now` may be moved."""

    def __init__(self, variant: Variant = REFERENCE, organization: Any = None) -> None:
        self.now = NOON
        self.organization: SimulatedOrganization = organization or simulated_organization(today=TODAY)
        self.server = AdminApiServer(self.organization, now=lambda: self.now, variant=variant)
        self.http: httpx.AsyncClient

    async def get(self, endpoint: str, *parameters: tuple[str, str]) -> httpx.Response:
        return await self.http.get(f"{self.server.organization_path}/{endpoint}", params=list(parameters))

    async def cost(self, *parameters: tuple[str, str], since: str = "2026-11-01") -> httpx.Response:
        return await self.get("cost_report", ("starting_at", f"{since}T00:00:00Z"), *parameters)

    async def usage(self, *parameters: tuple[str, str], since: str = "2026-11-01") -> httpx.Response:
        return await self.get("usage_report/messages", ("starting_at", f"{since}T00:00:00Z"), *parameters)


@asynccontextmanager
async def connected(client: Client) -> AsyncIterator[Client]:
    async with client.server:
        http = httpx.AsyncClient(base_url=client.server.base_url, headers=HEADERS, verify=NO_CERTIFICATES)
        async with http as client.http:
            yield client


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with connected(Client()) as ready:
        yield ready


def body_of(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def refusal(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert body["type"] == "error"
    assert body["request_id"] == response.headers["request-id"]
    return response.status_code, body["error"]["type"]


# --- Who asks ---


async def test_a_wrong_key_is_a_401_with_the_request_id(client: Client) -> None:
    client.http.headers["x-api-key"] = "sk-ant-api03-a-message-sending-key"
    assert refusal(await client.get("me")) == (401, "authentication_error")


async def test_a_missing_key_is_a_401(client: Client) -> None:
    del client.http.headers["x-api-key"]
    assert refusal(await client.get("me")) == (401, "authentication_error")


async def test_a_key_taken_away_is_refused_from_then_on(client: Client) -> None:
    client.server.keys.clear()
    assert refusal(await client.get("me"))[0] == 401


async def test_a_missing_version_is_a_400(client: Client) -> None:
    del client.http.headers["anthropic-version"]
    assert refusal(await client.get("me")) == (400, "invalid_request_error")


async def test_another_version_is_a_400(client: Client) -> None:
    client.http.headers["anthropic-version"] = "2026-01-01"
    assert refusal(await client.get("me"))[0] == 400


async def test_me_names_the_organisation(client: Client) -> None:
    assert body_of(await client.get("me")) == {
        "id": client.organization.id,
        "type": "organization",
        "name": "Meridian Robotics",
    }


@pytest.mark.parametrize("path", ["/v1/organizations/nowhere", "/v1/organizations/org_01ABC/me", "/me", "/"])
async def test_an_unknown_path_is_a_404(client: Client, path: str) -> None:
    assert refusal(await client.http.get(path)) == (404, "not_found_error")


async def test_another_method_is_a_405(client: Client) -> None:
    assert refusal(await client.http.post("/v1/organizations/me"))[0] == 405


async def test_requests_are_logged_without_showing_the_key(client: Client) -> None:
    await client.cost(("limit", "3"))
    (request,) = client.server.requests
    assert (request.endpoint, request.status, request.user_agent) == ("cost_report", 200, "claudecost/test")
    assert ("limit", "3") in request.query
    assert SANDBOX_KEY not in repr(request)
    assert request.key == SANDBOX_KEY


async def test_the_date_header_follows_the_given_clock(client: Client) -> None:
    assert (await client.get("me")).headers["Date"] == "Wed, 18 Nov 2026 12:00:00 GMT"


# --- Parameters ---


@pytest.mark.parametrize(
    "parameter",
    [
        ("bucket_width", "1h"),
        ("bucket_width", "1w"),
        ("limit", "0"),
        ("limit", "32"),
        ("limit", "many"),
        ("group_by[]", "model"),
        ("group_by", "workspace_id"),
        ("models[]", "claude-sonnet-5"),
        ("starting_at", "2026-11-02T00:00:00Z"),
        ("ending_at", "2026-11-01T00:00:00Z"),
        ("ending_at", "2026-11-10"),
        ("page", "page_of_somebody_else"),
        ("colour", "blue"),
    ],
)
async def test_the_cost_report_refuses(client: Client, parameter: tuple[str, str]) -> None:
    assert refusal(await client.cost(parameter)) == (400, "invalid_request_error")


@pytest.mark.parametrize("endpoint", ["cost_report", "usage_report/messages"])
async def test_a_report_needs_a_start(client: Client, endpoint: str) -> None:
    assert refusal(await client.get(endpoint))[0] == 400


async def test_the_usage_report_takes_five_groups_and_refuses_a_sixth(client: Client) -> None:
    assert (await client.usage(*USAGE_GROUPS)).status_code == 200
    assert refusal(await client.usage(*USAGE_GROUPS, ("group_by[]", "inference_geo")))[0] == 400


@pytest.mark.parametrize(("width", "most"), [("1d", 31), ("1h", 168), ("1m", 1440)])
async def test_the_usage_report_has_a_largest_page_per_width(client: Client, width: str, most: int) -> None:
    asked = ("bucket_width", width)
    assert len(body_of(await client.usage(asked, ("limit", str(most)), since="2026-10-01"))["data"]) == most
    assert refusal(await client.usage(asked, ("limit", str(most + 1))))[0] == 400


async def test_a_list_refuses_what_it_does_not_know(client: Client) -> None:
    for parameter in (("page", "2"), ("limit", "1001"), ("after_id", "nobody"), ("include_archived", "yes")):
        assert refusal(await client.get("workspaces", parameter))[0] == 400


# --- Buckets and pages ---


async def test_a_page_has_seven_buckets_by_default(client: Client) -> None:
    body = body_of(await client.cost())
    assert (len(body["data"]), body["has_more"]) == (7, True)


async def test_following_the_pages_gives_every_day_once_and_the_whole_bill(client: Client) -> None:
    days: list[str] = []
    total = Decimal(0)
    page: list[tuple[str, str]] = []
    while True:
        body = body_of(await client.cost(("ending_at", "2026-11-16T00:00:00Z"), *COST_GROUPS, *page))
        days += [bucket["starting_at"] for bucket in body["data"]]
        total += sum(Decimal(row["amount"]) for bucket in body["data"] for row in bucket["results"])
        page = [("page", body["next_page"])]
        if not body["has_more"]:
            break
    assert days == [f"2026-11-{day:02d}T00:00:00Z" for day in range(1, 16)]
    assert total == client.organization.invoice(Interval(date(2026, 11, 1), date(2026, 11, 16)))


async def test_the_end_is_left_out_and_today_is_the_last_bucket(client: Client) -> None:
    assert [bucket["ending_at"] for bucket in body_of(await client.cost(since="2026-11-17"))["data"]] == [
        "2026-11-18T00:00:00Z",
        "2026-11-19T00:00:00Z",
    ]
    body = body_of(await client.cost(("ending_at", "2026-11-18T00:00:00Z"), since="2026-11-17"))
    assert [bucket["starting_at"] for bucket in body["data"]] == ["2026-11-17T00:00:00Z"]


async def test_a_day_without_spend_is_an_empty_bucket(client: Client) -> None:
    body = body_of(await client.cost(("limit", "2"), since="2026-01-01"))
    assert [bucket["results"] for bucket in body["data"]] == [[], []]


async def test_a_correction_is_in_the_next_answer_of_that_organisation_alone(client: Client) -> None:
    before = body_of(await client.cost(*COST_GROUPS))
    client.organization.restate(date(2026, 11, 3), None, "1.5")
    after = body_of(await client.cost(*COST_GROUPS))
    async with connected(Client()) as other:
        elsewhere = body_of(await other.cost(*COST_GROUPS))
    assert [before["data"].index(bucket) for bucket in before["data"] if bucket not in after["data"]] == [2]
    assert elsewhere["data"] == before["data"]


async def test_the_future_has_no_buckets(client: Client) -> None:
    body = body_of(await client.cost(since="2026-11-19"))
    assert body == {"data": [], "has_more": False, "next_page": None}


async def test_a_start_within_a_day_is_snapped_to_its_beginning(client: Client) -> None:
    body = body_of(await client.get("cost_report", ("starting_at", "2026-11-17T15:30:00+02:00")))
    assert body["data"][0]["starting_at"] == "2026-11-17T00:00:00Z"


async def test_a_page_may_be_asked_for_again_until_the_next_one_was(client: Client) -> None:
    second = ("page", body_of(await client.cost())["next_page"])
    again = [body_of(await client.cost(second)) for _ in range(2)]
    assert again[0]["data"] == again[1]["data"]
    body_of(await client.cost(("page", again[1]["next_page"])))
    assert refusal(await client.cost(second)) == (400, "invalid_request_error")


async def test_a_page_token_with_other_parameters_is_refused(client: Client) -> None:
    token = ("page", body_of(await client.cost())["next_page"])
    assert refusal(await client.cost(token, ("limit", "8")))[0] == 400
    assert refusal(await client.usage(token))[0] == 400


async def test_a_page_token_does_not_keep(client: Client) -> None:
    token = ("page", body_of(await client.cost())["next_page"])
    client.now += TOKEN_LIFETIME
    assert refusal(await client.cost(token))[0] == 400


# --- Rows ---


async def test_a_cost_row_is_as_the_reference_says(client: Client) -> None:
    rows = body_of(await client.cost(*COST_GROUPS, since="2026-11-17"))["data"][0]["results"]
    tokens = next(row for row in rows if row["token_type"] == "cache_creation.ephemeral_5m_input_tokens")
    assert set(tokens) == {
        "currency",
        "amount",
        "workspace_id",
        "description",
        "model",
        "cost_type",
        "token_type",
        "service_tier",
        "context_window",
        "inference_geo",
    }
    assert (tokens["currency"], tokens["cost_type"], type(tokens["amount"])) == ("USD", "tokens", str)


async def test_a_usage_row_is_as_the_reference_says(client: Client) -> None:
    row = body_of(await client.usage(since="2026-11-17"))["data"][0]["results"][0]
    assert {name for name, value in row.items() if value is not None} == {
        "uncached_input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation",
        "server_tool_use",
    }
    assert {name for name, value in row.items() if value is None} == {
        "workspace_id",
        "api_key_id",
        "model",
        "service_tier",
        "context_window",
        "inference_geo",
        "account_id",
        "service_account_id",
        "speed",
    }


async def test_filters_leave_only_what_they_name(client: Client) -> None:
    asked = (("models[]", "claude-opus-4-7"), ("group_by[]", "model"))
    rows = body_of(await client.usage(*asked, since="2026-11-17"))["data"][0]["results"]
    assert {row["model"] for row in rows} == {"claude-opus-4-7"}


async def test_hourly_buckets_end_with_the_current_hour(client: Client) -> None:
    body = body_of(await client.usage(("bucket_width", "1h"), since="2026-11-18"))
    starts = [datetime.fromisoformat(bucket["starting_at"]) for bucket in body["data"]]
    assert {later - earlier for earlier, later in pairwise(starts)} == {timedelta(hours=1)}
    assert (len(starts), starts[-1]) == (13, NOON)


# --- Lists ---


async def test_archived_and_default_workspaces_come_only_when_asked_for(client: Client) -> None:
    plain = {item["id"] for item in body_of(await client.get("workspaces"))["data"]}
    everything = body_of(await client.get("workspaces", ("include_archived", "true"), ("include_default", "true")))
    assert {item["id"] for item in everything["data"]} - plain == {"wrkspc_01Default", "wrkspc_01LegacyChatbot"}


async def test_a_list_is_paged_by_its_last_id(client: Client) -> None:
    names, after = [], list[tuple[str, str]]()
    while True:
        body = body_of(await client.get("api_keys", ("limit", "5"), *after))
        names += [item["name"] for item in body["data"]]
        after = [("after_id", body["last_id"])]
        if not body["has_more"]:
            break
    assert names == [key.name for key in client.organization.api_keys]


async def test_a_list_goes_back_by_its_first_id(client: Client) -> None:
    ids = [key.id for key in client.organization.api_keys]
    body = body_of(await client.get("api_keys", ("limit", "2"), ("before_id", ids[4])))
    assert ([item["id"] for item in body["data"]], body["has_more"]) == (ids[2:4], True)


async def test_a_key_names_its_workspace_in_both_shapes(client: Client) -> None:
    items = body_of(await client.get("api_keys"))["data"]
    in_default = next(item for item in items if item["name"] == "shared-scripts")
    assert in_default["workspace_id"] is None
    assert in_default["scope"] == {"type": "workspace", "workspace_id": "wrkspc_01Default"}


async def test_keys_can_be_listed_by_status(client: Client) -> None:
    items = body_of(await client.get("api_keys", ("status", "archived")))["data"]
    assert [item["name"] for item in items] == ["legacy-chatbot"]


# --- Variants ---


async def test_the_guide_shape_is_flat_in_one_page_under_the_organisations_id() -> None:
    async with connected(Client(GUIDE_SHAPE)) as client:
        assert client.server.organization_path == f"/v1/organizations/{client.organization.id}"
        body = body_of(await client.usage(("limit", "7")))
        assert (len(body["data"]), body["has_more"]) == (18, False)
        assert set(body["data"][0]["results"][0]) == {
            "workspace_id",
            "model",
            "input_tokens",
            "output_tokens",
            "cache_creation_input_tokens",
            "cache_read_input_tokens",
        }
        assert refusal(await client.http.get("/v1/organizations/me"))[0] == 404


async def test_without_a_cost_report_there_is_still_usage() -> None:
    async with connected(Client(NO_COST_REPORT)) as client:
        assert refusal(await client.cost()) == (404, "not_found_error")
        assert body_of(await client.usage())["data"]


async def test_variants_combine() -> None:
    async with connected(Client(replace(GUIDE_SHAPE, missing=NO_COST_REPORT.missing))) as client:
        assert refusal(await client.cost())[0] == 404
        assert "input_tokens" in body_of(await client.usage())["data"][0]["results"][0]


# --- Faults ---


async def test_a_fault_strikes_once_and_only_its_endpoint(client: Client) -> None:
    client.server.faults.add("cost_report", error(529))
    assert (await client.usage()).status_code == 200
    assert refusal_type(await client.cost()) == (529, "overloaded_error")
    assert (await client.cost()).status_code == 200


def refusal_type(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["type"]


async def test_a_constant_fault_lasts_until_cleared(client: Client) -> None:
    client.server.faults.always("cost_report", error(500))
    assert [(await client.cost()).status_code for _ in range(3)] == [500] * 3
    client.server.faults.clear()
    assert (await client.cost()).status_code == 200


async def test_a_rate_limit_says_when_to_come_back_only_if_told_to(client: Client) -> None:
    client.server.faults.add("me", rate_limited(), rate_limited(retry_after="2"))
    silent, spoken = await client.get("me"), await client.get("me")
    assert (silent.status_code, silent.headers.get("retry-after")) == (429, None)
    assert (spoken.status_code, spoken.headers.get("retry-after")) == (429, "2")


@pytest.mark.parametrize("after", [0, 0.5])
async def test_a_connection_can_drop_in_the_middle_of_a_body(client: Client, after: float) -> None:
    client.server.faults.add("cost_report", CutOff(after))
    with pytest.raises(httpx.RemoteProtocolError):
        await client.cost()
    assert (await client.cost()).status_code == 200


async def test_a_body_can_be_garbage(client: Client) -> None:
    client.server.faults.add("cost_report", Broken())
    response = await client.cost()
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|Invalid"):
        response.json()


async def test_a_page_can_lead_to_itself(client: Client) -> None:
    client.server.faults.add("cost_report", HONEST, RepeatedPage())
    token = body_of(await client.cost())["next_page"]
    assert body_of(await client.cost(("page", token)))["next_page"] == token


@pytest.mark.parametrize("field", ["data", "has_more", "next_page"])
async def test_a_page_can_lack_a_field(client: Client, field: str) -> None:
    client.server.faults.add("cost_report", Without(field))
    body = body_of(await client.cost())
    assert {"data", "has_more", "next_page"} - set(body) == {field}


async def test_an_answer_can_be_altered(client: Client) -> None:
    client.server.faults.add("me", Altered(lambda body: body.update(name="<!channel>")))
    assert body_of(await client.get("me"))["name"] == "<!channel>"


async def test_an_answer_can_be_late(client: Client) -> None:
    client.server.faults.add("me", Slow(5))
    with pytest.raises(httpx.ReadTimeout):
        await client.http.get("/v1/organizations/me", timeout=0.05)


# --- The big organisation ---


async def test_the_big_organisation_has_a_line_per_workspace_and_model() -> None:
    big = big_organization(today=TODAY, workspaces=6, models=4, keys=20, days=30)
    async with connected(Client(organization=big)) as client:
        costs = body_of(await client.cost(*COST_GROUPS, since="2026-11-17"))["data"][0]["results"]
        usage = body_of(await client.usage(*USAGE_GROUPS, since="2026-11-17"))["data"][0]["results"]
        assert (len(costs), len(usage)) == (6 * 4 + 3, 6 * 4)
        assert len({row["api_key_id"] for row in usage}) == 20 + 1
        assert sum(Decimal(row["amount"]) for row in costs) == big.invoice(Interval(date(2026, 11, 17), TODAY))
        assert refusal(await client.cost(since="2026-11-17"))[0] == 400


def test_at_bench_size_400_days_are_a_million_rows() -> None:
    big = big_organization(today=TODAY)
    day = TODAY - timedelta(days=400)
    grouping = frozenset({"workspace_id", "description"})
    assert big.cost_results(day, grouping=grouping, now=NOON).count(b'"amount"') == 2_500
    assert big.cost_results(day - timedelta(days=1), grouping=grouping, now=NOON) == b"[]"


# --- By itself ---


async def test_it_runs_by_itself_and_prints_its_address_and_its_path(tmp_path: Path) -> None:
    words = ["-m", "bot.sandbox.admin_api", "--today", "2026-11-18", "--variant", "guide"]
    async with running_python(words, folder=tmp_path) as process:
        url, path = await line_of(process), await line_of(process)
        async with httpx.AsyncClient(base_url=url, headers=HEADERS) as http:
            me = await http.get(f"{path.removeprefix('ANTHROPIC_ORG_PATH=')}/me")
            assert body_of(me)["name"] == "Meridian Robotics"


# --- The beta ---


async def test_the_beta_is_not_there_unless_asked_for() -> None:
    async with connected(Client()) as client:
        assert (await client.get("analytics/cost", ("starting_at", "2026-11-01T00:00:00Z"))).status_code == 404


async def test_the_beta_wants_to_be_named() -> None:
    async with connected(Client(ANALYTICS)) as client:
        refused = await client.get("analytics/cost", ("starting_at", "2026-11-01T00:00:00Z"))
        client.http.headers["anthropic-beta"] = "another-beta, analytics-usage-cost-2026-08-24"
        answered = await client.get("analytics/cost", ("starting_at", "2026-11-01T00:00:00Z"))

    assert (refused.status_code, answered.status_code) == (400, 200)


def test_the_readme_says_how_to_start_it_by_hand() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"ANTHROPIC_ADMIN_KEY={SANDBOX_KEY}" in readme
    assert all(f"`{variant}`" in readme for variant in VARIANTS)
