"""What to look at: for each driver that raised the bill, the likeliest cause as far as the data tells."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from bot.analysis.cache import cached_tokens
from bot.analysis.drivers import TOKENS_MISSING
from bot.analysis.why import UNUSED, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.analysis.cache import Meter
    from bot.analysis.drivers import MeteredSpend
    from bot.analysis.why import KeyChange, ModelChange, Why
    from bot.model import Tokens

DriverName: TypeAlias = Literal["volume", "mix", "output", "cache", "price", "other"]

MOST = 80
"""Percent of the new tokens that make one key their source."""

LOOPING = 2
"""How many times its tokens a key sends that may be in a loop."""

MOVED = Decimal(1)
"""Percentage points from which a share has moved; below, rounding and chance do that."""

USUAL_CONTEXT = ("", "0-200k")
NO_REGION = ("", "global", "not_available")


class Look(StrEnum):
    """What to look at."""

    NEW_KEY = "new_key"
    RETRY_LOOP = "retry_loop"
    MORE_TRAFFIC = "more_traffic"
    DEARER_MODEL = "dearer_model"
    LEFT_BATCH = "left_batch"
    LONGER_CONTEXT = "longer_context"
    LONGER_OUTPUTS = "longer_outputs"
    BROKEN_PREFIX = "broken_prefix"
    LOST_CACHE = "lost_cache"
    CACHE_WRITES = "cache_writes"
    DEARER_REGION = "dearer_region"
    DEARER_PRICE = "dearer_price"
    CHARGES = "charges"
    TOKENS_MISSING = "tokens_missing"


class Shares(NamedTuple):
    """A part of something in percent, before and now."""

    before: Decimal
    now: Decimal

    @property
    def moved(self) -> Decimal:
        """Percentage points."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Hint:
    """What to look at, `about` which key, model, region or cost type, and the share that moved, where one did."""

    look: Look
    about: str = ""
    shares: Shares | None = None


def find_hint(why: Why, driver: DriverName) -> Hint | None:
    """The hint of one driver; None for one that did not raise the bill."""
    if getattr(why.drivers, driver) <= 0:
        return None
    hints: Mapping[DriverName, Callable[[Why], Hint | None]] = {
        "volume": volume_hint,
        "mix": mix_hint,
        "output": output_hint,
        "cache": cache_hint,
        "price": price_hint,
        "other": other_hint,
    }
    return hints[driver](why)


# --- More tokens ---


def volume_hint(why: Why) -> Hint | None:
    """A new key, one that may be in a loop, or more of everything; None where keys are not told."""
    if not why.keys:
        return None
    tokens = sum(key.current_tokens - key.previous_tokens for key in why.keys)
    source = max(why.keys, key=lambda key: (key.current_tokens - key.previous_tokens, key.id), default=None)
    if source is None or (source.current_tokens - source.previous_tokens) * 100 < tokens * MOST:
        return Hint(Look.MORE_TRAFFIC)
    if source.first_seen is not None:
        return Hint(Look.NEW_KEY, source.id)
    return Hint(Look.RETRY_LOOP if may_loop(source) else Look.MORE_TRAFFIC, source.id)


def may_loop(key: KeyChange) -> bool:
    """Whether a key that was in use sends a multiple of what it did."""
    return 0 < key.previous_tokens * LOOPING <= key.current_tokens


# --- Another mix ---


def mix_hint(why: Why) -> Hint:
    """A dearer model, or the same ones in a dearer tier or with longer requests."""
    if not is_within_models(why):
        return dearer_model_hint(why)
    batch, long = batch_shares(why), long_shares(why)
    return Hint(Look.LEFT_BATCH, shares=batch) if -batch.moved >= long.moved else Hint(Look.LONGER_CONTEXT, shares=long)


def is_within_models(why: Why) -> bool:
    """Whether more of the mix lies in tiers and context windows of the models than between the models."""
    within = sum(model.drivers.mix for model in why.models)
    return abs(within) > abs(why.drivers.mix - within)


def dearer_model_hint(why: Why) -> Hint:
    """The model whose larger share of the tokens raised their average price most."""
    average = price_of(why.before.spend)

    def effect(model: str) -> Fraction:
        before, now = why.before.models.get(model, UNUSED), why.now.models.get(model, UNUSED)
        price = price_of(before if before.lines else now)
        return Fraction(shares_of(why, model).moved) * (price - average)

    gained = [model.id for model in why.models if shares_of(why, model.id).moved > 0]
    model = max(gained, key=lambda model: (effect(model), model), default="")
    return Hint(Look.DEARER_MODEL, model, shares_of(why, model))


def price_of(spend: MeteredSpend) -> Fraction:
    """Nano-dollars a token on average; zero without tokens."""
    return Fraction(spend.of_tokens, sum(spend.tokens) or 1)


