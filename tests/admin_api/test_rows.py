"""Rows in pages that end anywhere: the same as at once, or an error; and what they are worth."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admin_api import BadRequest, Nonsense, NotAllowed, NotFound
from bot.model import CostLine, CostSeries, Interval, KeyCostLine, KeyCostSeries
from tests.admin_api.stand_in import DAY, ONE_DAY, api, entries, failed, ok
from tests.laws import dear

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

MONTH = Interval(date(2026, 10, 22), date(2026, 11, 22))
REFRESHED = "2026-11-22T08:00:00Z"
DEFAULT_ID = "wrkspc_default"
GROUP = {
    "workspace_id": "wrkspc_search",
    "model": "claude-opus-5-5",
    "cost_type": "tokens",
    "token_type": "output_tokens",
    "service_tier": "standard",
    "context_window": "0-200k",
    "api_key_id": "apikey_ci",
}
TOKENS = CostSeries("wrkspc_search", "claude-opus-5-5", "tokens", "output_tokens", "standard", "0-200k", "", "")
KEYED = KeyCostSeries("wrkspc_search", "claude-opus-5-5", "tokens", "output_tokens", "apikey_ci")


def row(amount: object = "100", *, day: date = DAY, currency: str = "USD", **group: object) -> dict[str, Any]:
    """A row; a hundred cents unless told otherwise."""
    return {
        "starting_at": f"{day}T00:00:00Z",
        "ending_at": f"{day + timedelta(days=1)}T00:00:00Z",
        "group": GROUP | group,
        "cost": {"amount": amount, "list_amount": amount, "currency": currency, "requests": None},
    }


def page(*rows: object, next_page: str | None = None, **fields: object) -> httpx.Response:
    """A page of rows."""
    body = {"data": list(rows), "has_more": next_page is not None, "next_page": next_page}
    return ok(body | {"data_refreshed_at": REFRESHED} | fields)


class Server:
    """The lists, and `analytics/cost` by its answers in turn; empty pages once there are no more."""

    def __init__(
        self, *answers: httpx.Response, answer: Callable[[httpx.Request], httpx.Response] | None = None
    ) -> None:
        self.answers = list(answers)
        self.answer = answer
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/workspaces"):
            default = [] if "include_default" not in request.url.params else [workspace(DEFAULT_ID)]
            return ok(entries(workspace("wrkspc_search"), *default))
        self.asked.append(request)
        if self.answer is not None:
            return self.answer(request)
        return self.answers.pop(0) if self.answers else page()


def workspace(workspace_id: str) -> dict[str, object]:
    return {"id": workspace_id, "name": workspace_id, "archived_at": None}


async def test_lines_and_keys_are_what_the_rows_say() -> None:
    found = await api(Server(page(row()), page(row("40")), page(row()))).fetch_analytics_cost(ONE_DAY)

    assert found.tokens == [CostLine(DAY, TOKENS, 10**9)]
    assert found.in_the_us == [CostLine(DAY, TOKENS, 4 * 10**8)]
    assert found.keyed == [KeyCostLine(DAY, KEYED, 10**9)]
    assert found.refreshed_at == datetime(2026, 11, 22, 8, tzinfo=UTC)


async def test_what_is_asked_for_is_what_the_reference_names() -> None:
    server = Server()
    await api(server).fetch_analytics_cost(ONE_DAY)

    first, american, keyed = server.asked
    assert first.headers["anthropic-beta"] == "analytics-usage-cost-2026-08-24"
    assert first.url.params["time_bucket_width"] == "1d"
    assert (first.url.params["order_by"], first.url.params["order"]) == ("time", "asc")
    assert all(len(request.url.params.get_list("group_by[]")) == 5 for request in server.asked)
    assert american.url.params.get_list("inference_geos[]") == ["us"]
    assert "api_key_id" in keyed.url.params.get_list("group_by[]")


async def test_other_endpoints_get_no_beta() -> None:
    seen: list[httpx.Headers] = []

    def server(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return ok({"data": [], "has_more": False, "next_page": None})

    await api(server).fetch_cost(ONE_DAY)

    assert "anthropic-beta" not in seen[0]


async def test_the_default_workspace_is_known_by_its_id_and_by_null() -> None:
    found = await api(Server(page(row(workspace_id=DEFAULT_ID), row(workspace_id=None)))).fetch_analytics_cost(ONE_DAY)

    assert found.tokens == [CostLine(DAY, TOKENS._replace(workspace_id="default"), 2 * 10**9)]


async def test_without_knowing_the_default_workspace_nothing_is_believed() -> None:
    server = lambda request: ok(entries()) if request.url.path.endswith("/workspaces") else page()  # noqa: E731
    with pytest.raises(Nonsense, match="which workspace is the default one"):
        await api(server).fetch_analytics_cost(ONE_DAY)


async def test_usage_without_a_key_and_cost_without_a_model_are_empty_words() -> None:
    other = row(model=None, cost_type="code_execution", token_type=None, api_key_id=None)
    found = await api(Server(page(), page(), page(other))).fetch_analytics_cost(ONE_DAY)

    assert found.keyed[0].series == KeyCostSeries("wrkspc_search", "", "code_execution", "", "")


@pytest.mark.parametrize(("cents", "nanos"), [("-12.5", -125_000_000), ("0.00000012345678", 1), ("1E+2", 10**9)])
async def test_amounts_are_exact_cents(cents: str, nanos: int) -> None:
    found = await api(Server(page(row(cents)))).fetch_analytics_cost(ONE_DAY)

    assert found.tokens[0].amount == nanos


async def test_the_oldest_refresh_of_all_pages_counts() -> None:
    early = "2026-11-21T03:00:00+00:00"
    server = Server(page(next_page="a"), page(), page(data_refreshed_at=early))

    assert (await api(server).fetch_analytics_cost(ONE_DAY)).refreshed_at == datetime(2026, 11, 21, 3, tzinfo=UTC)


# --- Pages ---


class PagedRows:
    """Answers a month's rows in pages that end wherever `splits` says."""

    def __init__(self, amounts: dict[tuple[date, str], str], splits: Sequence[int]) -> None:
        self.rows = [row(amount, day=day, api_key_id=key) for (day, key), amount in sorted(amounts.items())]
        self.splits = list(splits)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        parameters = request.url.params
        since, until = parameters["starting_at"], parameters["ending_at"]
        keyed = "api_key_id" in parameters.get_list("group_by[]")
        rows = [each for each in self.rows if keyed and since <= each["starting_at"] < until]
        start = int(parameters.get("page", "0"))
        end = start + (self.splits.pop(0) if self.splits else 1_000)
        return page(*rows[start:end], next_page=str(end) if rows[end:] else None)


