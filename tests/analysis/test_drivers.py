"""Drivers add up to the change, exactly, and each says what it is called after."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.attribution import TOKEN_TYPES
from bot.analysis.drivers import OUTPUT, UNUSED, Drivers, MeteredSpend, find_drivers, find_metered_spend, rounded
from bot.model import CostLine, Tokens, UsageLine, usd
from tests.builders import HAIKU, OPUS, SONNET, cost_line, other_cost_line, tokens, usage_line
from tests.laws import lists_of, one_of_each, with_amounts

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable

    from bot.analysis.cache import Meter

MILLION = 1_000_000
INPUTS = [kind for kind in range(len(Tokens._fields)) if kind != OUTPUT]
TYPE_OF = {Tokens._fields[place]: token_type for token_type, place in TOKEN_TYPES.items()}


def used(*, model: str = OPUS, tier: str = "standard", **lines: tuple[str | int, str | int]) -> MeteredSpend:
    """Millions of tokens and their dollars, by kind."""
    counts = tokens(**{kind: int(Decimal(millions) * MILLION) for kind, (millions, _) in lines.items()})
    return find_metered_spend(
        [
            cost_line(spent, model=model, service_tier=tier, token_type=TYPE_OF[kind])
            for kind, (_, spent) in lines.items()
        ],
        [usage_line(counts, model=model, service_tier=tier)],
    )


def both(one: MeteredSpend, other: MeteredSpend) -> MeteredSpend:
    """Two models of one period."""
    return MeteredSpend({**one.lines, **other.lines}, {**one.other, **other.other})


def drivers(**explained: str | int) -> Drivers:
    """Drivers in dollars, those left out zero."""
    return Drivers(*(usd(explained.get(name, 0)) for name in Drivers._fields))


NOTHING = find_metered_spend([], [])


# --- The checks ---


def test_a_hit_rate_that_falls_from_90_to_43_percent_is_cache() -> None:
    before = used(cache_read=(90, 45), uncached_input=(10, "45.70"))
    now = used(cache_read=("47.3", "23.65"), uncached_input=(11, "50.27"), cache_write_5m=("51.7", "292.78"))
    assert find_drivers(previous=before, current=now) == drivers(volume="9.07", cache="266.93")


def test_a_migration_at_equal_prices_drives_nothing() -> None:
    before = both(used(output=(10, 100)), used(model=SONNET, output=(1, 10)))
    now = both(used(output=(1, 10)), used(model=SONNET, output=(10, 100)))
    assert find_drivers(previous=before, current=now) == drivers()


def test_the_same_tokens_on_a_model_five_times_dearer_are_mix() -> None:
    before, now = used(output=(10, 150)), used(model=SONNET, output=(10, 750))
    assert find_drivers(previous=before, current=now) == drivers(mix=600)


def test_a_price_cut_and_half_as_much_again_are_told_apart() -> None:
    before, now = used(output=(10, 450)), used(output=(15, "607.50"))
    assert find_drivers(previous=before, current=now) == drivers(volume=225, price="-67.50")


# --- Each driver ---


def test_a_larger_share_of_output_is_output() -> None:
    before = used(uncached_input=(90, 90), output=(10, 50))
    now = used(uncached_input=(80, 80), output=(20, 100))
    assert find_drivers(previous=before, current=now) == drivers(output=40)


def test_cost_without_tokens_is_other() -> None:
    now = find_metered_spend([other_cost_line(7)], [])
    assert find_drivers(previous=NOTHING, current=now) == drivers(other=7)


def test_dollars_whose_tokens_are_missing_are_other() -> None:
    before, now = find_metered_spend([cost_line(3)], []), find_metered_spend([cost_line(10)], [])
    assert find_drivers(previous=before, current=now) == drivers(other=7)


def test_an_empty_period_before_makes_all_of_it_volume() -> None:
    now = both(used(output=(10, 100), uncached_input=(5, 5)), used(model=HAIKU, output=(1, 1)))
    assert find_drivers(previous=NOTHING, current=now) == drivers(volume=106)


def test_an_empty_period_takes_all_the_volume_away() -> None:
    assert find_drivers(previous=used(output=(10, 100)), current=NOTHING) == drivers(volume=-100)


def test_a_new_model_is_never_price() -> None:
    before = used(output=(10, 100))
    now = both(used(output=(10, 100)), used(model=HAIKU, output=(10, 50), cache_read=(10, 1)))
    assert find_drivers(previous=before, current=now) == drivers(volume=200, mix=-149)


def test_a_model_that_is_gone_is_never_price() -> None:
    before = both(used(output=(10, 100)), used(model=HAIKU, output=(10, 50)))
    assert find_drivers(previous=before, current=used(output=(20, 200))) == drivers(mix=50)


def test_a_kind_of_token_that_is_new_to_a_model_is_never_price() -> None:
    before = used(uncached_input=(10, 30))
    now = used(uncached_input=(5, 15), cache_write_1h=(5, 30))
    assert find_drivers(previous=before, current=now) == drivers(cache=15)


def test_a_run_that_left_the_batch_tier_is_mix() -> None:
    before, now = used(tier="batch", output=(10, 50)), used(output=(10, 100))
    assert find_drivers(previous=before, current=now) == drivers(mix=50)


def test_tokens_paid_by_contract_are_no_part_of_the_bill() -> None:
    contract = find_metered_spend([], [usage_line(tokens(output=9 * MILLION), service_tier="priority")])
    before, now = used(output=(10, 100)), both(used(output=(10, 100)), contract)
    assert find_drivers(previous=before, current=now) == drivers()


def test_a_credit_on_tokens_is_price() -> None:
    before, now = used(output=(10, 100)), used(output=(10, -20))
    assert find_drivers(previous=before, current=now) == drivers(price=-120)


# --- The laws ---

METERS = {
    "model": [OPUS, SONNET, HAIKU],
    "service_tier": ["standard", "batch", "priority"],
    "context_window": ["0-200k", "200k-1M"],
}
COST = with_amounts(one_of_each(cost_line, token_type=["", *TOKEN_TYPES], **METERS), -(10**12), 10**15, max_size=12)
METERED = one_of_each(usage_line, **METERS)
COUNTS = st.tuples(*[st.integers(-(10**12), 10**12)] * len(Tokens._fields))
USAGE = st.builds(
    lambda lines, counts: [
        line._replace(tokens=Tokens(*[max(0, count) for count in each]))
        for line, each in zip(lines, counts, strict=False)
    ],
    lists_of(METERED, min_size=8, max_size=8),
    st.lists(COUNTS, max_size=8),
)


@given(COST, USAGE, COST, USAGE)
def test_drivers_add_up_for_any_two_periods(
    cost_before: list[CostLine], usage_before: list[UsageLine], cost: list[CostLine], usage: list[UsageLine]
) -> None:
    before, now = find_metered_spend(cost_before, usage_before), find_metered_spend(cost, usage)
    found = find_drivers(previous=before, current=now)
    assert found.increase == sum(line.amount for line in cost) - sum(line.amount for line in cost_before)


def formula(before: MeteredSpend, now: MeteredSpend) -> list[Fraction]:
    """The drivers but for `other`, word for word as they are defined; what a week lacks is the other week's."""
    meters = {meter for meter, _ in (*before.lines, *now.lines)}
    weeks = [Week(before, now), Week(now, before)]

    def cost(tokens: int, mix: int, output: int, cache: int, price: int) -> Fraction:
        return sum(
            (
                weeks[tokens].all_tokens
                * weeks[mix].share(g)
                * weeks[output].output_share(g)
                * weeks[price].price(g, OUTPUT)
                + weeks[tokens].all_tokens
                * weeks[mix].share(g)
                * (1 - weeks[output].output_share(g))
                * sum((weeks[cache].part(g, i) * weeks[price].price(g, i) for i in INPUTS), start=Fraction(0))
                for g in meters
            ),
            start=Fraction(0),
        )

    steps = [(0, 0, 0, 0, 0), (1, 0, 0, 0, 0), (1, 1, 0, 0, 0), (1, 1, 1, 0, 0), (1, 1, 1, 1, 0), (1, 1, 1, 1, 1)]
    return [cost(*after) - cost(*earlier) for earlier, after in pairwise(steps)]


