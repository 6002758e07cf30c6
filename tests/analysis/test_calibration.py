"""An estimate in line with the last bills: exact ratios, believed only in proportion."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.calibration import Calibration, calibrated, find_calibration
from bot.model import CostLine, usd
from tests.builders import CHECKOUT, HAIKU, OPUS, SEARCH, TODAY, YESTERDAY, cost_line, other_cost_line
from tests.laws import lists_of, one_of_each, with_amounts


def ratio_of(denominator: int, above: int) -> Fraction:
    """Any fraction from a quarter to four."""
    least, most = -(-denominator // 4), 4 * denominator
    return Fraction(least + above % (most - least + 1), denominator)


RATIOS = st.builds(ratio_of, st.integers(1, 2**128), st.integers(0, 2**130))
SCOPES = list(product([CHECKOUT, SEARCH], [OPUS, HAIKU]))
RATIOS_OF_SCOPES = st.builds(
    lambda scopes, *ratios: dict(zip(scopes, ratios, strict=False)),
    lists_of(SCOPES).map(dict.fromkeys),
    *[RATIOS] * len(SCOPES),
)
LINES = with_amounts(
    one_of_each(
        cost_line,
        day=[YESTERDAY, TODAY],
        workspace_id=[CHECKOUT, SEARCH],
        model=[OPUS, HAIKU],
        token_type=["output_tokens", "uncached_input_tokens", "cache_read_input_tokens"],
    ),
    0,
    10**15,
)


def by_day_and_scope(lines: list[CostLine]) -> Counter[tuple[object, ...]]:
    """Dollars by what a ratio holds for."""
    totals: Counter[tuple[object, ...]] = Counter()
    for line in lines:
        totals[line.day, line.series.workspace_id, line.series.model] += line.amount
    return totals


def test_a_ratio_is_billed_over_expected_of_a_workspace_and_model() -> None:
    found = find_calibration([cost_line(9), cost_line(9, model=HAIKU)], [cost_line(10), cost_line(9, model=HAIKU)])
    assert found.ratio(CHECKOUT, OPUS) == Fraction(9, 10)
    assert found.ratio(CHECKOUT, HAIKU) == 1


def test_a_scope_without_bills_takes_the_organisations_ratio() -> None:
    found = find_calibration([cost_line(8), cost_line(12, model=HAIKU)], [cost_line(10), cost_line(15, model=HAIKU)])
    assert found.ratio(SEARCH, OPUS) == Fraction(4, 5)


def test_nothing_billed_leaves_prices_as_they_are() -> None:
    assert find_calibration([], [cost_line(10)]).ratio(CHECKOUT, OPUS) == 1


def test_a_ratio_out_of_proportion_is_not_believed() -> None:
    found = find_calibration(
        [cost_line("0.1"), cost_line(100, model=HAIKU)], [cost_line(10), cost_line(100, model=HAIKU)]
    )
    assert found.ratio(CHECKOUT, OPUS) == Fraction(1001, 1100)


def test_dollars_of_a_model_without_a_price_say_nothing_of_others() -> None:
    found = find_calibration([cost_line(10), cost_line(500, model="claude-unheard-of")], [cost_line(10)])
    assert found.organization == 1


def test_what_is_not_for_tokens_takes_no_part() -> None:
    found = find_calibration([cost_line(9), other_cost_line(50)], [cost_line(10), other_cost_line(1)])
    assert found.organization == Fraction(9, 10)
    assert calibrated([other_cost_line(1)], found) == [other_cost_line(1)]


@given(LINES, RATIOS_OF_SCOPES, RATIOS)
def test_lines_add_up_to_their_scopes_sum_times_its_ratio(
    lines: list[CostLine], ratios: dict[tuple[str, str], Fraction], organization: Fraction
) -> None:
    calibration = Calibration(ratios, organization)
    before, after = by_day_and_scope(lines), by_day_and_scope(calibrated(lines, calibration))
    assert after == {key: round(amount * calibration.ratio(*map(str, key[1:]))) for key, amount in before.items()}


@given(LINES, RATIOS)
def test_no_line_is_off_by_more_than_a_nano_dollar_nor_negative(lines: list[CostLine], ratio: Fraction) -> None:
    for line in calibrated([line._replace(day=TODAY) for line in lines[:1]], Calibration({}, ratio)):
        assert abs(line.amount - lines[0].amount * ratio) <= 1
    assert all(line.amount >= 0 for line in calibrated(lines, Calibration({}, ratio)))


def test_prices_that_match_the_bill_change_nothing() -> None:
    lines = [cost_line("1.000000001"), cost_line("2.5", token_type="cache_read_input_tokens")]
    assert calibrated(lines, find_calibration([cost_line(7)], [cost_line(7)])) == lines
    assert sum(line.amount for line in lines) == usd("3.500000001")
