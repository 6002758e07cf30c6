"""What a lens shows in the place of each stored table, as definitions of views.

Lines are chosen by the numbers of their series. Where keys decide, a line of the bill is what of it is theirs, which is
found out when it is asked for. Days' sums are chosen from as they are packed, unless only lines tell what is in them.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.snapshots.lens_functions import LensFunctions, register_functions
from bot.snapshots.lens_tables import KINDS, create_tables, drop_tables
from bot.snapshots.looking import lay_views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.analysis.lens import Facet, Lens
    from bot.snapshots.database import Session

    Below = Callable[[str], str]
    """Where what is below the lens is read, by the name of a table."""

    Lenses = Mapping[int, Lens | None]
    """The lens of each organisation, by its number; None where nothing is hidden."""

CHOSEN_LINES = """
SELECT organization_id, day, series_id, amount FROM {below} WHERE series_id IN (SELECT id FROM temp.lens_{table})
"""

SHARED_LINES = """
SELECT
    line.organization_id, line.day, line.series_id,
    iif(seen.whole, line.amount, lens_part('{table}', line.organization_id, line.day, line.series_id)) AS amount
FROM {below} AS line  -- CROSS JOIN keeps the order: days first
CROSS JOIN temp.lens_{table} AS seen ON seen.id = line.series_id
WHERE seen.whole OR lens_part('{table}', line.organization_id, line.day, line.series_id) IS NOT NULL
"""

USED = """
SELECT used.organization_id, used.day, used.series_id, {kinds}
FROM {below} AS used
CROSS JOIN temp.lens_{table} AS seen ON seen.id = used.series_id
"""

FETCHED_DAYS = """
SELECT organization_id, day, first_fetched_at, fetched_at, source, {total} AS total, revision FROM {below} AS fetched
"""

OF_DAY = "WHERE {alias}.organization_id = fetched.organization_id AND {alias}.day = fetched.day"

OF_DAY_SUMS = OF_DAY.format(alias="sums")

SUMS_OF_LINES = {
    name: f"lens_{name}_of_lines(fetched.organization_id, fetched.day)" for name in ("total", "scopes", "amounts")
}
"""What is left of a day, added up from its lines."""

PACKED = {"scope": "daily_spend", "key": "daily_key_spend"}
"""Where days' sums are kept, by what they are of."""

SUMS_OF_DAYS = """
SELECT fetched.organization_id, fetched.day, {scopes} AS scopes, {amounts} AS amounts FROM {fetched} AS fetched
"""

CHOSEN_SUMS = """
SELECT {columns}, lens_numbers('{kind}', scopes) AS scopes, lens_amounts('{kind}', scopes, amounts) AS amounts
FROM {below}
"""

KEYS_USED = """
SELECT * FROM main.api_key_use
WHERE api_key_id IN (
    SELECT api_key_id FROM usage_series WHERE id IN (SELECT id FROM temp.lens_usage)
    UNION SELECT api_key_id FROM key_cost_series WHERE id IN (SELECT id FROM temp.lens_key_cost)
)
"""

NOT_TOLD = ("restatement", "superseded_key_cost", "superseded_usage")
"""What was there before, of which only the whole is known, or nobody asks through a lens."""

SUPERSEDED = """
SELECT * FROM main.superseded_cost WHERE series_id IN (SELECT id FROM temp.lens_cost WHERE whole)
"""

WEIGHTS = """
SELECT * FROM main.person_weight
WHERE
    EXISTS (SELECT * FROM temp.lens_person_usage JOIN person_series USING (id)
            WHERE person_series.organization_id = person_weight.organization_id)
"""

SCOPE_OF_SERIES = """
INSERT INTO temp.lens_cost_scope
SELECT series.id, scope.id
FROM cost_series AS series
JOIN scope
    ON scope.organization_id = series.organization_id AND scope.workspace_id = series.workspace_id
    AND scope.model = series.model
WHERE series.id IN (SELECT id FROM temp.lens_cost)
"""


