"""The organisations in the database: which setting holds each one's key, and those whose key is in none any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import Organization
from bot.snapshots.columns import instant_text
from bot.snapshots.database import HOME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.snapshots.database import Session

# A row that was never seen stands for a key that was never answered, so that what is wrong with it can be kept.
LOAD = """
SELECT external_id, name FROM organization
WHERE seen_at IS NOT NULL AND (setting <> '') = :synced
ORDER BY position, id
"""

LOAD_UNHEARD = "SELECT setting, name FROM organization WHERE seen_at IS NULL AND setting <> '' ORDER BY position, id"

LOAD_OWN = "SELECT external_id, name FROM organization WHERE id = :organization_id AND seen_at IS NOT NULL"

LOAD_CALLED = """
SELECT name FROM organization
WHERE id = :organization_id AND (SELECT count(*) FROM organization WHERE setting <> '') > 1
"""

LOAD_SETTINGS = "SELECT setting, seen_at IS NOT NULL AS seen FROM organization WHERE setting <> ''"

FIND = "SELECT id, setting FROM organization WHERE external_id = ?"

PLACE = "UPDATE organization SET position = :position WHERE setting = :setting"

REUSE_THE_FIRST = f"""
UPDATE organization SET setting = :setting, name = :name, position = :position WHERE id = {HOME} AND seen_at IS NULL
"""  # noqa: S608 -- no input

EXPECT = """
INSERT INTO organization (external_id, name, setting, position) VALUES ('?' || :setting, :name, :setting, :position)
ON CONFLICT (external_id) DO UPDATE
SET setting = excluded.setting, name = excluded.name, position = excluded.position
"""

RETIRE = "UPDATE organization SET setting = '' WHERE setting = ?"

ADD = "INSERT INTO organization (external_id, name) VALUES (?, '')"

NAME_THE_EXPECTED = "UPDATE organization SET external_id = :id WHERE setting = :setting AND seen_at IS NULL"

TAKE_NOTICES = """
UPDATE OR IGNORE notice SET organization_id = :number
WHERE organization_id IN (SELECT id FROM organization WHERE setting = :setting AND seen_at IS NULL)
"""

FIND_POSITION = "SELECT position FROM organization WHERE setting = ?"

# Settings are exchanged, so that each has a row however keys were moved between them.
GIVE = """
UPDATE organization SET (setting, position) = (SELECT setting, position FROM organization WHERE id = :number)
WHERE setting = :setting AND id <> :number
"""

TAKE = """
UPDATE organization SET name = :name, seen_at = :seen_at, setting = :setting, position = :position WHERE id = :number
"""


@dataclass(frozen=True, slots=True)
class OrganizationBook:
    """All organisations that were ever synced, and those that are to be."""

    session: Session

    def load_own(self) -> Organization | None:
        """The one the session works for; None before it was first saved."""
        for row in self.session.query(LOAD_OWN):
            return Organization(row["external_id"], row["name"])
        return None

    def load_called(self) -> str | None:
        """What the one the session works for is called; None where it is the only one, and needs no name."""
        for row in self.session.query(LOAD_CALLED):
            return str(row["name"])
        return None

    def load(self) -> list[Organization]:
        """Those that are synced and were seen, in the order of the settings."""
        return [Organization(row["external_id"], row["name"]) for row in self.session.query(LOAD, synced=True)]

    def load_retired(self) -> list[Organization]:
        """Those whose key is in no setting any more; their history is kept."""
        return [Organization(row["external_id"], row["name"]) for row in self.session.query(LOAD, synced=False)]

    def load_unheard(self) -> list[str]:
        """What those are called whose key was never answered; a nameless one by its setting."""
        return [row["name"] or row["setting"] for row in self.session.query(LOAD_UNHEARD)]

    def find(self, organization: Organization) -> tuple[int, str] | None:
        """An organisation's number and the setting of its key; None for one that was never seen."""
        row = self.session.execute(FIND, (organization.id,)).fetchone()
        return None if row is None else tuple(row)

    def expect(self, names: Mapping[str, str]) -> None:
        """From now on the keys in these settings are used, in this order; a name for as long as one has not answered.

        An organisation whose setting is not among them is retired, once every key has told whose it is: until then it
        may be one of theirs, under another setting.
        """
        with self.session.writing():
            for position, (setting, name) in enumerate(names.items()):
                self.place({"setting": setting, "name": name, "position": position}, known=names)
            seen = {row["setting"]: row["seen"] for row in self.session.query(LOAD_SETTINGS)}
            if all(seen[setting] for setting in names):
                self.session.execute_many(RETIRE, [(setting,) for setting in seen.keys() - names.keys()])

    def place(self, values: dict[str, str | int], *, known: Mapping[str, str]) -> None:
        """Puts a setting at its position; a new one stands in the first row as long as nobody else does."""
        if self.session.execute(PLACE, values).rowcount:
            return
        first = self.session.execute("SELECT setting FROM organization WHERE id = ?", (HOME,)).fetchone()
        if first[0] in known or not self.session.execute(REUSE_THE_FIRST, values).rowcount:
            self.session.execute(EXPECT, values)

    def save(self, organization: Organization, *, seen_at: datetime) -> int:
        """The session's setting holds this organisation's key; its number.

        What was kept while the key had not answered becomes the organisation's own. Another one that had this setting
        has the one this organisation had before, if any.
        """
        values = {"id": organization.id, "name": organization.name, "setting": self.session.setting}
        with self.session.writing():
            found = self.find(organization)
            if found is None and not self.session.execute(NAME_THE_EXPECTED, values).rowcount:
                self.session.execute(ADD, (organization.id,))
            number, _ = found or self.find(organization) or (HOME, "")
            position = self.session.execute(FIND_POSITION, (self.session.setting,)).fetchone() or (0,)
            taken = {**values, "number": number, "position": position[0], "seen_at": instant_text(seen_at)}
            for statement in (TAKE_NOTICES, GIVE, TAKE):
                self.session.execute(statement, taken)
        return number
