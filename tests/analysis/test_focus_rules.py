"""Rows against the rules of FOCUS 1.2: what each column may hold, and what holds between columns.

Source: https://focus.finops.org/focus-specification/v1-2, the requirements and content constraints of each column.
Rules about taxes, purchases, commitment discounts and corrections say nothing of rows like these, which a test shows.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.focus import FOCUS_COLUMNS
from bot.model import BILLED_TOKENS, NO_MODEL
from tests.analysis.test_focus import charged
from tests.builders import CHECKOUT, HAIKU, OPUS, SEARCH, TODAY, YESTERDAY, cost_line, usage_line
from tests.laws import CACHED, lists_of, one_of_each, with_amounts, with_output

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.analysis.focus import Field

    Row = dict[str, Field]


class Rule(NamedTuple):
    """What a column may hold: its values' form, and whether it may be null."""

    form: Callable[[Field], bool]
    nullable: bool = False


def text(value: Field) -> bool:
    """A string that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def decimal(value: Field) -> bool:
    """A plain decimal number."""
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", str(value)))


def price(value: Field) -> bool:
    """A decimal number that is not negative."""
    return decimal(value) and Decimal(str(value)) >= 0


def moment(value: Field) -> bool:
    """A moment in UTC, extended ISO 8601."""
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(value)))


def key_values(value: Field) -> bool:
    """A JSON object of plain values."""
    values = json.loads(str(value))
    return isinstance(values, dict) and not any(isinstance(each, dict | list) for each in values.values())


def unit(value: Field) -> bool:
    """Capitalised plural units, with a whole number of them before it or not."""
    return bool(re.fullmatch(r"(\d+ )?[A-Z][a-z]+s", str(value)))


def one_of(*allowed: str) -> Callable[[Field], bool]:
    """Allowed values."""
    return lambda value: value in allowed


MANDATORY = {
    "BilledCost": Rule(decimal),
    "BillingAccountId": Rule(text),
    "BillingAccountName": Rule(text, nullable=True),
    "BillingCurrency": Rule(one_of("USD")),
    "BillingPeriodEnd": Rule(moment),
    "BillingPeriodStart": Rule(moment),
    "ChargeCategory": Rule(one_of("Usage", "Purchase", "Tax", "Credit", "Adjustment")),
    "ChargeClass": Rule(one_of("Correction"), nullable=True),
    "ChargeDescription": Rule(text, nullable=True),
    "ChargePeriodEnd": Rule(moment),
    "ChargePeriodStart": Rule(moment),
    "ContractedCost": Rule(decimal),
    "EffectiveCost": Rule(decimal),
    "InvoiceIssuerName": Rule(text),
    "ListCost": Rule(decimal),
    "PricingQuantity": Rule(decimal, nullable=True),
    "PricingUnit": Rule(unit, nullable=True),
    "ProviderName": Rule(text),
    "PublisherName": Rule(text),
    "ServiceCategory": Rule(one_of("AI and Machine Learning")),
    "ServiceName": Rule(text),
}
OTHERS = {
    "BillingAccountType": Rule(text),
    "ChargeFrequency": Rule(one_of("One-Time", "Recurring", "Usage-Based")),
    "ConsumedQuantity": Rule(decimal, nullable=True),
    "ConsumedUnit": Rule(unit, nullable=True),
    "InvoiceId": Rule(text, nullable=True),
    "ListUnitPrice": Rule(price, nullable=True),
    "PricingCategory": Rule(one_of("Standard", "Dynamic", "Committed", "Other"), nullable=True),
    "RegionId": Rule(text, nullable=True),
    "RegionName": Rule(text, nullable=True),
    "ResourceId": Rule(text, nullable=True),
    "ResourceName": Rule(text, nullable=True),
    "ResourceType": Rule(text, nullable=True),
    "ServiceSubcategory": Rule(one_of("Generative AI")),
    "SkuId": Rule(text, nullable=True),
    "SkuMeter": Rule(text, nullable=True),
    "SkuPriceDetails": Rule(key_values, nullable=True),
    "SkuPriceId": Rule(text, nullable=True),
    "SubAccountId": Rule(text, nullable=True),
    "SubAccountName": Rule(text, nullable=True),
    "SubAccountType": Rule(text, nullable=True),
    "Tags": Rule(key_values, nullable=True),
}
NEVER_NULL_FOR_USAGE = (
    "ConsumedQuantity",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "SkuId",
    "SkuPriceId",
)
NULL_TOGETHER = (
    ("PricingQuantity", "PricingUnit"),
    ("ConsumedQuantity", "ConsumedUnit"),
    ("RegionId", "RegionName"),
    ("ResourceId", "ResourceType"),
    ("SubAccountId", "SubAccountName", "SubAccountType"),
    ("SkuId", "SkuMeter"),
    ("SkuPriceId", "SkuPriceDetails"),
)

COST_TYPES = ["tokens", "web_search", "code_execution", "credit", ""]
LINES = one_of_each(
    cost_line,
    day=[YESTERDAY, TODAY, date(2026, 12, 31)],
    workspace_id=[CHECKOUT, SEARCH, "default"],
    model=[OPUS, HAIKU, NO_MODEL, "claude-next", "claude-haiku-5-5"],
    token_type=[*BILLED_TOKENS, "some_new_tokens", ""],
)
CHARGED_FOR: list[dict[str, str]] = one_of_each(
    dict,
    cost_type=COST_TYPES,
    inference_geo=["", "us", "global", "not_available"],
    service_tier=["", "standard", "batch"],
)
COST = st.builds(
    lambda lines, charged_for: [
        line._replace(series=line.series._replace(**words)) for line, words in zip(lines, charged_for, strict=False)
    ],
    with_amounts(LINES, -(10**13), 10**13, max_size=12),
    lists_of(CHARGED_FOR, min_size=12, max_size=12),
)
USED = one_of_each(
    usage_line,
    counts=CACHED,
    day=[YESTERDAY, TODAY],
    model=[OPUS, HAIKU, "claude-next"],
    api_key_id=["", "a", "apikey_ci"],
    service_tier=["standard", "batch"],
)
USAGE = st.builds(
    lambda lines, searches: [line._replace(web_searches=many) for line, many in zip(lines, searches, strict=False)],
    with_output(USED, 10**10, max_size=12),
    lists_of(range(4), min_size=12, max_size=12),
)
ROWS = st.builds(lambda cost, usage: charged(*sorted(cost), *sorted(usage)), COST, USAGE)


def test_every_mandatory_column_is_there_and_each_column_has_a_rule() -> None:
    assert set(FOCUS_COLUMNS) == set(MANDATORY | OTHERS)


@given(rows=ROWS)
def test_each_value_is_of_its_columns_form(rows: list[Row]) -> None:
    for row in rows:
        for column, rule in (MANDATORY | OTHERS).items():
            value = row[column]
            assert rule.nullable if value is None else rule.form(value), (column, value)


@given(rows=ROWS)
def test_what_belongs_together_is_null_together(rows: list[Row]) -> None:
    for row in rows:
        for columns in NULL_TOGETHER:
            assert len({row[column] is None for column in columns}) == 1, columns
        assert row["ResourceName"] is None or row["ResourceName"] != row["ResourceId"]


@given(rows=ROWS)
def test_usage_has_quantities_and_prices_and_nothing_else_consumes(rows: list[Row]) -> None:
    for row in rows:
        if row["ChargeCategory"] == "Usage":
            assert all(row[column] is not None for column in NEVER_NULL_FOR_USAGE)
        else:
            assert row["ConsumedQuantity"] is None


@given(rows=ROWS)
def test_price_times_quantity_is_the_list_cost(rows: list[Row]) -> None:
    for row in rows:
        if row["ListUnitPrice"] is not None and row["PricingQuantity"] is not None:
            assert number(row, "ListUnitPrice") * number(row, "PricingQuantity") == number(row, "ListCost")


@given(rows=ROWS)
def test_a_credit_has_the_same_cost_in_every_column(rows: list[Row]) -> None:
    for row in rows:
        if row["ChargeCategory"] == "Credit":
            assert len({row[column] for column in ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")}) == 1


@given(rows=ROWS)
def test_a_price_belongs_to_one_sku_and_has_one_set_of_details(rows: list[Row]) -> None:
    parents, details = defaultdict(set), defaultdict(set)
    for row in rows:
        parents[row["SkuPriceId"]].add(row["SkuId"])
        details[row["SkuPriceId"]].add(row["SkuPriceDetails"])
    assert all(len(skus) == 1 for skus in parents.values())
    assert all(len(told) == 1 for told in details.values())


@given(rows=ROWS)
def test_keys_of_ones_own_have_a_prefix(rows: list[Row]) -> None:
    for row in rows:
        assert all(key.startswith("x_") for key in json.loads(str(row["SkuPriceDetails"])))
        assert all(key.startswith("anthropic:") for key in json.loads(str(row["Tags"])))


@given(rows=ROWS)
def test_a_charge_lies_within_its_billing_period(rows: list[Row]) -> None:
    for row in rows:
        edges = ("BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodEnd")
        start, since, until, end = (datetime.fromisoformat(str(row[edge])) for edge in edges)
        assert start <= since < until <= end


@given(rows=ROWS)
def test_nothing_here_is_a_tax_a_purchase_or_a_correction(rows: list[Row]) -> None:
    assert all(row["ChargeCategory"] in {"Usage", "Credit"} and row["ChargeClass"] is None for row in rows)


def number(row: Row, column: str) -> Decimal:
    """A column as the number it is."""
    return Decimal(str(row[column]))


@pytest.mark.parametrize("wrong", ["1e5", "+1", "1,000", "$1", "", "1."])
def test_numbers_are_written_plainly(wrong: str) -> None:
    assert not decimal(wrong)
