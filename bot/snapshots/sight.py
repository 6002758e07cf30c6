"""Sight: what somebody may not see is not there, neither its lines nor its names nor its alerts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.snapshots.lens_views import looking_through
from bot.snapshots.looking import lay_views
from bot.snapshots.names import NameBook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from bot.analysis.access import InSight, Sight
    from bot.model import Names
    from bot.snapshots.database import Session

TABLES = {"seen_workspace": "workspaces", "seen_key": "keys"}

IN_WORKSPACES = "IN (SELECT organization_id, external_id FROM temp.seen_workspace)"

NOT_TOLD = (
    "budget_acknowledgement",
    "budget_level",
    "budget_period",
    "budget_raise",
    "digest_subscription",
    "told_period",
    "unit_count",
    "unit_reading",
    "unit_rise",
)
"""What is about sums of which a part may be hidden, or names what may be."""

VIEWS = {
    "workspace": """
        SELECT * FROM main.workspace
        WHERE
            (organization_id, external_id) {in_workspaces}
            OR (organization_id, external_id) IN (
                SELECT organization_id, workspace_id FROM scope WHERE id IN (SELECT id FROM temp.lens_scope)
            )
    """,
    "api_key": """
        SELECT * FROM main.api_key
        WHERE
            (organization_id, external_id) IN (SELECT organization_id, external_id FROM temp.seen_key)
            OR (organization_id, workspace_id) {in_workspaces}
    """,
    "organization": """
        SELECT * FROM main.organization
        WHERE
            id IN (SELECT organization_id FROM temp.seen_workspace)
            OR id IN (SELECT organization_id FROM temp.seen_key)
    """,
    "alert": "SELECT * FROM main.alert WHERE (organization_id, workspace_id) {in_workspaces}",
    "alert_member": "SELECT * FROM main.alert_member WHERE alert_id IN (SELECT id FROM temp.alert)",
    "alert_handling": "SELECT * FROM main.alert_handling WHERE alert_id IN (SELECT id FROM temp.alert)",
    "finding": """
        SELECT finding.* FROM main.finding AS finding
        JOIN main.evaluation AS evaluation ON evaluation.id = finding.evaluation_id
        WHERE (evaluation.organization_id, finding.workspace_id) {in_workspaces}
    """,
    "person": """
        SELECT * FROM main.person
        WHERE
            external_id IN (
                SELECT account_id FROM person_series WHERE id IN (SELECT id FROM temp.lens_person_usage)
                UNION SELECT account_id FROM person_cost_series WHERE id IN (SELECT id FROM temp.lens_person_cost)
                UNION SELECT account_id FROM temp.person_weight
            )
    """,
    "claim": "SELECT * FROM main.claim WHERE (organization_id, workspace_id) {in_workspaces}",
    **{table: f"SELECT * FROM main.{table} WHERE FALSE" for table in NOT_TOLD},  # noqa: S608 -- own names only
}
"""What hides names and alerts. An alert about the whole organisation is nobody's whose sight is limited."""


@contextmanager
def seeing_through(session: Session, sight: Sight) -> Iterator[None]:
    """Inside, only what may be seen is there. Nobody's sight is changed inside of it, nor inside of a lens."""
    if sight.is_everything:
        yield
        return
    seen = {number: sight.within(names_of(session, number)) for number in organizations(session)}
    lay_out(session, seen)
    session.looking.hidden = {name: view.format(in_workspaces=IN_WORKSPACES) for name, view in VIEWS.items()}
    with looking_through(session, {number: each.lens for number, each in seen.items()}):
        yield
    session.looking.hidden = {}
    lay_views(session)
    for table in TABLES:
        session.execute(f"DROP TABLE temp.{table}")


def looking_beyond(session: Session, sight: Sight) -> AbstractContextManager[None]:
    """Inside, of the bill and of usage only what may not be seen is there."""
    return looking_through(
        session, {number: sight.beyond(names_of(session, number)) for number in organizations(session)}
    )


def names_anything(session: Session, sight: Sight) -> bool:
    """Whether anything of any organisation is in sight by what it is called now."""
    return any(any(sight.within(names_of(session, number))) for number in organizations(session))


def organizations(session: Session) -> list[int]:
    """The number of every organisation, also of one that is not synced any more."""
    return [number for (number,) in session.execute("SELECT id FROM main.organization")]


def names_of(session: Session, number: int) -> Names:
    """What an organisation's workspaces and keys are called."""
    return NameBook(session.working_for(number, session.setting)).load_names()


def lay_out(session: Session, seen: Mapping[int, InSight]) -> None:
    """Notes what is seen."""
    for table, facet in TABLES.items():
        session.execute(f"CREATE TEMP TABLE {table} (organization_id INTEGER, external_id TEXT)")
        rows = [(number, id_) for number, each in seen.items() for id_ in getattr(each, facet)]
        session.execute_many(f"INSERT INTO temp.{table} VALUES (?, ?)", rows)  # noqa: S608 -- own names only
        session.execute(f"CREATE INDEX temp.{table}_by_id ON {table} (organization_id, external_id)")
