"""The bill as a table: a line for each of what is asked for, by default day × workspace × model.

Rows of days are made a day at a time, in constant memory; without the day there are as many rows as the rest has.
What only ownership knows, such as teams, has one column each, with the ids that reports have.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from heapq import merge
from itertools import chain
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from bot.analysis.days import by_day
from bot.analysis.groupings import CONSOLE, LABELS, OWNED, UNOWNED_ROW
from bot.analysis.keyed import KeyedDays
from bot.analysis.organizations import own_id
from bot.analysis.ownership import UNOWNED, shared_out
from bot.model import CONTRACT_TIER, NanoUsd, Tokens, dollars

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
    from datetime import date

    from bot.analysis.days import DayLines
    from bot.analysis.ownership import History, Owner
    from bot.model import CostLine, KeyCostLine, Names, Organization, UsageLine

BilledDimension: TypeAlias = Literal["day", "workspace", "model", "key", "tier", "type"]
OwnedDimension: TypeAlias = Literal["team", "cost_center", "service", "product", "environment"]
Dimension: TypeAlias = BilledDimension | OwnedDimension
Field: TypeAlias = str | int | bool | None
"""A value of a row: text, a count, yes or no, or nothing."""

Key: TypeAlias = tuple[str, ...]
"""What a row is about, a word for each dimension."""

BILLED_DIMENSIONS: tuple[BilledDimension, ...] = get_args(BilledDimension)
OWNED_DIMENSIONS: tuple[OwnedDimension, ...] = get_args(OwnedDimension)
DIMENSIONS: tuple[Dimension, ...] = (*BILLED_DIMENSIONS, *OWNED_DIMENSIONS)
DEFAULT_DIMENSIONS: tuple[Dimension, ...] = ("day", "workspace", "model")
COLUMNS: dict[Dimension, tuple[str, ...]] = {
    "day": ("date",),
    "workspace": ("workspace_id", "workspace"),
    "model": ("model",),
    "key": ("api_key_id", "api_key"),
    "tier": ("service_tier",),
    "type": ("cost_type",),
    **{dimension: (dimension,) for dimension in OWNED_DIMENSIONS},
}
ID_COLUMNS = ("workspace_id", "api_key_id")
ORGANIZATION_COLUMN = "organization"
AMOUNT_COLUMNS = ("input", "output", "cache_write", "cache_read", "usd")
"""`input` is uncached input; cache writes of both lifetimes are one column; `usd` is exact."""
ESTIMATED_COLUMN = "estimated"
"""Whether any of the dollars are tokens × price on a day that the bill does not cover."""

USAGE_TYPE = "tokens"
"""The cost type that usage belongs to."""

NO_TOKENS = (0,) * len(Tokens._fields)


def export_columns(
    by: Sequence[Dimension] = DEFAULT_DIMENSIONS, *, estimated_days: Collection[date] = ()
) -> tuple[str, ...]:
    """The names of a row's fields.

    The last one is left out where it tells nothing: by the default dimensions, and all of it from the bill.

    >>> export_columns()[-1], export_columns(["key"])
    ('usd', ('api_key_id', 'api_key', 'input', 'output', 'cache_write', 'cache_read', 'usd', 'estimated'))
    """
    told = () if tuple(by) == DEFAULT_DIMENSIONS and not estimated_days else (ESTIMATED_COLUMN,)
    return (*(column for dimension in by for column in COLUMNS[dimension]), *AMOUNT_COLUMNS, *told)


class ExportRow(NamedTuple):
    """One line of the export: what it is about, in the words of its columns, its tokens and dollars.

    The dollars are None where they were to be estimated and no price is known; `estimated` if any of them are.
    """

    about: tuple[str, ...]
    tokens: Tokens
    amount: NanoUsd | None
    estimated: bool = False

    def fields(self) -> tuple[Field, ...]:
        """The row as all `export_columns` name it: ISO date, whole tokens, exact decimal dollars."""
        uncached, output, cache_read, cache_write_5m, cache_write_1h = self.tokens
        counts = (uncached, output, cache_write_5m + cache_write_1h, cache_read)
        spent = None if self.amount is None else format(dollars(self.amount), "f")
        return (*self.about, *counts, spent, self.estimated)


class Totals:
    """Sums by key. On `estimated_days` tokens without an amount have no price; on others they cost nothing.

    `estimated` are the keys that have anything of such a day, `unpriced` those whose tokens are of one.
    """

    def __init__(self, estimated_days: Container[date] = (), history: History | None = None) -> None:
        self.estimated_days = estimated_days
        self.history = history
        self.unpriced: set[Key] = set()
        self.estimated: set[Key] = set()
        self.amounts: defaultdict[Key, NanoUsd] = defaultdict(int)
        self.tokens: defaultdict[Key, list[int]] = defaultdict(lambda: list(NO_TOKENS))

    def add(self, lines: DayLines, by: Sequence[Dimension], keyed: KeyedDays) -> None:
        """Adds a day's cost and tokens."""
        estimated = lines.day in self.estimated_days
        for line, api_key_id, owner, amount in shared(lines, by, keyed, self.history):
            key = key_of(line, by, api_key_id=api_key_id, cost_type=line.series.cost_type, owner=owner)
            self.amounts[key] += amount
            if estimated:
                self.estimated.add(key)
        for usage in lines.usage:
            api_key_id = usage.series.api_key_id or CONSOLE
            for owner, tokens in tokens_by_owner(usage, api_key_id, self.history):
                key = key_of(usage, by, api_key_id=api_key_id, cost_type=USAGE_TYPE, owner=owner)
                if estimated:
                    self.estimated.add(key)
                    if usage.series.service_tier != CONTRACT_TIER:  # no bill ever has dollars for those
                        self.unpriced.add(key)
                total = self.tokens[key]
                for position, count in enumerate(tokens):
                    total[position] += count

    def rows(self, about: Callable[[Key], tuple[str, ...]]) -> Iterator[ExportRow]:
        """A row for each key that cost something or was used, in their order."""
        for key in sorted(self.amounts.keys() | self.tokens.keys()):
            unknown = None if key in self.unpriced else 0
            tokens, amount = Tokens(*self.tokens.get(key, NO_TOKENS)), self.amounts.get(key, unknown)
            yield ExportRow(about(key), tokens, amount, key in self.estimated)


