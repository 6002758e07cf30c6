"""Snoozes: what is over and still breaching fires again, in the thread."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

from bot.analysis.lifecycle import awakened, is_awake
from bot.messages import alert_thread, basis
from bot.messages.alert_state import with_state

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model import Alert
    from bot.snapshots.store import Store


log = logging.getLogger(__name__)


def wake_snoozed(store: Store, *, now: datetime) -> None:
    """Queues what the threads are told of the snoozes that are over, of every organisation, once each."""
    for own in store.each():
        if any(is_awake(alert, now) for alert in own.alerts.load_snoozed()):
            with own.transaction():
                for alert in own.alerts.load_snoozed():
                    if is_awake(alert, now):
                        wake(own, alert)


def wake(store: Store, alert: Alert) -> None:
    """One alert fires again."""
    after = store.alerts.save_alert(awakened(alert))
    log.info("alert of %s: the snooze is over", after.workspace_id)
    if after.message_key is None:
        return
    evaluation = store.alerts.load_evaluation()
    mark = basis.mark(estimated=evaluation is not None and evaluation.estimated)
    until = alert.handling.until if alert.handling else None
    store.outbox.add_change(
        f"alert:{after.id}:awake:{until}",
        after.message_key,
        show=functools.partial(with_state, alert=after),
        reply=alert_thread.awake(after, mark),
    )