@dataclass(frozen=True)
class Week:
    """One week's Q, s, o, c and p."""

    own: MeteredSpend
    other: MeteredSpend

    def count(self, spend: MeteredSpend, g: Meter, kinds: Iterable[int]) -> int:
        return sum(spend.lines.get((g, kind), UNUSED).tokens for kind in kinds)

    def ratio(self, part: Callable[[MeteredSpend], int], whole: Callable[[MeteredSpend], int]) -> Fraction:
        """A ratio of this week, of the other one where this one has none, zero where neither has."""
        spend = self.own if whole(self.own) else self.other
        return Fraction(part(spend), whole(spend)) if whole(spend) else Fraction(0)

    @property
    def all_tokens(self) -> int:
        return sum(self.own.tokens)

    def share(self, g: Meter) -> Fraction:
        return self.ratio(lambda spend: self.count(spend, g, range(5)), lambda spend: sum(spend.tokens))

    def output_share(self, g: Meter) -> Fraction:
        return self.ratio(lambda spend: self.count(spend, g, [OUTPUT]), lambda spend: self.count(spend, g, range(5)))

    def part(self, g: Meter, kind: int) -> Fraction:
        return self.ratio(lambda spend: self.count(spend, g, [kind]), lambda spend: self.count(spend, g, INPUTS))

    def price(self, g: Meter, kind: int) -> Fraction:
        return self.ratio(
            lambda spend: spend.lines.get((g, kind), UNUSED).dollars, lambda spend: self.count(spend, g, [kind])
        )


