"""Each day's dollars by workspace, model and key: kept until a save changes the day, and never beyond."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from bot.model import DEFAULT_WORKSPACE, Organization, Source, usd
from tests.builders import CHECKOUT, HAIKU, NOW, OPUS, SEARCH, YESTERDAY, cost_line, last_days, tokens, usage_line
from tests.snapshots.days import day_alone, save

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.model import Dimension
    from bot.snapshots import Store

HOUR = timedelta(hours=1)
SPEND: Mapping[tuple[str, ...], int] = {
    (CHECKOUT, OPUS, "a"): 5,
    (CHECKOUT, HAIKU, "a"): 3,
    (SEARCH, OPUS, "b"): 2,
    (SEARCH, OPUS, "console"): -1,
}


def keep(store: Store, spend: Mapping[tuple[str, ...], int] = SPEND, *, day: date = YESTERDAY) -> None:
    """Keeps the sums of a day as it is stored now."""
    store.keys.save(store.ledger.load_fetched_days(day_alone(day))[day], spend)


def is_left(store: Store) -> bool:
    """Whether yesterday is to be shared."""
    return store.keys.days_left(last_days(7)) == [YESTERDAY]


@pytest.mark.parametrize(
    ("within", "spend"),
    [
        ([], {("a",): 8, ("b",): 2, ("console",): -1}),
        (["workspace"], {(CHECKOUT, "a"): 8, (SEARCH, "b"): 2, (SEARCH, "console"): -1}),
        (["model"], {(OPUS, "a"): 5, (HAIKU, "a"): 3, (OPUS, "b"): 2, (OPUS, "console"): -1}),
        (["day"], {(str(YESTERDAY), "a"): 8, (str(YESTERDAY), "b"): 2, (str(YESTERDAY), "console"): -1}),
        (["workspace", "model"], SPEND),
    ],
)
def test_sums_can_be_asked_for_within_whatever_they_are_by(
    store: Store, within: Sequence[Dimension], spend: Mapping[tuple[str, ...], int]
) -> None:
    save(store)
    keep(store)

    assert store.keys.load(last_days(7), within) == spend
    assert not is_left(store)


def test_days_add_up(store: Store) -> None:
    before = YESTERDAY - timedelta(days=1)
    save(store, interval=last_days(2))
    keep(store)
    keep(store, {(CHECKOUT, OPUS, "a"): 4, (DEFAULT_WORKSPACE, OPUS, "c"): 1}, day=before)

    assert store.keys.load(last_days(2), []) == {("a",): 12, ("b",): 2, ("console",): -1, ("c",): 1}
    assert store.keys.load(day_alone(before), []) == {("a",): 4, ("c",): 1}


def test_a_day_that_cost_nothing_is_shared_once_and_for_all(store: Store) -> None:
    save(store)
    keep(store, {(CHECKOUT, OPUS, "a"): 0})

    assert store.keys.load(day_alone(), []) == {}
    assert not is_left(store)


def test_the_newest_days_come_first(store: Store) -> None:
    save(store, interval=last_days(4))
    keep(store)

    assert store.keys.newest_left(most=2) == [YESTERDAY - timedelta(days=back) for back in (1, 2)]
    assert len(store.keys.days_left(last_days(7))) == 3


def test_a_day_that_was_never_fetched_is_not_left(store: Store) -> None:
    save(store)

    assert is_left(store)
    assert store.keys.newest_left(most=5) == [YESTERDAY]


def test_a_save_that_changes_nothing_keeps_the_sums(store: Store) -> None:
    save(store, cost_line(4), usage=[usage_line()])
    keep(store)
    save(store, cost_line(4), usage=[usage_line()], fetched_at=NOW + HOUR)

    assert not is_left(store)


@pytest.mark.parametrize(
    ("dollars", "output", "source"),
    [(5, 1, Source.COST_REPORT), (4, 2, Source.COST_REPORT), (4, 1, Source.ESTIMATE), (4, 1, Source.ANALYTICS)],
)
def test_a_save_that_changes_cost_usage_or_source_drops_them(
    store: Store, dollars: int, output: int, source: Source
) -> None:
    save(store, cost_line(4), usage=[usage_line(tokens(output=1))])
    keep(store)
    save(store, cost_line(dollars), usage=[usage_line(tokens(output=output))], source=source, fetched_at=NOW + HOUR)

    assert is_left(store)
    assert store.keys.load(day_alone(), []) == {}


def test_a_save_that_fails_drops_nothing(store: Store) -> None:
    save(store, cost_line(4))
    keep(store)
    with contextlib.suppress(RuntimeError), store.transaction():
        save(store, cost_line(5), fetched_at=NOW + HOUR)
        raise RuntimeError

    assert not is_left(store)


def test_what_was_shared_of_a_day_that_was_fetched_again_meanwhile_is_not_kept(store: Store) -> None:
    save(store, cost_line(4))
    known = store.ledger.load_fetched_days(day_alone())[YESTERDAY]
    save(store, cost_line(5), fetched_at=NOW + HOUR)

    store.keys.save(known, {(CHECKOUT, OPUS, "a"): usd(4)})

    assert is_left(store)


def test_as_of_an_instant_before_a_change_a_day_is_left_and_the_others_are_not(store: Store) -> None:
    for day in last_days(2).days():
        save(store, cost_line(4, day=day), interval=day_alone(day))
    save(store, cost_line(5), fetched_at=NOW + 2 * HOUR)
    for day in last_days(2).days():
        keep(store, day=day)

    with store.reading_as_of(NOW + HOUR, last_days(2)):
        assert store.keys.days_left(last_days(2)) == [YESTERDAY]
        assert store.keys.load(last_days(2), []) == {("a",): 8, ("b",): 2, ("console",): -1}
    assert store.keys.days_left(last_days(2)) == []


def test_part_of_a_day_is_left(store: Store) -> None:
    save(store, cost_line(4))
    keep(store)

    with store.looking_at_part(YESTERDAY, lambda *_: Fraction(1)):
        assert is_left(store)
    assert not is_left(store)


def test_another_organization_has_its_own(store: Store) -> None:
    save(store, cost_line(4))
    keep(store)
    store.save_organization(Organization("org_other", "Other"), seen_at=NOW)
    save(store, cost_line(4))

    assert is_left(store)
    keep(store, {(CHECKOUT, OPUS, "z"): 1})
    assert store.keys.load(day_alone(), []) == {("z",): 1}