keys = st.tuples(st.sampled_from(MONTH.days()), st.sampled_from(["apikey_a", "apikey_b", "apikey_c"]))
amounts = st.dictionaries(keys, st.decimals(-1000, 1000, places=9).map(str), max_size=40)


@dear()
@given(amounts, st.lists(st.integers(1, 7), max_size=40))
async def test_pages_split_anywhere_never_change_a_sum(amounts: dict[tuple[date, str], str], splits: list[int]) -> None:
    whole = await api(Server(answer=PagedRows(amounts, []))).fetch_analytics_cost(MONTH)
    parts = await api(Server(answer=PagedRows(amounts, splits))).fetch_analytics_cost(MONTH)

    assert Counter(parts.keyed) == Counter(whole.keyed)
    assert len(whole.keyed) == len(amounts)


async def test_windows_grow_while_their_rows_are_few_and_end_at_a_month() -> None:
    server = Server()
    await api(server).fetch_analytics_cost(Interval(date(2026, 8, 1), date(2026, 11, 1)))

    lengths = [days_of(request) for request in server.asked if "inference_geos[]" in request.url.params]
    assert lengths == [2, 8, 31, 31, 20]


def days_of(request: httpx.Request) -> int:
    since, until = (date.fromisoformat(request.url.params[name][:10]) for name in ("starting_at", "ending_at"))
    return (until - since).days


async def test_an_expired_token_starts_the_window_again() -> None:
    second = row(api_key_id="apikey_b")
    server = Server(page(), page(), page(row(), next_page="a"), failed(410), page(row(), next_page="b"), page(second))
    found = await api(server).fetch_analytics_cost(ONE_DAY)

    assert [line.series.api_key_id for line in found.keyed] == ["apikey_ci", "apikey_b"]
    assert [request.url.params.get("page") for request in server.asked] == [None, None, None, "a", None, "b"]


async def test_tokens_that_always_expire_are_given_up() -> None:
    def server(request: httpx.Request) -> httpx.Response:
        return failed(410) if "page" in request.url.params else page(next_page="a")

    with pytest.raises(BadRequest, match="expired 3 times"):
        await api(Server(answer=server)).fetch_analytics_cost(ONE_DAY)


# --- What is refused ---


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([page(row(), row())], "a row of 2026-11-21 is there twice"),
        ([page(row(), next_page="a"), page(row())], "a row of 2026-11-21 is there twice"),
        ([page(next_page="a"), page(next_page="a")], "leads back to a page"),
        ([page(row(), has_more=True)], "there is more"),
        ([page(row(day=date(2026, 11, 20)))], "a row of 2026-11-20 is no answer"),
        ([page(row() | {"starting_at": "2026-11-21T01:00:00Z"})], "not with a day"),
        ([page(row(currency="EUR"))], 'an amount is in "EUR"; only USD can be added up'),
        ([page(row(1.5))], "not a decimal string"),
        ([page(row(model=7))], "7 stands where text should"),
        ([page({"starting_at": "2026-11-21T00:00:00Z"})], "a row lacks 'cost'"),
        ([page(row() | {"cost": None})], "of the wrong type"),
        ([page(data_refreshed_at=None)], "data_refreshed_at"),
        ([ok({"data": [], "has_more": False})], "data_refreshed_at"),
        ([page(next_page="a"), failed(404)], "broke off in the middle"),
    ],
)
async def test_what_would_make_a_wrong_bill_is_refused(answers: list[httpx.Response], why: str) -> None:
    with pytest.raises(Nonsense, match=why):
        await api(Server(*answers)).fetch_analytics_cost(ONE_DAY)


async def test_of_another_currency_it_is_said_that_no_setting_helps() -> None:
    with pytest.raises(Nonsense, match="no setting helps: ask Anthropic to bill this organisation in USD"):
        await api(Server(page(row(currency="EUR")))).fetch_analytics_cost(ONE_DAY)


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (403, NotAllowed), (400, BadRequest)])
async def test_an_organisation_without_it_says_so(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await api(Server(failed(status))).fetch_analytics_cost(ONE_DAY)


async def test_what_vanishes_between_windows_was_there() -> None:
    with pytest.raises(Nonsense, match="broke off"):
        await api(Server(page(), failed(404))).fetch_analytics_cost(MONTH)
