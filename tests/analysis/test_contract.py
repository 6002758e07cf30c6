"""Levels: which threshold and floor hold for which workspace and model."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.analysis.contract import Override, find_equal
from bot.analysis.patterns import EquallySpecific
from bot.model import Reason, Status, usd
from tests.builders import CHECKOUT, CONTRACT, HAIKU, OPUS, SEARCH, find, names, weekly_spend

FLOOR = usd(10)


def threshold_of(*overrides: Override, workspace_id: str = CHECKOUT, model: str | None = OPUS) -> Decimal:
    """The threshold that holds for a scope."""
    return replace(CONTRACT, overrides=overrides).levels(FLOOR, names()).of(workspace_id, model).threshold_percent


def override(workspace: str | None = None, model: str | None = None, *, threshold: int = 40) -> Override:
    """Another threshold."""
    return Override(workspace=workspace, model=model, threshold_percent=Decimal(threshold))


def test_an_override_holds_for_its_workspace_and_all_models_in_it() -> None:
    assert threshold_of(override(CHECKOUT)) == 40
    assert threshold_of(override(CHECKOUT), model=None) == 40
    assert threshold_of(override(CHECKOUT), workspace_id=SEARCH) == 25


def test_a_workspace_is_meant_by_its_name_as_well() -> None:
    assert threshold_of(override("Checkout")) == 40


@pytest.mark.parametrize("pattern", ["check*", "*OUT", "wrkspc_c*"])
def test_a_pattern_fits_names_and_ids(pattern: str) -> None:
    assert threshold_of(override(pattern)) == 40
    assert threshold_of(override(pattern), workspace_id=SEARCH) == 25


def test_an_override_of_a_model_is_not_one_of_its_workspace() -> None:
    assert threshold_of(override(model="claude-opus-*")) == 40
    assert threshold_of(override(model="claude-opus-*"), model=None) == 25
    assert threshold_of(override(model="claude-opus-*"), model=HAIKU) == 25


def test_the_most_specific_override_wins_wherever_it_stands() -> None:
    from_wide_to_narrow = [
        override(model=OPUS, threshold=31),
        override("*out", threshold=32),
        override("check*", threshold=33),
        override("checkout", threshold=34),
        override("checkout", "claude-*", threshold=35),
        override("checkout", OPUS, threshold=36),
    ]
    for length in range(1, len(from_wide_to_narrow) + 1):
        some = from_wide_to_narrow[:length]
        assert threshold_of(*some) == threshold_of(*reversed(some)) == 30 + length


def test_what_an_override_leaves_out_stays_as_a_wider_one_has_it() -> None:
    overrides = (Override(workspace="check*", floor=usd(99)), override(CHECKOUT))
    terms = replace(CONTRACT, overrides=overrides).levels(FLOOR, names()).of(CHECKOUT, None)
    assert (terms.threshold_percent, terms.floor) == (Decimal(40), usd(99))


def test_two_that_fit_equally_well_and_differ_are_an_error() -> None:
    with pytest.raises(EquallySpecific, match=r'"check\*" and .*"\*ckout" both set threshold'):
        threshold_of(override("check*"), override("*ckout", threshold=50))


def test_two_that_fit_equally_well_and_set_different_things_are_not() -> None:
    assert threshold_of(override("check*"), Override(workspace="*ckout", floor=usd(1))) == 40


def test_two_that_fit_equally_well_and_agree_are_none() -> None:
    assert threshold_of(override("check*"), override("*ckout")) == 40


def test_an_id_and_the_name_of_one_workspace_are_equal() -> None:
    with pytest.raises(EquallySpecific):
        threshold_of(override(CHECKOUT), override("checkout", threshold=50))


def test_the_same_twice_is_found_before_anything_is_judged() -> None:
    assert find_equal([override("a"), override("b"), override("A", threshold=50)]) is not None
    assert find_equal([override("a"), override("a", OPUS), override(model=OPUS)]) is None


def test_a_muted_workspace_is_held_with_its_models() -> None:
    muted = replace(CONTRACT, overrides=(Override(workspace=CHECKOUT, mute=True),))
    found = find(weekly_spend(300, 100), weekly_spend(300, 100, workspace_id=SEARCH), contract=muted)
    assert {(one.workspace_id, one.status, one.reason) for one in found} == {
        (CHECKOUT, Status.HELD, Reason.MUTED),
        (SEARCH, Status.DUE, Reason.ABOVE_THRESHOLD),
    }


def test_a_model_can_be_unmuted_in_a_muted_workspace() -> None:
    overrides = (Override(workspace=CHECKOUT, mute=True), Override(workspace=CHECKOUT, model=OPUS, mute=False))
    found = find(weekly_spend(300, 100), contract=replace(CONTRACT, overrides=overrides))
    assert {(one.model, one.status) for one in found} == {(None, Status.HELD), (OPUS, Status.DUE)}


def test_a_floor_of_its_own_holds_for_one_model() -> None:
    small = replace(CONTRACT, overrides=(Override(model=OPUS, floor=usd(500)),))
    found = find(weekly_spend(300, 100), contract=small)
    assert {(one.model, one.reason) for one in found} == {(None, Reason.ABOVE_THRESHOLD), (OPUS, Reason.BELOW_FLOOR)}
