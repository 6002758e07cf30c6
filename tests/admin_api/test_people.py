"""Users, usage by account, and Claude Code's estimates per user."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.admin_api import AdminApiError, Nonsense
from bot.model import (
    DEFAULT_WORKSPACE,
    NO_ACCOUNT,
    NOT_A_PERSON,
    ClaudeCodeUse,
    Person,
    PersonCostLine,
    PersonCostSeries,
    PersonLine,
    PersonSeries,
    Tokens,
    usd,
)
from tests.admin_api.stand_in import DAY, ONE_DAY, answering, api, bucket, entries, everything, ok, page, usage_row

JANE = {"id": "user_jane", "type": "user", "email": "jane@example.com", "name": "Jane Doe", "role": "developer"}
JANES_USE = {"estimated_cost": {"amount": 186, "currency": "USD"}, "model": "claude-sonnet-5"}


def record(*uses: object, **fields: object) -> dict[str, Any]:
    """One record of Claude Code's report; of Jane, unless told otherwise."""
    actor = {"type": "user_actor", "email_address": "jane@example.com"}
    known = {"actor": actor, "customer_type": "api", "date": f"{DAY}T00:00:00Z", "model_breakdown": list(uses)}
    return {**known, **fields}


def use(amount: object) -> dict[str, Any]:
    return {"estimated_cost": {"amount": amount, "currency": "USD"}, "model": "claude-sonnet-5"}


async def claude_code(*records: object) -> list[ClaudeCodeUse]:
    return await api(answering(ok(page(*records)))).people.fetch_claude_code(DAY)


async def test_people_come_from_every_page() -> None:
    sam = {**JANE, "id": "user_sam", "email": "sam@example.com", "name": None}
    stand_in = answering(ok(entries(JANE, last_id="user_jane")), ok(entries(sam)))

    assert await api(stand_in).people.fetch_people() == [
        Person("user_jane", "Jane Doe", "jane@example.com"),
        Person("user_sam", "", "sam@example.com"),
    ]
    assert stand_in.asked("after_id") == [None, "user_jane"]
    assert {request.url.path for request in stand_in.requests} == {"/v1/organizations/users"}


async def test_usage_is_asked_for_by_account() -> None:
    stand_in = answering(ok(page(bucket(usage_row(account_id="user_jane", workspace_id=None)))))

    lines = await everything(api(stand_in).people.fetch_usage(ONE_DAY))

    series = PersonSeries(DEFAULT_WORKSPACE, "user_jane", "claude-opus-5-5", "standard", "0-200k")
    assert lines == [PersonLine(DAY, series, Tokens(1, 2, 3, 4, 5))]
    (request,) = stand_in.requests
    assert request.url.params.get_list("group_by[]") == [
        "account_id",
        "workspace_id",
        "model",
        "service_tier",
        "context_window",
    ]


async def test_rows_of_one_account_are_one_line() -> None:
    rows = usage_row(account_id=None, api_key_id="a"), usage_row(account_id=None, api_key_id="b")
    (line,) = await everything(api(answering(ok(page(bucket(*rows))))).people.fetch_usage(ONE_DAY))

    assert line.series.account_id == NO_ACCOUNT
    assert line.tokens == Tokens(2, 4, 6, 8, 10)


async def test_usage_that_does_not_tell_accounts_is_no_answer() -> None:
    with pytest.raises(Nonsense):
        await api(answering(ok(page(bucket(usage_row()))))).people.fetch_usage(ONE_DAY)


async def test_claude_code_is_asked_for_a_day_at_a_time_page_by_page() -> None:
    stand_in = answering(ok(page(record(JANES_USE), next_page="page_2")), ok(page(record(use(14)))))

    assert await api(stand_in).people.fetch_claude_code(DAY) == [
        ClaudeCodeUse("jane@example.com", "", "claude-sonnet-5", usd("1.86")),
        ClaudeCodeUse("jane@example.com", "", "claude-sonnet-5", usd("0.14")),
    ]
    assert stand_in.asked("starting_at") == ["2026-11-21", "2026-11-21"]
    assert stand_in.asked("page") == [None, "page_2"]
    assert stand_in.asked("limit") == ["1000", "1000"]


@pytest.mark.parametrize(
    ("cents", "nanos"), [(186, 1_860_000_000), (0.1, 1_000_000), ("12.5", 125_000_000), (0, 0), (1e-07, 1)]
)
async def test_an_estimate_is_in_cents(cents: object, nanos: int) -> None:
    (found,) = await claude_code(record(use(cents)))
    assert found.weight == nanos


async def test_what_a_subscription_pays_for_is_left_out() -> None:
    assert await claude_code(record(JANES_USE, customer_type="subscription")) == []


