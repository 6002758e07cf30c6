"""The bill against tokens × price, by day and workspace × model: what differs, and why.

Lines are compared one by one: a day's workspace × model × tier × context window × token type. Every nano-dollar of a
difference has a cause, so that a row's causes add up to its difference, and rows to both totals.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.attribution import TOKEN_TYPES, shares_by_line
from bot.analysis.days import by_day, days_of
from bot.analysis.estimate import WEB_SEARCH, most_first, nanos
from bot.analysis.keyed import KeyedDays, dollars_by_key, shared_by_key
from bot.analysis.meter import WEB_SEARCHES, Meter, added, is_of_tokens, meter_of, searches_by_workspace
from bot.model import CONTRACT_TIER, NO_MODEL, Interval, Tokens, usd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from bot.analysis.days import DayLines
    from bot.analysis.prices import Multipliers, Prices, PriceTable
    from bot.model import CostLine, KeyCostLine, NanoUsd, Unpriced, UsageLine

ROUNDING = 1_000
"""Nano-dollars a line may be off because the bill and the bot round at different places."""

WORTH_A_RATIO = usd("0.01")
"""A line below this says nothing about a discount."""

FEWEST_ALIKE = 3
"""Fewer lines at the same part of their price can be chance."""

DEEPEST_DISCOUNT = Decimal("0.5")
"""What is billed at less of its price is no discount: the bill is late, or wrong."""

WHOLE = Decimal(100)

DRIFT_PERCENT = Decimal(2)
"""What of a bill may stay unexplained where nothing else is set."""


class Cause(StrEnum):
    """Why a line of the bill is not tokens × price."""

    UNPRICED_MODEL = "unpriced_model"
    PRIORITY_TIER = "priority_tier"
    TIER_OR_CONTEXT = "tier_or_context"
    CODE_EXECUTION = "code_execution"
    SESSIONS = "sessions"
    WEB_SEARCH = "web_search"
    OTHER_COST = "other_cost"
    DISCOUNT = "discount"
    RESTATED = "restated"
    ROUNDING = "rounding"
    UNEXPLAINED = "unexplained"


COST_TYPES = {
    "code_execution": Cause.CODE_EXECUTION,
    "session_usage": Cause.SESSIONS,
    WEB_SEARCHES: Cause.WEB_SEARCH,
    "": Cause.UNEXPLAINED,
}
"""What is billed without being tokens; any other name is some other cost."""

DIVISIBLE = frozenset({Cause.WEB_SEARCH, Cause.UNEXPLAINED})
"""The causes left when nothing else is known: a discount and a restatement are looked for in such differences."""

STEP = Decimal("0.0001")
"""How exactly a discount that nobody told of is known, as a part of the price."""

STEPS_OF_SLACK = 20_000
"""Half a step goes so often into a price: as far off may a line be, because the discount is known no better."""


class Compared(NamedTuple):
    """A line of both sides. `cause` is why they differ, None where they do not.

    `listed` is what would be expected without a discount, `restated` what the bill changed since it had settled;
    `at_least` marks tokens that may have cost more than listed.
    """

    day: date
    workspace_id: str
    model: str
    billed: NanoUsd
    expected: NanoUsd
    listed: NanoUsd
    cause: Cause | None
    restated: NanoUsd = 0
    at_least: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A day's workspace × model; `causes` add up to the difference."""

    day: date
    workspace_id: str
    model: str
    billed: NanoUsd
    expected: NanoUsd
    causes: Mapping[Cause, NanoUsd]

    @property
    def difference(self) -> NanoUsd:
        """What was billed beyond tokens × price; negative where it was less."""
        return self.billed - self.expected

    @property
    def reason(self) -> Cause | None:
        """The cause of the greatest part of the difference."""
        return max(self.causes, key=lambda cause: abs(self.causes[cause]), default=None)


