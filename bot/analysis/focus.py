"""The bill in the columns of FOCUS 1.2, the FinOps Foundation's cost and usage specification.

A row is a line of the bill, or a key's share of it. The bill tells what was charged, after any discount: contracted and
effective cost are therefore the billed cost. List cost is quantity × public price where both are known. What is billed
without being counted (code execution, sessions) is one charge at the price it was billed at, because the specification
lets no usage go without a quantity. Source: https://focus.finops.org/focus-specification/v1-2
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.attribution import TOKEN_TYPES
from bot.analysis.days import by_day
from bot.analysis.estimate import WEB_SEARCH
from bot.analysis.export import ESTIMATED_COLUMN
from bot.analysis.groupings import CONSOLE, LABELS, NOT_ATTRIBUTABLE, OWNED, in_words
from bot.analysis.hints import NO_REGION
from bot.analysis.keyed import KeyedDays, added_up
from bot.analysis.meter import WEB_SEARCHES, Meter, meter_of, searches_by_workspace
from bot.model import BILLED_TOKENS, Tokens, dollars

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from bot.analysis.days import DayLines
    from bot.analysis.groupings import Grouping
    from bot.analysis.ownership import History, Part
    from bot.analysis.prices import PriceTable
    from bot.model import CostLine, CostSeries, KeyCostLine, Names, NanoUsd, Organization, UsageLine

    Field: TypeAlias = str | int | bool | None

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
    "ListUnitPrice",
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
    "SkuPriceDetails",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
)

VENDOR = "Anthropic"
CONSOLE_TYPE = "Console"
UNKNOWN = "other"
REGIONS = {"us": "United States"}
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted, and how many of it have one price."""

    name: str
    priced_at_once: int

    def __str__(self) -> str:
        return self.name if self.priced_at_once == 1 else f"{self.priced_at_once} {self.name}"


