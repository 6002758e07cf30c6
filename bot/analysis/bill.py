"""The bill as analytics/cost tells it: lines like the cost report's, and dollars by key that add up to them.

The endpoint groups by five dimensions at most, so that no one answer has both a line's tier and its key. Lines come
from one answer, keys from another; where the two differ, by a rounding or because one was refreshed in between, the
line counts, and the keys share what they are off by in proportion to their dollars.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.analysis.attribution import share
from bot.model import CostLine, CostSeries, KeyCostLine, KeyCostSeries, end_of, start_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from bot.model import Interval, NanoUsd

IN_THE_US = "us"

Group: TypeAlias = "tuple[date, str, str, str, str]"
"""Day, workspace, model, cost type and token type: what lines and keys have in common."""


class KeyedBill(NamedTuple):
    """Lines of the bill, and the dollars of each key; by workspace, model and type, both come to the same."""

    lines: list[CostLine]
    keys: list[KeyCostLine]


def merge_bill(*, tokens: Iterable[CostLine], in_the_us: Iterable[CostLine], keyed: Iterable[KeyCostLine]) -> KeyedBill:
    """One bill of three answers: tokens by line, the part of them that ran in the US, and everything by key.

    Lines without a token type are all else together, and left out: `keyed` tells them by type.
    """
    keyed = list(keyed)
    token_lines = with_region([line for line in tokens if line.series.token_type], in_the_us)
    lines = sorted([*token_lines, *other_lines(keyed)])
    return KeyedBill(lines, sorted(fitted(keyed, lines)))


def with_region(lines: Iterable[CostLine], in_the_us: Iterable[CostLine]) -> Iterator[CostLine]:
    """Each line, with what ran in the US as a line of its own; the bill says of the rest no more than that."""
    american = {(line.day, line.series): line.amount for line in in_the_us}
    for line in lines:
        part = american.get((line.day, line.series), 0)
        if part:
            yield line._replace(series=line.series._replace(inference_geo=IN_THE_US), amount=part)
        if part != line.amount or not part:
            yield line._replace(amount=line.amount - part)


def other_lines(keyed: Iterable[KeyCostLine]) -> list[CostLine]:
    """What is no tokens, by workspace, model and type, whoever caused it."""
    totals: defaultdict[tuple[date, str, str, str], NanoUsd] = defaultdict(int)
    for day, series, amount in keyed:
        if not series.token_type:
            totals[day, series.workspace_id, series.model, series.cost_type] += amount
    return [
        CostLine(day, CostSeries(workspace_id, model, cost_type, "", "", "", "", ""), amount)
        for (day, workspace_id, model, cost_type), amount in totals.items()
    ]


def fitted(keyed: Iterable[KeyCostLine], lines: Iterable[CostLine]) -> Iterator[KeyCostLine]:
    """The dollars of each key so that they come to the lines; what no key has dollars of is nobody's."""
    billed: defaultdict[Group, NanoUsd] = defaultdict(int)
    for day, series, amount in lines:
        billed[day, series.workspace_id, series.model, series.cost_type, series.token_type] += amount
    keys: defaultdict[Group, dict[str, NanoUsd]] = defaultdict(dict)
    for day, key_series, amount in keyed:
        *group, api_key_id = key_series
        keys[day, group[0], group[1], group[2], group[3]][api_key_id] = amount
    for each, total in billed.items():
        for api_key_id, amount in fit(keys.get(each, {}), total).items():
            if amount:
                yield KeyCostLine(each[0], KeyCostSeries(*each[1:], api_key_id), amount)


def fit(amounts: dict[str, NanoUsd], total: NanoUsd) -> dict[str, NanoUsd]:
    """Amounts that come to `total`: each takes its part, by its size, of what they are off by.

    >>> fit({"a": 300, "b": 100}, 402)
    {'a': 302, 'b': 100}
    >>> fit({}, 5)
    {'not_attributable': 5}
    """
    off = total - sum(amounts.values())
    if not off:
        return amounts
    weights = [(key, abs(amount)) for key, amount in amounts.items() if amount]
    found = dict(amounts)
    for key, part in share(off, weights):
        found[key] = found.get(key, 0) + part
    return found


def answered_days(interval: Interval, *, refreshed_at: datetime, now: datetime) -> frozenset[date]:
    """The days of an interval that an answer of `refreshed_at` can tell: whole, or today as far as it has come.

    A day that is over but was not refreshed to its end is not among them: its figures would pass for the whole day's.
    """
    return frozenset(
        day
        for day in interval.days()
        if end_of(day) <= refreshed_at or (start_of(day) < refreshed_at and start_of(day) <= now < end_of(day))
    )
