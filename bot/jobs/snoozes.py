"""Snoozes: what is over and still breaching fires again, in the thread."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

from bot.analysis.lifecycle import awakened, is_awake
from bot.messages import alert_thread, basis
from bot.messages.alert_state import with_state
from bot.messages.quiet import held
from bot.model import Posting

if TYPE_CHECKING:
    from datetime import datetime

    from bot.analysis.quiet_hours import QuietHours
    from bot.model import Alert
    from bot.snapshots.store import Store


log = logging.getLogger(__name__)


def wake_snoozed(store: Store, *, now: datetime, quiet: QuietHours | None = None) -> None:
    """Queues what the threads are told of the snoozes that are over, of every organisation, once each."""
    for own in store.each():
        if any(is_awake(alert, now) for alert in own.alerts.load_snoozed()):
            with own.transaction():
                for alert in own.alerts.load_snoozed():
                    if is_awake(alert, now):
                        wake(own, alert, now=now, quiet=quiet)


def wake(store: Store, alert: Alert, *, now: datetime, quiet: QuietHours | None) -> None:
    """One alert fires again; its message shows that at once, in quiet hours its thread is told later."""
    after = store.alerts.save_alert(awakened(alert))
    log.info("alert of %s: the snooze is over", after.workspace_id)
    if after.message_key is None:
        return
    evaluation = store.alerts.load_evaluation()
    mark = basis.mark(estimated=evaluation is not None and evaluation.estimated)
    until = alert.handling.until if alert.handling else None
    key = f"alert:{after.id}:awake:{until}"
    reply = held(Posting(key=key, channel="", message=alert_thread.awake(after, mark)), quiet, now=now)
    store.outbox.add_change(
        key,
        after.message_key,
        show=functools.partial(with_state, alert=after),
        reply=reply.message,
        held_until=reply.held_until,
    )