TOKENS, REQUESTS, CHARGES = Unit("Tokens", 1_000_000), Unit("Requests", 1_000), Unit("Charges", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A line of the bill, or a key's share of it, and how much of what it is for.

    `estimated` if its day is one that the bill does not cover.
    """

    line: CostLine
    api_key_id: str
    amount: NanoUsd
    quantity: int
    unit: Unit
    estimated: bool = False


def focus_rows(
    cost_lines: Iterable[CostLine],
    usage_lines: Iterable[UsageLine],
    *,
    organization: Organization,
    names: Names,
    prices: PriceTable,
    keyed: Iterable[KeyCostLine] = (),
    estimated_days: Container[date] = (),
    history: History | None = None,
) -> Iterator[tuple[Field, ...]]:
    """A row for each charge, with its fields as `FOCUS_COLUMNS` names them; billed costs add up to the bill.

    The inputs come ordered by day; `keyed` is what the bill tells by key. The specification has no column for what is
    not billed yet: charges of `estimated_days` say so in their description and have a tag. With a `history` charges
    have tags of whose they are.
    """
    days = KeyedDays(keyed)
    for lines in by_day(cost_lines, usage_lines):
        for charge in charges(lines, days, estimated=lines.day in estimated_days):
            price = list_price(charge, prices)
            owned = {} if history is None else owner_tags(charge, history)
            named = {**account(organization), **period(lines.day), **cost(charge, price), **what(charge, names, owned)}
            yield tuple([named[column] for column in FOCUS_COLUMNS])


def charges(lines: DayLines, keyed: KeyedDays, *, estimated: bool) -> Iterator[Charge]:
    """A day's charges. What several lines were billed for, tokens by region say, cannot be told apart."""
    tokens = tokens_by_meter(lines.usage)
    searches = searches_by_workspace(lines.usage)
    billed = Counter(counted_by(line.series) for line in lines.cost)
    for line, shares in keyed.shares_of(lines):
        meter = counted_by(line.series)
        used = tokens.get(meter, {}) if billed[meter] == 1 else {}
        whole = billed[meter] == 1 and len(shares) == 1
        searched = searches[meter.workspace_id] if whole and line.series.cost_type == WEB_SEARCHES else 0
        for api_key_id, amount in added_up(shares).items():
            quantity, unit = (searched, REQUESTS) if searched else (used.get(api_key_id, 0), TOKENS)
            if not quantity:
                quantity, unit = 1, CHARGES
            yield Charge(
                line=line, api_key_id=api_key_id, amount=amount, quantity=quantity, unit=unit, estimated=estimated
            )


def counted_by(series: CostSeries) -> Meter:
    """What a line of the bill is counted by; searches are counted by workspace."""
    return (
        Meter(series.workspace_id, "", "", "", WEB_SEARCHES) if series.cost_type == WEB_SEARCHES else meter_of(series)
    )


def tokens_by_meter(usage: Iterable[UsageLine]) -> dict[Meter, dict[str, int]]:
    """A day's tokens by what they are billed by, and by key."""
    groups: defaultdict[tuple[str, str, str, str], list[defaultdict[str, int]]]
    groups = defaultdict(lambda: [defaultdict(int) for _ in Tokens._fields])
    for _, series, tokens, _ in usage:
        kinds = groups[series.workspace_id, series.model, series.service_tier, series.context_window]
        key = series.api_key_id or CONSOLE
        for kind, count in enumerate(tokens):
            kinds[kind][key] += count
    return {Meter(*group, name): kinds[kind] for group, kinds in groups.items() for name, kind in TOKEN_TYPES.items()}


def list_price(charge: Charge, prices: PriceTable) -> Decimal | None:
    """The public price of as many as are priced at once; None where it is not known, or depends on the request."""
    series = charge.line.series
    if charge.unit is REQUESTS:
        return dollars(WEB_SEARCH * REQUESTS.priced_at_once)
    listed = prices.price_of(series.model, charge.line.day) if charge.unit is TOKENS else None
    if listed is None or listed.at_least:
        return None
    multipliers = replace(prices.multipliers, discount_percent=Decimal(0))
    price: Decimal = getattr(listed, BILLED_TOKENS[series.token_type])
    return price * multipliers.factor(
        series.model, service_tier=series.service_tier, inference_geo=series.inference_geo
    )


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


def cost(charge: Charge, price: Decimal | None) -> dict[str, Field]:
    """What it cost, and for how much. A negative amount is a credit, and has no quantity."""
    amount = exact(dollars(charge.amount))
    return {
        "BilledCost": amount,
        "ContractedCost": amount,
        "EffectiveCost": amount,
        "ChargeClass": None,
        **(credit(amount) if charge.amount < 0 else usage(charge, price)),
    }


def credit(amount: str) -> dict[str, Field]:
    """Dollars given back."""
    return {
        "ListCost": amount,
        "ChargeCategory": "Credit",
        "ChargeFrequency": "One-Time",
        **dict.fromkeys(("ConsumedQuantity", "ConsumedUnit", "ListUnitPrice"), None),
        **dict.fromkeys(("PricingCategory", "PricingQuantity", "PricingUnit"), None),
    }


def usage(charge: Charge, price: Decimal | None) -> dict[str, Field]:
    """What was used; without a price it is one charge, at the price it was billed at."""
    unit = CHARGES if price is None else charge.unit
    unit_price = dollars(charge.amount) if price is None else price
    quantity = Decimal(1) if price is None else Decimal(charge.quantity) / unit.priced_at_once
    return {
        "ListCost": exact(quantity * unit_price),
        "ListUnitPrice": exact(unit_price),
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ConsumedQuantity": charge.quantity,
        "ConsumedUnit": charge.unit.name,
        "PricingCategory": "Standard",
        "PricingQuantity": exact(quantity),
        "PricingUnit": str(unit),
    }


def exact(number: Decimal) -> str:
    """A number without an exponent and without zeros at its end.

    >>> exact(Decimal("1.50") * 10), exact(Decimal(20))
    ('15', '20')
    """
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def what(charge: Charge, names: Names, owned: Mapping[str, str]) -> dict[str, Field]:
    """What was bought, where, and by which workspace and key; `owned` are tags that are the organisation's own."""
    series = charge.line.series
    region = region_of(series)
    mark, told = (" (est.)", {ESTIMATED_COLUMN: True}) if charge.estimated else ("", {})
    return {
        "ChargeDescription": f"{series.description or sku_price(series).replace('/', ', ')}{mark}",
        "RegionId": region,
        "RegionName": None if region is None else REGIONS.get(region, region),
        "SkuId": sku(series),
        "SkuMeter": in_words(series.token_type or series.cost_type or UNKNOWN),
        "SkuPriceDetails": json.dumps(prefixed("x_", details(series))),
        "SkuPriceId": sku_price(series),
        "SubAccountId": series.workspace_id,
        "SubAccountName": names.workspace(series.workspace_id),
        "SubAccountType": "Workspace",
        "Tags": json.dumps({**prefixed("anthropic:", {**tags(series), **told}), **owned}, ensure_ascii=False),
        **resource(charge.api_key_id, names),
    }


def resource(api_key_id: str, names: Names) -> dict[str, Field]:
    """The key that was used, or the Console; nothing where nobody knows."""
    if api_key_id == NOT_ATTRIBUTABLE:
        return dict.fromkeys(("ResourceId", "ResourceName", "ResourceType"), None)
    if api_key_id == CONSOLE:
        return {"ResourceId": CONSOLE, "ResourceName": LABELS[CONSOLE], "ResourceType": CONSOLE_TYPE}
    known = names.api_keys.get(api_key_id)
    return {"ResourceId": api_key_id, "ResourceName": (known and known.name) or None, "ResourceType": "API key"}


def sku(series: CostSeries) -> str:
    """What is sold, whatever it costs where and when: `claude-opus-5-5/output_tokens`."""
    return "/".join(filter(None, (series.model, series.token_type or series.cost_type or UNKNOWN)))


def sku_price(series: CostSeries) -> str:
    """What has one price: `claude-opus-5-5/output_tokens/batch/0-200k`."""
    return "/".join([sku(series), *filter(None, (series.service_tier, series.context_window, region_of(series)))])


def region_of(series: CostSeries) -> str | None:
    """Where it ran, None where that is anywhere or not told."""
    return None if series.inference_geo in NO_REGION else series.inference_geo


def tags(series: CostSeries) -> dict[str, str]:
    """The bill's own dimensions, without those it leaves empty."""
    dimensions = ("model", "cost_type", "token_type", "service_tier", "context_window", "inference_geo")
    return {name: value for name in dimensions if (value := getattr(series, name))}


def details(series: CostSeries) -> dict[str, str]:
    """What a price depends on, as the specification writes properties of one's own."""
    cost_type = "" if series.token_type else series.cost_type
    depends_on = series._replace(cost_type=cost_type, inference_geo=region_of(series) or "")
    return {name.title().replace("_", ""): value for name, value in tags(depends_on).items()}


def prefixed(prefix: str, values: Mapping[str, str | bool]) -> dict[str, str | bool]:
    """The same with keys that say who made them."""
    return {f"{prefix}{name}": value for name, value in values.items()}


def owner_tags(charge: Charge, history: History) -> dict[str, str]:
    """Whose a charge is, without a prefix, as the specification wants tags of users; nothing for nobody's."""
    parts = history.on((charge.line.series.workspace_id, charge.api_key_id), charge.line.day)
    return {what: told for what in OWNED if (told := in_parts(parts, what))}


def in_parts(parts: Sequence[Part], what: Grouping) -> str:
    """What an owner is called, or of several each with the percent he has.

    >>> from bot.analysis.ownership import Owner, Part
    >>> in_parts([Part(Owner("ads"), 2), Part(Owner("search"), 3)], "team"), in_parts([Part(Owner(), 1)], "team")
    ('ads 40 %, search 60 %', '')
    """
    weights: Counter[str] = Counter()
    for part in parts:
        weights[getattr(part.owner, what)] += part.weight
    if len(weights) == 1:
        return str(*weights)
    total = sum(weights.values())
    return ", ".join(
        f"{word or 'none'} {exact(round(Decimal(weight * 100) / total, 2))} %"
        for word, weight in sorted(weights.items())
    )
