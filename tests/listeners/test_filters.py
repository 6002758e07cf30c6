"""Filters apply before sums: everything in an answer is of what they leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.ask_why import parse_forecast, parse_why
from bot.analysis.question import Ambiguous, NotUnderstood
from bot.listeners.forecast import load_month
from bot.listeners.why import load_explanation
from bot.loading.report import load_answer, load_report
from bot.messages.why import why_answer
from bot.model import ApiKey, Interval, Organization, Source, Workspace, usd
from bot.snapshots import open_store
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    HAIKU,
    NOW,
    OPUS,
    ORGANIZATION,
    SEARCH,
    TODAY,
    YESTERDAY,
    cost_line,
    last_days,
    other_cost_line,
    question,
    tokens,
    usage_line,
)
from tests.databases import lay_empty_database
from tests.laws import dear
from tests.listeners.test_cross import COST, USAGE
from tests.snapshots.days import save
from tests.snapshots.test_laws import new_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.analysis.report import Report
    from bot.model import CostLine, UsageLine
    from bot.snapshots import Store

DAY = timedelta(days=1)
WEB_KEY = "apikey_web"


@pytest.fixture(scope="module")
def bill() -> Iterator[Store]:
    """Two workspaces, two models, two keys and a batch, on two days and the same two a week before.

    Nothing is changed in it.
    """
    with new_store() as store:
        yield filled(store)


@pytest.fixture(scope="module")
def changed_bill() -> Iterator[Store]:
    """The same of which the last day is another; nothing else is changed in it."""
    with new_store() as store:
        save(filled(store), cost_line(9), other_cost_line(2), usage=[usage_line(api_key_id=WEB_KEY)])
        yield store


@pytest.fixture
def own_bill(store: Store) -> Store:
    """The same for a test that changes it."""
    return filled(store)


def filled(store: Store) -> Store:
    store.save_organization(ORGANIZATION, seen_at=NOW)
    for days in (last_days(2), last_days(2, until=TODAY - 7 * DAY)):
        day = days.since
        save(
            store,
            cost_line(40, day=day),
            cost_line(6, day=day, model=HAIKU),
            cost_line(3, day=day + DAY, workspace_id=SEARCH, service_tier="batch"),
            other_cost_line(1, day=day + DAY),
            usage=[
                usage_line(tokens(output=3), day=day),
                usage_line(tokens(output=1), day=day, api_key_id=WEB_KEY),
                usage_line(day=day, model=HAIKU),
                usage_line(day=day + DAY, workspace_id=SEARCH, service_tier="batch", api_key_id=WEB_KEY),
            ],
            interval=days,
        )
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout"), Workspace(SEARCH, "search")], seen_at=NOW)
    store.names.save_api_keys(
        [ApiKey(CI_KEY, "ci-deploy", "active", CHECKOUT), ApiKey(WEB_KEY, "web", "active", CHECKOUT)], seen_at=NOW
    )
    return store


def ask(store: Store, text: str) -> Report:
    return load_report(store, question(f"2d vs 2026-11-13..2026-11-14 {text}"))


@pytest.mark.parametrize(
    ("text", "total", "rows"),
    [
        ("", 50, {CHECKOUT: 47, SEARCH: 3}),
        ("checkout", 47, {OPUS: 40, HAIKU: 6, "no_model": 1}),
        ("workspace:search by model", 3, {OPUS: 3}),
        ("-search", 47, {CHECKOUT: 47}),
        ("haiku", 6, {CHECKOUT: 6}),
        ("checkout opus by day", 40, {"2026-11-20": 40, "2026-11-21": 0}),
        ("key:ci-*", 36, {OPUS: 30, HAIKU: 6}),
        ("web by workspace", 13, {CHECKOUT: 10, SEARCH: 3}),
        ("web by key", 13, {WEB_KEY: 13}),
        ("-key:web by key", 37, {CI_KEY: 36, "not_attributable": 1}),
        ("batch", 3, {SEARCH: 3}),
        ("-batch by tier", 47, {"standard": 46, "no_tier": 1}),
        ("web batch by tier", 3, {"batch": 3}),
        ("code execution", 1, {CHECKOUT: 1}),
        ("-type:tokens by type", 1, {"code_execution": 1}),
        ("token:output by token", 49, {"output": 49}),
        ("by week", 50, {"2026-W47": 50}),
        ("by month search", 3, {"2026-11": 3}),
        ("by org", 50, {"org_example": 50}),
        ("by org checkout", 47, {"org_example": 47}),
    ],
)
def test_a_filter_leaves_what_it_names(bill: Store, text: str, total: int, rows: dict[str, int]) -> None:
    report = ask(bill, text)
    assert {row.id: row.spend for row in report.rows} == {id_: usd(amount) for id_, amount in rows.items()}
    assert (report.total, report.previous_total) == (usd(total), usd(total))
    assert sum(report.daily.values()) == sum(report.previous_daily.values()) == usd(total)


def test_the_reason_of_a_change_is_that_of_what_is_left(own_bill: Store) -> None:
    day = YESTERDAY - DAY
    save(own_bill, cost_line(99, day=day), cost_line(6, day=day, model=HAIKU), interval=last_days(1, until=YESTERDAY))
    found = load_answer(own_bill, question("2026-11-20 checkout opus"))
    assert found.why is not None
    assert (found.why.previous, found.why.current) == (found.previous_total, found.total) == (usd(40), usd(99))
    assert load_answer(own_bill, question("2026-11-20 haiku")).why is None


def test_the_past_is_looked_at_through_a_filter_too(own_bill: Store) -> None:
    save(own_bill, cost_line(99), fetched_at=NOW + DAY)
    asked = question("yesterday workspace:search by day")
    assert load_report(own_bill, asked).total == 0
    assert load_report(own_bill, asked, as_of=NOW + timedelta(hours=1)).total == usd(3)


def test_what_is_estimated_or_has_no_price_is_only_of_what_is_left(own_bill: Store) -> None:
    save(
        own_bill,
        cost_line(2),
        usage=[usage_line(), usage_line(tokens(output=5), workspace_id=SEARCH, model="claude-next")],
        source=Source.ESTIMATE,
    )
    assert [each.model for each in ask(own_bill, "search").unpriced] == ["claude-next"]
    assert ask(own_bill, "checkout").unpriced == ()


def test_caching_is_that_of_what_is_left(own_bill: Store) -> None:
    use = usage_line(tokens(cache_read=3, uncached_input=1), workspace_id=SEARCH)
    save(own_bill, cost_line(2), usage=[use, usage_line(tokens(uncached_input=100))])
    cache = ask(own_bill, "search by token").cache
    assert cache is not None
    assert cache.hit_percent == 75


def test_names_that_are_not_there_come_back(own_bill: Store) -> None:
    with pytest.raises(NotUnderstood, match="no workspace here is called so; there is workspace:search"):
        ask(own_bill, "workspace:serch-x")
    own_bill.names.save_workspaces([Workspace("w2", "searchlight")], seen_at=NOW)
    with pytest.raises(Ambiguous, match="it could be workspace:searchlight or workspace:search"):
        ask(own_bill, "sear")


def test_who_and_which_key_are_not_asked_together(bill: Store) -> None:
    with pytest.raises(NotUnderstood, match="two ways to share the same dollars"):
        ask(bill, "web by person")


def test_incomplete_weeks_are_marked_and_not_compared(bill: Store) -> None:
    report = load_report(bill, question("4d by week"))
    assert [(row.label, row.comparable) for row in report.rows] == [("2026-W47 (2/7 days)", False)]


# --- Excluding, why and the forecast, per kind of filter ---

EACH_KIND = (
    "workspace:search",
    "model:haiku",
    "key:web",
    "key:not_attributable",
    "tier:batch",
    "type:tokens",
    "token:output",
)
"""What is left by each, and what by its opposite, is the whole."""


@pytest.mark.parametrize("named", EACH_KIND)
def test_what_is_excluded_and_what_is_named_are_the_whole(bill: Store, named: str) -> None:
    assert (ask(bill, named).total or 0) + (ask(bill, f"-{named}").total or 0) == ask(bill, "").total == usd(50)


@pytest.mark.parametrize("named", ["", *EACH_KIND, *(f"-{named}" for named in EACH_KIND), "checkout opus -key:web"])
def test_why_is_of_what_a_report_is_of(changed_bill: Store, named: str) -> None:
    report = ask(changed_bill, named)
    why = load_explanation(changed_bill, parse_why(f"2d vs 2026-11-13..2026-11-14 {named}", today=TODAY)).why

    assert (why.current, why.previous) == (report.total, report.previous_total)
    for parts in (why.models, why.keys):
        assert sum(part.increase for part in parts) == why.drivers.increase == why.increase
    rows = {row.id: (row.previous or 0, row.spend or 0) for row in ask(changed_bill, f"{named} by key").rows}
    assert {key.id: (key.previous, key.current) for key in why.keys if key.previous or key.current} == rows


@pytest.mark.parametrize("named", ["", "opus", "-token:output", "org:example"])
def test_why_without_keys_is_the_same_in_all_else(changed_bill: Store, named: str) -> None:
    asked = parse_why(f"2d vs 2026-11-13..2026-11-14 {named}", today=TODAY)

    whole, quick = load_explanation(changed_bill, asked), load_explanation(changed_bill, asked, most_lines=0)

    assert (whole.tells_keys, quick.tells_keys, quick.why.keys) == (True, False, ())
    assert replace(quick.why, keys=whole.why.keys, before=whole.why.before, now=whole.why.now) == whole.why
    blocks = str(why_answer(quick, share_id=None).blocks)
    assert "By key" not in blocks
    assert "not told by key" in blocks


@pytest.mark.parametrize("named", ["", *EACH_KIND, *(f"-{named}" for named in EACH_KIND)])
def test_a_forecast_is_of_what_a_report_is_of(bill: Store, named: str) -> None:
    found = load_month(bill, parse_forecast(named, today=TODAY), today=TODAY)

    assert found.forecast.spent == load_report(bill, question(f"month {named}")).total
    assert sum(each.spent or 0 for each in found.workspaces) == found.forecast.spent


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two organisations, each with a workspace "checkout" and a key "ci": $5 and $1 without a key, and $3."""
    path = tmp_path_factory.mktemp("two") / "claudecost.db"
    lay_empty_database(path)
    europe = Organization("org_europe", "Europe")
    with open_store(path) as store:
        store.expect_organizations({"ANTHROPIC_ADMIN_KEY": "", "SECOND": "Europe"})
    for setting, organization, dollars in (("ANTHROPIC_ADMIN_KEY", ORGANIZATION, 5), ("SECOND", europe, 3)):
        with open_store(path, setting) as store:
            store.save_organization(organization, seen_at=NOW)
            workspace, key = f"wrkspc_{dollars}", f"apikey_{dollars}"
            store.names.save_workspaces([Workspace(workspace, "checkout")], seen_at=NOW)
            store.names.save_api_keys([ApiKey(key, "ci", "active", workspace)], seen_at=NOW)
            model = OPUS if dollars == 5 else HAIKU
            lines = [cost_line(dollars, workspace_id=workspace, model=model)]
            lines += [other_cost_line(1, workspace_id=workspace)] * (dollars == 5)
            save(store, *lines, usage=[usage_line(workspace_id=workspace, model=model, api_key_id=key)])
    with open_store(path) as store:
        yield store