def export_rows(
    cost_lines: Iterable[CostLine],
    usage_lines: Iterable[UsageLine],
    *,
    names: Names,
    by: Sequence[Dimension] = DEFAULT_DIMENSIONS,
    keyed: Iterable[KeyCostLine] = (),
    estimated_days: Container[date] = (),
    history: History | None = None,
) -> Iterator[ExportRow]:
    """A row for everything that cost or was used, by the dimensions asked for; the amounts add up to the bill.

    All inputs come ordered by day. Keys have what the bill tells by key, `keyed`; on days on which it tells nothing
    they share each line of it by their tokens of exactly that line. `history` is needed by what ownership knows.
    On `estimated_days` dollars come from prices, so that tokens without a price have none.
    """
    about = partial(in_columns, by=by, names=names)
    totals, days = Totals(estimated_days, history), KeyedDays(keyed)
    for lines in by_day(cost_lines, usage_lines):
        totals.add(lines, by, days)
        if "day" in by:
            yield from totals.rows(about)
            totals = Totals(estimated_days, history)
    yield from totals.rows(about)


def is_owned(by: Collection[Dimension]) -> bool:
    """Whether some dimensions depend on who owns what."""
    return not set(OWNED).isdisjoint(by)


def rows_of_all(
    parts: Sequence[tuple[Organization | None, Iterable[tuple[Field, ...]]]], *, columns: Sequence[str]
) -> Iterator[tuple[Field, ...]]:
    """The rows of each organisation, as of `columns`, by day where they have one; whose they are comes before them."""
    ids = [columns.index(column) for column in ID_COLUMNS if column in columns]
    each = [rows_of_one(beside, rows, ids=ids) for beside, rows in parts]
    if len(each) == 1:
        return each[0]
    return in_order_of_days(each, column=1) if "date" in columns else chain.from_iterable(each)