def shares_of(why: Why, model: str) -> Shares:
    """A model's part of the tokens."""
    return token_shares(why, lambda meter: meter[0] == model)


def batch_shares(why: Why) -> Shares:
    """The batch tier's part of the tokens."""
    return token_shares(why, lambda meter: meter[1] == "batch")


def long_shares(why: Why) -> Shares:
    """The part of tokens in requests longer than usual."""
    return token_shares(why, lambda meter: meter[2] not in USUAL_CONTEXT)


def token_shares(why: Why, of: Callable[[Meter], bool]) -> Shares:
    """The part of the billed tokens that some meters count."""

    def share(spend: MeteredSpend) -> Decimal:
        part = sum(line.tokens for (meter, _), line in spend.lines.items() if of(meter))
        return percent_of(part, sum(spend.tokens))

    return Shares(share(why.before.spend), share(why.now.spend))


def percent_of(part: int, whole: int) -> Decimal:
    """A part in percent, to two decimals; 0 of nothing.

    >>> percent_of(1, 3), percent_of(0, 0)
    (Decimal('33.33'), Decimal('0.00'))
    """
    return (Decimal(part) * 100 / (whole or 1)).quantize(Decimal("0.01"))


# --- More output, less from the cache ---


def output_hint(why: Why) -> Hint:
    """The model whose outputs grew most."""
    model = driven_most(why, "output")
    return Hint(Look.LONGER_OUTPUTS, model.id, output_shares(model_sides(why, model)))


def cache_hint(why: Why) -> Hint:
    """What became of the input that is no longer read from the cache."""
    model = driven_most(why, "cache")
    sides = model_sides(why, model)
    read, written, uncached = hit_rates(sides), written_shares(sides), uncached_shares(sides)
    if read.moved > -MOVED:
        return Hint(Look.CACHE_WRITES, model.id, written)
    return Hint(Look.BROKEN_PREFIX if written.moved >= uncached.moved else Look.LOST_CACHE, model.id, read)


def driven_most(why: Why, driver: DriverName) -> ModelChange:
    """The model whose change this driver raised most."""
    return max(why.models, key=lambda model: (getattr(model.drivers, driver), model.id))


Sides: TypeAlias = "tuple[Tokens, Tokens]"


def model_sides(why: Why, model: ModelChange) -> Sides:
    """A model's billed tokens before and now."""
    return why.before.models.get(model.id, UNUSED).tokens, why.now.models.get(model.id, UNUSED).tokens


def output_shares(sides: Sides) -> Shares:
    """Output's part of all tokens."""
    return Shares(*(percent_of(counts.output, sum(counts)) for counts in sides))


def hit_rates(sides: Sides) -> Shares:
    """The part of the input that was read from the cache."""
    return Shares(*(percent_of(counts.cache_read, whole_input(counts)) for counts in sides))


def written_shares(sides: Sides) -> Shares:
    """The part of the input that was written to the cache."""
    return Shares(*(percent_of(counts.cache_write_5m + counts.cache_write_1h, whole_input(counts)) for counts in sides))


def uncached_shares(sides: Sides) -> Shares:
    """The part of the input that the cache had nothing to do with."""
    return Shares(*(percent_of(counts.uncached_input, whole_input(counts)) for counts in sides))


def whole_input(counts: Tokens) -> int:
    """All input."""
    return counts.uncached_input + cached_tokens(counts)


# --- Dearer tokens, and what has none ---


def price_hint(why: Why) -> Hint:
    """A dearer region, else the model whose price rose most."""
    region = max(why.now.regions, key=lambda region: (region_shares(why, region).moved, region), default="")
    if region not in NO_REGION and region_shares(why, region).moved >= MOVED:
        return Hint(Look.DEARER_REGION, region, region_shares(why, region))
    return Hint(Look.DEARER_PRICE, driven_most(why, "price").id)


def region_shares(why: Why, region: str) -> Shares:
    """A region's part of what the tokens cost."""
    return Shares(
        *(percent_of(side.regions.get(region, 0), sum(side.regions.values())) for side in (why.before, why.now))
    )


def other_hint(why: Why) -> Hint:
    """The kind of charge that rose most."""
    charge = moved_charge(why)
    return Hint(Look.TOKENS_MISSING if charge == TOKENS_MISSING else Look.CHARGES, charge)


def moved_charge(why: Why) -> str:
    """The cost type without tokens that did most of what they all did; empty without any."""
    before, now = why.before.spend.other, why.now.spend.other
    direction = sign(why.drivers.other)
    return max(
        before.keys() | now.keys(),
        key=lambda charge: (direction * (now.get(charge, 0) - before.get(charge, 0)), charge),
        default="",
    )
