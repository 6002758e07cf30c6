"""The store: everything that is kept, as books that share one connection for the length of one operation."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import FIRST_SETTING
from bot.snapshots.alerts import AlertBook
from bot.snapshots.answers import Answers
from bot.snapshots.as_of import tables_as_of
from bot.snapshots.audit import AuditBook
from bot.snapshots.budgets import BudgetBook
from bot.snapshots.database import HOME, Session, find_organization, open_session
from bot.snapshots.hours import HourBook
from bot.snapshots.keys import KeyBook
from bot.snapshots.ledger import Ledger
from bot.snapshots.lens_views import looking_through
from bot.snapshots.names import NameBook
from bot.snapshots.notices import Notices
from bot.snapshots.organizations import OrganizationBook
from bot.snapshots.outbox import Outbox
from bot.snapshots.part_of_day import tables_of_part
from bot.snapshots.people import PeopleBook
from bot.snapshots.schema import SCHEMA_VERSION
from bot.snapshots.sight import looking_beyond, names_anything, seeing_through
from bot.snapshots.subscriptions import SubscriptionBook
from bot.snapshots.teams import TeamBook
from bot.snapshots.told_periods import ToldPeriods
from bot.snapshots.units import UnitBook
from bot.snapshots.words import load_things, load_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import date, datetime
    from pathlib import Path

    from bot.analysis.access import Sight
    from bot.analysis.lens import Lens
    from bot.model import Interval, Organization
    from bot.snapshots.part_of_day import Counts, Share
    from bot.snapshots.words import Words


@dataclass(frozen=True, slots=True)
class Store:
    """One organisation's books; before it was first saved they are empty.

    What was said and answered belongs to the database: `outbox`, `answers`, `teams`, `budgets`, `audit` and
    `subscriptions` are the same for every organisation.
    """

    session: Session
    book: OrganizationBook
    ledger: Ledger
    hours: HourBook
    names: NameBook
    alerts: AlertBook
    outbox: Outbox
    notices: Notices
    answers: Answers
    told_periods: ToldPeriods
    people: PeopleBook
    keys: KeyBook
    teams: TeamBook
    budgets: BudgetBook
    units: UnitBook
    audit: AuditBook
    subscriptions: SubscriptionBook

    @property
    def organization(self) -> Organization | None:
        """Whose books these are; None before it was first saved."""
        return self.book.load_own()

    @property
    def called(self) -> str | None:
        """What to call the organisation where there are several; None where it is the only one."""
        return self.book.load_called()

    def organizations(self) -> list[Organization]:
        """Those that are synced, in the order of the settings; empty before the first was saved."""
        return self.book.load()

    def retired_organizations(self) -> list[Organization]:
        """Those whose key is in no setting any more. Their history is kept, and counts only where it is asked for."""
        return self.book.load_retired()

    def unheard_organizations(self) -> tuple[str, ...]:
        """What those are called whose key was never answered while another's was: no total has anything of them."""
        return tuple(self.book.load_unheard()) if self.organizations() else ()

    def of(self, organization: Organization) -> Store:
        """An organisation's books, on the same connection. Raises `LookupError` for one that was never saved."""
        found = self.book.find(organization)
        if found is None:
            raise LookupError(f"{organization.id} was never saved")
        return books_of(self.session.working_for(*found))

    def under(self, setting: str) -> Store:
        """The books of the organisation whose key is in a setting; empty ones while the setting is not known."""
        number, _ = find_organization(self.session.db.conn, setting)
        return books_of(self.session.working_for(number, setting))

    def load_words(self) -> Words:
        """What this organisation's lines can be told apart by; inside a lens, only what it leaves."""
        return load_words(self.session)

    def load_things(self) -> set[tuple[str, str]]:
        """The workspaces and keys that this organisation's lines are of; inside a lens, only what it leaves."""
        return load_things(self.session)

    def each(self) -> list[Store]:
        """The books of each organisation that is synced; before the first was saved, these empty ones."""
        return [self.of(organization) for organization in self.organizations()] or [self]

    def holding_alert(self, alert_id: int) -> Store | None:
        """The books of the organisation that an alert is of, also of one that is not synced any more; else None."""
        for row in self.session.query("SELECT organization_id FROM alert WHERE id = :alert_id", alert_id=alert_id):
            return books_of(self.session.working_for(row["organization_id"], self.session.setting))
        return None

    def own_key(self, key: str) -> str:
        """The key of a posting that is about this organisation alone, so that it is no other's."""
        number = self.session.organization_id
        return key if number == HOME else f"{key}@{number}"

    def save_organization(self, organization: Organization, *, seen_at: datetime) -> None:
        """From now on the store works for this organisation; what was kept before it answered becomes its own."""
        self.session.organization_id = self.book.save(organization, seen_at=seen_at)

    def expect_organizations(self, names: Mapping[str, str]) -> None:
        """Which settings hold keys, in their order, each with what its organisation is called until it answers."""
        self.book.expect(names)

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
    def looking_at(self, lens: Lens) -> Iterator[None]:
        """Whatever is loaded inside of this organisation's bill and usage is what the lens leaves of it.

        Days stay fetched, with what the lens leaves as their totals. Inside another lens it is what both leave; inside
        or around the past (`reading_as_of`) and around a part of a day it leaves the same of them. Of people and of
        restatements nothing is known where keys decide. Names stay, and nothing can be saved meanwhile.
        """
        with looking_through(self.session, {self.session.organization_id: lens}):
            yield

    @contextmanager
    def looking_at_each(self, lenses: Mapping[int, Lens]) -> Iterator[None]:
        """The same of several organisations, by their numbers; lenses that leave everything are not looked through."""
        hiding = {number: lens for number, lens in lenses.items() if not lens.is_everything}
        with looking_through(self.session, hiding) if hiding else nullcontext():
            yield

    def seeing(self, sight: Sight) -> AbstractContextManager[None]:
        """Inside, what may not be seen is not there, of any organisation: lines, names, alerts, other organisations.

        After an error inside it stays hidden: the connection is to be closed.
        """
        return seeing_through(self.session, sight)

    def looking_beyond(self, sight: Sight) -> AbstractContextManager[None]:
        """Inside, what may be seen is not there, of any organisation's bill and usage; everything else stays."""
        return looking_beyond(self.session, sight)

    def is_in_vain(self, sight: Sight) -> bool:
        """Whether nothing that was ever fetched is called as what may be seen: what it costs is not zero."""
        return bool(self.organizations()) and not names_anything(self.session, sight)

    @property
    def hides_names(self) -> bool:
        """Whether somebody looks who may not see everything."""
        return bool(self.session.looking.hidden)

    @contextmanager
    def looking_at_part(self, day: date, share: Share, *, counts: Counts = lambda _: True) -> Iterator[None]:
        """Whatever the ledger loads of the spend of `day` inside is the part of it that `share` says of each scope.

        Only lines of series that count are there, and no other day's spend; nothing can be saved meanwhile.
        """
        with tables_of_part(self.session, day, share, counts):
            yield


@contextmanager
def open_store(path: Path, setting: str | None = None) -> Iterator[Store]:
    """The store in a file, for one operation in one thread; creates and migrates it where needed.

    It works for the organisation whose key is in `setting`, by default for the first one. Raises `DatabaseUnusable`,
    one line with the mend, here and for whatever SQLite refuses inside.
    """
    with open_session(path, setting) as session:
        yield books_of(session)


def books_of(session: Session) -> Store:
    """The books of the organisation that a session works for."""
    home = session.working_for(HOME, FIRST_SETTING)
    return Store(
        session=session,
        book=OrganizationBook(session),
        ledger=Ledger(session),
        hours=HourBook(session),
        names=NameBook(session),
        alerts=AlertBook(session),
        outbox=Outbox(home),
        notices=Notices(session),
        answers=Answers(home),
        told_periods=ToldPeriods(session),
        people=PeopleBook(session),
        keys=KeyBook(session),
        teams=TeamBook(home),
        budgets=BudgetBook(home),
        units=UnitBook(home),
        audit=AuditBook(home),
        subscriptions=SubscriptionBook(home),
    )
