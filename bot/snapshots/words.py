"""Words: what lines of the bill can be told apart by, each once; through a lens, only what it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.snapshots.lens_tables import KEY_COST, NOT_ATTRIBUTABLE, USAGE

if TYPE_CHECKING:
    from bot.snapshots.database import Session

LEFT = "AND id IN (SELECT id FROM temp.lens_{table} WHERE {part})"


class Words(NamedTuple):
    """What all stored lines are of. `all_there_is` is whether nothing is hidden."""

    workspaces: frozenset[str]
    models: frozenset[str]
    cost_types: frozenset[str]
    token_types: frozenset[str]
    service_tiers: frozenset[str]
    all_there_is: bool


def load_words(session: Session) -> Words:
    """The words of one organisation."""
    scopes = distinct(session, "scope", "scope", "workspace_id, model")
    kinds = distinct(session, "cost_series", "cost", "cost_type, token_type, service_tier")
    workspaces, models = columns_of(scopes, 2)
    cost_types, token_types, service_tiers = columns_of(kinds, 3)
    return Words(workspaces, models, cost_types, token_types, service_tiers, session.looking.lens is None)


def load_things(session: Session) -> set[tuple[str, str]]:
    """The workspaces and keys, as rows call them, that one organisation's lines are of; through a lens, what it leaves.

    A whole workspace is also what no key has a part of.
    """
    keyless = distinct(session, "cost_series", "cost", f"workspace_id, '{NOT_ATTRIBUTABLE}'", part="whole")
    billed = distinct(session, "key_cost_series", "key_cost", f"workspace_id, {KEY_COST['key']}")
    used = distinct(session, "usage_series", "usage", f"workspace_id, {USAGE['key']}")
    return {(workspace_id, key) for workspace_id, key in (*keyless, *billed, *used)}


def distinct(session: Session, series: str, table: str, columns: str, *, part: str = "TRUE") -> list[tuple[str, ...]]:
    """What is in some columns of a table of series."""
    left = "" if session.looking.lens is None else LEFT.format(table=table, part=part)
    return session.execute(
        f"SELECT DISTINCT {columns} FROM main.{series} WHERE organization_id = ? {left}",  # noqa: S608 -- own names only
        (session.organization_id,),
    ).fetchall()


def columns_of(rows: list[tuple[str, ...]], count: int) -> list[frozenset[str]]:
    """What is in each column of some rows."""
    return [frozenset(row[place] for row in rows) for place in range(count)]
