"""What the client asks for, and how it goes on when a request fails."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.admin_api import (
    AdminApi,
    AdminApiError,
    BadRequest,
    Credential,
    KeyRefused,
    Nonsense,
    NotAllowed,
    NotFound,
    Unavailable,
    connection,
)
from bot.model import Organization
from tests.admin_api.stand_in import (
    COST_ROW,
    FIRST_KEY,
    NEXT_KEY,
    NOW,
    ONE_DAY,
    Sleeper,
    StandIn,
    answering,
    api,
    bucket,
    everything,
    failed,
    ok,
    page,
)

ME = {"id": "org_1", "type": "organization", "name": "Acme"}
BOTH = (FIRST_KEY, NEXT_KEY)


async def organization(server: StandIn, *, sleep: Sleeper | None = None) -> Organization:
    return await api(server, sleep=sleep).fetch_organization()


# --- What is asked ---


async def test_the_organisation_is_whom_the_key_belongs_to() -> None:
    assert await organization(answering(ok(ME))) == Organization(id="org_1", name="Acme")


async def test_the_clients_of_all_organisations_share_their_certificates() -> None:
    transports: list[Any] = [connection.client(None)._transport for _ in range(2)]
    one, other = (transport._pool._ssl_context for transport in transports)
    assert one is other


async def test_every_request_pins_the_version_and_names_the_app() -> None:
    server = answering(ok(ME))
    await organization(server)
    headers = server.requests[0].headers
    assert (headers["anthropic-version"], headers["x-api-key"]) == ("2023-06-01", FIRST_KEY.key)
    assert headers["user-agent"].startswith("claudecost/")


async def test_no_organisation_id_is_in_the_path() -> None:
    server = answering(ok(page()))
    await everything(api(server).fetch_usage(ONE_DAY))
    assert server.requests[0].url.path == "/v1/organizations/usage_report/messages"


async def test_the_guides_paths_are_a_setting() -> None:
    server = answering(ok(page()))
    await everything(api(server, organization_path="/v1/organizations/org_01ABC").fetch_usage(ONE_DAY))
    assert server.requests[0].url.path == "/v1/organizations/org_01ABC/usage_report/messages"


async def test_an_organisation_in_the_path_speaks_for_itself_where_there_is_no_me() -> None:
    guide = api(answering(failed(404)), organization_path="/v1/organizations/org_01ABC")
    assert await guide.fetch_organization() == Organization(id="org_01ABC", name="org_01ABC")


async def test_cost_is_asked_by_workspace_and_description() -> None:
    server = answering(ok(page()))
    await everything(api(server).fetch_cost(ONE_DAY))
    parameters = server.requests[0].url.params
    assert parameters.get_list("group_by[]") == ["workspace_id", "description"]
    assert (parameters["starting_at"], parameters["ending_at"]) == ("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")


async def test_usage_is_asked_by_five_dimensions_and_no_sixth() -> None:
    server = answering(ok(page()))
    await everything(api(server).fetch_usage(ONE_DAY))
    dimensions = ["workspace_id", "api_key_id", "model", "service_tier", "context_window"]
    assert server.requests[0].url.params.get_list("group_by[]") == dimensions


async def test_the_clocks_difference_is_known_after_an_answer() -> None:
    client = api(answering(httpx.Response(200, json=ME, headers={"date": "Sun, 22 Nov 2026 09:00:00 GMT"})))
    assert client.server_clock_skew is None
    await client.fetch_organization()
    assert client.server_clock_skew == timedelta(minutes=30)


# --- Trying again ---


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 529])
async def test_what_may_pass_is_tried_again(status: int) -> None:
    sleep = Sleeper()
    await organization(answering(failed(status), ok(ME)), sleep=sleep)
    assert sleep.naps == [15.0]


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ReadTimeout(""), httpx.RemoteProtocolError("")])
async def test_a_lost_answer_is_asked_for_again(error: Exception) -> None:
    sleep = Sleeper()
    await organization(answering(error, ok(ME)), sleep=sleep)
    assert sleep.naps == [15.0]


async def test_while_a_request_is_repeated_it_says_why() -> None:
    reasons = []

    async def sleep(_seconds: float) -> None:
        reasons.append(client.retrying)

    client = api(answering(failed(529, "overloaded"), ok(ME)), sleep=sleep)
    await client.fetch_organization()

    assert reasons == ["GET /v1/organizations/me: Anthropic answers 529 (overloaded); trying again"]
    assert client.retrying is None


async def test_retry_after_decides_the_wait() -> None:
    sleep = Sleeper()
    await organization(answering(failed(429, retry_after="3"), ok(ME)), sleep=sleep)
    assert sleep.naps == [3.0]


async def test_a_rate_limits_reset_decides_where_there_is_no_retry_after() -> None:
    sleep = Sleeper()
    reset = (NOW + timedelta(seconds=40)).isoformat()
    await organization(answering(failed(429, anthropic_ratelimit_requests_reset=reset), ok(ME)), sleep=sleep)
    assert sleep.naps == [40.0]


async def test_trying_again_ends() -> None:
    sleep = Sleeper()
    server = answering(failed(529, "overloaded"))
    with pytest.raises(Unavailable, match=r"answers 529 \(overloaded\), tried 5 times; the next sync tries again"):
        await organization(server, sleep=sleep)
    assert (len(server.requests), sleep.naps) == (5, [15.0, 30.0, 60.0, 120.0])


async def test_nobody_waits_for_an_hour() -> None:
    sleep = Sleeper()
    with pytest.raises(Unavailable, match=r"Retry-After: 3600"):
        await organization(answering(failed(429, retry_after="3600")), sleep=sleep)
    assert sleep.naps == []


async def test_waits_that_were_asked_for_are_bounded_together() -> None:
    sleep = Sleeper()
    with pytest.raises(Unavailable, match="tried 3 times"):
        await organization(answering(failed(429, retry_after="250")), sleep=sleep)
    assert sleep.naps == [250.0, 250.0]


@pytest.mark.parametrize("status", [301, 400, 402, 403, 404, 409, 410, 413, 422])
async def test_what_cannot_pass_is_not_tried_again(status: int) -> None:
    server = answering(failed(status))
    with pytest.raises(AdminApiError):
        await organization(server)
    assert len(server.requests) == 1


async def test_a_redirect_is_not_followed_with_the_key() -> None:
    server = answering(httpx.Response(302, headers={"location": "https://elsewhere.test/"}), ok(ME))
    with pytest.raises(BadRequest, match="check ANTHROPIC_BASE_URL"):
        await organization(server)
    assert [request.url.host for request in server.requests] == ["admin.test"]


# --- Who must act ---


@pytest.mark.parametrize(
    ("status", "kind"), [(401, KeyRefused), (403, NotAllowed), (404, NotFound), (400, BadRequest), (410, BadRequest)]
)
async def test_each_refusal_has_its_error(status: int, kind: type[AdminApiError]) -> None:
    with pytest.raises(kind):
        await organization(answering(failed(status)))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
async def test_an_error_is_one_line_with_endpoint_and_request(status: int) -> None:
    with pytest.raises(AdminApiError) as caught:
        await organization(answering(failed(status, "some\nreason")))
    assert str(caught.value).endswith("(GET /v1/organizations/me, request req_body)")
    assert "some reason" in str(caught.value)
    assert (caught.value.endpoint, caught.value.request_id) == ("GET /v1/organizations/me", "req_body")


async def test_the_request_ids_header_comes_first() -> None:
    with pytest.raises(NotFound) as caught:
        await organization(answering(failed(404, request_id="req_header")))
    assert caught.value.request_id == "req_header"


async def test_nonsense_says_where_it_came_from() -> None:
    with pytest.raises(Nonsense, match=r'"id" is missing.* \(GET /v1/organizations/me, request req_1\)') as caught:
        await organization(answering(ok({"name": "Acme"})))
    assert (caught.value.endpoint, caught.value.request_id) == ("GET /v1/organizations/me", "req_1")


async def test_an_organisation_without_an_id_is_nonsense() -> None:
    with pytest.raises(Nonsense, match='"id" is ""'):
        await organization(answering(ok({"id": "", "name": "Acme"})))


async def test_a_proxys_login_page_is_nonsense() -> None:
    with pytest.raises(Nonsense, match="not JSON"):
        await organization(answering(httpx.Response(200, text="<html>Sign in</html>")))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": "no"}', b'{"error": {"message": 7}}', b"null"])
async def test_an_error_without_anthropics_body_is_an_error_too(body: bytes) -> None:
    with pytest.raises(NotAllowed):
        await organization(answering(httpx.Response(403, content=body)))


async def test_a_lost_connection_says_what_to_check() -> None:
    with pytest.raises(Unavailable, match="cannot be reached; check the network and ANTHROPIC_BASE_URL"):
        await organization(answering(httpx.ConnectError("[Errno 111] Connection refused")))


@pytest.mark.parametrize("base_url", ["admin.test", "ftp://admin.test", "http://[::1", "https://:0x/"])
async def test_an_address_that_is_none_is_named(base_url: str) -> None:
    client = AdminApi(
        credentials=[FIRST_KEY], base_url=base_url, organization_path="/v1/organizations", now=lambda: NOW
    )
    async with client:
        with pytest.raises(BadRequest, match="ANTHROPIC_BASE_URL is no address"):
            await client.fetch_organization()


# --- Keys ---


async def test_the_next_key_takes_over_from_a_refused_one() -> None:
    server = answering(failed(401), ok(ME))
    client = api(server, credentials=BOTH)
    assert client.key_in_use == "ANTHROPIC_ADMIN_KEY"
    await client.fetch_organization()
    await client.fetch_organization()
    assert client.key_in_use == "ANTHROPIC_ADMIN_KEY_NEXT"
    assert server.keys == [FIRST_KEY.key, NEXT_KEY.key, NEXT_KEY.key]


async def test_both_keys_refused_names_both() -> None:
    with pytest.raises(
        KeyRefused, match=r"ANTHROPIC_ADMIN_KEY was refused .*; ANTHROPIC_ADMIN_KEY_NEXT was refused"
    ) as e:
        await api(answering(failed(401, "invalid x-api-key")), credentials=BOTH).fetch_organization()
    assert e.value.settings == ("ANTHROPIC_ADMIN_KEY", "ANTHROPIC_ADMIN_KEY_NEXT")


async def test_a_refused_key_says_who_makes_a_new_one() -> None:
    with pytest.raises(
        KeyRefused, match=r"ANTHROPIC_ADMIN_KEY was refused .* an organisation admin creates an Admin key"
    ):
        await organization(answering(failed(401)))


async def test_a_key_takes_over_in_the_middle_of_a_range() -> None:
    def server(request: httpx.Request) -> httpx.Response:
        if "page" not in request.url.params:
            return ok(page(next_page="page_2"))
        return ok(page(bucket(COST_ROW))) if request.headers["x-api-key"] == NEXT_KEY.key else failed(401)

    client = api(server, credentials=BOTH)
    assert [line.amount for line in await everything(client.fetch_cost(ONE_DAY))] == [1_237_891_200]


async def test_two_requests_refused_at_once_turn_to_the_next_key_once() -> None:
    both_asked = asyncio.Barrier(2)

    async def server(request: httpx.Request) -> httpx.Response:
        if request.headers["x-api-key"] == NEXT_KEY.key:
            return ok(page(bucket(COST_ROW)))
        await both_asked.wait()
        return failed(401)

    client = api(server, credentials=BOTH)
    await asyncio.gather(*(everything(client.fetch_cost(ONE_DAY)) for _ in range(2)))
    assert client.key_in_use == "ANTHROPIC_ADMIN_KEY_NEXT"


async def test_another_organisations_key_does_not_take_over() -> None:
    def server(request: httpx.Request) -> httpx.Response:
        if request.headers["x-api-key"] == NEXT_KEY.key:
            return ok({"id": "org_2", "type": "organization", "name": "Rival"})
        return ok(ME) if request.url.path.endswith("/me") else failed(401)

    client = api(server, credentials=BOTH)
    await client.fetch_organization()
    with pytest.raises(KeyRefused, match=r"ANTHROPIC_ADMIN_KEY_NEXT belongs to another organisation \(Rival\)"):
        await everything(client.fetch_cost(ONE_DAY))


async def test_a_key_for_messages_is_recognised_in_words() -> None:
    key = Credential("ANTHROPIC_ADMIN_KEY", "sk-ant-api03-secret")
    with pytest.raises(KeyRefused, match="ANTHROPIC_ADMIN_KEY is a key for sending messages"):
        await api(answering(failed(401)), credentials=[key]).fetch_organization()


@pytest.mark.parametrize("key", ["", "sk ant", "sk-ant-admin01-é", "sk-ant\nx-admin: 1"])
async def test_a_key_that_cannot_be_sent_is_not(key: str) -> None:
    server = answering(ok(ME))
    with pytest.raises(KeyRefused, match="ANTHROPIC_ADMIN_KEY has blanks or characters"):
        await api(server, credentials=[Credential("ANTHROPIC_ADMIN_KEY", key)]).fetch_organization()
    assert server.requests == []


async def test_no_key_at_all_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="without a key"):
        api(answering(ok(ME)), credentials=[])


# --- Secrets ---


def test_a_credentials_repr_hides_the_key() -> None:
    assert repr(FIRST_KEY) == "Credential(setting='ANTHROPIC_ADMIN_KEY')"


async def test_a_key_the_server_repeats_is_not_shown() -> None:
    for key in (FIRST_KEY, Credential("ANTHROPIC_ADMIN_KEY", "gateway-password")):
        with pytest.raises(KeyRefused) as caught:
            await api(answering(failed(401, f"{key.key} is no key")), credentials=[key]).fetch_organization()
        assert key.key not in str(caught.value)
        assert "is no key" in str(caught.value)


async def test_no_key_and_no_url_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(KeyRefused):
        await api(
            answering(failed(500, FIRST_KEY.key), failed(401, FIRST_KEY.key)), credentials=BOTH
        ).fetch_organization()
    assert "trying again in 15 s" in caplog.text
    assert "https://" not in caplog.text
    assert not any(key.key in caplog.text for key in BOTH)
