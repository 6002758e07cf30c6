"""What could be saved, in dollars of days past: measured on tokens and on the bill's own prices, never guessed.

Each saving says what it assumes and how sure that is. Several can be about the same tokens, so they do not add up.
Prices are what the bill charged a token of a kind, workspace, model, tier and context window in these days; where it
charged none, nothing is said.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from bot.analysis.cache import TYPE_OF, cached_tokens
from bot.analysis.meter import Meter, added
from bot.model import CONTRACT_TIER, NanoUsd, Tokens, UsageSeries, usd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from bot.model import Interval, Names

BATCH, STANDARD = "batch", "standard"
USUAL_WINDOWS = frozenset({"", "0-200k"})
INPUT = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h")

LOWEST = usd(1)
WORTH_SAYING = 1000
"""A saving is worth a line from one part in so many of the spend on, and from a dollar."""

CACHED, UNCACHED = Fraction(1, 2), Fraction(1, 10)
"""Hit rates from which on a key is taken to use the cache, and below which it is not."""

ALIKE, ROUGHLY_ALIKE = Fraction(5, 4), Fraction(2)
"""How many times the other's a key's output for its input may be, if the two do the same."""

OUTPUT_APART, HITS_APART = Fraction(1, 20), Fraction(3, 20)
"""How far apart the shares of output and the hit rates of two models may be, if they do the same."""

USES_BATCH = Fraction(1, 5)
"""The part of a key's tokens from which on batches are its usual way."""


class Kind(StrEnum):
    """What is paid for without need, perhaps."""

    UNREAD_WRITES = "unread_writes"
    UNCACHED = "uncached"
    BATCH = "batch"
    LONG_CONTEXT = "long_context"
    DEARER_MODEL = "dearer_model"


class Confidence(StrEnum):
    """How sure it is: arithmetic alone, a habit of the key itself, or a likeness."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """Dollars that some tokens cost more than they might have: `paid` less `instead`.

    `key` is a row id, None where it is a whole workspace's. `beside` is the key or the model it is held against.
    """

    kind: Kind
    workspace_id: str
    key: str | None
    model: str
    tokens: int
    paid: NanoUsd
    instead: NanoUsd
    confidence: Confidence
    beside: str = ""

    @property
    def amount(self) -> NanoUsd:
        """What could have been saved."""
        return self.paid - self.instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """What was found in some days, the largest first; `spend` is what they cost, None where nothing is known of them.

    `names` are those of the workspaces and keys in it; `estimated` if any of the days is not from the bill.
    """

    interval: Interval
    savings: tuple[Saving, ...]
    spend: NanoUsd | None
    names: Names
    estimated: bool
    missing_days: tuple[date, ...]
    data_as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Charged:
    """What a token cost in some days, in nano-dollars, by meter; `anywhere`: by meter without the workspace."""

    prices: Mapping[Meter, Fraction]
    anywhere: Mapping[Meter, Fraction]

    @classmethod
    def of(cls, usage: Mapping[UsageSeries, Tokens], spend: Mapping[Meter, NanoUsd]) -> Charged:
        """From usage by series and spend by meter."""
        counts: defaultdict[Meter, int] = defaultdict(int)
        for series, tokens in usage.items():
            for kind, count in zip(Tokens._fields, tokens, strict=True):
                counts[meter(series, kind)] += count
        both = {
            at: Counter(spent=amount, tokens=counts[at])
            for at, amount in spend.items()
            if amount > 0 and counts.get(at)
        }
        anywhere: defaultdict[Meter, Counter[str]] = defaultdict(Counter)
        for at, each in both.items():
            anywhere[at._replace(workspace_id="")] += each
        return cls(prices=prices_of(both), anywhere=prices_of(anywhere))

    def price(self, series: UsageSeries, kind: str) -> Fraction | None:
        """A token of a kind where a series is; None if the bill charged none there."""
        return self.prices.get(meter(series, kind))

    def price_anywhere(self, series: UsageSeries, kind: str) -> Fraction | None:
        """The same, or what the model's cost in the whole organisation."""
        here = self.price(series, kind)
        return self.anywhere.get(meter(series._replace(workspace_id=""), kind)) if here is None else here

    def cost(self, series: UsageSeries, tokens: Tokens, kinds: Sequence[str] = Tokens._fields) -> Fraction | None:
        """What tokens cost where a series is; None if any of them has no price there."""
        total = Fraction(0)
        for kind in kinds:
            count, price = getattr(tokens, kind), self.price(series, kind)
            if count and price is None:
                return None
            total += count * (price or 0)
        return total


