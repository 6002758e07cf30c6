"""What moved, came or stopped from one week, or month, to the next."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.analysis.groupings import row_ids
from bot.analysis.report import Row, find_rows
from bot.analysis.weeks import WORTH_A_LINE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.analysis.groupings import Words
    from bot.analysis.why import Why
    from bot.model import Names, NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A workspace × model that moved, came or stopped.

    `model` is None where the workspace speaks for its models: it came, stopped, or hardly moved as a whole. It is
    `NO_MODEL` for cost that belongs to no model. `why` says what drove it, where that was asked.
    """

    workspace_id: str
    workspace: str
    model: str | None
    spend: NanoUsd
    previous: NanoUsd
    why: Why | None = None

    @property
    def change(self) -> NanoUsd:
        """Dollars above the period before."""
        return self.spend - self.previous


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdowns:
    """Two periods' spend by (workspace id, model), ready to be told by either; one without a known day is None."""

    current: Mapping[tuple[str, str], NanoUsd] | None
    previous: Mapping[tuple[str, str], NanoUsd] | None
    names: Names
    comparable: bool

    def rows(self, by: Literal["workspace", "model"]) -> tuple[Row, ...]:
        """A row for each workspace, or each model."""
        position = ("workspace", "model").index(by)
        return find_rows(
            None if self.current is None else row_ids(summed(self.current, position), [by]),
            None if self.previous is None else row_ids(summed(self.previous, position), [by]),
            by=[by],
            names=self.names,
            comparable=self.comparable,
        )

    def find_movers(self) -> list[Mover]:
        """What changed by a dollar or more, most first; nothing while a day of either is unknown."""
        if not self.comparable or self.current is None or self.previous is None:
            return []
        lines = {
            key: (self.current.get(key, 0), self.previous.get(key, 0)) for key in {**self.current, **self.previous}
        }
        movers = (self.mover(*key, *amounts) for key, amounts in merged_where_models_do_not_matter(lines).items())
        return sorted((mover for mover in movers if abs(mover.change) >= WORTH_A_LINE), key=most_moved_first)

    def mover(self, workspace_id: str, model: str | None, spend: NanoUsd, previous: NanoUsd) -> Mover:
        """A series with its workspace's name."""
        workspace = self.names.workspace(workspace_id)
        return Mover(workspace_id=workspace_id, workspace=workspace, model=model, spend=spend, previous=previous)


def summed(spend: Mapping[tuple[str, str], NanoUsd], position: int) -> dict[Words, NanoUsd]:
    """Spend by one half of its key."""
    totals: defaultdict[Words, NanoUsd] = defaultdict(int)
    for key, amount in spend.items():
        totals[(key[position],)] += amount
    return dict(totals)


def merged_where_models_do_not_matter(
    lines: Mapping[tuple[str, str], tuple[NanoUsd, NanoUsd]],
) -> dict[tuple[str, str | None], tuple[NanoUsd, NanoUsd]]:
    """(Now, before) by workspace × model.

    A workspace that is all new or all gone is one line, and so is one that moved by less than a tenth: whatever its
    models did, they did to each other.
    """
    workspaces: defaultdict[str, tuple[NanoUsd, NanoUsd]] = defaultdict(lambda: (0, 0))
    for (workspace_id, _), (spend, previous) in lines.items():
        total, total_before = workspaces[workspace_id]
        workspaces[workspace_id] = (total + spend, total_before + previous)
    whole = {
        workspace_id for workspace_id, (now, before) in workspaces.items() if 0 in {now, before} or same(now, before)
    }
    merged: dict[tuple[str, str | None], tuple[NanoUsd, NanoUsd]] = {
        (workspace_id, None): workspaces[workspace_id] for workspace_id in whole
    }
    return merged | {key: amounts for key, amounts in lines.items() if key[0] not in whole}


def same(now: NanoUsd, before: NanoUsd) -> bool:
    """Whether two amounts differ by less than a tenth.

    >>> same(1_099, 1_000), same(1_100, 1_000)
    (True, False)
    """
    return abs(now - before) * 10 < abs(before)


def most_moved_first(mover: Mover) -> tuple[NanoUsd, str, str]:
    """A sort key that leaves no two movers equal."""
    return -abs(mover.change), mover.workspace_id, mover.model or ""
