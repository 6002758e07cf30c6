"""EDGE: SQLite, where everything that was reported, found and said is kept."""

from bot.snapshots.errors import DatabaseUnusable
from bot.snapshots.ledger import Dimension
from bot.snapshots.store import Store, open_store

__all__ = ["DatabaseUnusable", "Dimension", "Store", "open_store"]