def prices_of(spent: Mapping[Meter, Counter[str]]) -> dict[Meter, Fraction]:
    """Nano-dollars a token."""
    return {at: Fraction(each["spent"], each["tokens"]) for at, each in spent.items()}


def meter(series: UsageSeries, kind: str) -> Meter:
    """What tokens of a kind are billed by."""
    return Meter(series.workspace_id, series.model, series.service_tier, series.context_window, TYPE_OF[kind])


def find_savings(usage: Mapping[UsageSeries, Tokens], spend: Mapping[Meter, NanoUsd]) -> list[Saving]:
    """Everything worth saying, the largest first; `usage` and `spend` are sums over the same days."""
    paid = {series: tokens for series, tokens in usage.items() if series.service_tier != CONTRACT_TIER}
    charged = Charged.of(paid, spend)
    floor = max(LOWEST, sum(spend.values()) // WORTH_SAYING)
    found = [
        *unread_writes(paid, charged),
        *uncached_beside_cached(paid, charged),
        *not_in_batches(paid, charged),
        *long_requests(paid, charged),
        *dearer_models(paid, charged),
    ]
    return sorted((saving for saving in found if saving.amount >= floor), key=largest_first)


def largest_first(saving: Saving) -> tuple[NanoUsd, str, str, str, str]:
    """A sort key that leaves no two savings equal."""
    return -saving.amount, saving.kind, saving.workspace_id, saving.key or "", saving.model


# --- Cache writes that were never read, or too seldom to pay ---


def unread_writes(usage: Mapping[UsageSeries, Tokens], charged: Charged) -> Iterator[Saving]:
    """Keys whose cache cost more than the same input would have without it."""
    for series, tokens in usage.items():
        cached = cached_tokens(tokens)
        price, paid = charged.price(series, "uncached_input"), charged.cost(series, tokens, INPUT[1:])
        written = tokens.cache_write_5m + tokens.cache_write_1h
        if written and price is not None and paid is not None and paid > cached * price:
            yield saving(Kind.UNREAD_WRITES, series, cached, paid, cached * price, Confidence.HIGH)


def saving(
    kind: Kind,
    series: UsageSeries,
    tokens: int,
    paid: Fraction,
    instead: Fraction,
    confidence: Confidence,
    beside: str = "",
) -> Saving:
    """One of a key, in whole nano-dollars."""
    return Saving(
        kind=kind,
        workspace_id=series.workspace_id,
        key=series.api_key_id,
        model=series.model,
        tokens=tokens,
        paid=round(paid),
        instead=round(instead),
        confidence=confidence,
        beside=beside,
    )


# --- Input that is not cached, beside a key that caches the like ---


def uncached_beside_cached(usage: Mapping[UsageSeries, Tokens], charged: Charged) -> Iterator[Saving]:
    """Keys without cache whose neighbour, on the same model, does the same with it."""
    for alike in neighbours(usage):
        cached = [series for series in alike if hit_rate(usage[series]) >= CACHED]
        for series in alike:
            if hit_rate(usage[series]) >= UNCACHED or not cached:
                continue
            likeness, neighbour = min((apart(usage[series], usage[other]), other) for other in cached)
            if likeness <= ROUGHLY_ALIKE:
                confidence = Confidence.MEDIUM if likeness <= ALIKE else Confidence.LOW
                yield from as_the_neighbour(usage, charged, series, neighbour, confidence)


def neighbours(usage: Mapping[UsageSeries, Tokens]) -> Iterable[list[UsageSeries]]:
    """Series that differ in their keys alone."""
    groups: defaultdict[UsageSeries, list[UsageSeries]] = defaultdict(list)
    for series in sorted(usage):
        groups[series._replace(api_key_id="")].append(series)
    return groups.values()


def as_the_neighbour(
    usage: Mapping[UsageSeries, Tokens],
    charged: Charged,
    series: UsageSeries,
    neighbour: UsageSeries,
    confidence: Confidence,
) -> Iterator[Saving]:
    """What a key's input would have cost at its neighbour's average."""
    paid, theirs = (charged.cost(each, usage[each], INPUT) for each in (series, neighbour))
    own, of_neighbour = whole_input(usage[series]), whole_input(usage[neighbour])
    if paid is not None and theirs is not None and own and of_neighbour:
        instead = theirs * own / of_neighbour
        yield saving(Kind.UNCACHED, series, own, paid, instead, confidence, neighbour.api_key_id)


def whole_input(tokens: Tokens) -> int:
    """All input, cached or not."""
    return tokens.uncached_input + cached_tokens(tokens)


def hit_rate(tokens: Tokens) -> Fraction:
    """The part of the input that was read from the cache."""
    return Fraction(tokens.cache_read, whole_input(tokens) or 1)


def apart(one: Tokens, other: Tokens) -> Fraction:
    """How many times the other's one's output for its input is, the larger by the smaller; 1 is alike."""
    rates = [Fraction(each.output, whole_input(each) or 1) for each in (one, other)]
    return max(rates) / min(rates) if min(rates) else ROUGHLY_ALIKE + max(rates)


# --- Standard requests of keys that use batches ---


def not_in_batches(usage: Mapping[UsageSeries, Tokens], charged: Charged) -> Iterator[Saving]:
    """What a key sent at once of a model for which it sends batches, too."""
    for series, tokens in usage.items():
        batched = series._replace(service_tier=BATCH)
        if series.service_tier != STANDARD or not sum(usage.get(batched, ())):
            continue
        paid, instead = charged.cost(series, tokens), charged.cost(batched, tokens)
        if paid is not None and instead is not None:
            part = Fraction(sum(usage[batched]), sum(usage[batched]) + sum(tokens) or 1)
            confidence = Confidence.MEDIUM if part >= USES_BATCH else Confidence.LOW
            yield saving(Kind.BATCH, series, sum(tokens), paid, instead, confidence)


# --- Requests longer than usual ---


def long_requests(usage: Mapping[UsageSeries, Tokens], charged: Charged) -> Iterator[Saving]:
    """What long requests cost above the price of shorter ones."""
    for series, tokens in usage.items():
        if series.context_window in USUAL_WINDOWS:
            continue
        paid, instead = charged.cost(series, tokens), shorter_cost(series, tokens, charged)
        if paid is not None and instead is not None:
            yield saving(Kind.LONG_CONTEXT, series, sum(tokens), paid, instead, Confidence.LOW)


def shorter_cost(series: UsageSeries, tokens: Tokens, charged: Charged) -> Fraction | None:
    """What tokens would have cost in shorter requests; None where nobody was charged for such."""
    for window in sorted(USUAL_WINDOWS, reverse=True):
        shorter = series._replace(context_window=window)
        prices = [charged.price_anywhere(shorter, kind) for kind in Tokens._fields]
        costs = [count * price for count, price in zip(tokens, prices, strict=True) if count and price is not None]
        if len(costs) == sum(1 for count in tokens if count):
            return sum(costs, Fraction(0))
    return None


# --- A dearer model beside a cheaper one that does the like ---


def dearer_models(usage: Mapping[UsageSeries, Tokens], charged: Charged) -> Iterator[Saving]:
    """Models of a workspace whose traffic looks like that of a cheaper one there."""
    totals: defaultdict[UsageSeries, Tokens] = defaultdict(lambda: Tokens(0, 0, 0, 0, 0))
    for series, tokens in usage.items():
        of_all = series._replace(api_key_id="")
        totals[of_all] = added(totals[of_all], tokens)
    beside: defaultdict[UsageSeries, list[UsageSeries]] = defaultdict(list)
    for series in totals:
        beside[series._replace(model="")].append(series)
    for series, tokens in totals.items():
        others = [
            other
            for other in beside[series._replace(model="")]
            if other != series and do_the_same(tokens, totals[other])
        ]
        costs = [(cost, other.model) for other in others if (cost := charged.cost(other, tokens)) is not None]
        paid = charged.cost(series, tokens)
        if paid is not None and costs and min(costs)[0] < paid:
            instead, model = min(costs)
            found = saving(Kind.DEARER_MODEL, series, sum(tokens), paid, instead, Confidence.LOW, model)
            yield replace(found, key=None)


def do_the_same(one: Tokens, other: Tokens) -> bool:
    """Whether the shares of output and the hit rates are near each other."""
    outputs = [Fraction(each.output, sum(each) or 1) for each in (one, other)]
    hits = [hit_rate(each) for each in (one, other)]
    return abs(outputs[0] - outputs[1]) <= OUTPUT_APART and abs(hits[0] - hits[1]) <= HITS_APART
