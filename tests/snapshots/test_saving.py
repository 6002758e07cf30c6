"""Saving days: whole, once, and with what changed kept."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from bot.model import Restatement, Source, end_of, usd
from bot.snapshots import open_store
from tests.builders import (
    HAIKU,
    NOW,
    OPUS,
    TODAY,
    YESTERDAY,
    cost_line,
    last_days,
    other_cost_line,
    tokens,
    usage_line,
)
from tests.snapshots.days import day_alone, save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.snapshots import Store

Line = TypeVar("Line")

HOUR = timedelta(hours=1)


def test_what_was_saved_is_loaded(store: Store) -> None:
    save(store, cost_line("1.23"), other_cost_line("0.05"), usage=[usage_line(web_searches=3)])

    assert set(store.ledger.load_cost_lines(day_alone())) == {cost_line("1.23"), other_cost_line("0.05")}
    assert list(store.ledger.load_usage_lines(day_alone())) == [usage_line(web_searches=3)]


def test_a_save_says_what_it_stored(store: Store) -> None:
    saved = save(store, cost_line(), other_cost_line(), usage=[usage_line()], interval=last_days(3))

    assert (saved.days, saved.cost_rows, saved.usage_rows) == (3, 2, 1)
    assert saved.changed_days == last_days(3).days()


def test_saving_twice_changes_nothing_but_the_time(store: Store) -> None:
    save(store, cost_line(), usage=[usage_line()])

    again = save(store, cost_line(), usage=[usage_line()], fetched_at=NOW + HOUR)

    assert again.changed_days == ()
    assert again.restatements == ()
    (known,) = store.ledger.load_fetched_days(day_alone()).values()
    assert (known.fetched_at, known.revision, known.total) == (NOW + HOUR, 0, usd(1))


def test_saving_twice_writes_no_row(store: Store) -> None:
    save(store, cost_line(), usage=[usage_line()])
    before = store.session.db.conn.total_changes

    save(store, cost_line(), usage=[usage_line()])

    fetched_day_rows = 1
    assert store.session.db.conn.total_changes - before == fetched_day_rows


def test_a_later_fetch_replaces_an_earlier_one(store: Store) -> None:
    save(store, cost_line(1), cost_line(2, model=HAIKU), usage=[usage_line()])

    save(store, cost_line(5), other_cost_line(1))

    assert set(store.ledger.load_cost_lines(day_alone())) == {cost_line(5), other_cost_line(1)}
    assert list(store.ledger.load_usage_lines(day_alone())) == []


def test_days_outside_of_the_save_stay(store: Store) -> None:
    older = YESTERDAY - timedelta(days=1)
    save(store, cost_line(day=older), interval=day_alone(older))

    save(store, cost_line(2))

    assert store.ledger.load_spend(last_days(2), ["day"]) == {(str(older),): usd(1), (str(YESTERDAY),): usd(2)}


def test_a_day_fetched_without_a_line_is_known_to_be_zero(store: Store) -> None:
    save(store)

    assert store.ledger.load_fetched_days(last_days(2))[YESTERDAY].total == 0
    assert list(store.ledger.load_fetched_days(last_days(2))) == [YESTERDAY]


def test_lines_of_one_day_and_series_add_up(store: Store) -> None:
    save(store, cost_line(1), cost_line(2), usage=[usage_line(), usage_line()])

    assert list(store.ledger.load_cost_lines(day_alone())) == [cost_line(3)]
    assert list(store.ledger.load_usage_lines(day_alone())) == [usage_line(tokens(output=2000))]


def test_lines_may_come_in_any_order(store: Store) -> None:
    older = YESTERDAY - timedelta(days=1)
    save(store, cost_line(1), cost_line(2, day=older), cost_line(3), interval=last_days(2))

    assert list(store.ledger.load_cost_lines(last_days(2))) == [cost_line(2, day=older), cost_line(4)]


def test_a_line_outside_of_its_days_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="2026-11-22 does not belong"):
        save(store, cost_line(day=TODAY))


def test_an_instant_without_a_time_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        save(store, fetched_at=NOW.replace(tzinfo=None))


def test_a_failure_half_way_leaves_the_days_as_they_were(store: Store) -> None:
    save(store, cost_line(1), usage=[usage_line()])

    with pytest.raises(ConnectionError):
        store.ledger.save_days(
            last_days(2), cost=torn(cost_line(9)), usage=[], source=Source.COST_REPORT, fetched_at=NOW + HOUR
        )
    with pytest.raises(ConnectionError):
        store.ledger.save_days(
            last_days(2), cost=[cost_line(9)], usage=torn(usage_line()), source=Source.COST_REPORT, fetched_at=NOW
        )

    assert list(store.ledger.load_cost_lines(last_days(2))) == [cost_line(1)]
    assert list(store.ledger.load_usage_lines(last_days(2))) == [usage_line()]
    assert [known.fetched_at for known in store.ledger.load_fetched_days(last_days(2)).values()] == [NOW]


def torn(line: Line) -> Iterator[Line]:
    """A line, and then the connection breaks."""
    yield line
    raise ConnectionError


def test_an_amount_too_large_for_the_table_leaves_the_days_as_they_were(store: Store) -> None:
    save(store, cost_line(1))

    with pytest.raises(OverflowError):
        save(store, cost_line(2), cost_line("1e12", model=HAIKU))

    assert list(store.ledger.load_cost_lines(day_alone())) == [cost_line(1)]


def test_a_restated_day_keeps_its_old_total(store: Store) -> None:
    save(store, cost_line(10))

    restated = save(store, cost_line(12), fetched_at=NOW + HOUR)

    expected = Restatement(day=YESTERDAY, restated_at=NOW + HOUR, old_total=usd(10), new_total=usd(12))
    assert restated.restatements == (expected,)
    assert store.ledger.load_restatements(day_alone()) == [expected]
    assert store.ledger.load_fetched_days(day_alone())[YESTERDAY].revision == 1


def test_each_restatement_is_kept(store: Store) -> None:
    for dollars in (10, 12, 11):
        save(store, cost_line(dollars))

    totals = [(each.old_total, each.new_total) for each in store.ledger.load_restatements(day_alone())]
    assert totals == [(usd(10), usd(12)), (usd(12), usd(11))]


def test_what_a_settled_line_changed_by_is_known_however_often_it_changed(store: Store) -> None:
    for dollars in (10, 12, 9):
        save(store, cost_line(dollars), cost_line(1, model=HAIKU))
    save(store, cost_line(9), other_cost_line(-4, cost_type="credit"))

    changes = [cost_line(-1), cost_line(-1, model=HAIKU), other_cost_line(-4, cost_type="credit")]
    assert sorted(store.ledger.load_restated_cost(day_alone())) == sorted(changes)


def test_what_a_bill_grows_by_until_it_settles_is_no_restatement_of_its_lines(store: Store) -> None:
    over = end_of(YESTERDAY)
    save(store, cost_line(10), fetched_at=over + HOUR / 2)
    save(store, cost_line(12), fetched_at=over + 4 * HOUR)
    assert store.ledger.load_restated_cost(day_alone()) == []

    save(store, cost_line(13), fetched_at=over + 5 * HOUR)
    assert store.ledger.load_restated_cost(day_alone()) == [cost_line(1)]


def test_the_bill_after_an_estimate_is_no_restatement_of_its_lines(store: Store) -> None:
    save(store, cost_line(3), source=Source.ESTIMATE)
    save(store, cost_line(2))
    assert store.ledger.load_restated_cost(day_alone()) == []


def test_a_day_that_was_not_over_grows_without_a_restatement(store: Store) -> None:
    save(store, cost_line(10, day=TODAY), interval=day_alone(TODAY))

    grown = save(store, cost_line(12, day=TODAY), interval=day_alone(TODAY), fetched_at=NOW + HOUR)

    assert grown.changed_days == (TODAY,)
    assert grown.restatements == ()
    assert store.ledger.load_fetched_days(day_alone(TODAY))[TODAY].revision == 1


def test_money_that_moves_within_a_day_is_a_revision_but_no_restatement(store: Store) -> None:
    save(store, cost_line(10, model=OPUS))

    moved = save(store, cost_line(10, model=HAIKU))

    assert moved.changed_days == (YESTERDAY,)
    assert moved.restatements == ()
    assert store.ledger.load_fetched_days(day_alone())[YESTERDAY].revision == 1


@pytest.mark.parametrize("after", list(Source))
def test_that_an_estimate_is_replaced_is_no_restatement(store: Store, after: Source) -> None:
    save(store, cost_line(10), source=Source.ESTIMATE)

    replaced = save(store, cost_line(12), source=after, fetched_at=NOW + HOUR)

    assert replaced.changed_days == (YESTERDAY,)
    assert replaced.restatements == ()
    assert store.ledger.load_restatements(day_alone()) == []


def test_a_bill_that_agrees_with_the_estimate_is_a_revision(store: Store) -> None:
    save(store, cost_line(10), source=Source.ESTIMATE)

    save(store, cost_line(10), source=Source.COST_REPORT)

    assert store.ledger.load_fetched_days(day_alone())[YESTERDAY].revision == 1


def test_late_usage_changes_a_day_but_does_not_revise_its_bill(store: Store) -> None:
    save(store, cost_line())

    late = save(store, cost_line(), usage=[usage_line()])

    assert late.changed_days == (YESTERDAY,)
    assert store.ledger.load_fetched_days(day_alone())[YESTERDAY].revision == 0


def test_the_bill_replaces_an_estimate(store: Store) -> None:
    save(store, cost_line(3), source=Source.ESTIMATE)

    save(store, cost_line(2))

    known = store.ledger.load_fetched_days(day_alone())[YESTERDAY]
    assert (known.source, known.total) == (Source.COST_REPORT, usd(2))


def test_credits_are_kept_with_their_sign(store: Store) -> None:
    save(store, cost_line(10), other_cost_line(-4, cost_type="credit"))

    assert store.ledger.load_spend(day_alone(), []) == {(): usd(6)}


def test_days_saved_in_a_transaction_that_fails_are_not_saved(path: Path, store: Store) -> None:
    with suppress(ConnectionError), store.transaction():
        save(store, cost_line())
        raise ConnectionError

    with open_store(path) as later:
        assert later.ledger.load_fetched_days(day_alone()) == {}


def test_a_save_that_fails_inside_a_transaction_undoes_itself_alone(store: Store) -> None:
    with store.transaction():
        save(store, cost_line(1))
        with pytest.raises(OverflowError):
            save(store, cost_line("1e12"))

    assert store.ledger.load_spend(day_alone(), []) == {(): usd(1)}
