"""Looking: what of the stored tables is hidden, for as long as somebody looks at them that way.

SQLite looks for a table among a connection's temporary ones first. So a view of a stored table's name answers whatever
is asked of it, and no question has to know. Views are laid in layers, each over what the one below shows: days as they
were at an instant, then the lines that a lens leaves, then a day in part. They are read and never written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.snapshots.database import Session
    from bot.snapshots.lens_views import LensViews

AS_OF = "as_of"
PART = "part"

ALL_OF = "SELECT * FROM temp.{}_{}"

LAID = "SELECT name, substr(sql, length('CREATE VIEW ') + 1) FROM temp.sqlite_master WHERE type = 'view'"
"""Each view as it was defined, but for the spaces at its end."""


@dataclass(slots=True)
class Looking:
    """One connection's layers: `as_of` and `part` name the tables that are laid out for them.

    `hidden` are views that hide what is no line of the bill: names, alerts.
    """

    as_of: tuple[str, ...] = ()
    lens: LensViews | None = None
    part: tuple[str, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)

    def below_lens(self, table: str) -> str:
        """Where a lens reads a table."""
        return f"temp.{AS_OF}_{table}" if table in self.as_of else f"main.{table}"

    def views(self) -> dict[str, str]:
        """What is hidden: a definition for each name of a table."""
        views = {table: ALL_OF.format(AS_OF, table) for table in self.as_of}
        if self.lens is not None:
            views |= self.lens.views(self.below_lens)
        return views | {table: ALL_OF.format(PART, table) for table in self.part} | dict(self.hidden)


def lay_views(session: Session) -> None:
    """Makes the views what the layers say. Those that say the same already stay: there are dozens of them."""
    wanted = {name: f"{name} AS {definition.rstrip()}" for name, definition in session.looking.views().items()}
    with session.reading():
        laid = dict(session.execute(LAID).fetchall())
        for name in [name for name, definition in laid.items() if definition != wanted.get(name)]:
            session.execute(f"DROP VIEW temp.{name}")
            del laid[name]
        for name in [name for name in wanted if name not in laid]:
            session.execute(f"CREATE TEMP VIEW {wanted[name]}")


def drop_tables(session: Session, layer: str, tables: Iterable[str]) -> None:
    """Drops the tables that were laid out for a layer."""
    for table in tables:
        session.execute(f"DROP TABLE IF EXISTS temp.{layer}_{table}")
