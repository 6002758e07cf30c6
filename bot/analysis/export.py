"""The bill as a table: a line per day × workspace × model, in constant memory."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.days import by_day
from bot.model import NanoUsd, Tokens, dollars

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from bot.analysis.days import DayLines
    from bot.model import CostLine, Names, UsageLine

CSV_COLUMNS = (
    "date",
    "workspace_id",
    "workspace",
    "model",
    "input",
    "output",
    "cache_write",
    "cache_read",
    "usd",
)
"""`input` is uncached input; cache writes of both lifetimes are one column; `usd` is exact."""

NO_TOKENS = (0,) * len(Tokens._fields)


class ExportRow(NamedTuple):
    """One line of the export; cost without a model has an empty one."""

    day: date
    workspace_id: str
    workspace: str
    model: str
    tokens: Tokens
    amount: NanoUsd

    def csv_fields(self) -> tuple[str, ...]:
        """The row as `CSV_COLUMNS` names it: ISO date, whole tokens, exact decimal dollars."""
        uncached, output, cache_read, cache_write_5m, cache_write_1h = self.tokens
        counts = (uncached, output, cache_write_5m + cache_write_1h, cache_read)
        names = (self.day.isoformat(), self.workspace_id, self.workspace, self.model)
        return (*names, *map(str, counts), format(dollars(self.amount), "f"))


def export_rows(
    cost_lines: Iterable[CostLine], usage_lines: Iterable[UsageLine], *, names: Names
) -> Iterator[ExportRow]:
    """A row for everything that cost or was used, by day, workspace and model; the amounts add up to the bill.

    Both inputs come ordered by day.
    """
    for lines in by_day(cost_lines, usage_lines):
        amounts, tokens = amounts_of(lines), tokens_of(lines)
        for workspace_id, model in sorted(amounts.keys() | tokens.keys()):
            yield ExportRow(
                day=lines.day,
                workspace_id=workspace_id,
                workspace=names.workspace(workspace_id),
                model=model,
                tokens=Tokens(*tokens.get((workspace_id, model), NO_TOKENS)),
                amount=amounts.get((workspace_id, model), 0),
            )


def amounts_of(lines: DayLines) -> dict[tuple[str, str], NanoUsd]:
    """A day's cost by workspace and model."""
    totals: defaultdict[tuple[str, str], NanoUsd] = defaultdict(int)
    for _, series, amount in lines.cost:
        totals[series.workspace_id, series.model] += amount
    return totals


def tokens_of(lines: DayLines) -> dict[tuple[str, str], list[int]]:
    """A day's tokens by workspace and model."""
    totals: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: list(NO_TOKENS))
    for _, series, tokens, _ in lines.usage:
        total = totals[series.workspace_id, series.model]
        for position, count in enumerate(tokens):
            total[position] += count
    return totals
