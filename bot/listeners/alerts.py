"""`/claudecost alerts`: what is open, and what was over the threshold but not announced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.organizations import all_names, found_by_all, names_beside, own_alert
from bot.listeners.units import load_seen_rises
from bot.loading.alerts import told_floor
from bot.messages.alerts import alerts_answer
from bot.snapshots.parts import parts_of
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.analysis.units import UnitReport
    from bot.listeners.asked import Asked
    from bot.loading.units import Units
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore


async def answer_alerts(
    open_store: OpenStore, asked: Asked, *, units: Units, whole: OpenStore, now: Callable[[], datetime]
) -> Message:
    """Open alerts, open rises per unit, and held breaches of the newest evaluation of each organisation."""
    today = now().date()
    rises = await with_store(whole, lambda store: load_seen_rises(store, asked.sight, units, today=today))
    return await with_store(open_store, lambda store: load_alerts_answer(store, rises))


def load_alerts_answer(store: Store, rises: Sequence[UnitReport] = ()) -> Message:
    """The same, from an open store."""
    parts = parts_of(store)
    evaluations = [(part.beside, part.store.alerts.load_evaluation()) for part in parts]
    names = [(part.beside, names_beside(part.store.names.load_names(), part.beside)) for part in parts]
    return alerts_answer(
        [own_alert(alert, part.beside) for part in parts for alert in part.store.alerts.load_open_alerts()],
        found_by_all(evaluations),
        names=all_names(names),
        floor=told_floor(store, [evaluation for _, evaluation in evaluations if evaluation is not None]),
        units=rises,
    )
