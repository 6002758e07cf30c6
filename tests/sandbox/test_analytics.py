"""The stand-in's `analytics/cost`: as strict as the reference, and the same money as the cost report."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.model import Interval
from bot.sandbox.admin_api import TOKEN_LIFETIME
from bot.sandbox.admin_api.analytics import Analytics
from bot.sandbox.admin_api.answers import Refused
from bot.sandbox.analytics import DIMENSIONS
from bot.sandbox.organization import Charge, SimulatedOrganization, simulated_organization
from bot.sandbox.scenario import DEFAULT_REAL_ID

TODAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
WEEK = Interval(date(2026, 11, 10), date(2026, 11, 17))
BY_KEY = ("workspace_id", "model", "cost_type", "token_type", "api_key_id")


@dataclass
class Client:
    """The endpoint over a simulated organisation; `now` may be moved."""

    organization: SimulatedOrganization = field(
        default_factory=lambda: simulated_organization(today=TODAY, days=20, discount_percent=Decimal(10))
    )
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.endpoint = Analytics(self.organization)

    def get(self, *group_by: str, interval: Interval = WEEK, region: str = "", **parameters: str) -> Any:
        """One page of an interval, by day unless told otherwise."""
        asked = {
            "starting_at": f"{interval.since}T00:00:00Z",
            "ending_at": f"{interval.until}T00:00:00Z",
            "time_bucket_width": "1d",
            "order_by": "time",
            "order": "asc",
            "limit": "1000",
            "inference_geos[]": region,
        } | parameters
        pairs = [(name, value) for name, value in asked.items() if value] + [("group_by[]", name) for name in group_by]
        return json.loads(self.endpoint.cost(pairs, self.now))

    def refusal(self, *group_by: str, **parameters: str) -> tuple[int, str]:
        """Status and sentence of what is refused."""
        with pytest.raises(Refused) as refused:
            self.get(*group_by, region="", interval=WEEK, **parameters)
        return refused.value.status, refused.value.message


@pytest.fixture
def client() -> Client:
    return Client()


def cents(page: Any, by: str) -> dict[str | None, Decimal]:
    """What a page's rows come to by one dimension."""
    totals: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    for row in page["data"]:
        totals[row["group"][by]] += Decimal(row["cost"]["amount"])
    return dict(totals)


def test_rows_come_to_the_invoice(client: Client) -> None:
    credit = Charge(workspace_id=None, cost_type="session_usage", description="A credit", cents=Decimal(-500))
    client.organization.charge(WEEK.since, credit)
    client.organization.restate(WEEK.since, None, "1.5")

    found = cents(client.get("workspace_id"), "workspace_id")

    invoice = client.organization.invoice_by_workspace(WEEK)
    assert found == {workspace or DEFAULT_REAL_ID: amount for workspace, amount in invoice.items() if amount}


@pytest.mark.parametrize("width", ["1d", ""])
def test_a_correction_of_any_day_is_in_the_next_answer(client: Client, width: str) -> None:
    client.get("workspace_id", time_bucket_width=width)
    for day in (WEEK.since, WEEK.until - timedelta(days=1)):
        client.organization.restate(day, None, "1.5")
        found = cents(client.get("workspace_id", time_bucket_width=width), "workspace_id")
        assert found[DEFAULT_REAL_ID] == client.organization.invoice_by_workspace(WEEK)[None]


@pytest.mark.parametrize("group_by", [BY_KEY, ("cost_type",), ("inference_geo", "service_tier")])
def test_however_grouped_it_is_the_same_money(client: Client, group_by: tuple[str, ...]) -> None:
    page = client.get(*group_by)

    assert sum(cents(page, "model").values()) == client.organization.invoice(WEEK)
    assert len({(row["starting_at"], *row["group"].values()) for row in page["data"]}) == len(page["data"])


def test_every_dimension_is_null_unless_grouped_by(client: Client) -> None:
    (row, *_) = client.get("model")["data"]

    assert set(row["group"]) == set(DIMENSIONS)
    assert {name for name, value in row["group"].items() if value is not None} == {"model"}


