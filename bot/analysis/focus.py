"""The bill in the columns of FOCUS 1.2, the FinOps Foundation's cost and usage specification.

A row is a line of the bill, or a key's share of it. The bill tells what was charged, after any discount, and nothing
else: list and contracted cost are therefore the billed cost. Source: https://focus.finops.org/focus-specification/v1-2
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.attribution import TOKEN_TYPES, shares_by_line
from bot.analysis.days import by_day
from bot.analysis.groupings import CONSOLE, LABELS, NOT_ATTRIBUTABLE, in_words
from bot.model import dollars

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from bot.analysis.days import DayLines
    from bot.model import CostLine, CostSeries, Names, NanoUsd, Organization, UsageLine

    Field: TypeAlias = str | int | None

FOCUS_VERSION = "1.2"
FOCUS_COLUMNS = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
)

VENDOR = "Anthropic"
TOKENS_A_PRICE = 1_000_000
DAY = timedelta(days=1)

Meter: TypeAlias = tuple[str, str, str, str, str]
"""Workspace, model, service tier, context window and token type: what tokens and cost have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A line of the bill, or a key's share of it; `tokens` is None where the line has none or they cannot be told."""

    line: CostLine
    api_key_id: str
    amount: NanoUsd
    tokens: int | None


def focus_rows(
    cost_lines: Iterable[CostLine],
    usage_lines: Iterable[UsageLine],
    *,
    organization: Organization,
    names: Names,
) -> Iterator[tuple[Field, ...]]:
    """A row for each charge, with its fields as `FOCUS_COLUMNS` names them; billed costs add up to the bill.

    Both inputs come ordered by day.
    """
    for lines in by_day(cost_lines, usage_lines):
        for charge in charges(lines):
            named = {**account(organization), **period(lines.day), **cost(charge), **what(charge, names)}
            yield tuple([named[column] for column in FOCUS_COLUMNS])


def charges(lines: DayLines) -> Iterator[Charge]:
    """A day's charges. Tokens that several lines were billed for, by region say, cannot be told apart."""
    tokens = tokens_by_meter(lines.usage)
    billed = Counter(meter_of(line.series) for line in lines.cost)
    for line, shares in shares_by_line(lines.cost, lines.usage):
        meter = meter_of(line.series)
        used = tokens[meter] if billed[meter] == 1 and meter in tokens else {}
        for api_key_id, amount in merged(shares):
            yield Charge(line=line, api_key_id=api_key_id, amount=amount, tokens=used.get(api_key_id))


def merged(shares: Iterable[tuple[str, NanoUsd]]) -> Iterable[tuple[str, NanoUsd]]:
    """Shares, those of one key as one."""
    totals: defaultdict[str, NanoUsd] = defaultdict(int)
    for api_key_id, amount in shares:
        totals[api_key_id] += amount
    return totals.items()


def meter_of(series: CostSeries) -> Meter:
    """What a line of the bill is billed by."""
    return series.workspace_id, series.model, series.service_tier, series.context_window, series.token_type


def tokens_by_meter(usage: Iterable[UsageLine]) -> dict[Meter, dict[str, int]]:
    """A day's tokens by what they are billed by, and by key."""
    tokens: defaultdict[Meter, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in usage:
        series = line.series
        for token_type, position in TOKEN_TYPES.items():
            meter = (series.workspace_id, series.model, series.service_tier, series.context_window, token_type)
            tokens[meter][series.api_key_id or CONSOLE] += line.tokens[position]
    return {meter: dict(by_key) for meter, by_key in tokens.items()}


# --- The columns, by what they are about ---


def account(organization: Organization) -> dict[str, Field]:
    """Who pays whom for what."""
    return {
        "BillingAccountId": organization.id,
        "BillingAccountName": organization.name,
        "BillingAccountType": "Organization",
        "BillingCurrency": "USD",
        "InvoiceId": None,
        "InvoiceIssuerName": VENDOR,
        "ProviderName": VENDOR,
        "PublisherName": VENDOR,
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": "Claude API",
        "ServiceSubcategory": "Generative AI",
    }


def period(day: date) -> dict[str, Field]:
    """The day, and the calendar month it is billed in."""
    month = day.replace(day=1)
    return {
        "BillingPeriodStart": instant(month),
        "BillingPeriodEnd": instant((month + 31 * DAY).replace(day=1)),
        "ChargePeriodStart": instant(day),
        "ChargePeriodEnd": instant(day + DAY),
    }


def instant(day: date) -> str:
    """The beginning of a UTC day."""
    return f"{day.isoformat()}T00:00:00Z"


def cost(charge: Charge) -> dict[str, Field]:
    """What it cost, and for how much. A negative amount is a credit, and has no quantity."""
    amount = format(dollars(charge.amount), "f")
    is_credit = charge.amount < 0
    tokens = None if is_credit or not charge.tokens else charge.tokens
    return {
        "BilledCost": amount,
        "ContractedCost": amount,
        "EffectiveCost": amount,
        "ListCost": amount,
        "ChargeCategory": "Credit" if is_credit else "Usage",
        "ChargeClass": None,
        "ChargeFrequency": "Usage-Based",
        "ConsumedQuantity": tokens,
        "ConsumedUnit": None if tokens is None else "Tokens",
        "PricingCategory": None if is_credit else "Standard",
        "PricingQuantity": None if tokens is None else format(Decimal(tokens) / TOKENS_A_PRICE, "f"),
        "PricingUnit": None if tokens is None else f"{TOKENS_A_PRICE} Tokens",
    }


def what(charge: Charge, names: Names) -> dict[str, Field]:
    """What was bought, where, and by which workspace and key."""
    series = charge.line.series
    attributed = charge.api_key_id != NOT_ATTRIBUTABLE
    key_name = LABELS.get(charge.api_key_id) or names.api_key(charge.api_key_id)
    return {
        "ChargeDescription": series.description or sku(series).replace("/", ", "),
        "RegionId": series.inference_geo or None,
        "RegionName": series.inference_geo or None,
        "ResourceId": charge.api_key_id if attributed else None,
        "ResourceName": key_name if attributed else None,
        "ResourceType": "API key" if attributed else None,
        "SkuId": sku(series),
        "SkuMeter": in_words(series.token_type or series.cost_type),
        "SubAccountId": series.workspace_id,
        "SubAccountName": names.workspace(series.workspace_id),
        "SubAccountType": "Workspace",
        "Tags": tags(series),
    }


def sku(series: CostSeries) -> str:
    """What has one price: `claude-opus-5-5/output_tokens/batch/0-200k`."""
    words = (
        series.model,
        series.token_type or series.cost_type,
        series.service_tier,
        series.context_window,
        series.inference_geo,
    )
    return "/".join(filter(None, words))


def tags(series: CostSeries) -> str:
    """The bill's own dimensions, as a JSON object without those it leaves empty."""
    dimensions = ("model", "cost_type", "token_type", "service_tier", "context_window", "inference_geo")
    return json.dumps({name: value for name in dimensions if (value := getattr(series, name))})
