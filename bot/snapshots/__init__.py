"""EDGE: SQLite, where everything that was reported, found and said is kept."""

from bot.snapshots.answers import Answer
from bot.snapshots.clock_lock import ClockLock
from bot.snapshots.errors import DatabaseUnusable
from bot.snapshots.notices import Notice
from bot.snapshots.outbox import LEFT_OVER_AFTER
from bot.snapshots.store import Store, open_store

__all__ = ["LEFT_OVER_AFTER", "Answer", "ClockLock", "DatabaseUnusable", "Notice", "Store", "open_store"]
