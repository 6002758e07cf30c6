"""Cents as the API writes them → nano-dollars."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admin_api.parse import nano_from_cents
from bot.admin_api.parse_json import NotAsDocumented


def test_cents_are_not_dollars() -> None:
    assert nano_from_cents("123.78912") == 1_237_891_200


def test_a_credit_is_negative() -> None:
    assert nano_from_cents("-250") == -2_500_000_000


def test_fourteen_decimals_are_rounded_once() -> None:
    assert nano_from_cents("0.12345678901234") == 1_234_568


def test_half_a_nano_dollar_goes_to_the_even_side() -> None:
    assert [nano_from_cents(text) for text in ("0.00000005", "0.00000015", "-0.00000025")] == [0, 2, -2]


def test_an_exponent_is_a_number_too() -> None:
    assert nano_from_cents("1E-7") == 1


def test_the_published_haiku_bill_is_exact() -> None:
    assert nano_from_cents("291.9015") == 2_919_015_000


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "12,50",
        "$1",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "0x10",
        "twelve",
        "1_000",
        " 12",
        "12\n",
        "١٢",
        "１２",
        ".",
    ],
)
def test_what_is_no_number_is_refused(amount: str) -> None:
    with pytest.raises(NotAsDocumented, match="amount"):
        nano_from_cents(amount)


@pytest.mark.parametrize("amount", [123, 1.5, None, True, ["1"], {"value": "1"}])
def test_an_amount_of_another_type_is_refused(amount: object) -> None:
    with pytest.raises(NotAsDocumented, match="not a decimal string"):
        nano_from_cents(amount)


@pytest.mark.parametrize("amount", ["100000000000", "-1e11", "1e999999999", "9" * 400])
def test_an_absurd_amount_is_refused(amount: str) -> None:
    with pytest.raises(NotAsDocumented, match="no sum of money"):
        nano_from_cents(amount)


@given(st.decimals(min_value=-(10**10), max_value=10**10, places=14))
def test_the_conversion_is_exact_to_the_last_nano_dollar(cents: Decimal) -> None:
    assert nano_from_cents(f"{cents:f}") == int(cents.scaleb(7).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
