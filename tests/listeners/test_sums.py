"""Whatever the bill and its fetching do, what a report adds up to is the bill, each dollar once, where it was spent."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.groupings import CONSOLE, NOT_ATTRIBUTABLE
from bot.loading.report import load_report
from bot.model import DEFAULT_WORKSPACE, NO_KEY, ApiKey, CostLine, Interval, UsageLine, Workspace, usd
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    NOW,
    OPUS,
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
from tests.laws import dear
from tests.listeners.test_cross import COST, USAGE
from tests.snapshots.days import save
from tests.snapshots.test_laws import new_store

if TYPE_CHECKING:
    from datetime import date

    from bot.analysis.report import Report
    from bot.snapshots import Store

DAY = timedelta(days=1)
DAYS = last_days(4)
LATER = NOW + timedelta(hours=1)


def rows(store: Store, by: str) -> dict[object, int | None]:
    """What each row of the last two days came to, by its id."""
    return {row.id: row.spend for row in load_report(store, question(f"2d by {by}")).rows}


def fetch(store: Store, interval: Interval, cost: list[CostLine], usage: list[UsageLine], *, hours: int = 0) -> None:
    """Saves what the API says of an interval."""
    save(
        store,
        *[line for line in cost if interval.since <= line.day < interval.until],
        usage=[line for line in usage if interval.since <= line.day < interval.until],
        interval=interval,
        fetched_at=NOW + timedelta(hours=hours),
    )


def answers(store: Store) -> list[Report]:
    """A breakdown of each kind."""
    return [load_report(store, question(f"2d by {by}")) for by in ("key", "workspace key", "type day", "model")]


def without_time(reports: list[Report]) -> list[object]:
    """All that is told, but for when it was fetched."""
    return [(report.total, report.previous_total, report.rows) for report in reports]


@dear()
@given(cost=COST, usage=USAGE, cuts=st.lists(st.sets(st.sampled_from(DAYS.days())), min_size=1, max_size=3))
def test_syncs_that_split_a_range_and_fetch_it_again_change_no_sum(
    cost: list[CostLine], usage: list[UsageLine], cuts: list[set[date]]
) -> None:
    with new_store() as at_once, new_store() as in_parts:
        fetch(at_once, DAYS, cost, usage)
        for hours, edges in enumerate(cuts):
            for since, until in pairwise(sorted({DAYS.since, *edges, DAYS.until})):
                fetch(in_parts, Interval(since, until), cost, usage, hours=hours)
        assert without_time(answers(in_parts)) == without_time(answers(at_once))


def test_a_day_fetched_thrice_counts_once(store: Store) -> None:
    for hours in range(3):
        fetch(store, last_days(1), [cost_line(4), other_cost_line(2)], [usage_line(api_key_id="a")], hours=hours)

    assert rows(store, "key") == {"a": usd(4), NOT_ATTRIBUTABLE: usd(2)}
    assert rows(store, "day")["2026-11-21"] == usd(6)


def test_a_day_that_lost_a_line_when_it_was_fetched_again_has_lost_it_everywhere(store: Store) -> None:
    fetch(store, last_days(1), [cost_line(4), other_cost_line(2)], [usage_line(api_key_id="a")])
    fetch(store, last_days(1), [cost_line(5)], [usage_line(api_key_id="b")], hours=1)

    assert rows(store, "key") == {"b": usd(5)}
    assert rows(store, "workspace type") == {(CHECKOUT, "tokens"): usd(5)}


def test_no_workspace_and_no_key_are_the_default_one_and_the_console(store: Store) -> None:
    save(
        store,
        cost_line(3, workspace_id=DEFAULT_WORKSPACE),
        usage=[usage_line(workspace_id=DEFAULT_WORKSPACE, api_key_id=NO_KEY)],
    )

    assert rows(store, "workspace key") == {(DEFAULT_WORKSPACE, CONSOLE): usd(3)}


def test_an_archived_workspace_keeps_its_spend_and_its_name(store: Store) -> None:
    save(store, cost_line(3))
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout")], seen_at=NOW)
    store.names.save_workspaces([Workspace(CHECKOUT, "", archived=True)], seen_at=LATER)

    (row,) = load_report(store, question("2d by workspace")).rows
    assert (row.label, row.spend) == ("checkout", usd(3))


def test_a_key_that_moved_leaves_its_spend_in_the_workspace_it_was_used_in(store: Store) -> None:
    before = YESTERDAY - DAY
    usage = [usage_line(day=before, api_key_id=CI_KEY), usage_line(api_key_id=CI_KEY, workspace_id=SEARCH)]
    save(store, cost_line(5, day=before), cost_line(3, workspace_id=SEARCH), usage=usage, interval=last_days(2))
    store.names.save_api_keys([ApiKey(CI_KEY, "ci", "active", CHECKOUT)], seen_at=NOW)
    store.names.save_api_keys([ApiKey(CI_KEY, "ci", "active", SEARCH)], seen_at=LATER)

    assert rows(store, "workspace key") == {(CHECKOUT, CI_KEY): usd(5), (SEARCH, CI_KEY): usd(3)}
    assert rows(store, "key") == {CI_KEY: usd(8)}


def test_a_model_that_gets_another_name_is_two_rows_and_one_sum(store: Store) -> None:
    dated = f"{OPUS}-20261121"
    save(store, cost_line(5, day=YESTERDAY - DAY), cost_line(3, model=dated), interval=last_days(2))

    assert rows(store, "model") == {OPUS: usd(5), dated: usd(3)}
    assert load_report(store, question("2d by model")).total == usd(8)


def test_a_credit_is_shared_like_cost_and_lowers_every_sum(store: Store) -> None:
    usage = [usage_line(tokens(output=3), api_key_id="a"), usage_line(tokens(output=1), api_key_id="b")]
    save(store, cost_line(-4), other_cost_line(-1), usage=usage)

    assert rows(store, "key") == {"a": usd(-3), "b": usd(-1), NOT_ATTRIBUTABLE: usd(-1)}
    assert load_report(store, question("2d by key")).total == usd(-5)


@pytest.mark.parametrize("by", ["key", "key token", "model", "day type"])
def test_the_last_nano_dollar_is_in_every_breakdown(store: Store, by: str) -> None:
    usage = [usage_line(tokens(output=1), api_key_id=key) for key in ("a", "b", "c")]
    save(store, cost_line("0.000000100"), cost_line("1.000000001", day=TODAY - 2 * DAY), usage=usage, interval=DAYS)

    assert sum(amount or 0 for amount in rows(store, by).values()) == 1_000_000_101
