"""What the views of a lens ask that SQL cannot say: packed sums, and parts of lines that are some keys'."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from bot.model import CostLine, Interval, KeyCostLine, Tokens, UsageLine, WorkspaceLines
from bot.snapshots.columns import day_of
from bot.snapshots.daily import Chooser, packed, unpacked
from bot.snapshots.keys import KEY_BITS
from bot.snapshots.lines import COST, KEY_COST, USAGE, S, Scope
from bot.snapshots.workspace import load_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.analysis.lens import Lens
    from bot.model import CostSeries, KeyCostSeries, NanoUsd, UsageSeries
    from bot.snapshots.database import Session
    from bot.snapshots.lines import SeriesTable

DAY = timedelta(days=1)

SCOPES_OF_DAY = """
SELECT seen.scope_id, sum(line.amount)
FROM temp.lensed_cost AS line
CROSS JOIN temp.lens_cost_scope AS seen ON seen.id = line.series_id
WHERE line.organization_id = ? AND line.day = ?
GROUP BY seen.scope_id HAVING sum(line.amount) <> 0 ORDER BY seen.scope_id
"""

LINES_OF_DAY = """
SELECT series_id, {columns} FROM {lines} WHERE organization_id = ? AND day = ? ORDER BY series_id
"""

WORKSPACES_SHARED = """
SELECT count(DISTINCT workspace_id) FROM cost_series WHERE id IN (SELECT id FROM temp.lens_cost WHERE NOT whole)
"""

FEW_WORKSPACES = 10
"""Lines of so many are read one workspace after the other."""

Parts: TypeAlias = "dict[CostSeries | KeyCostSeries, NanoUsd]"
"""What is left of a day's lines."""


