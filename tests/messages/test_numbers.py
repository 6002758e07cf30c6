"""A number is written the same everywhere; the examples are in the module's doctests."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.numbers import adding_up, change_between, money, money_alike, money_change, percent, tokens
from bot.model import usd

BOT = Path(__file__).parents[2] / "bot"
SELF_MADE = re.compile(r"\{[^{}]+:(,|\.\d|g\})[^{}]*|\$\{|\} %[^H]")
"""A number that an f-string formats by itself: thousands, decimals, a dollar or percent sign."""


@pytest.mark.parametrize("folder", ["messages", "terminal"])
def test_no_other_module_formats_a_number(folder: str) -> None:
    sources = {path.name: path.read_text(encoding="utf-8") for path in (BOT / folder).glob("*.py")}
    sources.pop("numbers.py", None)
    found = {name: SELF_MADE.findall(source) for name, source in sources.items() if SELF_MADE.search(source)}
    assert found == {}


@pytest.mark.parametrize(
    ("dollars", "written"),
    [
        ("0.004", "<$0.01"),
        ("0.005", "$0.01"),
        ("999.994", "$999.99"),
        ("999.995", "$1,000"),
        ("1000.49", "$1,000"),
        ("1000.5", "$1,001"),
        ("12345678", "$12,345,678"),
    ],
)
def test_money_at_its_edges(dollars: str, written: str) -> None:
    assert money(usd(dollars)) == written
    assert money(-usd(dollars)) == f"−{written}"


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_money_is_never_off_by_more_than_half_of_its_last_place(nanos: int) -> None:
    written = money(nanos)
    if "<" in written:
        assert 0 < abs(nanos) < 5_000_000
        return
    shown = usd(written.replace("−", "-").replace("$", "").replace(",", ""))
    assert abs(shown - nanos) <= (usd("0.005") if "." in written else usd("0.5"))


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_a_difference_carries_its_sign_once(nanos: int) -> None:
    written = money_change(nanos)
    assert written.count("+") == (nanos > 0)
    assert written.count("−") == (nanos < 0)


def test_amounts_beside_each_other_have_the_same_decimals() -> None:
    assert money_alike(usd("999.994"), usd("0.5")) == ("$999.99", "$0.50")
    assert money_alike(usd("999.995"), usd("0.5")) == ("$1,000", "$1")


@pytest.mark.parametrize(
    ("change", "written"), [("9.94", "9.9 %"), ("9.95", "10 %"), ("10.5", "11 %"), ("-0.05", "0.1 %")]
)
def test_percent_loses_its_decimal_at_ten(change: str, written: str) -> None:
    assert percent(Decimal(change)) == written


@pytest.mark.parametrize(
    ("count", "written"),
    [(0, "0"), (999, "999"), (1000, "1k"), (1249, "1.2k"), (9_960, "10k"), (999_499, "999k"), (999_500, "1M")],
)
def test_tokens_at_their_edges(count: int, written: str) -> None:
    assert tokens(count) == written


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=9), st.integers(0, 10**15))
def test_written_parts_add_up_to_what_is_written_before_and_after(parts: list[int], before: int) -> None:
    now = before + abs(sum(parts))
    parts = parts if sum(parts) >= 0 else [-part for part in parts]
    figures = adding_up(parts, before=before, now=now)
    written = [Decimal(text.replace("<", "").strip("$").replace(",", "")) for text in money_alike(before, now)]
    if not any("<" in text for text in money_alike(before, now)):
        assert sum(figure.amount for figure in figures) == usd(written[1] - written[0])
    assert all(abs(figure.amount - part) <= figure.step for figure, part in zip(figures, parts, strict=True))


def test_a_change_is_the_difference_of_what_stands_beside_it() -> None:
    before, now = usd("319.8860"), usd("508.1449")
    assert (*money_alike(before, now), change_between(before, now)) == ("$319.89", "$508.14", "+$188.25")