class KeyDifference(NamedTuple):
    """A key's dollars as the bill tells them, and as they would be if its lines were shared by tokens."""

    api_key_id: str
    billed: NanoUsd
    shared: NanoUsd

    @property
    def difference(self) -> NanoUsd:
        """What was billed beyond the key's share."""
        return self.billed - self.shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """An interval's bill against its tokens. `unpriced` are models without a price: their tokens expect nothing.

    `left_out` are days of the interval that no whole bill is known of. With more than `drift_percent` of it unexplained
    the bill does not match.
    `keys` are those of the days on which the bill tells dollars by key, the largest difference first.
    """

    interval: Interval
    rows: tuple[Row, ...]
    unpriced: tuple[Unpriced, ...]
    left_out: tuple[date, ...] = ()
    keys: tuple[KeyDifference, ...] = ()
    drift_percent: Decimal = DRIFT_PERCENT

    @property
    def billed(self) -> NanoUsd:
        """What the bill says."""
        return sum(row.billed for row in self.rows)

    @property
    def expected(self) -> NanoUsd:
        """Tokens × price."""
        return sum(row.expected for row in self.rows)

    @property
    def difference(self) -> NanoUsd:
        """What was billed beyond tokens × price."""
        return self.billed - self.expected

    @property
    def causes(self) -> dict[Cause, NanoUsd]:
        """The difference by cause, the largest part first."""
        totals: defaultdict[Cause, NanoUsd] = defaultdict(int)
        for row in self.rows:
            for cause, amount in row.causes.items():
                totals[cause] += amount
        return dict(sorted(totals.items(), key=lambda part: -abs(part[1])))

    def before(self, day: date) -> Reconciliation:
        """The days before `day` alone, without their keys; models without a price stay."""
        rows = tuple(row for row in self.rows if row.day < day)
        left_out = tuple(each for each in self.left_out if each < day)
        return replace(self, interval=Interval(self.interval.since, day), rows=rows, left_out=left_out, keys=())

    @property
    def is_known(self) -> bool:
        """Whether there is a whole bill of any of the days; without one nothing is known, which is not zero."""
        return bool(self.rows) or len(self.left_out) < len(self.interval)

    @property
    def explained_percent(self) -> Decimal | None:
        """100 less the unexplained dollars, whichever way they differ in each row, in percent of those billed.

        A credit makes no bill smaller that tokens are compared with: rows below zero are not set off. Rounded down to
        two decimals, so that 100 means all; never below 0. None where nothing was billed or expected.
        """
        unexplained = sum(abs(row.causes.get(Cause.UNEXPLAINED, 0)) for row in self.rows)
        whole = sum(max(row.billed, 0) for row in self.rows) or abs(self.billed) or abs(self.expected)
        if not whole:
            return None
        explained = WHOLE - Decimal(unexplained) * 100 / whole
        return max(explained, Decimal(0)).quantize(Decimal("0.01"), rounding=ROUND_FLOOR)

    @property
    def drifts(self) -> bool:
        """Whether too much of it is unexplained; no bill drifts."""
        explained = self.explained_percent
        return explained is not None and WHOLE - explained > self.drift_percent


def reconcile(
    interval: Interval,
    *,
    cost: Iterable[CostLine],
    usage: Iterable[UsageLine],
    prices: PriceTable,
    restated: Iterable[CostLine] = (),
    keys: Iterable[KeyCostLine] = (),
) -> Reconciliation:
    """Compares billed days with their tokens. Both sides come ordered by day, as do the bill's dollars by key.

    `restated` is by how much lines of the bill changed after their days had settled.
    """
    unpriced: Counter[str] = Counter()
    billed: Counter[str] = Counter()
    shared: Counter[str] = Counter()
    lines: list[Compared] = []
    changes = dict(days_of(restated))
    keyed = KeyedDays(keys)
    for day_lines in by_day(cost, usage):
        day = Day(day_lines, prices, restated=changes.get(day_lines.day, ()))
        lines += [*day.compare_tokens(), *day.compare_other_cost()]
        unpriced += day.unpriced()
        if told := keyed.of(day_lines.day):
            billed.update(dollars_by_key(told))
            shared.update(shared_by_key(shares_by_line(day_lines.cost, day_lines.usage)))
    return Reconciliation(
        interval=interval,
        rows=rows_of(lines),
        unpriced=tuple(most_first(unpriced)),
        keys=key_differences(billed=billed, shared=shared),
    )


