"""Which series a lens leaves, found out in SQL: a temporary table of their numbers for each table of series.

A series is there `whole`, or `partly` where its lines have to be shared to know what of them is left.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.model import Tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bot.analysis.lens import Choice, Cut, Lens
    from bot.snapshots.database import Session

Columns: TypeAlias = "Mapping[str, str]"
"""What each facet is called in a table of series; a facet that its series do not tell is not there."""

SCOPE: Columns = {"workspace": "workspace_id", "model": "model"}
BILLED: Columns = {**SCOPE, "cost_type": "cost_type", "token_type": "token_type"}
COST: Columns = {**BILLED, "service_tier": "service_tier"}
KEY_COST: Columns = {
    **BILLED,
    "key": "coalesce(nullif(api_key_id, ''), iif(token_type = '', 'not_attributable', 'console'))",
}
USAGE: Columns = {**SCOPE, "service_tier": "service_tier", "key": "coalesce(nullif(api_key_id, ''), 'console')"}
PERSON_USAGE: Columns = {**SCOPE, "service_tier": "service_tier"}

CONSOLE = "console"
NOT_ATTRIBUTABLE = "not_attributable"

KINDS = (*Tokens._fields, "web_searches")

LISTED = "(SELECT value FROM json_each(?))"

WITH_KEYS = """
workspace_id IN (
    SELECT workspace_id FROM usage_series WHERE organization_id = ? AND api_key_id IN (SELECT value FROM json_each(?))
    UNION
    SELECT workspace_id FROM key_cost_series
    WHERE organization_id = ? AND api_key_id IN (SELECT value FROM json_each(?))
)
"""

SERIES = {
    "cost": ("cost_series", ("whole", "partly")),
    "key_cost": ("key_cost_series", ("whole", "partly")),
    "usage": ("usage_series", KINDS),
    "person_usage": ("person_series", Tokens._fields),
    "person_cost": ("person_cost_series", ("whole",)),
    "scope": ("scope", ("whole",)),
}
"""The tables of series, and what is found out about each series."""


class Condition(NamedTuple):
    """SQL and its values."""

    sql: str
    values: tuple[str | int, ...] = ()


TRUE, FALSE = Condition("TRUE"), Condition("FALSE")


def create_tables(session: Session, lenses: Mapping[int, Lens | None]) -> None:
    """Lays out what each organisation's lens leaves; everything where it has none."""
    for name, (_, columns) in SERIES.items():
        declared = ", ".join(f"{column} INTEGER" for column in columns)
        session.execute(f"CREATE TEMP TABLE lens_{name} (id INTEGER PRIMARY KEY, {declared})")
    for organization_id, lens in lenses.items():
        for name, found in conditions(organization_id, lens).items():
            fill(session, organization_id, name, found)


def drop_tables(session: Session) -> None:
    """Drops them again."""
    for name in SERIES:
        session.execute(f"DROP TABLE IF EXISTS temp.lens_{name}")


def fill(session: Session, organization_id: int, name: str, found: Sequence[Condition]) -> None:
    """Notes the series of which any condition is true."""
    series, _ = SERIES[name]
    some = any_of(found)
    columns = [TRUE if condition == some else condition for condition in found]
    session.execute(
        f"INSERT INTO temp.lens_{name} SELECT id, {', '.join(column.sql for column in columns)} FROM main.{series} "  # noqa: S608 -- own names only
        f"WHERE organization_id = ? AND {some.sql}",
        [*values_of(columns), organization_id, *some.values],
    )


def conditions(organization_id: int, lens: Lens | None) -> dict[str, Sequence[Condition]]:
    """For each table of series the conditions of its columns."""
    if lens is None:
        return {name: [TRUE] * len(columns) for name, (_, columns) in SERIES.items()}
    cuts = list(lens.cuts)
    keyless = [cut for cut in cuts if decides_nothing(cut.key)]
    return {
        "cost": [
            any_of(both(where(cut, COST), has_all_keys(organization_id, cut.key)) for cut in cuts),
            any_of(both(where(cut, COST), has_some_key(organization_id, cut.key)) for cut in cuts),
        ],
        "key_cost": [
            any_of(where(cut, KEY_COST) for cut in cuts if decides_nothing(cut.service_tier)),
            any_of(where(cut, KEY_COST) for cut in cuts),
        ],
        "usage": [any_of(where(cut, USAGE) for cut in of_kind(kind, cuts)) for kind in KINDS],
        "person_usage": [any_of(where(cut, PERSON_USAGE) for cut in of_kind(kind, keyless)) for kind in Tokens._fields],
        "person_cost": [any_of(where(cut, BILLED) for cut in keyless)],
        "scope": [any_of(both(where(cut, SCOPE), has_some_key(organization_id, cut.key)) for cut in cuts)],
    }


def where(cut: Cut, columns: Columns) -> Condition:
    """What a series must be to be in a cut, as far as it can tell."""
    found = TRUE
    for facet, column in columns.items():
        choice: Choice = getattr(cut, facet)
        if not decides_nothing(choice):
            found = both(found, chosen(column, choice))
    return found


def chosen(column: str, choice: Choice) -> Condition:
    """What a column must be to be chosen."""
    word = "NOT IN" if choice.all_but else "IN"
    return Condition(f"{column} {word} {LISTED}", (words_text(choice.words),))


def has_some_key(organization_id: int, choice: Choice) -> Condition:
    """Where a key that is chosen can have a part."""
    if choice.all_but or NOT_ATTRIBUTABLE in choice.words:
        return TRUE
    return with_keys(organization_id, choice.words)


def has_all_keys(organization_id: int, choice: Choice) -> Condition:
    """Where no key has a part that is not chosen."""
    if decides_nothing(choice):
        return TRUE
    if not choice.all_but or NOT_ATTRIBUTABLE in choice.words:
        return FALSE
    found = with_keys(organization_id, choice.words)
    return Condition(f"NOT ({found.sql})", found.values)


def with_keys(organization_id: int, rows: Collection[str]) -> Condition:
    """The workspaces that any of these keys was ever used in; the Console's usage has none."""
    words = words_text("" if row == CONSOLE else row for row in rows)
    return Condition(WITH_KEYS, (organization_id, words, organization_id, words))


def of_kind(kind: str, cuts: Iterable[Cut]) -> list[Cut]:
    """The cuts that a count of usage is in, by what it is billed under."""
    return [cut for cut in cuts if cut.has_kind(kind)]


def decides_nothing(choice: Choice) -> bool:
    """Whether every word is chosen."""
    return choice.all_but and not choice.words


def words_text(words: Iterable[str]) -> str:
    """Words as SQL takes them, in JSON."""
    return json.dumps(sorted(words))


def both(first: Condition, second: Condition) -> Condition:
    """Where both are true."""
    if TRUE in (first, second):
        return second if first == TRUE else first
    return Condition(f"({first.sql} AND {second.sql})", (*first.values, *second.values))


def any_of(found: Iterable[Condition]) -> Condition:
    """Where any is true; what is said twice is asked once."""
    each = list(dict.fromkeys(found))
    if len(each) == 1:
        return each[0]
    return Condition(f"({' OR '.join(one.sql for one in each)})", values_of(each)) if each else FALSE


def values_of(found: Iterable[Condition]) -> tuple[str | int, ...]:
    """The values of several conditions, in their order."""
    return tuple([value for condition in found for value in condition.values])
