"""Words: what lines of the bill can be told apart by, each once; through a lens, only what it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.snapshots.lens_tables import KEY_COST, NOT_ATTRIBUTABLE, USAGE

if TYPE_CHECKING:
    from bot.snapshots.database import Session

LEFT = "AND id IN (SELECT id FROM temp.lens_{table} WHERE {part})"

USED = """
AND EXISTS (
    SELECT * FROM main.usage_series AS used
    WHERE
        used.organization_id = cost_series.organization_id AND used.workspace_id = cost_series.workspace_id
        AND used.model = cost_series.model AND used.service_tier = cost_series.service_tier
        AND used.id IN (SELECT id FROM temp.lens_usage)
)
"""
"""Lines that keys share are theirs who used what they are billed for."""

SCOPE = "workspace_id, model"
KIND = "cost_type, token_type, service_tier"


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
    workspaces, models = columns_of(load_scopes(session), 2)
    cost_types, token_types, service_tiers = columns_of(load_kinds(session), 3)
    is_whole = session.looking.lens is None
    billed = [] if is_whole else distinct(session, "key_cost_series", "key_cost", "cost_type, token_type")
    keys_types, keys_tokens = columns_of(billed, 2)
    return Words(
        workspaces=workspaces,
        models=models,
        cost_types=cost_types | keys_types,
        token_types=token_types | keys_tokens,
        service_tiers=service_tiers,
        all_there_is=is_whole,
    )


def load_scopes(session: Session) -> list[tuple[str, ...]]:
    """Workspaces with their models; of keys that are looked at, those that they used."""
    if session.looking.lens is None:
        return distinct(session, "scope", "scope", SCOPE)
    return [
        *distinct(session, "cost_series", "cost", SCOPE, part="whole"),
        *distinct(session, "usage_series", "usage", SCOPE),
        *distinct(session, "key_cost_series", "key_cost", SCOPE),
    ]


def load_kinds(session: Session) -> list[tuple[str, ...]]:
    """What lines are billed for; of keys that are looked at, the lines of what they used."""
    if session.looking.lens is None:
        return distinct(session, "cost_series", "cost", KIND)
    return [
        *distinct(session, "cost_series", "cost", KIND, part="whole"),
        *distinct(session, "cost_series", "cost", KIND, and_also=USED),
    ]


def load_things(session: Session) -> set[tuple[str, str]]:
    """The workspaces and keys, as rows call them, that one organisation's lines are of; through a lens, what it leaves.

    A whole workspace is also what no key has a part of.
    """
    keyless = distinct(session, "cost_series", "cost", f"workspace_id, '{NOT_ATTRIBUTABLE}'", part="whole")
    billed = distinct(session, "key_cost_series", "key_cost", f"workspace_id, {KEY_COST['key']}")
    used = distinct(session, "usage_series", "usage", f"workspace_id, {USAGE['key']}")
    return {(workspace_id, key) for workspace_id, key in (*keyless, *billed, *used)}


def distinct(
    session: Session, series: str, table: str, columns: str, *, part: str = "TRUE", and_also: str = ""
) -> list[tuple[str, ...]]:
    """What is in some columns of a table of series."""
    left = "" if session.looking.lens is None else LEFT.format(table=table, part=part)
    return session.execute(
        f"SELECT DISTINCT {columns} FROM main.{series} WHERE organization_id = ? {left} {and_also}",  # noqa: S608 -- own names only
        (session.organization_id,),
    ).fetchall()


def columns_of(rows: list[tuple[str, ...]], count: int) -> list[frozenset[str]]:
    """What is in each column of some rows."""
    return [frozenset(row[place] for row in rows) for place in range(count)]