@pytest.mark.parametrize(
    ("named", "total"),
    [
        ("", 9),
        ("workspace:'checkout · *'", 9),
        ("-workspace:'checkout · Europe'", 6),
        ("checkout europe", 3),
        ("opus", 5),
        ("-opus", 4),
        ("key:'ci · *'", 8),
        ("-key:'ci · Europe'", 6),
        ("-key:not_attributable", 8),
        ("type:tokens org:example", 5),
        ("-type:tokens", 1),
        ("-tier:standard", 1),
        ("token:output", 8),
        ("-token:output", 1),
    ],
)
def test_filters_are_of_all_organisations_or_of_one(two: Store, named: str, total: int) -> None:
    for by in ("org", "key"):
        report = load_report(two, question(f"yesterday by {by} {named}"))
        assert report.total == sum(row.spend or 0 for row in report.rows) == usd(total)
    assert load_explanation(two, parse_why(f"yesterday {named}", today=TODAY)).why.current == usd(total)
    assert load_month(two, parse_forecast(named, today=TODAY), today=TODAY).forecast.spent == usd(total)


def test_lines_of_many_workspaces_are_shared_a_day_at_once(store: Store) -> None:
    many = [f"wrkspc_{number}" for number in range(12)]
    save(
        store,
        *(cost_line(8, workspace_id=id_) for id_ in many),
        *(other_cost_line(1, workspace_id=id_) for id_ in many),
        usage=[
            usage_line(tokens(output=output), workspace_id=id_, api_key_id=key)
            for id_ in many
            for key, output in ((CI_KEY, 3), (WEB_KEY, 1))
        ],
    )
    for named, each in ((f"key:{CI_KEY}", 6), (f"-key:{CI_KEY}", 3), ("-key:not_attributable", 8)):
        report = load_report(store, question(f"yesterday by workspace {named}"))
        assert {row.id: row.spend for row in report.rows} == {id_: usd(each) for id_ in many}
        by_token = load_report(store, question(f"yesterday by token {named}"))
        assert by_token.total == sum(row.spend or 0 for row in by_token.rows) == usd(12 * each)


