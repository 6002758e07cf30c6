"""Scopes: what is judged. A workspace as a whole, and each model in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import NO_MODEL, WeeklySpend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Scopes:
    """A workspace as a whole, and its models."""

    workspace: WeeklySpend
    models: tuple[WeeklySpend, ...]

    def __iter__(self) -> Iterator[WeeklySpend]:
        yield self.workspace
        yield from self.models


def by_workspace(spend: Iterable[WeeklySpend]) -> dict[str, Scopes]:
    """Each workspace's scopes; cost of no model counts for its workspace only."""
    lines: defaultdict[str, list[WeeklySpend]] = defaultdict(list)
    for line in spend:
        lines[line.workspace_id].append(line)
    return {
        workspace_id: Scopes(whole(workspace_id, own), tuple([line for line in own if line.model != NO_MODEL]))
        for workspace_id, own in lines.items()
    }


def whole(workspace_id: str, lines: Sequence[WeeklySpend]) -> WeeklySpend:
    """All lines as one scope."""
    return WeeklySpend(
        workspace_id=workspace_id,
        model=None,
        weeks=tuple(map(sum, zip(*[line.weeks for line in lines], strict=True))),
        first_day=min([line.first_day for line in lines if line.first_day is not None], default=None),
        latest=sum([line.latest for line in lines]),
        before=sum([line.before for line in lines]),
        columns=lines[0].columns,
        places=tuple([place for line in lines for place in line.places]),
    )