def test_keys_and_the_console_are_told_apart(client: Client) -> None:
    found = cents(client.get("api_key_id"), "api_key_id")

    assert found[None] > 0
    assert found["apikey_01IngestProd"] > 0


def test_list_amounts_are_before_the_discount(client: Client) -> None:
    page = client.get("cost_type")

    tokens = [row["cost"] for row in page["data"] if row["group"]["cost_type"] == "tokens"]
    assert all(Decimal(cost["amount"]) == Decimal(cost["list_amount"]) * Decimal("0.9") for cost in tokens)


def test_a_filter_leaves_out_the_rest(client: Client) -> None:
    american = client.get("inference_geo", region="us")
    others = client.get("inference_geo", region="not_available")

    assert set(cents(american, "inference_geo")) == {"us"}
    assert set(cents(others, "inference_geo")) == {None}


def test_hours_come_to_their_day(client: Client) -> None:
    day = Interval(WEEK.since, WEEK.since + timedelta(days=1))
    hours = client.get("workspace_id", interval=day, time_bucket_width="1h")
    whole = client.get("workspace_id", interval=day, time_bucket_width="")

    assert len({row["starting_at"] for row in hours["data"]}) == 24
    assert cents(hours, "workspace_id") == cents(whole, "workspace_id")


def test_what_is_not_refreshed_yet_is_no_row(client: Client) -> None:
    page = client.get("workspace_id", interval=Interval(date(2026, 11, 17), date(2026, 11, 19)))

    assert page["data_refreshed_at"] == "2026-11-18T10:00:00Z"
    client.organization.hold_back(date(2026, 11, 17), until=NOON + timedelta(days=1))
    late = client.get("workspace_id", interval=Interval(date(2026, 11, 17), date(2026, 11, 19)))
    assert (late["data"], late["data_refreshed_at"]) == ([], "2026-11-17T00:00:00Z")


def test_pages_end_anywhere_and_are_the_whole(client: Client) -> None:
    whole = client.get(*BY_KEY)["data"]
    page = client.get(*BY_KEY, limit="7")
    rows = page["data"]
    while page["has_more"]:
        page = client.get(*BY_KEY, limit="7", page=page["next_page"])
        rows += page["data"]

    assert rows == whole
    assert page["next_page"] is None


def test_an_old_token_is_gone(client: Client) -> None:
    page = client.get(*BY_KEY, limit="7")
    client.now += TOKEN_LIFETIME

    assert client.refusal(*BY_KEY, limit="7", page=page["next_page"])[0] == 410


def test_a_token_belongs_to_its_query(client: Client) -> None:
    page = client.get(*BY_KEY, limit="7")

    assert client.refusal("model", limit="7", page=page["next_page"])[0] == 400


def test_the_dearest_come_first_unless_asked_by_time(client: Client) -> None:
    amounts = [Decimal(row["cost"]["amount"]) for row in client.get("model", order_by="", order="")["data"]]

    assert amounts == sorted(amounts, reverse=True)


@pytest.mark.parametrize(
    ("group_by", "parameters", "why"),
    [
        ((*BY_KEY, "service_tier"), {}, "At most 5"),
        (("description",), {}, "Input should be one of"),
        ((), {"starting_at": ""}, "Field required"),
        ((), {"starting_at": "2025-12-31T00:00:00Z"}, "last 365 days"),
        ((), {"starting_at": "2026-10-01T00:00:00Z"}, "at most 31 days"),
        ((), {"ending_at": "2026-11-01T00:00:00Z"}, "Must be after"),
        ((), {"time_bucket_width": "1w"}, "Input should be '1d'"),
        ((), {"order_by": "name"}, "Input should be 'amount' or 'time'"),
        ((), {"limit": "1001"}, "between 1 and 1000"),
        ((), {"bucket_width": "1d"}, "Extra inputs are not permitted"),
    ],
)
def test_what_the_reference_does_not_name_is_refused(
    client: Client, group_by: tuple[str, ...], parameters: dict[str, str], why: str
) -> None:
    status, message = client.refusal(*group_by, **parameters)

    assert status == 400
    assert why in message
