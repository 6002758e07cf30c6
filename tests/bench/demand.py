"""Simulated organisations to hold alerts against: their usual demand, and known incidents laid over it.

An organisation is a matrix of dollars: a row of days for each workspace × model. The clean twin is the same matrix
without the incidents. Everything follows from the seed.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

SIGMAS = {"calm": 0.12, "mid": 0.25, "bursty": 0.46}
"""The standard deviation of a day's logarithm around its usual."""

FIRST_DAY = date(2026, 3, 2)  # a Monday
WARM_UP_DAYS = 42
JUDGED_DAYS = 84
WORKSPACES = 20
INCIDENTS = 10
DAYS_BETWEEN_INCIDENTS = 21
MATERIAL_DOLLARS, MATERIAL_SHARE = 25, 0.25

Series: TypeAlias = tuple[str, str]
"""Workspace id and model."""

Demand: TypeAlias = dict[Series, list[float]]
"""Dollars a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What went wrong: dollars added to one series on some days, from `start` (a place in its days) on."""

    what: str
    series: Series
    start: int
    added: tuple[float, ...]

    @property
    def is_lasting(self) -> bool:
        """Whether the days after it stay as high."""
        return self.what in {"step", "ramp"}

    @property
    def days(self) -> range:
        """Days on which a message is about it: while it lasts at most two weeks, and a week after."""
        return range(self.start, self.start + min(len(self.added), 14) + 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """An organisation with its incidents, and the same one without."""

    clean: Demand
    incidents: tuple[Incident, ...]
    judged: range

    def broken(self) -> Demand:
        """With the incidents."""
        demand = {series: list(days) for series, days in self.clean.items()}
        for incident in self.incidents:
            days = demand[incident.series]
            for place, added in enumerate(incident.added, incident.start):
                if place < len(days):
                    days[place] += added
        return demand


def day_of(place: int) -> date:
    """The date of a place in a row."""
    return FIRST_DAY + timedelta(days=place)


def organization(noise: str, seed: int) -> Twins:
    """An organisation whose days vary as much as `noise` says."""
    dice = random.Random(f"{noise}-{seed}")
    days = WARM_UP_DAYS + JUDGED_DAYS
    clean: Demand = {}
    holidays = holiday_factors(dice, days)
    for number in range(WORKSPACES):
        clean |= Team(dice=dice, name=f"wrkspc_{number:02}", sigma=SIGMAS[noise], days=days).demand(holidays)
    judged = range(WARM_UP_DAYS, days)
    return Twins(clean=clean, incidents=tuple(lay_incidents(dice, clean, judged)), judged=judged)


def holiday_factors(dice: random.Random, days: int) -> list[float]:
    """What holidays leave of a business day: one or two stretches of a day to a week."""
    factors = [1.0] * days
    for _ in range(dice.randint(1, 2)):
        start = dice.randrange(days - 7)
        for place in range(start, start + dice.choice([1, 1, 2, 5, 7])):
            factors[place] = 0.35
    return factors


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """One workspace's usual demand."""

    dice: random.Random
    name: str
    sigma: float
    days: int
    weekly: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weekly", self.dice.lognormvariate(math.log(150), 1.9))

    def demand(self, holidays: list[float]) -> Demand:
        """Each model's dollars a day."""
        dice = self.dice
        usual = self.rhythm(holidays, is_business=dice.random() < 0.6)
        shares = self.shares()
        together = noise(dice, self.days, self.sigma * math.sqrt(0.5))
        demand: Demand = {}
        for model, share in shares.items():
            own = noise(dice, self.days, self.sigma * math.sqrt(0.5))
            lumps = self.lumps(model)
            demand[self.name, model] = [
                self.weekly / 7 * usual[day] * share[day] * math.exp(together[day] + own[day]) * lumps[day]
                for day in range(self.days)
            ]
        return demand | self.experiment()

    def rhythm(self, holidays: list[float], *, is_business: bool) -> list[float]:
        """The week, holidays, a drift, and here and there a large batch on the first of the month."""
        dice = self.dice
        drift = dice.gauss(0, 0.02) / 7
        batch = dice.uniform(2, 4) if dice.random() < 0.15 else 1.0
        weekend = dice.uniform(0.1, 0.35) if is_business else 1.0
        factors = []
        for day in range(self.days):
            at = day_of(day)
            factor = (weekend if at.weekday() >= 5 else 1.0) * (holidays[day] if is_business else 1.0)
            factors.append(factor * math.exp(drift * day) * (batch if at.day <= 2 else 1.0))
        return factors

    def shares(self) -> dict[str, list[float]]:
        """What part of the money each model gets on each day; 35 % of the workspaces move to another model once."""
        dice = self.dice
        weights = [dice.expovariate(1) + 0.05 for _ in range(dice.randint(1, 5))]
        shares = {f"model-{number}": [weight / sum(weights)] * self.days for number, weight in enumerate(weights)}
        if dice.random() < 0.35:
            self.migrate(shares)
        return shares

    def migrate(self, shares: dict[str, list[float]]) -> None:
        """One model's part moves to another, or to a new one, over some days and at about the same cost."""
        dice = self.dice
        old = dice.choice(sorted(shares))
        new = dice.choice([*sorted(set(shares) - {old}), "model-new"])
        start, takes = dice.randrange(self.days), dice.choice([1, 1, 3, 7])
        cost = dice.uniform(0.9, 1.1)
        target = shares.setdefault(new, [0.0] * self.days)
        for day in range(start, self.days):
            moved = shares[old][day] * min(1.0, (day - start + 1) / takes)
            shares[old][day] -= moved
            target[day] += moved * cost

    def lumps(self, model: str) -> list[float]:
        """A tenth of the models run in batches, on two or three days a week; all others every day."""
        dice = self.dice
        if dice.random() >= 0.1 or model == "model-0":
            return [1.0] * self.days
        weekdays = dice.sample(range(7), dice.choice([2, 3]))
        return [7 / len(weekdays) if day % 7 in weekdays else 0.0 for day in range(self.days)]

    def experiment(self) -> Demand:
        """In a quarter of the workspaces somebody tries something for cents, on and off."""
        dice = self.dice
        if dice.random() >= 0.25:
            return {}
        on = [dice.random() < 0.3 for _ in range(self.days)]
        return {(self.name, "model-trial"): [dice.lognormvariate(-2, 1) if is_on else 0.0 for is_on in on]}


def noise(dice: random.Random, days: int, sigma: float) -> list[float]:
    """An AR(1) process around zero: what a day is off by, tomorrow is off by half of."""
    carry, value, values = 0.5, dice.gauss(0, sigma), []
    for _ in range(days):
        value = carry * value + math.sqrt(1 - carry**2) * dice.gauss(0, sigma)
        values.append(value)
    return values


# --- Incidents ---


def lay_incidents(dice: random.Random, clean: Demand, judged: range) -> list[Incident]:
    """Material incidents, no two in one workspace within three weeks."""
    laid: list[Incident] = []
    for _ in range(INCIDENTS * 20):
        if len(laid) == INCIDENTS:
            break
        incident = one_incident(dice, clean, judged)
        if is_material(incident, clean) and not any(collide(incident, other) for other in laid):
            laid.append(incident)
    return laid


def one_incident(dice: random.Random, clean: Demand, judged: range) -> Incident:
    """Some incident in some series."""
    what = dice.choice(["spike", "three days", "step", "ramp", "broken cache", "leaked key"])
    start = dice.randrange(judged.start, judged.stop - 7)
    series = where_the_traffic_is(dice, clean, start)
    usual = clean[series][start:]
    workspace = [sum(days) for days in zip(*[own for at, own in clean.items() if at[0] == series[0]], strict=True)]
    around = sum(workspace[start - 14 : start]) / 14
    added = added_by(dice, what, usual, around=around)
    return Incident(what=what, series=series, start=start, added=tuple(added))


def where_the_traffic_is(dice: random.Random, clean: Demand, start: int) -> Series:
    """Any workspace, and in it most likely the model that spends most."""
    workspace_id = dice.choice(sorted({workspace_id for workspace_id, _ in clean}))
    own = {series: sum(days[start - 7 : start]) for series, days in clean.items() if series[0] == workspace_id}
    return dice.choices(list(own), weights=[spent + 1e-6 for spent in own.values()])[0]


def added_by(dice: random.Random, what: str, usual: list[float], *, around: float) -> list[float]:
    """What an incident adds to the days from its first on; `around` is the whole workspace's usual day."""
    match what:
        case "spike":
            return times(usual[:1], dice.uniform(3, 8))
        case "three days":
            return times(usual[:3], dice.uniform(3, 8))
        case "step":
            return times(usual, dice.uniform(1.5, 3))
        case "ramp":
            return ramp(usual, to=dice.uniform(2.5, 5), over=dice.randint(10, 14))
        case "broken cache":
            return times(usual[: dice.randint(5, 14)], dice.uniform(1.8, 3))
        case _:
            return [dice.uniform(0.3, 2) * around] * dice.randint(2, 6)


def times(usual: list[float], factor: float) -> list[float]:
    """What makes days so many times as much."""
    return [(factor - 1) * day for day in usual]


def ramp(usual: list[float], *, to: float, over: int) -> list[float]:
    """The same, growing day by day."""
    return [(to - 1) * min(1.0, (place + 1) / over) * day for place, day in enumerate(usual)]


def is_material(incident: Incident, clean: Demand) -> bool:
    """Whether its first seven days are worth a message, in dollars and beside that model's week before."""
    excess = sum(incident.added[:7])
    week = sum(clean[incident.series][incident.start - 7 : incident.start])
    return excess >= MATERIAL_DOLLARS and excess >= MATERIAL_SHARE * week


def collide(one: Incident, other: Incident) -> bool:
    """Whether two incidents of a workspace are too near to tell apart, or one of them never ended."""
    same = one.series[0] == other.series[0]
    return same and (one.is_lasting or other.is_lasting or abs(one.start - other.start) < DAYS_BETWEEN_INCIDENTS)