def key_differences(*, billed: Mapping[str, NanoUsd], shared: Mapping[str, NanoUsd]) -> tuple[KeyDifference, ...]:
    """Each key that either gives dollars, the largest difference first, then by id."""
    found = (KeyDifference(key, billed.get(key, 0), shared.get(key, 0)) for key in {**billed, **shared})
    return tuple(
        sorted((key for key in found if key.billed or key.shared), key=lambda key: (-abs(key.difference), key))
    )


class Unexplained(NamedTuple):
    """Dollars of a workspace × model that nothing explains: what was `over` tokens × price on some days, `under` it."""

    workspace_id: str
    model: str
    over: NanoUsd
    under: NanoUsd


def find_unexplained(reconciliation: Reconciliation) -> list[Unexplained]:
    """Where the unexplained dollars are, most first, both ways counted."""
    over: Counter[tuple[str, str]] = Counter()
    under: Counter[tuple[str, str]] = Counter()
    for row in reconciliation.rows:
        amount = row.causes.get(Cause.UNEXPLAINED, 0)
        over[row.workspace_id, row.model] += max(amount, 0)
        under[row.workspace_id, row.model] += min(amount, 0)
    found = (Unexplained(*scope, over[scope], under[scope]) for scope in over if over[scope] or under[scope])
    return sorted(found, key=lambda each: (each.under - each.over, each))


class Day:
    """One day's two sides, each by what they are comparable by, and what the bill's changed by since it settled."""

    def __init__(self, lines: DayLines, prices: PriceTable, *, restated: Iterable[CostLine]) -> None:
        self.day = lines.day
        self.discount = prices.multipliers.discount
        self.multipliers = replace(prices.multipliers, discount_percent=Decimal(0))
        self.billed, self.other_cost = billed_by_meter(lines.cost)
        self.restated, self.other_restated = billed_by_meter(restated)
        self.used, self.searches = used_by_meter(lines.usage), searches_by_workspace(lines.usage)
        self.regions = regions_of(self.billed)
        models = {meter.model for meter in (*self.billed, *self.used)}
        self.prices = {model: prices.price_of(model, self.day) for model in models}
        self.listed: dict[tuple[str, str, str], Decimal] = {}
        only_billed = {without_dimensions(meter) for meter in self.billed.keys() - self.used.keys()}
        only_used = {without_dimensions(meter) for meter in self.used.keys() - self.billed.keys()}
        self.misplaced = only_billed & only_used

    def unpriced(self) -> Counter[str]:
        """Tokens by model nobody has a price for."""
        tokens: Counter[str] = Counter()
        for meter, count in self.used.items():
            if self.prices[meter.model] is None:
                tokens[meter.model] += count
        return tokens

    def compare_tokens(self) -> Iterator[Compared]:
        """Each meter that was billed or used."""
        for meter in dict.fromkeys([*self.billed, *self.used]):
            price = self.prices[meter.model]
            billed = sum(self.billed.get(meter, {}).values())
            expected, listed = (0, 0) if price is None else self.expected_and_listed(meter, price)
            yield Compared(
                day=self.day,
                workspace_id=meter.workspace_id,
                model=meter.model,
                billed=billed,
                expected=expected,
                listed=listed,
                cause=self.cause_of(meter, price, billed=billed, expected=expected),
                restated=sum(self.restated.get(meter, {}).values()),
                at_least=price is not None and price.at_least and listed > 0,
            )

    def expected_and_listed(self, meter: Meter, price: Prices) -> tuple[NanoUsd, NanoUsd]:
        """A meter's tokens × price in its tier and in the regions the bill names, after the discount and before it."""
        tokens = self.used.get(meter, 0)
        if not tokens:
            return 0, 0
        amounts = self.billed.get(meter) or self.regions.get((meter.workspace_id, meter.model), {})
        tier = (meter.model, meter.service_tier, meter.token_type)
        if tier not in self.listed:
            factor = self.multipliers.factor(meter.model, service_tier=meter.service_tier)
            self.listed[tier] = getattr(price, Tokens._fields[TOKEN_TYPES[meter.token_type]]) * factor
        price_here = self.listed[tier] * region_factor(meter.model, amounts, self.multipliers)
        listed = nanos(tokens, price_here)
        return listed if self.discount == 1 else nanos(tokens, price_here * self.discount), listed

    def cause_of(self, meter: Meter, price: Prices | None, *, billed: NanoUsd, expected: NanoUsd) -> Cause | None:
        """Why a meter's two sides differ, as far as this line alone can tell."""
        if billed == expected:
            return None
        if price is None:
            return Cause.UNPRICED_MODEL
        if meter.service_tier == CONTRACT_TIER:
            return Cause.PRIORITY_TIER
        if abs(billed - expected) <= ROUNDING:
            return Cause.ROUNDING
        one_sided = (meter in self.billed) != (meter in self.used)
        if one_sided and without_dimensions(meter) in self.misplaced:
            return Cause.TIER_OR_CONTEXT
        return Cause.UNEXPLAINED

    def compare_other_cost(self) -> Iterator[Compared]:
        """What is no tokens: web searches by their number, anything else expects nothing."""
        searched = {(workspace_id, NO_MODEL, WEB_SEARCHES): count for workspace_id, count in self.searches.items()}
        for key in dict.fromkeys([*self.other_cost, *searched]):
            workspace_id, model, cost_type = key
            billed, listed = self.other_cost.get(key, 0), searched.get(key, 0) * WEB_SEARCH
            expected = round(listed * self.discount)
            yield Compared(
                day=self.day,
                workspace_id=workspace_id,
                model=model,
                billed=billed,
                expected=expected,
                listed=listed,
                cause=COST_TYPES.get(cost_type, Cause.OTHER_COST) if billed != expected else None,
                restated=self.other_restated.get(key, 0),
            )


