"""Why spend changed: what drove it, which models and which keys are behind it. Each of the three adds up to the change.

It is about any part of the bill over two periods: a workspace, a model in it, what filters leave. Models by themselves
have drivers too, which add up to the model's change: there, tokens that came from another model are volume.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from bot.analysis.attribution import shares_by_line
from bot.analysis.drivers import Drivers, MeteredSpend, find_drivers, find_metered_spend
from bot.analysis.groupings import CONSOLE, NO_MODEL_ROW
from bot.analysis.keyed import dollars_by_key, shared_by_key
from bot.analysis.organizations import own_id
from bot.model import CostLine, KeyCostLine, UsageLine

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from bot.model import NanoUsd, Organization, WorkspaceLines

Line = TypeVar("Line", CostLine, UsageLine, KeyCostLine)

MOST_KEYS = 3
EXPLAINED_PERCENT = 80
"""Keys are named until they explain so much of the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two periods: what was spent and used, as a whole and by model, key and region.

    `regions` has dollars for tokens alone. Rows are as in a report: `no_model`, `console`, `not_attributable`.
    """

    spend: MeteredSpend
    models: Mapping[str, MeteredSpend]
    keys: Mapping[str, NanoUsd]
    tokens_of_keys: Mapping[str, int]
    regions: Mapping[str, NanoUsd]


class ModelChange(NamedTuple):
    """A model's spend before and now, and what drove its change taken by itself."""

    id: str
    previous: NanoUsd
    current: NanoUsd
    drivers: Drivers

    @property
    def increase(self) -> NanoUsd:
        """Dollars above the period before."""
        return self.current - self.previous


class KeyChange(NamedTuple):
    """A key's spend and tokens before and now; `first_seen` if that was in the current period."""

    id: str
    previous: NanoUsd
    current: NanoUsd
    previous_tokens: int
    current_tokens: int
    first_seen: date | None

    @property
    def increase(self) -> NanoUsd:
        """Dollars above the period before."""
        return self.current - self.previous


@dataclass(frozen=True, kw_only=True)
class Why:
    """The whole change. Models and keys come in the order of what they did to it, those that did most first."""

    before: Side
    now: Side
    drivers: Drivers
    keys: tuple[KeyChange, ...]

    @cached_property
    def models(self) -> tuple[ModelChange, ...]:
        """The models of both periods; a report's one line seldom asks for them."""
        direction = sign(self.increase)
        models = (change_of_model(model, self.before, self.now) for model in {*self.before.models, *self.now.models})
        return tuple(sorted(models, key=lambda model: (-direction * model.increase, model.id)))

    @property
    def previous(self) -> NanoUsd:
        """What was spent before."""
        return self.before.spend.total

    @property
    def current(self) -> NanoUsd:
        """What is spent now."""
        return self.now.spend.total

    @property
    def increase(self) -> NanoUsd:
        """What the drivers, the models and the keys add up to."""
        return self.current - self.previous

    @property
    def keys_behind(self) -> tuple[KeyChange, ...]:
        """The keys that explain four fifths of the change, three at most; none where nothing changed."""
        direction = sign(self.increase)
        named: list[KeyChange] = []
        explained = 0
        for key in self.keys[:MOST_KEYS]:
            if key.increase * direction <= 0 or explained * 100 >= EXPLAINED_PERCENT * abs(self.increase):
                break
            named.append(key)
            explained += key.increase * direction
        return tuple(named)

    @property
    def other_keys(self) -> tuple[KeyChange, ...]:
        """The rest of those that changed."""
        return tuple(key for key in self.keys[len(self.keys_behind) :] if key.increase)


def explain(
    lines: WorkspaceLines,
    *,
    previous: Collection[date],
    current: Collection[date],
    first_days: Mapping[str, date],
    model: str | None = None,
) -> Why:
    """Why a workspace, or one model in it, cost more or less on some days than on others.

    Args:
        lines: The workspace's lines of both; those of other days are left out.
        previous: The days compared with.
        current: The days asked about.
        first_days: The first stored day of each key's usage; a key whose first day is asked about is marked.
        model: The one model to look at.
    """
    return find_why(
        before=side_of(lines, previous, model),
        now=side_of(lines, current, model),
        first_seen={key: day for key, day in first_days.items() if day in current},
    )


def side_of(lines: WorkspaceLines, days: Collection[date], model: str | None = None) -> Side:
    """One period from the lines of its days."""

    def wanted(line: Line) -> bool:
        return line.day in days and (model is None or line.series.model == model)

    cost, usage = list(filter(wanted, lines.cost)), list(filter(wanted, lines.usage))
    return Side(
        spend=find_metered_spend(cost, usage),
        models=by_model(cost, usage),
        keys=spend_by_key(cost, usage, list(filter(wanted, lines.key_cost))),
        tokens_of_keys=tokens_by_key(usage),
        regions=token_dollars_by_region(cost),
    )