@dataclass(frozen=True)
class LensFunctions:
    """The functions of some organisations' lenses, by number; each finds out what it needs once, when it is asked."""

    session: Session
    lenses: Mapping[int, Lens | None]
    parts_known: dict[tuple[bool, int, int, str], Parts] = field(default_factory=dict)
    sums_known: dict[tuple[bool, int, int], dict[int, NanoUsd]] = field(default_factory=dict)

    @cached_property
    def choosers(self) -> dict[str, Chooser]:
        """What chooses from sums by scope, and from those by scope and key."""
        return {"scope": Chooser(self.scopes_left.__contains__), "key": Chooser(self.has_key)}

    @cached_property
    def scopes_left(self) -> set[int]:
        """The numbers of the scopes of which anything is left."""
        return {number for (number,) in self.session.execute("SELECT id FROM temp.lens_scope")}

    @cached_property
    def scopes(self) -> dict[int, tuple[Lens | None, Scope]]:
        """Every organisation's scopes by number, with its lens."""
        rows = self.session.execute("SELECT id, organization_id, workspace_id, model FROM scope")
        return {number: (self.lenses.get(owner), Scope(*words)) for number, owner, *words in rows}

    @cached_property
    def key_rows(self) -> dict[int, str]:
        """Every key's row id by number."""
        return dict(self.session.execute("SELECT id, row_id FROM key_row").fetchall())

    @cached_property
    def series(self) -> dict[str, dict[int, CostSeries | KeyCostSeries]]:
        """Every organisation's series of the bill, by line and by key."""
        return {"cost": {**self.billed}, "key_cost": {**self.billed_by_key}}

    @cached_property
    def billed(self) -> dict[int, CostSeries]:
        """Those of lines."""
        return self.load_series(COST.series)

    @cached_property
    def billed_by_key(self) -> dict[int, KeyCostSeries]:
        """Those by key."""
        return self.load_series(KEY_COST.series)

    @cached_property
    def users(self) -> dict[int, UsageSeries]:
        """Every organisation's series of usage."""
        return self.load_series(USAGE.series)

    def load_series(self, table: SeriesTable[S]) -> dict[int, S]:
        """Series of every organisation by number."""
        each = [table.load(self.session.working_for(number, "")) for number in self.lenses]
        return {number: series for one in each for number, series in one.items()}

    def has_key(self, number: int) -> bool:
        """Whether anything is left of a scope and key."""
        lens, scope = self.scopes[number >> KEY_BITS]
        key = self.key_rows[number & (1 << KEY_BITS) - 1]
        return lens is None or lens.has(workspace=scope.workspace_id, model=scope.model, key=key)

    def numbers(self, kind: str, scopes: bytes) -> bytes:
        """Packed numbers, those that are left."""
        return self.choosers[kind].choose(scopes).numbers

    def amounts(self, kind: str, scopes: bytes, amounts: bytes) -> bytes:
        """Packed amounts of those."""
        return packed(self.choosers[kind].amounts(scopes, amounts))

    def total(self, kind: str, scopes: bytes, amounts: bytes) -> NanoUsd:
        """What those come to."""
        return sum(self.choosers[kind].amounts(scopes, amounts))

    def scopes_of_keys(self, scopes: bytes, amounts: bytes) -> bytes:
        """Sums by scope and key as packed sums by scope: the numbers of those that come to something."""
        return packed(self.by_scope(scopes, amounts))

    def sums_of_keys(self, scopes: bytes, amounts: bytes) -> bytes:
        """The same: what each comes to."""
        return packed(self.by_scope(scopes, amounts).values())

    def by_scope(self, scopes: bytes, amounts: bytes) -> dict[int, NanoUsd]:
        """Sums by scope of what is left, those that come to something, by their numbers in ascending order."""
        sums: defaultdict[int, NanoUsd] = defaultdict(int)
        left = unpacked(self.numbers("key", scopes))
        for number, amount in zip(left, self.choosers["key"].amounts(scopes, amounts), strict=True):
            sums[number >> KEY_BITS] += amount
        return {scope: amount for scope, amount in sorted(sums.items()) if amount}

    def scopes_of_lines(self, organization_id: int, day: int) -> bytes:
        """The packed numbers of the scopes of which lines of a day are left, those that come to something."""
        return packed(self.by_scope_of_lines(organization_id, day))

    def amounts_of_lines(self, organization_id: int, day: int) -> bytes:
        """What each of them comes to."""
        return packed(self.by_scope_of_lines(organization_id, day).values())

    def total_of_lines(self, organization_id: int, day: int) -> NanoUsd:
        """What they come to together."""
        return sum(self.by_scope_of_lines(organization_id, day).values())

    def by_scope_of_lines(self, organization_id: int, day: int) -> dict[int, NanoUsd]:
        """What is left of a day by the number of its scope, in ascending order."""
        key = (bool(self.session.looking.as_of), organization_id, day)
        if key not in self.sums_known:
            self.sums_known[key] = dict(self.session.execute(SCOPES_OF_DAY, key[1:]).fetchall())
        return self.sums_known[key]

    def part(self, table: str, organization_id: int, day: int, series_id: int) -> NanoUsd | None:
        """What is left of a line of the bill, by line or by key; None where nothing is."""
        series = self.series[table][series_id]
        workspace_id = "" if self.reads_whole_days else series.workspace_id
        key = (bool(self.session.looking.as_of), organization_id, day, workspace_id)
        if key not in self.parts_known:
            self.parts_known[key] = self.find_parts(*key[1:])
        return self.parts_known[key].get(series)

    @cached_property
    def reads_whole_days(self) -> bool:
        """Whether lines of many workspaces have to be shared: then a day is read at once."""
        ((count,),) = self.session.execute(WORKSPACES_SHARED).fetchall()
        return bool(count > FEW_WORKSPACES)

    def find_parts(self, organization_id: int, day: int, workspace_id: str) -> Parts:
        """What is left of each line of a day: of a workspace's, or of all where that is empty."""
        lens, interval = self.lenses[organization_id], Interval(day_of(day), day_of(day) + DAY)
        session, where = self.session.working_for(organization_id, ""), self.session.looking.below_lens
        lines = (
            load_workspace(session, workspace_id, interval, where=where)
            if workspace_id
            else self.load_day(session, day)
        )
        cost, key_cost = (lines.cost, lines.key_cost) if lens is None else lens.look_at_bill(lines)
        parts: Parts = {line.series: line.amount for line in cost}
        return parts | {line.series: line.amount for line in key_cost}

    def load_day(self, session: Session, day: int) -> WorkspaceLines:
        """All lines of a day, as they are below the lens."""
        where, date = self.session.looking.below_lens, day_of(day)
        cost, usage, key_cost = (
            session.execute(
                LINES_OF_DAY.format(columns=", ".join(table.columns), lines=where(table.name)),
                (session.organization_id, day),
            )
            for table in (COST, USAGE, KEY_COST)
        )
        return WorkspaceLines(
            cost=[CostLine(date, self.billed[number], amount) for number, amount in cost],
            usage=[
                UsageLine(date, self.users[number], Tokens(*counts), web_searches)
                for number, *counts, web_searches in usage
            ],
            key_cost=[KeyCostLine(date, self.billed_by_key[number], amount) for number, amount in key_cost],
        )


FUNCTIONS = {
    "numbers": 2,
    "amounts": 3,
    "total": 3,
    "scopes_of_keys": 2,
    "sums_of_keys": 2,
    "scopes_of_lines": 2,
    "amounts_of_lines": 2,
    "total_of_lines": 2,
    "part": 4,
}
"""The functions of SQL, and how many values each takes."""


def register_functions(session: Session, functions: Callable[[], LensFunctions]) -> None:
    """Makes the functions known to the connection; which ones are asked is found out at each call."""
    connection = session.db.conn
    for name, places in FUNCTIONS.items():
        connection.create_function(f"lens_{name}", places, named(name, functions))


def named(name: str, functions: Callable[[], LensFunctions]) -> Callable[..., bytes | int | None]:
    """One of the functions."""

    def ask(*values: str | int | bytes) -> bytes | int | None:
        found: bytes | int | None = getattr(functions(), name)(*values)
        return found

    return ask
