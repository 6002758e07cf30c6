"""Organisation-wide price changes: when most workspaces breach on one day because tokens cost more, one alert says so.

    ≥ 60 % of the workspaces breach   and   price ≥ ½ · (ΣC7 − ΣP7)

Price is the driver of that name (`drivers`), added up over the workspaces. While the organisation's alert is due or
open it inhibits those workspaces of whose rise price explains half as well; a workspace that rises for reasons of its
own still speaks, and so does one whose alert was open before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.drivers import find_drivers, find_metered_spend
from bot.model import WHOLE_ORGANIZATION, Finding, Kind, Reason, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from bot.model import CostLine, NanoUsd, UsageLine, WeeklySpend

FEWEST_WORKSPACES = 2
"""With one workspace its own alert says it all."""


class Rise(NamedTuple):
    """A workspace's week, the week before, and what of the difference price explains."""

    previous: NanoUsd
    current: NanoUsd
    price: NanoUsd

    @property
    def is_by_price(self) -> bool:
        """Whether price explains at least half of it."""
        return 2 * self.price >= self.current - self.previous > 0


def is_widespread(findings: Iterable[Finding], spend: Iterable[WeeklySpend]) -> bool:
    """Whether at least 60 % of the workspaces that spent anything in the two weeks breach, told or not."""
    spending = {line.workspace_id for line in spend if line.current or line.previous}
    breaching = {finding.workspace_id for finding in findings if finding.kind is not Kind.NOT_JUDGED}
    return len(breaching) >= FEWEST_WORKSPACES and 10 * len(breaching) >= 6 * len(spending)


def price_by_workspace(
    cost: Iterable[CostLine], usage: Iterable[UsageLine], *, current: Collection[date], previous: Collection[date]
) -> dict[str, NanoUsd]:
    """What of each workspace's change from some days to others price explains."""
    bills: defaultdict[str, list[CostLine]] = defaultdict(list)
    used: defaultdict[str, list[UsageLine]] = defaultdict(list)
    for cost_line in cost:
        bills[cost_line.series.workspace_id].append(cost_line)
    for usage_line in usage:
        used[usage_line.series.workspace_id].append(usage_line)
    found = {}
    for workspace_id, lines in bills.items():
        before, now = (
            find_metered_spend(
                [line for line in lines if line.day in days], [line for line in used[workspace_id] if line.day in days]
            )
            for days in (previous, current)
        )
        found[workspace_id] = find_drivers(previous=before, current=now).price
    return found


def rises(spend: Iterable[WeeklySpend], price: Mapping[str, NanoUsd]) -> dict[str, Rise]:
    """Each workspace's weeks beside its price change."""
    found: dict[str, Rise] = {}
    for line in spend:
        known = found.get(line.workspace_id, Rise(0, 0, price.get(line.workspace_id, 0)))
        found[line.workspace_id] = Rise(known.previous + line.previous, known.current + line.current, known.price)
    return found


def with_price_change(
    findings: Sequence[Finding],
    by_workspace: Mapping[str, Rise],
    *,
    floor: NanoUsd,
    widespread: bool,
    is_open: bool,
) -> list[Finding]:
    """The findings with the organisation's own in front, if prices are why they breach, and what it inhibits held."""
    total = Rise(*map(sum, zip(*by_workspace.values(), strict=True)))
    is_told = widespread and total.is_by_price and total.current - total.previous >= floor
    if not is_told and not is_open:
        return list(findings)
    own = [organization_finding(total, is_open=is_open)] if is_told else []
    return own + [inhibited(each) if is_inhibited(each, by_workspace) else each for each in findings]


def organization_finding(total: Rise, *, is_open: bool) -> Finding:
    """That the organisation as a whole rose because of prices."""
    return Finding(
        workspace_id=WHOLE_ORGANIZATION,
        model=None,
        previous=total.previous,
        current=total.current,
        kind=Kind.ORGANIZATION,
        status=Status.OPEN if is_open else Status.DUE,
        reason=Reason.OPEN_ALERT if is_open else Reason.PRICE_CHANGE,
    )


def is_inhibited(finding: Finding, by_workspace: Mapping[str, Rise]) -> bool:
    """Whether a finding would be told, and price explains half of its workspace's rise."""
    return finding.status is Status.DUE and by_workspace[finding.workspace_id].is_by_price


def inhibited(finding: Finding) -> Finding:
    """A finding that the organisation's alert speaks for."""
    return replace(finding, status=Status.HELD, reason=Reason.ORGANIZATION_ALERT)
