"""What drove a change in spend: a sequential price–volume–mix decomposition that adds up to the nano-dollar.

    C(Q, s, o, c, p) = Q · Σ_g s_g · [o_g · p_g,out + (1 − o_g) · Σ_i c_gi · p_gi]

A group g is a meter: model × service tier × context window. Q is all tokens, s a group's share of them, o the share of
output in the group, c its input's pattern (uncached, cache read, two kinds of cache write) and p the price of a line
from the data itself: its dollars divided by its tokens. From the period before, one of them after the other is set to
what it is now; what each step changes is a driver:

    volume (Q) → mix (s) → output (o) → cache (c) → price (p);  other is cost without tokens

Each step reprices this period's tokens at what tokens cost before, cut ever finer: all together, by group, output
apart from input, by kind, and at last at their own price. What was not there before has no price to take over: it
costs what it costs now. So a new model lands in mix and never in price, and after an empty period all is volume.

A line counts where the bill has both tokens and dollars of it. Tokens without dollars (paid by contract, of no known
price) are no part of this bill; dollars without tokens are `other`. Regions are no groups, since usage is not kept by
region: a move to a dearer one shows as price.

Every step is an exact fraction. Only the five differences are rounded, down, and the nano-dollars left over go to the
largest remainders (then in the order above), so each is less than one nano-dollar from the exact figure, a driver that
is exactly zero stays zero, and together they are the change.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.analysis.attribution import TOKEN_TYPES
from bot.analysis.cache import Meter
from bot.model import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from bot.model import CostLine, NanoUsd, UsageLine

OUTPUT = Tokens._fields.index("output")

Kind: TypeAlias = int
"""A place in `Tokens`."""

Line: TypeAlias = tuple[Meter, Kind]
"""What tokens of one kind are counted and billed by."""

TOKENS_MISSING = "tokens"
"""The cost type of dollars for tokens of which no usage is known."""


class Drivers(NamedTuple):
    """What of a change each driver explains; together they are the change."""

    volume: NanoUsd
    mix: NanoUsd
    output: NanoUsd
    cache: NanoUsd
    price: NanoUsd
    other: NanoUsd

    @property
    def increase(self) -> NanoUsd:
        """The whole change."""
        return sum(self)


class Metered(NamedTuple):
    """Tokens and what they cost."""

    tokens: int
    dollars: NanoUsd

    def plus(self, other: Metered) -> Metered:
        """Both together."""
        return Metered(self.tokens + other.tokens, self.dollars + other.dollars)


UNUSED = Metered(0, 0)


@dataclass(frozen=True, slots=True)
class MeteredSpend:
    """Some days' spend by what it was metered by: `lines` with both tokens and dollars, `other` by cost type."""

    lines: Mapping[Line, Metered]
    other: Mapping[str, NanoUsd]

    @property
    def of_tokens(self) -> NanoUsd:
        """What the tokens cost."""
        return sum(line.dollars for line in self.lines.values())

    @property
    def of_other(self) -> NanoUsd:
        """What has no tokens."""
        return sum(self.other.values())

    @property
    def total(self) -> NanoUsd:
        """The whole bill."""
        return self.of_tokens + self.of_other

    @property
    def tokens(self) -> Tokens:
        """The tokens that were billed, by kind."""
        counts = [0] * len(Tokens._fields)
        for (_, kind), line in self.lines.items():
            counts[kind] += line.tokens
        return Tokens(*counts)

    def cut(self, by: Cut) -> dict[Hashable, Metered]:
        """The lines added up by a part of what they are."""
        sums: dict[Hashable, Metered] = {}
        for (meter, kind), line in self.lines.items():
            part = by(meter, kind)
            sums[part] = sums.get(part, UNUSED).plus(line)
        return sums


Cut: TypeAlias = "Callable[[Meter, Kind], Hashable]"

CUTS: tuple[Cut, ...] = (
    lambda _meter, _kind: None,
    lambda meter, _kind: meter,
    lambda meter, kind: (meter, kind == OUTPUT),
    lambda meter, kind: (meter, kind),
)
"""How finely tokens are told apart once volume, mix, output and cache are as they are now."""


def find_metered_spend(cost: Iterable[CostLine], usage: Iterable[UsageLine]) -> MeteredSpend:
    """Lines of the bill beside the tokens they are for, whatever order they come in."""
    dollars, other = dollars_by_line(cost)
    tokens = tokens_by_line(usage)
    for line, amount in dollars.items():
        if not tokens.get(line):
            other[TOKENS_MISSING] = other.get(TOKENS_MISSING, 0) + amount
    return MeteredSpend(
        {line: Metered(tokens[line], amount) for line, amount in dollars.items() if amount and tokens.get(line)},
        {cost_type: amount for cost_type, amount in other.items() if amount},
    )


def dollars_by_line(cost: Iterable[CostLine]) -> tuple[dict[Line, NanoUsd], dict[str, NanoUsd]]:
    """Dollars for tokens by what they are metered by, and all others by cost type."""
    dollars: defaultdict[Line, NanoUsd] = defaultdict(int)
    other: defaultdict[str, NanoUsd] = defaultdict(int)
    for _, billed, amount in cost:
        kind = TOKEN_TYPES.get(billed.token_type)
        if kind is None:
            other[billed.cost_type] += amount
        else:
            dollars[(billed.model, billed.service_tier, billed.context_window), kind] += amount
    return dict(dollars), dict(other)


def tokens_by_line(usage: Iterable[UsageLine]) -> dict[Line, int]:
    """Tokens by meter and kind."""
    tokens: defaultdict[Line, int] = defaultdict(int)
    for _, used, counts, _ in usage:
        meter = used.model, used.service_tier, used.context_window
        for kind, count in enumerate(counts):
            tokens[meter, kind] += count
    return dict(tokens)


def find_drivers(*, previous: MeteredSpend, current: MeteredSpend) -> Drivers:
    """What drove the change from one period to the other; see the module for the definitions."""
    before, now = Fraction(previous.of_tokens), Fraction(current.of_tokens)
    steps = [before, *(repriced(previous, current, by=cut) for cut in CUTS), now]
    exact = [after - earlier for earlier, after in pairwise(steps)]
    volume, mix, output, cache, price = rounded(exact)
    return Drivers(volume, mix, output, cache, price, other=current.of_other - previous.of_other)


def repriced(previous: MeteredSpend, current: MeteredSpend, *, by: Cut) -> Fraction:
    """What this period's tokens would have cost, each part of them at what a token of that part cost before."""
    before = previous.cut(by)
    parts = current.cut(by).items()
    return sum((at_price_of(before.get(part, UNUSED), now) for part, now in parts), start=Fraction(0))


def at_price_of(before: Metered, now: Metered) -> Fraction:
    """`now`'s tokens at the price before; at their own where there was none.

    >>> at_price_of(Metered(10, 50), Metered(3, 99)), at_price_of(UNUSED, Metered(3, 99))
    (Fraction(15, 1), Fraction(99, 1))
    """
    return Fraction(now.tokens * before.dollars, before.tokens) if before.tokens else Fraction(now.dollars)


def rounded(exact: Sequence[Fraction]) -> list[int]:
    """Whole numbers with the same sum, which must be whole: down, and the rest to the largest remainders.

    >>> rounded([Fraction(5, 3), Fraction(-2, 3), Fraction(0)])
    [2, -1, 0]
    """
    whole = [part.numerator // part.denominator for part in exact]
    left = sum(exact) - sum(whole)
    for place in sorted(range(len(exact)), key=lambda place: whole[place] - exact[place])[: int(left)]:
        whole[place] += 1
    return whole
