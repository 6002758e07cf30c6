"""What happens in the simulated organisation: steady streams of work, and the stories that bend them.

A stream is one workspace's use of one model. Its story says how much of the usual work a day brings, and with which
mix of cached and uncached tokens. Volumes are estimates and may be floats; the tokens they become are integers, and
all money is computed from those.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import NamedTuple

from bot.sandbox.price_list import PRICES, TOKEN_KINDS

OFFICE_HOURS = (128, 130, 130, 128, 124, 32, 28)
"""Percent of an average day, Monday first; sums to seven days."""

ROUND_THE_CLOCK = (100,) * 7

QUIET = 0.04
"""The most a day's volume strays from its rhythm. Bounded, so that chance alone never breaches a 25 % week."""


class Pattern(NamedTuple):
    """Tokens of each kind per thousand tokens of input; output comes on top of the input."""

    uncached_input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int


CHAT = Pattern(uncached_input=400, output=120, cache_read=520, cache_write_5m=80, cache_write_1h=0)
CACHED_PIPELINE = Pattern(uncached_input=50, output=20, cache_read=900, cache_write_5m=50, cache_write_1h=0)
LONG_CACHE = Pattern(uncached_input=200, output=90, cache_read=700, cache_write_5m=0, cache_write_1h=100)
UNCACHED = Pattern(uncached_input=1000, output=150, cache_read=0, cache_write_5m=0, cache_write_1h=0)


@dataclass(frozen=True, slots=True)
class Story:
    """An uneventful one: the usual volume with the usual pattern."""

    def volume(self, day: date) -> float:
        """The day's share of the usual work."""
        del day
        return 1.0

    def pattern(self, day: date, usual: Pattern) -> Pattern:
        """The day's mix of tokens."""
        del day
        return usual


@dataclass(frozen=True, slots=True)
class Lifetime(Story):
    """Work that begins, or ends, on a day (`since` in, `until` out)."""

    since: date = date.min
    until: date = date.max

    def volume(self, day: date) -> float:
        """All of it while it lasts."""
        return 1.0 if self.since <= day < self.until else 0.0


@dataclass(frozen=True, slots=True)
class BrokenCache(Story):
    """A cache prefix that changes with every request: what used to be read is written again, at 12 times the price.

    It breaks in the morning of `breaks_on`; the hit rate falls from 90 % to 43 %.
    """

    breaks_on: date

    def pattern(self, day: date, usual: Pattern) -> Pattern:
        """The usual before, broken for some hours of the day itself, broken after it."""
        if day < self.breaks_on:
            return usual
        lost = usual.cache_read * (13 if day == self.breaks_on else 52) // 100
        return usual._replace(cache_read=usual.cache_read - lost, cache_write_5m=usual.cache_write_5m + lost)


@dataclass(frozen=True, slots=True)
class Holiday(Story):
    """A slow stretch between two normal ones."""

    since: date
    until: date

    def volume(self, day: date) -> float:
        """Two fifths while it lasts."""
        return 0.4 if self.since <= day < self.until else 1.0


@dataclass(frozen=True, slots=True)
class MovingIn(Story):
    """Work that arrives at a new model over four days; `complete_on` is the first day with all of it."""

    complete_on: date

    def volume(self, day: date) -> float:
        """A quarter more each day."""
        days_in = (day - self.complete_on).days + 4
        return min(max(days_in, 0), 4) / 4


@dataclass(frozen=True, slots=True)
class MovingOut(MovingIn):
    """The same work leaving the old model."""

    def volume(self, day: date) -> float:
        """What has not yet moved."""
        return 1.0 - MovingIn.volume(self, day)


@dataclass(frozen=True, slots=True)
class FirstOfMonth(Story):
    """A job that runs on the first of each month and on no other day."""

    def volume(self, day: date) -> float:
        """All of it on the first."""
        return 1.0 if day.day == 1 else 0.0


class Usage(NamedTuple):
    """One day's tokens and searches of one key with one model. None is the default workspace, or no key (Console)."""

    workspace_id: str | None
    api_key_id: str | None
    model: str
    service_tier: str
    context_window: str
    inference_geo: str
    uncached_input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    web_searches: int


