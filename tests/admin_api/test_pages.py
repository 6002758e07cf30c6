"""Paging: what comes in pages is the same as what comes at once, or an error."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admin_api import Nonsense, NotFound, Unavailable
from bot.admin_api.pages import Pace
from bot.model import Interval
from tests.admin_api.stand_in import (
    COST_ROW,
    DAY,
    ONE_DAY,
    answering,
    api,
    bucket,
    cost_row,
    everything,
    failed,
    ok,
    page,
)
from tests.laws import dear

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

QUARTER = Interval(date(2026, 8, 24), date(2026, 11, 22))
DAYS = QUARTER.days()


class PagedBill:
    """A cost_report whose pages end wherever `splits` says, whatever limit is asked for."""

    def __init__(self, cents: dict[date, list[str]], *, splits: Sequence[int] = ()) -> None:
        self.cents = cents
        self.splits = list(splits)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        days = self.days_asked_for(request)
        size = min(self.splits.pop(0) if self.splits else 31, int(request.url.params["limit"]))
        buckets = [self.bucket(day) for day in days[:size]]
        return ok(page(*buckets, next_page=days[size].isoformat() if days[size:] else None))

    def days_asked_for(self, request: httpx.Request) -> list[date]:
        parameters = request.url.params
        since = date.fromisoformat(parameters.get("page", parameters["starting_at"])[:10])
        until = date.fromisoformat(parameters["ending_at"][:10])
        return [since + timedelta(days=offset) for offset in range((until - since).days)]

    def bucket(self, day: date) -> dict[str, object]:
        rows = [
            cost_row(amount=amount, description=str(series)) for series, amount in enumerate(self.cents.get(day, []))
        ]
        return bucket(*rows, day=day)


amounts = st.lists(st.decimals(-1000, 1000, places=9).map(str), max_size=3)
bills = st.dictionaries(st.sampled_from(DAYS), amounts, max_size=20)
splits = st.lists(st.integers(1, 31), max_size=60)


@dear()
@given(bills, splits, st.integers(0, 90), st.integers(0, 90))
async def test_splitting_a_range_never_changes_a_sum(
    cents: dict[date, list[str]], splits: list[int], cut: int, other_cut: int
) -> None:
    whole = await everything(api(PagedBill(cents)).fetch_cost(QUARTER))
    edges = [DAYS[0], *sorted(DAYS[0] + timedelta(days=days) for days in (cut, other_cut)), QUARTER.until]
    client = api(PagedBill(cents, splits=splits))
    parts = [await everything(client.fetch_cost(Interval(*edge))) for edge in pairwise(edges)]
    assert Counter(line for part in parts for line in part) == Counter(whole)
    assert len({(line.day, line.series) for line in whole}) == len(whole)


async def test_a_window_is_no_longer_than_a_month() -> None:
    bill = PagedBill({})
    await everything(api(bill).fetch_cost(QUARTER))
    assert max(len(bill.days_asked_for(request)) for request in bill.requests) == 31


async def test_pages_of_a_small_organisation_grow_to_a_month() -> None:
    bill = PagedBill({day: ["1"] for day in DAYS})
    client = api(bill)
    await everything(client.fetch_cost(QUARTER))
    assert [request.url.params["limit"] for request in bill.requests if "page" not in request.url.params] == [
        "2",
        "8",
        "31",
        "31",
    ]


async def test_pages_of_a_large_organisation_stay_near_five_thousand_rows() -> None:
    bill = PagedBill({day: ["1"] * 2_000 for day in DAYS[:8]})
    await everything(api(bill).fetch_cost(Interval(DAYS[0], DAYS[8])))
    assert {request.url.params["limit"] for request in bill.requests} == {"2"}


@pytest.mark.parametrize(("fullest", "buckets"), [(0, 8), (1_000, 5), (5_000, 1), (50_000, 1)])
def test_a_page_holds_what_fits_and_at_least_a_day(fullest: int, buckets: int) -> None:
    assert Pace().after(fullest).buckets == buckets


async def test_a_token_goes_with_the_parameters_it_came_from() -> None:
    bill = PagedBill({}, splits=[1, 1])
    await everything(api(bill).fetch_cost(Interval(DAYS[0], DAYS[2])))
    first, second = (dict(request.url.params.multi_items()) for request in bill.requests)
    assert second == {**first, "page": DAYS[1].isoformat()}


async def test_the_guides_single_page_ends_the_window() -> None:
    server = answering(ok({"data": [bucket(COST_ROW)], "has_more": False}))
    await everything(api(server).fetch_cost(ONE_DAY))
    assert len(server.requests) == 1


async def test_an_empty_interval_asks_nothing() -> None:
    server = answering(ok(page()))
    assert await everything(api(server).fetch_cost(Interval(DAY, DAY))) == []
    assert server.requests == []


async def test_a_token_goes_back_letter_by_letter() -> None:
    token = "a+b/c==&limit=1#%20 é?"
    server = answering(ok(page(next_page=token)), ok(page(bucket(COST_ROW))))
    await everything(api(server).fetch_cost(ONE_DAY))
    assert server.asked("page") == [None, token]


# --- Guards ---


async def test_more_without_a_token_is_no_small_bill() -> None:
    server = answering(ok({"data": [bucket(COST_ROW)], "has_more": True, "next_page": None}))
    with pytest.raises(Nonsense, match="there is more"):
        await everything(api(server).fetch_cost(ONE_DAY))


async def test_a_token_that_comes_again_is_refused() -> None:
    server = answering(ok(page(next_page="a")), ok(page(next_page="b")), ok(page(next_page="a")))
    with pytest.raises(Nonsense, match="leads back to a page"):
        await everything(api(server).fetch_cost(ONE_DAY))


async def test_a_page_that_repeats_under_a_new_token_is_refused() -> None:
    server = answering(ok(page(bucket(COST_ROW), next_page="a")), ok(page(bucket(COST_ROW))))
    with pytest.raises(Nonsense, match="2026-11-21 was on an earlier page"):
        await everything(api(server).fetch_cost(ONE_DAY))


async def test_pages_without_end_are_refused() -> None:
    tokens = iter(range(10_000))
    with pytest.raises(Nonsense, match="no end to its pages"):
        await everything(api(lambda _: ok(page(next_page=f"page_{next(tokens)}"))).fetch_cost(ONE_DAY))
    assert next(tokens) < 10


# --- Which days were answered ---


async def test_a_bucket_without_rows_is_a_day_that_cost_nothing() -> None:
    answered = await api(answering(ok(page(bucket())))).fetch_cost(ONE_DAY)
    assert answered.days == {DAY}
    assert answered.lines == []


async def test_a_day_without_a_bucket_is_not_among_the_days() -> None:
    answered = await api(answering(ok(page(bucket(COST_ROW))))).fetch_cost(Interval(DAY, DAY + timedelta(days=2)))
    assert answered.days == {DAY}


async def test_the_days_of_all_pages_and_windows_are_answered() -> None:
    assert (await api(PagedBill({}, splits=[1, 1, 3])).fetch_cost(QUARTER)).days == set(DAYS)


async def test_buckets_name_their_report() -> None:
    client = api(answering(ok(page())))
    assert (await client.fetch_cost(ONE_DAY)).endpoint == "cost_report"
    assert (await client.fetch_usage(ONE_DAY)).endpoint == "usage_report/messages"


# --- Reports and tokens that are not there ---


async def test_no_cost_report_is_not_found() -> None:
    with pytest.raises(NotFound):
        await everything(api(answering(failed(404))).fetch_cost(ONE_DAY))


async def test_a_report_that_vanishes_between_pages_was_there() -> None:
    server = answering(ok(page(next_page="a")), failed(404))
    with pytest.raises(Nonsense, match="broke off in the middle"):
        await everything(api(server).fetch_cost(ONE_DAY))


async def test_a_report_that_vanishes_between_windows_was_there() -> None:
    server = answering(ok(page()), failed(404))
    with pytest.raises(Nonsense, match="broke off in the middle"):
        await everything(api(server).fetch_cost(QUARTER))


async def test_an_expired_token_starts_the_window_again() -> None:
    first, second = bucket(COST_ROW), bucket(COST_ROW, day=DAY + timedelta(days=1))
    server = answering(ok(page(first, next_page="a")), failed(410), ok(page(first, next_page="b")), ok(page(second)))
    lines = await everything(api(server).fetch_cost(Interval(DAY, DAY + timedelta(days=2))))
    assert [line.day for line in lines] == [DAY, DAY + timedelta(days=1)]
    assert server.asked("page") == [None, "a", None, "b"]


async def test_tokens_that_always_expire_are_given_up() -> None:
    def server(request: httpx.Request) -> httpx.Response:
        return failed(410) if "page" in request.url.params else ok(page(next_page="a"))

    with pytest.raises(Unavailable, match="expired 3 times"):
        await everything(api(server).fetch_cost(ONE_DAY))


async def test_an_error_in_the_middle_of_a_range_is_retried_where_it_was() -> None:
    server = answering(ok(page(next_page="a")), failed(500), ok(page(bucket(COST_ROW))))
    assert len(await everything(api(server).fetch_cost(ONE_DAY))) == 1
    assert server.asked("page") == [None, "a", "a"]
