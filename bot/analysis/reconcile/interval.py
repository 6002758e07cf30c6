"""Some days' bill against their tokens."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from bot.analysis.attribution import shares_by_line
from bot.analysis.days import by_day, days_of
from bot.analysis.estimate import most_first
from bot.analysis.keyed import KeyedDays, dollars_by_key, shared_by_key
from bot.analysis.reconcile.causes import causes_of, find_ratio
from bot.analysis.reconcile.day import Compared, Day
from bot.analysis.reconcile.result import Cause, KeyDifference, Reconciliation, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from bot.analysis.prices import PriceTable
    from bot.model import CostLine, Interval, KeyCostLine, NanoUsd, UsageLine


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
