"""What one key alone can have used is added up by SQLite; the rest is shared. Together they are the whole bill."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.analysis.attribution import by_key
from bot.model import BILLED_TOKENS, NO_KEY, CostLine, Interval, UsageLine, usd
from tests.builders import HAIKU, OPUS, TODAY, YESTERDAY, cost_line, other_cost_line, tokens, usage_line
from tests.snapshots.days import day_alone, save

if TYPE_CHECKING:
    from bot.snapshots import Store

BOTH_DAYS = Interval(YESTERDAY, TODAY + timedelta(days=1))
DAYS = st.sampled_from(BOTH_DAYS.days())
MODELS = st.sampled_from([OPUS, HAIKU])
COUNTS = st.builds(tokens, output=st.integers(0, 10**12), cache_read=st.integers(0, 3))
COST = st.lists(
    st.builds(
        cost_line,
        st.decimals(-(10**6), 10**6, places=9).map(str),
        day=DAYS,
        model=MODELS,
        token_type=st.sampled_from([*BILLED_TOKENS, "some_new_tokens", ""]),
    ),
    max_size=15,
    unique_by=lambda line: (line.day, line.series),
)
USAGE = st.lists(
    st.builds(usage_line, COUNTS, day=DAYS, api_key_id=st.sampled_from([NO_KEY, "a", "b"]), model=MODELS),
    max_size=8,
    unique_by=lambda line: (line.day, line.series),
)


def test_a_line_is_its_only_keys(store: Store) -> None:
    save(store, cost_line(4), usage=[usage_line(api_key_id="a")])
    assert store.ledger.load_sole_spend(day_alone()) == {(): {"a": usd(4), None: 0}}
    assert not list(store.ledger.load_shared_cost_lines(day_alone()))


def test_a_line_whose_only_key_used_none_of_its_tokens_is_nobodys(store: Store) -> None:
    save(store, cost_line(4), usage=[usage_line(tokens(uncached_input=5), api_key_id="a")])
    assert store.ledger.load_sole_spend(day_alone()) == {(): {"a": 0, None: usd(4)}}


def test_a_line_without_tokens_is_nobodys(store: Store) -> None:
    save(store, other_cost_line(7), usage=[usage_line(api_key_id="a")])
    assert store.ledger.load_sole_spend(day_alone()) == {(): {None: usd(7)}}


def test_a_line_two_keys_can_have_used_is_left_to_be_shared(store: Store) -> None:
    usage = [usage_line(api_key_id="a"), usage_line(api_key_id="b")]
    save(store, cost_line(4), usage=usage)
    assert not store.ledger.load_sole_spend(day_alone())
    assert list(store.ledger.load_shared_cost_lines(day_alone())) == [cost_line(4)]
    assert list(store.ledger.load_shared_usage_lines(day_alone())) == usage


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cost=COST, usage=USAGE)
def test_keys_come_to_what_sharing_every_line_comes_to(
    store: Store, cost: list[CostLine], usage: list[UsageLine]
) -> None:
    save(store, *cost, usage=usage, interval=BOTH_DAYS)
    shared = by_key(
        store.ledger.load_shared_cost_lines(BOTH_DAYS),
        store.ledger.load_shared_usage_lines(BOTH_DAYS),
        sole=store.ledger.load_sole_spend(BOTH_DAYS),
    )
    whole = by_key(store.ledger.load_cost_lines(BOTH_DAYS), store.ledger.load_usage_lines(BOTH_DAYS))
    assert without_zeros(shared) == without_zeros(whole)


def without_zeros(spend: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """What was spent, without those who spent nothing."""
    return {key: amount for key, amount in spend.items() if amount}
