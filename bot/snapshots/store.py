"""The store: everything that is kept, as books that share one connection for the length of one operation."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import Organization
from bot.snapshots.alerts import AlertBook
from bot.snapshots.answers import Answers
from bot.snapshots.as_of import tables_as_of
from bot.snapshots.columns import instant_text
from bot.snapshots.database import Session, open_session
from bot.snapshots.ledger import Ledger
from bot.snapshots.names import NameBook
from bot.snapshots.notices import Notices
from bot.snapshots.outbox import Outbox
from bot.snapshots.schema import SCHEMA_VERSION
from bot.snapshots.told_weeks import ToldWeeks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from bot.model import Interval

NAME_THE_FIRST = """
UPDATE organization SET external_id = :id
WHERE external_id = '' AND NOT EXISTS (SELECT 1 FROM organization WHERE external_id = :id)
"""

SAVE_ORGANIZATION = """
INSERT INTO organization (external_id, name, seen_at, turn)
VALUES (:id, :name, :seen_at, (SELECT max(turn) + 1 FROM organization))
ON CONFLICT (external_id) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at, turn = excluded.turn
RETURNING id
"""

LOAD_ORGANIZATION = "SELECT external_id, name FROM organization WHERE id = :organization_id AND external_id <> ''"


@dataclass(frozen=True, slots=True)
class Store:
    """The books of the organisation saved last; before the first one they are empty."""

    session: Session
    ledger: Ledger
    names: NameBook
    alerts: AlertBook
    outbox: Outbox
    notices: Notices
    answers: Answers
    told_weeks: ToldWeeks

    @property
    def organization(self) -> Organization | None:
        """Whose books these are; None before the first was saved."""
        for row in self.session.query(LOAD_ORGANIZATION):
            return Organization(row["external_id"], row["name"])
        return None

    def save_organization(self, organization: Organization, *, seen_at: datetime) -> None:
        """From now on the store works for this organisation; what was kept before the first one becomes its own."""
        values = {"id": organization.id, "name": organization.name, "seen_at": instant_text(seen_at)}
        with self.session.writing():
            self.session.execute(NAME_THE_FIRST, values)
            ((self.session.organization_id,),) = self.session.execute(SAVE_ORGANIZATION, values).fetchall()

    def try_to_write(self) -> None:
        """Writes one page as it is: nothing changes, but a file or a disk that cannot be written says so."""
        with self.session.writing():
            self.session.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def transaction(self) -> AbstractContextManager[None]:
        """Everything written inside is written together or not at all."""
        return self.session.writing()

    def reading(self) -> AbstractContextManager[None]:
        """Everything loaded inside is of one moment."""
        return self.session.reading()

    @contextmanager
    def reading_as_of(self, instant: datetime, interval: Interval) -> Iterator[None]:
        """Whatever the ledger loads of `interval` inside is what it said at `instant`, also of how current it is.

        A day that was not known whole by then is not known; nothing can be saved meanwhile.
        """
        with self.session.reading(), tables_as_of(self.session, interval, instant):
            yield


@contextmanager
def open_store(path: Path) -> Iterator[Store]:
    """The store in a file, for one operation in one thread; creates and migrates it where needed.

    Raises `DatabaseUnusable`, one line with the mend, here and for whatever SQLite refuses inside.
    """
    with open_session(path) as session:
        yield Store(
            session=session,
            ledger=Ledger(session),
            names=NameBook(session),
            alerts=AlertBook(session),
            outbox=Outbox(session),
            notices=Notices(session),
            answers=Answers(session),
            told_weeks=ToldWeeks(session),
        )
