"""Each driver comes with what to look at, chosen from the data."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.groupings import CONSOLE
from bot.analysis.hints import Hint, Look, Shares, find_hint
from bot.model import NO_KEY
from tests.builders import CI_KEY, HAIKU, OPUS, SONNET, cost_line, other_cost_line
from tests.changes import BEFORE, broken_cache, used, why, workspace_lines

if TYPE_CHECKING:
    from bot.analysis.hints import DriverName
    from bot.model import CostLine, WorkspaceLines


def shares(before: str, now: str) -> Shares:
    return Shares(Decimal(before), Decimal(now))


def hint(driver: DriverName, *parts: WorkspaceLines) -> Hint | None:
    return find_hint(why(*parts), driver)


def test_a_driver_that_did_not_raise_the_bill_has_no_hint() -> None:
    parts = (used(BEFORE, output=2), used(output=1))
    assert {hint(driver, *parts) for driver in ("volume", "mix", "output", "cache", "price", "other")} == {None}


# --- Volume ---


def test_a_new_key_that_sends_the_new_tokens() -> None:
    found = hint("volume", used(BEFORE, output=5), used(output=5), used(key="new", output=5))
    assert found == Hint(Look.NEW_KEY, "new")


def test_one_key_that_sends_a_multiple_may_be_in_a_loop() -> None:
    found = hint(
        "volume", used(BEFORE, output=1), used(output=3), used(BEFORE, key="b", output=5), used(key="b", output=5)
    )
    assert found == Hint(Look.RETRY_LOOP, CI_KEY)


def test_one_key_that_sends_somewhat_more() -> None:
    assert hint("volume", used(BEFORE, output=4), used(output=5)) == Hint(Look.MORE_TRAFFIC, CI_KEY)


def test_more_from_many_keys_is_nobodys() -> None:
    keys = [used(BEFORE, key=key, output=1) for key in "abc"]
    more = [used(key=key, output=4) for key in "abc"]
    assert hint("volume", *keys, *more) == Hint(Look.MORE_TRAFFIC)


def test_usage_without_a_key_is_the_consoles() -> None:
    found = hint("volume", used(BEFORE, key=NO_KEY, output=1), used(key=NO_KEY, output=3))
    assert found == Hint(Look.RETRY_LOOP, CONSOLE)


# --- Mix ---


def test_the_model_whose_share_made_tokens_dearer() -> None:
    found = hint(
        "mix",
        used(BEFORE, model=HAIKU, times="0.2", output=9),
        used(BEFORE, output=1),
        used(model=HAIKU, times="0.2", output=4),
        used(output=5),
        used(model=SONNET, times="0.3", output=1),
    )
    assert found == Hint(Look.DEARER_MODEL, OPUS, shares("10.00", "50.00"))


def test_a_run_that_left_the_batch_tier() -> None:
    found = hint(
        "mix",
        used(BEFORE, tier="batch", times="0.5", output=8),
        used(BEFORE, output=2),
        used(tier="batch", times="0.5", output=1),
        used(output=9),
    )
    assert found == Hint(Look.LEFT_BATCH, shares=shares("80.00", "10.00"))


def test_requests_that_became_long() -> None:
    found = hint("mix", used(BEFORE, output=10), used(output=5), used(window="200k-1M", times=2, output=5))
    assert found == Hint(Look.LONGER_CONTEXT, shares=shares("0.00", "50.00"))


# --- Output and cache ---


def test_outputs_that_grew() -> None:
    found = hint("output", used(BEFORE, uncached_input=90, output=10), used(uncached_input=80, output=20))
    assert found == Hint(Look.LONGER_OUTPUTS, OPUS, shares("10.00", "20.00"))


def test_a_prefix_that_is_written_anew() -> None:
    assert hint("cache", *broken_cache()) == Hint(Look.BROKEN_PREFIX, OPUS, shares("90.00", "42.86"))


def test_input_that_is_not_cached_any_more() -> None:
    found = hint("cache", used(BEFORE, cache_read=90, uncached_input=10), used(cache_read=10, uncached_input=90))
    assert found == Hint(Look.LOST_CACHE, OPUS, shares("90.00", "10.00"))


def test_writes_that_are_not_read() -> None:
    found = hint(
        "cache",
        used(BEFORE, cache_read=50, uncached_input=50),
        used(cache_read=50, uncached_input=10, cache_write_1h=40),
    )
    assert found == Hint(Look.CACHE_WRITES, OPUS, shares("0.00", "40.00"))


# --- Price and the rest ---


def test_a_dearer_token() -> None:
    assert hint("price", used(BEFORE, output=1), used(times="1.2", output=1)) == Hint(Look.DEARER_PRICE, OPUS)


def test_a_region_that_costs_more() -> None:
    american = used(times="1.1", output=1)
    abroad = [line._replace(series=line.series._replace(inference_geo="us")) for line in american.cost]
    found = hint("price", used(BEFORE, output=1), workspace_lines(abroad, american.usage))
    assert found == Hint(Look.DEARER_REGION, "us", shares("0.00", "100.00"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (other_cost_line(9), Hint(Look.CHARGES, "code_execution")),
        (cost_line(9), Hint(Look.TOKENS_MISSING, "tokens")),
    ],
)
def test_what_has_no_tokens_is_named(line: CostLine, expected: Hint) -> None:
    assert hint("other", workspace_lines([line, other_cost_line(1, cost_type="web_search")])) == expected