def without_dimensions(meter: Meter) -> tuple[str, str, str]:
    """A meter whatever its tier and context window."""
    return meter.workspace_id, meter.model, meter.token_type


def billed_by_meter(
    cost: Iterable[CostLine],
) -> tuple[dict[Meter, dict[str, NanoUsd]], dict[tuple[str, str, str], NanoUsd]]:
    """Tokens' dollars by meter and region, and other dollars by workspace id, model and cost type."""
    tokens: defaultdict[Meter, dict[str, NanoUsd]] = defaultdict(dict)
    other: defaultdict[tuple[str, str, str], NanoUsd] = defaultdict(int)
    for _, series, amount in cost:
        if is_of_tokens(series):
            regions = tokens[meter_of(series)]
            regions[series.inference_geo] = regions.get(series.inference_geo, 0) + amount
        else:
            other[series.workspace_id, series.model, series.cost_type] += amount
    return dict(tokens), dict(other)


def used_by_meter(usage: Iterable[UsageLine]) -> dict[Meter, int]:
    """Tokens by meter, whoever used them."""
    groups: dict[tuple[str, str, str, str], Tokens] = {}
    for _, series, counts, _ in usage:
        workspace_id, _, *rest = series
        group = (workspace_id, rest[0], rest[1], rest[2])
        known = groups.get(group)
        groups[group] = counts if known is None else added(known, counts)
    return {
        Meter(*group, token_type): counts[kind]
        for group, counts in groups.items()
        for token_type, kind in TOKEN_TYPES.items()
        if counts[kind]
    }


def regions_of(billed: Mapping[Meter, Mapping[str, NanoUsd]]) -> dict[tuple[str, str], dict[str, NanoUsd]]:
    """Dollars by region of each workspace × model: where tokens ran that a contract pays for is on no bill."""
    found: dict[tuple[str, str], dict[str, NanoUsd]] = {}
    for meter, amounts in billed.items():
        regions = found.setdefault((meter.workspace_id, meter.model), {})
        for region, amount in amounts.items():
            regions[region] = regions.get(region, 0) + amount
    return found