@given(COST, USAGE, COST, USAGE)
def test_each_driver_is_what_the_formula_says(
    cost_before: list[CostLine], usage_before: list[UsageLine], cost: list[CostLine], usage: list[UsageLine]
) -> None:
    before, now = find_metered_spend(cost_before, usage_before), find_metered_spend(cost, usage)
    found = find_drivers(previous=before, current=now)
    assert all(abs(driver - exact) < 1 for driver, exact in zip(found, formula(before, now), strict=False))


@given(COST, USAGE, COST, USAGE, st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(
    cost_before: list[CostLine],
    usage_before: list[UsageLine],
    cost: list[CostLine],
    usage: list[UsageLine],
    shuffle: random.Random,
) -> None:
    ordered = find_drivers(
        previous=find_metered_spend(cost_before, usage_before), current=find_metered_spend(cost, usage)
    )
    for lines in (cost_before, usage_before, cost, usage):
        shuffle.shuffle(lines)
    assert ordered == find_drivers(
        previous=find_metered_spend(cost_before, usage_before), current=find_metered_spend(cost, usage)
    )


@given(COST, USAGE)
def test_a_period_against_itself_has_no_drivers(cost: list[CostLine], usage: list[UsageLine]) -> None:
    same = find_metered_spend(cost, usage)
    assert find_drivers(previous=same, current=same) == drivers()


@given(st.lists(st.builds(Fraction, st.integers(), st.integers(1, 10**6)), min_size=1, max_size=5))
def test_rounding_keeps_the_sum_and_stays_within_one(parts: list[Fraction]) -> None:
    parts.append(7 - sum(parts, start=Fraction(0)))
    whole = rounded(parts)
    assert sum(whole) == 7
    assert all(abs(part - exact) < 1 for part, exact in zip(whole, parts, strict=True))


@pytest.mark.parametrize("zeros", range(3))
def test_what_is_exactly_zero_stays_zero(zeros: int) -> None:
    assert rounded([Fraction(0)] * zeros + [Fraction(1, 2), Fraction(1, 2)]) == [0] * zeros + [1, 0]