@dataclass(frozen=True, slots=True)
class LensViews:
    """The views of some lenses, and the functions that they call."""

    lenses: Lenses
    functions: LensFunctions

    def views(self, below: Below) -> dict[str, str]:
        """A definition for each table that is not shown as it is."""
        return {
            **self.lines(below),
            **self.sums(below),
            "usage": used("usage", below("usage"), KINDS),
            "person_usage": used("person_usage", "main.person_usage", KINDS[:-1]),
            "person_cost": CHOSEN_LINES.format(table="person_cost", below="main.person_cost"),
            "person_weight": WEIGHTS,
            "hourly_spend": chosen_sums("scope", "main.hourly_spend", "organization_id, day, hour"),
            "api_key_use": KEYS_USED,
            "superseded_cost": SUPERSEDED,
            **{table: f"SELECT * FROM main.{table} WHERE FALSE" for table in NOT_TOLD},  # noqa: S608 -- own names only
        }

    def lines(self, below: Below) -> dict[str, str]:
        """The bill, by line and by key; a part of day, laid over it, hides `cost` and not what the sums are of."""
        shared = {"cost": self.choose_by("key"), "key_cost": self.choose_by("service_tier")}
        views = {
            table: (SHARED_LINES if is_shared else CHOSEN_LINES).format(table=table, below=below(table))
            for table, is_shared in shared.items()
        }
        return {"lensed_cost": views["cost"], **views, "cost": "SELECT * FROM temp.lensed_cost"}

    def sums(self, below: Below) -> dict[str, str]:
        """What is kept of each day, from the sums that tell enough."""
        by_scope, by_key = (chosen_sums(kind, below(table)) for kind, table in PACKED.items())
        if self.choose_by("cost_type", "token_type", "service_tier"):
            total, by_scope, by_key = (
                SUMS_OF_LINES["total"],
                sums_of_days(SUMS_OF_LINES, below),
                f"{by_key} WHERE FALSE",
            )
        elif self.choose_by("key"):
            found = sums_of_keys(below)
            total, by_scope = found["total"], sums_of_days(found, below)
        else:
            total = total_of_scopes(below)
        return {
            "fetched_day": FETCHED_DAYS.format(total=f"coalesce({total}, 0)", below=below("fetched_day")),
            "daily_spend": by_scope,
            "daily_key_spend": by_key,
        }

    def choose_by(self, *facets: Facet) -> bool:
        """Whether any organisation's lens does."""
        return any(lens.chooses_by(facet) for lens in self.lenses.values() if lens for facet in facets)


def used(table: str, below: str, kinds: Sequence[str]) -> str:
    """A view of usage; kinds that are not looked at are none."""
    columns = ", ".join(f"used.{kind} * seen.{kind} AS {kind}" for kind in kinds)
    return USED.format(table=table, below=below, kinds=columns)


def chosen_sums(kind: str, below: str, columns: str = "organization_id, day") -> str:
    """A view of packed sums, by scopes or by keys of scopes."""
    return CHOSEN_SUMS.format(kind=kind, below=below, columns=columns)


def sums_of_days(found: Mapping[str, str], below: Below) -> str:
    """A view of packed sums by scope that are found for each fetched day."""
    return SUMS_OF_DAYS.format(fetched=below("fetched_day"), scopes=found["scopes"], amounts=found["amounts"])


def total_of_scopes(below: Below) -> str:
    """What is left of a day, from its sums by scope."""
    return f"(SELECT lens_total('scope', scopes, amounts) FROM {below('daily_spend')} AS sums {OF_DAY_SUMS})"  # noqa: S608 -- own names only


def sums_of_keys(below: Below) -> dict[str, str]:
    """The same from its sums by scope and key, and from its lines as long as it has none."""
    of_day = f"FROM {below('daily_key_spend')} AS sums {OF_DAY_SUMS}"
    found = {
        "total": f"(SELECT lens_total('key', scopes, amounts) {of_day})",
        "scopes": f"(SELECT lens_scopes_of_keys(scopes, amounts) {of_day})",
        "amounts": f"(SELECT lens_sums_of_keys(scopes, amounts) {of_day})",
    }
    return {name: f"coalesce({sums}, {SUMS_OF_LINES[name]})" for name, sums in found.items()}


@contextmanager
def looking_through(session: Session, lenses: Lenses) -> Iterator[None]:
    """Inside, only what the lenses leave is there, and of that what was there before."""
    before = session.looking.lens
    known = before.lenses if before is not None else all_organizations(session)
    try:
        lay_lenses(session, {number: within(lens, lenses.get(number)) for number, lens in known.items()})
        yield
    except BaseException:
        with suppress(sqlite3.OperationalError):  # what was being read when it failed cannot be dropped
            lay_lenses(session, None if before is None else before.lenses)
        raise
    lay_lenses(session, None if before is None else before.lenses)


def within(first: Lens | None, second: Lens | None) -> Lens | None:
    """What both leave."""
    return second if first is None else first if second is None else first.within(second)


def all_organizations(session: Session) -> dict[int, None]:
    """Every organisation, without a lens."""
    return {number: None for (number,) in session.execute("SELECT id FROM organization")}


def lay_lenses(session: Session, lenses: Lenses | None) -> None:
    """Shows what some lenses leave, in the place of what others did."""
    drop_tables(session)
    session.execute("DROP TABLE IF EXISTS temp.lens_cost_scope")
    session.looking.lens = None if lenses is None else lay_tables(session, lenses)
    lay_views(session)


def lay_tables(session: Session, lenses: Lenses) -> LensViews:
    """What the lenses' views read."""
    create_tables(session, lenses)
    views = LensViews(lenses, LensFunctions(session, lenses))
    if views.choose_by("key", "cost_type", "token_type", "service_tier"):
        session.execute("CREATE TEMP TABLE lens_cost_scope (id INTEGER PRIMARY KEY, scope_id INTEGER)")
        session.execute(SCOPE_OF_SERIES)
    register_functions(session, lambda: views.functions)
    return views
