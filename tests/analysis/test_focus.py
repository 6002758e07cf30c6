"""The bill as FOCUS has it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given

from bot.analysis.focus import FOCUS_COLUMNS, focus_rows
from bot.analysis.prices import Multipliers, PriceTable
from bot.model import CostLine, UsageLine, usd
from tests.analysis.test_export import COST, USAGE
from tests.builders import CHECKOUT, CI_KEY, ORGANIZATION, cost_line, names, other_cost_line, tokens, usage_line
from tests.laws import lists_of

if TYPE_CHECKING:
    from bot.analysis.focus import Field


PRICES = PriceTable.build({}, Multipliers(discount_percent=Decimal(10)))
"""What is billed has a discount; what is listed has none."""


def charged(*lines: CostLine | UsageLine) -> list[dict[str, Field]]:
    cost = [line for line in lines if isinstance(line, CostLine)]
    usage = [line for line in lines if isinstance(line, UsageLine)]
    rows = focus_rows(cost, usage, organization=ORGANIZATION, names=names(), prices=PRICES)
    return [dict(zip(FOCUS_COLUMNS, row, strict=True)) for row in rows]


def test_a_line_that_one_key_used() -> None:
    (row,) = charged(cost_line("7.50"), usage_line(tokens(output=300_000)))

    assert {column: value for column, value in row.items() if value is not None} == {
        "BilledCost": "7.5",
        "BillingAccountId": "org_example",
        "BillingAccountName": "Example",
        "BillingAccountType": "Organization",
        "BillingCurrency": "USD",
        "BillingPeriodEnd": "2026-12-01T00:00:00Z",
        "BillingPeriodStart": "2026-11-01T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeDescription": "claude-opus-5-5, output_tokens, standard, 0-200k",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": "2026-11-22T00:00:00Z",
        "ChargePeriodStart": "2026-11-21T00:00:00Z",
        "ConsumedQuantity": 300_000,
        "ConsumedUnit": "Tokens",
        "ContractedCost": "7.5",
        "EffectiveCost": "7.5",
        "InvoiceIssuerName": "Anthropic",
        "ListCost": "6",
        "ListUnitPrice": "20",
        "PricingCategory": "Standard",
        "PricingQuantity": "0.3",
        "PricingUnit": "1000000 Tokens",
        "ProviderName": "Anthropic",
        "PublisherName": "Anthropic",
        "ResourceId": CI_KEY,
        "ResourceName": "ci",
        "ResourceType": "API key",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": "Claude API",
        "ServiceSubcategory": "Generative AI",
        "SkuId": "claude-opus-5-5/output_tokens",
        "SkuMeter": "Output tokens",
        "SkuPriceDetails": row["SkuPriceDetails"],
        "SkuPriceId": "claude-opus-5-5/output_tokens/standard/0-200k",
        "SubAccountId": CHECKOUT,
        "SubAccountName": "checkout",
        "SubAccountType": "Workspace",
        "Tags": row["Tags"],
    }
    assert json.loads(str(row["Tags"]))["anthropic:service_tier"] == "standard"
    assert json.loads(str(row["SkuPriceDetails"]))["x_ServiceTier"] == "standard"


def test_a_charge_of_a_day_that_the_bill_does_not_cover_says_so() -> None:
    line = cost_line("7.50")
    rows = focus_rows([line], [], organization=ORGANIZATION, names=names(), prices=PRICES, estimated_days={line.day})
    (row,) = [dict(zip(FOCUS_COLUMNS, fields, strict=True)) for fields in rows]

    assert str(row["ChargeDescription"]).endswith(" (est.)")
    assert json.loads(str(row["Tags"]))["anthropic:estimated"] is True


def test_a_line_that_two_keys_used_is_two_rows() -> None:
    rows = charged(
        cost_line(9), usage_line(tokens(output=2), api_key_id="a"), usage_line(tokens(output=1), api_key_id="")
    )

    assert [(row["ResourceId"], row["BilledCost"], row["ConsumedQuantity"]) for row in rows] == [
        ("a", "6", 2),
        ("console", "3", 1),
    ]


def test_cost_that_nobody_counts_belongs_to_no_resource_and_is_one_charge() -> None:
    (row,) = charged(other_cost_line(2))

    assert (row["ResourceId"], row["ConsumedQuantity"], row["ConsumedUnit"]) == (None, 1, "Charges")
    assert (row["ListUnitPrice"], row["PricingQuantity"], row["PricingUnit"]) == ("2", "1", "Charges")
    assert (row["SkuId"], row["SkuMeter"]) == ("code_execution", "Code execution")


def test_list_cost_is_the_public_price_whatever_was_billed() -> None:
    (row,) = charged(cost_line("5.4"), usage_line(tokens(output=300_000)))

    assert (row["BilledCost"], row["ListCost"], row["ListUnitPrice"]) == ("5.4", "6", "20")


def test_tokens_of_a_model_without_a_price_are_one_charge() -> None:
    (row,) = charged(cost_line(3, model="claude-next"), usage_line(tokens(output=5), model="claude-next"))

    assert (row["ConsumedQuantity"], row["ConsumedUnit"]) == (5, "Tokens")
    assert (row["PricingQuantity"], row["PricingUnit"], row["ListUnitPrice"], row["ListCost"]) == (
        "1",
        "Charges",
        "3",
        "3",
    )


def test_web_searches_are_counted_by_workspace() -> None:
    searched = usage_line(web_searches=50)
    (row,) = charged(other_cost_line("0.63", cost_type="web_search"), searched, searched._replace(web_searches=19))

    assert (row["ConsumedQuantity"], row["ConsumedUnit"], row["BilledCost"]) == (69, "Requests", "0.63")
    assert (row["PricingQuantity"], row["PricingUnit"], row["ListCost"]) == ("0.069", "1000 Requests", "0.69")


def test_the_console_is_no_key_and_a_key_without_a_name_has_none() -> None:
    usage = [usage_line(api_key_id=""), usage_line(api_key_id="apikey_lost")]
    rows = charged(cost_line(2), *usage)

    assert sorted((row["ResourceId"], row["ResourceName"], row["ResourceType"]) for row in rows) == [
        ("apikey_lost", None, "API key"),
        ("console", "Console and logins", "Console"),
    ]


def test_a_negative_amount_is_a_credit() -> None:
    (row,) = charged(other_cost_line(-4, cost_type="credit"))

    assert (row["ChargeCategory"], row["BilledCost"], row["PricingCategory"]) == ("Credit", "-4", None)
    assert (row["ChargeFrequency"], row["ConsumedQuantity"]) == ("One-Time", None)


def test_tokens_billed_in_two_regions_are_not_counted_twice() -> None:
    line = cost_line(3)
    rows = charged(line, line._replace(series=line.series._replace(inference_geo="us")), usage_line())

    assert [(row["RegionId"], row["ConsumedQuantity"], row["ConsumedUnit"]) for row in rows] == [
        (None, 1, "Charges"),
        ("us", 1, "Charges"),
    ]


def test_a_usage_line_without_cost_is_no_charge() -> None:
    assert charged(usage_line()) == []


@given(cost=COST, usage=USAGE, keys=lists_of(["a", "b", ""]))
def test_billed_costs_add_up_to_the_bill(cost: list[CostLine], usage: list[UsageLine], keys: list[str]) -> None:
    by_keys = [
        line._replace(series=line.series._replace(api_key_id=key)) for line, key in zip(usage, keys, strict=False)
    ]

    rows = charged(*sorted(cost), *sorted(by_keys))

    assert sum(usd(str(row["BilledCost"])) for row in rows) == sum(line.amount for line in cost)