class Spent(NamedTuple):
    """One organisation's part of a side: lines of the bill and of usage, of whatever days, and dollars by key.

    `beside` is the organisation where there are several.
    """

    beside: Organization | None
    cost: Sequence[CostLine]
    usage: Sequence[UsageLine]
    keys: Mapping[str, NanoUsd]


def added_up(parts: Sequence[Spent]) -> Side:
    """One period of several organisations; keys that each of them has stay apart."""
    cost = list(chain.from_iterable(part.cost for part in parts))
    usage = list(chain.from_iterable(part.usage for part in parts))
    return Side(
        spend=find_metered_spend(cost, usage),
        models=by_model(cost, usage),
        keys={own_id(key, part.beside): amount for part in parts for key, amount in part.keys.items()},
        tokens_of_keys={
            own_id(key, part.beside): tokens for part in parts for key, tokens in tokens_by_key(part.usage).items()
        },
        regions=token_dollars_by_region(cost),
    )


def spend_by_key(
    cost: Sequence[CostLine], usage: Sequence[UsageLine], key_cost: Sequence[KeyCostLine]
) -> dict[str, NanoUsd]:
    """As the bill tells them on days on which it does, else its lines shared by tokens; they add up to the lines."""
    told = {line.day for line in key_cost}
    spend = dollars_by_key(key_cost)
    spend.update(shared_by_key(shares_by_line([line for line in cost if line.day not in told], usage)))
    return dict(spend)


def by_model(cost: Iterable[CostLine], usage: Iterable[UsageLine]) -> dict[str, MeteredSpend]:
    """Each model's lines beside its tokens, under row ids."""
    billed: defaultdict[str, list[CostLine]] = defaultdict(list)
    used: defaultdict[str, list[UsageLine]] = defaultdict(list)
    for cost_line in cost:
        billed[cost_line.series.model].append(cost_line)
    for usage_line in usage:
        used[usage_line.series.model].append(usage_line)
    spend = {model: find_metered_spend(lines, used.get(model, ())) for model, lines in billed.items()}
    return {model or NO_MODEL_ROW: of_model for model, of_model in spend.items()}


def tokens_by_key(usage: Iterable[UsageLine]) -> dict[str, int]:
    """All tokens of each key, under row ids."""
    tokens: defaultdict[str, int] = defaultdict(int)
    for _, used, counts, _ in usage:
        tokens[used.api_key_id or CONSOLE] += sum(counts)
    return dict(tokens)


def token_dollars_by_region(cost: Iterable[CostLine]) -> dict[str, NanoUsd]:
    """What tokens cost by where they ran."""
    regions: defaultdict[str, NanoUsd] = defaultdict(int)
    for _, billed, amount in cost:
        if billed.token_type:
            regions[billed.inference_geo] += amount
    return dict(regions)


def find_why(*, before: Side, now: Side, first_seen: Mapping[str, date]) -> Why:
    """What drove the change, and who. `first_seen` has the keys whose first use ever was in the current period."""
    direction = sign(now.spend.total - before.spend.total)
    keys = (change_of_key(key, before, now, first_seen.get(key)) for key in before.keys.keys() | now.keys.keys())
    return Why(
        before=before,
        now=now,
        drivers=find_drivers(previous=before.spend, current=now.spend),
        keys=tuple(sorted(keys, key=lambda key: (-direction * key.increase, key.id))),
    )


def change_of_model(model: str, before: Side, now: Side) -> ModelChange:
    """A model by itself."""
    previous, current = before.models.get(model, UNUSED), now.models.get(model, UNUSED)
    return ModelChange(model, previous.total, current.total, find_drivers(previous=previous, current=current))


def change_of_key(key: str, before: Side, now: Side, first_seen: date | None) -> KeyChange:
    """A key on both sides."""
    return KeyChange(
        id=key,
        previous=before.keys.get(key, 0),
        current=now.keys.get(key, 0),
        previous_tokens=before.tokens_of_keys.get(key, 0),
        current_tokens=now.tokens_of_keys.get(key, 0),
        first_seen=first_seen,
    )


UNUSED = MeteredSpend({}, {})


def sign(amount: NanoUsd) -> int:
    """1 for a rise and for no change at all, −1 for a fall."""
    return -1 if amount < 0 else 1


# --- If it stays ---


class MonthEnd(NamedTuple):
    """What a change adds to a month's bill, up to and with `last_day`, if it stays."""

    last_day: date
    amount: NanoUsd


def by_month_end(increase: NanoUsd, *, days: int, since: date) -> MonthEnd:
    """A change of `days` days carried on, from `since` to the end of its month: plain arithmetic, so an estimate.

    >>> from datetime import date
    >>> by_month_end(700, days=7, since=date(2026, 11, 22))
    MonthEnd(last_day=datetime.date(2026, 11, 30), amount=900)
    """
    next_month = (since.replace(day=1) + timedelta(days=31)).replace(day=1)
    return MonthEnd(next_month - timedelta(days=1), increase * (next_month - since).days // days)