def region_factor(model: str, amounts: Mapping[str, NanoUsd], multipliers: Multipliers) -> Decimal:
    """What a meter's tokens cost on average because of where they ran, by the regions of its billed dollars."""
    factors = {region: multipliers.region(model, region) for region in amounts}
    if len(factors) == 1 or len(set(factors.values())) == 1:
        return next(iter(factors.values()))
    if not amounts or min(amounts.values()) <= 0:
        return Decimal(1)
    return Decimal(sum(amounts.values())) / sum(amount / factors[region] for region, amount in amounts.items())


# --- What lines have in common ---


def find_ratio(lines: Iterable[Compared]) -> Decimal | None:
    """The part of its price, to a `STEP`, at which at least half of what was used was billed; None without one."""
    weights: Counter[Decimal] = Counter()
    alike: Counter[Decimal] = Counter()
    for line in lines:
        if line.model and line.billed > 0 and line.listed >= WORTH_A_RATIO:
            ratio = (Decimal(line.billed) / line.listed).quantize(STEP)
            weights[ratio] += line.listed
            alike[ratio] += 1
    found = [
        ratio
        for ratio, weight in weights.most_common(1)
        if DEEPEST_DISCOUNT <= ratio <= 1 and alike[ratio] >= FEWEST_ALIKE and 2 * weight >= weights.total()
    ]
    return found[0] if found else None


def causes_of(line: Compared, ratio: Decimal | None) -> dict[Cause, NanoUsd]:
    """What makes up a line's difference, where lines are usually billed at that part of their price."""
    if line.cause is None:
        return {}
    if line.cause not in DIVISIBLE:
        return {line.cause: line.billed - line.expected}
    discounted = line.expected if ratio is None else round(line.listed * ratio)
    slack = ROUNDING + line.listed // STEPS_OF_SLACK
    if abs(line.billed - discounted) <= slack and discounted != line.expected:
        return {Cause.DISCOUNT: line.billed - line.expected}
    return parts_of(line, usual_amount(line, discounted, slack), slack)


def parts_of(line: Compared, usual: NanoUsd, slack: NanoUsd) -> dict[Cause, NanoUsd]:
    """A line's difference where it would usually have come to `usual`: discount, restatement, and the rest."""
    discount, left = usual - line.expected, line.billed - usual
    restated = min(max(line.restated, min(left, 0)), max(left, 0))
    rest = left - restated
    if abs(rest) <= slack and (discount or restated):
        discount, restated, rest = (discount, restated + rest, 0) if restated else (discount + rest, 0, 0)
    rest_cause = Cause.TIER_OR_CONTEXT if line.at_least and rest > 0 else line.cause or Cause.UNEXPLAINED
    return {Cause.DISCOUNT: discount, Cause.RESTATED: restated, rest_cause: rest}


def usual_amount(line: Compared, discounted: NanoUsd, slack: NanoUsd) -> NanoUsd:
    """What a line would have come to, had it not been restated or wrong: `discounted` as usual, or without a discount.

    Some contracts leave out web searches, or a model.
    """
    for said in (line.billed, line.billed - line.restated):
        nearest = min(discounted, line.listed, key=lambda amount: abs(said - amount))
        if abs(said - nearest) <= slack:
            return nearest
    return discounted if line.billed > 0 and line.cause is Cause.UNEXPLAINED else line.expected


def rows_of(lines: Sequence[Compared]) -> tuple[Row, ...]:
    """Lines added up by day and workspace × model, in that order."""
    ratio = find_ratio(lines)
    groups: defaultdict[tuple[date, str, str], list[Compared]] = defaultdict(list)
    for line in lines:
        groups[line.day, line.workspace_id, line.model].append(line)
    return tuple(row_of(*key, groups[key], ratio) for key in sorted(groups))


def row_of(day: date, workspace_id: str, model: str, lines: Sequence[Compared], ratio: Decimal | None) -> Row:
    """One day's workspace × model."""
    causes: defaultdict[Cause, NanoUsd] = defaultdict(int)
    for line in lines:
        for cause, amount in causes_of(line, ratio).items():
            causes[cause] += amount
    return Row(
        day=day,
        workspace_id=workspace_id,
        model=model,
        billed=sum(line.billed for line in lines),
        expected=sum(line.expected for line in lines),
        causes={cause: amount for cause, amount in causes.items() if amount},
    )