def test_of_a_day_under_way_it_is_what_is_left_too(own_bill: Store) -> None:
    save(
        own_bill,
        cost_line(8, day=TODAY),
        cost_line(2, day=TODAY, model=HAIKU),
        interval=Interval(TODAY, TODAY + DAY),
        usage=[usage_line(day=TODAY), usage_line(day=TODAY, model=HAIKU, api_key_id=WEB_KEY)],
        source=Source.ESTIMATE,
    )
    totals = {
        named: load_report(own_bill, question(f"today {named}")).total for named in ("", "opus", "-opus", "key:web")
    }

    assert totals == {"": usd(10), "opus": usd(8), "-opus": usd(2), "key:web": usd(2)}


@pytest.mark.parametrize("named", ["opus", "workspace:search", "key:web", "token:output"])
def test_of_a_day_under_way_both_sides_are_up_to_the_same_hour(store: Store, named: str) -> None:
    week_ago = TODAY - 7 * DAY
    for day, source in ((week_ago, Source.COST_REPORT), (TODAY, Source.ESTIMATE)):
        save(
            store,
            cost_line(8, day=day),
            cost_line(4, day=day, model=HAIKU, workspace_id=SEARCH),
            interval=Interval(day, day + DAY),
            usage=[
                usage_line(day=day),
                usage_line(day=day, model=HAIKU, workspace_id=SEARCH, api_key_id=WEB_KEY),
            ],
            source=source,
        )
    store.hours.save(week_ago, [{(CHECKOUT, OPUS): 1, (SEARCH, HAIKU): 1}] * 24)
    whole, part, rest = (load_report(store, question(f"today {text}")) for text in ("", named, f"-{named}"))

    assert whole.up_to == part.up_to == rest.up_to is not None
    assert 0 < (whole.previous_total or 0) < usd(12)
    assert (part.total or 0) + (rest.total or 0) == whole.total == usd(12)
    assert (part.previous_total or 0) + (rest.previous_total or 0) == whole.previous_total


@dear()
@given(cost=COST, usage=USAGE, by=st.sampled_from(["workspace", "model", "key", "tier", "type", "token"]))
def test_each_row_by_itself_is_what_it_was_among_the_others(
    cost: list[CostLine], usage: list[UsageLine], by: str
) -> None:
    with new_store() as store:
        save(store, *cost, usage=usage, interval=last_days(4))
        whole = load_report(store, question(f"2d by {by}"))
        for row in whole.rows:
            alone = load_report(store, question(f"2d by {by} {by}:'{row.id}'"))
            assert (alone.total, alone.previous_total) == (row.spend, row.previous)
            assert [one.spend for one in alone.rows] == [row.spend]
            others = load_report(store, question(f"2d by {by} -{by}:'{row.id}'"))
            assert (others.total or 0) + (row.spend or 0) == whole.total