def rows_of_one(
    beside: Organization | None, rows: Iterable[tuple[Field, ...]], *, ids: Collection[int]
) -> Iterator[tuple[Field, ...]]:
    """One organisation's rows; beside others, with its name and ids that no other has."""
    if beside is None:
        yield from rows
        return
    for row in rows:
        own = [own_id(str(field), beside) if place in ids else field for place, field in enumerate(row)]
        yield (beside.name, *own)


def in_order_of_days(each: Iterable[Iterable[tuple[Field, ...]]], *, column: int) -> Iterator[tuple[Field, ...]]:
    """Rows that are in the order of days, merged as they come; the day is in `column`."""
    return merge(*each, key=lambda row: str(row[column]))


def shared(
    lines: DayLines, by: Sequence[Dimension], keyed: KeyedDays, history: History | None
) -> Iterator[tuple[CostLine, str, Owner, NanoUsd]]:
    """A day's cost lines, in parts by key if keys are asked for, and by owner if there is a history."""
    if history is None and "key" not in by:
        yield from ((line, "", UNOWNED, line.amount) for line in lines.cost)
        return
    parts = [(line, key, amount) for line, shares in keyed.shares_of(lines) for key, amount in shares]
    if history is None:
        yield from ((line, key, UNOWNED, amount) for line, key, amount in parts)
    else:
        yield from shared_by_owner(parts, history)


def shared_by_owner(
    parts: Iterable[tuple[CostLine, str, NanoUsd]], history: History
) -> Iterator[tuple[CostLine, str, Owner, NanoUsd]]:
    """Parts of a day's lines by whom their keys are of; what is shared, is by days and models, as in reports."""
    cells: defaultdict[tuple[str, str, str], list[tuple[CostLine, NanoUsd]]] = defaultdict(list)
    for line, key, amount in parts:
        cells[line.series.workspace_id, key, line.series.model].append((line, amount))
    for (workspace_id, key, _), told in cells.items():
        owners = history.on((workspace_id, key), told[0][0].day)
        each = shared_out((amount for _, amount in told), owners)
        for (line, _), amounts in zip(told, each, strict=True):
            for part, own in zip(owners, amounts, strict=True):
                yield line, key, part.owner, own


def tokens_by_owner(
    usage: UsageLine, api_key_id: str, history: History | None
) -> Iterator[tuple[Owner, Iterable[int]]]:
    """A usage line's tokens by whom its key is of."""
    if history is None:
        yield UNOWNED, usage.tokens
        return
    owners = history.on((usage.series.workspace_id, api_key_id), usage.day)
    each = [next(shared_out([count], owners)) for count in usage.tokens]
    yield from ((part.owner, [own[place] for own in each]) for place, part in enumerate(owners))


def key_of(
    line: CostLine | UsageLine, by: Sequence[Dimension], *, api_key_id: str, cost_type: str, owner: Owner
) -> Key:
    """The row that a part of a cost line, or a usage line's tokens, belong to."""
    series = line.series
    return tuple(
        [
            line.day.isoformat()
            if dimension == "day"
            else series.workspace_id
            if dimension == "workspace"
            else series.model
            if dimension == "model"
            else api_key_id
            if dimension == "key"
            else series.service_tier
            if dimension == "tier"
            else cost_type
            if dimension == "type"
            else owner.word(dimension) or UNOWNED_ROW
            for dimension in by
        ]
    )


def in_columns(key: Key, *, by: Sequence[Dimension], names: Names) -> tuple[str, ...]:
    """A key as its columns: ids of workspaces and keys with their names beside them."""
    columns: list[str] = []
    for dimension, value in zip(by, key, strict=True):
        columns.append(value)
        if dimension == "workspace":
            columns.append(names.workspace(value))
        if dimension == "key":
            columns.append(LABELS.get(value) or names.api_key(value))
    return tuple(columns)