async def test_an_api_key_is_an_actor_too() -> None:
    (found,) = await claude_code(record(JANES_USE, actor={"type": "api_actor", "api_key_name": "ci"}))
    assert (found.email, found.api_key_name) == ("", "ci")


async def test_an_actor_of_a_kind_unknown_today_is_nobody() -> None:
    (found,) = await claude_code(record(JANES_USE, actor={"type": "agent_actor", "agent_id": "agent_1"}))
    assert (found.email, found.api_key_name) == ("", "")


@pytest.mark.parametrize(
    "wrong",
    [
        record(use(-1)),
        record(use(True)),
        record(use("dear")),
        record(use(None)),
        record({"estimated_cost": {"amount": 1, "currency": "EUR"}, "model": "claude-sonnet-5"}),
        record(date="2026-11-20"),
        record(actor="jane@example.com"),
        {"actor": {"email_address": "jane@example.com"}},
    ],
)
async def test_an_estimate_that_is_not_as_documented_is_no_answer(wrong: object) -> None:
    with pytest.raises(Nonsense):
        await claude_code(wrong)


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": [{"email": "jane@example.com", "name": "Ja',
        b'["jane@example.com"]',
        b'{"data": ["jane@example.com"], "has_more": false}',
        b'{"data": [{"id": "user_jane", "email": "jane@example.com"}], "has_more": false}',
    ],
)
async def test_a_complaint_quotes_nobody(body: bytes) -> None:
    people = api(answering(httpx.Response(200, content=body))).people
    for answer in (people.fetch_people(), people.fetch_usage(ONE_DAY), people.fetch_claude_code(DAY)):
        with pytest.raises(AdminApiError) as raised:
            await answer
        assert "jane" not in str(raised.value)


# --- The bill by actor ---

JANE_ACTING = {"type": "user_actor", "user_id": "user_jane", "name": "Jane", "email_address": "j@x", "deleted": False}


def actor_row(actor: object, amount: str = "100") -> dict[str, Any]:
    known = {
        "workspace_id": "wrkspc_1",
        "model": "claude-sonnet-5",
        "cost_type": "tokens",
        "token_type": "output_tokens",
    }
    return {
        "starting_at": f"{DAY}T00:00:00Z",
        "ending_at": f"{ONE_DAY.until}T00:00:00Z",
        "group": {**known, "actor": actor},
        "cost": {"amount": amount, "list_amount": amount, "currency": "USD", "requests": None},
    }


def actor_page(*rows: object) -> httpx.Response:
    return ok({**page(*rows), "data_refreshed_at": "2026-11-22T09:00:00Z"})


@pytest.mark.parametrize(
    ("actor", "account_id"),
    [
        (JANE_ACTING, "user_jane"),
        ("user_jane", "user_jane"),
        (None, NO_ACCOUNT),
        ({"type": "api_actor", "api_key_id": "apikey_1"}, NOT_A_PERSON),
        ({"type": "service_account_actor", "service_account_id": "svac_1"}, NOT_A_PERSON),
        ({"type": "federated_actor", "subject": "jane@example.com"}, NOT_A_PERSON),
    ],
)
async def test_an_actor_is_a_person_or_is_not(actor: object, account_id: str) -> None:
    (line,), refreshed_at = await api(answering(actor_page(actor_row(actor)))).people.fetch_actor_cost(ONE_DAY)

    series = PersonCostSeries("wrkspc_1", "claude-sonnet-5", "tokens", "output_tokens", account_id)
    assert line == PersonCostLine(DAY, series, usd(1))
    assert refreshed_at == datetime(2026, 11, 22, 9, tzinfo=UTC)


async def test_actors_who_are_nobody_add_up() -> None:
    actors = [{"api_key_id": "apikey_1"}, {"api_key_id": "apikey_2"}, {"subject": "a"}, {"subject": "b"}]
    stand_in = answering(actor_page(*[actor_row(actor) for actor in actors]))

    (line,), _ = await api(stand_in).people.fetch_actor_cost(ONE_DAY)

    assert (line.series.account_id, line.amount) == (NOT_A_PERSON, usd(4))


async def test_a_row_about_an_actor_comes_once_and_quotes_nobody() -> None:
    stand_in = answering(actor_page(actor_row(JANE_ACTING), actor_row(JANE_ACTING)))
    with pytest.raises(Nonsense, match="twice"):
        await api(stand_in).people.fetch_actor_cost(ONE_DAY)

    with pytest.raises(Nonsense) as raised:
        await api(answering(actor_page(actor_row(JANE_ACTING, "jane@example.com")))).people.fetch_actor_cost(ONE_DAY)
    assert "jane" not in str(raised.value)
