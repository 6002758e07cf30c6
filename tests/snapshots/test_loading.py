"""Loading: sums by dimension, weeks, tokens, and what no price is known for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model import DEFAULT_WORKSPACE, NO_MODEL, Freshness, Source, Unpriced, WeeklySpend, end_of, usd
from tests.builders import (
    CHECKOUT,
    HAIKU,
    NOW,
    OPUS,
    SEARCH,
    SONNET,
    YESTERDAY,
    cost_line,
    last_days,
    other_cost_line,
    tokens,
    usage_line,
)
from tests.snapshots.days import day_alone, save

if TYPE_CHECKING:
    from bot.snapshots import Store

DAY = timedelta(days=1)


def test_spend_is_summed_by_what_is_asked_for(store: Store) -> None:
    save(store, cost_line(1), cost_line(2, model=HAIKU), cost_line(4, workspace_id=SEARCH, token_type="input"))

    assert store.ledger.load_spend(day_alone(), ["workspace"]) == {(CHECKOUT,): usd(3), (SEARCH,): usd(4)}
    assert store.ledger.load_spend(day_alone(), ["model", "workspace"]) == {
        (OPUS, CHECKOUT): usd(1),
        (HAIKU, CHECKOUT): usd(2),
        (OPUS, SEARCH): usd(4),
    }
    assert store.ledger.load_spend(day_alone(), ["token_type"]) == {("output_tokens",): usd(3), ("input",): usd(4)}


def test_spend_by_day_is_keyed_by_iso_dates(store: Store) -> None:
    save(store, cost_line(1), cost_line(2, day=YESTERDAY - DAY), interval=last_days(2))

    spend = store.ledger.load_spend(last_days(2), ["day", "model"])

    assert spend == {("2026-11-20", OPUS): usd(2), ("2026-11-21", OPUS): usd(1)}


def test_spend_by_nothing_is_the_total(store: Store) -> None:
    save(store, cost_line(1), other_cost_line(2))

    assert store.ledger.load_spend(day_alone(), []) == {(): usd(3)}
    assert store.ledger.load_spend(day_alone(YESTERDAY - DAY), []) == {(): 0}


def test_an_interval_leaves_its_end_out(store: Store) -> None:
    save(store, cost_line(1))

    assert store.ledger.load_spend(day_alone(YESTERDAY - DAY), ["model"]) == {}


def test_weekly_spend_counts_each_week_back(store: Store) -> None:
    lines = [cost_line(10 + week, day=YESTERDAY - 7 * week * DAY) for week in range(6)]
    save(store, *lines, interval=last_days(42))

    (spend,) = store.ledger.load_weekly_spend(last_days(7).days())

    expected = WeeklySpend(CHECKOUT, OPUS, tuple(usd(10 + week) for week in range(5)), YESTERDAY - 28 * DAY, usd(10))
    assert spend[: len(expected) - 2] == expected[:-2]


def test_weekly_spend_comes_with_each_day_and_the_baseline_days_together(store: Store) -> None:
    lines = [cost_line(10 + back, day=YESTERDAY - back * DAY) for back in range(35)]
    save(store, *lines, cost_line(7, day=YESTERDAY - 20 * DAY, model=SONNET), interval=last_days(35))

    baseline = [YESTERDAY - DAY, YESTERDAY - 3 * DAY]
    opus, sonnet = store.ledger.load_weekly_spend(last_days(7).days(), baseline=baseline)

    assert opus.amounts() == [*[usd(10 + back) for back in range(35)], 0, 0, 0]
    assert (opus.latest, opus.before) == (usd(10), usd(11 + 13))
    assert sonnet.amounts() == [usd(7) if back == 20 else 0 for back in range(38)]


def test_weekly_spend_leaves_out_the_weekdays_that_are_not_compared(store: Store) -> None:
    save(store, *[cost_line(1, day=day) for day in last_days(35).days()], interval=last_days(35))

    (spend,) = store.ledger.load_weekly_spend([YESTERDAY, YESTERDAY - 2 * DAY])

    assert spend.weeks == (usd(2),) * 5


def test_weekly_spend_keeps_cost_without_a_model_and_workspaces_apart(store: Store) -> None:
    save(store, cost_line(1), other_cost_line(2), cost_line(3, workspace_id=DEFAULT_WORKSPACE))

    spend = store.ledger.load_weekly_spend([YESTERDAY], 1)

    assert {(each.workspace_id, each.model, each.weeks) for each in spend} == {
        (DEFAULT_WORKSPACE, OPUS, (usd(3),)),
        (CHECKOUT, NO_MODEL, (usd(2),)),
        (CHECKOUT, OPUS, (usd(1),)),
    }


def test_a_series_begins_on_the_first_day_it_cost_something(store: Store) -> None:
    save(store, cost_line(0, day=YESTERDAY - 3 * DAY), cost_line(1, day=YESTERDAY - DAY), interval=last_days(7))

    (spend,) = store.ledger.load_weekly_spend(last_days(7).days())

    assert spend.first_day == YESTERDAY - DAY


def test_weekly_spend_of_no_days_is_empty(store: Store) -> None:
    save(store, cost_line(1))

    assert store.ledger.load_weekly_spend([]) == []


def test_weekly_spend_refuses_more_than_a_week(store: Store) -> None:
    with pytest.raises(ValueError, match="more than one week"):
        store.ledger.load_weekly_spend(last_days(8).days())


def test_tokens_are_summed_over_keys(store: Store) -> None:
    used = [usage_line(api_key_id=key, counts=tokens(output=3, cache_read=2)) for key in ("apikey_a", "apikey_b")]
    save(store, usage=used)

    assert store.ledger.load_tokens(day_alone()) == {(YESTERDAY, CHECKOUT, OPUS): tokens(output=6, cache_read=4)}


def test_estimated_usage_without_a_cost_is_unpriced(store: Store) -> None:
    used = [usage_line(tokens(output=5)), usage_line(tokens(output=7, cache_read=1), model="claude-new")]
    save(store, cost_line(), usage=used, source=Source.ESTIMATE)

    assert store.ledger.load_unpriced(day_alone()) == [Unpriced("claude-new", 8)]


def test_a_model_priced_in_one_workspace_only_is_unpriced_in_the_other(store: Store) -> None:
    used = [usage_line(tokens(output=5)), usage_line(tokens(output=7), workspace_id=SEARCH)]
    save(store, cost_line(), usage=used, source=Source.ESTIMATE)

    assert store.ledger.load_unpriced(day_alone()) == [Unpriced(OPUS, 7)]


def test_tokens_under_a_contract_are_not_unpriced(store: Store) -> None:
    save(store, usage=[usage_line(tokens(output=7), service_tier="priority")], source=Source.ESTIMATE)
    assert store.ledger.load_unpriced(day_alone()) == []


def test_billed_usage_without_a_cost_is_not_unpriced(store: Store) -> None:
    save(store, usage=[usage_line()])

    assert store.ledger.load_unpriced(day_alone()) == []


def test_freshness_remembers_the_first_fetch(store: Store) -> None:
    save(store, interval=last_days(2), fetched_at=NOW)
    save(store, fetched_at=NOW + DAY)

    assert store.ledger.load_freshness() == Freshness(
        data_as_of=NOW + DAY, first_fetched_at=NOW, newest_day=YESTERDAY, oldest_day=YESTERDAY - DAY
    )


def test_instants_come_back_as_they_were(store: Store) -> None:
    at = datetime.fromisoformat("2026-11-22T12:30:00.000001+03:00")
    save(store, fetched_at=at)

    assert store.ledger.load_fetched_days(day_alone())[YESTERDAY].fetched_at == at


def test_a_day_fetched_at_its_end_is_over(store: Store) -> None:
    save(store, fetched_at=end_of(YESTERDAY))

    assert store.ledger.load_fetched_days(day_alone())[YESTERDAY].is_over


def test_people_who_open_the_file_find_words(store: Store) -> None:
    save(store, cost_line("1.5"))

    rows = list(store.session.query("SELECT date, workspace, model, token_type, nano_usd FROM spend"))

    assert rows == [
        {
            "date": "2026-11-21",
            "workspace": CHECKOUT,
            "model": OPUS,
            "token_type": "output_tokens",
            "nano_usd": 1_500_000_000,
        }
    ]