COUNTS = (*TOKEN_KINDS, "web_searches")
"""The fields of `Usage` that are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One workspace's use of one model: about `daily_usd` dollars on an average day, split among keys by weight."""

    workspace_id: str | None
    model: str
    daily_usd: float
    keys: tuple[tuple[str | None, int], ...]
    pattern: Pattern = CHAT
    rhythm: tuple[int, ...] = OFFICE_HOURS
    service_tier: str = "standard"
    context_window: str = "0-200k"
    inference_geo: str = "global"
    daily_searches: int = 0
    noise: float = QUIET
    story: Story = Story()

    def marked(self, mark: str) -> Stream:
        """The same under ids with a mark at their end."""
        keys = tuple((marked(key, mark), weight) for key, weight in self.keys)
        return replace(self, workspace_id=marked(self.workspace_id, mark), keys=keys)

    def usage_on(self, day: date, *, seed: int) -> list[Usage]:
        """The day's tokens for each key; keys without any are left out."""
        scale = self.story.volume(day) * self.rhythm[day.weekday()] / 100 * self._noise(day, seed)
        counts = [*self._tokens(day, scale), round(self.daily_searches * scale)]
        shares = zip(*(split(count, [weight for _, weight in self.keys]) for count in counts), strict=True)
        rows = [Usage(*self._dimensions(key), *share) for (key, _), share in zip(self.keys, shares, strict=True)]
        return [row for row in rows if any(row[len(Usage._fields) - len(COUNTS) :])]

    def _tokens(self, day: date, scale: float) -> list[int]:
        thousands = self.daily_usd * scale / usd_per_thousand(self.model, self.pattern)
        return [round(thousands * part) for part in self.story.pattern(day, self.pattern)]

    def _noise(self, day: date, seed: int) -> float:
        name = f"{seed}/{self.workspace_id}/{self.model}/{self.service_tier}/{self.context_window}/{day}"
        return random.Random(name).uniform(1 - self.noise, 1 + self.noise)

    def _dimensions(self, api_key_id: str | None) -> tuple[str | None, str | None, str, str, str, str]:
        return (
            self.workspace_id,
            api_key_id,
            self.model,
            self.service_tier,
            self.context_window,
            self.inference_geo,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A workspace's hours of containers or sessions, billed by `cost_type` without any tokens."""

    workspace_id: str | None
    cost_type: str
    daily_hours: int
    rhythm: tuple[int, ...] = OFFICE_HOURS
    story: Story = Story()

    def hours_on(self, day: date) -> int:
        """The day's hours."""
        return round(self.daily_hours * self.story.volume(day) * self.rhythm[day.weekday()] / 100)


def marked(some_id: str | None, mark: str) -> str | None:
    """An id with a mark at its end; what has none stays without."""
    return None if some_id is None else f"{some_id}{mark}"


def usd_per_thousand(model: str, pattern: Pattern) -> float:
    """What a thousand tokens of input cost with everything that comes along."""
    prices = PRICES[model]
    return float(sum(part * price for part, price in zip(pattern, prices, strict=True))) / 1_000_000


def split(count: int, weights: list[int]) -> list[int]:
    """A count shared by weight in whole numbers that add up to it.

    >>> split(10, [1, 1, 1])
    [3, 3, 4]
    """
    edges = [count * reached // sum(weights) for reached in accumulate(weights, initial=0)]
    return [upper - lower for lower, upper in pairwise(edges)]


HOURLY_WEIGHTS = (2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 11, 12, 12, 11, 10, 8, 6, 5, 4, 3, 3)
"""How a day's work spreads over its hours, UTC."""

WEIGHT_BEFORE = tuple(accumulate(HOURLY_WEIGHTS, initial=0))
"""How much of a day's weight has come when an hour begins."""

DAY_SECONDS = 86_400


def reached(count: int, second: int) -> int:
    """How much of a day's count has come by that second of the day; differences of two are what came between.

    >>> reached(160, 0), reached(160, 3600), reached(160, 86_400)
    (0, 2, 160)
    """
    hour, rest = divmod(second, 3600)
    weight = WEIGHT_BEFORE[hour] * 3600 + (HOURLY_WEIGHTS[hour] * rest if rest else 0)
    return count * weight // (WEIGHT_BEFORE[24] * 3600)


def part_of(usage: Usage, *, from_second: int, to_second: int) -> Usage:
    """What of a day's usage fell between two of its seconds; the parts of a day add up to it exactly."""
    if (from_second, to_second) == (0, DAY_SECONDS):
        return usage
    counts = usage[len(usage) - len(COUNTS) :]
    parts = (reached(count, to_second) - reached(count, from_second) for count in counts if isinstance(count, int))
    return Usage(*usage[: len(usage) - len(COUNTS)], *parts)  # type: ignore[arg-type]  # a slice forgets its types


def days_before(today: date, days: int) -> date:
    """A day that many days ago."""
    return today - timedelta(days=days)
