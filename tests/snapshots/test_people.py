"""People: kept as they were fetched, a day at a time, and forgotten without a trace."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import NO_ACCOUNT, Interval, Message, PeopleDay, Person, PersonLine, PersonWeight, Source
from bot.snapshots.people import TABLES
from tests.builders import (
    HAIKU,
    JANE,
    NOW,
    OPUS,
    ORGANIZATION,
    SAM,
    TODAY,
    YESTERDAY,
    cost_line,
    person_cost_line,
    person_line,
    tokens,
)
from tests.laws import lists_of, one_of_a_series, one_of_each
from tests.snapshots.days import day_alone
from tests.snapshots.days import save as save_bill

if TYPE_CHECKING:
    from pathlib import Path

    from bot.snapshots import Store

JANE_DOE = Person(JANE, "Jane Doe-Unmistakable", "jane@unmistakable.example")
BOTH_DAYS = Interval(YESTERDAY, TODAY + timedelta(days=1))


def weight(amount: int = 5, *, account_id: str = JANE, model: str = OPUS) -> PersonWeight:
    return PersonWeight(YESTERDAY, account_id, model, amount)


def save(store: Store, *usage: PersonLine, weights: tuple[PersonWeight, ...] = ()) -> None:
    store.people.save_days(day_alone(), usage=usage, weights=weights, fetched_at=NOW)


def rows(store: Store) -> int:
    """How many rows there are about people."""
    return sum(store.session.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES)  # noqa: S608


def keep_an_answer(store: Store, question: str) -> str:
    return store.answers.save_answer(user="U1", channel="C1", question=question, message=Message("Jane"), at=NOW)


def test_a_person_keeps_the_last_name(store: Store) -> None:
    store.people.save_people([JANE_DOE])
    store.people.save_people([Person(JANE, "Jane Roe", "")])

    assert store.people.load_people() == {JANE: Person(JANE, "Jane Roe", JANE_DOE.email)}


def test_somebody_who_left_is_still_known(store: Store) -> None:
    store.people.save_people([JANE_DOE])
    store.people.save_people([Person(SAM, "Sam", "")])

    assert set(store.people.load_people()) == {JANE, SAM}


def test_a_later_fetch_replaces_the_day(store: Store) -> None:
    save(store, person_line(), person_line(account_id=SAM), weights=(weight(),))
    save(store, person_line(tokens(output=7)), weights=(weight(9, account_id=SAM),))

    assert list(store.people.load_lines(day_alone())) == [person_line(tokens(output=7))]
    assert store.people.load_weights(day_alone()) == {(YESTERDAY, OPUS): [(SAM, 9)]}
    assert store.people.load_days(BOTH_DAYS) == {YESTERDAY: PeopleDay(YESTERDAY, NOW)}


def test_dollars_by_person_are_those_of_a_bill_that_tells_them_by_key(store: Store) -> None:
    cost = [person_cost_line(3), person_cost_line(1, account_id=SAM)]
    store.people.save_days(day_alone(), usage=(), weights=(), cost=cost, fetched_at=NOW)

    assert list(store.people.load_cost(day_alone())) == []
    save_bill(store, cost_line(4), source=Source.ANALYTICS)
    assert sorted(store.people.load_cost(day_alone())) == sorted(cost)
    save_bill(store, cost_line(4), source=Source.COST_REPORT)
    assert list(store.people.load_cost(day_alone())) == []


def test_weights_of_one_account_add_up(store: Store) -> None:
    save(store, weights=(weight(2), weight(3), weight(4, model=HAIKU), weight(0, account_id=SAM)))

    assert store.people.load_weights(day_alone()) == {(YESTERDAY, OPUS): [(JANE, 5)], (YESTERDAY, HAIKU): [(JANE, 4)]}


def test_a_day_without_usage_is_known_all_the_same(store: Store) -> None:
    save(store)

    assert set(store.people.load_days(BOTH_DAYS)) == {YESTERDAY}


def test_nothing_about_people_is_left_of_any_organization(store: Store) -> None:
    for number in range(2):
        store.save_organization(ORGANIZATION if number else type(ORGANIZATION)("org_other", "Other"), seen_at=NOW)
        store.people.save_people([JANE_DOE])
        save(store, person_line(), weights=(weight(),))
        store.people.save_days(day_alone(), usage=(), weights=(), cost=[person_cost_line()], fetched_at=NOW)
    told, other = keep_an_answer(store, "7d by workspace person"), keep_an_answer(store, "7d by key")

    assert store.people.forget()

    assert rows(store) == 0
    assert store.answers.load_answer(told) is None
    assert store.answers.load_answer(other) is not None
    assert not store.people.forget()


def test_what_is_forgotten_is_not_in_the_files_either(path: Path, store: Store) -> None:
    for number in range(300):
        store.people.save_people([Person(f"user_{number}", f"Jane {number} Unmistakable", "")])
    store.people.save_people([Person(f"user_{number}", "J", "") for number in range(200)])
    keep_an_answer(store, "7d by person")

    store.people.forget()

    for file in path.parent.iterdir():
        assert b"Unmistakable" not in file.read_bytes()


PEOPLE = one_of_each(person_line, day=[YESTERDAY, TODAY], account_id=[NO_ACCOUNT, JANE, SAM], model=[OPUS, HAIKU])
LINES = st.builds(
    lambda lines, counts: one_of_a_series(
        line._replace(tokens=tokens(output=output, cache_read=cache_read))
        for line, (output, cache_read) in zip(lines, counts, strict=False)
    ),
    lists_of(PEOPLE, min_size=8, max_size=8),
    st.lists(st.tuples(*[st.integers(0, 10**15)] * 2), max_size=8),
)


@given(before=LINES, lines=LINES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_saved_is_loaded(store: Store, before: list[PersonLine], lines: list[PersonLine]) -> None:
    for saved in (before, lines):
        store.people.save_days(BOTH_DAYS, usage=saved, weights=(), fetched_at=NOW)

    assert sorted(store.people.load_lines(BOTH_DAYS)) == sorted(lines)
