"""The ledger as it was: what changed later is undone, for every question."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Source, usd
from tests.builders import HAIKU, NOW, OPUS, TODAY, YESTERDAY, cost_line, last_days, other_cost_line, tokens, usage_line
from tests.laws import dear
from tests.snapshots.days import day_alone, save
from tests.snapshots.test_laws import DAYS, new_store, some_cost, some_usage

if TYPE_CHECKING:
    from bot.model import CostLine, Dimension, UsageLine
    from bot.snapshots import Store

HOUR = timedelta(hours=1)


def test_a_restated_day_is_what_it_was(store: Store) -> None:
    save(store, cost_line(10), cost_line(3, model=HAIKU))
    save(store, cost_line(12), other_cost_line(1), fetched_at=NOW + 2 * HOUR)

    with store.reading_as_of(NOW + HOUR, day_alone()):
        assert set(store.ledger.load_cost_lines(day_alone())) == {cost_line(10), cost_line(3, model=HAIKU)}
        assert store.ledger.load_fetched_days(day_alone())[YESTERDAY].total == usd(13)


def test_what_is_known_now_stays_what_it_is(store: Store) -> None:
    save(store, cost_line(10))
    save(store, cost_line(12), fetched_at=NOW + 2 * HOUR)

    with store.reading_as_of(NOW + HOUR, day_alone()):
        pass

    assert list(store.ledger.load_cost_lines(day_alone())) == [cost_line(12)]
    assert store.ledger.load_spend(day_alone(), ["model"]) == {(OPUS,): usd(12)}


def test_each_of_several_versions_can_be_asked_for(store: Store) -> None:
    for hours, dollars in enumerate((10, 12, 10, 11)):
        save(store, cost_line(dollars), fetched_at=NOW + hours * HOUR)

    def spend_as_of(hours: int) -> dict[tuple[str, ...], int]:
        with store.reading_as_of(NOW + hours * HOUR, day_alone()):
            return store.ledger.load_spend(day_alone(), ["workspace", "model"])

    assert [sum(spend_as_of(hours).values()) for hours in range(4)] == [usd(10), usd(12), usd(10), usd(11)]


def test_usage_is_what_it_was(store: Store) -> None:
    save(store, cost_line(10), usage=[usage_line(api_key_id="apikey_old")])
    save(store, cost_line(10), usage=[usage_line(tokens(output=7), api_key_id="apikey_new")], fetched_at=NOW + HOUR)

    with store.reading_as_of(NOW, day_alone()):
        assert list(store.ledger.load_usage_lines(day_alone())) == [usage_line(api_key_id="apikey_old")]


def test_a_day_first_known_later_was_not_known(store: Store) -> None:
    save(store, cost_line(10), fetched_at=NOW)

    with store.reading_as_of(NOW - HOUR, day_alone()):
        assert store.ledger.load_fetched_days(day_alone()) == {}
        assert store.ledger.load_spend(day_alone(), []) == {(): 0}
        assert store.ledger.load_freshness().data_as_of is None


def test_a_day_that_was_not_over_was_not_known(store: Store) -> None:
    save(store, cost_line(10, day=TODAY), interval=day_alone(TODAY))
    save(store, cost_line(12, day=TODAY), interval=day_alone(TODAY), fetched_at=NOW + 24 * HOUR)

    with store.reading_as_of(NOW, day_alone(TODAY)):
        assert store.ledger.load_fetched_days(day_alone(TODAY)) == {}
    with store.reading_as_of(NOW + 24 * HOUR, day_alone(TODAY)):
        assert store.ledger.load_fetched_days(day_alone(TODAY))[TODAY].total == usd(12)


def test_growth_of_a_day_that_was_not_over_is_not_kept(store: Store) -> None:
    for hours in range(3):
        save(store, cost_line(10 + hours, day=TODAY), interval=day_alone(TODAY), fetched_at=NOW + hours * HOUR)

    assert store.session.execute("SELECT count(*) FROM superseded_day").fetchone() == (0,)


def test_a_day_that_stays_as_it_is_keeps_nothing(store: Store) -> None:
    save(store, cost_line(10), usage=[usage_line()])
    save(store, cost_line(10), usage=[usage_line()], fetched_at=NOW + HOUR)

    assert store.session.execute("SELECT count(*) FROM superseded_day").fetchone() == (0,)


def test_only_what_changed_in_a_day_is_kept(store: Store) -> None:
    save(store, cost_line(10), cost_line(1, model=HAIKU), usage=[usage_line()])
    save(store, cost_line(11), cost_line(1, model=HAIKU), usage=[usage_line()], fetched_at=NOW + HOUR)

    assert store.session.execute("SELECT amount FROM superseded_cost").fetchall() == [(usd(10),)]
    assert store.session.execute("SELECT count(*) FROM superseded_usage").fetchone() == (0,)


def test_an_estimate_is_one_again(store: Store) -> None:
    save(store, cost_line(10), source=Source.ESTIMATE)
    save(store, cost_line(10), fetched_at=NOW + HOUR)

    with store.reading_as_of(NOW, day_alone()):
        assert store.ledger.load_fetched_days(day_alone())[YESTERDAY].source is Source.ESTIMATE


def test_how_current_it_was_does_not_tell_of_later_fetches(store: Store) -> None:
    save(store, cost_line(10))
    save(store, cost_line(10), fetched_at=NOW + 5 * HOUR)

    with store.reading_as_of(NOW + HOUR, last_days(7)):
        assert store.ledger.load_freshness().data_as_of == NOW + HOUR


BY: list[list[Dimension]] = [["workspace"], ["day", "model"], ["cost_type"], ["token_type"]]


@dear()
@given(versions=st.lists(st.tuples(some_cost, some_usage), min_size=2, max_size=3))
def test_every_question_is_answered_as_it_was(versions: list[tuple[list[CostLine], list[UsageLine]]]) -> None:
    with new_store() as store:
        answers = []
        for number, (cost, usage) in enumerate(versions):
            at = NOW + number * HOUR
            store.ledger.save_days(DAYS, cost=cost, usage=usage, source=Source.COST_REPORT, fetched_at=at)
            answers.append(answered(store))
        for number, answer in enumerate(answers):
            with store.reading_as_of(NOW + number * HOUR, DAYS):
                assert answered(store) == answer


def answered(store: Store) -> list[object]:
    """What the ledger says of its days now."""
    return [
        *({key: amount for key, amount in store.ledger.load_spend(DAYS, by).items() if amount} for by in BY),
        sorted(store.ledger.load_cost_lines(DAYS)),
        sorted(store.ledger.load_usage_lines(DAYS)),
        {day: known.total for day, known in store.ledger.load_fetched_days(DAYS).items()},
    ]
